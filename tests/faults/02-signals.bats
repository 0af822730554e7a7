#!/usr/bin/env bats
# Ordinary ways to end a run: a key, a window that closes, a service that is
# stopped.  Everything recorded so far is kept, with its end, and reported.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	of_recipes
	known_suite "$BATS_TEST_TMPDIR"
	known_server
	cd "$ROOT"
}

teardown() {
	stop_lmsim
}

# ended_by WHOM COMMAND SIGNAL...: the suite in a process group of its own, by make,
# lmgauge, or the demo's make; the group, that process alone, its recipe's shell, or
# what was typed and called it, gets these signals once requests are being answered.  $late is one that comes again and again to
# the group once all is recorded, until nothing is left of it.
ended_by() {
	local out=$BATS_TEST_TMPDIR/results job victim s rc=0 whom=$1 command=$2 LMGAUGE_OUTERMOST=
	shift 2
	rm -rf "$out"
	case $command in
	make) command="make --no-print-directory suite" ;;
	demo) command="make --no-print-directory demo-run" ;;
	lmgauge) command="$ROOT/bin/lmgauge suite" ;;
	esac
	[ "$whom" != typed ] || { sleep 60 3>&- & export LMGAUGE_OUTERMOST=$!; }
	set -m
	$command CONFIG="$BATS_TEST_TMPDIR/truth-suite.yaml" SERVER="$SIM_URL" RESULTS="$out" \
	    >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- </dev/null &
	job=$!
	set +m
	for _ in {1..200}; do
		grep -qs '"type":"response"' "$out"/*/raw.ndjson && break
		sleep 0.05
	done
	# Several come while all stand still: on a busy machine the last would find
	# the report being made.
	[ $# -eq 1 ] || kill -STOP -- -$job
	case $whom in
	group) victim=-$job ;;
	process) victim=$job ;;
	shell) victim=$(pgrep -P $job) ;;
	typed) victim=$LMGAUGE_OUTERMOST ;;
	esac
	for s in "$@"; do kill -"$s" -- "$victim"; done
	[ $# -eq 1 ] || kill -CONT -- -$job
	if [ -n "${late:-}" ]; then
		for _ in {1..400}; do grep -qs '"type":"end".*"tool":"memsample' "$out"/*/raw.ndjson && break; sleep 0.02; done
		while kill -"$late" -- -$job 2>/dev/null; do sleep 0.02; done
	fi
	wait $job || rc=$?
	cat "$BATS_TEST_TMPDIR/log"
	[ "${command##*/}" != "lmgauge suite" ] || [ "$rc" -eq 4 ]
	# A make that ends by its signal does not wait for the report.
	for _ in {1..200}; do kill -0 -- -$job 2>/dev/null || break; sleep 0.05; done
	RUN=$(echo "$out"/*)
	jq -c . "$RUN/raw.ndjson" >/dev/null
	[ "$(jq -r 'select(.type == "end") | "\(.tool | split(" ")[0]) \(.interrupted)"' "$RUN/raw.ndjson" | sort)" = \
	    $'lmsdrive true\nmemsample false' ]
	[ "$(jq -r 'select(.type == "response") | .req' "$RUN/raw.ndjson" | wc -l)" -ge 1 ]
	[ -s "$RUN/report.md" ]
	grep -q INTERRUPTED "$RUN/report.md"
	[ "$(curl -s "$SIM_URL/api/v1/models" | jq '[.models[].loaded_instances[]] | length')" -eq 0 ]
}

@test "SIGINT to the group (Ctrl-C)" {
	ended_by group make INT
}

@test "SIGTERM to the group (systemctl stop)" {
	ended_by group lmgauge TERM
}

@test "SIGHUP to the group (a window that closes)" {
	ended_by group lmgauge HUP
}

@test "SIGQUIT to the group" {
	ended_by group lmgauge QUIT
}

@test "SIGHUP, SIGTERM and SIGHUP again, all at once" {
	ended_by group make HUP TERM HUP
}

@test "one that comes late, and again: the report is made, and what is left out is said with what to type" {
	local late
	for late in INT TERM; do
		ended_by group make INT
		[ -z "$(find "$RUN" -name '*.tmp' -o -name '.[a-z]*')" ]
		grep -qx "make: suite: all that was recorded is kept, not all is made of it yet: make analyze RUN=$RUN" "$BATS_TEST_TMPDIR/log"
		grep -qx "make: suite: ended early or in part (status 4, said above); to go on: make resume RUN=$RUN" "$BATS_TEST_TMPDIR/log"
	done
	run -0 make --no-print-directory analyze RUN="$RUN"
	[ -s "$RUN/report.html" ]
}

@test "lmgauge: each of the four to that process alone" {
	local s
	for s in INT TERM HUP QUIT; do
		ended_by process lmgauge $s
	done
}

@test "make: SIGTERM to that process alone" {
	ended_by process make TERM
}

@test "demo: SIGTERM to its make alone, KILL to what was typed, or to its shell: what it started is gone" {
	local how
	for how in "process demo TERM" "typed demo KILL" "shell demo KILL"; do
		ended_by $how
		for _ in {1..200}; do
			run curl -s "$(jq -r 'select(.type == "run").server.url' "$RUN/raw.ndjson")"
			[ "$status" -ne 7 ] || break
			sleep 0.05
		done
		[ "$status" -eq 7 ]
	done
}

@test "two runs that begin in the same second have a folder each" {
	local i jobs=() dir out=$BATS_TEST_TMPDIR/results
	for i in 1 2 3; do
		make --no-print-directory CONFIG="$BATS_TEST_TMPDIR/truth-suite.yaml" SERVER="$SIM_URL" RESULTS="$out" \
		    KEEP_LOADED=1 single SCENARIO=simple_gen VARIANT=gguf >"$BATS_TEST_TMPDIR/log$i" 2>&1 3>&- </dev/null &
		jobs+=($!)
	done
	for i in "${jobs[@]}"; do wait "$i" || true; done
	cat "$BATS_TEST_TMPDIR"/log?
	[ "$(ls "$out" | wc -l)" -eq 3 ]
	for dir in "$out"/*; do
		jq -c . "$dir/raw.ndjson" >/dev/null
		[ "$(jq -r 'select(.type == "end") | .tool | split(" ")[0]' "$dir/raw.ndjson" | sort | tr '\n' ' ')" = "lmsdrive memsample " ]
		[ "$(jq -r .run "$dir/raw.ndjson" | sort -u | wc -l)" -eq 1 ]
	done
}
