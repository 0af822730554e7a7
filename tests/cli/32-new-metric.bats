bats_require_minimum_version 1.5.0

# "A new metric is one line": a copy of the tools with one more line in the
# list of metrics, and one that works it out, has it everywhere.

setup_file() {
	local root=$BATS_TEST_DIRNAME/../..
	[ "$LMG_VARIANT" = release ] || return 0
	cd "$BATS_FILE_TMPDIR"
	mkdir -p tests/lmsim
	cp -R "$root/Makefile" "$root/src" "$root/pipelines" .
	cp "$root/tests/lmsim/files.mk" tests/lmsim/
	awk '{ print } /M\(STALL, stall_s, "s"\)/ { print "\tM(LUCK, luck_ratio, \"ratio\") \\" }' \
	    "$root/src/lib/metric.h" >src/lib/metric.h
	awk '{ print } /w\.v\[M_TTFB\] = / { print "\tw.v[M_LUCK] = 0.25;" }' \
	    "$root/src/metricsagg/join/derive.c" >src/metricsagg/join/derive.c
	# One line each, and no other.
	[ "$(diff -r "$root/src" src | grep -c '^[<>]')" -eq 2 ]
	env -u MAKEFLAGS -u MFLAGS -u BUILD make -s -j2 CFLAGS=-O0 BUILD=release bin/metricsagg bin/mkreport >&2
	bin/metricsagg --samples "$root/tests/golden/metricsagg/whole/in.ndjson" >m.ndjson
}

setup() {
	[ "$LMG_VARIANT" = release ] || skip "it builds its own"
	cd "$BATS_FILE_TMPDIR" || return
}

@test "a new metric is one line: its record has name and unit" {
	run -0 jq -nc '[inputs | select(.type == "metric" and .metric == "luck_ratio") | [.unit, .p50]] | unique' m.ndjson
	[ "$output" = '[["ratio",0.25]]' ]
}

@test "a new metric is one line: each sample has it" {
	run -0 jq -nc '[inputs | select(.type == "sample") | .luck_ratio] | unique' m.ndjson
	[ "$output" = '[0.25]' ]
}

@test "a new metric is one line: it is a column of CSV, JSON and SQL" {
	run -0 bash -c "bin/mkreport --format csv --table requests m.ndjson |
	    awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) if (\$i == \"luck_ratio\") k = i; next } { print \$k }' | sort -u"
	[ "$output" = 0.25 ]
	run -0 bash -c "bin/mkreport --format json --table requests m.ndjson | jq -c 'map(.luck_ratio) | unique'"
	[ "$output" = '[0.25]' ]
	bin/mkreport --format sql m.ndjson | grep -q 'CREATE TABLE.*"lmgauge_sample".*"luck_ratio" DOUBLE PRECISION'
}
