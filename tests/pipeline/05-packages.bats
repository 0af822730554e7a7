#!/usr/bin/env bats
# make packages on machines that lack something: a PATH of links to all
# programs of this one, some left out, some replaced.

bats_require_minimum_version 1.5.0

setup() {
	[ "$LMG_VARIANT" = release ] || skip "once is enough"
	[ "$(uname -s)" = Linux ] || skip "apt is for Linux"
	unset MAKEFLAGS MFLAGS MAKELEVEL CI
	BIN=$BATS_TEST_TMPDIR/bin
	mkdir "$BIN"
	local IFS=: dir
	for dir in $PATH; do
		ln -sf "$dir"/* "$BIN" 2>/dev/null || true
	done
	rm -f "$BIN"/{sudo,apt-get,id}
	# A user, not root.
	program id 'echo 1000'
}

# program NAME LINE: a shell script of that name.
program() {
	rm -f "$BIN/$1"
	printf '#!/bin/sh\n%s\n' "$2" >"$BIN/$1"
	chmod +x "$BIN/$1"
}

packages() {
	PATH=$BIN run "$@" --separate-stderr make -s -C "$BATS_TEST_DIRNAME/../.." packages
}

@test "nothing is missing: nothing is said" {
	packages -0
	[ -z "$output$stderr" ]
}

@test "without sudo and without the optional packages it goes on, and says so" {
	rm "$BIN"/{gnuplot,cmark-gfm}
	program apt-get 'exit 1'
	packages -0
	[ -z "$output" ]
	[ "$stderr" = "make: going on without gnuplot-nox cmark-gfm (sudo is not there): what they are for is left out" ]
	rm "$BIN/apt-get"
	packages -0
	[[ $stderr == "make: going on without gnuplot-nox cmark-gfm (apt-get is not there): "* ]]
}

@test "without sudo a package that is needed is named, status 4" {
	rm "$BIN"/{gnuplot,jq}
	program apt-get 'exit 1'
	packages -2
	[ -z "$output" ]
	[ "${stderr_lines[0]}" = "make: these packages are needed, and sudo is not there; install them: jq" ]
	[[ ${stderr_lines[1]} == *"Error 4" ]]
}

@test "with sudo what is missing is named and installed" {
	rm "$BIN"/{gnuplot,jq}
	program sudo 'exec "$@"'
	program apt-get "echo \"\$@\" >>'$BATS_TEST_TMPDIR/asked'; for p; do case \$p in jq) ln -s /bin/true '$BIN/jq' ;; gnuplot-nox) ln -s /bin/true '$BIN/gnuplot' ;; esac; done"
	packages -0
	[ "$output" = "lmgauge needs these packages, installing them: jq gnuplot-nox" ]
	[ -z "$stderr" ]
	[ "$(cat "$BATS_TEST_TMPDIR/asked")" = "-qq update
-qq -y --no-install-recommends install jq gnuplot-nox" ]
}

@test "a user who may not use sudo is asked once" {
	rm "$BIN/gnuplot"
	program sudo "echo once >>'$BATS_TEST_TMPDIR/asked'; exit 1"
	program apt-get 'exit 1'
	packages -0
	[ "$stderr" = "make: going on without gnuplot-nox (installing failed): what they are for is left out" ]
	[ "$(cat "$BATS_TEST_TMPDIR/asked")" = once ]
}

@test "one package that is not to be had does not keep the others away" {
	rm "$BIN"/{gnuplot,cmark-gfm}
	program sudo 'exec "$@"'
	program apt-get "case \$* in *gnuplot*) exit 100 ;; *cmark*) ln -s /bin/true '$BIN/cmark-gfm' ;; esac"
	packages -0
	[ "$stderr" = "make: going on without gnuplot-nox (installing failed): what they are for is left out" ]
}
