#!/usr/bin/env bats
# memsample as a filter: nobody notices it.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	SERVER='' FILTER=''
}

teardown() {
	exec 8>&- 9>&-
	for pid in $SERVER $FILTER; do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

# run_record [SERVER]: the first line of a stream that begins now.
run_record() {
	local origin
	origin=$(memsample --alone -p $$ --for 1ms | jq -r 'select(.type == "run").origin_ns')
	printf '{"type":"run","run":"R1","t_ns":0,"v":1,"stream":"raw","tool":"test","origin_ns":"%s","boot_id":null,"server":%s,"memory_interval_ns":20000000}\n' \
		"$origin" "${1:-null}"
}

# start_server: mem_listen with its commands on file descriptor 9.
start_server() {
	mkfifo commands
	"$LMG_BUILD/helpers/mem_listen" port <commands >/dev/null 2>&1 3>&- &
	SERVER=$!
	exec 9>commands
	for _ in {1..100}; do [ -s port ] && break; sleep 0.05; done
	PORT=$(cat port)
}

# start_filter: memsample reading what is written to file descriptor 8.
start_filter() {
	rm -f pipe && mkfifo pipe
	memsample <pipe >out 2>err 3>&- 9>&- &
	FILTER=$!
	exec 8>pipe
}

# wait_until SHELL-CONDITION: at most 10 s.
wait_until() {
	for _ in {1..100}; do eval "$1" && return; sleep 0.1; done
	return 1
}

@test "every byte of the input comes out, in order, however the lines are cut" {
	{
		run_record
		for i in {1..3000}; do printf '{"type":"chunk","run":"R1","t_ns":%d,"text":"äöü %d"}\n' "$i" "$i"; done
		printf 'not json at all\n\n{"type":"mem"\n'
	} >in
	# A slow writer of odd pieces.
	(while IFS= read -r -n 997 -d '' piece || [ -n "$piece" ]; do printf '%s' "$piece"; sleep 0.002; done <in) |
		memsample >out
	grep -v -e '"tool":"memsample' -e '"cost_ns"' -e '"code":"target_missing"' out | cmp - in
	grep -c '"type":"mem","run":"R1"' out
	jq -es 'map(select(.type=="end")) | length == 1 and .[0].run == "R1"' <(grep '"tool":"memsample' out)
}

@test "a million bytes a millisecond do not harm it, and every own line stands alone" {
	{ run_record; yes '{"type":"chunk","run":"R1","t_ns":1,"bytes":4}' | head -n 400000; } >in
	memsample -i 1ms <in >out
	grep -v -e '"tool":"memsample' -e '"cost_ns"' out | cmp - in
	grep -e '"cost_ns"' out | jq -es 'length > 0 and all(.run == "R1" and .pids == [])'
}

@test "the port of the run record names the processes; a worker's death is told, and a finding unless its model was unloaded" {
	local loads='{"type":"load","run":"R1","t_ns":1,"step":1,"phase":"begin","status":null}'
	local loaded='{"type":"load","run":"R1","t_ns":2,"step":1,"phase":"end","status":"ok"}'
	start_server
	{
		run_record "{\"url\":\"http://127.0.0.1:$PORT\",\"port\":$PORT}"
		sleep 0.2
		echo "$loads"
		sleep 0.1
		echo grow >&9
		sleep 0.6
		echo "$loaded"
		sleep 0.2
		echo kill >&9
		echo '{"type":"unload","run":"R1","t_ns":3,"step":1,"phase":"begin","status":null}'
		echo '{"type":"unload","run":"R1","t_ns":3,"step":1,"phase":"end","status":"ok"}'
		sleep 0.2
		echo "$loads"
		echo new >&9
		sleep 0.2
		echo grow >&9
		sleep 0.6
		echo "$loaded"
		sleep 0.2
		echo kill >&9
		sleep 0.8
	} | memsample >out 9>&- || status=$?
	[ "$status" -eq 4 ]
	exec 9>&-
	jq -es --argjson pid "$SERVER" '
		(map(select(.type=="proc"))) as $p
		| ($p | map(select(.event=="appear")) | .[0] | .pid == $pid and .role == "root")
		and ($p | map(select(.event=="worker").ppid) == [$pid, $pid])
		and ($p | map(select(.event=="exit").role) == ["worker", "worker"])
		and (map(select(.type=="mem" and .n_procs==2)) | length > 3)
		and (map(select(.type=="mem") | .anon_bytes) | max > 32*1048576)
		and (map(select(.type=="note" and .code=="worker_exit")) | length == 1)
	' out
}

@test "a server that dies and comes back on its port is followed" {
	start_server
	start_filter
	run_record "{\"url\":\"http://127.0.0.1:$PORT\",\"port\":$PORT}" >&8
	wait_until 'grep -q "\"event\":\"appear\"" out'
	exec 9>&-
	wait "$SERVER" || true
	wait_until 'grep -q root_exit out'
	mkfifo again
	"$LMG_BUILD/helpers/mem_listen" port2 "$PORT" <again >/dev/null 2>&1 3>&- 8>&- &
	SERVER=$!
	exec 9>again
	wait_until 'grep -q root_back out'
	exec 8>&- 9>&-
	status=0; wait "$FILTER" || status=$?
	[ "$status" -eq 4 ]
	jq -es --argjson pid "$SERVER" '[.[] | select(.type=="proc" and .role=="root" and .event=="appear") | .pid]
		| length == 2 and .[1] == $pid' out
}

# dies_in_unload ENDS_SERVER: $status of a run whose server dies while a model is unloaded;
# what is recorded is in out.
dies_in_unload() {
	local unload='{"type":"unload","run":"R1","t_ns":%s,"step":1,"phase":"%s","ends_server":%s,"status":%s}\n'
	start_server
	start_filter
	{
		run_record "{\"url\":\"http://127.0.0.1:$PORT\",\"port\":$PORT}"
		printf "$unload" 2 begin "$1" null
	} >&8
	wait_until 'grep -q "\"event\":\"appear\"" out'
	exec 9>&-
	wait "$SERVER" || true
	printf "$unload" 99000000000 end "$1" '"ok"' >&8
	# Where nobody tells it of an end, it sees that at its next sample.
	wait_until 'grep -q "\"event\":\"exit\"" out'
	exec 8>&-
	status=0; wait "$FILTER" || status=$?
	rm commands port
}

@test "a server that dies while a model is unloaded: a finding and status 4, unless the unload ends it" {
	dies_in_unload false
	[ "$status" -eq 4 ]
	[ "$(cat err)" = "memsample: processes of the server ended that were to stay: 1 (worker_exit, root_exit in the records)" ]
	[ "$(grep -c root_exit out)" -eq 1 ]
	[ "$(jq -r 'select(.type == "end").records' out)" -eq "$(grep -c '^{"type":"\(mem\|proc\|note\|end\)"' out)" ]
	dies_in_unload true
	[ "$status" -eq 0 ]
	[ "$(grep -c root_exit out)" -eq 0 ]
}

@test "a stream that is cut within a line is ended with a newline of its own" {
	{ run_record; printf '{"type":"chunk","run":"R1"'; } | memsample >out
	[ "$(grep -c '^{"type":"chunk","run":"R1"$' out)" -eq 1 ]
	tail -n 1 out | jq -e '.type=="end" and .interrupted==false'
}

@test "no run record: passed on, one clear line, status 3" {
	run -3 --separate-stderr bash -c 'printf "a\nb\n" | memsample'
	[ "$output" = $'a\nb' ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == "memsample: standard input: no run record"* ]]
}

@test "no input at all: status 3, and the one who sent nothing says why" {
	run -3 --separate-stderr bash -c ': | memsample'
	[ -z "$output$stderr" ]
}

@test "the first SIGINT lets the upstream end its stream, and nothing is lost" {
	start_filter
	run_record >&8
	sleep 0.3
	kill -INT "$FILTER"
	sleep 0.2
	echo '{"type":"end","run":"R1","t_ns":9,"tool":"upstream"}' >&8
	exec 8>&-
	wait "$FILTER"
	jq -es 'map(select(.type=="end").tool) | .[0] == "upstream" and (.[1] | startswith("memsample"))' out
}

@test "the second SIGINT, a second later, ends it now, also within a line, and the end record is whole" {
	for piece in '' '{"type":"chunk","half'; do
		start_filter
		{ run_record; printf %s "$piece"; } >&8
		sleep 0.3
		kill -INT "$FILTER"
		sleep 1.1
		kill -INT "$FILTER"
		rc=0
		wait "$FILTER" || rc=$?
		exec 8>&-
		[ "$rc" -eq 4 ]
		[ "$(grep -c '^{"type":"chunk"' out)" -eq "$([ -z "$piece" ]; echo $?)" ]
		tail -n 1 out | jq -e '.type=="end" and .interrupted==true'
	done
	grep -qx '{"type":"chunk","half' out
}

@test "a reader that goes away ends it without a word" {
	run --separate-stderr bash -c '{ cat /dev/fd/9; sleep 0.5; yes "{}" | head -n 200000; } 9<<<"$1" | memsample | head -n 1' _ "$(run_record)"
	[ "$stderr" = "" ]
	[ "${#lines[@]}" -eq 1 ]
}

@test "a full disk is one clear line and status 4" {
	[ -e /dev/full ] || skip "no /dev/full here"
	run -4 --separate-stderr bash -c 'memsample <<<"$1" >/dev/full' _ "$(run_record)"
	[ "$stderr" = "memsample: standard output: No space left on device" ]
}

@test "a reader that stalls delays no tick: they arrive late with their true times" {
	{ run_record; sleep 1; } | memsample -i 20ms | { sleep 1; cat; } >out
	jq -es 'map(select(.type=="mem") | .t_ns) | length >= 10 and . == sort' out
}

@test "a recording played back is not sampled on its clock" {
	echo '{"type":"run","run":"OLD","t_ns":0,"v":1,"origin_ns":"1","boot_id":"another","server":null}' | memsample >out
	jq -es 'map(select(.type=="note")) | length == 1 and .[0].code == "clock_replaced" and (.[0].message | contains("another clock"))' out
}

@test "a server of another user: said on stderr and in a note, and by doctor" {
	[ "$(uname -s)" = Linux ] || skip "setpriv is for Linux"
	[ "$(id -u)" -eq 0 ] || skip "only root can be nobody"
	command -v setpriv >/dev/null || skip "no setpriv here"
	cp "$(command -v memsample)" "$(command -v lmsdrive)" .
	chmod 755 . memsample lmsdrive
	unprivileged() { PATH=$PWD:$PATH setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all -- "$@"; }
	unprivileged ./memsample --version >/dev/null || skip "nobody may not enter here"
	lmsim --port 0 --port-file port >/dev/null 2>&1 3>&- &
	SERVER=$!
	wait_until '[ -s port ]'
	PORT=$(cat port)
	said="port $PORT: its process belongs to another user, so its memory is not measured: run as that user, or as root"
	{ run_record "{\"url\":\"http://127.0.0.1:$PORT\"}"; sleep 0.3; } >in
	unprivileged ./memsample <in >out 2>err
	[ "$(cat err)" = "memsample: $said" ]
	[ "$(jq -r 'select(.type == "note") | [.level, .code, .message] | @tsv' out)" = "error	target_missing	$said" ]
	run --separate-stderr unprivileged ./lmsdrive doctor --server "http://127.0.0.1:$PORT"
	[[ $'\n'$output$'\n' == *$'\n'"FAIL  memory: $said"$'\n'* ]]
	# And before the first load of a run that memsample stands beside.
	jq -nc --arg url "http://127.0.0.1:$PORT" '{type: "plan", v: 1, step: 1, op: "load", pair: "p", variant: "a", model: "sim-gguf", server: {url: $url}}' >plan
	chmod 777 .
	run -4 --separate-stderr unprivileged ./lmsdrive run --no-calibration --decided ./state plan
	[[ $'\n'$stderr$'\n' == *$'\n'"lmsdrive: memory: $said"$'\n'* ]]
	[ "$output" = "" ]
	# As its own user nothing of the kind is said.
	memsample <in >out 2>err
	[ ! -s err ]
	run -0 lmsdrive doctor --server "http://127.0.0.1:$PORT"
	[[ $'\n'$output$'\n' == *$'\n'"ok    memory: memsample sees the server's processes; port $PORT belongs to lmsim (process $SERVER, $(command -v lmsim))"$'\n'* ]]
}

@test "a server whose name only begins as this machine's does is another machine's" {
	local own host
	own=$(hostname)
	start_server
	for host in "${own}2" "$own-studio" localhost.example.org 127.example.org; do
		run_record "{\"url\":\"http://$host:$PORT\",\"port\":$PORT,\"api\":\"openai\"}" | memsample >out
		[ "$(jq -r 'select(.code == "target_missing").message' out)" = "http://$host:$PORT is on another machine: only this machine's own memory is sampled" ]
		[ -z "$(jq -c 'select(.type == "proc")' out)" ]
	done
	for host in "$own" localhost '[::1]'; do
		{ run_record "{\"url\":\"http://$host:$PORT\",\"port\":$PORT,\"api\":\"openai\"}"; sleep 0.3; } | memsample >out
		[ "$(jq -r 'select(.type == "proc").role' out | head -n 1)" = root ]
	done
}
