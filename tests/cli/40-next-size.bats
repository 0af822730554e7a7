#!/usr/bin/env bats
# What the next size will be: the coefficients that the stand-in was planted
# with come back, its own log has the time that was predicted, and where a rung
# disagrees nothing is said.

bats_require_minimum_version 1.5.0
load ../lib/common

# 0.02 + n / 10^4 + n^2 / 4 10^7 seconds, and 0.07 + n / 10^4: they cross at
# 1414 tokens.  Both have as many bytes, a decodes four times as fast.
setup_file() {
	cd "$BATS_FILE_TMPDIR"
	cat >models.yaml <<-EOS
		models:
		  - {key: a, format: gguf, memory: 8MiB, decode_tps: 1000, depth_slowdown: 0.1, prefill_tps: 10000, prefill_overhead: 20ms,
		     prefill_slowdown: 0.25, load_time: 5ms, kv_bytes_per_token: 16KiB, template_tokens: 0}
		  - {key: b, format: mlx, memory: 8MiB, decode_tps: 250, prefill_tps: 10000, prefill_overhead: 70ms, load_time: 5ms,
		     kv_bytes_per_token: 1KiB, kv: upfront, template_tokens: 0}
	EOS
	start_lmsim --models models.yaml
	cat >suite.yaml <<-EOS
		server: {url: $SIM_URL}
		order: {rounds: 3, idle: 0s}
		pairs: [{name: p, variants: {a: {model: a, load: {context_length: 8192}}, b: {model: b, load: {context_length: 8192}}}}]
		scenarios_file: scenarios.yaml
		prompts_file: prompts.yaml
		scenarios: [climb, next]
	EOS
	cat >scenarios.yaml <<-EOS
		climb: {prompt_tokens: [125, 250, 500, 1000, 2000], repeat: 3, warmup: 0, max_tokens: 24}
		next: {prompt_tokens: [4000], repeat: 1, warmup: 0, max_tokens: 24}
	EOS
	echo 'simple: Tell me more about bridges.' >prompts.yaml
	lmsdrive plan suite.yaml >plan
	lmsdrive run -q --no-calibration plan | memsample -i 10ms >seen
	stop_lmsim
	# Every chunk when it was due, and of each request a sample of what it held,
	# as the server's log has it: on a machine that is busy it may have been read
	# later, and left out for that, or not been sampled.
	jq -nc --slurpfile truth "$SIM_TRUTH" '
	    # (not what is one token long: it measures nothing)
	    ($truth | map(select(.type == "request" and .prompt_tokens > 100)) | sort_by(.req)) as $asked
	    | ($truth | map(select(.type == "chunk" and .kind == "content" and (.req | IN($asked[].req)))) | group_by(.req)) as $due
	    | foreach inputs as $r ({n: -1};
	        if $r.type == "request" then .n += 1 | .sent = $r.t_ns | .k = -1
	        elif $r.type == "mem" then .mem = $r
	        elif $r.type == "chunk" and $r.kind == "content" then .k += 1 else . end;
	        . as $at | (select($r.type == "request") | $at.mem
	            | .t_ns = $at.sent + 1000000
	            | .rss_bytes = 20000000 + ($asked[$at.n] | if .served == "a" then .kv_bytes else 8388608 end)),
	        ($r | if .type == "mem" then select($at.n < 0) elif .type == "chunk" then del(.callback_ns, .early_ns, .coalesced) | .t_ns = $at.sent +
	            (if .kind == "content" then $due[$at.n][$at.k].planned_ns - $asked[$at.n].received_ns else 1000 end)
	        else . end))' seen >raw
	metricsagg raw >metrics
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

# row TYPE VARIANT QUANTITY FILTER [METRICS]: of variant, or base, and quantity.
row() {
	jq -c --arg t "$1" --arg v "$2" --arg q "$3" \
	    'select(.type == $t and (.variant // .base) == $v and (.quantity // $q) == $q) | '"$4" "${5:-metrics}"
}

# near WANTED SHARE: a filter, true within that share of it.
near() {
	echo "(. > $1 * (1 - $2) and . < $1 * (1 + $2))"
}

@test "next size: the planted coefficients, and the time that the server's own log has" {
	[ "$(row prediction a ttft_s '[.verdict, .scenario, .rungs, .visits, .unit]')" = '["predicted","climb",5,3,"s"]' ]
	[ "$(row prediction a ttft_s "[(.a | $(near 0.02 0.02)), (.b | $(near 1e-4 0.02)), (.c | $(near 2.5e-8 0.02)), .value_lo <= .value, .value <= .value_hi]")" = '[true,true,true,true,true]' ]
	[ "$(row prediction b ttft_s "[.verdict, (.a | $(near 0.07 0.02)), (.b | $(near 1e-4 0.02)), .c * 4000 < 1e-6]")" = '["predicted",true,true,true]' ]
	# What it took with 4000 tokens.
	jq -sc '[.[] | select(.type == "request" and .served == "a" and .prompt_tokens > 3000)] | map([.prompt_tokens, (.first_planned_ns - .received_ns) / 1e9])' truth.ndjson >true
	[ "$(jq -c --slurpfile true true "select(.type == \"prediction\" and .variant == \"a\" and .quantity == \"ttft_s\") |
	    [(.a + .b * \$true[0][0][0] + .c * \$true[0][0][0] * \$true[0][0][0]) / \$true[0][0][1], .at_tokens / \$true[0][0][0] | $(near 1 0.02)]" metrics)" = '[true,true]' ]
	[ "$(row prediction a tpot_s "[.verdict, (.a | $(near 1e-3 0.02)), (.b | $(near 1e-7 0.05)), .c]")" = '["predicted",true,true,0]' ]
}

@test "next size: memory rises by what a token takes, and fits; what was taken at the load is flat" {
	[ "$(row prediction a memory_bytes "[.verdict, (.a | $(near 2e7 0.02)), (.b | $(near 16384 0.01)), (.value - .a | $(near "(16384 * 4000)" 0.01)), .fits]")" = '["predicted",true,true,true,"yes"]' ]
	[ "$(row prediction b memory_bytes '[.verdict, .value, .fits]')" = '["flat",null,null]' ]
	jq -c 'if .type == "mem" then .sys.available_bytes = 1000000 else . end' raw >full
	metricsagg full >fully
	[ "$(row prediction a memory_bytes '[.verdict, .fits, .room_bytes < .value_lo]' fully)" = '["predicted","no",true]' ]
	jq -c 'select(.type != "mem")' raw >unseen
	metricsagg unseen >unknown
	[ "$(row prediction a memory_bytes '[.verdict, .counter, .value, .room_bytes]' unknown)" = '["not_measured",null,null,null]' ]
}

@test "next size: the curves cross where they were planted to, and not where they do not" {
	[ "$(row crossing a ttft_s "[.verdict, .lower_first, (.at_tokens | $(near 1414 0.02)), .at_lo_tokens <= .at_tokens, .at_hi_tokens >= .at_tokens]")" = '["crosses","a",true,true,true]' ]
	[ "$(row crossing a tpot_s '[.verdict, .lower_first, .at_tokens]')" = '["no_crossing","a",null]' ]
	[ -z "$(row crossing a memory_bytes .verdict)" ]
}

@test "next size: a longest rung that disagrees, prompts from the cache, too few rungs: nothing is predicted" {
	# 200 ms later from 1500 tokens on.
	jq -nc '[inputs] | (map(select(.type == "request" and .target_tokens == 2000).req)) as $late
	    | .[] | if (.type == "chunk" or .type == "response") and (.req | IN($late[])) then .t_ns += 200000000 else . end' raw >late
	metricsagg late >lately
	[ "$(row prediction a ttft_s '[.verdict, .value, .value_lo, .held_error_ratio < -0.2]' lately)" = '["error_too_large",null,null,true]' ]
	[ -z "$(row crossing a ttft_s . lately)" ]
	[ "$(row prediction a tpot_s .verdict lately)" = '"predicted"' ]
	jq -c 'if .type == "response" and .prompt_tokens != null then .cached_tokens = .prompt_tokens - 1 else . end' raw >warm
	metricsagg warm >warmly
	[ "$(row prediction a ttft_s '[.verdict, .a]' warmly)" = '["cached",null]' ]
	jq -c 'select(.type != "request" or .target_tokens < 800)' raw >short
	metricsagg short >shortly
	[ "$(row prediction a ttft_s '[.verdict, .rungs, .value]' shortly)" = '["too_few_rungs",3,null]' ]
	# What a batch of the prompt takes ends with it.
	[ "$(row prediction a memory_bytes '[.verdict, .rungs, .value]' shortly)" = '["too_short",3,null]' ]
}

@test "next size: four times as fast with as many bytes is not of the bytes" {
	[ "$(row bandwidth a - "[.bytes_base, .bytes_ratio, .ratio_hi < 0.5, .verdict, (.bandwidth_base_bytes_per_s / .bytes_base / .decode_base_tps | $(near 1 1e-9))]")" = '[8388608,1,true,"beyond_bytes",true]' ]
	[ "$(jq -r 'select(.type == "integrity" and .code == "beyond_bytes").variant' metrics)" = b ]
	# Of three, each is told against each: c is b with twice the tokens.
	jq -nc '[inputs] | map(select(.type == "step" and .variant == "b").step) as $steps
	    | map(select(.type == "request" and (.step | IN($steps[]))).req) as $reqs
	    | .[], (.[] | select((.step | IN($steps[])) or (.req | IN($reqs[])))
	    | if .step != null then .step += 9000 else . end | if .req != null then .req += 9000 else . end
	    | if .variant == "b" then .variant = "c" else . end
	    | if .completion_tokens != null then .completion_tokens *= 2 else . end)' raw | metricsagg >three
	run -0 jq -r 'select(.code? == "beyond_bytes") | [.variant, .count, (.message | sub(" \\[.*] "; " "))] | join(" ")' three
	[[ ${lines[0]} == "b 1 decodes 0."*" times as fast as a, whose file has 1.00 times its bytes"* ]]
	[[ ${lines[1]} == "c 1 decodes 0."*" times as fast as a, whose"* ]]
	[[ ${lines[2]} == "c 1 decodes 2."*" times as fast as b, whose"* ]]
	[ "${#lines[@]}" -eq 3 ]
	# With an eighth of the bytes it is.
	jq -c 'if .type == "load" and .phase == "end" and .model == "a" then .size_bytes = 1000000 else . end' raw >small
	metricsagg small >smaller
	[ "$(row bandwidth a - .verdict smaller)" = '"within_bytes"' ]
	run -1 grep -q beyond_bytes smaller
	# A server that tells a size of 0 tells none.
	sed 's/"size_bytes":8388608/"size_bytes":0/' raw | metricsagg >empty
	[ "$(row bandwidth a - '[.bytes_base, .bandwidth_base_bytes_per_s, .verdict]' empty)" = '[null,null,"size_unknown"]' ]
	jq -c 'if .type == "load" and .phase == "end" and .model == "b" then .size_bytes = 0 else . end' raw | metricsagg | mkreport >half
	grep -q '| not measured | [0-9.]* GB/s and not known | not measured |' half
	jq -c 'if .type == "step" then .kind = "moe" else . end' raw >moe
	metricsagg moe >sparse
	[ "$(row bandwidth a - '[.bandwidth_base_bytes_per_s, .verdict]' sparse)" = '[null,"beyond_bytes"]' ]
}

@test "next size: the report tells value, error, crossing and bytes, and why there is none; the tables have them" {
	mkreport metrics >report
	grep -q '(#next-size-and-bandwidth)' report
	grep -qF '| `p` | `a` | `climb` | first token | 5 | 1999 | 320 ms, it was 320 ms (0 %) | 4000 | 820 ms [8' report
	grep -qF '| `p` | `b` | `climb` | memory, `rss` | 5 | 2023 |' report
	grep -F '| `climb` | memory, `rss` |' report | grep -qF 'does not rise with the context'
	grep -qE '^\| `p` \| `ttft_s` \| `a` \| `b` \| 124 \| 4000 \| at 141[0-9] .* tokens; before it `a` is faster' report
	grep -F '| 8.00 MiB | 8.00 MiB |' report | grep -qF '**not the bytes**'
	jq -c 'if .type == "prediction" and .quantity == "ttft_s" then .verdict = "error_too_large" | .value = null
	    elif .type == "prediction" and .fits == "yes" then .fits = "no" else . end' metrics | mkreport >other
	grep -F '| first token |' other | grep -qF 'not predicted: the longest rung is not where the others put it'
	grep -qE '81\.[0-9] MiB .*, \*\*more than\*\* the ' other
	run -0 mkreport --format csv --table predictions metrics
	[ "$(grep -c ',"ttft_s","s",,"predicted",' <<<"$output")" = 2 ]
}
