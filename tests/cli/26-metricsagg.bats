#!/usr/bin/env bats
# metricsagg: exact values from a run with known truth (tests/helpers/mkraw.c),
# any order of the input, bad input, and the edges of every tool.
bats_require_minimum_version 1.5.0

setup_file() {
	export MKRAW=$LMG_BUILD/helpers/mkraw
	cd "$BATS_FILE_TMPDIR"
	"$MKRAW" >raw.ndjson
	metricsagg --no-samples raw.ndjson >metrics.ndjson
	metricsagg --samples raw.ndjson >samples.ndjson
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

# value FILTER: jq over the metrics, compact.
value() {
	jq -c "$1" metrics.ndjson
}

@test "without --samples there are no rows of single requests, and the rest is the same to the byte" {
	only() { jq -c "select(.type == \"phase\" or .type == \"sample\" or .type == \"end\" | $1)" "$2"; }
	[ -z "$(grep '"type":"sample"' metrics.ndjson)" ]
	cmp <(only not samples.ndjson) <(only not metrics.ndjson)
	# The phases of all requests of a visit are one; its others are as they were.
	run -0 jq -rs '[.[] | select(.type == "phase" and .block == 1 and .variant == "gguf").phase] | join(" ")' metrics.ndjson
	[ "$output" = "baseline load loaded requests unload after_unload" ]
	cmp <(jq -c 'select(.type == "phase" and (.phase | IN("prefill", "decode", "between") | not))' samples.ndjson) \
	    <(jq -c 'select(.type == "phase" and .phase != "requests")' metrics.ndjson)
	spans='group_by([.variant, .block])[] | [(map(.from_s) | min), (map(.to_s) | max)]'
	[ "$(jq -cn "[inputs | select(.type == \"phase\" and .phase == \"requests\")] | $spans" metrics.ndjson)" = \
	    "$(jq -cn "[inputs | select(.phase == \"prefill\" or .phase == \"decode\" or .phase == \"between\") | select(.type == \"phase\")] | $spans" samples.ndjson)" ]
	# Neither the report nor the verdicts need them.
	cmp <(mkreport metrics.ndjson) <(mkreport samples.ndjson)
	cmp <(mkreport --details metrics.ndjson) <(mkreport --details samples.ndjson)
	cmp <(mkreport --format json metrics.ndjson) <(mkreport --format json samples.ndjson)
	run -3 --separate-stderr mkreport --format csv --table requests metrics.ndjson
	[ "$stderr" = "mkreport: --table requests: run R1 has no records of each request; metricsagg --samples writes them" ]
}

@test "runs of at most 500 requests have a record of each; of more, only when asked for" {
	samples() { metricsagg "$@" | grep -c '"type":"sample"' || true; }
	"$MKRAW" -n 100 -c 2 -m 10 >few.ndjson
	"$MKRAW" -n 130 -c 2 -m 10 >more.ndjson
	[ "$(samples few.ndjson)" -eq "$(samples --samples few.ndjson)" ] && [ "$(samples few.ndjson)" -gt 300 ]
	[ "$(samples --no-samples few.ndjson)" -eq 0 ]
	[ "$(samples more.ndjson)" -eq 0 ]
	[ "$(samples --samples more.ndjson)" -gt 300 ]
}

@test "of many requests, what is written is a tenth of what was read" {
	"$MKRAW" -n 2000 -c 2 -m 1000 >many.ndjson
	[ "$(metricsagg many.ndjson | wc -c)" -lt $(($(wc -c <many.ndjson) / 10)) ]
}

@test "every line of the output is JSON with type, run and t_ns first" {
	[ "$(value 'keys_unsorted[:3] | join(",")' | sort -u)" = '"type,run,t_ns"' ]
	[ "$(wc -l <metrics.ndjson)" -eq "$(value 'select(.type == "end").records')" ]
	run ! grep -E 'nan|inf|NaN|Infinity' <(sed 's/"[^"]*"//g' metrics.ndjson)
}

@test "records come in the order of the manual" {
	run jq -rn '[inputs.type] | reduce .[] as $t ([]; if .[-1] == $t then . else . + [$t] end) | join(" ")' samples.ndjson
	[ "$output" = "run integrity metric sample memory pressure timeline phase moe compare stability bandwidth drift ecdf self end" ]
}

@test "times and rates are those that were put in" {
	local m
	m='select(.type == "metric" and .scenario == "simple" and .by == null and .variant == $v)'
	run jq -c --arg v gguf "$m | select(.metric == \"ttft_s\") | [.n, .min, .p50, .p90, .max, .ci_lo, .ci_hi, .server_rel_diff]" metrics.ndjson
	[ "$output" = '[20,0.2,0.202,0.204,0.204,0.201,0.203,0]' ]
	run jq -c --arg v gguf "$m | select(.metric == \"decode_tps\" or .metric == \"tpot_s\") | [.n, .min, .p50, .max, .p99]" metrics.ndjson
	[ "$output" = $'[20,0.02,0.02,0.02,null]\n[20,50,50,50,null]' ]
	run jq -c --arg v mlx "$m | select(.metric == \"icl_s\" or .metric == \"stall_s\") | [.n, .p50, .p99, .max]" metrics.ndjson
	[ "$output" = $'[20,0.016,null,0.016]\n[200,0.016,0.016,0.016]' ]
}

@test "prefill speed is taken from the server's events where there are any" {
	run value 'select(.type == "metric" and .metric == "prefill_tps" and .by == null and .scenario == "simple") | [.variant, .source]'
	[ "$output" = $'["gguf","ttft"]\n["mlx","events"]' ]
	# Request 1 of mlx: 100 tokens, ttft 150 ms, prefill 148 ms of it.
	run jq -c 'select(.type == "sample" and .variant == "mlx" and .prompt_key == "simple/0").prefill_tps * 148 | round' samples.ndjson
	[ "$output" = 100000 ]
}

@test "load time stands beside the server's own figure" {
	run value 'select(.type == "metric" and .metric == "load_s") | [.variant, .scenario, .n, .p50, .server_p50]'
	[ "$output" = $'["gguf",null,2,1,0.99]\n["mlx",null,2,1.5,1.49]' ]
}

@test "the runtime is the one that was asked for before the unload" {
	[ "$(value 'select(.type == "run").models | map(.runtime)')" = '["gguf-engine 1.2","mlx-engine 1.2"]' ]
	[ "$(shuf --random-source=<(yes) raw.ndjson | metricsagg | jq -c 'select(.type == "run").models | map(.runtime)')" = '["gguf-engine 1.2","mlx-engine 1.2"]' ]
}

@test "memory by phase: what was loaded, what it grew, what came back" {
	local m='select(.type == "memory" and .counter == $c and .variant == $v) | [.phase, .p50_bytes / 1048576, .growth_bytes]'
	run jq -c --arg c anon_swap --arg v mlx "$m" metrics.ndjson
	[ "${lines[0]}" = '["baseline",100,null]' ]
	[ "${lines[2]}" = '["loaded",500,419430400]' ]
	[ "${lines[4]}" = '["decode",500,419430400]' ]
	[ "${lines[6]}" = '["after_unload",100,0]' ]
	run jq -c --arg c file --arg v gguf "$m" metrics.ndjson
	[ "${lines[2]}" = '["loaded",300,314572800]' ]
	run value 'select(.type == "memory" and .counter == "anon" and .variant == "mlx" and .phase == "whole").over_size_ratio * 350'
	[ "$output" = 500 ]
}

@test "variants are compared pair by pair" {
	local two='select(.type == "compare" and .headline and .scenario == "simple")
	    | [.base, .new, .rounds, .e_needed, .decided_after, .verdict, .better, (.ratio * 1000 | round)]'
	# Two rounds decide nothing, however clear they are; four do.
	run value "$two"
	[ "$output" = $'["gguf","mlx",2,40,null,"inconclusive",null,752]\n["gguf","mlx",2,40,null,"inconclusive",null,1250]' ]
	run jq -c "$two" <("$MKRAW" -b 4 | metricsagg)
	[ "$output" = $'["gguf","mlx",4,40,4,"different","mlx",752]\n["gguf","mlx",4,40,4,"different","mlx",1250]' ]
}

@test "only the headline metrics of one scenario are tested, and memory" {
	run value 'select(.type == "compare" and .headline) | [.scenario, .metric, .by, .level, .e_needed]'
	[ "$output" = '[null,"peak_bytes","counter","rss",20]
["simple","ttft_s",null,null,40]
["simple","decode_tps",null,null,40]' ]
	run value 'select(.type == "compare" and (.headline | not)) | .verdict, .better, .e_needed'
	[ "$(sort -u <<<"$output")" = $'"description"\nnull' ]
	# Memory of a variant that answered nothing decides nothing.
	run -0 bash -c 'grep -v "\"type\":\"response\"" raw.ndjson | metricsagg 2>/dev/null | jq -c "select(.metric == \"peak_bytes\")"'
	[ "$output" = "" ]
}

@test "domains stand side by side, and differ where they were made to" {
	run value 'select(.type == "moe" and .metric == "decode_tps") | [.variant, [.domains[] | .domain, .n, .p50], .differ]'
	[ "${lines[0]}" = '["gguf",["code",4,40,"math",4,50],true]' ]
	run value 'select(.type == "moe" and .metric == "ttft_s") | .differ'
	[ "$output" = $'false\nfalse' ]
	# One text, however often it was sent, is no sample of a domain.
	jq -c 'if .type == "request" and .domain then .prompt = .domain else . end' raw.ndjson | metricsagg >one.ndjson
	run jq -c 'select(.type == "moe" and .metric == "decode_tps") | [.domains[].n], .p, .differ' one.ndjson
	[ "${lines[0]} ${lines[1]} ${lines[2]}" = '[1,1] null null' ]
	run mkreport one.ndjson
	[[ $output == *"| cannot tell: one text is no sample of a domain |"* ]]
}

@test "a process that ends while a load goes well, or with its model, is no lost worker, and no finding" {
	# The first load of gguf is from 1.0 to 2.0 s.
	note() { echo '{"type":"note","run":"R1","t_ns":'$1',"level":"warn","code":"worker_exit","step":1,"message":"node ended"}'; }
	unloaded=$(jq -n 'first(inputs | select(.type == "unload" and .phase == "end").t_ns)' raw.ndjson)
	for t in 1500000000:0 2500000000:1 "$unloaded:0"; do
		{ cat raw.ndjson; note "${t%:*}"; } | metricsagg >exit.ndjson
		run jq -c 'select(.type == "stability") | [.variant, .worker_exits]' exit.ndjson
		[ "$output" = $'["gguf",'"${t#*:}"$']\n["mlx",0]' ]
		[ "$(jq -s 'map(select(.code? == "worker_exit").count) | add // 0' exit.ndjson)" = "${t#*:}" ]
	done
}

@test "what failed, cold and warm, is one finding; what differs between them is told of each" {
	jq -nc '[inputs] | map(select(.type == "step" and .scenario == "simple").step) as $steps
	    | map(select(.type == "request" and (.step | IN($steps[])) and .warmup != true).req) as $reqs
	    | ($reqs | map(select(. % 2 == 1))) as $warm | .[]
	    | if .type == "request" and (.req | IN($warm[])) then .cache = "warm" else . end
	    | if .type == "response" and (.req | IN($reqs[])) then .server.ttft_s *= 0.8 else . end
	    | if .type == "response" and (.req | IN($warm[])) then .server.ttft_s *= 0.5 | .cached_tokens = 90 else . end
	    | if .type == "response" and (.req | IN($reqs[0:3][])) then .status = "timeout" else . end' raw.ndjson >halves
	said() { metricsagg halves | jq -r --arg c "$1" 'select(.code? == $c and .variant == "gguf") | [.count, .message] | join(" ")'; }
	[ "$(said failed_requests)" = "3 3 of 20 requests failed" ]
	run said server_ttft_differs
	[[ ${lines[0]} == "9 our ttft_s of cold prompts is +25.0 % off the server's own figure (median of 9 requests)" ]]
	[[ ${lines[1]} == "8 our ttft_s of warm prompts is 2.5 times the server's own figure (median of 8 requests)" ]]
	[ "${#lines[@]}" -eq 2 ]
}

@test "why a part of a run ended is no finding of the run that went on" {
	note() { echo '{"type":"note","run":"R1","t_ns":'$1',"level":"info","code":"budget","step":1,"message":"the time budget is used up"}'; }
	resumed() { jq -c 'select(.type == "run") | .t_ns = 2000000000' raw.ndjson; }
	for t in 1500000000:0 2500000000:1; do
		run jq -rs 'map(select(.type == "integrity").code | select(. == "budget" or . == "resumed")) | sort | join(" ")' \
		    <({ cat raw.ndjson; note "${t%:*}"; resumed; } | metricsagg)
		[ "${output/resumed/}" = "$([ "${t#*:}" = 0 ] || echo "budget ")" ]
	done
	jq -es 'any(.type == "integrity" and .code == "budget")' <({ cat raw.ndjson; note 1500000000; } | metricsagg)
}

@test "energy: exact where it is known, by request and by phase" {
	"$MKRAW" -m 1 -e | metricsagg >energy.ndjson
	# 0.402 s at 50 + 2 W, 0.312 s at 30 + 2 W; 11 tokens each.
	run jq -c 'select(.type == "metric" and .scenario == "simple" and .by == null and .unit == "J")
	    | [.variant, .metric, .n, (.p50 * 11000 | round)]' energy.ndjson
	[ "$output" = '["gguf","energy_j",20,229944]
["gguf","energy_per_1000_tokens_j",20,20904000]
["mlx","energy_j",20,109824]
["mlx","energy_per_1000_tokens_j",20,9984000]' ]
	run jq -c 'select(.type == "compare" and .scenario == "simple" and .metric == "energy_j") | [.verdict, (.ratio * 1000 | round)]' energy.ndjson
	[ "$output" = '["description",478]' ]
	run jq -r 'select(.type == "energy" and (.phase == "between" or .phase == "decode"))
	    | [.variant, .counter, .phase, .phase_s, .covered_s, (.mean_w * 1e6 | round / 1e6)] | @tsv' energy.ndjson
	[ "$output" = "$(printf '%s\t' gguf cpu decode 5.8 5.8)50
$(printf '%s\t' gguf cpu between 14 14)10
$(printf '%s\t' gguf dram decode 5.8 5.8)2
$(printf '%s\t' gguf dram between 14 14)2
$(printf '%s\t' gguf server_cpu decode 5.8 5.8)4
$(printf '%s\t' gguf server_cpu between 14 14)4
$(printf '%s\t' mlx cpu decode 4.68 4.68)30
$(printf '%s\t' mlx cpu between 14 14)10
$(printf '%s\t' mlx dram decode 4.68 4.68)2
$(printf '%s\t' mlx dram between 14 14)2
$(printf '%s\t' mlx server_cpu decode 4.68 4.68)4
$(printf '%s\t' mlx server_cpu between 14 14)4" ]
}

@test "energy: a counter that begins anew leaves a hole, and a null none" {
	"$MKRAW" -m 1 -e >energy.raw
	# The CPU's falls to 0 at 20.000 s, in the second visit; its readings
	# from 40 to 41 s are missing: the next one tells what they would have.
	jq -c 'if .type == "mem" and .t_ns >= 20000000000 then .sys.cpu_energy_nj -= 100000000000 else . end
	    | if .type == "mem" and .t_ns >= 40000000000 and .t_ns < 41000000000 then .sys.cpu_energy_nj = null else . end' energy.raw |
	    metricsagg >hole.ndjson
	metricsagg energy.raw >whole.ndjson
	run jq -r 'select(.type == "energy" and .counter == "cpu" and .phase == "whole") | [.variant, ((.phase_s - .covered_s) * 1000 | round), (.energy_j * 1000 | round)] | @tsv' hole.ndjson
	f='select(.type == "energy" and .counter == "cpu" and .phase == "whole" and .variant == $v).energy_j * 1000'
	gguf=$(jq --arg v gguf "$f | round" whole.ndjson)
	mlx=$(jq --arg v mlx "$f" whole.ndjson)
	[ "${lines[0]}" = "$(printf 'gguf\t0\t%s' "$gguf")" ]
	[[ ${lines[1]} == "$(printf 'mlx\t1\t')"* ]]
	[ "$(jq -n "$mlx - ${lines[1]##*$'\t'} | . >= 9 and . <= 31")" = true ]
	shuf --random-source=<(yes) energy.raw | metricsagg | cmp - whole.ndjson
}

@test "energy: a request that is too short for the readings has no figure" {
	"$MKRAW" -m 100 -e | metricsagg --samples >coarse.ndjson
	# 0.4 s hold four or five readings, 0.3 s three or four.
	[ "$(jq -c 'select(.type == "sample" and .variant == "mlx" and .energy_j != null)' coarse.ndjson)" = "" ]
	[ "$(jq -s 'map(select(.type == "energy" and .variant == "mlx" and .counter == "cpu" and .phase == "whole")) | .[0].energy_j > 440' coarse.ndjson)" = true ]
}

@test "pressure and swap are told by variant and phase" {
	"$MKRAW" -p | metricsagg >pressed.ndjson
	run jq -c 'select(.type == "pressure" and .pressed > 0) | [.variant, .phase, .n, .pressed, .pressure_max, .swap_grew_bytes / 1048576]' pressed.ndjson
	[ "$output" = '["gguf","decode",58,58,20,58]
["gguf","whole",289,58,20,58]' ]
	[ "$(jq -r 'select(.code == "memory_pressure").message' pressed.ndjson)" = "the system reported memory pressure in 58 samples" ]
	# macOS tells a level, also in a sample that has no footprint.
	"$MKRAW" -p | jq -c 'if .type == "mem" then if .sys.pressure == 20 then .sys.pressure = 2 else .footprint_bytes = .rss_bytes end else . end' | metricsagg >level.ndjson
	[ "$(jq -r 'select(.code == "memory_pressure").message' level.ndjson)" = "the system reported memory pressure in 58 samples" ]
}

@test "the tail of the gaps pools the requests, the interval does not" {
	"$MKRAW" -n 60 -j 3000 | metricsagg >tail.ndjson
	jq -es 'map(select(.type == "metric" and .metric == "icl_s" and .scenario == "simple" and .by == null))
	    | length == 2 and all(.n == 1200 and .requests == 120
	    and (.tail_ratio - .p99 / .p50 | fabs) < 1e-12 and .tail_lo < .tail_ratio and .tail_ratio < .tail_hi
	    and .tail_hi < 1.2)' tail.ndjson
	# Four requests of a domain: 40 gaps have no 99th percentile.
	jq -es 'map(select(.type == "metric" and .metric == "icl_s" and .by == "domain"))
	    | length == 4 and all(.n == 40 and .requests == 4 and .tail_ratio == null)' tail.ndjson
}

@test "a ladder that is climbed once is no drift" {
	# Eight requests with 100 tokens, then eight with 200, twice as slow.
	"$MKRAW" -n 16 -b 1 | jq -c 'if .type == "request" then .target_tokens = (if .req <= 8 then 100 else 200 end) else . end
	    | if .type == "chunk" and .req > 8 and .req <= 16 then .t_ns += .i * 20000000 else . end' | metricsagg >ladder.ndjson
	jq -es 'map(select(.type == "drift" and .variant == "gguf" and .scenario == "simple"))
	    | length == 3 and all(.n == 16 and (.change_ratio | fabs) < 0.05 and .span_s > 10)' ladder.ndjson
	# The middle of a few slopes says nothing.
	"$MKRAW" -n 9 -b 1 | metricsagg | jq -es 'map(select(.type == "drift")) == []'
	run jq -c 'select(.type == "metric" and .variant == "gguf" and .metric == "decode_tps" and .by == "target_tokens") | [.level, .p50]' ladder.ndjson
	[ "$output" = $'["100",50]\n["200",25]' ]
}

@test "a time that falls and falls: no drift of more than all of it" {
	# 5.2 s to the first token, then 1.7 s, 0.4, 0.3, 0.2 ...: a straight line ends far below 0.
	"$MKRAW" -n 12 -b 1 | jq -c 'if .type == "chunk" and .req <= 4 then .t_ns += ([5, 1.5, 0.2, 0.1][.req - 1] * 1e9) else . end' | metricsagg >fall.ndjson
	jq -es 'map(select(.type == "drift" and .variant == "gguf" and .scenario == "simple" and .metric == "ttft_s"))
	    | length == 1 and all(.change_ratio < -0.01 and .change_ratio > -1)' fall.ndjson
	run -0 mkreport fall.ndjson
	[ -z "$(grep -E -- '-[1-9][0-9]{2,}(\.[0-9]+)? %' <<<"$output" | grep -v -- '-100 %')" ]
}

@test "a worker that is started anew begins another series, and each is judged" {
	local exit='{type: "note", run, t_ns: (.t_ns - 1000), level: "warn", step, message: "process 7 ended"'
	"$MKRAW" -n 60 -l 1048576 -b 1 >leaky.raw
	jq -c "., (select(.type == \"request\" and .req == 41) | $exit, code: \"worker_exit\"})" leaky.raw | metricsagg >leak.ndjson
	run jq -c 'select(.type == "leak" and .deciding) | [.variant, .part, .verdict, .n_requests, .late_slope_bytes_per_request]' leak.ndjson
	[ "$output" = $'["gguf",1,"leak",39,1048576]\n["gguf",2,"leak",20,1048576]\n["mlx",null,"leak",60,1048576]' ]
	mkreport leak.ndjson | grep -q '| `gguf` | `simple` | `anon_swap` (decides) | \*\*leak\*\*: .*; until the worker was started anew | 39 |'
	mkreport leak.ndjson | grep -q '; after restart 1 of the worker | 20 |'
	# Eight requests after it say nothing by themselves, and are named.
	jq -c "., (select(.type == \"request\" and .req == 53) | $exit, code: \"worker_exit\"})" leaky.raw | metricsagg |
	    jq -c 'select(.type == "leak" and .deciding and .variant == "gguf") | [.part, .verdict, .n_floors]' >parts
	[ "$(cat parts)" = $'[1,"leak",51]\n[2,"insufficient",8]' ]
	# What is left when it has ended is no floor of its own: it ended in request 40, and the server alone is small.
	jq -c "(select(.type == \"request\" and .req == 40) | $exit, code: \"worker_exit\"} | .t_ns += 2000), ." leaky.raw |
	    jq -nc 'foreach inputs as $l ({dead: false}; .dead = ($l.code == "worker_exit" or (.dead and ($l.type != "request" or $l.req == 40)));
	        if .dead and $l.type == "mem" then $l | .rss_bytes |= (. / 16 | floor) | .anon_bytes |= (. / 16 | floor) else $l end)' >ended.raw
	metricsagg ended.raw | jq -c 'select(.type == "leak" and .deciding and .variant == "gguf") | [.part, .verdict, .n_requests, .growth_bytes > 0]' >parts
	[ "$(cat parts)" = $'[1,"leak",39,true]\n[2,"leak",20,true]' ]
	# Another note is no restart.
	jq -c "., (select(.type == \"request\" and .req == 41) | $exit, code: \"retried\"})" leaky.raw | metricsagg | jq -se '[.[] | select(.type == "leak").part] | all(. == null)'
}

@test "what a server may cache is what that server has, whatever the format" {
	"$MKRAW" -n 20 -l 1048576 -b 1 >leaky.raw
	cached() { jq -c "if .type == \"load\" and .phase == \"end\" then . + $1 else . end" leaky.raw | metricsagg | jq -c 'select(.type == "leak" and .deciding) | [.variant, .cache_budget_bytes, .cache_budget_from, .within_cache_budget]'; }
	[ "$(cached '{}')" = $'["gguf",null,null,null]\n["mlx",null,null,null]' ]
	[ "$(cached '{api: "lmstudio", server_name: "LM Studio"}')" = $'["gguf",null,null,null]\n["mlx",null,null,null]' ]
	[ "$(cached '{api: "openai", server_name: "llama-server"}')" = $'["gguf",8589934592,"default",true]\n["mlx",8589934592,"default",true]' ]
	[ "$(cached '{cache_budget_bytes: 1000}')" = $'["gguf",1000,"configured",false]\n["mlx",1000,"configured",false]' ]
}

@test "a leak of a megabyte per request is found, and its size" {
	"$MKRAW" -n 40 -l 1048576 -b 1 | metricsagg >leak.ndjson
	run jq -c 'select(.type == "leak" and .deciding) | [.variant, .scenario, .counter, .verdict, .n_floors, .late_slope_bytes_per_request, (.points | length)]' leak.ndjson
	[ "$output" = $'["gguf","simple","anon_swap","leak",40,1048576,40]\n["mlx","simple","anon_swap","leak",40,1048576,40]' ]
}

@test "without growth the verdict is stable" {
	"$MKRAW" -n 40 -b 1 | metricsagg >flat.ndjson
	run jq -c 'select(.type == "leak" and .deciding) | .verdict' flat.ndjson
	[ "$output" = $'"stable"\n"stable"' ]
}

@test "any order of the lines, and several runs interleaved, give the same bytes" {
	"$MKRAW" -r R2 -n 13 -l 4096 >two.ndjson
	cat raw.ndjson two.ndjson | metricsagg >want
	cat two.ndjson raw.ndjson | metricsagg | cmp - want
	for seed in 1 2 3; do
		cat raw.ndjson two.ndjson | shuf --random-source=<(yes "$seed") | metricsagg | cmp - want
	done
	paste -d '\n' raw.ndjson two.ndjson | grep . | metricsagg | cmp - want
	[ "$(jq -c 'select(.type == "run").run' want)" = $'"R1"\n"R2"' ]
}

@test "repeated records change nothing but a finding" {
	cat raw.ndjson raw.ndjson | metricsagg --no-samples | grep -v repeated_records >twice
	diff <(grep -v '"type":"end"' metrics.ndjson) <(grep -v '"type":"end"' twice)
}

@test "parts made by GNU parallel merge to the bytes of one pass" {
	command -v parallel >/dev/null || skip "no GNU parallel"
	"$MKRAW" -n 20 -c 40 >big.ndjson
	metricsagg big.ndjson >want
	parallel --no-notice --pipe --block 50k -j 2 metricsagg --partial <big.ndjson >parts
	[ "$(wc -l <parts)" -lt "$(($(wc -l <big.ndjson) / 2))" ]
	metricsagg --merge parts | cmp - want
	tac parts | metricsagg --partial | metricsagg --merge | cmp - want
	(head -n 900 big.ndjson | metricsagg --partial; tail -n +901 big.ndjson) | metricsagg --merge | cmp - want
}

@test "a cut stream is analysed, and says so" {
	head -c 150000 raw.ndjson >cut.ndjson
	run -0 --separate-stderr metricsagg cut.ndjson
	[ "$stderr" = "metricsagg: cut.ndjson:$(($(wc -l <cut.ndjson) + 1)): the last line is incomplete, the stream was cut off" ]
	run jq -c 'select(.type == "integrity" and .level == "warn").code' <<<"$output"
	[[ $output == *'"cut_line"'* ]] && [[ $output == *'"missing_end"'* ]]
}

@test "missing records in the middle are noticed" {
	grep -v '"i":3,' raw.ndjson | metricsagg >lost.ndjson
	run jq -c 'select(.type == "integrity" and .level == "error") | [.code, .count]' lost.ndjson
	[ "$output" = $'["chunk_count",20]\n["chunk_count",8]\n["chunk_count",20]\n["chunk_count",8]\n["lost_chunks",56]\n["lost_records",56]' ] ||
	    [ "$output" = $'["chunk_count",8]\n["chunk_count",20]\n["chunk_count",8]\n["chunk_count",20]\n["lost_chunks",56]\n["lost_records",56]' ]
}

@test "no input at all: status 3 and one clear line" {
	run -3 --separate-stderr metricsagg </dev/null
	[ "$stderr" = "metricsagg: no records in the input" ]
	[ "$(jq -r .type <<<"$output")" = end ]
}

@test "metrics given as raw records: says what to do" {
	run -3 --separate-stderr metricsagg metrics.ndjson
	[ "${stderr_lines[0]}" = "metricsagg: the input holds metrics, not raw records: give the raw.ndjson of the run" ]
}

@test "a line of 5 MiB is left out, the rest is used" {
	{ cat raw.ndjson; head -c 5242880 /dev/zero | tr '\0' x; echo; } >long.ndjson
	run -3 --separate-stderr metricsagg long.ndjson
	[ "$stderr" = "metricsagg: long.ndjson:$(wc -l <long.ndjson): longer than any record; the line is left out" ]
	run jq -c 'select(.code == "long_lines").count' <<<"$output"
	[ "$output" = 1 ]
}

@test "an unknown option, a missing file, a full disk, a reader that leaves" {
	run -2 --separate-stderr metricsagg --nonsense
	[[ $stderr == *"Try 'metricsagg --help'." ]]
	run -4 --separate-stderr metricsagg nowhere.ndjson
	[ "${stderr_lines[0]}" = "metricsagg: nowhere.ndjson: No such file or directory" ]
	run -4 --separate-stderr metricsagg .
	[ "${stderr_lines[0]}" = "metricsagg: .: a folder: name the file in it" ]
	run -4 --separate-stderr bash -c 'metricsagg raw.ndjson >/dev/full'
	[ "$stderr" = "metricsagg: standard output: write error: No space left on device" ]
	run -0 --separate-stderr bash -c 'metricsagg raw.ndjson | head -1'
	[ "$stderr" = "" ]
	run -0 metricsagg --help
	[[ $output == "usage: metricsagg [OPTION...] [FILE...]"* ]]
	run -0 metricsagg --version
	[[ $output == "metricsagg "* ]]
}

@test "a first SIGINT waits for the end of the pipe, a second one ends" {
	mkfifo pipe
	metricsagg --no-samples <pipe >out 2>err 3>&- &
	pid=$!
	exec 7>pipe
	cat raw.ndjson >&7
	sleep 0.3
	kill -INT "$pid"
	sleep 0.3
	kill -0 "$pid"
	exec 7>&-
	wait "$pid"
	cmp out metrics.ndjson
	grep -q 'interrupted: waiting for the end of the input' err
	metricsagg --no-samples <pipe >out 2>err 3>&- &
	pid=$!
	exec 7>pipe
	sleep 0.3
	kill -INT "$pid"
	sleep 0.3
	kill -INT "$pid"
	rc=0
	wait "$pid" || rc=$?
	exec 7>&-
	[ "$rc" -eq 130 ]
}

@test "--follow reads on until the run has ended, also where its folder is moved meanwhile" {
	mkdir folder
	head -n 300 raw.ndjson >folder/growing.ndjson
	metricsagg --no-samples --follow folder/growing.ndjson >out 2>err 3>&- &
	pid=$!
	sleep 0.5
	mv folder moved
	sleep 0.3
	kill -0 "$pid"
	tail -n +301 raw.ndjson >>moved/growing.ndjson
	wait "$pid"
	cmp out metrics.ndjson
	[ "$(tail -n 1 err)" = "R1  59 s  56 requests  0 failed  over" ]
	[ "$(wc -l <err)" -eq 1 ]
}

# Rows that are on the terminal at the end, of what was drawn.
last_screen() { tr -d '\r' | sed $'s/\033\\[K//g; s/^.*\033\\[[0-9]*A//; s/\033\\[J//g'; }

@test "--follow on a terminal: how each pair stands, in rows that fit, and no records" {
	[ "$(uname -s)" = Linux ] && command -v script >/dev/null || skip "another script(1)"
	export TERM=xterm
	script -qec "stty cols 80 rows 24; metricsagg --follow raw.ndjson" /dev/null </dev/null >out
	[ "$(last_screen <out | tail -n 5)" = "R1  59 s  56 requests  0 failed  over
tiny  2 rounds
  TTFT: mlx 0.752 times gguf  not decided  about 1 more round, 29 s
  decode: mlx 1.25 times gguf  not decided  about 1 more round, 29 s
  memory: gguf peak 400 MiB  mlx peak 500 MiB" ]
	# 40 columns, and names of characters that take two.
	sed 's/"tiny"/"模型模型模型模型模型模型模型模型模型模型"/g; s/"mlx"/"格式"/g' raw.ndjson >wide.ndjson
	script -qec "stty cols 40 rows 9; metricsagg --follow wide.ndjson" /dev/null </dev/null >out
	[ "$(last_screen <out | tail -n 8)" = "R1  59 s  56 requests  0 failed  over
模型模型模型模型模型模型模型模型模型模
  2 rounds
  TTFT: 格式 0.752 times gguf
    not decided
    about 1 more round, 29 s
  decode: 格式 1.25 times gguf
... 4 more" ]
}

@test "--follow waits for a file, begins anew where it was replaced, and ends with Ctrl-C" {
	set -m
	metricsagg --no-samples --follow later.ndjson >out 2>err 3>&- & pid=$!
	set +m
	sleep 0.3
	[ "$(cat err)" = "metricsagg: later.ndjson: not there yet; waiting for it" ]
	head -n 300 raw.ndjson | sed 's/"run":"R1"/"run":"R0"/' >later.ndjson
	sleep 0.5
	cp raw.ndjson other.ndjson
	mv other.ndjson later.ndjson
	wait "$pid"
	cmp out metrics.ndjson
	[ "$(sed 1d err)" = "metricsagg: later.ndjson: was cut or replaced; it is read anew
R1  59 s  56 requests  0 failed  over" ]
	head -n 300 raw.ndjson >growing.ndjson
	set -m
	metricsagg --follow growing.ndjson >out 2>err 3>&- & pid=$!
	set +m
	sleep 0.5
	kill -INT "$pid"
	wait "$pid"
	[[ "$(cat err)" =~ ^"R1  "[0-9]+" s  "[0-9]+" requests  0 failed"$ ]]
	[ "$(tail -n 1 out | jq -r .type)" = end ]
}

@test "--verbose says what was read" {
	run -0 --separate-stderr metricsagg --verbose raw.ndjson
	[[ $stderr == "metricsagg: $(wc -l <raw.ndjson) lines, $(wc -c <raw.ndjson) bytes, "* ]]
}

@test "a run that was resumed: steps done again are no contradiction" {
	"$MKRAW" -b 1 >first.ndjson
	jq -c 'if .type == "run" then .wall = "2026-11-23T01:00:00.000Z" else
	        .t_ns += 100000000000
	      | if .req then .req += 1000 else . end
	      | if .scheduled_ns then .scheduled_ns += 100000000000 else . end
	      | if .first_byte_ns then .first_byte_ns += 100000000000 else . end end' first.ndjson >second.ndjson
	cat second.ndjson first.ndjson | metricsagg >resumed.ndjson
	run jq -c 'select(.type == "integrity") | [.level, .code, .count]' resumed.ndjson
	[ "$output" = $'["info","resumed",1]\n["info","simulated",1]' ]
	run jq -c 'select(.type == "run") | [.requests, .complete, .wall, (.models[] | .loads)]' resumed.ndjson
	[ "$output" = '[56,true,"2026-11-23T00:00:00.000Z",2,2]' ]
	run jq -c 'select(.type == "metric" and .scenario == "simple" and .metric == "ttft_s") | [.n, .p50]' resumed.ndjson
	[ "$output" = $'[20,0.202]\n[20,0.152]' ]
	run jq -c 'select(.type == "self") | .cpu_ns' resumed.ndjson
	[ "$output" = $'2000000\n4000000' ]
	cat first.ndjson second.ndjson | shuf --random-source=<(yes) | metricsagg | cmp - resumed.ndjson

	# Its second part was cut off: the ends of the first are not its own, and who
	# follows it waits for them.
	jq -c 'if .type == "run" then .t_ns = 100000000000 else . end' second.ndjson >later.ndjson
	{ cat first.ndjson; head -n -2 later.ndjson; } >growing.ndjson
	run jq -c 'if .type == "run" then .complete elif .code == "missing_end" then [.code, .count] else empty end' \
	    <(metricsagg growing.ndjson)
	[ "$output" = $'false\n["missing_end",2]' ]
	metricsagg --follow growing.ndjson >followed.ndjson 2>err 3>&- & pid=$!
	sleep 0.3
	tail -n 2 later.ndjson >>growing.ndjson
	wait "$pid"
	metricsagg growing.ndjson | cmp - followed.ndjson
	[ "$(jq -c 'select(.type == "run").complete' followed.ndjson)" = true ]
}

@test "other programs at work: cores by visit, ours apart, and a finding where they are felt" {
	"$MKRAW" -b 1 >base.ndjson
	local middle
	middle=$(jq -s 'map(select(.type == "load" and .phase == "begin").t_ns) | max' base.ndjson)
	# The tree takes 0.1 cores, others 0.25 before the second load and 1.6 after it;
	# lmsdrive 0.05.  CPU times are in every fifth sample.
	jq -c --argjson middle "$middle" 'if .type == "run" then .host.cores = 8
	    elif .type == "mem" then (.t_ns / 1e8 | floor | . % 5 == 0) as $is
	      | .cpu_ns = (if $is then .t_ns / 10 | floor else null end)
	      | .sys.cpu_ns = (if $is then [.t_ns, $middle] | (min * 0.35) + (([.[0] - .[1], 0] | max) * 1.7) | floor else null end)
	    elif .type == "end" then .self.cpu_ns = (if .tool | startswith("lmsdrive") then .self.wall_ns / 20 | floor else null end)
	    else . end' base.ndjson >others.raw
	metricsagg others.raw >others.ndjson
	[ "$(jq -r 'select(.type == "pressure" and .phase == "whole") | [.variant, .other_cpu_cores, .other_cpu_cores_max | if type == "number" then . * 1000 | round else . end] | @tsv' others.ndjson)" = $'gguf\t200\t200\nmlx\t1550\t1550' ]
	[ "$(jq -r 'select(.code == "others_busy") | [.level, .variant, .count, .message] | @tsv' others.ndjson)" = \
	    $'warn\tmlx\t1\tother programs kept up to 1.6 cores busy in 1 of 1 visit: its times may be theirs' ]
	# A twentieth of 32 cores is more than that; without the counter nothing is said.
	jq -c 'if .type == "run" then .host.cores = 32 else . end' others.raw | metricsagg | jq -e -s 'all(.code != "others_busy")'
	metricsagg base.ndjson | jq -e -s 'map(select(.type == "pressure").other_cpu_cores) | all(. == null)'
}

@test "swapped out is what the variant's own server was, not its neighbour" {
	"$MKRAW" -b 1 | jq -c 'if .type == "step" then .port = (if .variant == "mlx" then 2 else 1 end)
	    elif .type == "mem" then .swap_bytes = 8388608
	      | .servers = [{port: 1, n_procs: 1, rss_bytes, anon_bytes, swap_bytes: 0}, {port: 2, n_procs: 1, rss_bytes, anon_bytes, swap_bytes: 8388608}]
	    else . end' >two.raw
	[ "$(metricsagg two.raw | jq -r 'select(.type == "pressure" and .phase == "whole") | [.variant, .own_swap_bytes] | @tsv')" = $'gguf\t0\nmlx\t8388608' ]
	said() { metricsagg "$1" | jq -r 'select(.code == "swapped") | [.variant, .message[:36]] | @tsv'; }
	[ "$(said two.raw)" = $'mlx\tup to 8 MiB of the server were swapp' ]
	jq -c 'del(.servers, .port)' two.raw >one.raw
	[ "$(said one.raw)" = $'\tup to 8 MiB of the server were swapp' ]
	# A few pages that nobody needs make no machine too small.
	jq -c 'if .type == "mem" then .swap_bytes = 40960 else . end' one.raw >pages.raw
	[ -z "$(said pages.raw)" ]
}

@test "a model that left memory and came back for a request: that wait is no time to first token, and it is said" {
	# From the answer to request 4 to the first token of request 5, so much of the mapped file is gone.
	gone() {
		jq -c --argjson share "$1" --slurpfile at <(jq 'select((.type == "response" and .req == 4) or (.type == "chunk" and .req == 5)).t_ns' raw.ndjson) '
		    if .type == "mem" and .t_ns > $at[0] and .t_ns < $at[1] then (.file_bytes * $share | floor) as $f
		      | .rss_bytes -= $f | .file_bytes -= $f else . end' raw.ndjson | metricsagg --samples
	}
	said() { jq -r 'select(.code == "evicted") | [.level, .variant, .scenario, .count] | @tsv'; }
	gone 1 >gone.ndjson
	[ "$(said <gone.ndjson)" = $'warn\tgguf\tsimple\t1' ]
	untimed() { jq -c 'select(.type == "sample" and .ttft_s == null) | [.req, .e2e_s, .decode_tps != null]'; }
	[ "$(untimed <gone.ndjson)" = '[5,null,true]' ]
	[ "$(gone 0.5 | said)" = "" ]
	# So is a load that the server tells of, and one that it slept for, of that
	# variant, until it has answered; of a warm-up nothing is missed.
	jq -c 'if .type == "response" and .req == 7 then .server.load_s = 0.2 else . end' raw.ndjson | metricsagg --samples >told.ndjson
	[ "$(said <told.ndjson)" = $'warn\tgguf\tsimple\t1' ]
	[ "$(untimed <told.ndjson)" = '[7,null,true]' ]
	# Of those that were sent together it is in the throughput.
	together() {
		jq -c --slurpfile at <(jq 'select(.type == "request" and (.req == 7 or .req == 8)).step' raw.ndjson) --argjson load "$1" '
		    if .step == $at[1] and .type != "step" then .step = $at[0] else . end
		    | if .type == "response" and .req == 7 then .server.load_s = $load else . end' raw.ndjson | metricsagg | jq -c 'select(.metric == "throughput_tps").n'
	}
	[ "$(together null)" = 1 ]
	[ "$(together 0.2)" = "" ]
	slept() {
		jq -c --slurpfile sent <(jq 'select(.type == "request" and .req == 5).t_ns' raw.ndjson) "$1 | . ,
		    if .type == \"end\" and .tool == \"lmsdrive\" then {type: \"note\", run, t_ns: (\$sent[0] - $2), level: \"warn\", code: \"asleep\", step: $3, message: \"slept\"} else empty end" raw.ndjson | metricsagg --samples
	}
	slept . 1 1 >slept.ndjson
	[ "$(said <slept.ndjson)" = $'warn\tgguf\tsimple\t1' ]
	[ "$(untimed <slept.ndjson)" = '[5,null,true]' ]
	[ "$(jq -c 'select(.code == "asleep") | [.pair, .variant]' slept.ndjson)" = '["tiny","gguf"]' ]
	[ "$(jq -c 'select(.type == "metric" and .metric == "ttft_s" and .by == null) | [.scenario, .variant, .n]' slept.ndjson | head -n 1)" = '["simple","gguf",19]' ]
	[ "$(slept 'if .type == "request" and .req == 5 then .warmup = true else . end' 1 1 | said)" = "" ]
	[ "$(slept 'if .type == "response" and .req == 5 then .status = "http_error" elif .type == "chunk" and .req == 5 then empty else . end' 1 1 | said)" = $'warn\tgguf\tsimple\t1' ]
	mlx=$(jq -s 'map(select(.type == "step" and .variant == "mlx"))[0].step' raw.ndjson)
	[ "$(slept . 1 "$mlx" | said)" = $'warn\tmlx\tsimple\t1' ]
	# Memory begins anew with such a load, and what was held before it is
	# judged for itself.
	"$MKRAW" -b 1 -n 40 -l 2000000 | jq -c 'if .type == "response" and .req == 20 then .server.load_s = 0.2 else . end' | metricsagg >anew.ndjson
	[ "$(jq -c 'select(.type == "leak" and .deciding) | [.variant, .part, .n_requests]' anew.ndjson)" = $'["gguf",1,18]\n["gguf",2,21]\n["mlx",null,40]' ]
	# Gone to the end, it delayed nobody.
	jq -c 'if .type == "mem" and .file_bytes > 0 and .t_ns > 8e9 then .rss_bytes -= .file_bytes | .file_bytes = 0 else . end' raw.ndjson | metricsagg >left.ndjson
	[ "$(said <left.ndjson)" = "" ]
}

@test "what is on its way to the server and back is not held against its time" {
	# Ours is 12 ms.
	by() { jq -c "if .type == \"request\" then .t_ns += 190000000 elif .type == \"response\" then .server.ttft_s = $1 else . end" raw.ndjson |
	    metricsagg | jq -r 'select(.code == "server_ttft_differs" and .variant == "gguf").message'; }
	[ -z "$(by 0.008)" ]
	[ "$(by 0.006 | tail -n 1)" = "our ttft_s is 2 times the server's own figure (median of 20 requests)" ]
}

@test "a rate of the last tokens is not held against the server's of all of them" {
	slow() { jq -c 'if .type == "response" then .server.tokens_per_s = 40 else . end' raw.ndjson; }
	said() { metricsagg | jq -r 'select(.code == "server_rate_differs").message'; }
	[[ $(slow | said | head -n 2 | tail -n 1) == *'decode_tps is +25.0 % off the server'* ]]
	# the first five of eleven were merged on our side
	slow | jq -sc '(map(select(.type == "chunk" and .i == 4) | {key: "\(.req)", value: .t_ns}) | from_entries) as $fifth | .[] |
	    if .type == "chunk" and .i < 4 then .early_ns = $fifth["\(.req)"] - .t_ns | .t_ns += .early_ns else . end' >merged.ndjson
	[ "$(said <merged.ndjson)" = "" ]
	[ "$(metricsagg merged.ndjson | jq -c 'select(.metric == "decode_tps" and .by == null).p50' | head -n 1)" = 50 ]
}

@test "the server's figure is that of the requests that have ours" {
	jq -c 'if .type == "response" and .req % 2 == 0 then .cached_tokens = .prompt_tokens - 1 | .server.ttft_s = 0.01 else . end' raw.ndjson | metricsagg >half.ndjson
	[ "$(jq -c 'select(.type == "metric" and .metric == "ttft_s" and .by == null) | [.n, .p50 == .server_p50, .server_rel_diff]' half.ndjson | head -n 1)" = '[10,true,0]' ]
}

@test "what the server had before, and has after: no memory is called not returned" {
	after() { metricsagg | jq -c 'select(.type == "memory" and .phase == "after_unload" and .counter == "rss") | .variant'; }
	[ "$(after <raw.ndjson | wc -l)" -ge 2 ]
	[ "$(jq -c 'if .type == "load" and .phase == "end" then .timed = false else . end' raw.ndjson | after)" = "" ]
}

@test "determinism: of prompts that ran twice, the share of the pairs of outputs that are equal" {
	# Three, two and one output of three prompts: 1 2 1 2 1 3.
	jq -cn 'reduce inputs as $r ({step: {}, n: 0, at: {}, out: []};
	    if $r.type == "step" then .step["\($r.step)"] = $r | .out += [$r]
	    elif $r.type == "request" and (.step["\($r.step)"] | .variant == "gguf" and .scenario == "simple") and .n < 6 then
	        .at["\($r.req)"] = .n | .out += [$r + {prompt_key: "k\([1, 2, 1, 2, 1, 3][.n])"}] | .n += 1
	    elif $r.type == "response" then .at["\($r.req)"] as $i
	      | .out += [$r + {output_sha256: (if $i == null then null else "\([10, 20, 10, 21, 11, 30][$i])" end)}]
	    else .out += [$r] end) | .out[]' raw.ndjson >same.ndjson
	run -0 jq -c 'select(.type == "determinism") | [.variant, .scenario, .groups, .requests, .equal_ratio]' <(metricsagg same.ndjson)
	[ "$output" = '["gguf","simple",2,5,0.25]' ]
}
