# Prints the shell examples of a document, one numbered file content after
# another, separated by a line "%%": the ```sh blocks of a Markdown file, or
# the .Dl lines and .Bd blocks of a man page's EXAMPLES section.

/^```sh$/ { code = 1; next }
/^```$/ { if (code) print "%%"; code = 0; next }
/^\.Sh / { examples = /^\.Sh EXAMPLES/; next }
examples && /^\.Dl / { print unroff(substr($0, 5)); print "%%"; next }
examples && /^\.Bd / { code = 1; next }
examples && /^\.Ed/ { print "%%"; code = 0; next }
code { print FILENAME ~ /\.[1-9]$/ ? unroff($0) : $0 }

# Undo the escapes that mdoc needs in literal text.
function unroff(s) {
	gsub(/\\&/, "", s)
	gsub(/\\e/, "\\", s)
	gsub(/\\-/, "-", s)
	gsub(/\\\(aq/, "'", s)
	gsub(/\\\(dq/, "\"", s)
	gsub(/\\\(ti/, "~", s)
	gsub(/\\\(ha/, "^", s)
	return s
}
