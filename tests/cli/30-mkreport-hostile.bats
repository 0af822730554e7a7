bats_require_minimum_version 1.5.0

# Names and messages that come from a server do no harm, whatever they hold:
# case "six" of the generator has bars, backticks, HTML, links, formulas,
# escapes, right-to-left marks, line ends and a 10 kB name.

setup_file() {
	export GEN=$BATS_TEST_DIRNAME/../golden/mkreport/generate.jq
	export EXPORT=$BATS_TEST_DIRNAME/../../pipelines/export
	jq -nc --arg case six -f "$GEN" >"$BATS_FILE_TMPDIR/six.ndjson"
	mkreport "$BATS_FILE_TMPDIR/six.ndjson" >"$BATS_FILE_TMPDIR/six.md"
	cmark-gfm -e table "$BATS_FILE_TMPDIR/six.md" >"$BATS_FILE_TMPDIR/six.html"
}

setup() {
	six=$BATS_FILE_TMPDIR/six.ndjson
	md=$BATS_FILE_TMPDIR/six.md
	html=$BATS_FILE_TMPDIR/six.html
}

@test "no control or bidirectional character is left in the report" {
	run -1 grep -nP '[\x00-\x08\x0b-\x1f\x7f]' "$md"
	run -1 grep -n $'\xe2\x80\xae' "$md"
}

@test "every row of a table has the columns of its header" {
	awk '/^\|/ { n = gsub(/\|/, "|"); if (!want) want = n; else if (n != want) { print FILENAME ":" FNR; bad = 1 } next }
	    { want = 0 } END { exit bad }' "$md"
	[ "$(grep -c '^|' "$md")" -gt 100 ]
}

@test "names stay inside code spans: no HTML, no link, no image of theirs" {
	run -1 grep -ni '<script\|<img\|<b>\|onerror' "$html"
	run -1 grep -no 'href="[^#][^"]*"' <(sed 's/href="details.md"//g' "$html")
	grep -q '&lt;script&gt;alert(1)&lt;/script&gt;' "$html"
	run -1 grep -n 'raw HTML omitted' "$html"
}

@test "no heading, mention or address of theirs becomes one" {
	[ "$(grep -c '^# ' "$md")" -eq 1 ]
	[ "$(grep -c '^## ' "$md")" -eq 14 ]
	run -1 grep -nE '(^|[^`[:alnum:]/.-])@(you|someone)' <(sed 's/`[^`]*`//g' "$md")
	run -1 grep -nE 'https?://' <(sed 's/`[^`]*`//g' "$md")
}

@test "a 10 kB name is cut in its middle" {
	[ "$(awk '{ if (length($0) > m) m = length($0) } END { print (m < 3000) }' "$md")" -eq 1 ]
	grep -q '`very-long-name-very-long-name-ve…me-very-long-name-very-long-name`' "$md"
}

@test "a CSV never starts a formula" {
	mkreport --format csv --table requests "$six" >"$BATS_TEST_TMPDIR/r.csv"
	grep -q "\"'=HYPERLINK(\"\"http" "$BATS_TEST_TMPDIR/r.csv"
	run -1 grep -nE '(^|,)"?[=+@]' "$BATS_TEST_TMPDIR/r.csv"
	run -1 grep -nP '[\x00-\x08\x0b-\x1f\x7f]' "$BATS_TEST_TMPDIR/r.csv"
}

@test "SQL keeps a name a text" {
	command -v sqlite3 >/dev/null || skip "sqlite3 is not installed"
	mkreport --format sql "$six" | sqlite3 "$BATS_TEST_TMPDIR/six.db"
	run -0 sqlite3 "$BATS_TEST_TMPDIR/six.db" 'SELECT count(DISTINCT variant), max(length(variant)) FROM lmgauge_stability'
	[ "$output" = "6|10499" ]
}

@test "OpenMetrics escapes quotes, backslashes and line ends in labels" {
	jq -nrf "$EXPORT/openmetrics.jq" "$six" >"$BATS_TEST_TMPDIR/six.om"
	# Every line is a comment, or name{label="value",...} number.
	run -1 grep -nvP '^(# (TYPE|HELP|UNIT) .*|# EOF|[a-z_]+\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)*\} [-+0-9.e]+)$' "$BATS_TEST_TMPDIR/six.om"
	[ "$(tail -n 1 "$BATS_TEST_TMPDIR/six.om")" = "# EOF" ]
}

@test "JSON and llama-bench lines stay JSON, with the names as they are" {
	run -0 bash -c 'mkreport --format json "$1" | jq -r ".runs[0].pairs[0].variants | length"' - "$six"
	[ "$output" = 6 ]
	run -0 bash -c 'jq -nrf "$EXPORT/llama-bench.jq" "$1" | jq -r .build_commit | grep -c "DROP TABLE"' - "$six"
	[ "$output" -gt 0 ]
}

@test "benchstat lines have no white space in names" {
	jq -nrf "$EXPORT/benchstat.jq" "$six" >"$BATS_TEST_TMPDIR/six.bench"
	run -1 grep -nvE '^(Unit [a-z/-]+ better=higher|# run [A-Za-z0-9._-]+|BenchmarkServe(/[a-z]+=[A-Za-z0-9._]+)+ 1( [0-9.e+]+ [A-Za-z/-]+)+)$' "$BATS_TEST_TMPDIR/six.bench"
}
