#!/usr/bin/env bats
# The macOS code compiles and links (see tests/macos/check).

bats_require_minimum_version 1.5.0

@test "every tool compiles and links for macOS, the tests compile, arm64 and x86_64" {
	[ "$LMG_VARIANT" = release ] || skip "once is enough"
	cd "$BATS_TEST_DIRNAME/../.."
	run -0 make --no-print-directory check-macos
	[[ $output != *skipped:* ]] || skip "${output##*skipped: }"
	[ "$(grep -c "^ok" <<<"$output")" -eq 11 ]
}
