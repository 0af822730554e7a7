# metricsagg compare's table as Markdown, for a pull request.  Its lines are
# the verdict and its notes, "base:" and "new:", a heading per group (pair /
# variant / scenario / cache), and rows indented by two, the columns two blanks
# or more apart.  Headings are names: they become code spans.

function span(s) {
	gsub(/`/, "'", s); gsub(/\|/, "\302\246", s); gsub(/[\001-\037\177]/, "?", s)
	if (length(s) > 200)
		s = substr(s, 1, 200) "..."
	return "`" s "`"
}

/^(base|new): / {
	key = $1; sub(/^[a-z]+: +/, "")
	print "- " key " " span($0)
	next
}
/^  figure / { next }
/^  [a-z][a-z0-9_]* / {
	if (!in_table) {
		print "| Metric | Base | New | Change | 95 % interval | p | n | Verdict | |\n|---|---:|---:|---:|---:|---:|---:|---|---|"
		in_table = 1
	}
	interval = p = n = rest = ""
	line = $0
	if (match(line, /\[[^]]*\]/)) {
		interval = substr(line, RSTART, RLENGTH)
		line = substr(line, 1, RSTART - 1) substr(line, RSTART + RLENGTH)
	}
	sub(/^ +/, "", line)
	fields = split(line, f, /  +/)
	for (i = 5; i <= fields; i++) {
		if (f[i] ~ /^p[=<]/)
			p = substr(f[i], f[i] ~ /^p=/ ? 3 : 2)
		else if (f[i] ~ /^n=/)
			n = substr(f[i], 3)
		else if (verdict == "")
			verdict = f[i]
		else
			rest = rest (rest == "" ? "" : " ") f[i]
	}
	printf "| `%s` | %s | %s | %s | %s | %s | %s | %s | %s |\n", f[1], f[2], f[3], (f[4] == "~" ? "\\~" : f[4]), interval, p, n, verdict, (rest == "" ? "" : "**" rest "**")
	verdict = ""
	next
}
/^$/ { in_table = 0; print; next }
NR == 1 { print "**" span($0) "**"; next }
/^note: / { print "\n" span($0); next }
{ in_table = 0; print "#### " span($0) "\n" }
