#!/usr/bin/env bats
# Every example of the README and of the man pages runs as written.

bats_require_minimum_version 1.5.0
load ../lib/common

# The examples name LM Studio's port, 1234; a stand-in takes it.
setup_file() {
	export ROOT
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	for _ in {1..30}; do
		start_lmsim --port 1234 --models "$ROOT/config/demo-models.yaml" 2>/dev/null && break
		sleep 2
	done
	export SIM_PID SIM_PORT
	[ -n "$SIM_PORT" ] || return 0
	mkdir "$BATS_FILE_TMPDIR/made" && cd "$BATS_FILE_TMPDIR/made"
	cp -r "$ROOT/config" .
	lmsdrive plan --pair mixtral-8x22b --scenario simple_gen config/demo.yaml >plan.ndjson
	lmsdrive run -q plan.ndjson | memsample >raw.ndjson
	metricsagg raw.ndjson >metrics.ndjson
}

teardown_file() {
	stop_lmsim
}

setup() {
	[ -n "${SIM_PORT:-}" ] || skip "port 1234 is taken"
	cp -r "$BATS_FILE_TMPDIR/made" "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work"
}

# run_examples DOCUMENT: each example in a shell of its own, in order.  The
# results folders that it names hold the small run of setup().
run_examples() {
	local n=0 block= dir f
	for dir in $(grep -o 'results/[A-Za-z0-9]*' "$ROOT/$1" | sort -u); do
		mkdir -p "$dir"
		cp plan.ndjson "$dir"
		# A run of its own: one counts once.
		for f in raw metrics; do sed "s|\"run\":\"[^\"]*|&-${dir##*/}|" $f.ndjson >"$dir/$f.ndjson"; done
	done
	while IFS= read -r line; do
		if [ "$line" != %% ]; then
			block+=$line$'\n'
			continue
		fi
		n=$((n + 1))
		sleep 0.02; touch mark
		echo "--- example $n of $1:"$'\n'"$block"
		bash -euo pipefail -c "$block" </dev/null >out.$n 2>err.$n || {
			local rc=$?
			# 141: the reader (head) had enough; 1 and 5 are answers.
			case $rc in 141|1|5) ;; 127) grep -q 'sqlite3: command not found' err.$n || { cat err.$n; return 1; }; touch new ;; *) echo "status $rc"; cat err.$n; return 1 ;; esac
		}
		[ -s out.$n ] || [ -n "$(find . -newer mark -type f ! -name 'out.*' ! -name 'err.*')" ] || {
			echo "nothing came of it"; cat err.$n; return 1
		}
		block=
	done < <(awk -f "$ROOT/tests/lib/examples.awk" "$ROOT/$1")
	[ "$n" -gt 0 ]
}

@test "README: every shell example runs" {
	run_examples README.md
}

@test "lmgauge-records(5): every example runs" {
	run_examples src/lib/lmgauge-records.5
}

@test "lmsdrive(1): every example runs" {
	run_examples src/lmsdrive/lmsdrive.1
}

@test "memsample(1): every example runs" {
	run_examples src/memsample/memsample.1
}

@test "metricsagg(1): every example runs" {
	run_examples src/metricsagg/metricsagg.1
}

@test "mkreport(1): every example runs" {
	run_examples src/mkreport/mkreport.1
}
