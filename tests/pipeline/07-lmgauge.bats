#!/usr/bin/env bats
# lmgauge: what make does in the source tree, installed, from any folder, with
# the exit status of what decided it.

bats_require_minimum_version 1.5.0
load ../lib/common

# A prefix, a folder and a configuration with a space and a quote in their names.
setup_file() {
	[ "$LMG_VARIANT" = release ] || return 0
	cd "$BATS_TEST_DIRNAME/../.."
	env -u MAKEFLAGS -u MAKELEVEL -u BIN -u PIPELINES make --no-print-directory install PREFIX="$BATS_FILE_TMPDIR/a b" >/dev/null
}

setup() {
	of_recipes
	export HOME=$BATS_TEST_TMPDIR/home
	# make check exports what a recipe is given.
	unset XDG_CONFIG_HOME CONFIG SERVER RESULTS RUN BIN PIPELINES LMGAUGE EXPORT PLOT_FORMAT
	mkdir -p "$HOME" "$BATS_TEST_TMPDIR/it's here"
	cd "$BATS_TEST_TMPDIR/it's here"
	PATH=$BATS_FILE_TMPDIR/a\ b/bin:$PATH
}

teardown() {
	stop_lmsim
}

# sim [TOKENS-PER-SECOND]: of the first; the second is half as fast again.
sim() {
	cat >"$BATS_TEST_TMPDIR/models.yaml" <<-END
		models:
		  - {key: one-1b@q4_k_m, format: gguf, quantization: Q4_K_M, bits_per_weight: 4.5, params: 1B, memory: 8MB, decode_tps: ${1:-1000}, prefill_tps: 20000, load_time: 20ms}
		  - {key: mlx-community/one-1b-4bit, format: mlx, quantization: 4bit, bits_per_weight: 4.5, params: 1B, memory: 8MB, decode_tps: $((${1:-1000} * 3 / 2)), prefill_tps: 20000, load_time: 20ms}
	END
	start_lmsim --models "$BATS_TEST_TMPDIR/models.yaml"
}

# The suite that init wrote, with one scenario of a moment.
short() {
	sed -i.bak -e '/^scenarios:/,$d' -e "s/^server:/order: {rounds: 2, idle: 0s}\nserver:/" "$1"
	printf 'scenarios: [{hello: {prompts: [simple], repeat: 2, max_tokens: 16}}]\n' >>"$1"
}

@test "from a running server to a report: init, doctor, suite, show, export, compare, analyze" {
	sim
	run -0 lmgauge init --server "$SIM_URL"
	[[ $output == *"next: lmgauge quick CONFIG=my.yaml (one pair, ten minutes), or lmsdrive plan --summary my.yaml"*"lmgauge suite CONFIG=my.yaml" ]]
	# Without lmgauge it finds what is installed with it all the same.
	run -0 lmsdrive init --server "$SIM_URL" --force
	[[ $output == *"next: lmgauge quick CONFIG=my.yaml "* && $output != *"is not beside it"* ]]
	(cd "$BATS_FILE_TMPDIR/a b" && bin/lmsdrive init --server "$SIM_URL" --output "$OLDPWD/called.yaml" && cd bin &&
	    ./lmsdrive plan --summary "$BATS_TEST_TMPDIR/it's here/called.yaml")
	run -0 lmsdrive plan --summary my.yaml
	run -0 lmgauge doctor
	[[ $output == *"ok    one-1b gguf: one-1b@q4_k_m"* ]]
	# A suite of hours is not the first thing to type.
	[ "${lines[${#lines[@]}-1]}" = "next: lmgauge quick CONFIG=my.yaml (one pair, ten minutes), or lmgauge suite CONFIG=my.yaml" ]
	short my.yaml
	run -0 lmgauge suite
	RUN=$(echo results/*)
	[[ $output == *"report: $RUN/report.md" ]]
	for f in plan.ndjson raw.ndjson metrics.ndjson test_results.json report.md report.html run.log metrics/requests.csv plots/speed.svg; do
		[ -s "$RUN/$f" ] || { echo "$f is missing"; false; }
	done
	run -0 lmgauge show "$RUN"
	[[ $output == *"## Verdict"* ]]
	run -0 lmgauge export "$RUN" EXPORT=benchstat
	[[ $output == "Unit "* ]]
	cp -R "$RUN" "results/b \$(touch x)"
	run -0 lmgauge compare "$RUN" "results/b \$(touch x)"
	run -0 lmgauge analyze "results/b \$(touch x)" PLOT_FORMAT=png
	[ -s "results/b \$(touch x)/plots/speed.png" ]
	[ ! -e x ]
}

@test "the status is that of what decided it, and make adds no line" {
	sim
	lmgauge init --server "$SIM_URL" 2>/dev/null; short my.yaml
	run -4 --separate-stderr lmgauge suite SERVER=http://127.0.0.1:9
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ $stderr == "lmsdrive: http://127.0.0.1:9: no server answers"* ]]
	run -1 lmgauge doctor SERVER=http://127.0.0.1:9
	lmgauge suite 2>/dev/null
	# What one run has and the other has not: cannot tell.
	mkdir less; jq -c 'select(.type != "chunk")' results/*/raw.ndjson >less/raw.ndjson
	run -5 --separate-stderr lmgauge compare results/* less
	[[ $stderr != *Error* ]]
	echo 'pears: 1' >bad.yaml
	run -2 --separate-stderr lmgauge suite bad.yaml
	[[ $stderr == "lmsdrive: bad.yaml:1:1: "* && $stderr != *Error* ]]
	run -2 --separate-stderr lmgauge analyze results/none
	[ "$stderr" = "lmgauge: results/none/raw.ndjson: not there; RUN= names a results folder" ]
	run -2 --separate-stderr lmgauge watch results/none
	[ "$stderr" = "lmgauge: watch: results/none: not there; RUN= names a results folder" ]
	run -2 --separate-stderr lmgauge suite CONFG=my.yaml
	[ "$stderr" = "lmgauge: there is no variable 'CONFG'; lmgauge help lists them" ]
	run -2 --separate-stderr lmgauge show
	[ "$stderr" = "lmgauge: show: say which run: lmgauge show RUN=results/STAMP" ]
	run -2 --separate-stderr lmgauge siute
	[ "$stderr" = "lmgauge: there is no command 'siute'; lmgauge help lists them" ]
	run -2 --separate-stderr lmgauge compare a b c
	[ "$stderr" = "lmgauge: compare: unexpected argument 'c'" ]
	run -2 lmgauge
	run -0 lmgauge help
	run -0 lmgauge --version
	[[ $output == "lmgauge "[0-9]* ]]
}

@test "the configuration: here, then in ~/.config/lmgauge, or the one that is named" {
	run -2 --separate-stderr lmgauge suite
	[[ $stderr == "lmgauge: no configuration here or in ~/.config/lmgauge: 'lmgauge init' writes my.yaml"* ]]
	sim
	mkdir -p "$HOME/.config/lmgauge" config
	lmgauge init --server "$SIM_URL" --output "$HOME/.config/lmgauge/my.yaml" 2>/dev/null
	run -0 lmgauge doctor
	echo 'pears: 1' >suite.yaml
	run -2 --separate-stderr lmgauge doctor
	[[ $stderr == "lmsdrive: suite.yaml:1:1: "* ]]
	echo 'pears: 1' >config/my.yaml
	run -2 --separate-stderr lmgauge doctor
	[[ $stderr == "lmsdrive: config/my.yaml:1:1: "* ]]
	run -0 lmgauge doctor "$HOME/.config/lmgauge/my.yaml"
}

@test "quick: from nothing but a running server, one pair and one question, within its budget" {
	sim 2000
	run -0 --separate-stderr lmgauge quick SERVER="$SIM_URL" BUDGET=38s
	[ -s my.yaml ]
	# The estimate of all rounds is minutes; the budget is less than is worth a line.
	[[ $stderr != *"at most about"* ]]
	RUN=$(echo results/*)
	[ "$(tail -n 1 <<<"$output")" = "report: $RUN/report.md" ]
	[ "$(jq -rs 'map(select(.op == "request") | "\(.pair) \(.scenario)") | unique | .[]' "$RUN/plan.ndjson")" = "one-1b simple_gen" ]
	# Decode differs by a half: that is certain long before the last round.
	[ "$(jq -r 'select(.type == "compare" and .headline and .metric == "decode_tps") | "\(.verdict) \(.better) \(.decided_after)"' "$RUN/metrics.ndjson")" = "different mlx 4" ]
	# The configuration that is there is used as it is.
	for command in quick suite; do
		run -2 --separate-stderr lmgauge $command PAIR=two
		[[ $stderr == *"there is no pair 'two'"* ]]
	done
	run -0 --separate-stderr lmgauge init SERVER="$SIM_URL" --output -
	[[ $output == *"url: \"$SIM_URL\""* ]]
	SERVER=$SIM_URL run -0 --separate-stderr lmgauge init --output -
	[[ $output == *"url: \"$SIM_URL\""* ]]
	# quality: every kind to both, in one visit, and the question is answered.
	sed -i.bak '/^scenarios:/,$d' my.yaml
	echo 'scenarios: [{quality: {repeat: 2, max_tokens: 4}}, {needle: {prompt_tokens: [50], repeat: 2, max_tokens: 4}}]' >>my.yaml
	run -0 --separate-stderr lmgauge quality PAIR=one-1b
	RUN=$(ls -d results/* | tail -n 1)
	[ "$(jq -rs 'map(select(.op == "load")) | length' "$RUN/plan.ndjson")" = 2 ]
	[ "$(jq -c 'select(.type == "quality_compare" and .check == null) | [.items, .verdict]' "$RUN/metrics.ndjson")" = '[16,"inconclusive"]' ]
	grep -q '^| As good? | cannot tell | .*most answers of one were cut at the limit of tokens' "$RUN/report.md"
}

@test "a suite of hours asks whoever is at the terminal, and no one else" {
	[ "$(uname -s)" = Linux ] && command -v script >/dev/null || skip "another script(1)"
	sim
	lmgauge init --server "$SIM_URL" 2>/dev/null; short my.yaml
	sed -i.bak 's/repeat: 2, max_tokens: 16/repeat: 200, max_tokens: 4000/' my.yaml
	printf 'n\n' | script -qec "lmgauge suite" /dev/null >out || rc=$?
	cat out
	[ "$rc" -eq 1 ]
	grep -q 'Begin? (lmgauge suite BUDGET=45m' out
	[ ! -e results ] || [ -z "$(ls results)" ]
	# With nobody there it begins.
	set -m
	lmgauge suite >log 2>&1 </dev/null 3>&- & job=$!
	set +m
	for _ in {1..200}; do grep -qs '"type":"response"' results/*/raw.ndjson && break; sleep 0.05; done
	kill -INT -- -$job; wait $job || true
	grep -q '"type":"response"' results/*/raw.ndjson
	grep -q 'at most about .* if models write 20 and read 200 tokens per second' log
	[ "$(grep -c 'Begin?' log)" -eq 0 ]
}

@test "Ctrl-C ends a run in good order, resume goes on with it" {
	sim
	lmgauge init --server "$SIM_URL" 2>/dev/null; short my.yaml
	sed -i.bak 's/repeat: 2, max_tokens: 16/repeat: 8, max_tokens: 600/' my.yaml
	set -m
	lmgauge suite >log 2>&1 </dev/null 3>&- & job=$!
	set +m
	for _ in {1..200}; do grep -qs '"type":"response"' results/*/raw.ndjson && break; sleep 0.05; done
	lmgauge watch >watched 2>watch.err 3>&- & watch=$!
	sleep 0.3
	kill -0 $watch
	kill -INT -- -$job
	rc=0; wait $job || rc=$?
	wait $watch
	[[ "$(tail -n 1 watch.err)" == "20"*" requests  0 failed  ended early" ]]
	[ "$(tail -n 1 watched | jq -r .type)" = end ]
	cat log
	[ "$rc" -eq 4 ]
	RUN=$(echo results/*)
	grep -q INTERRUPTED "$RUN/report.md"
	[ "$(curl -s "$SIM_URL/api/v1/models" | jq '[.models[].loaded_instances[]] | length')" -eq 0 ]
	grep -q "to go on: lmgauge resume RUN=$RUN" log
	run -0 lmgauge resume "$RUN"
	run ! grep -q INTERRUPTED "$RUN/report.md"
}

@test "a KILL to lmgauge, make or the recipe's shell: the run ends as by a TERM, and no file is left in TMPDIR" {
	local who job victim rc dir root=$BATS_TEST_DIRNAME/../..
	sim
	lmgauge init --server "$SIM_URL" 2>/dev/null; short my.yaml
	sed -i.bak 's/repeat: 2, max_tokens: 16/repeat: 20, max_tokens: 600/' my.yaml
	export TMPDIR=$BATS_TEST_TMPDIR/tmp
	mkdir "$TMPDIR"
	for who in lmgauge make-below make shell; do
		dir=$BATS_TEST_TMPDIR/$who
		set -m
		if [ $who = make ]; then
			make -C "$root" suite CONFIG="$PWD/my.yaml" RESULTS="$dir" >$who.log 2>&1 </dev/null 3>&- & job=$!
		else
			lmgauge suite RESULTS="$dir" >$who.log 2>&1 </dev/null 3>&- & job=$!
		fi
		set +m
		for _ in {1..400}; do grep -qs '"type":"response"' "$dir"/*/raw.ndjson && break; sleep 0.05; done
		victim=$(ps -A -o pid= -o ppid= -o pgid= -o args= | awk -v g=$job -v who=$who '$3 == g &&
		    (who == "make-below" && $4 ~ /make$/ || who == "shell" && / -euo pipefail -c / || $1 == g && who !~ /-|shell/) { print $1; exit }')
		kill -KILL $victim
		rc=0; wait $job || rc=$?
		# The group is gone: nothing goes on.
		for _ in {1..400}; do kill -0 -- -$job 2>/dev/null || break; sleep 0.05; done
		cat $who.log
		run -1 kill -0 -- -$job
		case $who in make|lmgauge) [ $rc -eq 137 ] ;; *) [ $rc -eq 4 ] ;; esac
		[ "$(jq -r 'select(.type == "end") | "\(.tool | split(" ")[0]) \(.interrupted)"' "$dir"/*/raw.ndjson | head -n 1)" = "lmsdrive true" ]
		[ "$(curl -s "$SIM_URL/api/v1/models" | jq '[.models[].loaded_instances[]] | length')" -eq 0 ]
		[ -z "$(ls -A "$TMPDIR")" ]
		[ -z "$(ls -A "$dir"/* | grep '^\.')" ]
		# Whoever is left makes the report.
		[ $who = shell ] || grep -q INTERRUPTED "$dir"/*/report.md
	done
}

@test "in the source tree bin/lmgauge is the same, and a link to it works" {
	ln -s "$BATS_TEST_DIRNAME/../../bin/lmgauge" link
	run -2 --separate-stderr ./link show
	[ "$stderr" = "lmgauge: show: say which run: lmgauge show RUN=results/STAMP" ]
	run -0 ./link --version
}
