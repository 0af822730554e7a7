#!/usr/bin/env bats
# Completions, run in the shells they are for.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	[ "$LMG_VARIANT" = release ] || skip "once is enough"
	cd "$BATS_TEST_DIRNAME/../.."
	PATH=$PWD/bin:$PATH
}

@test "bash: commands, options, variables, and files where nothing else is meant" {
	. pipelines/completion/lmgauge.bash
	try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lmgauge "$1"; echo "${COMPREPLY[*]-}"; }
	[ "$(try lmgauge su)" = suite ]
	[[ "$(try lmgauge '')" == "init suite quick quality single resume doctor analyze "*" help" ]]
	[ "$(try lmgauge init --fo)" = --force ]
	[ "$(try lmgauge suite PA)" = PAIR= ]
	cd "$BATS_TEST_TMPDIR"
	[ "$(try lmgauge analyze '')" = "" ]
	mkdir -p results/20260101T000000Z "results/it's"
	[ "$(try lmgauge watch '')" = "results/20260101T000000Z results/it\\'s" ]
	[ "$(try lmgauge compare x results/2)" = results/20260101T000000Z ]
	cd "$OLDPWD"
	[ "$(try lmsdrive pl)" = plan ]
	[ "$(try lmsdrive plan --su)" = --summary ]
	[ "$(try memsample --al)" = --alone ]
	[ "$(try metricsagg --sam)" = --samples ]
	[ "$(try mkreport --pl)" = --plots ]
}

@test "fish: the same" {
	command -v fish >/dev/null || skip "fish is not installed"
	export HOME=$BATS_TEST_TMPDIR
	top=$PWD
	cd "$BATS_TEST_TMPDIR"
	try() { fish -N -c "source '$top'/pipelines/completion/lmgauge.fish; complete -C '$1'"; }
	[ "$(try 'lmgauge su')" = suite ]
	[ "$(try 'lmgauge init --fo')" = --force ]
	[ "$(try 'lmgauge suite PA')" = PAIR= ]
	mkdir -p results/20260101T000000Z
	[[ "$(try 'lmgauge show results/2')" == "results/20260101T000000Z"* ]]
	[ "$(try 'lmsdrive pl')" = plan ]
	[ "$(try 'lmsdrive plan --su')" = --summary ]
	[ "$(try 'memsample --al')" = --alone ]
	[ "$(try 'mkreport --pl')" = --plots ]
}

@test "zsh: the same" {
	command -v zsh >/dev/null || skip "zsh is not installed"
	export HOME=$BATS_TEST_TMPDIR
	[ "$(zsh -fc 'fpath=(pipelines/completion $fpath); autoload -Uz compinit; compinit -u -D; print $_comps[lmgauge] $_comps[mkreport]')" = "_lmgauge _lmgauge" ]
	# What the completion system offers of the words it is given.
	try() {
		zsh -fc '
			compadd() { local w; for w in ${(P)@[-1]}; do [[ $w == $PREFIX* ]] && print -r -- $w; done; return 0; }
			_files() { }
			words=("$@"); CURRENT=$#; PREFIX=$words[-1]
			. pipelines/completion/_lmgauge' zsh "$@"
	}
	[ "$(try lmgauge su)" = suite ]
	[ "$(try lmgauge init --fo)" = --force ]
	[ "$(try lmgauge suite PA)" = PAIR= ]
	[ "$(try lmsdrive pl)" = plan ]
	[ "$(try lmsdrive plan --su)" = --summary ]
	[ "$(try memsample --al)" = --alone ]
	[ "$(try mkreport --pl)" = --plots ]
	cp pipelines/completion/_lmgauge "$HOME"
	mkdir -p "$HOME/pipelines/completion" "$HOME/results/20260101T000000Z"
	mv "$HOME/_lmgauge" "$HOME/pipelines/completion"
	cd "$HOME"
	[ "$(try lmgauge resume res)" = results/20260101T000000Z ]
}
