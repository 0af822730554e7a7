# Cells between tabs as a table: awk -F'\t' -f table.awk, or -v md=1 for Markdown.
{
	for (i = 1; i <= NF; i++) {
		cell[NR, i] = $i
		if (length($i) > width[i])
			width[i] = length($i)
	}
	if (NF > columns)
		columns = NF
}
END {
	for (r = 1; r <= NR; r++) {
		line = md ? "|" : ""
		for (i = 1; i <= columns; i++)
			line = line (md ? " " cell[r, i] " |" : sprintf("%-*s  ", width[i], cell[r, i]))
		sub(/ +$/, "", line)
		print line
		if (md && r == 1) {
			line = "|"
			for (i = 1; i <= columns; i++)
				line = line "---|"
			print line
		}
	}
}
