# The bodies that cmark-gfm made of report.md and, behind the line
# "<!-- details.md -->", of details.md become one self-contained page: style
# inlined, plots inlined as SVG with ids of their own, headings with anchors as
# GitHub makes them, the details folded away, tables that scroll by themselves.
# The tables one decides from become cards on a phone: their cells know the
# heading of their column (data-label).  What is the same in all variants is
# folded.  The file "share", where there is one, is the block for a post.
# Nothing is fetched, and the one script is page.js.
#   awk -v dir=RESULTS -v share=FILE -v css=style.css -v svg_css=svg.css -v js=page.js -f page.awk body.html
# Whatever came from a server or a configuration was escaped by mkreport and
# cmark-gfm before it arrives here; nothing is unescaped.

function escape(s) {
	gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s)
	gsub(/>/, "\\&gt;", s); gsub(/"/, "\\&quot;", s)
	return s
}

# "<h2>Like for like?</h2>" to "like-for-like", unique on the page.
function slug(s) {
	gsub(/<[^>]*>/, "", s); gsub(/&[a-z#0-9]+;/, "", s)
	s = tolower(s); gsub(/[^a-z0-9 _-]/, "", s); gsub(/ /, "-", s)
	s = substr(s, 1, 60)
	if (s == "")
		s = "section"
	if (seen[s]++)
		s = s "-" (seen[s] - 1)
	return s
}

# The SVG file as an element; ids are prefixed so that plots do not clash.
function inline_svg(file, alt,    line, n, id, started, skipped, out) {
	id = "plot" ++plots "-"
	out = ""
	while ((n = (getline line <file)) > 0) {
		if (line ~ /<svg/) {
			started = 1
			sub(/^.*<svg/, "<svg role=\"img\" aria-label=\"" alt "\"", line)
		}
		if (line ~ /<style>/)
			skipped = 1
		if (line ~ /<\/style>/) {
			skipped = 0
			continue
		}
		if (!started || skipped)
			continue
		gsub(/xlink:href=/, "href=", line)
		gsub(/ id="/, " id=\"" id, line); gsub(/ id='/, " id='" id, line)
		gsub(/href="#/, "href=\"#" id, line); gsub(/href='#/, "href='#" id, line)
		gsub(/url\(#/, "url(#" id, line)
		out = out line "\n"
	}
	close(file)
	return out
}

# The file as a data address: a page of PNG plots is one file, too.
function inline_png(file, alt,    line, data, command) {
	command = "base64 <'" file "'"
	data = ""
	while ((command | getline line) > 0)
		data = data line
	close(command)
	return "<img src=\"data:image/png;base64," data "\" alt=\"" alt "\" />\n"
}

# <img src="plots/x.svg" alt="..." /> alone in its paragraph.  Nothing but a
# plot's own name reaches a file or a command.
function figure(s,    src, alt) {
	src = s; sub(/^.*src="/, "", src); sub(/".*$/, "", src)
	alt = s; sub(/^.*alt="/, "", alt); sub(/".*$/, "", alt)
	if (src ~ /^plots\/[a-z]+(-[0-9]+)?\.(svg|png)$/)
		s = "\n" (src ~ /svg$/ ? inline_svg(dir "/" src, alt) : inline_png(dir "/" src, alt))
	return "<figure><div class=\"plot\">" s "</div><figcaption>" joined(alt) "</figcaption></figure>"
}

# The class of a table by its first heading.
function table_class(first) {
	if (first == "Which one?" || first == "Question")
		return "cards"
	if (first == "Attribute")
		return "cards fit"
	if (first == "Figure")
		return "stick fit"
	if (first == "Scenario")
		return "dense"
	return first ~ /^(Variant|Pair|Counter)$/ ? "stick" : ""
}

# The table that begins in line i: its headings to label[].
function begin_table(i,    s, class) {
	n_labels = 0
	for (; body[i] != "</tr>" && i <= n_lines; i++) {
		s = body[i]
		if (s !~ /^<th[ >]/)
			continue
		gsub(/<[^>]*>/, "", s)
		label[++n_labels] = s
	}
	class = table_class(label[1])
	is_cards = class ~ /^cards/
	return "<div class=\"scroll" (class == "" ? "" : " " class) \
	    "\" role=\"region\" aria-label=\"Table\" tabindex=\"0\">\n<table>"
}

# Links between the two documents are links within the page.
function inner_links(s) {
	gsub(/href="report\.md#/, "href=\"#", s)
	gsub(/href="details\.md"/, "href=\"#details\"", s)
	return s
}

# A number and its unit, the threes of its digits and the bounds of an interval
# with a blank between them that no line breaks at; not in a tag or in code,
# which is copied.
function unbroken(s,    out, before, tag) {
	out = ""
	while (match(s, /<code>[^<]*<\/code>|<[^>]*>/)) {
		before = substr(s, 1, RSTART - 1)
		tag = substr(s, RSTART, RLENGTH)
		s = substr(s, RSTART + RLENGTH)
		out = out joined(before) tag
	}
	return out joined(s)
}
function joined(s,    out, at) {
	out = ""
	while (match(s, /[0-9], [-<>]?[0-9.]+( [0-9]+)*\]|[0-9] ([0-9][0-9][0-9]([^0-9]|$)|%|(\302\265s|ms|s|min|h|d|B|KiB|MiB|GiB|TiB|B\/s|tok\/s|tokens|times|mJ|J|kJ|MJ|mW|W)([^A-Za-z0-9]|$))/)) {
		at = RSTART + index(substr(s, RSTART), " ") - 1
		out = out substr(s, 1, at - 1) "\302\240"
		s = substr(s, at + 1)
	}
	s = out s
	gsub(/, n /, ", n\302\240", s); gsub(/, p /, ", p\302\240", s); gsub(/, E /, ", E\302\240", s)
	return s
}

function copy_of(file,    line) {
	while ((getline line <file) > 0)
		print line
	close(file)
}

# "<p>The same in all: a: 1; b: 2</p>" behind a line that unfolds it.
function folded(s,    n, parts, i, out) {
	sub(/^<p>The same in all: /, "", s); sub(/<\/p>$/, "", s)
	n = split(s, parts, /; /)
	out = "<details class=\"same\">\n<summary>The same in all: " n (n == 1 ? " attribute" : " attributes") "</summary>\n<ul>"
	for (i = 1; i <= n; i++)
		out = out "\n<li>" parts[i] "</li>"
	return out "\n</ul>\n</details>"
}

# The block for a post, as it is to be copied; none without one.
function shared(    line, out) {
	out = ""
	while (share != "" && (getline line <share) > 0)
		out = out escape(line) "\n"
	return out == "" ? "" : "<h2 id=\"" slug("To share") "\">To share</h2>\n" \
	    "<p>The verdict as Markdown, for an issue or a post:</p>\n<pre><code>" out "</code></pre>\n"
}

{ body[++n_lines] = $0 }

END {
	block = shared()
	title = "lmgauge report"
	for (i = 1; i <= n_lines; i++)
		if (body[i] ~ /^<h1>/) {
			title = body[i]; gsub(/<[^>]*>/, "", title)
			break
		}
	print "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
	print "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
	print "<meta name=\"color-scheme\" content=\"light dark\">"
	print "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">"
	print "<title>" title "</title>\n<style>"
	copy_of(css); copy_of(svg_css)
	print "</style>\n</head>\n<body>\n<main>"
	for (i = 1; i <= n_lines; i++) {
		s = inner_links(body[i])
		in_pre = (in_pre || s ~ /^<pre>/) && s !~ /<\/pre>/
		if (!in_pre && s !~ /<\/pre>/)
			s = unbroken(s)
		if (s == "<!-- details.md -->") {
			s = block "<details>\n<summary>Details: the full tables</summary>\n<div id=\"details\">"
			is_details = 1
		} else if (s ~ /^<h[1-6]>/) {
			if (is_details && sub(/^<h1>/, "<h2>", s))
				sub(/<\/h1>$/, "</h2>", s)
			level = substr(s, 3, 1)
			id = slug(s)
			sub(/^<h[1-6]>/, "<h" level " id=\"" id "\">", s)
		} else if (s ~ /^<p><img [^>]*><\/p>$/) {
			sub(/^<p>/, "", s); sub(/<\/p>$/, "", s)
			s = figure(s)
		} else if (s ~ /^<p>The same in all: .*<\/p>$/) {
			s = folded(s)
		} else if (s ~ /^<p><a href="#verdict">/) {
			sub(/^<p>/, "<nav aria-label=\"Contents\"><p>", s)
			if (block != "")
				sub(/<a href="#details">/, "<a href=\"#to-share\">To share</a> \302\267 &", s)
			s = s "</nav>"
		}
		if (s == "<tr>")
			column = 0
		if (s == "<table>")
			s = begin_table(i)
		else if (is_cards && s ~ /^<td/) {
			sub(/^<td[^>]*>/, "", s); sub(/<\/td>$/, "", s)
			s = "<td data-label=\"" label[++column] "\"><span>" s "</span></td>"
		}
		else if (s == "</table>")
			s = "</table>\n</div>"
		else if (s == "<th></th>")
			s = "<td></td>"
		print s
	}
	if (is_details)
		print "</div>\n</details>"
	print "</main>\n<script>"
	copy_of(js)
	print "</script>\n</body>\n</html>"
}
