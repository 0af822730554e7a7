# Is the block in the variable "made" (one line after the other) in the input?
# Says so, or which line is the first that is not, and ends with 0 or 1.

function plain(s) {
	gsub(/\r/, "", s); gsub(/[ \t]+$/, "", s); sub(/^[ \t>]+/, "", s)
	return s
}

BEGIN {
	lines = split(ENVIRON["made"], made, "\n")
	for (i = 1; i <= lines; i++)
		if ((line = plain(made[i])) != "")
			want[n++] = line
}

(line = plain($0)) != "" { got[m++] = line }

# The first line of want that is not there behind got[i]; n when all are.
function matching(i, k) {
	for (k = 0; k < n && got[i + k] == want[k]; k++)
		;
	return k
}

# There may be several blocks: the one that agrees longest is meant.
END {
	best = -1
	for (i = 0; i < m; i++)
		if (got[i] == want[0] && (k = matching(i)) > best) {
			best = k
			at = i
		}
	if (best == -1) {
		print "verify: there is no block in it that begins \"" want[0] "\""
		exit 1
	}
	if (best < n) {
		print "verify: it is not what the records say"
		print "  it says:      " got[at + best]
		print "  the records:  " want[best]
		exit 1
	}
	print "verify: all " n " lines are what the records say"
}
