bats_require_minimum_version 1.5.0

# The plots and the page: jq, gnuplot, cmark-gfm and awk over metric records.

setup_file() {
	export GEN=$BATS_TEST_DIRNAME/../golden/mkreport/generate.jq
	export TOP=$BATS_TEST_DIRNAME/../..
	# MAKEFLAGS of an outer make must not reach the one under test.
	unset MAKEFLAGS MFLAGS MAKELEVEL
	for c in base six one empty; do
		mkdir "$BATS_FILE_TMPDIR/$c"
		jq -nc --arg case "$c" -f "$GEN" >"$BATS_FILE_TMPDIR/$c/metrics.ndjson"
		# As make analyze does, with the programs under test.
		for step in plots report page; do
			make -s -C "$TOP" analyze-$step RUN="$BATS_FILE_TMPDIR/$c" BIN="$LMG_BIN" || return
		done
	done
}

setup() {
	command -v gnuplot >/dev/null || skip "gnuplot is not installed"
	cd "$BATS_FILE_TMPDIR" || return
}

names() { (cd "$1/plots" && ls) | tr '\n' ' '; }

@test "every plot of a complete run is there" {
	want=
	for k in concurrency depth ecdf leak memory moe prompt scenarios; do want+="$k-1.svg $k-2.svg $k-3.svg "; done
	[ "$(names base)" = "${want}speed.svg tradeoff.svg " ]
}

@test "a run that measured nothing has no plots, and its report embeds none" {
	[ -z "$(names empty)" ]
	run -1 grep -c '!\[' empty/report.md
}

@test "one variant is enough for every plot but the trade-off" {
	[ "$(names one)" = "concurrency-1.svg depth-1.svg ecdf-1.svg leak-1.svg memory-1.svg moe-1.svg prompt-1.svg scenarios-1.svg speed.svg " ]
}

@test "every plot names its axes with units" {
	grep -q '>Time to first token (s)<' base/plots/speed.svg
	grep -q '>Decode (tokens per second)<' base/plots/tradeoff.svg
	grep -q '>Peak memory (GiB, counter rss)<' base/plots/tradeoff.svg
	grep -q '>Memory (GiB), solid rss, dashed anon<' base/plots/memory-1.svg
	grep -q '>Time since the first visit (min)<' base/plots/memory-1.svg
	grep -q '>Growth since the first floor (MiB)<' base/plots/leak-1.svg
	grep -q '>Gap between chunks (ms)<' base/plots/ecdf-1.svg
	grep -q '>Prompt tokens, as the server counted them<' base/plots/prompt-1.svg
	grep -q '>Concurrent requests<' base/plots/concurrency-1.svg
}

@test "levels of nearly one length are one point of the line, others their own" {
	mkdir -p "$BATS_TEST_TMPDIR/in"
	jq -c 'if .type == "sample" and .target_tokens == 1000 and .rep % 2 == 0 then .target_tokens = 1010 | .prompt_tokens += 9 else . end' base/metrics.ndjson |
	    jq -nr -L "$TOP/pipelines/plot" -f "$TOP/pipelines/plot/all.jq" |
	    awk -v dir="$BATS_TEST_TMPDIR/in" -f "$TOP/pipelines/plot/split.awk"
	run -0 bash -c 'sed -n "/^\$LINE1_1 /,/^EOD/p" "$1" | grep -c "^[0-9]"' - "$BATS_TEST_TMPDIR/in/depth-1.plt"
	[ "$output" -eq 3 ]
}

@test "no median is drawn over a ladder of lengths or loads" {
	mkdir -p "$BATS_TEST_TMPDIR/in"
	jq -nr -L "$TOP/pipelines/plot" -f "$TOP/pipelines/plot/all.jq" base/metrics.ndjson |
	    awk -v dir="$BATS_TEST_TMPDIR/in" -f "$TOP/pipelines/plot/split.awk"
	grep -q "GROUP\[4\] = 'simple_gen'" "$BATS_TEST_TMPDIR/in/scenarios-1.plt"
	# Of context_stress, moe, parallel and simple_gen two are no ladder.
	run -0 bash -c 'sed -n "/^\$MID1 /,/^EOD/p" "$1" | grep -c "^[0-9]"' - "$BATS_TEST_TMPDIR/in/scenarios-1.plt"
	[ "$output" -eq 4 ]
}

@test "a log axis has a label near its right end" {
	grep -q '> *4000 *<' base/plots/prompt-1.svg
}

@test "a variant has its colour in every plot" {
	for f in base/plots/*.svg; do
		grep -q "rgb( *0, *114, *178)\|#0072b2\|#0072B2" "$f" && grep -q "rgb(213, *94, *0)\|#d55e00\|#D55E00" "$f" || { echo "$f"; return 1; }
	done
}

@test "every plot of simulated data says so, no other does" {
	for f in six/plots/*.svg; do grep -q '>SIMULATED<' "$f"; done
	run -1 grep -l SIMULATED base/plots/*.svg
}

@test "hostile names are text in an SVG, cut to fit" {
	run -1 grep -il '<script\|onerror\|javascript:[^a]' six/plots/*.svg
	run -1 grep -lP '[\x00-\x08\x0b-\x1f\x7f]' six/plots/*.svg
	run -1 grep -l $'\xe2\x80\xae' six/plots/*.svg
	grep -q 'very-long-name-very-long-name…' six/plots/speed.svg
	run -1 grep -l 'very-long-name-very-long-name-very-long' six/plots/*.svg
}

@test "a name cannot reach gnuplot as a command" {
	mkdir "$BATS_TEST_TMPDIR/x"
	jq -c 'def bad: "\u0027; system(\u0027touch pwned\u0027); `touch pwned` #\n!touch pwned";
	    if .pair then .pair = bad else . end | if .models then .models |= map(.pair = bad) else . end' \
	    one/metrics.ndjson >"$BATS_TEST_TMPDIR/x/metrics.ndjson"
	make -s -C "$TOP" analyze-plots RUN="$BATS_TEST_TMPDIR/x" BIN="$LMG_BIN"
	[ -s "$BATS_TEST_TMPDIR/x/plots/speed.svg" ]
	[ ! -e "$TOP/pwned" ] && [ ! -e "$BATS_TEST_TMPDIR/x/pwned" ] && [ ! -e pwned ]
}

@test "PLOT_FORMAT=png makes PNG, and the report embeds it" {
	mkdir "$BATS_TEST_TMPDIR/p"
	cp one/metrics.ndjson "$BATS_TEST_TMPDIR/p/"
	gnuplot -e 'set terminal pngcairo' 2>/dev/null || skip "this gnuplot has no pngcairo"
	make -s -C "$TOP" analyze-plots analyze-report analyze-page PLOT_FORMAT=png RUN="$BATS_TEST_TMPDIR/p" BIN="$LMG_BIN"
	[ "$(head -c 4 "$BATS_TEST_TMPDIR/p/plots/speed.png" | tail -c 3)" = PNG ]
	grep -q '](plots/speed.png)' "$BATS_TEST_TMPDIR/p/report.md"
	# The page is one file all the same.
	[ "$(grep -c '<img src="data:image/png;base64,iVBOR[A-Za-z0-9+/=]*" alt="' "$BATS_TEST_TMPDIR/p/report.html")" -eq "$(grep -c '^!\[' "$BATS_TEST_TMPDIR/p/report.md")" ]
	run -1 grep -c 'src="plots' "$BATS_TEST_TMPDIR/p/report.html"
}

@test "the page is one file: nothing is fetched, nothing runs" {
	for c in base six one empty; do
		run -1 grep -niE '<script|<link|<iframe|@import| on[a-z]+="|src="|url\((http|//)' "$c/report.html"
		run -1 grep -noE 'href="[^#"][^"]*"' "$c/report.html"
	done
}

@test "the ids of a page are unique, and every link finds one" {
	for c in base six; do
		grep -oE ' id="[^"]*"' "$c/report.html" | sort | uniq -d >dup
		[ ! -s dup ]
		for h in $(grep -oE 'href="#[^"]*"' "$c/report.html" | sed 's/href="#//; s/"$//' | sort -u); do
			grep -q " id=[\"']$h[\"']" "$c/report.html" || { echo "$c: $h"; return 1; }
		done
	done
}

@test "every plot of the report stands in the page, with its text" {
	[ "$(grep -c '^!\[' base/report.md)" -eq "$(grep -c '<svg role="img" aria-label="' base/report.html)" ]
	[ "$(grep -c '<svg role="img"' base/report.html)" -eq 26 ]
}

@test "every table of the page scrolls by itself" {
	[ "$(grep -c '^<table>' base/report.html)" -eq "$(grep -c 'class="scroll' base/report.html)" ]
	# The tables one decides from are cards on a phone: each cell says its heading.
	cells=$(sed -n '/class="scroll cards"/,/<\/table>/p' base/report.html | grep -c '^<td')
	[ "$cells" -eq $((3 * 6 + 3 * 4 * 4)) ]
	[ "$(grep -c '^<td data-label="[A-Z][^"]*"><span>.*</span></td>$' base/report.html)" -eq "$cells" ]
	grep -q '<td data-label="Evidence"><span><code>simple_gen</code>, 6 rounds, E ' base/report.html
}

@test "the page is well-formed enough for an XML reader of its body" {
	command -v xmllint >/dev/null || skip "xmllint is not installed"
	sed -n '/^<main>/,/^<\/main>/p' six/report.html | sed 's/&nbsp;/ /g' | xmllint --noout -
}

# chrome ARG...: headless, with a profile of its own.
chrome() {
	CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome) || skip "no chromium is installed"
	timeout 60 "$CHROMIUM" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
	    --disable-component-update --disable-sync --allow-file-access-from-files --user-data-dir="$BATS_TEST_TMPDIR/chromium" \
	    --window-size=1600,1000 "$@"
}

# The value of the script $3 in the page $1, in a window of $2 pixels.
measured() {
	# The script exists only in this copy: the page itself has none.
	sed "s#</body>#<script>document.title = $3</script></body>#" "$1" >"$BATS_TEST_TMPDIR/page.html"
	printf '<!DOCTYPE html><body style="margin:0"><iframe id="f" src="page.html" style="border:0;width:%dpx;height:900px"></iframe><script>onload = () => { document.title = document.getElementById("f").contentDocument.title }</script></body>' \
	    "$2" >"$BATS_TEST_TMPDIR/frame.html"
	chrome --dump-dom "file://$BATS_TEST_TMPDIR/frame.html" 2>/dev/null | sed -n 's#.*<title>\([0-9]*\)</title>.*#\1#p'
}

@test "the page never scrolls sideways: phone, tablet, desktop" {
	chrome --version >/dev/null
	for c in base six; do
		for w in 360 820 1400; do
			got=$(measured "$c/report.html" "$w" "document.documentElement.scrollWidth - document.documentElement.clientWidth")
			[ "$got" = 0 ] || { echo "$c at $w: $got too wide"; return 1; }
		done
	done
}

@test "on a phone the tables one decides from do not scroll either, a wide one does" {
	chrome --version >/dev/null
	wide='[...document.querySelectorAll("CSS")].filter(e => e.scrollWidth > e.clientWidth).length'
	for c in base six; do
		for w in 360 500; do
			[ "$(measured "$c/report.html" "$w" "${wide/CSS/.cards}")" = 0 ]
		done
	done
	[ "$(measured base/report.html 360 "${wide/CSS/.scroll}")" -gt 0 ]
	[ "$(measured base/report.html 360 'document.querySelectorAll(".cards").length')" = 4 ]
}

@test "no page says anything in the browser's console" {
	chrome --version >/dev/null
	for c in base six one empty; do
		chrome --enable-logging=stderr --dump-dom "file://$PWD/$c/report.html" 2>err >/dev/null
		run -1 grep CONSOLE err
	done
	# It would be seen.
	echo '<script>console.error("seen")</script>' >bad.html
	chrome --enable-logging=stderr --dump-dom "file://$PWD/bad.html" 2>err >/dev/null
	grep -q 'CONSOLE.*seen' err
}

@test "text has a contrast of 4.5 to 1 or more, light and dark" {
	run -0 awk '
	# Relative luminance of #rrggbb (WCAG 2).
	function linear(hex,  v) { v = hex_value(hex) / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ^ 2.4 }
	function hex_value(h) { return 16 * (index("0123456789abcdef", substr(h, 1, 1)) - 1) + index("0123456789abcdef", substr(h, 2, 1)) - 1 }
	function light(c) { return 0.2126 * linear(substr(c, 2, 2)) + 0.7152 * linear(substr(c, 4, 2)) + 0.0722 * linear(substr(c, 6, 2)) }
	function contrast(a, b,  x, y) { x = light(a); y = light(b); return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05) }
	function check(a, b,  v) {
		v = contrast(c[a], c[b]); n++
		if (v < 4.5) { printf "scheme %d: %s on %s: %.2f\n", scheme, a, b, v; bad = 1 }
	}
	/:root \{$/ { scheme++ }
	/@media print/ { exit }
	{ while (match($0, /--[a-z-]+: #[0-9a-f]+/)) { split(substr($0, RSTART + 2, RLENGTH - 2), kv, ": "); c[kv[1]] = kv[2]; $0 = substr($0, RSTART + RLENGTH) } }
	scheme && /^\t?}/ && c["ink"] {
		check("ink", "page"); check("soft", "page"); check("ink", "card"); check("soft", "card")
		check("link", "page"); check("link", "card"); check("warn", "warn-card"); delete c
	}
	END { if (n != 14) print n " pairs checked"; exit bad || n != 14 }' "$TOP/pipelines/html/style.css"
	[ -z "$output" ]
}
