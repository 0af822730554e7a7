bats_require_minimum_version 1.5.0

# The whole report, to the byte.  tests/golden/mkreport/update makes them
# again after a change that was meant.

golden() {
	local dir=$BATS_TEST_DIRNAME/mkreport
	jq -nc --arg case "$1" -f "$dir/generate.jq" | mkreport >"$BATS_TEST_TMPDIR/out.md"
	diff -u "$dir/$1.md" "$BATS_TEST_TMPDIR/out.md"
}

@test "the report on one pair with one variant" {
	golden one
}

@test "the report on a run in which every request failed" {
	golden failed
}

@test "the report on a run that measured nothing" {
	golden empty
}
