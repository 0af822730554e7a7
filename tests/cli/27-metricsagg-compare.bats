#!/usr/bin/env bats
# metricsagg compare: the table, the rules and the exit status.
bats_require_minimum_version 1.5.0

setup_file() {
	export MKRAW=$LMG_BUILD/helpers/mkraw
	cd "$BATS_FILE_TMPDIR"
	mkdir base new metrics slow
	"$MKRAW" >base/raw.ndjson
	"$MKRAW" -r R2 >new/raw.ndjson
	metricsagg --samples base/raw.ndjson >metrics/metrics.ndjson
	# Every gap 10 % longer: chunks of a request move away from its first.
	jq -cn 'reduce inputs as $r ({first: {}, out: []};
	    if $r.type == "chunk" and $r.kind == "content" then
	        (if .first["\($r.req)"] == null then .first["\($r.req)"] = $r.t_ns else . end)
	      | .out += [$r + {t_ns: (.first["\($r.req)"] + ($r.t_ns - .first["\($r.req)"]) * 1.1 | floor)}]
	    else .out += [$r] end) | .out[]' base/raw.ndjson >slow/raw.ndjson
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

@test "the same again: equivalent, status 0" {
	run -0 --separate-stderr metricsagg compare base new
	[ "$stderr" = "" ]
	[ "${lines[0]}" = "no regression: both are the same figures" ]
	[ "${lines[1]}" = "base: base" ]
	[ "${lines[2]}" = "new:  new" ]
	[ "${lines[3]}" = "figures: those that the change is of, the middle of the pairs of requests, or of the loads; not the medians of all requests" ]
	[ "$(grep -c equivalent <<<"$output")" -eq 20 ]
}

@test "ten percent slower decoding is a regression, status 1" {
	run -1 metricsagg compare base slow
	[[ ${lines[0]} == "regression: tiny / "*": decode speed "*" tok/s before, "*" tok/s now, -9.09 % (95 % interval -9."*"; and 3 more" ]]
	# What else would have shown, at the limit where nothing scatters.
	[ "$(grep -cE '^  ttft_s .* equivalent   \+5.0 % would show$' <<<"$output")" -eq 4 ]
	run grep -E '^  decode_tps +50 tok/s +45.45 tok/s +-9.09% .* p<0.001 .* different  REGRESSION$' <<<"$output"
	[ "${#lines[@]}" -ge 1 ]
}

@test "the other way round it is an improvement, status 0" {
	run -0 metricsagg compare slow base
	[ "${lines[0]}" = "no regression: 8 comparisons within the limits" ]
}

@test "rules decide what counts" {
	run -0 metricsagg compare -f 'ttft_s > 5%' base slow
	run -0 metricsagg compare -f 'decode_tps < -12%' base slow
	run -1 metricsagg compare -f 'ttft_s > 5%' --fail-if 'e2e_s > 2%' base slow
}

@test "too little data to tell: status 5" {
	run -5 --separate-stderr metricsagg compare -f 'load_s > 1%' base slow
	[ "${lines[0]}" = "cannot tell: no rule had enough to decide from" ]
	[ "$stderr" = "metricsagg: load_s > 1%: not judged: too few requests or loads to find a regression, whatever they said" ]
	# Such a rule does not vote where another can decide.
	run -0 metricsagg compare -f 'load_s > 1%' -f 'ttft_s > 5%' base slow
	sed 's/"scenario":"/&other_/' new/raw.ndjson >other.ndjson
	run -5 metricsagg compare base other.ndjson
	[[ $output == *"load_s"* ]]
}

@test "a run with itself: status 0, however little it holds" {
	head -60 base/raw.ndjson >short.ndjson
	run -0 metricsagg compare short.ndjson short.ndjson
	[[ $output != *note:* ]]
	run -0 metricsagg compare base slow -f 'ttft_s > 5%'
	[[ $output == *"note: one run a side: whatever else differed between the two runs"* ]]
}

@test "a scenario that is missing in new, and a metric: status 5, and named" {
	jq -c 'select(.type != "compare")' base/raw.ndjson | grep -v '"scenario":"moe"' >nomoe.ndjson
	run -5 metricsagg compare base nomoe.ndjson
	grep -qE '^  requests +8 +- +~  not measured in new  cannot tell$' <<<"$output"
	[ "${lines[0]}" = "cannot tell: tiny / gguf / moe / cold: the scenario was measured in base and not in new; and 1 more" ]
	# A variant that is missing is no scenario, and its loads are no requests.
	jq -c 'if .variant == "mlx" then .variant = "other" else . end' base/raw.ndjson >novariant.ndjson
	run -5 metricsagg compare base novariant.ndjson
	[[ "${lines[0]}" == "cannot tell: tiny / mlx: the variant was measured in base and not in new; and "* ]]
	grep -qE '^  loads +[0-9]+ +- +~  not measured in new  cannot tell$' <<<"$output"
	# Only in new: nothing is lost.
	run -0 metricsagg compare nomoe.ndjson base
	# One chunk an answer has no decode speed.
	jq -c 'select(.type != "chunk" or .i < 2)' base/raw.ndjson >nodec.ndjson
	run -5 metricsagg compare base nodec.ndjson
	grep -qE '^  decode_tps +62.5 tok/s +- +~  not measured in new  cannot tell$' <<<"$output"
}

@test "peak memory is compared where it is known whose it is, and by one counter" {
	peaks() { metricsagg compare "$1" "$1" | grep -cE '^  peak_memory_mib +400 MiB +400 MiB' || true; }
	[ "$(peaks base)" -eq 1 ]
	# Two variants that stay in one server; a server that holds no such model.
	jq -c 'select(.type != "unload")' base/raw.ndjson >stay.ndjson
	[ "$(peaks stay.ndjson)" -eq 0 ]
	jq -c 'if .type == "load" and .variant != "mlx" and .phase == "end" then .size_bytes = 1e13 else . end' base/raw.ndjson >proxy.ndjson
	[ "$(peaks proxy.ndjson)" -eq 0 ]
	# A sample that lacks the footprint is none of it, whatever is resident.
	jq -c 'if .type == "mem" then if .t_ns % 300000000 == 0 then .rss_bytes *= 3 else .footprint_bytes = .rss_bytes end else . end' base/raw.ndjson >mac.ndjson
	[ "$(peaks mac.ndjson)" -eq 1 ]
	# A visit that answered nothing has no peak.
	jq -c 'if .type == "response" then .status = "timeout" else . end' base/raw.ndjson >none.ndjson
	[ "$(peaks none.ndjson)" -eq 0 ]
}

@test "bad lines of a metrics file are told as those of raw records are" {
	metricsagg --samples base/raw.ndjson >whole
	{ head -n 40 whole; echo '{garbage'; tail -n +41 whole; } >spoiled
	run -3 --separate-stderr metricsagg compare whole spoiled
	[ "$stderr" = "metricsagg: spoiled:41: not JSON; the line is left out" ]
	[ "${lines[0]}" = "no regression: both are the same figures" ]
	sed '$s/.\{20\}$//' whole >cut
	run -3 --separate-stderr metricsagg compare cut whole
	[[ $stderr == "metricsagg: cut:"*": not JSON; the line is left out" ]]
}

@test "requests that fail now and did not before are a regression" {
	sed '/"response"/s/"status":"ok"/"status":"timeout"/' new/raw.ndjson >failing.ndjson
	run -1 metricsagg compare base failing.ndjson
	[ "$(grep -cE '^  failed +0/(20|8) +(20/20|8/8) +~ +more  REGRESSION$' <<<"$output")" -eq 4 ]
}

# paced NAME FACTOR [GGUF [HOT]]: a run of its own whose gaps are longer by
# FACTOR, those of the variant gguf by GGUF more, those of the steps behind HOT,
# the second visit of both, by 1.3 more.
paced() {
	"$MKRAW" -r "$1" | jq -cn --argjson by "$2" --argjson gguf "${3:-1}" --argjson hot "${4:-1000}" '
	    reduce inputs as $r ({first: {}, step: {}, by: {}, out: []};
	    if $r.type == "step" then .step["\($r.step)"] = (if $r.variant == "gguf" then $by * $gguf else $by end) * (if $r.step > $hot then 1.3 else 1 end)
	    elif $r.type == "request" then .by["\($r.req)"] = .step["\($r.step)"] else . end |
	    if $r.type == "chunk" and $r.kind == "content" then
	        (if .first["\($r.req)"] == null then .first["\($r.req)"] = $r.t_ns else . end)
	      | .out += [$r + {t_ns: (.first["\($r.req)"] + ($r.t_ns - .first["\($r.req)"]) * .by["\($r.req)"] | floor)}]
	    else .out += [$r] end) | .out[]' >"$1"
}

@test "three runs a side: the run is the unit" {
	paced a1 1; paced a2 1.12; paced a3 1.01; paced b1 1.12; paced b2 1; paced b3 1.11
	# Twins on a machine with two speeds: one run a side is deceived and says
	# what it cannot know, three are not.
	run -1 metricsagg compare a1 b1
	[[ ${lines[1]} == "note: one run a side: whatever else differed between the two runs (heat, other programs) is in these figures, too; three runs a side can tell it apart" ]]
	run -5 --separate-stderr metricsagg compare -b a1 -b a2 -b a3 b1 b2 b3
	[ "$stderr" = "" ]
	[[ ${lines[0]} == "cannot tell: "*": decode speed "*", the limit is -5 %; and 3 more" ]]
	# What such runs can find, and how many more would.
	[ "${lines[1]}" = "note: with 3 and 3 runs that scatter like these, -10 % is found in about 73 of 100 cases, with 9 a side in 96" ]
	[ "$(grep -cE '^  decode_tps .* inconclusive  cannot tell, -13.0 % would show$' <<<"$output")" -eq 4 ]
	[ "$(grep -cE '^  ttft_s .* equivalent   \+5.0 % would show$' <<<"$output")" -eq 4 ]
	# Ten percent slower, in each of three runs.
	paced c1 1.10; paced c2 1.09; paced c3 1.11; paced a4 0.99
	run -1 metricsagg compare -b a1 -b a3 -b a4 c1 c2 c3
	[[ ${lines[0]} == "regression: "*": decode speed "*" tok/s before, "*" tok/s now, -9.09 % (95 % interval "*"; and 3 more" ]]
	grep -qE '^  decode_tps +50 tok/s +45.46 tok/s +-9.09% .* p=0.050 +n=3\+3 runs  different  REGRESSION$' <<<"$output"
	run -0 metricsagg compare --base c1 --base c2 --base c3 a1 a3 a4
	[ "${lines[3]}" = "figures: those that the change is of, the mean of the runs; not the medians of all requests" ]
	# The order of the runs says nothing, and one file may hold several.
	cat c1 c2 c3 >c
	diff <(metricsagg compare -b a1 -b a3 -b a4 c1 c2 c3 | sed 1,4d) <(metricsagg compare -b a4 -b a1 -b a3 c | sed 1,4d)
	# When the runs were made is told where it matters.
	local i=0 r
	for r in a1 a3 a4 c1 c2 c3; do i=$((i + 1)); sed "s/T00:00:00/T0$i:00:00/" $r >late.$r; done
	metricsagg --samples late.c1 >late.m1
	for r in late.c1 late.m1; do
		run -1 metricsagg compare -b late.a1 -b late.a3 -b late.a4 $r late.c2 late.c3
		[ "${lines[1]}" = "note: all runs of one side came before those of the other: what else changed in between is in these figures, too; runs by turns can tell it apart" ]
	done
	run -1 metricsagg compare -b late.a1 -b late.a3 -b a4 late.c1 c2 late.c3
	[[ $output != *note:* ]]
	# Two a side cannot do.
	run metricsagg compare -b a1 -b a3 c1 c2
	[[ ${lines[1]} == "note: 2 and 2 runs: too few to know what differs from run to run,"* ]]
	# What may fall by 60 % cannot fall by 120.
	paced f1 4; paced f2 4.1
	run -5 metricsagg compare -f 'decode_tps < -60%' -b a1 -b f1 -b a3 b1 f2 b3
	[[ "$output" != *"is found in"* ]]
}

@test "three runs a side: what the other variant of the same runs tells" {
	# A machine that is now slower, now faster, for both variants, hides it...
	paced h1 1; paced h2 1.06; paced h3 1.12; paced i1 1.05; paced i2 1.11; paced i3 1.01
	run -5 metricsagg compare -b h1 -b h2 -b h3 i1 i2 i3
	# ...but not in how much slower gguf is than mlx, that is slower by a tenth.
	paced j1 1.05 1.1; paced j2 1.11 1.1; paced j3 1.01 1.1
	run -1 metricsagg compare -b h1 -b h2 -b h3 j1 j2 j3
	[[ ${lines[0]} == "regression: tiny / gguf / "*": decode speed "*", -8.8"*"), as its difference to the other variant of the same runs shows; and 1 more" ]]
	[ "$(grep -cE '^  decode_tps .* p=0.050 +n=3\+3 runs  inconclusive by its interval  REGRESSION by the difference to the other variant$' <<<"$output")" -eq 2 ]
	[ "$(grep -cE '^  decode_tps .* p=1.000 +n=3\+3 runs .* cannot tell, -11.0 % would show$' <<<"$output")" -eq 2 ]
	# Where mlx became faster by as much, gguf is no slower.
	paced k1 0.95 1.1; paced k2 1.01 1.1; paced k3 0.92 1.1
	run -5 metricsagg compare -b h1 -b h2 -b h3 k1 k2 k3
	[ "$(grep -cE '^  decode_tps .* p=1.000 +n=3\+3 runs' <<<"$output")" -eq 4 ]
}

@test "three runs a side: what a machine that is slow now and then hides" {
	# In four of six runs the second visits are slower by a third, of all.
	paced o1 1; paced o2 1 1 32; paced o3 1 1 32; paced q1 1.1; paced q2 1.1; paced q3 1.1 1 32
	run -1 metricsagg compare -b o1 -b o2 -b o3 q1 q2 q3
	[[ ${lines[0]} == "regression: tiny / "*": decode speed "*" tok/s before, "*" tok/s now, -9.09 % (95 % interval -9.09 % to -9.09 %), in the best visit of each run; and 3 more" ]]
	[ "$(grep -cE '^  decode_tps .* -9.09% .* p=0.050 +n=3\+3 runs  different in the best visits  REGRESSION$' <<<"$output")" -eq 4 ]
	# With one visit less the best of the others is that of as many.
	jq -c 'select(.step == null or .step <= 32)' q1 >q4
	run metricsagg compare -b o1 -b o2 -b o3 q4 q2 q3
	[[ $output == *REGRESSION* ]]
	# Twins stay twins, however often they are hot.
	paced s1 1; paced s2 1 1 32; paced s3 1 1 0
	run -5 metricsagg compare -b o1 -b o2 -b o3 s1 s2 s3
}

@test "three runs a side: a regression by the runs' names alone says so" {
	# All of new is slower, one of it by far: that is no interval of Student's.
	paced l1 1; paced l2 1.03; paced l3 1.05; paced m1 1.06; paced m2 1.10; paced m3 2.2
	run -1 metricsagg compare -b l1 -b l2 -b l3 m1 m2 m3
	[ "$(grep -cE '^  decode_tps .* ~ .* p=0.050 +n=3\+3 runs  inconclusive by its interval  REGRESSION by the ways to name the runs$' <<<"$output")" -eq 4 ]
}

@test "what one run of three has not is named" {
	paced d1 1; paced d2 1; paced d3 1; paced e1 1; paced e2 1; paced e3 1
	grep -v '"scenario":"moe"' e3 | jq -c 'select(.type != "chunk" or .i < 2)' >e4
	run -5 metricsagg compare -b d1 -b d2 -b d3 e1 e2 e4
	[[ ${lines[0]} == "cannot tell: tiny / "*" was measured in base and in 2 of 3 runs of new only; and "*" more" ]]
	grep -qE '^  decode_tps +62.5 tok/s +62.5 tok/s +~  measured in 2 of 3 runs of new only  cannot tell$' <<<"$output"
}

@test "more failures in each of three runs are a regression, in one of them not" {
	for r in f1 f2 f3 g1 g2 g3; do "$MKRAW" -r $r >$r; done
	for r in g1 g2 g3; do sed '/"response"/s/"status":"ok"/"status":"timeout"/' $r >$r.bad; done
	run -1 metricsagg compare -b f1 -b f2 -b f3 g1.bad g2.bad g3.bad
	[[ ${lines[0]} == "regression: tiny / "*": 0 of "*" requests failed before, "*" now; and 3 more" ]]
	run metricsagg compare -b f1 -b f2 -b f3 g1.bad g2 g3
	[[ $output != *REGRESSION* ]]
}

@test "a metrics file can stand for its raw file" {
	run -0 metricsagg compare metrics new
	[ "$(grep -c equivalent <<<"$output")" -eq 20 ]
	diff <(metricsagg compare base slow | grep -E 'ttft|decode|e2e') <(metricsagg compare metrics slow | grep -E 'ttft|decode|e2e')
}

@test "rules from a configuration file" {
	printf 'compare:\n  fail_if: ["ttft_s > 5%%"]\n' >rules.yaml
	run -0 metricsagg compare -c rules.yaml base slow
	printf 'compare:\n  fail_if: ["decode_tps < -5%%"]\n' >rules.yaml
	run -1 metricsagg compare --config rules.yaml base slow
	printf 'compare:\n  fail_if: ["decode_tps"]\n' >rules.yaml
	run -2 --separate-stderr metricsagg compare -c rules.yaml base slow
	[[ $stderr == *"rules.yaml:2:"* ]]
	# What is not found would let everything pass.
	printf 'compare:\n  fail_iff: ["decode_tps < -5%%"]\n' >rules.yaml
	run -2 --separate-stderr metricsagg compare -c rules.yaml base slow
	[[ $stderr == *"rules.yaml:2:"*fail_iff*"fail_if"* ]]
	printf 'compare:\n  fail_if: decode_tps < -5%%\n' >rules.yaml
	run -2 --separate-stderr metricsagg compare -c rules.yaml base slow
	[[ $stderr == *"rules.yaml:2:"*"expected a list of rules"* ]]
	# All that is wrong in one go, each with its place.
	printf 'compare:\n  fail_if: ["decode_tp < -5%%", "ttft_s > 5%%", [1]]\n' >rules.yaml
	run -2 --separate-stderr metricsagg compare -c rules.yaml base slow
	[ "$stderr" = "metricsagg: rules.yaml:2:13: fail_if: decode_tp is not compared; did you mean 'decode_tps'?
metricsagg: rules.yaml:2:47: fail_if: 'a list' is not a rule like 'decode_tps < -5%'" ]
}

@test "peak memory is compared load by load" {
	"$MKRAW" -b 4 >four.ndjson
	"$MKRAW" -r R2 -b 4 -l 8388608 >leaky.ndjson
	run -1 metricsagg compare -f 'peak_memory_mib > 10%' four.ndjson leaky.ndjson
	[ "$(grep -cE '^  peak_memory_mib +(400|500) MiB +(512|612) MiB +\+(28|22).* n=4 loads  different  REGRESSION$' <<<"$output")" -eq 2 ]
	run -0 metricsagg compare -f 'peak_memory_mib > 10%' four.ndjson four.ndjson
}

@test "bad lines: compared all the same, status 3" {
	{ cat new/raw.ndjson; echo garbage; } >bad.ndjson
	run -3 --separate-stderr metricsagg compare base bad.ndjson
	[[ ${lines[0]} == "no regression: "* ]]
	[ "$stderr" = "metricsagg: bad.ndjson:$(wc -l <bad.ndjson): not JSON; the line is left out" ]
}

@test "misuse: status 2 and what is wrong" {
	run -2 --separate-stderr metricsagg compare base
	[ "${stderr_lines[0]}" = "metricsagg: compare: two operands are needed, BASE and NEW; several runs a side: -b BASE... NEW..." ]
	run -2 --separate-stderr metricsagg compare -b base
	[ "${stderr_lines[0]}" = "metricsagg: compare: which runs are new?" ]
	run -2 --separate-stderr metricsagg compare -b base -b new -b base slow
	[ "${stderr_lines[0]}" = "metricsagg: base: given twice on one side; a run counts once" ]
	# Nor by another name, or as a copy.
	for again in base/ base/raw.ndjson metrics; do
		run -2 --separate-stderr metricsagg compare -b base -b $again slow
		[[ $stderr == "metricsagg: $again"*": run R1 is on this side already; a run counts once" ]]
	done
	# A format that is not known is not compared, either.
	sed 's/"v":1,/"v":9,/' base/raw.ndjson >newer.ndjson
	run -3 --separate-stderr metricsagg compare newer.ndjson base
	[[ ${stderr_lines[0]} == "metricsagg: run R1: its format version is not 1;"* ]]
	[ "$output" = "" ]
	run -2 --separate-stderr metricsagg compare -f 'decode_tps' base new
	[ "${stderr_lines[0]}" = "metricsagg: --fail-if: 'decode_tps' is not a rule like 'decode_tps < -5%'" ]
	run -2 --separate-stderr metricsagg compare -f 'speed < -5%' base new
	[[ ${stderr_lines[0]} == "metricsagg: --fail-if: speed is not compared;"* ]]
	run -4 --separate-stderr metricsagg compare base nowhere
	[ "$stderr" = "metricsagg: nowhere: No such file or directory" ]
	mkdir nothing
	run -4 --separate-stderr metricsagg compare base nothing
	[ "$stderr" = "metricsagg: nothing/raw.ndjson: No such file or directory" ]
	run -3 --separate-stderr metricsagg compare base /dev/null
	[ "${stderr_lines[${#stderr_lines[@]} - 1]}" = "metricsagg: /dev/null: no requests to compare; it takes raw records, or what metricsagg --samples writes" ]
}

@test "a pair that new has not is said once, and nothing in common in one line" {
	sed 's/"tiny"/"other"/g' base/raw.ndjson >other.ndjson
	cp base/raw.ndjson raw.ndjson
	run -5 --separate-stderr metricsagg compare raw.ndjson other.ndjson
	[ "$output" = "cannot tell: no pair of base was measured in new; both sides need the same pair, by name

base: raw.ndjson
new:  other.ndjson

tiny
  not measured in new" ]
	# Two of them, whose loads and requests take turns.
	jq -c 'if .variant == "mlx" then .pair = "first" elif .pair then .pair = "second" else . end' base/raw.ndjson >two.ndjson
	run -5 metricsagg compare two.ndjson other.ndjson
	[ "$(tail -n 5 <<<"$output")" = $'second\n  not measured in new\n\nfirst\n  not measured in new' ]
	[ "$(grep -c 'not measured in new' <<<"$output")" -eq 2 ]
	# Beside one that both have.
	sed 's/"R1"/"R2"/' other.ndjson | cat - raw.ndjson >both.ndjson
	run -5 --separate-stderr metricsagg compare both.ndjson raw.ndjson
	[ "$(grep -c 'not measured in new' <<<"$output")" -eq 1 ]
	[[ $output == *$'\n\nother\n  not measured in new'* ]]
	[[ $output == *$'\n\ntiny / '* ]]
}
