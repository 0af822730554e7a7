# Plots, and the page that they are in: jq makes parameters and data of each plot
# (names made harmless), awk one file of each, gnuplot the pictures.  bash 3.2
# will do.

# samples: the records of $RUN with those of each request, which metrics.ndjson
# leaves out; of a folder without its raw.ndjson, what there is.
samples() {
	if [ -r "$RUN/raw.ndjson" ]; then
		"$BIN/metricsagg" --samples "$RUN/raw.ndjson" 2>/dev/null || [ $? -eq 3 ]
	else
		cat "$RUN/metrics.ndjson"
	fi
}

# plots_of PROGRAM: the jq program for what is read.
plots_of() {
	jq -nr -L "$PIPELINES/plot" -f "$PIPELINES/$1"
}

# split_into FOLDER: NAME.plt of each plot, and NAME.json, what its points tell.
split_into() {
	awk -v dir="$1" -f "$PIPELINES/plot/split.awk"
}

# plots_of_run FOLDER: those of $RUN, split.  Where its records end early, or are
# none, the plots behind are left out.
plots_of_run() {
	local st=(0 0 0)
	samples | plots_of plot/all.jq 2>"$1/err" | split_into "$1" || st=("${PIPESTATUS[@]}")
	[ ${st[2]} -eq 0 ] || exit 4
	[ $((st[0] + st[1])) -ne 0 ] || return 0
	missing=' those that are not there'
	why=$(tail -n 1 "$1/err")
}

# drawn FORMAT FILE.plt: by the script that it names in its first line; FORMAT is
# gnuplot's.
drawn() {
	local dir script
	dir=$(sed "s/'/''/g" <<<"$PIPELINES/plot")
	script=$(sed -n "1s/^SCRIPT = '\([a-z]*\.gp\)'\$/\1/p" "$2")
	gnuplot -e "fmt='$1'; dir='$dir'" "$2" "$PIPELINES/plot/$script"
}

# picture FORMAT FILE.plt: svg with what the page needs.
picture() {
	case $1 in
	svg) awk -v css="$PIPELINES/plot/svg.css" -v data="${2%.plt}.json" -f "$PIPELINES/plot/svg.awk" ;;
	*) cat ;;
	esac
}

# draw_all FORMAT FROM TO: every plot of FROM in the folder TO.  One that cannot
# be drawn is left out, and added to $missing; one that cannot be written (gnuplot
# does not look) ends the recipe.
draw_all() {
	local plt name st
	for plt in "$2"/*.plt; do
		[ -e "$plt" ] || continue
		name=$(basename "$plt" .plt)
		st=(0 0)
		drawn $1 "$plt" 2>"$2/err" | picture $1 "$plt" >"$3/$name.$1" || st=("${PIPESTATUS[@]}")
		[ ${st[1]} -eq 0 ] || exit 4
		[ ${st[0]} -ne 0 ] || continue
		rm "$3/$name.$1"
		missing+=" $name"
		why=$(grep . "$2/err" | grep -v warning | head -n 1 || true)
	done
}

# left_out WHO: says what is, in one line, and why.
left_out() {
	[ -z "$missing" ] || echo "$1: plots left out:$missing: ${why:-gnuplot was ended}" >&2
}
missing= why=

# page_of FOLDER ARGUMENT...: bodies of HTML to a page; FOLDER has the pictures.
page_of() {
	local dir=$1
	shift
	awk -v dir="$dir" -v css="$PIPELINES/html/style.css" -v svg_css="$PIPELINES/plot/svg.css" \
	    -v js="$PIPELINES/html/page.js" "$@" -f "$PIPELINES/html/page.awk"
}
