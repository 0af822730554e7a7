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
	  load_step '.step = 5 | .variant = "mlx" | .model = "sim/sim-mlx"'
	  step '.step = 6 | .variant = "mlx" | .model = "sim/sim-mlx"'
	  load_step '.step = 7 | .op = "unload" | .variant = "mlx" | .model = "sim/sim-mlx"'; } >plan
}

teardown() {
	stop_lmsim
}

# break_off: run the plan, and end it in step 3.
break_off() {
	lmsdrive run -q plan >r/raw.ndjson 3>&- &
	local pid=$!
	for _ in {1..200}; do grep -q '"step":3,"op"' r/raw.ndjson && break; sleep 0.02; done
	kill -INT $pid
	wait $pid || true
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
