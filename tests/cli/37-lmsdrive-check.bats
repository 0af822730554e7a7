#!/usr/bin/env bats
# Questions of which the answer is known, and the odds of the next token: what
# the stand-in was planted to know is what is recorded, counted and said.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	stop_lmsim
}

# suite 'PARAMETERS' 'MODEL A' 'MODEL B': measured into raw and metrics.
suite() {
	printf 'models:\n' >models.yaml
	printf '  - {key: %s, memory: 1MiB, decode_tps: 20000, prefill_tps: 1000000, prefill_overhead: 0.1ms, load_time: 5ms, %s}\n' \
	    a "$2" b "$3" >>models.yaml
	[ -z "${SERVER:-}" ] || echo "server: {$SERVER}" >>models.yaml
	start_lmsim --models models.yaml
	cat >suite.yaml <<-EOS
		server: {url: $SIM_URL, api: ${API:-auto}}
		order: {rounds: 1, idle: 0s}
		pairs: [{name: p, variants: {a: {model: a, load: {context_length: 4096}}, b: {model: b, load: {context_length: 4096}}}}]
		scenarios_file: scenarios.yaml
		scenarios: [check]
	EOS
	echo "check: {$1, warmup: 0$([[ $1 == probe* ]] || echo ", max_tokens: 64")}" >scenarios.yaml
	lmsdrive plan suite.yaml >plan
	lmsdrive run -q --no-calibration plan >raw
	stop_lmsim
	metricsagg raw >metrics
}

# all VARIANT FILTER: of its quality record of all questions.
all() {
	jq -c --arg v "$1" 'select(.type == "quality" and .variant == $v and .check == null) | '"$2" metrics
}

compared() {
	jq -c 'select(.type == "quality_compare" and .check == null) | '"$1" metrics
}

# planted MODEL KIND: how often the stand-in gave the right answer.
planted() {
	jq -s --arg m "$1" --arg k "$2" '[.[] | select(.type == "request" and .served == $m and .check == "right")] | length' "$SIM_TRUTH"
}

eight='check: [arithmetic, strings, copy, json, choice, needle_10, needle_50, needle_90], prompt_tokens: [100]'

@test "check: skills of .9 and .6 at 200 questions are found, and every count is the planted one" {
	suite "$eight, repeat: 25" 'skill: {all: 0.9}' 'skill: {all: 0.6}, reasoning_tokens: 7'
	[ "$(all a '[.items, .right, .wrong, .none, .cut, .failed]')" = "[200,$(planted a),$((200 - $(planted a))),0,0,0]" ]
	[ "$(all b '[.items, .right, .wrong, .none, .cut, .failed]')" = "[200,$(planted b),$((200 - $(planted b))),0,0,0]" ]
	[ "$(compared '[.items, .verdict, .better]')" = '[200,"different","a"]' ]
	[ "$(compared '.difference_lo < -0.3 and .difference_hi > -0.3')" = true ]
	[ "$(jq -s '[.[] | select(.type == "quality" and .check != null).items] | unique == [25] and length == 16' metrics)" = true ]
	[ "$(jq -s '[.[] | select(.type == "quality" and .check != null) | .right] | add' metrics)" = $(($(planted a) + $(planted b))) ]
	# The same questions to both, each once, and none of their text is kept.
	[ "$(jq -s '[.[] | select(.type == "request") | .prompt_sha256] | group_by(.) | map(length) | unique' -c raw)" = '[2]' ]
	run ! grep -q 'Question \|The code of the' raw
	mkreport metrics >report.md
	grep -q '^| As good? | \*\*`a`\*\* | 25 \[16, 34\] points more right answers (95 % interval); right: `a` 88.0 %, `b` 63.0 % | 200 questions' report.md
	grep -q '^\*\*Recommendation:\*\* .*take `a`.* quality' report.md
	grep -q '^| `p` | `b` | `needle_50` | 25 | ' report.md
	# What all answer alike is one sentence, and a line in the details.
	jq -c 'if .type == "quality" and .check == "needle_50" then .right = 24 | .right_ratio = 0.96 | .wrong = 1 | .none = 0 | .cut = 0 | .failed = 0
	    elif .type == "quality_compare" and .check == "needle_50" then .base_only = 0 | .new_only = 0 else . end' metrics >alike
	mkreport alike >report.md
	[ "$(grep -c '^| `p` | .*`needle_50`' report.md)" -eq 0 ]
	grep -qxF 'The same in all variants of `p`: `needle_50` 96.0 % of 25. In full: [Details](details.md).' report.md
	[ "$(mkreport --details alike | grep -c '^| `p` | .*`needle_50`')" -eq 3 ]
	[ "$(mkreport --details alike | grep -c '^| `p` | .*`needle_10`')" -eq 3 ]
	# Asked again, as after a part that broke off, they are no more evidence.
	jq -c '., (select(.type == "request" or .type == "response") | .req += 1e6 | if .check then .check = "wrong" else . end)' raw | metricsagg >again
	diff <(grep '"quality' metrics) <(grep '"quality' again)
	# A first time that failed is none.
	jq -c '(select(.type == "request" or .type == "response") | .req += 1e6 | .t_ns -= 1 | if .check then .status = "server_error" | del(.check) else . end), .' raw | metricsagg >again
	diff <(grep '"quality' metrics) <(grep '"quality' again)
	[ "$(mkreport -f json metrics | jq -c '.runs[0].pairs[0].comparisons[0].answers[] | select(.question == "quality") | [.answer, .winner]')" = '["different","a"]' ]
}

@test "check: equal skills name no one, and too few questions say what they can tell" {
	suite "$eight, repeat: 25" 'skill: {all: 0.8}' 'skill: {all: 0.8}'
	[ "$(compared '[.verdict, .better]')" = '["inconclusive",null]' ]
	[ "$(jq -s 'any(.[]; .type == "quality_compare" and .verdict == "different")' metrics)" = false ]
	suite 'check: [choice], repeat: 20' 'skill: {all: 0.9}' 'skill: {choice: 0.7}'
	mkreport metrics | grep -q '| As good? | cannot tell | 20 questions tell only differences above [3-6][0-9] points; so far `b` against `a` '
	suite 'check: [choice], repeat: 200' 'skill: {all: 1}' 'skill: {all: 1}'
	[ "$(compared '[.verdict, .base_only, .new_only, .p]')" = '["equivalent",0,0,1]' ]
	mkreport metrics | grep -q '| As good? | no difference | no difference larger than 1.88 points; right: `a` 100 %, `b` 100 % |'
	# Where none is right, nothing tells one that answers from one that does not.
	jq -c 'if .check then .check = "none" else . end' raw | metricsagg >metrics
	[ "$(compared '[.verdict, .items, .p]')" = '["insufficient",200,1]' ]
	mkreport metrics >report.md
	grep -q '| As good? | cannot tell | neither answers enough of them rightly to tell a difference; right: `a` 0 %, `b` 0 % |' report.md
	run ! grep -q 'no difference' <(sed -n '/^## Quality/,/^## /p' report.md)
	mkreport -f share metrics | grep -q '| cannot tell yet, 200 questions; neither answers enough'
	# What one side alone answered was not compared.
	jq -c 'if .check and .model_served == "b" then .status = "server_error" | del(.check) else . end' raw | metricsagg >metrics
	[ "$(compared '[.items, .p, .verdict]')" = '[0,null,"insufficient"]' ]
	mkreport -f share metrics | grep -q '^|  | right answers | not measured | not measured | not measured on both sides |$'
}

@test "check: what failed is no answer, what was cut is none, and a text that was cut loses its needles" {
	suite 'check: [copy, arithmetic], repeat: 12' 'skill: {all: 1}, faults: [{name: http_500, every: 4}]' \
	    'skill: {all: 1}, reasoning_tokens: 60'
	[ "$(all a '[.items, .right, .failed]')" = '[18,18,6]' ]
	[ "$(all b '[.items, .right, .cut, .failed]')" = '[24,12,12,0]' ]	# 64 tokens, of which 60 of reasoning
	[ "$(compared .items)" = 18 ]
	suite 'check: [needle_10, needle_50, needle_90], prompt_tokens: [400], repeat: 8' 'skill: {all: 1}' 'skill: {all: 1}, faults: [truncate_prompt]'
	[ "$(jq -c 'select(.type == "quality" and .variant == "b") | [.check, .right]' metrics | tr -d '\n')" = '[null,8]["needle_10",0]["needle_50",0]["needle_90",8]' ]
	[ "$(compared '[.verdict, .better]')" = '["different","a"]' ]
}

@test "check: a faster variant with worse answers is a trade-off" {
	suite 'check: [choice], repeat: 100' 'skill: {all: 0.95}' 'skill: {all: 0.5}'
	jq -nc '{type: "compare", run: "'"$(jq -r 'select(.type == "run").run' metrics)"'", pair: "p", scenario: "check", cache: "cold",
	    metric: "decode_tps", base: "a", new: "b", headline: true, rounds: 5, ratio: 2, ratio_lo: 1.9, ratio_hi: 2.1, p50_base: 20, p50_new: 40,
	    verdict: "different", better: "b"}' >>metrics
	mkreport metrics | grep -q '^\*\*Recommendation:\*\* it is a trade-off.*take `a` for quality, `b` for decode speed\.'
}

@test "check: response_format obeyed, ignored and refused" {
	suite 'check: [schema, choice], repeat: 40' 'skill: {all: 1, schema: 0.9}' 'skill: {all: 1, schema: 0.2}'
	[ "$(jq -c 'select(.type == "quality" and .check == "schema") | .right' metrics | tr '\n' ' ')" = "$(for m in a b; do jq -s --arg m $m '[.[] | select(.type == "request" and .served == $m and .dialect == "openai" and .check == "right")] | length' "$SIM_TRUTH"; done | tr '\n' ' ')" ]
	[ "$(jq -c 'select(.type == "quality_compare" and .check == "schema") | [.items, .verdict, .better]' metrics)" = '[40,"different","a"]' ]
	[ "$(jq -c 'select(.type == "quality_compare" and .check == "choice") | [.items, .base_only, .new_only]' metrics)" = '[40,0,0]' ]
	# Each path has its own word for it, without which the stand-in answers wrong.
	for API in messages responses; do
		suite 'check: [schema], repeat: 3' 'skill: {all: 1}' 'skill: {all: 1}'
		[ "$(jq -c 'select(.type == "quality" and .check == "schema") | .right' metrics | tr '\n' ' ')" = '3 3 ' ]
	done
	unset API
	suite 'check: [schema], repeat: 3' 'skill: {all: 1}, refuses_forms: true' 'skill: {all: 1}'
	[ "$(jq -r 'select(.type == "note" and .code == "no_schema").message' raw)" = "the server of a refused a request with response_format (json_schema): 'response_format' is not supported" ]
	[ "$(all a .failed)" = 3 ]
	[ "$(all b .right)" = 3 ]
}

# exact: mean of KL(a, b), and how often the first choice is the same, by the truth.
exact() {
	jq -sc 'def first: to_entries | max_by(.value).key;
	    [.[] | select(.odds != null)] | group_by(.prompt_sha256) | map((map(select(.served == "a"))[0].odds) as $p | (map(select(.served == "b"))[0].odds) as $q |
	    [([$p | to_entries[] | (.value | exp) * (.value - $q[.key])] | add), ($p | first) == ($q | first)]) |
	    [length, (map(.[0]) | add / length * 1e6 | round), (map(select(.[1])) | length)]' "$SIM_TRUTH"
}

fidelity() {
	jq -c 'select(.type == "fidelity") | '"$1" metrics
}

@test "probe: the divergence and the first choices are those of the truth, and a lower bound where the server names few" {
	SERVER='imitate: llama-server, api: [openai]' \
		suite 'probe: [english, code, german, arithmetic], repeat: 20' 'logit_noise: 0, preloaded: true' 'logit_noise: 0.4, preloaded: true'
	[ "$(fidelity '[.prefixes, (.kl_mean * 1e6 | round), .equal_first]')" = "$(exact)" ]
	[ "$(fidelity '[.variant, .reference, .seen_ratio > 0.9999, .kl_mean_lo < .kl_mean, .kl_mean < .kl_mean_hi]')" = '["b","a",true,true,true]' ]
	mkreport metrics >report.md
	grep -q '^| `p` | `b` | `a` (largest file) | 80 | ' report.md
	# No question was asked: the fifth answer is a description, and it names no one.
	grep -q '^| `p`: .* | no verdict: `b` same first choice [0-9.]* %, divergence at least 0.[0-9]* nat, against `a` |$' report.md
	grep -q '^| As good? | no verdict | `b` same first choice [0-9]* % \[[0-9]*, [0-9]*\], divergence at least 0.[0-9]* \[0.[0-9]*, 0.[0-9]*\] nat, against `a` | the next token, a description |$' report.md
	run ! grep -q 'Not measured: .*quality' report.md
	mkreport -f share metrics | grep -q '^|  | as good? | the reference | same first choice [0-9.]* % | no verdict, a description |$'
	[ "$(mkreport -f json metrics | jq -c '.runs[0].pairs[0].comparisons[0].answers[] | select(.question == "quality") | [.answer, .winner, .reference, .equal_base, .kl_base, .equal_new, .kl_new]')" = \
	    "$(fidelity '["described", null, "a", null, null, .equal_ratio, .kl_mean]')" ]
	[ "$(jq -s '[.[] | select(.type == "request") | .prompt_sha256] | unique | length' raw)" = 80 ]
	[ "$(jq -r 'select(.op == "request") | [.raw_completion, .sampling.max_tokens] | @tsv' plan | sort -u)" = $'true\t1' ]
	# A first choice without a text is one all the same, but is told apart from nothing.
	jq -c 'if .choices then .choices[0][0] = "" else . end' raw | metricsagg >nameless
	[ "$(jq -c 'select(.type == "fidelity") | [.prefixes, .equal_first, .seen_ratio < 0.9]' nameless)" = '[80,80,true]' ]
	# Ten choices are a bound.
	SERVER='imitate: mlx_lm, api: [openai]' suite 'probe: [english, german], repeat: 40' 'logit_noise: 0.4, preloaded: true' 'logit_noise: 0.4, preloaded: true'
	[ "$(jq -c 'select(.type == "response") | .choices | length' raw | sort -u)" = 10 ]
	[ "$(fidelity '[.prefixes, .equal_first]')" = "$(exact | jq -c '[.[0], .[2]]')" ]
	[ "$(fidelity ".kl_mean * 1e6 < $(exact | jq '.[1]') and .kl_mean * 1e6 > 0.5 * $(exact | jq '.[1]') and .seen_ratio < 1")" = true ]
	# The larger file is the reference, also where it does not come first.
	suite 'probe: [code], repeat: 3' 'logit_noise: 0, size: 1MiB' 'logit_noise: 0, size: 2MiB'
	[ "$(fidelity '[.variant, .reference, .equal_first, .kl_max]')" = '["a","b",3,0]' ]
	# Which is larger is not known where one does not tell.
	jq -c 'if .type == "load" and .model == "a" then del(.size_bytes) else . end' raw | metricsagg >metrics
	[ "$(fidelity '[.variant, .reference]')" = '["b","a"]' ]
	# Asked again they are no more; tokens named by other rules say nothing.
	jq -c '., (select(.type == "request" or .type == "response") | .req += 1e6)' raw | metricsagg >metrics
	[ "$(fidelity .prefixes)" = 3 ]
	jq -c 'if .choices and .model_served == "a" then .choices[][0] |= "_" + . else . end' raw | metricsagg >metrics
	[ "$(fidelity '[.prefixes, .equal_first, .equal_ratio, .kl_mean, .seen_ratio]')" = '[3,null,null,null,0]' ]
}

@test "probe: of three, the one that is nearer to the reference that is named" {
	cat >models.yaml <<-'EOS'
		models:
		  - {key: f16, logit_noise: 0, preloaded: true}
		  - {key: q8, logit_noise: 0.1, preloaded: true}
		  - {key: q4, logit_noise: 0.5, preloaded: true}
		server: {imitate: llama-server, api: [openai]}
	EOS
	start_lmsim --models models.yaml
	cat >suite.yaml <<-EOS
		server: {url: $SIM_URL}
		order: {rounds: 1, idle: 0s}
		pairs: [{name: p, reference: f16, variants: {q4: {model: q4}, q8: {model: q8}, f16: {model: f16}}}]
		scenarios_file: scenarios.yaml
		scenarios: [probe]
	EOS
	echo 'probe: {probe: [english, code, german, arithmetic], repeat: 20, warmup: 0}' >scenarios.yaml
	lmsdrive plan suite.yaml >plan
	lmsdrive run -q --no-calibration plan >raw
	stop_lmsim
	metricsagg raw >metrics
	[ "$(fidelity '[.variant, .reference, .reference_from, .reference_missing, .prefixes]' | tr -d '\n')" = '["q4","f16","named",null,80]["q8","f16","named",null,80]' ]
	nearer() { jq -c 'select(.type == "fidelity_compare") | '"$1" "${2:-metrics}"; }
	[ "$(nearer '[.reference, .base, .new, .prefixes, .pairs_compared, .verdict, .nearer]')" = '["f16","q4","q8",80,1,"different","q8"]' ]
	# The difference is that of the truth, prefix by prefix, and so are the choices.
	exact=$(jq -sc 'def first: to_entries | max_by(.value).key; def kl($p; $q): [$p | to_entries[] | (.value | exp) * (.value - $q[.key])] | add;
	    [.[] | select(.odds != null)] | group_by(.prompt_sha256) | map(map({key: .served, value: .odds}) | from_entries | . as $o |
	    [kl(.f16; .q8) - kl(.f16; .q4), (.f16 | first) as $f | [(.q4 | first) == $f, (.q8 | first) == $f]])
	    | [(map(.[0]) | add / length * 1e6 | round), (map(select(.[1] == [true, false])) | length), (map(select(.[1] == [false, true])) | length)]' "$SIM_TRUTH")
	[ "$(nearer '[(.kl_difference * 1e6 | round), .base_only, .new_only]')" = "$exact" ]
	mkreport metrics >report.md
	grep -q '^| `p` | `q8` | `f16` (named) | 80 | ' report.md
	grep -q '^| `p` | `f16` | `q4` | `q8` | 80 | .* | `q8` |$' report.md
	grep -q '^| As good? | `q4` or `q8` | no verdict | `q4` same first choice .* nat; `q8` same first choice .* nat, against `f16`, to which `q8` is nearer | ' report.md
	# For scripts and in the block to share, too, every two are compared.
	[ "$(mkreport -f json metrics | jq -c '.runs[0].pairs[0].comparisons | map([.base, .new, (.answers[] | select(.question == "quality") | .answer, .nearer)])')" = \
	    '[["q4","q8","described","q8"],["q4","f16","described",null],["q8","f16","described",null]]' ]
	[ "$(mkreport -f share metrics | grep -c '^|  | as good? | same first choice .* | no verdict, a description |$')" -eq 3 ]
	# A reference that could not be loaded: another stands in, and that is said.
	jq -c 'if .type == "response" and .model_served == "f16" then .status = "http_error" | del(.choices) else . end' raw | metricsagg >without
	[ "$(jq -c 'select(.type == "fidelity") | [.variant, .reference, .reference_from, .reference_missing]' without)" = '["q8","q4","largest","f16"]' ]
	[ -z "$(nearer . without)" ]
	mkreport without | grep -q '| `q4` (largest file; `f16`, which was named, told nothing) |'
	sed 's/reference: f16/reference: f61/' suite.yaml >bad.yaml
	run -2 --separate-stderr lmsdrive plan bad.yaml
	[[ $stderr == *"bad.yaml:3:"*": reference: there is no variant 'f61' in pair 'p'; did you mean 'f16'?"* ]]
}

@test "probe: a server that drops the wish is found out once, and no kind of prefix is named" {
	suite 'probe: [english], repeat: 5' 'size: 1MiB' 'size: 1MiB'
	[ "$(jq -r 'select(.type == "note" and .code == "no_logprobs").message' raw)" = "the server of a was asked for log-probabilities and gave none: its probes tell nothing; the scenario answers compares its words
the server of b was asked for log-probabilities and gave none: its probes tell nothing; the scenario answers compares its words" ]
	jq -c 'select(.type == "response") | .words' raw | sort -u | grep -qx null
	[ "$(jq -c 'select(.type == "response") | [.status, .choices]' raw | sort -u)" = '["ok",null]' ]
	[ -z "$(fidelity .)" ]
	echo 'check: {probe: [englisch]}' >scenarios.yaml
	run -2 --separate-stderr lmsdrive plan suite.yaml
	[[ $stderr == *"scenarios.yaml:1:"*": probe: 'englisch' is no kind of prefix; did you mean 'english'?"* ]]
}

@test "probe: answers are compared word by word, against a server that repeats itself and one that does not" {
	suite 'probe: [english, code, german, arithmetic], cache: pair, max_tokens: 12, repeat: 10' 'size: 2MiB' 'size: 1MiB, divergence: 0.4'
	agreement() { jq -c 'select(.type == "agreement" and .variant == "'"$1"'" and .reference == "'"$2"'") | '"$3" metrics; }
	# What was planted: how many part, and the first other word, from 1.
	planted=$(jq -sc '[.[] | select(.type == "request" and .served == "b" and .completion_tokens > 1)] | unique_by(.prompt_sha256) | map(.parts_at) |
	    (map(values + 1) | sort) as $at | [length, length - ($at | length), ($at | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2)]' "$SIM_TRUTH")
	[ "$(agreement b a '[.prompts, .equal, .parted_p50]')" = "$planted" ]
	[ "$(agreement b a '[.equal_lo < .equal_ratio, .equal_ratio < .equal_hi, .words_p50, .steady_parted + .equal, .unsteady_equal, .verdict]')" = '[true,true,12,40,0,"different"]' ]
	[ "$(agreement b b '[.prompts, .equal, .p, .verdict]')$(agreement a a .equal)" = '[40,40,null,null]40' ]
	[ "$(jq -c 'select(.type == "response") | .words | length' raw | sort -u)" = 96 ]
	[ "$(jq -c 'select(.type == "response").words' raw | grep -c elsewhere)" = 0 ]
	mkreport metrics >report.md
	grep -q '^| `p` | `b` | `a` | 40 | .* | other answers |$' report.md
	grep -q '^| `p` | `b` | itself | 40 | 100 % \[91, 100\] | 12 | ' report.md
	grep -q '^| As good? | no verdict | `b` same answers [0-9]* % \[[0-9]*, [0-9]*\], against `a` | whole answers, a description |$' report.md
	# Where no prompt was sent twice nobody knows whether they do.
	jq -c 'select(.cache != "warm")' raw | metricsagg >once
	jq -c 'select(.type == "agreement") | [.variant, .reference, .prompts, .equal < 40, .steady_parted, .p, .verdict]' once >found
	echo '["b","a",40,true,0,null,"insufficient"]' | diff - found
	mkreport once | grep -q '^| `p` | `b` | `a` | 40 | .* | cannot tell: asked once |$'
	# One that never repeats itself cannot be told from another.
	suite 'probe: [english, code, german, arithmetic], cache: pair, max_tokens: 12, repeat: 10' 'size: 2MiB' 'size: 1MiB, nondeterministic: true'
	[ "$(agreement b b .equal) $(agreement b a '[.equal, .steady_parted, .p, .verdict]')" = '0 [0,0,1,"inconclusive"]' ]
}

@test "check: what is no question is refused, with the nearest" {
	while IFS='|' read -r parameters message; do
		printf 'server: {url: "http://127.0.0.1:1"}\nscenarios_file: s.yaml\nscenarios: [check]\npairs: [{name: p, variants: {a: {model: a}}}]\n' >suite.yaml
		echo "check: {$parameters}" >s.yaml
		run -2 --separate-stderr lmsdrive plan suite.yaml
		[[ $stderr == *"s.yaml:1:"*"$message"* ]] || { echo "$stderr"; false; }
	done <<-'EOS'
		check: [arithmetics]|check: 'arithmetics' is no kind of question; did you mean 'arithmetic'?
		check: [needle_101]|check: 'needle_101' is no kind of question
		check: []|check: expected text
		check: [json, json]|check: 'json' is named twice
		check: [json], prompt_tokens: [10, 20]|check and probe ask their own questions
		check: [json], concurrency: 4|check and probe ask their own questions
		check: [json], probe: [code]|check and probe ask their own questions
	EOS
}

# called FILE MODEL: how often each kind of call came, of records or of the truth.
called() {
	jq -sc --arg m "$2" '[.[] | if .call then select(.model_served == $m).call else select(.type == "request" and .served == $m).check end | select(. != null)] | group_by(.) | map({(.[0]): length}) | add' "$1"
}

@test "agent: every planted fault of a tool call is found, none where none is, and both variants do the same work" {
	scenario='agent: {system_tokens: 100}, turns: 5, repeat: 12'
	suite "$scenario" 'cache_budget: 64MiB, kv_bytes_per_token: 1KiB, calls: {whole: 0.5}' \
	    'calls: {leaked: 0.1, text: 0.1, unknown_tool: 0.1, broken_json: 0.1, missing_argument: 0.1, wrong_argument: 0.1, other_call: 0.1}'
	[ "$(called raw a)" = '{"ok":60}' ]
	[ "$(called raw b)" = "$(called "$SIM_TRUTH" b)" ]
	[ "$(called raw b | jq length)" = 8 ]
	# The same conversations to both, whatever was answered: texts and lengths.
	[ "$(jq -s '[.[] | select(.type == "request") | .prompt_sha256] | group_by(.) | map(length) | unique' -c raw)" = '[2]' ]
	[ "$(jq -sc '[.[] | select(.type == "request" or .type == "response")] | group_by(.req) | map(add | [.prompt_key, .prompt_tokens]) | group_by(.[0]) | map(unique | length) | unique' raw)" = '[1]' ]
	# The own call stands in the history letter for letter: the cache holds all but the last result.
	[ "$(jq -s '[.[] | select(.type == "request" and .served == "a" and .cached_tokens > 0) | .prompt_tokens - .cached_tokens] | length == 48 and max < 100' "$SIM_TRUTH")" = true ]
	# Where it failed, in our own words; the calls are chunks with times, and nothing of them is kept.
	[ "$(jq -r 'select(.call == "leaked").call_at' raw | sort -u)" = '<tool_call' ]
	run ! jq -e 'select((.call == "missing_argument" or .call == "wrong_argument") and .call_at == null)' raw
	[ "$(jq -s '([.[] | select(.type == "chunk" and .kind == "tool") | .req] | unique | length) == ([.[] | select(.call != null and .finish == "tool_calls")] | length)' raw)" = true ]
	run ! grep -q 'arguments\|Job 0' raw
	# Counted by what was wrong, with an interval and the first of them; the pair decides.
	[ "$(jq -sc '[.[] | select(.type == "calls" and .variant == "b") | {(.call): .count}] | add | to_entries | sort_by(.key) | from_entries' metrics)" = "$(called raw b | jq -c 'del(.ok)')" ]
	[ "$(jq -sc '[.[] | select(.type == "calls" and .variant == "a") | [.items, .count, .step]] | unique' metrics)" = '[[60,0,null]]' ]
	[ "$(jq -c 'select(.call == "leaked" and .variant == "b") | [.step, .at]' metrics)" = "$(jq -sc 'map(select(.call == "leaked")) | min_by(.step) | [.step, .call_at]' raw)" ]
	[ "$(compared '[.items, .verdict, .better]')" = '[60,"different","a"]' ]
	[ "$(mkreport -f csv -t calls metrics | wc -l)" -eq 15 ]
	mkreport metrics >report.md
	grep -q '^| `p` | `b` | leaked as text, with its marker | [0-9]* | 60 | .*step [0-9]*, `<tool_call` |$' report.md
	grep -q '^| As good? | \*\*`a`\*\* |' report.md
}

@test "agent: the same over /v1/messages and /v1/responses: texts, lengths, calls and their faults" {
	lengths() { jq -sc '[.[] | select(.type == "request" or .type == "response")] | group_by(.req) | map(add | [.prompt_key, .prompt_sha256, .prompt_tokens]) | unique' raw; }
	for API in auto messages responses; do
		suite 'agent: {system_tokens: 100}, turns: 5, repeat: 3' 'cache_budget: 64MiB, kv_bytes_per_token: 1KiB, calls: {whole: 0.5}' \
		    'calls: {leaked: 0.2, text: 0.1, unknown_tool: 0.1, broken_json: 0.2, missing_argument: 0.1, wrong_argument: 0.1, other_call: 0.1}'
		[ "$(jq -r 'select(.type == "request" and .check != null).dialect' "$SIM_TRUTH" | sort -u)" = "${API/auto/openai}" ]
		[ "$(called raw a)" = '{"ok":15}' ]
		[ "$(called raw b)" = "$(called "$SIM_TRUTH" b)" ]
		[ "$(called raw b | jq length)" -ge 5 ]
		[ "$(jq -s '[.[] | select(.type == "request" and .served == "a" and .cached_tokens > 0) | .prompt_tokens - .cached_tokens] | length == 12 and max < 100' "$SIM_TRUTH")" = true ]
		[ "$API" != auto ] || want=$(lengths)
		[ "$(lengths)" = "$want" ]
	done
}

@test "agent: tools of one's own, in YAML, with what they returned; a forced choice that is ignored" {
	suite 'agent: {system_tokens: 20, tool_choice: required, tools: [{name: ask, description: Ask it, result: so it is, parameters: {type: object, properties: {n: {type: integer, minimum: 3, maximum: 3}, "yes": {enum: ["1"]}}, required: [n, "yes"]}}]}, turns: 2, repeat: 4' \
	    'calls: {}' 'calls: {text: 1}, reasoning_tokens: 60'	# and cut, which excuses nothing
	[ "$(called raw a)$(called raw b)" = '{"ok":8}{"choice_ignored":8}' ]
	[ "$(jq -c 'select(.op == "request").prompt.agent | [.tool_choice, .tools[0].parameters.properties]' plan | sort -u)" = '["required",{"n":{"type":"integer","minimum":3,"maximum":3},"yes":{"enum":["1"]}}]' ]
	# As many faults on both sides name no one.
	suite 'agent: {}, turns: 5, repeat: 12' 'calls: {broken_json: 0.2}' 'calls: {broken_json: 0.2}'
	[ "$(compared '[.items, .base_only > 3, .new_only > 3, .better]')" = '[60,true,true,null]' ]
	suite 'agent: {}, turns: 2, repeat: 1' 'refuses_forms: true' 'calls: {}, reasoning_tokens: 63'
	[ "$(called raw b)" = '{"cut":2}' ]
	[ "$(jq -r 'select(.type == "note" and .code == "no_tools").message' raw)" = "the server of a refused a request with tools: 'tools' is not supported" ]
	# A turn that failed does not end the conversation.
	suite 'agent: {}, turns: 4, repeat: 2' 'faults: [{name: http_500, every: 3}]' 'calls: {}'
	[ "$(jq -c 'select(.type == "response" and .model_served != "b") | .call' raw | tr '\n' ' ')" = '"ok" "ok" null "ok" "ok" null "ok" "ok" ' ]
	while IFS='|' read -r parameters message; do
		printf 'server: {url: "http://127.0.0.1:1"}\nscenarios_file: s.yaml\nscenarios: [check]\npairs: [{name: p, variants: {a: {model: a}}}]\n' >suite.yaml
		echo "check: {$parameters}" >s.yaml
		run -2 --separate-stderr lmsdrive plan suite.yaml
		[[ $stderr == *"s.yaml:1:"*"$message"* ]] || { echo "$stderr"; false; }
	done <<-'EOS'
		agent: {tools: 65}|tools: expected an integer from 1 to 64
		agent: {tools: [{description: x}]}|agent.tools: expected a number, or a list of {name, description, parameters}
		agent: {tools: [{name: x}, {name: x}]}|agent.tools: expected a number, or a list of {name, description, parameters}, each with another name
		agent: {tools: [{name: x, parameters: {required: [n]}}]}|agent.tools: x: no arguments can follow its parameters: look at n
		agent: {tools: [{name: x, parameters: {properties: {n: {type: integer, enum: [a]}}}}]}|agent.tools: x: no arguments can follow its parameters: look at n
		agent: {tool_choice: forced}|tool_choice: unknown word 'forced'
		agent: {}, check: [json]|an agent has texts of its own
		agent: {}, concurrency: 2|an agent has texts of its own
	EOS
}
