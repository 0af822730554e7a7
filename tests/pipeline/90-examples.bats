#!/usr/bin/env bats
# Every example of the README and of the man pages runs as written (the port
# apart: here a stand-in server has a free one instead of 1234).

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	start_lmsim --models "$ROOT/config/demo-models.yaml"
	cd "$BATS_TEST_TMPDIR"
	mkdir work && cd work
	cp -r "$ROOT/config" .
	sed -i.bak "s/1234/$SIM_PORT/" config/*.yaml
	# A small run for the examples that start from raw.ndjson, and a second.
	lmsdrive plan --server "$SIM_URL" --pair mixtral-8x22b --scenario simple_gen config/demo.yaml |
		jq -c 'select(.block <= 2)' >plan.ndjson
	lmsdrive run -q plan.ndjson | memsample >raw.ndjson
	metricsagg raw.ndjson >metrics.ndjson
	mkdir -p results/A results/B
	cp plan.ndjson raw.ndjson metrics.ndjson results/A/
	cp plan.ndjson raw.ndjson metrics.ndjson results/B/
}

teardown() {
	stop_lmsim
}

# run_examples DOCUMENT: each example in a shell of its own, in order.
run_examples() {
	local n=0 block=
	while IFS= read -r line; do
		if [ "$line" != %% ]; then
			block+=$line$'\n'
			continue
		fi
		n=$((n + 1))
		block=${block//1234/$SIM_PORT}
		echo "--- example $n of $1:"$'\n'"$block"
		bash -euo pipefail -c "$block" </dev/null >out.$n 2>err.$n || {
			local rc=$?
			# 141: the reader (head) had enough; 1 and 5 are answers.
			case $rc in 141|1|5) ;; *) echo "status $rc"; cat err.$n; return 1 ;; esac
		}
		[ -s out.$n ] || [[ $block == *">"* ]] || { echo "no output"; cat err.$n; return 1; }
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
