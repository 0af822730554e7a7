#!/usr/bin/env bats
# The whole pipe in front of llama.cpp: real loading, prefill, decode, memory.
# One short run (short.yaml) is made first; the tests look at what it recorded
# and compare it with the engine's own log.  Skipped where Node or npm's
# packages cannot be had.

bats_require_minimum_version 1.5.0

setup_file() {
	export ROOT=$BATS_TEST_DIRNAME/../.. RUN=$BATS_FILE_TMPDIR
	export ENGINE=$ROOT/build/engine
	unset MAKEFLAGS MAKELEVEL MFLAGS
	if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
		echo "Node and npm are not installed" >"$RUN/skip"
	elif ! make -s -C "$ROOT" engine >"$RUN/make.log" 2>&1; then
		grep -m 1 '^make: npm' "$RUN/make.log" >"$RUN/skip" || return 1
	else
		start_server "$RUN/engine"
		measure "$(cat "$RUN/engine.port")"
	fi
}

teardown_file() {
	[ ! -e "$RUN/engine.pid" ] || stop_server "$RUN/engine"
}

setup() {
	[ ! -e "$RUN/skip" ] || skip "$(cat "$RUN/skip")"
}

# start_server PREFIX: PREFIX.port, .pid, .log, .truth
start_server() {
	"$ENGINE/node" "$ROOT/tests/engine/server.mjs" --port-file "$1.port" \
	    --truth "$1.truth" >"$1.log" 2>&1 </dev/null 3>&- &
	echo $! >"$1.pid"
	for _ in {1..200}; do
		[ ! -s "$1.port" ] || return 0
		sleep 0.05
	done
	cat "$1.log" >&2
	return 1
}

stop_server() {
	local pid
	pid=$(cat "$1.pid")
	kill "$pid" 2>/dev/null || return 0
	wait "$pid" || [ $? -eq 127 ]
}

measure() {
	local config=$ROOT/tests/engine/short.yaml

	lmsdrive plan --server "http://127.0.0.1:$1" "$config" >"$RUN/plan.ndjson"
	# In a shell of its own: Bats' traps spoil PIPESTATUS in macOS's bash 3.2.
	RUN=$RUN bash -c 'lmsdrive run "$RUN/plan.ndjson" 2>"$RUN/log" | memsample 2>>"$RUN/log" |
	    tee "$RUN/raw.ndjson" | metricsagg 2>>"$RUN/log" >"$RUN/metrics.ndjson"
	    echo "${PIPESTATUS[*]}"' >"$RUN/status"
	# What was measured is streamed; the call that names the engine is not.
	jq -c 'select(.streamed)' "$RUN/engine.truth" >"$RUN/truth"
}

# raw FILTER, metrics FILTER: over all records of the run, as one array.
raw() { jq -s -r --slurpfile truth "$RUN/truth" "$1" "$RUN/raw.ndjson"; }
metrics() { jq -s -r "$1" "$RUN/metrics.ndjson"; }

@test "every program of the pipe ends well and every request is answered" {
	[ "$(cat "$RUN/status")" = "0 0 0 0" ] || { cat "$RUN/log"; false; }
	want=$(jq -s 'map(select(.op == "request") | .requests // 1) | add' "$RUN/plan.ndjson")
	[ "$(raw 'map(select(.type == "response")) | length')" -eq "$want" ]
	[ "$(raw 'map(select(.type == "response").status) | unique | join(" ")')" = ok ]
}

@test "token counts and answers are the engine's own" {
	run raw '
	    map(select(.type == "response")) | sort_by(.req)
	    | map([.prompt_tokens, .completion_tokens, .output_sha256])
	    == ($truth | map([.input_tokens, .output_tokens, .output_sha256]))'
	[ "$output" = true ]
	[ "$(raw 'map(select(.type == "response").tokens_from) | unique | join(" ")')" = stats ]
}

@test "every answer has the length asked for, one chunk for each token" {
	run raw '
	    (map(select(.type == "request") | {key: "\(.req)", value: .max_tokens}) | from_entries) as $max
	    | map(select(.type == "response")
	        | select(.completion_tokens != $max["\(.req)"] or .chunks != $max["\(.req)"]))
	    | length'
	[ "$output" -eq 0 ]
}

# Both clocks are the same.  A chunk that came in one read with the one before
# carries the time of that read's first packet.
@test "no chunk arrives before the engine has made its token" {
	run raw '
	    (.[0].origin_ns | tonumber) as $origin
	    | (map(select(.type == "chunk" and .bytes > 0 and .kind == "content")) | group_by(.req)) as $chunks
	    | [range(0; $chunks | length) as $r | [$chunks[$r], $truth[$r].token_ns] | transpose[]]
	    | [length, (map(select(.[0].coalesced | not) | .[0].t_ns + $origin - .[1]) | length, min)]
	    | @tsv'
	read -r n alone least <<<"$output"
	[ "$n" -eq "$(jq -s 'map(.output_tokens) | add' "$RUN/truth")" ]
	[ "$alone" -gt $((n / 10)) ]
	[ "$least" -ge 0 ]
}

@test "our decode speed is near the engine's own" {
	run metrics '
	    map(select(.type == "metric" and .metric == "decode_tps" and .by == null
	        and .scenario == "context_stress").server_rel_diff) | map(fabs) | max < 0.5'
	[ "$output" = true ]
}

@test "the first token of a long prompt takes longer, that of a cached one less" {
	run metrics '
	    map(select(.type == "metric" and .metric == "ttft_s" and .pair == "dense" and .variant == "f16"))
	    | (map(select(.by == "target_tokens" and .scenario == "context_stress")
	        | {key: .level, value: .p50}) | from_entries) as $at
	    | (map(select(.by == null and .scenario == "prefix_cache")
	        | {key: .cache, value: .p50}) | from_entries) as $cache
	    | $at["800"] > 2 * $at["100"] and $cache.warm < 0.5 * $cache.cold'
	[ "$output" = true ]
}

@test "prompt processing ends before the first token, and prefill speed comes from its events" {
	run raw '
	    map(select(.type == "chunk")) | group_by(.req)
	    | map((map(select(.kind == "prefill" and .progress == 1))[0].i)
	        < (map(select(.kind == "content" and .bytes > 0))[0].i)) | all'
	[ "$output" = true ]
	run metrics '
	    map(select(.type == "metric" and .metric == "prefill_tps" and .scenario == "context_stress" and .n > 0).source)
	    | unique | join(" ")'
	[ "$output" = events ]
}

@test "the same text gives the same answer, computed anew or from the cache" {
	run raw '
	    (map(select(.type == "request") | {key: "\(.req)", value: "\(.step)"}) | from_entries) as $step
	    | (map(select(.type == "step") | {key: "\(.step)", value: "\(.pair) \(.variant)"}) | from_entries) as $who
	    | (map(select(.type == "response") | {key: "\(.req)", value: .output_sha256}) | from_entries) as $answer
	    | map(select(.type == "request") | {text: (.prompt_sha256 + $who[$step["\(.req)"]]), max: .max_tokens, answer: $answer["\(.req)"]})
	    | group_by([.text, .max]) | map(select(length > 1) | map(.answer) | unique | length)
	    | [length, max] | @tsv'
	read -r groups answers <<<"$output"
	[ "$groups" -ge 6 ]
	[ "$answers" -eq 1 ]
	[ "$(raw 'map(select(.type == "response").output_sha256) | unique | length > 20')" = true ]
}

@test "a loaded model is file-backed memory of its size, and is given back" {
	[ "$(uname -s)" = Linux ] || skip "the kernel tells no file-backed memory here"
	run metrics '
	    (map(select(.type == "run"))[0].models
	        | map({key: "\(.pair) \(.variant)", value: .size_bytes}) | from_entries) as $size
	    | map(select(.type == "memory" and .counter == "file"))
	    | (map(select(.phase == "loaded") | {key: "\(.pair) \(.variant)", value: .growth_bytes}) | from_entries) as $up
	    | (map(select(.phase == "after_unload").growth_bytes) | max) as $kept
	    | (($up["dense f16"] - $up["dense q8_0"]) / ($size["dense f16"] - $size["dense q8_0"])) as $ratio
	    | [($size | keys_unsorted | length), ($size | keys_unsorted | map($up[.] >= $size[.]) | all),
	        ($ratio > 0.9 and $ratio < 1.1), $kept < 8388608] | join(" ")'
	[ "$output" = "3 true true true" ]
}

@test "one process per loaded model, from load to unload" {
	run raw '
	    (map(select(.type == "proc" and .role == "root"))[0].pid) as $server
	    | map(select(.type == "proc" and .role == "worker" and .ppid == $server))
	    | [(map(select(.event == "exit")) | length), (map(.pid) | unique | length)] | join(" ")'
	[ "$output" = "3 3" ]
}

@test "q8_0 holds the same weights: its answers begin like those of f16" {
	run raw '
	    (map(select(.type == "chunk" and .kind == "content" and .bytes > 0)) | group_by(.req)
	        | map({key: "\(.[0].req)", value: map(.bytes)}) | from_entries) as $bytes
	    | (map(select(.type == "step") | {key: "\(.step)", value: "\(.pair) \(.variant)"}) | from_entries) as $who
	    | map(select(.type == "request")) | group_by(.prompt_sha256)
	    | map(map({key: $who["\(.step)"], value: $bytes["\(.req)"][:3]}) | from_entries)
	    | map(select(.["dense f16"] and .["dense q8_0"]) | .["dense f16"] == .["dense q8_0"])
	    | [length, (map(select(.)) | length)] | @tsv'
	read -r prompts alike <<<"$output"
	[ "$prompts" -ge 9 ]
	[ "$alike" -ge $((prompts * 2 / 3)) ]
}

@test "the OpenAI dialect on the same engine: counts from usage, cached tokens known" {
	jq -c 'select(.pair == "dense" and .variant == "f16" and .scenario == "prefix_cache")
	    | .server.api = "openai"' "$RUN/plan.ndjson" >"$BATS_TEST_TMPDIR/plan"
	lmsdrive run "$BATS_TEST_TMPDIR/plan" >"$BATS_TEST_TMPDIR/raw"
	run jq -s -r 'map(select(.type == "response"))
	    | [length, (map(.status + " " + .tokens_from) | unique[]), (map(.cached_tokens > 700) | join(","))] | join(" ")' \
	    "$BATS_TEST_TMPDIR/raw"
	[ "$output" = "4 ok usage false,true,false,true" ]
}

# quality SCENARIO..., its lines on stdin: plan, raw, metrics, and of each
# request of it {at: its step, request, response, truth}, in asked.
quality() {
	local before scenarios

	cd "$BATS_TEST_TMPDIR"
	cat >scenarios.yaml
	scenarios=$(cut -d: -f1 scenarios.yaml | paste -sd, -)
	cat >suite.yaml <<-EOS
		server: {url: "http://127.0.0.1:$(cat "$RUN/engine.port")"}
		order: {rounds: 1, idle: 0s}
		scenarios_file: scenarios.yaml
		prompts_file: $ROOT/config/prompts.yaml
		pairs: [{name: dense, reference: f16, variants: {q8_0: {model: engine/dense-q8_0, load: {context_length: 2048}},
		    f16: {model: engine/dense-f16, load: {context_length: 2048}}}}]
		scenarios: [$scenarios]
	EOS
	# What the test before left loaded.
	lmsdrive unload --all --server "http://127.0.0.1:$(cat "$RUN/engine.port")" >unloaded
	before=$(wc -l <"$RUN/engine.truth")
	lmsdrive plan suite.yaml >plan
	lmsdrive run -q --no-calibration plan >raw
	metricsagg raw >metrics
	tail -n +$((before + 1)) "$RUN/engine.truth" | jq -c 'select(.streamed)' >truth
	jq -s -c --slurpfile truth truth '
	    (map(select(.type == "step") | {key: "\(.step)", value: .}) | from_entries) as $step
	    | [(map(select(.type == "request")) | sort_by(.req)), (map(select(.type == "response")) | sort_by(.req)), $truth]
	    | transpose[] | {at: $step["\(.[0].step)"], request: .[0], response: .[1], truth: .[2]}' raw >asked
}

# LM Studio tells no log-probabilities: what can be compared are the answers.
@test "answers to prefixes, word by word: as often equal as the engine's own" {
	quality <<-EOS
		answers: {probe: [english, code, german, arithmetic], cache: pair, repeat: 2, max_tokens: 12, fixed_length: true, warmup: 0}
	EOS
	# By the engine's digests: equal to the reference, and to themselves.
	want=$(jq -s -c 'group_by(.request.prompt_sha256)
	    | map(map({key: .at.variant, value: .truth.output_sha256}) | group_by(.key) | map({key: .[0].key, value: map(.value)}) | from_entries)
	    | [length, (map(select(.q8_0[0] == .f16[0])) | length), (map(select(.q8_0[0] == .q8_0[1])) | length), (map(select(.f16[0] == .f16[1])) | length)]' asked)
	got=$(jq -s -c 'map(select(.type == "agreement")) as $a | def of($v; $r): $a[] | select(.variant == $v and .reference == $r);
	    [of("q8_0"; "f16").prompts, of("q8_0"; "f16").equal, of("q8_0"; "q8_0").equal, of("f16"; "f16").equal]' metrics)
	echo "want $want, got $got"
	[ "$got" = "$want" ]
	[ "$(jq '.[0]' <<<"$want")" -eq 8 ]
}

# The truth has the whole vocabulary, of which 20 tokens a side are told.
@test "probe: first choices and divergence of q8_0 from f16 are those of the engine's own probabilities" {
	quality <<-EOS
		probe: {probe: [english, code, german, arithmetic], repeat: 4, warmup: 0}
	EOS
	jq -s -c 'group_by(.request.prompt_sha256)
	    | map((map({key: .at.variant, value: .truth.choices}) | from_entries) as {f16: $p, q8_0: $q}
	        | ($q | map({key: .[0], value: .[1]}) | from_entries) as $whole
	        | ($q[:20] | map({key: .[0], value: .[1]}) | from_entries) as $told
	        | ([$p[] | (.[1] | exp) * (.[1] - $whole[.[0]])] | add) as $exact
	        | [$p[:20][] | select($told[.[0]]) | [(.[1] | exp), ($told[.[0]] | exp)]] as $both
	        | (1 - ($both | map(.[0]) | add)) as $p_rest | (1 - ($both | map(.[1]) | add)) as $q_rest
	        | {size: ($p | length), whole: ($p | map(.[1] | exp) | add), same: ($p[0][0] == $q[0][0]), exact: $exact,
	            told: (([$both[] | .[0] * (.[0] / .[1] | log)] | add) + $p_rest * ($p_rest / $q_rest | log))})' asked >want
	jq -c 'select(.type == "fidelity")' metrics >got
	jq -c '[length, (map(.same) | map(select(.)) | length), (map(.told) | add / length), (map(.exact) | add / length)]' want; cat got
	[ "$(jq 'map(.size == 4096 and (.whole - 1 | fabs) < 1e-4) | all' want)" = true ]
	run jq -n --slurpfile want want --slurpfile got got '$want[0] as $w | $got[0]
	    | .variant == "q8_0" and .reference == "f16" and .prefixes == 16 and ($w | length) == 16
	    and .equal_first == ($w | map(select(.same)) | length)
	    and (.kl_mean - ($w | map(.told) | add / 16) | fabs) < 1e-6 and (.kl_max - ($w | map(.told) | max) | fabs) < 1e-6
	    and .kl_mean > 0 and .kl_mean < ($w | map(.exact) | add / 16)'
	[ "$output" = true ]
}

# Random weights say words; what is forced is a call of the one tool there is,
# right where its schema leaves no choice.
@test "agent: text, right calls and other calls are named as such, and the prompt cache is judged by the engine's own counts" {
	quality <<-EOS
		free: {agent: {system_tokens: 60, result_words: 10, tools: [{name: ask, parameters: {type: object, properties: {n: {type: string}}, required: [n]}}]}, turns: 3, repeat: 1, max_tokens: 8, warmup: 0}
		sure: {agent: {system_tokens: 60, tool_choice: required, tools: [{name: ask, parameters: {type: object, properties: {n: {enum: ["1"]}}, required: [n]}}]}, turns: 3, repeat: 1, max_tokens: 99, warmup: 0}
		open: {agent: {system_tokens: 60, tool_choice: required, tools: [{name: ask, parameters: {type: object, properties: {n: {type: string}}, required: [n]}}]}, turns: 3, repeat: 1, max_tokens: 99, warmup: 0}
	EOS
	run jq -s -c 'map([.at.scenario, .response.status, .response.call, .response.call_at, .response.check]) | group_by(.) | map([length] + .[0])' asked
	echo "$output"
	[ "$output" = '[[6,"free","ok","cut",null,"cut"],[6,"open","ok","other_call","n","wrong"],[6,"sure","ok","ok",null,"right"]]' ]
	# What the engine made is that call, by its own log.
	[ "$(jq -s -c 'map(select(.at.scenario == "sure").truth.call | fromjson) | unique' asked)" = '[{"name":"ask","arguments":{"n":"1"}}]' ]
	[ "$(jq -s 'map(select(.at.scenario == "open").truth.call | fromjson | .name == "ask" and (.arguments.n | type) == "string") | all' asked)" = true ]
	[ "$(jq -s 'map(.response.cached_tokens == .truth.cached_tokens and .response.prompt_tokens == .truth.input_tokens) | all' asked)" = true ]
	# Kept: of each later turn all that the turn before had was taken from it.
	kept=$(jq -s -c 'group_by([.at.variant, .at.scenario]) | map(sort_by(.request.req) | [., .[1:]] | transpose | map(select(.[1]))
	    | if map(.[1].truth.cached_tokens >= .[0].truth.input_tokens - 1) | all then "kept" else "lost" end) | unique' asked)
	[ "$(jq -s -c 'map(select(.type == "prompt_cache") | .verdict, .from) | unique' metrics)" = "$(jq -c '. + ["counts"] | sort' <<<"$kept")" ]
	[ "$(jq -s 'map(select(.type == "prompt_cache")) | length' metrics)" -eq 6 ]
}

@test "the server ends with its workers" {
	[ "$LMG_VARIANT" = release ] || skip "none of our programs"
	start_server "$BATS_TEST_TMPDIR/own"
	url=http://127.0.0.1:$(cat "$BATS_TEST_TMPDIR/own.port")
	curl -sS "$url/api/v1/models/load" -d '{"model": "engine/moe-q8_0", "context_length": 512}' | grep -q '"status":"loaded"'
	worker=$(pgrep -P "$(cat "$BATS_TEST_TMPDIR/own.pid")")
	kill "$(cat "$BATS_TEST_TMPDIR/own.pid")"
	wait "$(cat "$BATS_TEST_TMPDIR/own.pid")"
	run ! kill -0 "$worker"
}

@test "the GGUF writer's half precision is IEEE's" {
	[ "$LMG_VARIANT" = release ] || skip "none of our programs"
	run "$ENGINE/node" --input-type=module -e "
	    import { toHalf } from '$ROOT/tests/engine/gguf.mjs';
	    console.log([0, -0, 1, -2, 65504, 0.1, 2 ** -14, 2 ** -24, 2 ** -25, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 2047.5]
	        .map((x) => toHalf(x).toString(16)).join(' '))"
	[ "$output" = "0 8000 3c00 c000 7bff 2e66 400 1 0 3c00 3c02 6800" ]
}
