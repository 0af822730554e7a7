bats_require_minimum_version 1.5.0

# The plots and the page: jq, gnuplot, cmark-gfm and awk over metric records.

setup_file() {
	[ "$LMG_VARIANT" = release ] || return 0
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
	chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) && command -v node >/dev/null || return 0
	[ ! -e "$BATS_FILE_TMPDIR/base/report.html" ] || timeout 120 node "$BATS_TEST_DIRNAME/../helpers/page.mjs" "$chromium" "$BATS_FILE_TMPDIR/chromium" \
	    "$BATS_FILE_TMPDIR" >"$BATS_FILE_TMPDIR/browser" || echo "not ok: ended with $?" >>"$BATS_FILE_TMPDIR/browser"
}

setup() {
	[ "$LMG_VARIANT" = release ] || skip "what is tested is not C"
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

@test "right answers against memory, speed and energy, where they were measured" {
	{ jq -c 'if .type == "metric" and .metric == "decode_tps" then ., (.metric = "energy_per_1000_tokens_j" | .p50 = 7 | .ci_lo = null | .ci_hi = null) else . end' \
	      "$BATS_FILE_TMPDIR/base/metrics.ndjson"
	  jq -c 'select(.type == "stability" and .pair == "mixtral-8x22b") | {type: "quality", run, pair, variant, right_ratio: 0.5, right_lo: 0.4, right_hi: 0.7}' \
	      "$BATS_FILE_TMPDIR/base/metrics.ndjson"; } >"$BATS_TEST_TMPDIR/m"
	jq -nr -L "$BATS_TEST_DIRNAME/../../pipelines/plot" -f "$BATS_TEST_DIRNAME/../../pipelines/plot/all.jq" "$BATS_TEST_TMPDIR/m" >"$BATS_TEST_TMPDIR/all"
	[ "$(grep -c '^@@ tradeoff tradeoff.gp$' "$BATS_TEST_TMPDIR/all") $(grep '^@@ quality' "$BATS_TEST_TMPDIR/all" | cut -d ' ' -f 2 | tr '\n' ' ')" = "1 quality-1 quality-2 quality-3 " ]
	[ "$(sed -n '/^@@ quality-3/,/^EOD/p' "$BATS_TEST_TMPDIR/all" | awk '/^7 / { print $1, $2, $3, $4 }' | sort -u)" = "7 50 40 70" ]
	grep -q "^YLABEL = 'Right answers (%)'$" "$BATS_TEST_TMPDIR/all"
}

@test "every plot names its axes with units" {
	grep -q '>Time to first token (s)<' base/plots/speed.svg
	grep -q '>Decode (tokens per second)<' base/plots/tradeoff.svg
	grep -q '>Peak memory (GiB, counter rss)<' base/plots/tradeoff.svg
	grep -q '>Memory (GiB)<' base/plots/memory-1.svg
	grep -q '>Time since the first visit (min)<' base/plots/memory-1.svg
	grep -q '>Growth since the first floor (MiB)<' base/plots/leak-1.svg
	grep -q '>Gap between chunks (ms)<' base/plots/ecdf-1.svg
	grep -q '>Prompt tokens, as the server counted them<' base/plots/prompt-1.svg
	grep -q '>Concurrent requests<' base/plots/concurrency-1.svg
}

@test "an axis has the unit of the report, whatever one request took, and says where it is a log one" {
	mkdir "$BATS_TEST_TMPDIR/in"
	jq -c 'def part($by): if . then . / $by else . end;
	    if .type == "sample" then .ttft_s |= part(10) | .median_icl_s |= part(1000)
	    elif .metric == "ttft_s" then (.p50, .ci_lo, .ci_hi) |= part(10)
	    elif .metric == "median_icl_s" then .domains[]? |= ((.p50, .ci_lo, .ci_hi) |= part(1000))
	    else . end' base/metrics.ndjson |
	    jq -c 'if .type == "sample" and .scenario == "simple_gen" and .rep == 3 then .ttft_s = 9 else . end' >axes.ndjson
	jq -nr -L "$TOP/pipelines/plot" -f "$TOP/pipelines/plot/all.jq" axes.ndjson | awk -v dir="$BATS_TEST_TMPDIR/in" -f "$TOP/pipelines/plot/split.awk"
	"$LMG_BIN/mkreport" axes.ndjson >axes.md
	grep -q "^| .llama-3.3-70b.*[0-9] ms against [0-9]* ms" axes.md && grep -q '^| .gguf. | .median_icl_s. | [0-9.]* µs' axes.md
	grep -Fqx "PANEL_TITLE[1] = 'Time to first token (ms, log scale)'" "$BATS_TEST_TMPDIR/in/speed.plt"
	grep -Fqx "PANEL_TITLE[2] = 'Median gap between chunks (µs)'" "$BATS_TEST_TMPDIR/in/moe-1.plt"
	grep -Fqx "YLABEL[1] = 'Time to first token (s)'" "$BATS_TEST_TMPDIR/in/prompt-1.plt"
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

# What all.jq says of the page's points is in the picture.
metadata() { sed -n 's/.*<metadata>\(.*\)<\/metadata>.*/\1/p' "$1" | sed 's/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g'; }

@test "the figures at the medians are those of the report" {
	mkdir "$BATS_TEST_TMPDIR/in"
	jq -c 'if .type == "metric" then .ci_lo *= 0.7 | .ci_hi *= 1.3 else . end' base/metrics.ndjson >wide.ndjson
	jq -nr -L "$TOP/pipelines/plot" -f "$TOP/pipelines/plot/all.jq" wide.ndjson | awk -v dir="$BATS_TEST_TMPDIR/in" -f "$TOP/pipelines/plot/split.awk"
	# The Speed table's of the deciding scenario, those above it, the plots'.
	"$LMG_BIN/mkreport" wide.ndjson >wide.md
	grep -A 9 '^| `simple_gen`, cold' wide.md | sed -n 's/^| *| *| Decode | \([0-9.]*\) tok.* | \([0-9.]*\) tok\/s .*/\1 \2/p' >figures
	[ "$(head -n 1 figures)" = "4.4 5.8" ] && [ "$(grep -c . figures)" -eq 3 ]
	[ "$(sed -n '/^\$MID2 /,/^EOD/p' "$BATS_TEST_TMPDIR/in/speed.plt" | awk 'NF == 7 { print $7 }' | paste -d ' ' - -)" = "$(cat figures)" ]
	[ "$(sed -n '/^\$POINTS /,/^EOD/p' "$BATS_TEST_TMPDIR/in/tradeoff.plt" | awk 'NF == 7 { print $7 }' | paste -d ' ' - -)" = "$(cat figures)" ]
	while read -r gguf mlx; do
		grep -q "\*\*.mlx.\*\*: $mlx tok/s against $gguf tok/s\|no difference: $gguf tok/s and $mlx tok/s" wide.md
	done <figures
	metadata base/plots/speed.svg | jq -e '.panels | length == 2 and all(.[]; .notes == ["median"] and ([.points[] | select(.[5] == 0)] | length) == 6)'
}

@test "of very many requests a part is drawn, and the title says so" {
	mkdir "$BATS_TEST_TMPDIR/in"
	jq -c 'if .type == "sample" and .scenario == "simple_gen" and .rep == 2 then range(3000) as $i | .req = $i | .ttft_s += $i / 1e6 else . end' one/metrics.ndjson |
	    jq -nr -L "$TOP/pipelines/plot" -f "$TOP/pipelines/plot/all.jq" |
	    awk -v dir="$BATS_TEST_TMPDIR/in" -f "$TOP/pipelines/plot/split.awk"
	grep -q "^TITLE = 'Speed per pair and variant, the deciding scenario, at most 400 dots" "$BATS_TEST_TMPDIR/in/speed.plt"
	grep -q "^TITLE = '.*, 1500 dots each'" "$BATS_TEST_TMPDIR/in/prompt-1.plt"
	# From all over, not the first.
	jq -e '[.panels[0].points[] | select(.[3] != null)] | length == 400 and (map(.[3]) | max) > 2900' "$BATS_TEST_TMPDIR/in/speed.json"
	[ "$(wc -c <"$BATS_TEST_TMPDIR/in/prompt-1.json")" -lt 100000 ]
}

@test "the key of the memory says which counter is solid, which dotted" {
	grep -q '>rss (solid)<' base/plots/memory-1.svg
	grep -q '>anon (dotted)<' base/plots/memory-1.svg
}

@test "digits are set apart in threes, from five on" {
	svg() { printf '<svg>\n<defs>\n</defs>\n\t\t<text> %s</text>\n</svg>\n' "$1" | awk -f "$TOP/pipelines/plot/svg.awk" | sed -n 's/^<text> *\(.*\)<.*/\1/p'; }
	[ "$(svg 9999)" = 9999 ]
	[ "$(svg 10000)" = $'10\xc2\xa0000' ]
	[ "$(svg -1234567)" = $'-1\xc2\xa0234\xc2\xa0567' ]
	[ "$(svg model-10000)" = model-10000 ]
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
	grep -q 'very-long-name-…very-long-name<' six/plots/speed.svg
	run -1 grep -lE '<text>.*(very-long-name-){2}very-long|(very-long-name-){5}' six/plots/*.svg
}

@test "of a title that is too long the name is cut, not what it says" {
	run -0 jq -nr -L "$TOP/pipelines/plot" 'include "common"; "\([range(9) | "qwen3"] | join("-")): memory floor after each request, anon_swap" | gptitle'
	[ "$output" = "qwen3-qwen3-q…-qwen3-qwen3: memory floor after each request, anon_swap" ]
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

@test "the page is one file: nothing is fetched, and nothing runs but its own script" {
	for c in base six one empty; do
		sed '/^<script>$/,/^<\/script>$/d' "$c/report.html" >page
		run -1 grep -niE '<script|<link|<iframe|@import| on[a-z]+="|src="|url\((http|//)' page
		[ "$(grep -c '^<script>$' "$c/report.html")" -eq 1 ]
		sed -n '/^<script>$/,/^<\/script>$/p' "$c/report.html" | sed '1d;$d' | cmp - "$TOP/pipelines/html/page.js"
		# A browser would not do it either.
		grep -q "content=\"default-src 'none'; img-src data:;" "$c/report.html"
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
	cells=$(sed -n '/class="scroll cards/,/<\/table>/p' base/report.html | grep -c '^<td')
	[ "$cells" -eq $((3 * 7 + 3 * 5 * 4 + $(grep -c '^<td data-label="Attribute"' base/report.html) * 4)) ]
	[ "$(grep -c '^<td data-label="[^"]*"><span>.*</span></td>$' base/report.html)" -eq "$cells" ]
	grep -q $'<td data-label="Evidence"><span><code>simple_gen</code>, 6 rounds, E\xc2\xa0' base/report.html
}

@test "the page is well-formed enough for an XML reader of its body" {
	command -v xmllint >/dev/null || skip "xmllint is not installed"
	sed -n '/^<main>/,/^<\/main>/p' six/report.html | sed 's/&nbsp;/ /g' | xmllint --noout -
}

# read_by CHECK...: what a reader in a browser found (helpers/page.mjs).
read_by() {
	[ -s "$BATS_FILE_TMPDIR/browser" ] || skip "no node, or no chromium, is installed"
	for check; do
		grep -qxF "ok $check" "$BATS_FILE_TMPDIR/browser" || { grep -F "$check" "$BATS_FILE_TMPDIR/browser"; return 1; }
	done
}

@test "in the browser: a point tells value, request and time, to the pointer and to keys" {
	read_by "a dot tells value, request and time" "a median tells its interval" "keys go through the points of a plot" \
	    "a floor tells growth, request and time" "what is told under a finger stays on a phone"
}

@test "in the browser: the memory over time is zoomed by a drag, by keys and back" {
	read_by "a drag zooms the memory over time, a button shows all again" "keys zoom, too"
}

@test "in the browser: tables are sorted, commands copied, equal attributes unfold" {
	read_by "a heading sorts its table, by click and by key" "figures are sorted by what they are worth" \
	    "a command is copied" "equal attributes unfold"
}

@test "in the browser: dark on a dark screen, light on paper" {
	read_by "plots are dark on a dark screen, light on paper" "nothing that is to be pressed is printed"
}

@test "in the browser: phone, tablet and desktop never scroll sideways, a wide table does" {
	read_by "base never scrolls sideways" "six never scrolls sideways" "no line breaks between a number and its unit"
}

@test "in the browser: readable without scripts, silent and alone with them" {
	read_by "without scripts all of it is there to be read" "no page says anything in the console or asks for anything"
	[ "$(grep -c . "$BATS_FILE_TMPDIR/browser")" -eq 18 ]
}

CONTRAST='# Relative luminance of #rrggbb (WCAG 2).
function linear(hex,  v) { v = hex_value(hex) / 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ^ 2.4 }
function hex_value(h) { return 16 * (index("0123456789abcdef", substr(h, 1, 1)) - 1) + index("0123456789abcdef", substr(h, 2, 1)) - 1 }
function light(c) { return 0.2126 * linear(substr(c, 2, 2)) + 0.7152 * linear(substr(c, 4, 2)) + 0.0722 * linear(substr(c, 6, 2)) }
function contrast(a, b,  x, y) { x = light(a); y = light(b); return x > y ? (x + 0.05) / (y + 0.05) : (y + 0.05) / (x + 0.05) }
'

@test "the colours of the plots have a contrast of 3 to 1 or more, light and dark" {
	run -0 awk "$CONTRAST"'
	function check(a, b) { n++; if (contrast(a, b) < 3) { print a " on " b ": " contrast(a, b); bad = 1 } }
	/RGB\[7\] = / { gsub(/[^x0-9a-f,]/, ""); split($0, rgb, "x"); for (i in rgb) if (length(rgb[i]) >= 6) check("#" substr(rgb[i], 1, 6), "#fafafa") }
	# The marks of a dark screen: six series, what they have in common, the border.
	{ while (match($0, /\{ color: #[0-9a-f]+/)) { c = substr($0, RSTART, RLENGTH); sub(/.*#/, "#", c); check(c, "#15181c"); $0 = substr($0, RSTART + RLENGTH) } }
	END { if (n != 7 + 8) print n " checked"; exit bad || n != 7 + 8 }' "$TOP/pipelines/plot/style.gp" "$TOP/pipelines/plot/svg.css"
	[ -z "$output" ]
}

@test "text has a contrast of 4.5 to 1 or more, light and dark" {
	run -0 awk "$CONTRAST"'
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
