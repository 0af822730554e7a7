#!/usr/bin/env bats
# memsample alone: targets, commands, formats, bad usage.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	exec </dev/null
	TARGET=
}

teardown() {
	for pid in $TARGET; do
		kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
	done
}

# wait_until SHELL-CONDITION: at most 10 s.
wait_until() {
	for _ in {1..100}; do eval "$1" && return; sleep 0.1; done
	return 1
}

@test "--help prints the usage on stdout" {
	run -0 --separate-stderr memsample --help
	[[ ${lines[0]} == "usage: memsample"* ]]
	[ "$stderr" = "" ]
}

@test "--version" {
	run -0 memsample --version
	[[ $output == "memsample "* ]]
}

@test "misuse is one line, a hint, and status 2" {
	for args in "" "--port 0" "--port x" "-p -1" "-i 5" "-i 1us" "--nonsense" "--port 1 -p 2" "--for soon"; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr memsample $args
		[ "$output" = "" ]
		[ "${#stderr_lines[@]}" -eq 2 ]
		[ "${stderr_lines[1]}" = "Try 'memsample --help'." ]
	done
}

@test "nothing on the port: what was tried and what to do, status 4" {
	run -4 --separate-stderr memsample --port 1
	[ "$output" = "" ]
	[ "$stderr" = "memsample: port 1: nothing listens there; start the server first, or give --wait" ]
}

@test "no such process: status 4" {
	run -4 --separate-stderr memsample -p 2147483647
	[ "$stderr" = "memsample: process 2147483647: there is no such process; start it first, or give --wait" ]
}

@test "a command: run, proc, mem and end records; its status decides" {
	run -1 --separate-stderr memsample -- sh -c 'echo shown >&2; sleep 0.25; exit 3'
	jq -es '.[0].type == "run" and .[0].server == null and .[-1].type == "end"
		and .[-1].command.exit_code == 3 and .[-1].records == length
		and any(.type == "mem") and (map(.run) | unique | length == 1)' <<<"$output"
	[[ $stderr == *shown* ]]
	[[ $stderr == *"sh: exit code 3, wall 0."* ]]
	[[ $stderr == *peak_rss_bytes* ]]
}

# peak_of_summary: MiB, of what memsample wrote to stderr.
peak_of_summary() {
	sed -n 's/.*peak_rss_bytes *\([0-9]*\).* MiB .*/\1/p' <<<"$stderr"
}

@test "a command that is over before the second sample: its peak is in the summary all the same" {
	run -0 --separate-stderr memsample -i 10s -o rec.ndjson -- dd if=/dev/zero of=/dev/null bs=64M count=1
	[ "$(peak_of_summary)" -ge 64 ] && [ "$(peak_of_summary)" -le 80 ] || [ "$LMG_VARIANT" = asan ]
}

@test "the same for a child of the command, and for nobody" {
	[ "$(uname -s)" = Linux ] || skip "setpriv is for Linux"
	[ "$(id -u)" -eq 0 ] || skip "only root can be nobody"
	command -v setpriv >/dev/null || skip "no setpriv here"
	cp "$(command -v memsample)" ms
	chmod 755 . ms
	unprivileged() { setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all --bounding-set=-all -- "$@"; }
	unprivileged ./ms --version >/dev/null || skip "nobody may not enter here"
	run -0 --separate-stderr unprivileged ./ms -i 10s -o /dev/null -- sh -c 'dd if=/dev/zero of=/dev/null bs=64M count=1; true'
	[ "$(peak_of_summary)" -ge 64 ] && [ "$(peak_of_summary)" -le 80 ] || [ "$LMG_VARIANT" = asan ]
}

@test "children that no sample saw: when and how each ended is recorded all the same" {
	memsample --counters | grep -q 'fork events  *yes' || skip "no fork events here"
	memsample -i 10s -- sh -c 'sh -c "exit 7"; sleep 0.3; sh -c "kill -9 \$\$"; true' 2>/dev/null >out
	jq -es 'map(select(.type == "proc")) as $p | ($p | map(select(.event == "exit" and .exit_code == 7))) as $seven
		| ($p | map(select(.event == "exit" and .signal == 9))) as $nine
		| ($seven | length) == 1 and ($nine | length) == 1
		and $nine[0].t_ns - $seven[0].t_ns > 290000000 and $nine[0].t_ns - $seven[0].t_ns < 2000000000
		and all($p[]; .t_ns >= 0)' out
}

@test "a command that succeeds is status 0, one that cannot be run 4" {
	run -0 --separate-stderr memsample -- true
	run -4 --separate-stderr memsample -- ./no-such-program
	[ "$output" = "" ]
	[ "$stderr" = "memsample: ./no-such-program: cannot be run: No such file or directory" ]
}

@test "what a command prints does not mix with the records" {
	memsample -o rec.ndjson -- echo hello >out 2>err
	[ "$(cat out)" = hello ]
	jq -es '.[-1].type == "end"' rec.ndjson
}

@test "-p: SIGINT ends it with a last sample and an end record, status 0" {
	sleep 100 3>&- &
	TARGET=$!
	memsample -i 20ms -p "$TARGET" >out 3>&- &
	pid=$!
	wait_until '[ "$(grep -c cost_ns out)" -ge 3 ]'
	kill -INT "$pid"
	wait "$pid"
	jq -es --argjson pid "$TARGET" '.[-1].type == "end" and (.[-1].interrupted | not) and .[-2].type == "mem"
		and (map(select(.type == "mem")) | all(.pids == [$pid] and .rss_bytes > 0 and .cost_ns > 0))' out
}

@test "-p: the target's end is the end" {
	sleep 0.4 3>&- &
	TARGET=$!
	memsample -p "$TARGET" >out
	jq -es 'map(select(.type == "proc").event) | .[0] == "appear" and .[-1] == "exit"' out
	TARGET=
}

@test "a server of models that was started without options has none; of what is no such server none are known" {
	ln -s "$(command -v sleep)" llama-server
	run -0 memsample -i 50ms -- ./llama-server 0.2
	[ "$(jq -c 'select(.type == "proc" and .event == "appear") | .options' <<<"$output")" = '{}' ]
	run -0 memsample -i 50ms -- sleep 0.2
	[ "$(jq -c 'select(.type == "proc" and .event == "appear") | .options' <<<"$output")" = null ]
}

@test "-n: by name, however many there are, and --for ends it" {
	cp "$(readlink -f "$(command -v sleep)")" lmg-nap
	for _ in {1..70}; do
		./lmg-nap 100 3>&- &
		TARGET="$TARGET $!"
	done
	wait_until '[ "$(ps -o comm= -p "${TARGET# }" | grep -c lmg-nap)" -eq 70 ]'
	memsample -n 'lmg-na*' --for 250ms >out
	jq -es --arg pids "${TARGET# }" '($pids | split(" ") | map(tonumber) | sort) as $pids
		| map(select(.type == "mem")) | length >= 2 and all(.pids | sort == $pids)' out
}

@test "samples know their lateness, and the end record the cost" {
	memsample -i 10ms -- sleep 0.5 2>/dev/null >out
	jq -es '(map(select(.type == "mem")) | all(.late_ns >= 0 and .missed >= 0 and .cost_ns > 0))
		and (.[-1].self | .samples > 3 and .cpu_ns > 0 and .max_rss_bytes > 0 and .worst_late_ns >= 0)' out
}

@test "counters that were not read are null, never repeated" {
	memsample -i 10ms -- sleep 0.5 2>/dev/null >out
	jq -es 'map(select(.type == "mem")) | any(.swap_bytes == null and .rss_bytes > 0) and any(.swap_bytes != null)
		and all(.footprint_bytes == null)' out
}

@test "--per-process: the sum is the sum of its processes" {
	memsample --per-process -- sh -c 'sleep 0.3; true' 2>/dev/null >out
	jq -es 'map(select(.type == "mem")) | length > 0 and all((.procs | map(.rss_bytes) | add) == .rss_bytes
		and (.procs | map(.pid)) == .pids)' out
}

@test "--csv: a header, and as many cells in every row" {
	memsample --csv -- sleep 0.3 2>/dev/null >out
	[ "$(head -n 1 out | cut -d, -f1-3)" = "t_ns,n_procs,rss_bytes" ]
	[ "$(awk -F, '{print NF}' out | sort -u | wc -l)" -eq 1 ]
	[ "$(wc -l <out)" -ge 3 ]
}

@test "--wait: a target that comes later is sampled" {
	(sleep 0.4; exec "$LMG_BUILD/helpers/mem_listen" port) < <(sleep 3) >/dev/null 2>&1 3>&- &
	TARGET=$!
	# A free port is only known once it is taken: by name instead.
	memsample -n mem_listen --wait 10s --for 1500ms >out
	jq -es 'any(.type == "mem" and .n_procs >= 1)' out
}

@test "in a pid namespace of its own: no fork events, and --counters says so; children are found by scanning" {
	[ "$(uname -s)" = Linux ] || skip "pid namespaces are Linux's"
	unshare -pf --mount-proc true 2>/dev/null || skip "no pid namespace to be had"
	# Somebody outside listens: what he is told is not for us.
	memsample --alone -p $$ >/dev/null 3>&- &
	TARGET=$!
	run -0 unshare -pf --mount-proc memsample --counters
	[[ $output == *"fork events "*" no "*"does not answer"* ]]
	unshare -pf --mount-proc memsample -i 20ms -- sh -c 'sleep 0.5; true' 2>/dev/null >out
	jq -es 'any(.type == "proc" and .name == "sleep" and .role == "child")' out
}

@test "a signal to memsample reaches the command" {
	memsample -- sleep 100 >out 2>/dev/null 3>&- &
	pid=$!
	wait_until 'grep -q cost_ns out'
	kill -TERM "$pid"
	rc=0
	wait "$pid" || rc=$?
	[ "$rc" -eq 1 ]
	jq -es '.[-1].command.signal == 15' out
}

@test "a reader that goes away takes the command along" {
	run --separate-stderr bash -c 'memsample -i 10ms -- sh -c "echo \$\$ >pid; exec sleep 100" | head -n 2'
	[ "${#lines[@]}" -eq 2 ]
	run ! kill -0 "$(cat pid)"
}

@test "--counters names every counter and says why one is missing" {
	run -0 memsample --counters
	[[ $output == *"rss_bytes"*"yes"* ]]
	[[ $output == *"footprint_bytes"*"no"*"macOS"* || $output == *"footprint_bytes"*"yes"* ]]
	[[ $output == *"fork events"* ]]
}

@test "--self-check: the counters agree with a known allocation" {
	[ "$LMG_VARIANT" = release ] || skip "the sanitizer's own memory is in the way"
	run -0 memsample --self-check
	[[ ${lines[${#lines[@]} - 1]} == "All agree." ]]
}

@test "a disk that holds every write for 400 ms delays no tick" {
	[ "$(uname -s)" = Linux ] || skip "LD_PRELOAD is for Linux"
	[ "$LMG_VARIANT" = release ] || skip "the sanitizer wants to be loaded first"
	cc -shared -fPIC -o slow.so "$BATS_TEST_DIRNAME/../lib/slow_write.c"
	# One write after the other would take 7 of 8 ticks.
	LD_PRELOAD=$PWD/slow.so memsample -i 50ms --for 2s --alone -p $$ >out
	jq -es '(map(select(.type == "mem")) | length >= 20) and (.[-1].self | .missed < 10)' out
}

@test "too few open files are allowed: one clear line and status 4, or all is measured" {
	[ "$(uname -s)" = Linux ] || skip "elsewhere no file is opened to look at a process"
	for n in 12 14 16 18 20 22 40; do
		run --separate-stderr bash -c "ulimit -n $n; exec memsample -i 20ms --alone -p $$ --for 60ms 3>&-"
		if [ "$status" -eq 4 ]; then
			[[ $stderr == "memsample: "*"ulimit -n"* ]]
		else
			[ "$status" -eq 0 ]
			jq -es 'map(select(.type == "mem")) | length > 1 and all(.rss_bytes > 0)' <<<"$output"
		fi
		[ "$n" -ne 12 ] || [ "$status" -eq 4 ]
	done
	[ "$status" -eq 0 ]
}

@test "a file that cannot be written is one clear line and status 4" {
	run -4 --separate-stderr bash -c 'ulimit -f 1; trap "" XFSZ; memsample -i 1ms --for 1s --alone -p $$ >out'
	[ "$stderr" = "memsample: standard output: File too large" ]
}

@test "a server that ended while it was looked for is gone, not another user's" {
	[ "$(uname -s)" = Linux ] || skip "elsewhere the owner is asked of each process"
	cd "$BATS_TEST_TMPDIR"
	"$LMG_BUILD/helpers/mem_listen" port </dev/null
	port=$(cat port)
	# Listens for a moment, again and again: about every second look would meet an end.
	while [ ! -e stop ]; do "$LMG_BUILD/helpers/mem_listen" port "$port" </dev/null 2>/dev/null; done 3>&- &
	for _ in {1..40}; do memsample --alone --port "$port" --for 1ms 2>>err >/dev/null || true; done
	touch stop
	wait
	! grep 'another user' err
}
