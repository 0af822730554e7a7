#!/usr/bin/env bats
# Raw records that were cut, thinned and altered at random (seeded), through
# the programs of make analyze, and some of them through make analyze itself.

bats_require_minimum_version 1.5.0
load ../lib/common

setup_file() {
	export TOP=$BATS_TEST_DIRNAME/../..
	unset MAKEFLAGS MFLAGS MAKELEVEL
	cd "$BATS_FILE_TMPDIR"
	"$LMG_BUILD/helpers/mkraw" -n 4 -c 6 -e -p -l 100000 -m 200 >made.ndjson
	"$LMG_BUILD/helpers/mkraw" -n 3 -c 1 -b 1 -m 500 -x >small.ndjson
	# A real one, of a short suite.
	cp "$TOP"/config/{scenarios,prompts}.yaml .
	sed -e 's/repeat: 12/repeat: 4/; s/repeat: 30, gap: 60ms/repeat: 5/' "$TOP/tests/pipeline/truth-suite.yaml" >suite.yaml
	known_server
	lmsdrive plan --server "$SIM_URL" suite.yaml | lmsdrive run -q | memsample -i 50ms >real.ndjson
	stop_lmsim
}

setup() { cd "$BATS_FILE_TMPDIR"; }

@test "every form of every cut-down file: written, no number that is none" {
	local seeds=30
	[ "$LMG_VARIANT" = release ] || seeds=12	# four times as slow
	run -0 "$TOP/tests/fuzz/analyze" . 1 $seeds made.ndjson small.ndjson real.ndjson
	[ -z "$output" ]
}

@test "a line that is lost of a load or an unload leaves no model in memory beside the next" {
	local lines
	mapfile -t lines < <(grep -nE '"type":"(load|unload)"|"op":"(load|unload)"' real.ndjson | cut -d : -f 1)
	[ "${#lines[@]}" -ge 12 ]
	for n in "${lines[@]}"; do
		sed "${n}d" real.ndjson | metricsagg >lost
		run -1 grep memory_shared lost
	done
}

@test "reload: false, one round: that both were held is told of a file that lacks the unload, a line of it or its rest" {
	local n u
	printf '%s\n' 'server: {url: "http://127.0.0.1:1"}' 'order: {rounds: 1, reload: false, idle: 50ms}' \
	    'pairs: [{name: p, variants: {a: {model: sim/plain-gguf}, b: {model: sim/leaky-mlx}}}]' \
	    'scenarios: [{simple_gen: {repeat: 2, warmup: 0, max_tokens: 4}}]' >kept.yaml
	known_server
	lmsdrive plan --server "$SIM_URL" kept.yaml | lmsdrive run -q --no-calibration | memsample -i 50ms >kept.ndjson
	stop_lmsim
	# step, begin and end of the unload of a, which comes after the visit of b
	u=$(jq 'select(.type == "step" and .op == "unload" and .variant == "a").step' kept.ndjson)
	n=$(grep -nE '"type":"(step|unload)".*"step":'"$u," kept.ndjson | cut -d : -f 1 | tr '\n' ' ')
	[ "$(wc -w <<<"$n")" -eq 3 ]
	for lost in '' "${n%% *}d" "$(cut -d ' ' -f 2 <<<"$n")d" "$(cut -d ' ' -f 3 <<<"$n")d" "$(sed 's/ /d;/g' <<<"$n")" "${n%% *},\$d"; do
		sed "$lost" kept.ndjson | metricsagg >lost
		[ "$(jq -r 'select(.code == "memory_shared").variant' lost)" = b ] || { echo "$lost"; return 1; }
		[ "$(jq -c 'select(.type == "compare" and .metric == "peak_bytes")' lost)" = "" ] || { echo "$lost"; return 1; }
	done
}

@test "make analyze gives every file of every cut-down run" {
	[ "$LMG_VARIANT" = release ] || skip "the programs were run above; this is jq, awk and gnuplot"
	command -v gnuplot >/dev/null && command -v cmark-gfm >/dev/null || skip "gnuplot or cmark-gfm is not installed"
	local nothing=0
	for seed in {1..9}; do
		rm -rf run; mkdir run
		raws=(made.ndjson small.ndjson real.ndjson)
		jq -nc --argjson seed "$seed" -f "$TOP/tests/fuzz/cut.jq" "${raws[seed % 3]}" >run/raw.ndjson
		run --separate-stderr make -s -C "$TOP" analyze RUN="$PWD/run" BIN="$LMG_BIN"
		# Of the real one, whose lines are as many as they happen to be, a cut may
		# leave nothing: then that is said.
		if [ $((seed % 3)) -eq 2 ] && [ "$(metricsagg run/raw.ndjson 2>/dev/null | wc -l)" -eq 1 ]; then
			[ "$status" -ne 0 ] && [[ $stderr == *"not made: metrics"* ]]
			nothing=$((nothing + 1))
			continue
		fi
		[ "$status" -eq 0 ] && [ -z "$(grep '^make' <<<"$stderr")" ] || { echo "seed $seed: $stderr"; return 1; }
		for f in $(result_files) plots; do
			[ -e "run/$f" ] || { echo "seed $seed: no $f"; return 1; }
		done
	done
	[ "$nothing" -lt 3 ]
}
