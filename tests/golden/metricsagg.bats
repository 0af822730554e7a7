#!/usr/bin/env bats
# Golden metrics: tests/golden/metricsagg/CASE holds hand-made raw records
# (in.ndjson; times are round milliseconds, so that the metrics can be worked
# out by hand), the exact output (out.ndjson), the messages (err) and the exit
# status (status).
bats_require_minimum_version 1.5.0

# golden CASE: in gives out, err and status, in any order of the lines.
golden() {
	cd "$BATS_TEST_DIRNAME/metricsagg/$1"
	local rc=0
	metricsagg --samples in.ndjson >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || rc=$?
	diff -u out.ndjson "$BATS_TEST_TMPDIR/out"
	diff -u err "$BATS_TEST_TMPDIR/err"
	[ "$rc" -eq "$(cat status)" ]
	tac in.ndjson >"$BATS_TEST_TMPDIR/reversed"
	metricsagg --samples "$BATS_TEST_TMPDIR/reversed" >"$BATS_TEST_TMPDIR/out" 2>/dev/null || true
	diff -u out.ndjson "$BATS_TEST_TMPDIR/out"
}

@test "golden metrics: a whole small run, two variants, memory" { golden whole; }
@test "golden metrics: reasoning, coalesced chunks, a stall" { golden reasoning; }
@test "golden metrics: two requests at once, throughput of the step" { golden concurrent; }
@test "golden metrics: all requests failed" { golden failed; }
@test "golden metrics: one request, one chunk" { golden one; }
@test "golden metrics: contradictions, copies, a clock that ran backwards" { golden contradictions; }
@test "golden metrics: lines that are no records" { golden garbage; }
@test "golden metrics: records without run, step and request" { golden orphans; }
@test "golden metrics: an unknown format version is refused" { golden version; }
@test "golden metrics: a kill, a glued line, a number used twice, a skipped request" { golden reused; }
