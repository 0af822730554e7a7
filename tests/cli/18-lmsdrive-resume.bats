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

@test "another plan, another server: refused, with what differs, status 2" {
	break_off
	head -n 3 plan >other
	run -2 --separate-stderr lmsdrive run -q --resume r other
	[[ $stderr == *"--resume: the plan differs"* ]]
	[ "$output" = "" ]
	jq -c 'if .type == "run" then .server.url = "http://127.0.0.1:2" else . end' r/raw.ndjson >x && mv x r/raw.ndjson
	run -2 --separate-stderr lmsdrive run -q --resume r plan
	[[ $stderr == *"--resume: the server differs: it was \"http://127.0.0.1:2\""* ]]
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
