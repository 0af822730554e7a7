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
	mkdir -p results/history results/20260101T000000Z "results/it's"
	[ "$(try lmgauge watch '')" = "results/20260101T000000Z results/it\\'s" ]
	[ "$(try lmgauge compare x results/2)" = results/20260101T000000Z ]
	cd "$OLDPWD"
	[ "$(try lmsdrive pl)" = plan ]
	[ "$(try lmsdrive plan --su)" = --summary ]
	[ "$(try memsample --al)" = --alone ]
	[ "$(try metricsagg --sam)" = --samples ]
	[ "$(try metricsagg co)" = compare ]
	[ "$(try metricsagg compare --ma)" = --margin ]
	[ "$(try mkreport '')" = "" ]
	[ "$(try mkreport --pl)" = --plots ]
}

@test "fish: the same" {
	command -v fish >/dev/null || skip "fish is not installed"
	export HOME=$BATS_TEST_TMPDIR
	top=$PWD
	cd "$BATS_TEST_TMPDIR"
	try() { fish -N -c "source '$top'/pipelines/completion/lmgauge.fish; complete -C '$1'"; }
	[ "$(try 'lmgauge su')" = suite ]
	[[ "$(try 'lmgauge ')" == analyze* ]]
	[ "$(try 'lmgauge init --fo')" = --force ]
	[ "$(try 'lmgauge suite PA')" = PAIR= ]
	mkdir -p results/20260101T000000Z
	touch my.yaml
	[ "$(try 'lmgauge suite CONFIG=m')" = CONFIG=my.yaml ]
	[[ "$(try 'lmgauge show results/2')" == "results/20260101T000000Z"* ]]
	[ "$(try 'lmsdrive pl')" = plan ]
	[ "$(try 'lmsdrive plan --su')" = --summary ]
	[ "$(try 'memsample --al')" = --alone ]
	[ "$(try 'metricsagg co')" = compare ]
	[ "$(try 'metricsagg compare --ma')" = --margin ]
	[ "$(try 'mkreport --pl')" = --plots ]
}

@test "zsh: the same, as it is typed" {
	command -v zsh >/dev/null || skip "zsh is not installed"
	export HOME=$BATS_TEST_TMPDIR
	completion=$PWD/pipelines/completion
	cd "$HOME"
	mkdir -p results/20260101T000000Z
	touch my.yaml
	cat >type.zsh <<-'END'
	zmodload zsh/zpty || exit 4
	zpty shell zsh -fi
	zpty -w shell "fpath=(${(q)1} \$fpath); autoload -Uz compinit && compinit -u -D
	    tell() { print -r -- \"\$BUFFER|\" >>lines; BUFFER= }; zle -N tell; bindkey '^I' complete-word '^G' tell; : >lines"
	shift
	for line; do zpty -w -n shell "$line"$'\t\a'; done
	repeat 600; do [[ -e lines && $(wc -l <lines) -ge $# ]] && break; sleep 0.05; done
	zpty -d shell
	END
	typed=("lmgauge su" "lmgauge init --fo" "lmgauge suite PA" "lmgauge suite CONFIG=my" "lmgauge resume results/2" "lmgauge compare x results/2"
	    "lmsdrive pl" "lmsdrive plan --su" "lmsdrive plan my" "memsample --al" "metricsagg --sam" "metricsagg co" "metricsagg compare --ma" "mkreport --pl" "mkreport --zz")
	zsh -f type.zsh "$completion" "${typed[@]}"
	diff - lines <<-END
	lmgauge suite |
	lmgauge init --force |
	lmgauge suite PAIR=|
	lmgauge suite CONFIG=my.yaml |
	lmgauge resume results/20260101T000000Z|
	lmgauge compare x results/20260101T000000Z|
	lmsdrive plan |
	lmsdrive plan --summary |
	lmsdrive plan my.yaml |
	memsample --alone |
	metricsagg --samples |
	metricsagg compare |
	metricsagg compare --margin |
	mkreport --plots |
	mkreport --zz|
	END
}
