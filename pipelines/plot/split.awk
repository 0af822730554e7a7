# all.jq's output into DIR/NAME.plt, each beginning with its script's name:
#   awk -v dir=DIR -f split.awk
/^@@ / {
	if (out != "")
		close(out)
	out = dir "/" $2 ".plt"
	print "SCRIPT = '" $3 "'" >out
	next
}
{ print >out }
