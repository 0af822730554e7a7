#!/usr/bin/env bats
# A run ends when it is certain: make suite on a server whose truth is known
# (30 %, nothing, 5 %), and whose loads differ.
bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	of_recipes
	OUT=$BATS_TEST_TMPDIR/results
	cd "$ROOT"
}

teardown() {
	stop_lmsim
	SIM_PID=${OTHER_PID:-}
	stop_lmsim
}

# model KEY SLOWER FORMAT: one of the server's models.
model() {
	echo "  - {key: $1, format: $3, memory: 1MiB, load_time: 1ms, prefill_overhead: $(jq -n "30 * $2")ms," \
	    "prefill_tps: 1e9, decode_tps: $(jq -n "250 / $2"), context_length: 4096}"
}

# world NOISE ROUNDS PAIR=SLOWER...: server and suite; b of each pair is so much
# slower than a.
world() {
	local noise=$1 p
	rounds=$2
	shift 2
	{
		echo "server: {noise: $noise}"
		echo "models:"
		for p; do
			model "${p%=*}/a" 1 gguf
			model "${p%=*}/b" "${p#*=}" mlx
		done
	} >"$BATS_TEST_TMPDIR/models.yaml"
	{
		echo "memory: {interval: 50ms}"
		echo "sampling: {temperature: 0, max_tokens: 12}"
		echo "order: {rounds: $rounds, idle: 10ms}"
		echo "pairs:"
		for p; do
			echo "  - {name: ${p%=*}, variants: {a: {model: ${p%=*}/a, format: gguf}, b: {model: ${p%=*}/b, format: mlx}}}"
		done
		echo "scenarios:"
		echo "  - simple_gen: {prompts: [hi], repeat: $((3 * rounds)), warmup: 0}"
		echo "  - other: {prompts: [hi], repeat: $rounds, warmup: 0}"
		echo "  - whole: {prompts: [hi], repeat: 3, warmup: 0, blocks: whole}"
	} >"$BATS_TEST_TMPDIR/suite.yaml"
	echo "hi: Say hello." >"$BATS_TEST_TMPDIR/prompts.yaml"
	start_lmsim --seed 5 --models "$BATS_TEST_TMPDIR/models.yaml"
}

mk() {
	make --no-print-directory CONFIG="$BATS_TEST_TMPDIR/suite.yaml" SERVER="$SIM_URL" RESULTS="$OUT" "$@" </dev/null
}

# The requests that were sent, pair by pair: scenario, variant and how many.
sent() {
	jq -sc 'map(select(.type == "step")) as $steps | INDEX($steps[]; .step) as $at
	    | [.[] | select(.type == "response" and .status == "ok") | $at[.step | tostring]]
	    | group_by([.pair, .scenario, .variant]) | map([.[0].pair, .[0].scenario, .[0].variant, length])[]' "$1"
}

# decisions FILE: what lmsdrive recorded, as the analysis must say it.
decisions() {
	jq -c 'select(.type == "decided" and .metric != null) | [.pair, .metric, .rounds, .e, .ratio, .ratio_lo, .ratio_hi, .verdict]' "$1" | sort
}

concluded() {
	jq -c 'select(.type == "compare" and .headline and .by == null and .decided_after != null)
	    | [.pair, .metric, .decided_after, .e, .ratio, .ratio_lo, .ratio_hi, .verdict]' "$1" | sort
}

@test "suite: 30 % is decided early, nothing is not, 5 % not wrongly, while loads differ by 2 %" {
	world '{load_sd: 0.02, request_sd: 0.02, ar: 0.8, throttle: 0.02}' 12 thirty=1.3 twins=1 five=1.05
	run mk suite
	echo "$output"
	[ "$status" -eq 0 ]
	cd "$OUT"/*
	local rounds
	# Of thirty, whole rounds only: both variants did the same.
	sent raw.ndjson >sent
	cat sent
	rounds=$(jq -s 'map(select(.[0] == "thirty" and .[1] == "other"))[0][3]' sent)
	[ "$rounds" -ge 4 ] && [ "$rounds" -le 11 ]
	[ "$(grep -c '^\["thirty"' sent)" -eq 6 ]
	[ "$(grep -cx '\["thirty","other","[ab]",'"$rounds"'\]' sent)" -eq 2 ]
	[ "$(grep -cx '\["thirty","simple_gen","[ab]",'$((3 * rounds))'\]' sent)" -eq 2 ]
	[ "$(grep -cx '\["thirty","whole","[ab]",3\]' sent)" -eq 2 ]
	[ "$(jq -c 'select(.type == "load" and .phase == "end" and (.model | startswith("thirty")))' raw.ndjson | wc -l)" -eq $((2 * rounds)) ]
	# What was left out is recorded, and why.
	[ "$(jq -c 'select(.type == "response" and .status == "skipped" and .error == "decided")' raw.ndjson | wc -l)" -ge $((2 * 4 * (12 - rounds))) ]
	# Every interval holds the truth; nobody wins who is not better.
	jq -es 'map(select(.type == "compare" and .headline and .metric != "peak_bytes") | {pair, r: (if .metric == "ttft_s" then 1 else -1 end),
	        lo: (.ratio_lo | log), hi: (.ratio_hi | log), verdict, better} | . + {truth: (.r * ({thirty: 1.3, twins: 1, five: 1.05}[.pair] | log))})
	    | length == 6 and all(.[]; .lo < .truth and .truth < .hi and (.better == null or (.better == "a" and .pair != "twins")))
	    and all(.[]; .pair != "thirty" or .verdict == "different")' metrics.ndjson
	# The analysis says what was decided then, to the byte, in any order of
	# the lines.  (What the very last round decides nobody may hear.)
	decisions raw.ndjson >decisions
	[ "$(grep -c thirty decisions)" -eq 2 ]
	concluded metrics.ndjson >concluded
	comm -23 decisions concluded >differs
	cat differs
	[ ! -s differs ]
	jq -c '[(.t_ns * 7919) % 10007, .]' raw.ndjson | sort | jq -c '.[1]' | metricsagg | concluded /dev/stdin | cmp - concluded
	grep -q "decided after [0-9]* of [0-9]* rounds\|, $rounds rounds, E" report.md
	grep -q "requests of further rounds were not sent" report.md
	# What was not sent is no visit, and held nothing.
	run -1 grep -q memory_shared metrics.ndjson
	[ ! -e .decided ]
}

@test "suite: metricsagg killed on the way: nothing is left out, and nothing is lost" {
	world '{}' 6 thirty=1.3
	mkdir "$BATS_TEST_TMPDIR/bin"
	for t in lmsdrive memsample mkreport; do
		ln -s "$LMG_BIN/$t" "$BATS_TEST_TMPDIR/bin/$t"
	done
	cat >"$BATS_TEST_TMPDIR/bin/metricsagg" <<-END
		#!/bin/sh
		[ "\$1" != --decide ] || { head -n 100 >/dev/null; kill -9 \$\$; }
		exec "$LMG_BIN/metricsagg" "\$@"
	END
	chmod +x "$BATS_TEST_TMPDIR/bin/metricsagg"
	run mk suite BIN="$BATS_TEST_TMPDIR/bin"
	echo "$output"
	[ "$status" -eq 0 ]
	# Said once, and in no words of the shell's.
	[ "$(grep -c 'metricsagg was ended by signal 9' <<<"$output")" -eq 1 ]
	run ! grep -e Killed -e PIPESTATUS <<<"$output"
	cd "$OUT"/*
	[ "$(sent raw.ndjson)" = '["thirty","other","a",6]
["thirty","other","b",6]
["thirty","simple_gen","a",18]
["thirty","simple_gen","b",18]
["thirty","whole","a",3]
["thirty","whole","b",3]' ]
	[ -z "$(decisions raw.ndjson)" ]
	[ "$(jq -s 'map(select(.type == "end")) | length' raw.ndjson)" -eq 2 ]
	# The verdict is that of a run that had stopped.
	jq -es 'map(select(.type == "compare" and .headline and .metric == "ttft_s"))
	    | length == 1 and .[0].verdict == "different" and .[0].decided_after < .[0].rounds' metrics.ndjson
}

@test "suite, reload: false, another headline: loaded once each, decided alike, and the report says of which loads; memory where each has a server" {
	world '{}' 8 one=1.3 two=1.3
	local url=$SIM_URL dir
	OTHER_PID=$SIM_PID
	sed 's/memory: 1MiB/memory: 64MiB/' "$BATS_TEST_TMPDIR/models.yaml" >"$BATS_TEST_TMPDIR/larger.yaml"
	start_lmsim --seed 6 --models "$BATS_TEST_TMPDIR/larger.yaml"
	sed -e 's/^order: {/&reload: false, /' -e "/name: two/s,b: {,&server: $SIM_URL\, ," -i.bak "$BATS_TEST_TMPDIR/suite.yaml"
	echo "headline: [e2e_s, decode_tps]" >>"$BATS_TEST_TMPDIR/suite.yaml"
	SIM_URL=$url
	run mk suite
	echo "$output"
	[ "$status" -eq 0 ]
	dir=$(echo "$OUT"/*)
	cd "$dir"
	# Each variant is loaded at its first visit, and unloaded when its pair is
	# decided; what was decided needs no more of it.
	[ "$(jq -r 'select((.type == "load" or .type == "unload") and .phase == "end") | [.type, .model // .instance, .status] | join(" ")' raw.ndjson)" = "load one/a ok
load one/b ok
unload one/a ok
unload one/b ok
load two/a ok
load two/b ok
unload two/a ok
unload two/b ok" ]
	[ "$(sent raw.ndjson | jq -c 'select(.[1] == "simple_gen")[3] < 24')" = "true
true
true
true" ]
	jq -es 'map(select(.type == "compare" and .headline and .metric != "peak_bytes")) | length == 4
	    and (map(.metric) | unique) == ["decode_tps", "e2e_s"] and all(.[]; .verdict == "different" and .e_needed == 40 and .better == "a" and .loads == 1 and .rounds >= 4 and .round_s < 10)' metrics.ndjson
	diff <(decisions raw.ndjson) <(concluded metrics.ndjson | grep -v peak_bytes)
	grep -qx '| Faster to first token | not tested | not among the metrics that this run tests |  |' report.md
	grep -q '^| Better `e2e_s` | \*\*`a`\*\* | .* less (0.7.* times, 95 % interval .*; of the one load of each, another may differ | ' report.md
	[ "$(mkreport -f json metrics.ndjson | jq -c '.runs[0].pairs[0].comparisons[0].answers[] | select(.question == "e2e_s") | [.answer, .winner]')" = '["different","a"]' ]
	grep -q '^\*\*Recommendation:\*\* .* wins on .*decode speed.* and `e2e_s`' report.md
	[ "$(grep -c 'decode.*of the one load of each, another may differ' report.md)" -ge 2 ]
	jq -es 'map(select(.type == "compare" and .metric == "peak_bytes" and .level == "rss")) | map([.pair, .verdict, .better]) == [["two", "different", "a"]]' metrics.ndjson
	[ "$(jq -r 'select(.code == "memory_shared") | [.pair, .variant] | join(" ")' metrics.ndjson)" = "one a
one b" ]
	# It was there all the time though the line of its load is lost.
	[ "$(jq -c 'select([.type, .phase] != ["load", "begin"] or .step != $l[0].step)' --slurpfile l <(jq -c 'select(.type == "step" and .op == "load" and .pair == "one")' raw.ndjson | head -n 1) raw.ndjson |
	    metricsagg | jq -r 'select(.code == "memory_shared").variant' | sort -u | tr '\n' ' ')" = "a b " ]
	grep -q "one server held both at the same time" report.md
	# Broken off, it goes on without loading more often than it must.
	mkdir "$BATS_TEST_TMPDIR/broken"
	jq -c 'select(.pair == "one")' plan.ndjson >"$BATS_TEST_TMPDIR/broken/plan.ndjson"
	lmsdrive run "$BATS_TEST_TMPDIR/broken/plan.ndjson" >"$BATS_TEST_TMPDIR/whole.ndjson"
	jq -nc 'foreach inputs as $r (0; if $r.type == "response" then . + 1 else . end; if . > 21 then halt else $r end)' "$BATS_TEST_TMPDIR/whole.ndjson" >"$BATS_TEST_TMPDIR/broken/raw.ndjson"
	lmsdrive run --resume "$BATS_TEST_TMPDIR/broken" "$BATS_TEST_TMPDIR/broken/plan.ndjson" >"$BATS_TEST_TMPDIR/rest.ndjson"
	[ "$(jq -s 'map(select(.type == "load" and .phase == "end" and .status == "ok")) | length' "$BATS_TEST_TMPDIR/rest.ndjson")" -eq 2 ]
	[ "$(cat "$BATS_TEST_TMPDIR/broken/raw.ndjson" "$BATS_TEST_TMPDIR/rest.ndjson" | metricsagg 2>/dev/null |
	    jq -s 'map(select(.type == "compare" and .headline and .metric == "e2e_s"))[0] | [.rounds, .loads, .verdict]' -c)" = '[8,2,"different"]' ]
}

@test "resume: broken off before a decision it counts the rounds from before, behind one it goes on with it" {
	world '{}' 8 double=2
	run mk suite
	echo "$output"
	[ "$status" -eq 0 ]
	local whole decided at
	whole=$(echo "$OUT"/*)
	decided=$(sent "$whole/raw.ndjson" | jq -s '.[0][3]')
	[ "$decided" -ge 4 ] && [ "$decided" -le 6 ]
	# After two rounds, and at the third request that was left out.
	for at in 'select(.type == "unload" and .phase == "end") | 4' 'select(.type == "response" and .status == "skipped") | 3'; do
		mkdir "$BATS_TEST_TMPDIR/broken"
		cp "$whole/plan.ndjson" "$BATS_TEST_TMPDIR/broken"
		jq -nc "foreach inputs as \$r (0; if . < 0 then . else [\$r | $at] as \$hit | if \$hit == [] then . elif . + 1 == \$hit[0] then -1 else . + 1 end end;
		    if . < 0 then halt else \$r end)" "$whole/raw.ndjson" >"$BATS_TEST_TMPDIR/broken/raw.ndjson"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/broken/raw.ndjson")" -lt "$(wc -l <"$whole/raw.ndjson")" ]
		run mk resume RUN="$BATS_TEST_TMPDIR/broken"
		echo "$output"
		[ "$status" -eq 0 ]
		sent "$BATS_TEST_TMPDIR/broken/raw.ndjson"
		case $at in
		*skipped*)	diff <(sent "$BATS_TEST_TMPDIR/broken/raw.ndjson") <(sent "$whole/raw.ndjson")
				diff <(decisions "$BATS_TEST_TMPDIR/broken/raw.ndjson") <(decisions "$whole/raw.ndjson") ;;
		*)		[ "$(sent "$BATS_TEST_TMPDIR/broken/raw.ndjson" | jq -s '.[0][3]')" -le 5 ] ;;
		esac
		diff <(decisions "$BATS_TEST_TMPDIR/broken/raw.ndjson") <(concluded "$BATS_TEST_TMPDIR/broken/metrics.ndjson")
		rm -r "$BATS_TEST_TMPDIR/broken"
	done
}

@test "suite BUDGET=: the pairs are equally far, the scenario that decides comes first, visits are whole; resume goes on" {
	world '{request_sd: 0.2}' 12 one=1 two=1
	# Too short for two rounds: each pair is named all the same.
	run mk suite BUDGET=1s
	echo "$output"
	[ "$(grep -cE '^(one|two): nothing is decided before two rounds$' <<<"$output")" -eq 2 ]
	rm -r "$OUT"
	run mk suite BUDGET=5s
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"the time budget is used up: "*" requests were not sent"* ]]
	# Named with the rounds it would take; it takes two to say so.
	[[ $output =~ one:\ (TTFT|decode)\ is\ not\ decided\ after\ [0-9]+\ rounds:\ (about\ [0-9]+\ more|how\ many\ more) || $output != *"not yet"* ]]
	local dir
	dir=$(echo "$OUT"/*)
	far() { sent "$dir/raw.ndjson" | jq -sc "map(select(.[1] == \"simple_gen\")[3]) | $1"; }
	sent "$dir/raw.ndjson"
	[ "$(far 'all(.[]; . % 3 == 0) and max - min <= 3 and max < 36')" = true ]
	[ "$(sent "$dir/raw.ndjson" | grep -c other)" -eq 0 ]
	[ "$(jq -s 'map(select(.code == "budget")) | length' "$dir/raw.ndjson")" -eq 1 ]
	[[ "$(cat "$dir/report.md")" == *"more round"*" needed"* || "$(far length)" -lt 4 ]]
	before=$(far add)
	run mk resume RUN="$dir" BUDGET=1s
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(far add)" -gt "$before" ]
	[ "$(jq -s 'map(select(.code == "budget")) | length' "$dir/raw.ndjson")" -eq 2 ]
	[[ $output == *"requests were not sent; resume goes on"$'\n'* ]]
	[[ $output == *"make: resume: CONFIG= SERVER= is not looked at: the plan of $dir is done as it was made"* ]]
}

@test "suite: a leak that would have been seen need not be looked for any longer; one that is there is measured to the end" {
	cat >"$BATS_TEST_TMPDIR/models.yaml" <<-END
		models:
		  - {key: quiet, format: gguf, memory: 8MiB, load_time: 1ms, prefill_overhead: 5ms, prefill_tps: 1e9, decode_tps: 2000, context_length: 4096}
		  - {key: leaks, format: mlx, memory: 8MiB, leak_per_request: 1MiB, load_time: 1ms, prefill_overhead: 5ms, prefill_tps: 1e9, decode_tps: 2000, context_length: 4096}
	END
	cat >"$BATS_TEST_TMPDIR/suite.yaml" <<-END
		memory: {interval: 20ms}
		order: {rounds: 2, idle: 10ms}
		pairs: [{name: p, variants: {quiet: {model: quiet}, leaks: {model: leaks}}}]
		scenarios:
		  - leak: {prompt_tokens: [32], repeat: 60, warmup: 0, gap: 60ms, max_tokens: 4, blocks: whole}
		  - soak: {prompt_tokens: [32], repeat: 45, duration: 60s, warmup: 0, gap: 60ms, max_tokens: 4, blocks: whole}
	END
	start_lmsim --models "$BATS_TEST_TMPDIR/models.yaml"
	run mk suite
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"p: leak of quiet is over: a leak of 1 MiB a request would have been seen"* ]]
	cd "$OUT"/*
	sent raw.ndjson >sent
	cat sent
	grep -qx '\["p","leak","leaks",60\]' sent
	grep -qx '\["p","soak","quiet",45\]' sent
	[ "$(jq -c 'select(.[1] == "leak" and .[2] == "quiet" and .[3] >= 31 and .[3] < 60)' sent | wc -l)" -eq 1 ]
	jq -es 'map(select(.type == "leak" and .deciding and .scenario == "leak")) | INDEX(.variant)
	    | .quiet.verdict == "stable" and .quiet.n_floors >= 30 and .leaks.verdict == "leak" and .leaks.n_floors >= 55' metrics.ndjson
}
