#!/usr/bin/env bats
# Names that a shell, make or a program could take for something else, in
# every variable that a user sets: each arrives as it was written.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	of_recipes
	D=$BATS_TEST_TMPDIR
	# What would be executed leaves a file.
	export HIT=$D/hit
	ALL=('a b' "a'b" 'a"b' 'a;touch $HIT;b' 'a$(touch $HIT)b' 'a`touch $HIT`b' 'a$(shell touch $(HIT))b'
	    'a&touch $HIT' 'a#b' 'a\b' '*' '-x' '--help' '$HOME' $'a\nb' '<a>b' 'a|b' '~' '{a,b}' '%')
	# The same characters in fewer names, for what takes a program each.
	NAMES=('a b' "a'b\"c" 'a;touch $HIT;b&touch $HIT|c' 'a$(touch $HIT)`touch $HIT`$(shell touch $(HIT))b' '$HOME#\<a>' '*' '-x'
	    '--help' $'a\nb')
}

teardown() {
	stop_lmsim
	[ ! -e "$HIT" ] || { echo "a name was executed"; false; }
}

mk() {
	make --no-print-directory -C "$ROOT" BIN="$LMG_BIN" "$@" </dev/null
}

# says WORDS COMMAND...: the command fails, and says WORDS as they are.
says() {
	local words=$1
	shift
	run ! "$@"
	[[ $output == *"$words"* ]] || { printf 'wanted: %s\ngot: %s\n' "$words" "$output"; false; }
}

@test "every variable comes to the recipes as it was written" {
	cat >"$D/more.mk" <<-'END'
		each := $(filter-out BIN LMGAUGE,$(GIVEN))
		named: ; @echo $(each)
		given: ; @for v in $(each); do printf '%s=%s\n' "$$v" "$${!v}"; done
	END
	local v vars arguments
	vars=$(make -s -C "$ROOT" -f Makefile -f "$D/more.mk" named)
	[ "$(wc -w <<<"$vars")" -ge 24 ]
	for n in "${ALL[@]}"; do
		arguments=()
		for v in $vars; do arguments+=("$v=$n"); done
		make -s -C "$ROOT" -f Makefile -f "$D/more.mk" given "${arguments[@]}" >"$D/got"
		diff "$D/got" <(printf '%s\n' "${arguments[@]}")
		env "${arguments[@]}" make -s -C "$ROOT" -f Makefile -f "$D/more.mk" given >"$D/got"
		diff "$D/got" <(printf '%s\n' "${arguments[@]}")
	done
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

@test "FORMAT, EXPORT, FLEET_JOBS, BUILD, INTERVAL: each is refused by who reads it" {
	local run=$D/run
	mkdir "$run"
	printf '{}\n' >"$run/metrics.ndjson"
	for n in "${NAMES[@]}"; do
		says "FORMAT=$n: it is text or md" mk compare BASE="$run" NEW="$run" FORMAT="$n"
		says "EXPORT=$n: it is " mk export RUN="$run" EXPORT="$n"
		says "FLEET_JOBS=$n: it is a number" mk fleet HOSTS=h FLEET_JOBS="$n"
		says "BUILD=$n: it is release or asan" mk BUILD="$n" help
		says "memsample: --interval: " mk suite CONFIG=config/demo.yaml SERVER=http://127.0.0.1:9 RESULTS="$D/r" INTERVAL="$n"
		[ -z "$(ls -A "$D/r")" ]
	done
}

@test "what switches something is no text for a shell, or for make" {
	for n in "${NAMES[@]}"; do
		run ! mk suite CONFIG=config/demo.yaml SERVER=http://127.0.0.1:9 RESULTS="$D/r" VERBOSE="$n" KEEP_LOADED="$n" ANYWAY="$n" CI="$n" \
		    TEST_PACKAGES="$n" BENCH_PACKAGES="$n" PREFIX="$n"
		[[ $output == *"no server answers"* ]] || { echo "$n: $output"; false; }
		ONLY="$n" says "no test has '$n' in its path" "$ROOT/tests/run" release
	done
	says "no test has 'a\$(touch \$HIT)b' in its path" mk check ONLY='a$(touch $HIT)b'
}

@test "PREFIX, DESTDIR: make install and uninstall work in folders of that name" {
	for n in "${NAMES[@]}"; do
		mk install DESTDIR="$D/i/$n" PREFIX="/$n" >/dev/null
		[ -x "$D/i/$n/$n/bin/lmsdrive" ] && [ -s "$D/i/$n/$n/share/man/man5/lmgauge-records.5" ]
		mk uninstall DESTDIR="$D/i/$n" PREFIX="/$n" >/dev/null
		[ -z "$(find "$D/i/$n" -type f)" ]
	done
	cd "$D"
	make --no-print-directory -C "$ROOT" BIN="$LMG_BIN" install DESTDIR= PREFIX="$D/-x" >/dev/null
	[ -x ./-x/bin/memsample ]
}

@test "SSH, FLEET_PATH: a command, and a folder there, of that name" {
	command -v parallel >/dev/null && command -v ssh >/dev/null || skip "parallel or ssh is not installed"
	printf '#!/usr/bin/env bash\nexec env -i PATH=/usr/bin:/bin "$BASH" -c "$2"\n' >"$D/remote"
	chmod +x "$D/remote"
	for n in "${NAMES[@]}"; do
		run ! mk fleet CONFIG=config/demo.yaml HOSTS=h RESULTS="$D/ssh" SSH="$n"
		[[ $output == *"fleet: h: "*"Error 4"* ]] || { echo "SSH=$n: $output"; false; }
		mkdir -p "$D/p/$n"
		ln -s "$LMG_BIN"/{lmsdrive,memsample} "$D/p/$n"
		says "fleet: h: lmsdrive: http://127.0.0.1:9: no server answers" \
		    mk fleet CONFIG=config/demo.yaml SERVER=http://127.0.0.1:9 HOSTS=h RESULTS="$D/path" SSH="$D/remote" FLEET_PATH="$D/p/$n"
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
	cp "$ROOT"/config/{scenarios,prompts,demo}*.yaml "$D"
	for n in 'a b' 'a;touch $HIT' 'a$(touch $HIT)b' 'a`touch $HIT`b' "a'b"; do
		sed "/^results:/d" "$ROOT/config/demo.yaml" >"$D/own.yaml"
		printf 'results: "%s/c/%s"\n' "$D" "$n" >>"$D/own.yaml"
		run ! mk suite CONFIG="$D/own.yaml" SERVER=http://127.0.0.1:9
		[ -d "$D/c/$n" ] || { echo "$n was not made: $output"; false; }
	done
}

@test "a run in folders of such names is measured, resumed, shown and compared" {
	local n='a '"'"'b"c;$(touch $HIT)`touch $HIT`&<>*\#d' dir
	start_lmsim --models "$ROOT/config/demo-models.yaml"
	mkdir "$D/$n"
	cp "$ROOT"/config/{scenarios,prompts,demo}*.yaml "$D/$n"
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
	make --no-print-directory -f "$ROOT/Makefile" -C "$ROOT" BIN="$LMG_BIN" compare BASE="$D/-x" NEW="$D/-x"
	run mk resume RUN="$D/-x" SERVER="$SIM_URL"
	echo "$output"
	[ "$status" -eq 0 ]
}
