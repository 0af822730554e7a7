#!/usr/bin/env bats
# Golden plans: tests/golden/plan/CASE holds a suite with its scenarios and
# prompts, the arguments of "lmsdrive plan", and the exact output: all of each
# line, or what the filter in "jq" shows of it.
bats_require_minimum_version 1.5.0

# golden CASE: the plan of the case is what out holds, and stderr is empty.
golden() {
	cd "$BATS_TEST_DIRNAME/plan/$1"
	local args
	read -ra args <args
	lmsdrive plan "${args[@]}" >"$BATS_TEST_TMPDIR/plan" 2>"$BATS_TEST_TMPDIR/err"
	if [ -f jq ]; then
		jq -r -c -f jq "$BATS_TEST_TMPDIR/plan" >"$BATS_TEST_TMPDIR/out"
	else
		mv "$BATS_TEST_TMPDIR/plan" "$BATS_TEST_TMPDIR/out"
	fi
	diff -u out "$BATS_TEST_TMPDIR/out"
	[ ! -s "$BATS_TEST_TMPDIR/err" ]
}

@test "golden plan: the smallest suite, every byte of it" { golden one; }
@test "golden plan: the example of the design, loads in ABBA order" { golden design; }
@test "golden plan: three visits share repetitions, whole scenarios take turns" { golden abba; }
@test "golden plan: variants with a server or a command of their own" { golden three; }
@test "golden plan: sweeps over concurrency and rate, a ramp, time limits" { golden sweeps; }
@test "golden plan: cold and warm, conversations, documents in random order" { golden caches; }
@test "golden plan: reload cycles of one variant" { golden reload; }
