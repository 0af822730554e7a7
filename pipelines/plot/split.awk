# all.jq's output into DIR/NAME.plt, each beginning with its script's name, and
# its points for the page ("#@ ") into DIR/NAME.json:
#   awk -v dir=DIR -f split.awk
/^@@ / {
	if (out != "") {
		close(out); close(points)
	}
	out = dir "/" $2 ".plt"
	points = dir "/" $2 ".json"
	print "SCRIPT = '" $3 "'" >out
	next
}
/^#@ / { print substr($0, 4) >points; next }
{ print >out }
