bats_require_minimum_version 1.5.0
load ../lib/common

# make analyze, show and compare on a results folder.

setup_file() {
	export TOP=$BATS_TEST_DIRNAME/../..
	unset MAKEFLAGS MFLAGS MAKELEVEL
	mkdir "$BATS_FILE_TMPDIR/run"
	"$LMG_BUILD/helpers/mkraw" >"$BATS_FILE_TMPDIR/run/raw.ndjson"
	echo plan >"$BATS_FILE_TMPDIR/run/plan.ndjson"
	make -s -C "$TOP" analyze RUN="$BATS_FILE_TMPDIR/run" BIN="$LMG_BIN"
}

setup() {
	command -v gnuplot >/dev/null || skip "gnuplot is not installed"
	run_dir=$BATS_FILE_TMPDIR/run
}

mk() { make -s -C "$TOP" BIN="$LMG_BIN" "$@"; }

@test "analyze leaves the whole results folder and nothing else" {
	run -0 bash -c 'cd "$1" && find . -type f | sed "s/-[0-9]*\.svg/-N.svg/" | sort -u' - "$run_dir"
	[ "$output" = "./details.md
./metrics.ndjson
./metrics/agreement.csv
./metrics/agreement.json
./metrics/bandwidth.csv
./metrics/bandwidth.json
./metrics/calls.csv
./metrics/calls.json
./metrics/compare.csv
./metrics/compare.json
./metrics/crossings.csv
./metrics/crossings.json
./metrics/fidelity.csv
./metrics/fidelity.json
./metrics/fidelity_compare.csv
./metrics/fidelity_compare.json
./metrics/leak.csv
./metrics/leak.json
./metrics/memory.csv
./metrics/memory.json
./metrics/metrics.csv
./metrics/metrics.json
./metrics/predictions.csv
./metrics/predictions.json
./metrics/prompt_cache.csv
./metrics/prompt_cache.json
./metrics/quality.csv
./metrics/quality.json
./metrics/quality_compare.csv
./metrics/quality_compare.json
./metrics/requests.csv
./metrics/requests.json
./metrics/turns.csv
./metrics/turns.json
./plan.ndjson
./plots/ecdf-N.svg
./plots/memory-N.svg
./plots/moe-N.svg
./plots/scenarios-N.svg
./plots/speed.svg
./plots/tradeoff.svg
./raw.ndjson
./report.html
./report.md
./test_results.json" ]
}

@test "analyze again, in another place, gives the same bytes" {
	mkdir "$BATS_TEST_TMPDIR/other"
	cp "$run_dir/raw.ndjson" "$run_dir/plan.ndjson" "$BATS_TEST_TMPDIR/other/"
	[ "$(mk analyze RUN="$BATS_TEST_TMPDIR/other//")" = "report: $BATS_TEST_TMPDIR/other/report.md" ]
	diff -rq "$run_dir" "$BATS_TEST_TMPDIR/other"
}

@test "analyze without RUN says which one it wants" {
	run -2 --separate-stderr make -s -C "$TOP" analyze
	[[ $stderr == *"say which run: make analyze RUN=results/STAMP"* ]]
}

@test "analyze of a folder without raw.ndjson says so and makes nothing" {
	mkdir "$BATS_TEST_TMPDIR/none"
	run -2 --separate-stderr make -s -C "$TOP" analyze RUN="$BATS_TEST_TMPDIR/none"
	[[ $stderr == *"none/raw.ndjson: not there"* ]]
	[ -z "$(ls "$BATS_TEST_TMPDIR/none")" ]
}

@test "analyze of an empty raw file fails and leaves what was there" {
	cp -r "$run_dir" "$BATS_TEST_TMPDIR/e"
	: >"$BATS_TEST_TMPDIR/e/raw.ndjson"
	run -2 --separate-stderr mk analyze RUN="$BATS_TEST_TMPDIR/e"
	[[ $stderr == *"no records in the input"* ]]
	cp "$run_dir/raw.ndjson" "$BATS_TEST_TMPDIR/e/"
	diff -rq "$run_dir" "$BATS_TEST_TMPDIR/e"
}

@test "a raw file that was cut still gets its report, which says so" {
	mkdir "$BATS_TEST_TMPDIR/cut"
	head -c 100000 "$run_dir/raw.ndjson" >"$BATS_TEST_TMPDIR/cut/raw.ndjson"
	mk analyze RUN="$BATS_TEST_TMPDIR/cut" 2>"$BATS_TEST_TMPDIR/err"
	grep -q '^> \*\*CUT OFF' "$BATS_TEST_TMPDIR/cut/report.md"
	[ -s "$BATS_TEST_TMPDIR/cut/report.html" ] && [ -s "$BATS_TEST_TMPDIR/cut/test_results.json" ]
}

# left NAME FILTER [ARG...]: a run of mkraw's (ARG...) that left of its records
# what jq's FILTER keeps.  Pictures and page are made by no program of ours: once
# is enough.
left() {
	dir=$BATS_TEST_TMPDIR/$1
	mkdir "$dir"
	"$LMG_BUILD/helpers/mkraw" "${@:3}" | jq -c "$2" >"$dir/raw.ndjson"
	local steps=analyze
	[ "$LMG_VARIANT" = release ] || steps="analyze-first analyze-tables"
	run -0 --separate-stderr mk $steps RUN="$dir"
	[ -z "$(grep '^make' <<<"$stderr")" ]
	for f in $(result_files); do
		[ "$f $LMG_VARIANT" != "report.html asan" ] || continue
		[ -s "$dir/$f" ] || { echo "$1: no $f"; return 1; }
	done
}

# plots NAME...: are those that were drawn.
plots() {
	[ "$LMG_VARIANT" = release ] || return 0
	[ "$(ls "$dir/plots" | tr '\n' ' ')" = "${*:+$* }" ]
}

@test "whatever a run left gives every file, with the plots there is data for" {
	left one_chunk . -c 1
	plots memory-1.svg scenarios-1.svg speed.svg
	[ "$LMG_VARIANT" != release ] || [ "$(grep -c '>nothing measured<' "$dir/plots/speed.svg")" -eq 1 ]
	left two_chunks . -c 2
	plots ecdf-1.svg memory-1.svg moe-1.svg scenarios-1.svg speed.svg tradeoff.svg
	[ "$LMG_VARIANT" != release ] || run -1 grep -c '>nothing measured<' "$dir/plots/speed.svg"
	left none_ok 'if .type == "response" then .status = "http_error" else . end'
	plots memory-1.svg
	left cancelled 'if .type == "response" then .status = "cancelled" else . end'
	left no_responses 'select(.type != "response")'
	left no_memory 'select(.type != "mem")'
	plots ecdf-1.svg moe-1.svg scenarios-1.svg speed.svg
	left memory_only 'select(.type == "mem" or .type == "run" or .type == "end")'
	left one_variant 'select(.t_ns < 20e9)'
	left one_request 'select((.req // 1) == 1)'
	left only_run 'select(.type == "run" or .type == "end")'
	plots
}

@test "a gnuplot that fails is one line; everything else is there" {
	mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/g"
	printf '#!/bin/sh\necho "broken for a test" >&2\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/gnuplot"
	chmod +x "$BATS_TEST_TMPDIR/bin/gnuplot"
	cp "$run_dir/raw.ndjson" "$BATS_TEST_TMPDIR/g/"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH run -0 --separate-stderr mk analyze RUN="$BATS_TEST_TMPDIR/g"
	[ "$stderr" = "make: plots left out: ecdf-1 memory-1 moe-1 scenarios-1 speed tradeoff: broken for a test" ]
	diff -rq -x report.md -x report.html -x plan.ndjson -x plots "$run_dir" "$BATS_TEST_TMPDIR/g"
	[ -s "$BATS_TEST_TMPDIR/g/report.html" ]
	run -1 grep -c '^!\[' "$BATS_TEST_TMPDIR/g/report.md"
}

@test "without gnuplot and cmark-gfm: everything but pictures and page, and a line for each; without jq or a hash, too" {
	mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/g"
	(IFS=:; for d in $PATH; do ln -sf "$d"/* "$BATS_TEST_TMPDIR/bin" 2>/dev/null || true; done)
	rm "$BATS_TEST_TMPDIR/bin"/{gnuplot,cmark-gfm}
	cp "$run_dir/raw.ndjson" "$BATS_TEST_TMPDIR/g/"
	PATH=$BATS_TEST_TMPDIR/bin run -0 --separate-stderr mk analyze RUN="$BATS_TEST_TMPDIR/g"
	[ "$stderr" = "make: gnuplot is not installed: no plots; make packages installs it
make: cmark-gfm is not installed: no report.html; make packages installs it" ]
	diff -rq -x report.md -x report.html -x plan.ndjson -x plots "$run_dir" "$BATS_TEST_TMPDIR/g"
	[ ! -e "$BATS_TEST_TMPDIR/g/report.html" ]
	# What can do nothing without a program says so; verify has no answer then.
	rm "$BATS_TEST_TMPDIR/bin"/{jq,sha256sum,shasum}
	for want in "show: gnuplot" "history: jq" "export: jq" "quick: jq" "share: shasum" "verify: shasum"; do
		PATH=$BATS_TEST_TMPDIR/bin run -2 --separate-stderr mk "${want%:*}" RUN="$BATS_TEST_TMPDIR/g" \
		    RESULTS="$BATS_TEST_TMPDIR" FILE="$BATS_TEST_TMPDIR/g/report.md"
		[[ $stderr == "make: $want is not installed"*"Error 4" ]]
	done
}

@test "the report is there before the pictures are" {
	mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/g"
	printf '#!/bin/sh\n[ -s "%s/report.md" ] && [ -s "%s/test_results.json" ] && touch "%s/seen"\nexit 1\n' \
	    "$BATS_TEST_TMPDIR/g" "$BATS_TEST_TMPDIR/g" "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/gnuplot"
	chmod +x "$BATS_TEST_TMPDIR/bin/gnuplot"
	cp "$run_dir/raw.ndjson" "$BATS_TEST_TMPDIR/g/"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH mk analyze RUN="$BATS_TEST_TMPDIR/g" 2>/dev/null
	[ -e "$BATS_TEST_TMPDIR/seen" ]
}

@test "the report agrees with the known truth of the records" {
	# Two rounds decide nothing, six do.
	run -0 grep -m1 '^| Faster to first token' "$run_dir/report.md"
	[[ $output == '| Faster to first token | cannot tell | '*'the rounds so far: `mlx` over `gguf` 0.752 times |'* ]]
	"$LMG_BUILD/helpers/mkraw" -b 6 | metricsagg | mkreport >"$BATS_TEST_TMPDIR/six.md"
	run -0 grep -m1 '^| Faster to first token' "$BATS_TEST_TMPDIR/six.md"
	[[ $output == '| Faster to first token | **`mlx`** | 24.8 % less time (0.752 times, '* ]]
	run -0 grep -m1 '^| Less memory' "$BATS_TEST_TMPDIR/six.md"
	[[ $output == *'**`gguf`**'*'peak `rss` of a visit, the median: `gguf` 400 MiB, `mlx` 500 MiB'* ]]
	# the stand-in's requests leave a millisecond after they are due
	grep -q '^No request left the client more than 1.00 ms after it was due; that was in `simple` of `gguf`, whose median is 1.00 ms\.' "$run_dir/report.md"
	grep -q '^> \*\*SIMULATED' "$run_dir/report.md"
}

@test "the page has the block that share makes, and leads to it" {
	grep -q '<nav .*<a href="#to-share">To share</a> · <a href="#details">' "$run_dir/report.html"
	sed -n '/<h2 id="to-share">/,/^<\/code><\/pre>/p' "$run_dir/report.html" | sed '1,2d; s/^<pre><code>//; $d' |
	    sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' >"$BATS_TEST_TMPDIR/block"
	mk share RUN="$run_dir" | cmp - "$BATS_TEST_TMPDIR/block"
}

@test "show draws in the terminal, without a file" {
	cp -r "$run_dir" "$BATS_TEST_TMPDIR/s"
	run -0 --separate-stderr mk show RUN="$BATS_TEST_TMPDIR/s"
	[[ $output == *"| Faster decode |"* && $output == *"Time since the first visit (s)"* && $output == *SIMULATED* ]]
	diff -rq "$run_dir" "$BATS_TEST_TMPDIR/s"
}

@test "in the terminal the key names the marks that are drawn" {
	run -0 --separate-stderr mk show RUN="$run_dir" SHOW=memory
	grep -qE '^ +gguf \*+ mlx #+ *$' <<<"$output"
	# A line of the drawing is between the frame's left and right.
	drawn=$(sed -n 's/^ *[0-9.]* [+|][-+]*//p' <<<"$output" | grep -v -- '---' | tr -d ' 0-9.+|\n-' | fold -w 1 | sort -u | tr -d '\n')
	[ "$drawn" = '#*' ]
	run -0 --separate-stderr mk show RUN="$run_dir" SHOW=tradeoff
	grep -qE '^ +tiny gguf  A +tiny mlx  B *$' <<<"$output"
	[ "$(sed -n '/Decode/,/Peak/p' <<<"$output" | grep -c ' A  ')" -eq 1 ]
	run -0 --separate-stderr mk show RUN="$run_dir" SHOW=speed
	grep -qE '^ +gguf  G +mlx  E *$' <<<"$output"
	[[ $output == *"---- its median"* && $output == *GGG* && $output == *EEE* ]]
}

@test "compare of a run with itself: no regression, as text and as Markdown" {
	run -0 --separate-stderr mk compare BASE="$run_dir" NEW="$run_dir" FAIL_IF='decode_tps < -5%'
	[[ $output == *"decode_tps"*"equivalent"* ]]
	run -0 --separate-stderr mk compare BASE="$run_dir" NEW="$run_dir" FAIL_IF='decode_tps < -5%' FORMAT=md
	[[ $output == *'#### `tiny / mlx / simple / cold`'*'| `decode_tps` | '*'| equivalent |'* ]]
	# Every row has the columns of its header.
	awk '/^\|/ { n = gsub(/\|/, "|"); if (!want) want = n; else if (n != want) exit 1; next } { want = 0 }' <<<"$output"
	[ "$(grep -c '^  [a-z]' <<<"$(mk compare BASE="$run_dir" NEW="$run_dir" FAIL_IF='decode_tps < -5%')")" -eq \
	    "$(($(grep -c '^| `' <<<"$output") + $(grep -c '^| Metric' <<<"$output")))" ]
}

# macOS has BWK's awk, Debian mawk, others gawk.
@test "the same page and the same comparison by every awk" {
	for awk in original-awk mawk gawk busybox; do
		command -v "$awk" >/dev/null || continue
		mkdir -p "$BATS_TEST_TMPDIR/$awk.bin"
		ln -s "$(command -v "$awk")" "$BATS_TEST_TMPDIR/$awk.bin/awk"
		cp -r "$run_dir" "$BATS_TEST_TMPDIR/$awk"
		PATH=$BATS_TEST_TMPDIR/$awk.bin:$PATH mk analyze-plots analyze-report analyze-page RUN="$BATS_TEST_TMPDIR/$awk"
		PATH=$BATS_TEST_TMPDIR/$awk.bin:$PATH mk compare BASE="$run_dir" NEW="$run_dir" FORMAT=md >"$BATS_TEST_TMPDIR/$awk.md"
		mk compare BASE="$run_dir" NEW="$run_dir" FORMAT=md | cmp - "$BATS_TEST_TMPDIR/$awk.md"
		cmp "$run_dir/report.html" "$BATS_TEST_TMPDIR/$awk/report.html"
	done
}

@test "compare of a run with a slower one: the pipe's status is not lost" {
	mkdir "$BATS_TEST_TMPDIR/slow"
	jq -c 'if .type == "chunk" then .t_ns = (.t_ns * 1.2 | floor) else . end' "$run_dir/raw.ndjson" >"$BATS_TEST_TMPDIR/slow/raw.ndjson"
	for format in text md; do
		run -2 --separate-stderr mk compare BASE="$run_dir" NEW="$BATS_TEST_TMPDIR/slow" FORMAT=$format
		[ "${stderr_lines[0]}" = "compare: a regression" ]
	done
}

@test "compare takes several runs a side, and one whose name has a blank" {
	local d=$BATS_TEST_TMPDIR i
	for i in 1 2 3; do
		mkdir "$d/a$i" "$d/b$i"
		sed "s/\"run\":\"/&a$i/" "$run_dir/raw.ndjson" >"$d/a$i/raw.ndjson"
		jq -c "if .type == \"chunk\" then .t_ns = (.t_ns * 1.2 | floor) else . end | .run = \"b$i\"" "$run_dir/raw.ndjson" >"$d/b$i/raw.ndjson"
	done
	run -2 --separate-stderr mk compare BASE="$d/a1 $d/a2 $d/a3" NEW="$d/b1 $d/b2 $d/b3"
	[[ ${lines[0]} == "regression: "* && $output == *"n=3+3 runs"*REGRESSION* ]]
	mv "$d/a1" "$d/a 1"
	run -0 mk compare BASE="$d/a 1" NEW="$run_dir"
}

@test "compare says which runs it wants" {
	run -2 --separate-stderr mk compare BASE="$run_dir"
	[[ $stderr == *"say which: make compare BASE=results/A NEW=results/B"* ]]
}
