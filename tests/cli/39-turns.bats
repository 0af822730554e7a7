#!/usr/bin/env bats
# What a conversation costs turn by turn: a prompt cache that the stand-in was
# planted to lose, to cut or to keep is what is recorded and said.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	stop_lmsim
}

# suite SERVER 'MODEL A' 'MODEL B': conversations, measured into raw, metrics.
suite() {
	printf 'server: {%s}\nmodels:\n' "$1" >models.yaml
	printf '  - {key: %s, memory: 1MiB, decode_tps: 20000, prefill_tps: 8000, prefill_overhead: 2ms, prefill_min: 15ms, load_time: 5ms, kv_bytes_per_token: 16B, %s}\n' \
	    a "$2" b "$3" >>models.yaml
	start_lmsim --models models.yaml
	cat >suite.yaml <<-EOS
		server: {url: $SIM_URL, api: openai}
		order: {rounds: 3, idle: 0s}
		pairs: [{name: p, variants: {a: {model: a}, b: {model: b}}}]
		scenarios_file: scenarios.yaml
		prompts_file: prompts.yaml
		scenarios: [talk]
	EOS
	echo 'talk: {prompts: [simple], turns: 6, cold_words: 300, repeat: 3, warmup: 1, max_tokens: 300}' >scenarios.yaml
	echo 'simple: Tell me more about the history of bridges.' >prompts.yaml
	lmsdrive plan suite.yaml >plan
	lmsdrive run -q --no-calibration plan >raw
	stop_lmsim
	metricsagg raw >metrics
}

# cache VARIANT FILTER
cache() {
	jq -c --arg v "$1" 'select(.type == "prompt_cache" and .variant == $v) | '"$2" "${3:-metrics}"
}

codes() {
	jq -r 'select(.type == "integrity" and (.code | startswith("prompt_cache"))) | .variant + " " + .code' "${1:-metrics}"
}

# untold TTFT_S: the same records, but no counts in them: the times say it.  They
# are those of a machine that nothing else keeps busy: jq's TTFT_S of $new tokens.
untold() {
	jq -nc '[inputs] | (map(select(.type == "request")) | INDEX(.req) | map_values(.t_ns)) as $sent
	    | (map(select(.type == "response")) | INDEX(.req) | map_values((.prompt_tokens - .cached_tokens) as $new | '"$1"')) as $ttft
	    | .[] | if .type == "response" then .cached_tokens = null
	    elif .type == "chunk" then (.req | tostring) as $q | del(.early_ns, .coalesced, .callback_ns) | .t_ns = $sent[$q] + ($ttft[$q] * 1e9 | floor) + 50000 * .i else . end' raw
}
# As the stand-in has them.
played='[0.015, 0.002 + $new / 8000] | max'

@test "turns: kept, and lost at turn 4, by the server's counts and without them" {
	suite 'cached_tokens: true' 'cache_budget: 64MiB' 'cache_budget: 64MiB, cache_lost_turn: 4'
	[ "$(cache a '[.scenario, .conversations, .turns, .verdict, .from, .lost_at]')" = '["talk",3,6,"kept","counts",null]' ]
	[ "$(cache b '[.verdict, .from, .lost_at]')" = '["lost","counts",4]' ]
	[ "$(codes)" = "b prompt_cache_lost" ]
	# The counts are the server's, and what is new is the answer and the question.
	[ "$(jq -sc '[.[] | select(.type == "turn" and .variant == "a") | .cached_tokens]' metrics)" = \
	    "$(jq -sc '[.[] | select(.type == "request" and .served == "a")] | [range(6) as $k | [range(3) as $c | .[7 * $c + $k + 1].cached_tokens] | sort | .[1]]' "$SIM_TRUTH")" ]
	[ "$(jq -sc '[.[] | select(.type == "turn" and .variant == "b") | [.turn, .n, .reused_ratio > 0.9]] | map(.[1:]) | unique == [[3, false], [3, true]]' metrics)" = true ]
	[ "$(jq -sc '[.[] | select(.type == "turn" and .variant == "b" and .turn > 1 and .reused_ratio < 0.1).turn]' metrics)" = '[4]' ]
	mkreport metrics >report
	grep -qF 'The prompt cache over the turns of a conversation: `a` keeps it (`talk`); `b` **loses it at turn 4** (`talk`).' report
	[ "$(grep -c '^| `b` | `talk` | 4 | 1246 | 308 | 0 |' report)" = 1 ]
	# The plot has both ends between which a turn can lie.
	metricsagg --samples raw | jq -nr -L "$BATS_TEST_DIRNAME/../../pipelines/plot" -f "$BATS_TEST_DIRNAME/../../pipelines/plot/all.jq" >plots
	sed -n '/^@@ turns-1/,$p' plots | sed -n '/^\$BOUNDS1_2/,$p' | sed -e 1d -e '/^EOD/,$d' >bounds
	[ "$(jq -Rsc '[split("\n")[] | select(. != "") | split(" ") | map(tonumber * 1e6 | round)]' bounds)" = \
	    "$(jq -sc '(if [.[] | select(.type == "turn").ttft_s] | max < 1 then 1e9 else 1e6 end) as $f | [.[] | select(.type == "turn" and .variant == "b") | [.turn * 1e6, (.new_only_s, .whole_s) * $f] | map(round)]' metrics)" ]
	untold "$played" >untold
	metricsagg untold >timed
	[ "$(cache a '[.verdict, .from, .lost_at, .by_times]' timed)" = '["kept","times",null,"kept"]' ]
	[ "$(cache b '[.verdict, .from, .lost_at, .by_times]' timed)" = '["lost","times",4,"lost"]' ]
	[ "$(codes timed)" = "b prompt_cache_lost" ]
	[ "$(jq -sc '[.[] | select(.type == "turn").cached_tokens] | unique' timed)" = '[null]' ]
	# Counts that say it was kept, times that say it was not.
	jq -c 'if .type == "response" and .prompt_tokens != null then .cached_tokens = .prompt_tokens - 10 else . end' untold >belied
	metricsagg belied >lied
	[ "$(cache b '[.verdict, .from, .by_times]' lied)" = '["kept","counts","lost"]' ]
	codes lied | grep -qx 'b prompt_cache_belied'
	run -1 grep -q 'a prompt_cache' <<<"$(codes lied)"
}

@test "turns: only the first tokens are kept; no cache at all; a server that processes nothing tells nothing" {
	suite 'cached_tokens: true' 'cache_budget: 64MiB, cache_first: 250' 'cache_budget: 0B'
	[ "$(cache a '[.verdict, .kept_tokens]')" = '["partly",250]' ]
	[ "$(cache b '[.verdict, .lost_at]')" = '["lost",2]' ]
	untold "$played" >untold
	metricsagg untold >timed
	[ "$(cache a '[.verdict, .from, (.kept_tokens > 125 and .kept_tokens < 400)]' timed)" = '["partly","times",true]' ]
	[ "$(cache b '[.verdict, .from, .lost_at]' timed)" = '["lost","times",2]' ]
	[ "$(codes timed | sort)" = "$(printf 'a prompt_cache_partly\nb prompt_cache_lost')" ]
	# Times that do not depend on the prompt.
	untold 0.05 >flat
	metricsagg flat >flatly
	[ "$(cache a '[.verdict, .from, .by_times]' flatly)" = '["not_told",null,"not_told"]' ]
	[ -z "$(codes flatly)" ]
}
