#!/usr/bin/env bats
# The recording: a disk that fills up, a folder that goes, two runs at once.
# Whatever happens, what is there is whole lines, and the run ends with it.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	cd "$BATS_TEST_TMPDIR"
	known_suite .
	known_server
	lmsdrive plan --server "$SIM_URL" --scenario simple_gen truth-suite.yaml >plan
}

teardown() {
	stop_lmsim
	mountpoint -q "$BATS_TEST_TMPDIR/disk" && umount "$BATS_TEST_TMPDIR/disk"
	true
}

# record FILE: the pipe of a run; drive and kept are the two statuses.
record() {
	set +e
	lmsdrive run -q --no-calibration plan 2>drive.err | memsample --record "$1" 2>kept.err >passed
	local s=("${PIPESTATUS[@]}")
	set -e
	drive=${s[0]} kept=${s[1]}
}

# What is in the file is whole, and the stand-in was asked for at most one
# request more than is recorded.
whole() {
	[ ! -s "$1" ] || [ "$(tail -c 1 "$1" | od -An -tx1 | tr -d ' ')" = 0a ]
	jq -c . "$1" >/dev/null
}

@test "a disk of ten sizes fills up: status 4, whole lines, the run ends within one request" {
	[ "$(uname -s)" = Linux ] && [ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	local k asked recorded sizes="4 8 12 16 24 32 40 48 56 64"
	[ "$LMG_VARIANT" = release ] || sizes="4 32"	# each takes a second or three
	for k in $sizes; do
		mkdir -p disk
		mount -t tmpfs -o size=${k}k none disk 2>/dev/null || skip "no tmpfs can be mounted here"
		asked=$(wc -l <"$SIM_TRUTH")
		record disk/raw.ndjson
		echo "$k KiB: $drive $kept $(cat kept.err)"
		[ "$kept" -eq 4 ]
		[ "$drive" -ne 0 ]
		[ "$(cat kept.err)" = "memsample: disk/raw.ndjson: No space left on device: the recording stopped; what is there is whole" ]
		whole disk/raw.ndjson
		# What was passed on was recorded before, to the byte.
		head -c "$(wc -c <disk/raw.ndjson)" passed | cmp - <(head -c "$(wc -c <passed)" disk/raw.ndjson)
		recorded=$(jq -s 'map(select(.type == "request")) | length' disk/raw.ndjson)
		asked=$(tail -n +$((asked + 1)) "$SIM_TRUTH" | jq -s 'map(select(.type? == "request")) | length')
		echo "$asked asked, $recorded recorded"
		[ "$asked" -le $((recorded + 2)) ]
		umount disk
	done
}

@test "a file-size limit (any user): status 4, whole lines, the metrics of what is there" {
	set +e
	lmsdrive run -q --no-calibration plan 2>drive.err |
	    (ulimit -f 40; exec memsample --record raw.ndjson 2>kept.err >/dev/null)
	local s=("${PIPESTATUS[@]}")
	set -e
	[ "${s[1]}" -eq 4 ]
	[ "${s[0]}" -ne 0 ]
	grep -q '^memsample: raw.ndjson: File too large: the recording stopped' kept.err
	whole raw.ndjson
	run metricsagg raw.ndjson
	[[ $output == *'"code":"truncated"'* ]] || [[ $output == *'"complete":false'* ]]
}

@test "the results folder is removed: status 4, said once" {
	mkdir gone
	(
		for _ in {1..200}; do [ -s gone/raw.ndjson ] && break; sleep 0.05; done
		rm -r gone
	) 3>&- &
	local remover=$!
	record gone/raw.ndjson
	wait $remover
	[ "$kept" -eq 4 ]
	[ "$drive" -ne 0 ]
	[ "$(cat kept.err)" = "memsample: gone/raw.ndjson: the file was removed: the recording stopped; what is there is whole" ]
	[ ! -e gone ]
}

# lmgauge: one cell of the suite into FOLDER.
cell() {
	[ "$LMG_VARIANT" = release ] || skip "bin/ holds the release programs"
	run --separate-stderr env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS -u MAKEOVERRIDES "$ROOT/bin/lmgauge" single truth-suite.yaml \
	    SERVER="$SIM_URL" RESULTS="$1" SCENARIO=cold_start VARIANT=gguf </dev/null 3>&-
}

@test "the results folder is moved: all is recorded where it is now, and that is said" {
	(
		for _ in {1..200}; do grep -qs '"type":"request"' results/*/raw.ndjson && break; sleep 0.02; done
		mv results/* moved
	) 3>&- &
	local mover=$!
	cell results
	wait $mover
	echo "$stderr"
	[ "$status" -eq 4 ]
	[[ ${stderr_lines[-1]} == "lmgauge: single: results/"*" is not there any more: if it was moved, its records are whole, and lmgauge analyze RUN= makes their report" ]]
	whole moved/raw.ndjson
	[ "$(jq -r 'select(.type == "end").interrupted' moved/raw.ndjson | tr '\n' ' ')" = "false false " ]
}

@test "no inode is free: one line, status 4, and no folder is left" {
	[ "$(uname -s)" = Linux ] && [ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	mkdir -p disk
	mount -t tmpfs -o nr_inodes=4 none disk 2>/dev/null || skip "no tmpfs can be mounted here"
	cell disk/results
	[ "$status" -eq 4 ]
	[[ $stderr == "lmgauge: single: disk/results/"*": no file can be made there: no room, or no free inodes (df -i)" ]]
	[ -z "$(ls disk/results)" ]
}

@test "a reader that goes away ends no recording" {
	lmsdrive run -q --no-calibration plan | memsample --record raw.ndjson | head -n 3 >three
	[ "$(wc -l <three)" -eq 3 ]
	[ "$(jq -r 'select(.type == "end") | .interrupted' raw.ndjson | sort -u)" = false ]
	[ "$(jq -s 'map(select(.type == "response" and .status == "ok")) | length' raw.ndjson)" -eq \
	    "$(jq -s 'map(select(.op == "request").requests) | add' plan)" ]
}

@test "a half line at the end: the next run begins on a line of its own, and it is said" {
	printf '{"type":"run","run":"1"}\n{"type":"chu' >raw.ndjson
	record raw.ndjson
	[ "$kept" -eq 0 ]
	[ "$(cat kept.err)" = "memsample: raw.ndjson: its last line was cut off; what follows begins on a line of its own" ]
	[ "$(sed -n 2p raw.ndjson)" = '{"type":"chu' ]
	sed 2d raw.ndjson | jq -c . >/dev/null
	sed -n 3p raw.ndjson | jq -e '.type == "run"'
}

@test "one file, one run: the second is refused and harms nothing" {
	memsample --record raw.ndjson -- sleep 3 >/dev/null 2>&1 3>&- &
	local first=$!
	for _ in {1..100}; do [ -s raw.ndjson ] && break; sleep 0.05; done
	run --separate-stderr memsample --record raw.ndjson -- true
	[ "$status" -eq 4 ]
	[ "$stderr" = "memsample: raw.ndjson: another run is writing to it; wait for it, or name another file" ]
	wait $first
	whole raw.ndjson
	[ "$(jq -r .type raw.ndjson | grep -c '^end$')" -eq 1 ]
}
