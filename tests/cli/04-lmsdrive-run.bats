#!/usr/bin/env bats
# lmsdrive run: the records of a run, and what ends it early.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	start_lmsim
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	stop_lmsim
}

# The instances the server says are loaded, one a line.
loaded() {
	lmsdrive models --server "$SIM_URL" | jq -r '.loaded_instances[].id'
}

@test "a load, requests and an unload give the records of lmgauge-records(5), in order" {
	{ load_step '.context_length = 2048'; step '.step = 2 | .requests = 2'
	  load_step '.step = 3 | .op = "unload"'; } >plan
	run -0 --separate-stderr lmsdrive run -q plan
	[ "$stderr" = "" ]
	[ "$(jq -r '.type + (.phase // "" | " " + .)' <<<"$output" | uniq | tr '\n' ',')" = \
	    "run ,step ,load begin,load end,step ,request ,chunk ,response ,request ,chunk ,response ,step ,unload begin,unload end,end ," ]
	# Every line begins with type, run, t_ns; one run; instants in order of their kind.
	[ "$(jq -c 'keys_unsorted[:3]' <<<"$output" | sort -u)" = '["type","run","t_ns"]' ]
	[ "$(jq -r .run <<<"$output" | sort -u | wc -l)" -eq 1 ]
	[ "$(of end .records)" -eq "$(wc -l <<<"$output")" ]
	[ "$(of end .interrupted)" = false ]
	[ "$(of run '[.v, .stream, .steps, .requests, .simulated, .server.api, .server.name] | @csv')" = \
	    '1,"raw",3,2,true,"lmstudio","LM Studio"' ]
	[ "$(of load 'select(.phase == "end") | [.instance, .format, .status, .context_length, .requested_context_length, .parallel, .quantization] | @csv')" = \
	    '"sim-gguf","gguf","ok",2048,2048,4,"Q4_K_M"' ]
	[ "$(of response '[.req, .status, .http, .finish, .chunks, .completion_tokens, .prompt_tokens, .tokens_from, .connect_ns, .retries] | @csv')" = \
	    '1,"ok",200,"length",8,8,12,"stats",0,0
2,"ok",200,"length",8,8,12,"stats",0,0' ]
	[ "$(jq -s '[.[] | select(.type == "chunk" and .req == 1).i] | length > 8 and . == [range(0; length)]' <<<"$output")" = true ]
	[ "$(jq -s '[.[] | select(.type == "chunk" and .req == 1)] | map(.t_ns) | . == sort' <<<"$output")" = true ]
	[ -z "$(loaded)" ]
}

@test "the plan is read from a pipe, and its digest and size are recorded" {
	step '.requests = 3' >plan
	run -0 --separate-stderr bash -c 'lmsdrive run -q <plan'
	[ "$(of run .plan_sha256)" = "$(sha256sum plan | cut -d' ' -f1)" ]
	[ "$(of response .req | tr '\n' ' ')" = "1 2 3 " ]
}

@test "a request whose load was filtered away is loaded first and unloaded at the end, and says so" {
	{ step; step '.step = 2 | .model = "sim/sim-mlx" | .variant = "mlx" | .format = "mlx"'; } >plan
	run -0 --separate-stderr lmsdrive run -q plan
	[ "$(of step '[.op, .step, .model, .implied] | @csv')" = \
'"load",3,"sim-gguf",true
"request",1,"sim-gguf",false
"unload",4,"sim-gguf",true
"load",5,"sim/sim-mlx",true
"request",2,"sim/sim-mlx",false
"unload",6,"sim/sim-mlx",true' ]
	[ "$(of note .code | sort -u)" = implied_step ]
	[ -z "$(loaded)" ]
}

@test "--decided: the scenario that is over is left out, its warm-up where another goes on; bad lines decide nothing" {
	echo "hi: hello" >prompts.yaml
	cat >suite.yaml <<-END
		server: {url: "$SIM_URL"}
		order: {rounds: 2, idle: 0}
		pairs: [{name: p, variants: {a: {model: sim-gguf}, b: {model: sim/sim-mlx}}}]
		scenarios: [{s: {prompts: [hi], repeat: 2, warmup: 1, max_tokens: 4}}, {x: {prompts: [hi], repeat: 1, warmup: 0, max_tokens: 4}}]
	END
	lmsdrive plan suite.yaml >plan
	cat >state <<-END
		{"type":"decided","pair":"p","scenario":"s","metric":null,"rounds":2}
		{"type":"decided","pair":"p","scenario":"x","metric":"ttft_s","rounds":2}
		{"type":"decided","pair":"p","scenario":"s","metric":"ttft_s","base":"a","new":"b","verdict":"different","rounds":2,"ratio":1.2,"ratio_lo":1.1,"ratio_hi":1.3}
		{"type":"decided","pair":"p","scenario":"s","metric":"decode_tps","base":"a","new":"b","verdict":"inconclusive","rounds":2,"further_rounds":3,"round_s":50}
		[1]
		{"type":"decided"
	END
	run -0 --separate-stderr lmsdrive run --no-calibration --decided state plan
	# Round 1 has s with its warm-up, and x; in round 2 there is s alone.
	[ "$(of step 'select(.op != "unload") | [.block, .variant, .op, .scenario] | @tsv' | tr '\t' ' ')" = "1 a load 
1 a request s
1 a request s
1 a request x
1 b load 
1 b request s
1 b request s
1 b request x
2 b request s
2 b request s
2 a request s
2 a request s" ]
	[ "$(of response '[.status, .error] | @csv' | tr '\n' ' ')" = '"ok", "skipped","decided" "ok", "ok", "skipped","decided" "ok", "skipped","decided" "skipped","decided" "skipped","decided" "skipped","decided" ' ]
	[ "$(of decided '[.scenario, .metric, .ratio] | @csv')" = '"s",,
"s","ttft_s",1.2' ]
	[[ $stderr == *"p: TTFT is decided after 2 rounds: b 1.20 times a (1.10 to 1.30)"* ]]
	[[ $stderr == *"decode not yet, TTFT decided"* ]]
	[[ $stderr == *": 4 requests, 0 failed, 6 not needed: decided" ]]
	# Without the file all is done.
	run -0 --separate-stderr lmsdrive run -q --no-calibration --decided nothing plan
	[ "$(of response .status | sort | uniq -c | tr -s ' ')" = " 10 ok" ]
}

@test "a budget is not used up by a visit that is left out at the begin" {
	echo '{"type":"decided","pair":"p","scenario":"s","metric":null,"rounds":2}' >state
	for pair in p q; do load_step ".pair = \"$pair\""; step ".pair = \"$pair\""; done |
	    jq -c '.step = input_line_number | .budget_ns = 20000000000' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration --decided state plan
	[ "$(of response '[.step, .status] | @csv' | tr '\n' ' ')" = '2,"skipped" 4,"ok" ' ]
}

@test "a load that a filter removed is done with the plan's own options" {
	cat >suite.yaml <<-END
		server: {url: "$SIM_URL"}
		order: {blocks: 1, idle: 0s}
		pairs: [{name: p, variants: {a: {model: sim-gguf, load: {context_length: 1024, eval_batch_size: 256}}}}]
		scenarios: [{s: {prompt_tokens: 20, repeat: 1, warmup: 0}}]
	END
	lmsdrive plan suite.yaml | jq -c 'select(.scenario == "s")' >plan
	[ "$(jq -c '[.op, .load_options, .context_length]' plan)" = '["request",{"context_length":1024,"eval_batch_size":256},1024]' ]
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of step .op | tr '\n' ' ')" = "load request unload " ]
	[ "$(of load 'select(.phase == "end") | [.status, .context_length, .requested_context_length] | @csv')" = '"ok",1024,1024' ]
	# They reach the server: one that it does not know is refused.
	jq -c '.load_options.nonsense = 1' plan >refused
	run -4 --separate-stderr lmsdrive run -q --no-calibration refused
	[ "$(of load 'select(.phase == "end").status')" = failed ]
	[[ "$(of load 'select(.phase == "end").error')" == *nonsense* ]]
}

@test "variants of one model that differ in their load options only: each is measured as loaded for it" {
	cat >suite.yaml <<-END
		server: {url: "$SIM_URL"}
		order: {blocks: 1, idle: 0s}
		pairs:
		  - name: p
		    variants:
		      short: {model: sim-gguf, load: {context_length: 1024}}
		      long: {model: sim-gguf, load: {context_length: 2048}}
		      plain: {model: sim-gguf}
		scenarios: [{s: {prompt_tokens: 20, repeat: 2, warmup: 0}}]
	END
	lmsdrive plan suite.yaml >whole
	# the plan's own order, without loads and unloads, and with a load edited
	jq -c 'select(.scenario == "s")' whole >cut
	jq -c 'if .op == "load" and .variant == "long" then .load_options.context_length = 512 | .context_length = 512 else . end' whole >edited
	for plan in whole cut edited; do
		run -0 --separate-stderr lmsdrive run -q --no-calibration $plan
		# at each request, what was loaded last
		jq -rs 'reduce .[] as $r ({out: []};
		    if $r.type == "load" and $r.phase == "end" then .context = $r.context_length
		    elif $r.type == "step" and $r.op == "request" then .out += ["\($r.variant) \(.context)"] else . end)
		    | .out[]' <<<"$output" >loaded
		[ "$(sort -u loaded)" = $'long 2048\nplain 4096\nshort 1024' ]
		[ "$(wc -l <loaded)" -eq 6 ]
		[ "$(of response .status | sort -u)" = ok ]
		[ -z "$(loaded)" ]
	done
}

@test "the prompt is what prompt_key and its digest say; the answers of equal prompts are equal" {
	step '.requests = 2 | .prompt.is_warm = true' >plan
	run -0 --separate-stderr lmsdrive run -q plan
	[ "$(of request .prompt_sha256 | sort -u | wc -l)" -eq 1 ]
	[ "$(of request .prompt_sha256 | head -n 1)" = "$(printf 'hello there' | sha256sum | cut -d' ' -f1)" ]
	[ "$(of response .output_sha256 | sort -u | wc -l)" -eq 1 ]
	[ "$(jq -r 'select(.type == "request" and .stream).output_sha256' "$SIM_TRUTH" | sort -u)" = "$(of response .output_sha256 | head -n 1)" ]
}

@test "four workers in a closed loop never have more than four requests under way, and all are sent" {
	step '.requests = 12 | .concurrency = 4' >plan
	run -0 --separate-stderr lmsdrive run -q plan
	[ "$(of response .status | sort | uniq -c | tr -d ' ')" = 12ok ]
	[ "$(jq -s '[.[] | if .type == "request" then 1 elif .type == "response" then -1 else empty end]
	    | [foreach .[] as $d (0; . + $d)] | max' <<<"$output")" -eq 4 ]
}

@test "an open loop sends at its own times, whatever the server does" {
	step '.requests = 5 | .arrival = "constant" | .rate_per_s = 20 | .sampling.max_tokens = 100' >plan
	run -0 --separate-stderr lmsdrive run -q plan
	# due 50 ms apart exactly, though each answer takes over 200 ms
	[ "$(jq -s '[.[] | select(.type == "request").scheduled_ns] | [.[1:], .[:-1]] | transpose | map(.[0] - .[1]) | unique' -c <<<"$output")" = "[50000000]" ]
	[ "$(jq -s '[.[] | select(.type == "request") | .t_ns - .scheduled_ns] | min >= 0' <<<"$output")" = true ]
}

@test "a step with a duration stops issuing and records no loss" {
	step '.requests = 100000 | .duration_ns = 300000000' >plan
	run -0 --separate-stderr lmsdrive run -q plan
	[ "$(of response .status | sort -u)" = ok ]
	[ "$(of response .status | wc -l)" -lt 100 ]
}

@test "a conversation keeps its history: the prompt the server counts grows" {
	for turn in 1 2 3; do
		step ".step = $turn | .turn = $turn | .turns = 3 | .server.api = \"openai\""
	done >plan
	run -0 --separate-stderr lmsdrive run -q plan
	# 2 words and 10 of the template; then the turn before (2 and 8) as well
	[ "$(of response .prompt_tokens | tr '\n' ' ')" = "12 22 32 " ]
}

# ---- what goes wrong -------------------------------------------------------

@test "no server: one message that says what to do, status 4, not a byte of records" {
	step '.server.url = "http://127.0.0.1:9"' >plan
	run -4 --separate-stderr lmsdrive run plan
	[ "$output" = "" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == "lmsdrive: http://127.0.0.1:9: no server answers ("*"lms server start"*"server.url"* ]]
}

@test "a model loaded by someone else: refused with its name, status 4, no records; --keep-loaded notes it" {
	lmsdrive load --server "$SIM_URL" sim/sim-mlx >/dev/null
	step >plan
	run -4 --separate-stderr lmsdrive run plan
	[ "$output" = "" ]
	[[ $stderr == *"sim/sim-mlx is loaded already"*"--keep-loaded"* ]]
	run -0 --separate-stderr lmsdrive run -q --keep-loaded plan
	[ "$(codes)" = "foreign_instance " ]
	[ "$(of response .status)" = ok ]
	[ "$(loaded)" = sim/sim-mlx ]
}

@test "server.keep_loaded: the same, from the configuration" {
	lmsdrive load --server "$SIM_URL" sim-gguf >/dev/null
	step '.server.keep_loaded = true | .model = "sim/sim-mlx" | .format = "mlx"' >plan
	run -0 --separate-stderr lmsdrive run -q plan
	[ "$(of note 'select(.code == "foreign_instance").message')" = "loaded already by someone else, and left so: sim-gguf" ]
	printf 'server: {keep_loaded: true}\npairs: [{name: p, variants: {a: {model: m}}}]\nscenarios: [{s: {prompt_tokens: 1}}]\n' >suite.yaml
	[ "$(lmsdrive plan suite.yaml | jq .server.keep_loaded | sort -u)" = true ]
}

@test "a plan that is no plan: file and line, status 3; an empty one too" {
	{ step; echo '{"type":"plan"'; } >plan
	run -3 --separate-stderr lmsdrive run plan
	[ "$output" = "" ]
	[[ $stderr == "lmsdrive: plan:2: "* ]]
	: >plan
	run -3 --separate-stderr lmsdrive run plan
	[[ $stderr == "lmsdrive: plan: the plan is empty"* ]]
	run -2 --separate-stderr lmsdrive run no-such-file
	[[ $stderr == "lmsdrive: no-such-file: No such file or directory" ]]
}

@test "unknown options and too many arguments: status 2 and where help is" {
	run -2 --separate-stderr lmsdrive run --nope
	[[ $stderr == *"nope"*"--help"* ]]
	run -2 --separate-stderr lmsdrive run a b
	run -2 --separate-stderr lmsdrive rnu
	[[ $stderr == *'did you mean run?'* ]]
	run -2 --separate-stderr lmsdrive
	run -0 lmsdrive run --help
	run -0 lmsdrive --version
}

@test "a load that fails: its requests are skipped with the reason, the next load works" {
	{ load_step '.model = "sim-gguf-missing"'; step '.step = 2 | .model = "sim-gguf-missing" | .requests = 2'
	  load_step '.step = 3'; step '.step = 4'; } >plan
	run -4 --separate-stderr lmsdrive run --anyway plan
	[ "$(of load 'select(.phase == "end").status' | tr '\n' ' ')" = "failed ok " ]
	[ "$(of response .status | tr '\n' ' ')" = "skipped skipped ok " ]
	[ "$(codes)" = "load_failed " ]
	[[ $stderr == *"the load of sim-gguf-missing failed"* ]]
}

@test "SIGINT in a stream: the request is cancelled, the model unloaded, the stream ended, status 4" {
	fault hang_middle >plan
	lmsdrive run -q plan >out 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do grep -q '"kind":"content"' out && break; sleep 0.05; done
	kill -INT $pid
	rc=0; wait $pid || rc=$?
	[ "$rc" -eq 4 ]
	output=$(<out)
	[ "$(of response .status)" = cancelled ]
	[ "$(of unload 'select(.phase == "end").status')" = ok ]
	[ "$(codes)" = "interrupted " ]
	[ "$(tail -n 1 out | jq -r '[.type, .interrupted] | @csv')" = '"end",true' ]
	[ -z "$(loaded)" ]
}

@test "SIGTERM while a model loads: what appears of it is unloaded again" {
	stop_lmsim
	printf 'models:\n  - {key: sim-gguf, format: gguf, memory: 1MiB, load_time: 2s}\n' >models.yaml
	start_lmsim --models models.yaml
	load_step >plan
	lmsdrive run -q plan >out 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do grep -q '"phase":"begin"' out && break; sleep 0.05; done
	kill -TERM $pid
	rc=0; wait $pid || rc=$?
	[ "$rc" -eq 4 ]
	output=$(<out)
	[ "$(of load 'select(.phase == "end").status')" = cancelled ]
	[ "$(tail -n 1 out | jq -r .interrupted)" = true ]
	[ -z "$(loaded)" ]
}

@test "a second SIGINT ends it at once" {
	fault hang_middle >plan
	lmsdrive run -q plan >out 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do grep -q '"kind":"content"' out && break; sleep 0.05; done
	kill -STOP "$SIM_PID"
	kill -INT $pid; sleep 1.1; kill -INT $pid
	rc=0; wait $pid || rc=$?
	kill -CONT "$SIM_PID"
	[ "$rc" -eq 130 ]
}

@test "a reader that goes away (head -n 1): quiet, unloaded, status 4" {
	step '.requests = 1000' >plan
	run -0 --separate-stderr bash -c 'lmsdrive run -q plan | head -n 1; echo "${PIPESTATUS[0]}" >rc'
	[ "$(jq -r .type <<<"$output")" = run ]
	[ "$stderr" = "" ]
	[ "$(<rc)" -eq 4 ]
	[ -z "$(loaded)" ]
}

@test "a full disk: said once, status 4" {
	step '.requests = 20' >plan
	run -4 --separate-stderr bash -c 'lmsdrive run -q plan >/dev/full'
	[ "$stderr" = "lmsdrive: standard output: No space left on device" ]
	[ -z "$(loaded)" ]
}

@test "a server that dies in mid-stream: the rest is skipped with the reason, the stream ends, status 4" {
	{ load_step; fault hang_middle '.step = 2'; step '.step = 3 | .requests = 3'; } >plan
	lmsdrive run plan >out 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do grep -q '"kind":"content"' out && break; sleep 0.05; done
	kill -KILL "$SIM_PID"
	rc=0; wait $pid || rc=$?
	[ "$rc" -eq 4 ]
	output=$(<out)
	[ "$(of response .status | tr '\n' ' ')" = "truncated skipped skipped skipped " ]
	[ "$(of response .error | tail -n 1)" = "the server went away" ]
	[ "$(codes)" = "server_gone stream_cut " ]
	[ "$(of end .interrupted)" = false ]
	[ "$(grep -c 'does not answer any more' err)" -eq 1 ]
}

# restarted SERVER-KEYS MODEL-KEYS PLAN: $output is a run of the file PLAN against such a
# server, which is killed while the run is idle and started again on its port.
restarted() {
	printf 'server: {%s}\nmodels:\n  - {key: sim-gguf, format: gguf, memory: 1MiB, load_time: 10ms%s}\n' "$1" "$2" >models.yaml
	stop_lmsim; start_lmsim --models models.yaml
	sed "s|http://127.0.0.1:[0-9]*|$SIM_URL|" "$3" >moved
	rm -f out
	lmsdrive run --no-calibration moved >out 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do grep -q '"type":"idle"' out && break; sleep 0.05; done
	kill -KILL "$SIM_PID"
	for _ in {1..100}; do grep -q 'does not answer any more' err && break; sleep 0.05; done
	start_lmsim --port "$SIM_PORT" --models models.yaml
	rc=0; wait $pid || rc=$?
	[ "$rc" -eq 4 ]
	output=$(<out)
}

@test "a server that is started again while nobody asks it: a finding, in Stability, status 4, and what it had loaded is loaded anew" {
	{ load_step; step '.step = 2'; load_step '.step = 3 | .op = "idle" | .idle_ns = 1000000000'; step '.step = 4'
	  load_step '.step = 5 | .op = "unload"'; } >within
	{ load_step; step '.step = 2'; load_step '.step = 3 | .op = "unload"'
	  load_step '.step = 4 | .op = "idle" | .idle_ns = 1000000000'; load_step '.step = 5'; step '.step = 6'; } >between
	for keys in "" "api: [ollama, openai]" "api: [router, openai]" "api: [openai], imitate: llama-server|, preloaded: true"; do
		for plan in within between; do
			[ "$plan" = within ] || [ -z "$keys" ] || continue
			model=; [[ $keys != *"|"* ]] || model=${keys#*|}
			restarted "${keys%|*}" "$model" $plan
			gone="server_back server_gone "
			[ "$plan" != within ] || [ -n "$model" ] || gone="instance_gone $gone"
			[ "$(codes | sed 's/simulated //')" = "$gone" ]
			[ "$(of response .status | tr '\n' ' ')" = "ok ok " ]
			[ -z "$(of response '.server.load_s // empty')" ]
			[ "$(metricsagg out | jq -r 'select(.type == "stability").worker_exits')" = 1 ]
		done
	done
	metricsagg out | mkreport | grep -q 'does not answer any more: it went away while idle'
}

@test "a server that is there again at a later load is measured on; what fell into the gap is skipped" {
	{ load_step; fault hang_middle '.step = 2'; step '.step = 3'; load_step '.step = 4 | .op = "unload"'
	  load_step '.step = 5'; step '.step = 6'; } >plan
	lmsdrive run --no-calibration plan >out 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do grep -q '"kind":"content"' out && break; sleep 0.05; done
	kill -KILL "$SIM_PID"
	for _ in {1..100}; do grep -q 'does not answer any more' err && break; sleep 0.05; done
	start_lmsim --port "$SIM_PORT"
	rc=0; wait $pid || rc=$?
	[ "$rc" -eq 4 ]
	output=$(<out)
	[ "$(of response .status | tr '\n' ' ')" = "truncated skipped ok " ]
	[ "$(codes)" = "server_back server_gone stream_cut " ]
}

@test "a model that expires while idle is loaded anew, and its load is in no request" {
	{ load_step; step '.step = 2'; load_step '.step = 3 | .op = "idle" | .idle_ns = 1500000000'; step '.step = 4'
	  load_step '.step = 5 | .op = "unload"'; } >plan
	lmsdrive run -q --no-calibration plan >out 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do grep -q '"type":"idle"' out && break; sleep 0.05; done
	lmsdrive unload --all --server "$SIM_URL"
	rc=0; wait $pid || rc=$?
	[ "$rc" -eq 4 ]
	output=$(<out)
	[ "$(codes)" = "instance_gone " ]
	[ -z "$(of response '.server.load_s // empty')" ]
	[ "$(of load 'select(.phase == "end") | [.step, .status] | @csv' | tr '\n' ' ')" = '1,"ok" 6,"ok" ' ]
	[ -z "$(loaded)" ]
}

@test "progress: plain lines where stderr is no terminal, a line each with -v, nothing with -q" {
	step '.requests = 2' >plan
	run -0 --separate-stderr lmsdrive run plan
	[ "${#stderr_lines[@]}" -eq 2 ]
	[[ ${stderr_lines[0]} == "[1/1] p gguf s  TTFT "*" ms  "*" tok/s"* ]]
	[[ ${stderr_lines[1]} == "done after "*": 2 requests, 0 failed" ]]
	run -0 --separate-stderr lmsdrive run -v plan
	[ "$(grep -c 'req [12]  p' <<<"$stderr")" -eq 2 ]
	[[ $stderr != *$'\033'* ]]
	# What came in one burst has no speed.
	stop_lmsim
	echo 'models: [{key: sim-gguf, format: gguf, memory: 8MB, decode_tps: 1000000}]' >fast.yaml
	start_lmsim --models fast.yaml
	step >plan
	run -0 --separate-stderr lmsdrive run -v plan
	[[ $stderr == *"req 1  p gguf s  ok  TTFT "*" in  8 out"* && $stderr != *tok/s* ]]
}

@test "progress on a terminal: one line redrawn, cut to its width, the server's memory as metricsagg tells it" {
	echo '{"type":"mem","rss_bytes":536870912,"footprint_bytes":null}' >state
	step '.requests = 2' >plan
	on_terminal "stty cols 60; lmsdrive run --decided state plan >out" >term
	grep -q $'\r' term
	tr '\r' '\n' <term | sed $'s/\033\\[[0-9;]*[A-Za-z]//g' >lines
	grep -q '512 MiB' lines
	[ "$(awk '{ if (length($0) > m) m = length($0) } END { print m }' lines)" -lt 61 ]
	# On fewer columns the memory goes, the time that is left stays.
	step '.requests = 8 | .sampling.max_tokens = 60' >plan
	on_terminal "stty cols 40; lmsdrive run --decided state plan >out" | tr '\r' '\n' | sed $'s/\033\\[[0-9;]*[A-Za-z]//g' >lines
	grep -q '^\[1/1\] p gguf s  TTFT [0-9.]* m*s  ETA [0-9]*s' lines
	[ "$(awk '/^\[/ { if (length($0) > m) m = length($0) } END { print m }' lines)" -lt 41 ]
}

@test "progress on a terminal: characters two columns wide are counted as such" {
	command -v script >/dev/null || skip "script(1) is not installed"
	# As bytes, for a shell without a locale: 65e5, of three bytes and two columns.
	local wide=$'\xe6\x97\xa5'
	step '.scenario = ("\u65e5" * 100)' >plan
	script -qec "stty cols 60; lmsdrive run plan >out" /dev/null </dev/null >term
	# "[1/1] p gguf " are 13 columns, 46 of 59 are left
	tr '\r' '\n' <term | grep '^.*\[1/1\]' | grep -o "\($wide\)*" | sort -u >drawn
	[ "$(head -n 1 drawn)" = "$(printf "$wide%.0s" {1..23})" ]
	[ "$(wc -l <drawn)" -eq 1 ]
}

@test "--log gets every request" {
	step '.requests = 2' >plan
	run -0 --separate-stderr lmsdrive run -q --log log plan
	[ "$stderr" = "" ]
	[ "$(grep -c '^  req ' log)" -eq 2 ]
}
