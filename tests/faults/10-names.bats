#!/usr/bin/env bats
# Names that a shell, make or a program could take for something else, in
# every variable that a user sets: each arrives as it was written.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	[ "$LMG_VARIANT" = release ] || skip "what is tested is the recipes"
	unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	D=$BATS_TEST_TMPDIR
	# What would be executed leaves a file.
	export HIT=$D/hit
	NAMES=('a b' "a'b" 'a"b' 'a;touch $HIT;b' 'a$(touch $HIT)b' 'a`touch $HIT`b' 'a$(shell touch $(HIT))b'
	    'a&touch $HIT' 'a#b' 'a\b' '*' '-x' '--help' '$HOME' $'a\nb' '<a>b')
}

teardown() {
	stop_lmsim
	[ ! -e "$HIT" ] || { echo "a name was executed"; false; }
}

mk() {
	make --no-print-directory -C "$TOP" BIN="$LMG_BIN" "$@" </dev/null
}

# says WORDS COMMAND...: the command fails, and says WORDS as they are.
says() {
	local words=$1
	shift
	run ! "$@"
	[[ $output == *"$words"* ]] || { printf 'wanted: %s\ngot: %s\n' "$words" "$output"; false; }
}

@test "CONFIG: a file of that name is looked for" {
	for n in "${NAMES[@]}"; do
		[ "${n//$'\n'/}" = "$n" ] || continue	# a message is one line
		says "lmsdrive: $D/$n: " mk doctor CONFIG="$D/$n"
		says "lmsdrive: $n: " mk suite CONFIG="$n" RESULTS="$D/r"
	done
}

@test "PAIR, VARIANT, SCENARIO: a cell of that name is looked for" {
	for n in "${NAMES[@]}"; do
		for v in PAIR VARIANT SCENARIO; do
			run ! mk single CONFIG=config/demo.yaml RESULTS="$D/r" "$v=$n"
			[[ $output == lmsdrive:* ]] || { printf '%s=%s: %s\n' "$v" "$n" "$output"; false; }
		done
	done
	[ -z "$(ls -A "$D/r")" ]
}

@test "SERVER, PLOT_FORMAT, FAIL_IF, SHOW, HOSTS: each is refused by who reads it" {
	local run=$D/run
	mkdir "$run"
	printf '{}\n' >"$run/metrics.ndjson"
	for n in "${NAMES[@]}"; do
		says lmsdrive: mk doctor CONFIG=config/demo.yaml SERVER="$n"
		says PLOT_FORMAT= mk analyze-plots RUN="$run" PLOT_FORMAT="$n"
		says metricsagg: mk compare BASE="$run" NEW="$run" FAIL_IF="$n"
		run mk show RUN="$run" SHOW="$n"
		case $n in 'a b' | $'a\nb') continue ;; esac	# two hosts
		says "is no host name" mk fleet HOSTS="$n" CONFIG=config/demo.yaml RESULTS="$D/f"
	done
}

@test "RUN, BASE, NEW: a folder of that name is looked for" {
	for n in "${NAMES[@]}"; do
		says "$n/raw.ndjson: not there" mk analyze RUN="$n"
		says "$n/raw.ndjson: not there" mk resume RUN="$n"
		says "$n/metrics.ndjson: not there" mk show RUN="$n"
		[ "${n//$'\n'/}" = "$n" ] || continue
		says "metricsagg: $n" mk compare BASE="$n" NEW="$D"
	done
}

@test "RESULTS and results: are folders of that name" {
	local n i=0
	for n in "${NAMES[@]}"; do
		run ! mk suite CONFIG=config/demo.yaml SERVER=http://127.0.0.1:9 RESULTS="$D/r/$n"
		[ -d "$D/r/$n" ] || { echo "$n was not made"; ls "$D/r"; false; }
		i=$((i + 1))
	done
	[ "$(find "$D/r" -mindepth 1 -maxdepth 1 | grep -c .)" -ge "$i" ]
	cp "$TOP"/config/{scenarios,prompts,demo}*.yaml "$D"
	for n in 'a b' 'a;touch $HIT' 'a$(touch $HIT)b' 'a`touch $HIT`b' "a'b"; do
		sed "/^results:/d" "$TOP/config/demo.yaml" >"$D/own.yaml"
		printf 'results: "%s/c/%s"\n' "$D" "$n" >>"$D/own.yaml"
		run ! mk suite CONFIG="$D/own.yaml" SERVER=http://127.0.0.1:9
		[ -d "$D/c/$n" ] || { echo "$n was not made: $output"; false; }
	done
}

@test "a run in folders of such names is measured, resumed, shown and compared" {
	local n='a '"'"'b"c;$(touch $HIT)`touch $HIT`&<>*\#d' dir
	start_lmsim --models "$TOP/config/demo-models.yaml"
	mkdir "$D/$n"
	cp "$TOP"/config/{scenarios,prompts,demo}*.yaml "$D/$n"
	run mk single CONFIG="$D/$n/demo.yaml" SERVER="$SIM_URL" RESULTS="$D/-$n" INTERVAL=50ms \
	    PAIR=llama-3.3-70b VARIANT=gguf SCENARIO=cold_start
	echo "$output"
	[ "$status" -eq 0 ]
	dir=$(echo "$D/-$n"/*)
	[ "${lines[${#lines[@]} - 1]}" = "report: $dir/report.md" ]
	for f in plan.ndjson report.html plots/speed.svg metrics/requests.csv test_results.json; do
		[ -s "$dir/$f" ]
	done
	mv "$dir" "$D/-x"
	cd "$D"
	mk show RUN="$D/-x" | grep -q '^## Verdict'
	# A run with itself is no regression.
	make --no-print-directory -f "$TOP/Makefile" -C "$TOP" BIN="$LMG_BIN" compare BASE="$D/-x" NEW="$D/-x"
	run mk resume RUN="$D/-x" SERVER="$SIM_URL"
	echo "$output"
	[ "$status" -eq 0 ]
}
