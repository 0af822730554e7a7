#!/usr/bin/env bats
# lmsdrive run --resume: the rest of a run that was broken off.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	start_lmsim
	cd "$BATS_TEST_TMPDIR"
	mkdir r
	# Two loads; the first hangs in its second request step.
	{ load_step; step '.step = 2 | .requests = 2'; step '.step = 3 | .prompt.text = "[[fault:stall]]"'
	  load_step '.step = 4 | .op = "unload"'
	  load_step '.step = 5 | .variant = "mlx" | .model = "sim/sim-mlx" | .format = "mlx"'
	  step '.step = 6 | .variant = "mlx" | .model = "sim/sim-mlx" | .format = "mlx"'
	  load_step '.step = 7 | .op = "unload" | .variant = "mlx" | .model = "sim/sim-mlx" | .format = "mlx"'; } >plan
}

teardown() {
	stop_lmsim
}

# break_off [SIGNAL]: run the plan, and end it in step 3.
break_off() {
	: >r/raw.ndjson
	lmsdrive run -q plan >r/raw.ndjson 3>&- &
	end_in_step 3 $! "${1:-INT}"
}

# go_on SIGNAL STEP: resume it, and end that in the step.
go_on() {
	lmsdrive run -q --resume r plan >>r/raw.ndjson 3>&- &
	end_in_step "$2" $! "$1"
}

# end_in_step STEP PID SIGNAL: once a request of the step is under way.
end_in_step() {
	local before
	before=$(grep -c "\"type\":\"request\".*\"step\":$1," r/raw.ndjson 2>/dev/null || true)
	for _ in {1..300}; do
		[ "$(grep -c "\"type\":\"request\".*\"step\":$1," r/raw.ndjson 2>/dev/null)" -gt "${before:-0}" ] && break
		sleep 0.02
	done
	kill "-$3" "$2"
	wait "$2" || true
}

@test "finished steps are not done again, the broken one and the rest are, in the same run" {
	break_off
	output=$(<r/raw.ndjson)
	[ "$(of response .status | tr '\n' ' ')" = "ok ok cancelled " ]
	run -0 --separate-stderr lmsdrive run -q --resume r plan
	[ "$(of step '[.step, .op] | @csv' | tr '\n' ' ')" = '1,"load" 3,"request" 4,"unload" 5,"load" 6,"request" 7,"unload" ' ]
	[ "$(of response '[.req, .status] | @csv' | tr '\n' ' ')" = '4,"ok" 5,"ok" ' ]
	[ "$(of run .run)" = "$(head -n 1 r/raw.ndjson | jq -r .run)" ]
	# on the same clock: later than all before
	[ "$(of step .t_ns | head -n 1)" -gt "$(tail -n 1 r/raw.ndjson | jq .t_ns)" ]
	echo "$output" >>r/raw.ndjson
	run -0 --separate-stderr lmsdrive run --resume r plan
	[ "$output" = "" ]
	[ "$stderr" = "lmsdrive: --resume: every step is finished" ]
}

# refused WHAT JQ-FILTER [PLAN]: with a run record changed by the filter, the
# resume is refused for this reason, and nothing was asked of the server.
refused() {
	jq -c "if .type == \"run\" then $2 else . end" raw >r/raw.ndjson
	local asked
	asked=$(grep -c '"type":"request"' "$SIM_TRUTH")
	run -2 --separate-stderr lmsdrive run -q --resume r "${3:-plan}"
	[ "$output" = "" ]
	[[ $stderr == "lmsdrive: --resume: the $1 differs"* ]] || { echo "$stderr"; return 1; }
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[ "$(grep -c '"type":"request"' "$SIM_TRUTH")" -eq "$asked" ]
}

@test "another plan, configuration, server or host: refused, with what differs, status 2" {
	break_off
	mv r/raw.ndjson raw
	head -n 3 plan >other
	refused plan . other
	jq -c '.config_sha256 = "'"$(printf %064d 1)"'"' plan >other
	refused configuration . other
	refused server '.server.url = "http://127.0.0.1:2"'
	[[ $stderr == *'it was "http://127.0.0.1:2", it is "'"$SIM_URL"'"; start a new run' ]]
	refused "server's API" '.server.api = "openai"'
	refused "server's version" '.server.version = "0.3.9"'
	refused "host's processor" '.host.cpu = "Apple M9"'
	refused "host's kernel" '.host.kernel = "24.1.0"'
	refused "host's memory" '.host.memory_bytes = 1'
	# and with nothing changed it goes on
	cp raw r/raw.ndjson
	run -0 --separate-stderr lmsdrive run -q --resume r plan
}

@test "no raw.ndjson, or none of ours: status 3 and where" {
	run -3 --separate-stderr lmsdrive run --resume nowhere plan
	[[ $stderr == *"nowhere/raw.ndjson: No such file"* ]]
	echo '{"type":"x"}' >r/raw.ndjson
	run -3 --separate-stderr lmsdrive run --resume r plan
	[[ $stderr == *"r/raw.ndjson: there is no run record"* ]]
}

@test "a raw.ndjson cut in mid-line is read up to there" {
	break_off
	head -c -40 r/raw.ndjson >x && mv x r/raw.ndjson
	run -0 --separate-stderr lmsdrive run -q --resume r plan
	[ "$(of response .status | tr '\n' ' ')" = "ok ok " ]
}

@test "a request in flight at a kill keeps its number; what it had loaded is ours, and unloaded" {
	break_off KILL
	[ "$(jq -r 'select(.type == "request").req' r/raw.ndjson | tail -n 1)" = 3 ]
	[ "$(jq -r 'select(.type == "response").req' r/raw.ndjson | tail -n 1)" = 2 ]
	[ "$(lmsdrive models --server "$SIM_URL" | jq -r '.loaded_instances[].id')" = sim-gguf ]
	run -0 --separate-stderr lmsdrive run -q --resume r plan
	[ "$(of response '[.req, .step, .status] | @csv' | tr '\n' ' ')" = '4,3,"ok" 5,6,"ok" ' ]
	[ "$(of note 'select(.code == "left_loaded").message')" = "the run that was broken off had left loaded: sim-gguf; unloaded" ]
	[ -z "$(lmsdrive models --server "$SIM_URL" | jq -r '.loaded_instances[].id')" ]
}

@test "a model of another boot, of another server, or one that was unloaded again is somebody else's" {
	break_off KILL
	mv r/raw.ndjson raw
	for change in '.boot_id = "other"' 'if .type == "step" then .server_url = "http://127.0.0.1:2" else . end'; do
		jq -c "if .type == \"run\" or .type == \"step\" then $change else . end" raw >r/raw.ndjson
		run -4 --separate-stderr lmsdrive run -q --resume r plan
		[ "$output" = "" ]
		[[ $stderr == *"sim-gguf is loaded already, by someone else"* ]]
	done
	{ cat raw; jq -c 'select(.type == "load" and .phase == "end") | .type = "unload"' raw; } >r/raw.ndjson
	run -4 --separate-stderr lmsdrive run -q --resume r plan
	[[ $stderr == *"sim-gguf is loaded already, by someone else"* ]]
	lmsdrive unload --server "$SIM_URL" sim-gguf
}

@test "a load that goes on in the server after a kill is waited for, and unloaded: nothing is loaded twice" {
	stop_lmsim
	echo 'models: [{key: sim-gguf, format: gguf, load_time: 1s}, {key: sim/sim-mlx, format: mlx, load_time: 50ms}]' >slow.yaml
	start_lmsim --models slow.yaml
	sed -i.bak "s|http://[0-9.:]*|$SIM_URL|" plan
	lmsdrive run -q plan >r/raw.ndjson 3>&- &
	pid=$!
	for _ in {1..500}; do grep -q '"type":"load"' r/raw.ndjson && break; sleep 0.02; done
	kill -KILL $pid
	wait $pid || true
	run -0 --separate-stderr lmsdrive run --resume r plan
	[[ $stderr == *"the run that was broken off had asked for sim-gguf: waiting up to 60 s for its load"* ]]
	[ "$(of note 'select(.code == "left_loaded").message')" = "the run that was broken off had left loaded: sim-gguf; unloaded" ]
	[ "$(of load 'select(.phase == "end") | .instance' | tr '\n' ' ')" = "sim-gguf sim/sim-mlx " ]
	[ "$(jq -c 'select(.type == "load") | [.by, .instance, .status]' "$SIM_TRUTH" | tr '\n' ' ')" = \
	    '["api","sim-gguf","ok"] ["api","sim-gguf","ok"] ["api","sim/sim-mlx","ok"] ' ]
	[ "$(curl -s "$SIM_URL/api/v1/models" | jq '[.models[].loaded_instances[]] | length')" -eq 0 ]
}

@test "a step broken off twice is done again, though other steps came between" {
	step '.step = 3 | .requests = 3 | .prompt.text = "[[fault:stall]]"' >three
	{ head -n 2 plan; cat three; tail -n 4 plan; } >x && mv x plan
	lmsdrive run -q plan >r/raw.ndjson 3>&- &
	pid=$!
	for _ in {1..500}; do grep -q '"type":"response".*"step":3,' r/raw.ndjson && break; sleep 0.02; done
	kill -KILL $pid
	wait $pid || true
	go_on KILL 3
	run -0 --separate-stderr lmsdrive run -q --resume r plan
	[ "$(of response '[.step, .status] | @csv' | tr '\n' ' ')" = '3,"ok" 3,"ok" 3,"ok" 6,"ok" ' ]
	[ "$(cat r/raw.ndjson - <<<"$output" | jq -r 'select(.type == "request").req' | sort -n | uniq -d)" = "" ]
}

@test "a raw.ndjson that ends within a record: that one is taken off and said, the rest is readable" {
	break_off KILL
	printf '{"type":"chunk","run":"x","t_ns":12' >>r/raw.ndjson
	lmsdrive run -q --resume r plan >>r/raw.ndjson
	jq -e . r/raw.ndjson >/dev/null
	[ "$(jq -r 'select(.code == "cut_line").message' r/raw.ndjson)" = 'raw.ndjson ended within a record: it is lost, 35 bytes that begin {"type":"chunk","run":"x","t_ns":12' ]
	[ "$(metricsagg r/raw.ndjson | jq -rc 'select(.code == "cut_line") | [.level, .count]')" = '["warn",1]' ]
	[ "$(metricsagg r/raw.ndjson | jq -r 'select(.type == "run").requests')" = 4 ]
}

@test "a last record that lacks its line end only is kept; so is what a log ends with" {
	break_off KILL
	lines=$(wc -l <r/raw.ndjson)
	printf '{"type":"note","run":"x","t_ns":12,"level":"info","code":"x"}' >>r/raw.ndjson
	printf 'the last words of' >r/run.log
	lmsdrive run -q --resume r --log r/run.log plan >>r/raw.ndjson
	[ "$(sed -n "$((lines + 1))p" r/raw.ndjson)" = '{"type":"note","run":"x","t_ns":12,"level":"info","code":"x"}' ]
	[ "$(sed -n "$((lines + 2))p" r/raw.ndjson | jq -r .type)" = run ]
	run -1 grep cut_line r/raw.ndjson
	[ "$(head -n 1 r/run.log)" = "the last words of" ]
}

@test "the closing line, the report and its Stability agree: cancelled is not failed" {
	lmsdrive run plan >r/raw.ndjson 2>err 3>&- &
	end_in_step 3 $! INT
	grep -q '^interrupted after .*: 2 requests, 0 failed, 1 cancelled$' err || { cat err; false; }
	# As if it had begun two hours before: the report's time is from then on.
	sed -i.bak 's/"origin_ns":"[0-9]*"/"origin_ns":"'$(($(jq -r 'select(.origin_ns).origin_ns' r/raw.ndjson | head -n 1) - 7200000000000))'"/' r/raw.ndjson
	lmsdrive run --resume r plan >>r/raw.ndjson 2>err
	grep -q '^done after [0-9]*s (2h00m since the run began): 4 requests (2 before it was resumed), 0 failed, 1 cancelled$' err || { cat err; false; }
	metricsagg r/raw.ndjson >m
	[ "$(jq 'select(.type == "run") | .duration_s / 60 | floor' m)" = 120 ]
	[ "$(jq -c 'select(.type == "run") | [.requests, .failed]' m)" = '[4,0]' ]
	[ "$(jq -c 'select(.type == "stability") | [.variant, .requests, .failed, .by_status]' m | tr '\n' ' ')" = '["gguf",3,0,{"ok":3,"cancelled":1}] ["mlx",1,0,{"ok":1}] ' ]
	mkreport m >report
	grep -q '^Requests: 4\. ' report
	[ "$(metricsagg compare r r | grep -c failed)" = 0 ]
}

@test "what was skipped, and is again, is counted once" {
	stop_lmsim
	echo 'models: [{key: sim-gguf, format: gguf, memory: 1MiB, load_time: 10ms, faults: [load_crash]}]' >models.yaml
	start_lmsim --models models.yaml
	{ load_step; step '.step = 2 | .requests = 3'; } >plan
	lmsdrive run -q --no-calibration plan >r/raw.ndjson || true
	rc=0; lmsdrive run --no-calibration --resume r plan >>r/raw.ndjson 2>err || rc=$?
	cat err
	[ "$rc" -eq 4 ]
	grep -q ': 0 requests, 0 failed, 3 skipped, 1 load failed$' err
	[ "$(metricsagg r/raw.ndjson | jq -c 'select(.type == "stability").by_status')" = '{"skipped":3}' ]
}

@test "what is left of a visit is not measured cold: warm-ups, the cold text and the turns before it come again; what a limit left out does not" {
	{ load_step
	  step '.step = 2 | .scenario = "w" | .warmup = true'; step '.step = 3 | .scenario = "w"'
	  step '.step = 4 | .scenario = "c"'; step '.step = 5 | .scenario = "c" | .prompt.is_warm = true'
	  step '.step = 6 | .scenario = "t" | .turn = 1 | .turns = 2'; step '.step = 7 | .scenario = "t" | .turn = 2 | .turns = 2 | .prompt.text = "and then?"'
	  step '.step = 8 | .scenario = "l" | .limit_ns = 1'; step '.step = 9 | .scenario = "l" | .limit_ns = 1'
	  step '.step = 10 | .scenario = "z"'; load_step '.step = 11 | .op = "unload"'; } | jq -c '.server.api = "openai"' >plan
	lmsdrive run -q plan >raw
	for left in 3,2,3,4,5,6,7,8,10 5,4,5,6,7,8,10 7,6,7,8,10 10,10; do
		sed '/"type":"response".*"step":'"${left%%,*}"',/,$d' raw >r/raw.ndjson
		run -0 --separate-stderr lmsdrive run -q --resume r plan
		[ "${left%%,*},$(of response .step | paste -s -d , -)" = "$left" ]
	done
	# each time with all that was said before
	[ "$(jq -c 'select(.type == "request" and .prompt_bytes == 9) | .body_bytes > 200' "$SIM_TRUTH" | tr '\n' ' ')" = "true true true true " ]
}

@test "a step for a time that is broken off between two requests is not over" {
	{ load_step; step '.step = 2 | .arrival = "constant" | .rate_per_s = 0.1 | .duration_ns = 30000000000 | .requests = 20'
	  load_step '.step = 3 | .op = "unload"'; } >plan
	lmsdrive run -q plan >r/raw.ndjson 3>&- &
	pid=$!
	for _ in {1..500}; do grep -q '"type":"response"' r/raw.ndjson && break; sleep 0.02; done
	kill -INT $pid
	wait $pid || true
	[ "$(jq -r 'select(.type == "response").status' r/raw.ndjson | tr '\n' ' ')" = "ok skipped " ]
	go_on INT 2
	[ "$(jq -c 'select(.type == "step" and .op == "request").step' r/raw.ndjson | tr '\n' ' ')" = "2 2 " ]
}

@test "what the run was killed with, and what is loaded no more though its unload has no record, is in nobody's memory" {
	m='.variant = "mlx" | .model = "sim/sim-mlx" | .format = "mlx"'
	{ load_step; step '.step = 2'; load_step ".step = 4 | $m"; step ".step = 5 | $m"; load_step ".step = 6 | .op = \"unload\" | $m"; } >plan
	lmsdrive run -q plan | memsample -i 20ms >raw
	sed '/"step":4,/,$d' raw >r/raw.ndjson
	{ cat r/raw.ndjson; lmsdrive run -q --resume r plan | memsample -i 20ms; } >x
	[ "$(jq -c 'select(.code == "left_loaded") | [.step, .message]' x)" = '[4,"the run that was broken off had left loaded: nothing"]' ]
	[ "$(metricsagg x | grep -c memory_shared)" -eq 0 ]
	# no word of it: the careful side
	[ "$(jq -c 'select(.code != "left_loaded")' x | metricsagg | grep -c memory_shared)" -eq 1 ]
}
