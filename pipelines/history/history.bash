# What make history is made of, behind run.bash and draw.bash: $results, the folder
# of the runs, $runs, their metrics, and what is made of them in $tmp.

find_runs() {
	results=${RESULTS:-results}
	as_path results
	shopt -s nullglob
	runs=("$results"/*/metrics.ndjson)
	[ ${#runs[@]} -gt 0 ] || die 2 "no run in $results: RESULTS= names the folder of the results"
}

# find_rows: one of each variant of each run, and what has changed.
find_rows() {
	jq -ncf "$PIPELINES/history/rows.jq" "${runs[@]}" >"$tmp/rows"
	[ -s "$tmp/rows" ] || die 2 "no run in $results has ${PAIR:+the pair $PAIR and }a model that was measured"
}

# table [md]
table() {
	jq -nr -L "$PIPELINES/plot" -f "$PIPELINES/history/table.jq" "$tmp/rows" |
	    awk -F '\t' -v md="${1:-}" -f "$PIPELINES/history/table.awk"
}

# plots HOW: a plot of each pair, and a page of them, in the folder history of the
# results.  HOW gnuplot is installed.
plots() {
	local out=$results/history made
	command -v gnuplot >/dev/null || { echo "$me: $target: gnuplot is not installed: no plots$1" >&2; exit 0; }
	mkdir "$tmp/in" "$tmp/plots"
	plots_of history/plot.jq <"$tmp/rows" | split_into "$tmp/in"
	draw_all svg "$tmp/in" "$tmp/plots"
	left_out "$me: $target"
	made=("$tmp"/plots/*.svg)
	[ ${#made[@]} -gt 0 ] || exit 0
	! command -v cmark-gfm >/dev/null || page
	mkdir -p "$out"
	rm -f "$out"/history-*.svg "$out/history.html"
	mv "$tmp"/plots/* "$out/"
	echo "plots: $out/"
}

page() {
	local p
	{
		printf '# All runs\n\n'
		table md
		for p in "${made[@]}"; do
			printf '\n![Every run of a pair](plots/%s)\n' "${p##*/}"
		done
	} | cmark-gfm -e table | page_of "$tmp" >"$tmp/plots/history.html"
}
