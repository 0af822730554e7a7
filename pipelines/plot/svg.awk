# gnuplot's SVG as it is kept: without what shows nothing, colours as #rrggbb
# and those of a dark screen, digits set apart in threes as the report does,
# and what was drawn as data for the page (../html/page.js): where each panel
# lies ("@panel", see style.gp) and, from all.jq, its points.
#   gnuplot ... | awk -v css=svg.css -v data=NAME.json -f svg.awk

function hex_colours(s,    rgb) {
	while (match(s, /rgb\([0-9, ]*\)/)) {
		split(substr(s, RSTART + 4, RLENGTH - 5), rgb, ",")
		s = substr(s, 1, RSTART - 1) sprintf("#%02x%02x%02x", rgb[1], rgb[2], rgb[3]) substr(s, RSTART + RLENGTH)
	}
	return s
}

# Coordinates need no zeros and no blanks before what ends them.
function shorter(s) {
	gsub(/\.00,/, ",", s); gsub(/\.00 /, " ", s); gsub(/\.00\)/, ")", s); gsub(/\.00"/, "\"", s)
	gsub(/ = '/, "='", s); gsub(/ +'/, "'", s); gsub(/  +/, " ", s)
	return s
}

# The 12345 in it to 12 345, with a blank that no line breaks at.
function in_threes(s,    before, digits, behind) {
	match(s, /[0-9]+/)
	if (RLENGTH < 5)
		return s
	before = substr(s, 1, RSTART - 1)
	digits = substr(s, RSTART, RLENGTH)
	behind = substr(s, RSTART + RLENGTH)
	while (length(digits) > 3) {
		behind = "\302\240" substr(digits, length(digits) - 2) behind
		digits = substr(digits, 1, length(digits) - 3)
	}
	return before digits behind
}

# The marks that are drawn, and those they are made of.
function keep_marks(    i, id) {
	for (i = n_marks; i > 0; i--) {
		id = mark[i]; sub(/^.* id='/, "", id); sub(/'.*$/, "", id)
		if (!(id in used))
			mark[i] = ""
		else
			use(mark[i])
	}
}
function use(s) {
	if (sub(/^.*href='#/, "", s)) {
		sub(/'.*$/, "", s)
		used[s]
	}
}

function metadata(    line, s) {
	s = ""
	while (data != "" && (getline line <data) > 0)
		s = s line
	gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/>/, "\\&gt;", s)
	return s == "" ? "" : "<metadata>{\"boxes\":[" boxes "]," substr(s, 2) "</metadata>"
}

# A mark at a place; one of this size and colour stands among the definitions.
function placed(s,    at, look) {
	if (!match(s, /translate\([^)]*\)/))
		return s
	at = substr(s, RSTART + 10, RLENGTH - 11)
	look = substr(s, 1, RSTART - 1) substr(s, RSTART + RLENGTH + 1)
	if (!(look in looks)) {
		looks[look] = ++n_looks
		use(look)
		sub(/<use/, "<use id='m" n_looks "'", look)
		look_def[n_looks] = look
	}
	sub(/,/, "' y='", at)
	return "<use xlink:href='#m" looks[substr(s, 1, RSTART - 1) substr(s, RSTART + RLENGTH + 1)] "' x='" at "'/>"
}

# "<polygon fill='f' points='a,d b,d b,c a,c'/>", an upright rectangle, as a
# path, which the next one of its colour joins; anything else as it is.
function rectangle(s,    p, fill, d) {
	if (split(s, p, "'") != 5 || p[3] != " points=" || split(p[4], p, /[ ,]/) != 8)
		return s
	if (p[1] != p[7] || p[3] != p[5] || p[2] != p[4] || p[6] != p[8])
		return s
	d = "M" p[1] " " p[2] "H" p[3] "V" p[6] "H" p[1] "z"
	split(s, p, "'")
	fill = "<path fill='" p[2] "' d='"
	if (index(out[n_out], fill) == 1) {
		sub(/'\/>$/, "", out[n_out])
		return out[n_out--] d "'/>"
	}
	return fill d "'/>"
}

function add(s) { out[++n_out] = s }

/^@panel/ {
	boxes = boxes (boxes == "" ? "" : ",") "[" $2 "," $3 "," $4 "," $5 "," $6 "," $7 "," $8 "," $9 "]"
	next
}
/^\t<(circle|path|rect|use) (xlink:href='#[A-Za-z0-9]*' )?id='gp/ { mark[++n_marks] = shorter($0); next }
/<filter/ { in_filter = 1 }
in_filter { if (/<\/filter>/) in_filter = 0; next }
/^ *$/ || /^<(title|desc)>/ { next }
{
	sub(/<title>[^<]*<\/title>/, "")
	if (/<text>/) {
		sub(/^\t*/, "")
		if (/^<text> *-?[0-9]+(\.[0-9]+)? *<\/text>$/)
			$0 = in_threes($0)
		add($0)
		next
	}
	$0 = shorter(hex_colours($0))
	gsub(/#FAFAFA/, "#fafafa")
	# The one family of all text stands in the root.
	if (match($0, / font-family="[^"]*"/)) {
		font = substr($0, RSTART, RLENGTH)
		$0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH)
	}
	sub(/ color="black"/, ""); sub(/ stroke-linecap="butt"/, ""); sub(/ stroke-linejoin="miter"/, "")
	if (/<use /)
		$0 = placed($0)
	else if (/<polygon /) {
		sub(/^[ \t]+/, "")
		$0 = rectangle($0)
	}
	# A group that was opened and is closed again held nothing.
	if (/^<\/g>$/ && out[n_out] ~ /^<g [^>]*>$/)
		n_out--
	else
		add($0)
}

END {
	keep_marks()
	for (i = 1; i <= n_out; i++) {
		s = out[i]
		if (s ~ /^<defs>/) {
			print "<style>"
			while ((getline line <css) > 0)
				print line
			print "</style>\n" metadata() "\n" s
			for (k = 1; k <= n_marks; k++)
				if (mark[k] != "")
					print mark[k]
			for (k = 1; k <= n_looks; k++)
				print look_def[k]
			continue
		}
		if (s ~ /^<svg/)
			s = s font
		print s
	}
}
