#!/usr/bin/env bats
# The habits of the house: what a reader may rely on in every file.
bats_require_minimum_version 1.5.0

setup() {
	[ "$LMG_VARIANT" = release ] || skip "once is enough"
	cd "$BATS_TEST_DIRNAME/../.."
	# What is not ours to shape: what macOS' own headers are played by.
	FILES=$(find src tests -name '*.[ch]' ! -path 'tests/macos/*' | sort)
}

# none WHAT: stdin is empty, or what is in it is said.
none() {
	local wrong
	wrong=$(cat)
	[ -z "$wrong" ] || { printf '%s:\n%s\n' "$1" "$wrong"; return 1; }
}

@test "test files are numbered from 01 on, without gaps" {
	local folder file n
	for folder in cli pipeline faults engine; do
		n=0
		for file in tests/$folder/*.bats; do
			n=$((n + 1))
			case $file in tests/$folder/$(printf %02d $n)-*) ;; *) echo "$file" ;; esac
		done
	done | none "numbers"
}

@test "README's map has every room and no other; what CONTRIBUTING names is there" {
	local path
	diff <(sed -n '/^## How it is built/,/^Each tool/p' README.md | awk '
	    /^    [^ ]/ { top = $1; $1 = "" }
	    top ~ /^(src|tests|packaging)\// { for (i = 1; i <= NF; i++) if (match($i, /^[a-z]+\//) && $i !~ /\/[a-z]/) print top substr($i, 1, RLENGTH) }' |
	    sort) <(ls -d src/*/*/ tests/*/ packaging/*/ | sort)
	for path in $(grep -o '`[^`= ]*`' CONTRIBUTING.md | tr -d '`' | grep '/\|\.[a-z0-9]*$' | grep -v '^\*\|^build/'); do
		find src tests pipelines config -path "*/${path%/}" -o -path "${path%/}" | grep -q . || echo "$path"
	done | none "not there"
}

@test "a header's guard is its path" {
	local file guard
	for file in $FILES; do
		[ "${file%.h}" != "$file" ] || continue
		guard=LMG_$(tr 'a-z/.' 'A-Z__' <<<"${file#src/}")
		[ "$(head -n 2 "$file")" = "#ifndef $guard"$'\n'"#define $guard" ] || echo "$file: $guard"
	done | none "include guards"
}

@test "data flows forwards: a room includes nothing of one that its tool lists behind it" {
	local tool
	for tool in lmsdrive memsample metricsagg mkreport; do
		awk '
			FILENAME ~ /files.mk$/ {
				while (match($0, /addprefix [a-z]+\//)) {
					room = substr($0, RSTART + 10, RLENGTH - 11)
					if (!(room in rank))
						rank[room] = ++n
					$0 = substr($0, RSTART + RLENGTH)
				}
				next
			}
			/^#include "[a-z]+\// {
				split(FILENAME, own, "/")
				split($2, other, /["\/]/)
				if (own[3] in rank && rank[other[2]] > rank[own[3]])
					print FILENAME ": " other[2]
			}' src/$tool/files.mk src/$tool/*/*.[ch]
	done | none "arrows back"
}

@test "each file opens with a sentence: headers, and what has none of its own" {
	local file header
	for file in $FILES; do
		header=$(sed 's/\.c$/.h/; s/_linux\.h$/.h/; s/_darwin\.h$/.h/' <<<"$file")
		case $file in
		*.h) sed -n '3,6p' "$file" ;;
		src/*|tests/lmsim/*) [ -f "$header" ] || [ -f "${file%.c}.h" ] || sed 1q "$file" ;;
		*) false ;;
		esac >"$BATS_TEST_TMPDIR/first" || continue
		[ ! -s "$BATS_TEST_TMPDIR/first" ] || grep -q '^ *[/]\*' "$BATS_TEST_TMPDIR/first" || echo "$file"
	done | none "no sentence"
}

@test "lines have 80 columns, unless they are a string or end in one" {
	awk '{
		n = in_string = over = 0
		for (i = 1; i <= length($0); i++) {
			c = substr($0, i, 1)
			if (c == "\\") { i++; n += 2; continue }
			if (c == "\"") in_string = !in_string
			n = c == "\t" ? int(n / 8 + 1) * 8 : n + 1
			if (n == 80) over = !in_string
		}
		if (n > 80 && over && $0 !~ /^[ \t]*"/) print FILENAME ":" FNR
	}' $(grep -E '^(src|tests)/' <<<"$FILES") | none "over 80 columns"
}

@test "what a signal's handler sets is a volatile sig_atomic_t" {
	grep -nE 'static volatile' $FILES | grep -v 'volatile sig_atomic_t' | none "volatile"
}

# The shell lets a command that begins with "!" fail, unless a test ends in it
# (or a block that decides): what it says is nobody's to hear.
@test "a \"!\" in a test is its last line, or says what if not" {
	awk '
		function tell() { if (told != "") print told; told = "" }
		FNR == 1 { told = "" }
		/^[ \t]*$/ { next }
		!/^}/ { tell() }
		{ told = "" }
		/(^[ \t]*|[;{] |do |then )! / && !/\|\|/ { told = FILENAME ":" FNR ":" $0 }
	' tests/*/*.bats | none "cannot fail"
}

# Of --help, "-i, --interval" or "--port" for each option.
options_of_help() {
	sed -nE 's/^ +(-.*)/\1/; t found
		d
		: found
		s/^((-., )?--[a-z-]+|-.).*/\1/p' | sort -u
}
# The same of the sections of a page that a pattern names.
options_of_page() {
	awk -v sections="$2" '/^\.S[hs]/ { on = $0 ~ "^.S[hs] (" sections ")" } on' "$1" |
		sed -nE 's/\\//g; s/, Fl /, /; s/^\.It Fl ((. , )?-[a-z-]+|.).*/-\1/p' | sed 's/ , -/, --/' | sort -u
}

@test "the options of --help are those of the manual page, the letters too, within 80 columns" {
	local page=src/lmsdrive/lmsdrive.1 tool command word
	cd "$BATS_TEST_TMPDIR"
	for tool in memsample mkreport; do $tool --help >$tool; done
	{ metricsagg --help && metricsagg compare --help; } >metricsagg
	for command in plan run calibrate; do lmsdrive $command --help >lmsdrive-$command; done
	for command in init models load unload doctor; do lmsdrive $command --help; done >lmsdrive-named
	cd "$OLDPWD"
	same() { diff <(options_of_help <"$BATS_TEST_TMPDIR/$1" | grep -v "${4-^$}") <(options_of_page "$2" "$3"); }
	for tool in memsample mkreport metricsagg; do same $tool src/$tool/$tool.1 .; done
	for command in plan run calibrate; do same lmsdrive-$command $page "$command" "^-h,"; done
	same lmsdrive-named $page 'init|models' "^-h,"
	grep -E '.{81}' "$BATS_TEST_TMPDIR"/* | none "over 80 columns"
	for tool in memsample mkreport metricsagg lmsdrive; do
		for word in $(sed '/^\.Sh SYNOPSIS/,/^\.Sh D/!d; s/\\//g' src/$tool/$tool.1 | grep -oE 'Fl -?[a-z][a-z-]*' | sed -E 's/^Fl -(.+)/--\1/; s/^Fl //'); do
			case $word in --*) ;; *) word=$(sed 's/./-& /g' <<<"$word") ;; esac
			for word in $word; do
				cat "$BATS_TEST_TMPDIR/$tool"* | options_of_help | grep -qE -e "(^|, )$word(,|$)" || echo "$tool: $word"
			done
		done
	done | none "SYNOPSIS"
}

@test "lmgauge(1) has every command of lmgauge help in its synopsis, and every variable" {
	local help word
	help=$(pipelines/command/lmgauge help)
	for word in $(sed -n 's/^lmgauge \([a-z]*\) .*/\1/p' <<<"$help"); do
		sed '/^\.Sh DESCRIPTION/q' pipelines/command/lmgauge.1 | grep -q "^\.Cm \(.* | \)*$word\( |.*\)*$" || echo "$word"
	done | none "commands"
	for word in $(grep -o "[A-Z_]*=" <<<"$help" | grep -v "^NAME=" | sort -u); do
		grep -q "^\.\(Cm\|Op Cm\) \(.* , \)*${word%=}\( .*\)*$" pipelines/command/lmgauge.1 || echo "$word"
	done | none "variables"
}

@test "what a recipe may be given is handed to it" {
	local v
	for v in $(sed -n 's/^\([A-Z_]*\) ?=.*/\1/p' pipelines/*.mk); do
		grep -qw "$v" pipelines/01-written.mk || echo "$v"
	done | none "variables"
}
