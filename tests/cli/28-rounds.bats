#!/usr/bin/env bats
# Who is called different: visits with known times, through the records and the
# report.  The times are of simulated runs of two identical variants.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# raw: visits from stdin, one a line (variant, block, the time to first token
# of every request in ms), to raw records; a token takes a third of it.
raw() {
	jq -Rcn '
	def rec($type; $t; $more): {type: $type, run: "R", t_ns: ($t * 1000000 | floor)} + $more;
	def step($op): {step: .step, op: $op, pair: "p", kind: "dense", variant: .v, model: .v, scenario: (if $op == "request" then "simple_gen" else null end), block: .block, rep: 1};
	rec("run"; 0; {v: 1, stream: "raw", tool: "lmsdrive 0.1.0", wall: "2026-01-01T00:00:00Z", origin_ns: "0", boot_id: "b"}),
	foreach (inputs | split(" ") | map(select(. != ""))) as $l ({t: 1000, step: 0, req: 0};
	    .v = $l[0] | .block = ($l[1] | tonumber) | .step += 1 | .out = [rec("step"; .t; step("load")), rec("load"; .t; {step, phase: "begin", model: .v}), rec("load"; .t + 3000; {step, phase: "end", model: .v, status: "ok"})]
	    | .t += 3500 | .step += 1 | .out += [rec("step"; .t; step("request"))]
	    | reduce ($l[2:][] | tonumber) as $ms (.; .req += 1
	      | .out += [rec("request"; .t; {req, step, prompt: "a", prompt_sha256: "00", prompt_bytes: 1, max_tokens: 11, scheduled_ns: null, cache: "cold", warmup: false}),
		(.t as $t | .req as $req | range(11) | . as $i | rec("chunk"; $t + $ms + $i * $ms / 3; {req: $req, i: $i, kind: "content", bytes: 1})),
		rec("response"; .t + 5 * $ms; {req, status: "ok", completion_tokens: 11, tokens_from: "usage"})]
	      | .t += 6 * $ms)
	    | .step += 1 | .out += [rec("step"; .t; step("unload")), rec("unload"; .t; {step, phase: "begin"}), rec("unload"; .t + 200; {step, phase: "end", status: "ok"})] | .t += 1000;
	    .out[])'
}

# tested: rounds, verdict and imbalance of what was tested.
tested() {
	raw | tee raw.ndjson | metricsagg 2>/dev/null | tee metrics.ndjson |
	    jq -c 'select(.type == "compare" and .headline) | [.metric, .rounds, .verdict, (.order_imbalance * 10 | round / 10)]'
}

@test "twins in two loads of ten: neighbours alike, warming, a load effect: nobody wins" {
	for times in \
	    "303 294 271 271 305 305 285 295 306 312/317 304 279 282 317 309 294 302 300 300/308 300 294 289 305 255 287 294 268 297/318 303 293 300 322 277 303 294 274 299" \
	    "303 273 306 296 313 284 322 329 292 330/330 305 316 317 334 306 333 342 303 341/330 390 340 317 346 345 355 356 353 313/325 367 345 326 341 337 368 350 351 321" \
	    "315 288 322 276 288 306 310 293 319 315/298 279 308 270 276 302 279 273 316 291/285 257 305 264 294 301 278 266 286 298/306 282 309 274 321 307 271 281 281 297"; do
		IFS=/ read -r a b c d <<<"$times"
		run tested <<<"A 1 $a
B 1 $b
B 2 $c
A 2 $d"
		[ "$output" = '["ttft_s",2,"inconclusive",0]
["decode_tps",2,"inconclusive",0]' ]
		run -0 mkreport metrics.ndjson
		[[ $output == *"**Recommendation:** none yet, the measurements do not decide it: more rounds (of "*") needed."* ]]
		[[ $output != *"loses on nothing"* ]]
	done
}

@test "a visit of two requests: the ratio of the speeds is one over that of the times" {
	raw <<<$'A 1 100 400\nB 1 100 100\nB 2 100 100\nA 2 100 400' >raw.ndjson
	run -0 jq -c 'select(.type == "compare" and .headline) | [.metric, (.ratio * 1e6 | round / 1e6)]' <(metricsagg raw.ndjson)
	[ "$output" = $'["ttft_s",0.5]\n["decode_tps",2]' ]
}

@test "A B A B is not compared: a trend alone would make a winner" {
	run tested <<<"A 1 325 295 286 295 303
B 1 328 319 317 321 319
A 2 343 326 339 351 331
B 2 365 343 367 369 354"
	[ "$output" = '["ttft_s",2,"confounded-by-order",1]
["decode_tps",2,"confounded-by-order",1]' ]
	run -0 mkreport metrics.ndjson
	[[ $output == *"| Faster decode | not compared | one came first too often"* ]]
}

@test "unequal visits, as a run that was resumed leaves them, are not compared" {
	run tested <<<"A 1 300 302 304 306 308 310 312 314 316 318
B 1 320 322 324 326 328 330 332 334 336 338 340 342 344
A 2 346 348 350 352"
	[ "$output" = '["ttft_s",1,"confounded-by-order",1]
["decode_tps",1,"confounded-by-order",1]' ]
}

@test "what only one of them answered makes no round: a limit that ends the slower one sooner, a failure" {
	# The third and fourth prompts are longer.
	raw >all <<<"A 1 300 304
B 1 301 303 900 905
B 2 299 305 903 902
A 2 303 298
A 3 302 300
B 3 304 299 901 904
B 4 300 301 899 907
A 4 299 305"
	jq -cn 'foreach inputs as $r ({}; if $r.type == "step" then .k = 0 elif $r.type == "request" then .k += 1 else . end;
	    $r + if $r.type == "request" then {prompt_key: "p\(.k)"} else {} end)' all | metricsagg >m
	[ "$(jq -c 'select(.type == "compare" and .headline) | [.metric, .rounds, .verdict, .n_base, .n_new, (.ratio * 100 | round)]' m)" = \
	    '["ttft_s",4,"equivalent",8,8,100]
["decode_tps",4,"equivalent",8,8,100]' ]
	[ "$(jq -r 'select(.code == "work_differs") | [.level, .pair, .variant, .scenario, .count, .message] | @csv' m)" = \
	    '"warn","p","B","simple_gen",8,"A answered 0 requests that B did not, B 8 that A did not (they failed, or were not sent): the rounds leave them out, the medians do not"' ]
	[ "$(metricsagg all | jq -c 'select(.code == "work_differs")')" = "" ]
	# Nor are answers of another length the same work.
	jq -c 'if .metric == "completion_tokens" and .variant == "A" then .p50 = 5 else . end' m | mkreport |
	    grep -F '| Answer tokens, `simple_gen` cold | 5 | 11 | differs: whole times are of unlike answers |'
}

@test "ten per cent are found after four rounds; to the byte in any order of the lines, and had the run stopped then" {
	run tested <<<"A 1 300 304 309
B 1 271 268 275
B 2 268 277 265
A 2 308 299 301
A 3 297 305 311
B 3 274 270 266
B 4 266 272 275
A 4 306 299 303
A 5 301 309 296
B 5 270 265 279"
	[ "$output" = '["ttft_s",5,"different",0]
["decode_tps",5,"different",0]' ]
	jq -es 'map(select(.type == "compare" and .headline and .metric == "ttft_s"))[0]
	    | .better == "B" and .decided_after == 4 and .ratio_lo > 0.85 and .ratio_hi < 0.95 and .e > 40' metrics.ndjson
	tac raw.ndjson | metricsagg 2>/dev/null | cmp - metrics.ndjson
	decisions() { jq -c 'select(.metric != null) | del(.t_ns)'; }
	metricsagg --decide state raw.ndjson | decisions >whole
	[ "$(wc -l <whole)" -eq 2 ]
	[ "$(jq -c '[.metric, .rounds, .e, .ratio, .ratio_lo, .ratio_hi, .verdict]' whole)" = \
	    "$(jq -c 'select(.type == "compare" and .headline) | [.metric, .decided_after, .e, .ratio, .ratio_lo, .ratio_hi, .verdict]' metrics.ndjson)" ]
	tac raw.ndjson | metricsagg --decide state - | decisions | cmp - whole
	jq -c 'select((.step // 0) < 25 and (.req // 0) < 25)' raw.ndjson | metricsagg --decide state - | decisions | cmp - whole
	[ ! -e state ]
	# While it goes on: the same, and the last size of the server.
	mkfifo pipe
	metricsagg --decide state - <pipe >/dev/null 3>&- &
	exec 4>pipe
	cat raw.ndjson >&4
	for _ in {1..200}; do
		echo '{"type":"mem","run":"R","t_ns":9,"n_procs":1,"rss_bytes":536870912}' >&4
		grep -qs '"mem"' state && break
		sleep 0.05
	done
	[ "$(jq -c 'select(.type == "mem") | [.run, .rss_bytes, .footprint_bytes]' state)" = '["R",536870912,null]' ]
	# Of several servers that of the newest step.
	echo '{"type":"step","run":"R","t_ns":10,"step":999,"op":"idle","port":8}' >&4
	for _ in {1..200}; do
		echo '{"type":"mem","run":"R","t_ns":11,"n_procs":2,"rss_bytes":3000,"servers":[{"port":7,"n_procs":1,"rss_bytes":1000},{"port":8,"n_procs":1,"rss_bytes":2000}]}' >&4
		[ "$(jq 'select(.type == "mem").rss_bytes' state)" -eq 536870912 ] || break
		sleep 0.05
	done
	[ "$(jq 'select(.type == "mem").rss_bytes' state)" -eq 2000 ]
	decisions <state | cmp - whole
	exec 4>&-
	wait $!
	[ ! -e state ]
}

@test "memory of a process that does not hold the model: a finding, and nothing compared" {
	"$LMG_BUILD/helpers/mkraw" -b 4 -n 4 -m 100 >held.ndjson
	metricsagg held.ndjson >metrics.ndjson
	[ "$(jq -s 'map(select(.code == "memory_elsewhere")) | length' metrics.ndjson)" -eq 0 ]
	[ "$(jq -s 'map(select(.metric == "peak_bytes")) | length > 0' metrics.ndjson)" = true ]
	# What the samples hold at most, against a model four times as large and more; of
	# a server that had it before, what it held without it is not known.
	most=$(jq -s 'map(select(.type == "mem") | [.rss_bytes // 0, (.footprint_bytes // 0) + (.file_bytes // 0)] | max) | max' held.ndjson)
	for over in 3.9 4.2; do
		jq -c --argjson size "$(jq -n "$most * $over | floor")" 'if .type == "load" and .size_bytes then .size_bytes = $size | .timed = false else . end' \
		    held.ndjson >elsewhere.ndjson
		metricsagg elsewhere.ndjson >metrics.ndjson
		[ $over = 4.2 ] || [ "$(jq -s 'map(select(.code == "memory_elsewhere")) | length' metrics.ndjson)" -lt 2 ]
	done
	[ "$(jq -s 'map(select(.code == "memory_elsewhere").variant) | unique | length' metrics.ndjson)" -eq 2 ]
	[ "$(jq -s 'map(select(.metric == "peak_bytes")) | length' metrics.ndjson)" -eq 0 ]
	# Half of the model's bytes: less than all, and there before its load.
	half() {
		jq -c "if .type == \"mem\" then .rss_bytes = ($1) | del(.file_bytes, .anon_bytes)
		    elif .type == \"load\" then .size_bytes = (1048576 * 24) else . end" held.ndjson | metricsagg >half.ndjson
		jq -s 'map(select(.code == "memory_elsewhere").variant) | unique | length' half.ndjson
	}
	[ "$(half '12000000 + .t_ns % 1000000')" -eq 2 ]
	[ "$(half "if .rss_bytes < 110000000 then 100000 else 12000000 end")" -eq 0 ]
	[ "$(half '26000000')" -eq 0 ]
	run -0 mkreport metrics.ndjson
	[[ $output == *"| Less memory | not measured | the sampled process does not hold the model: the engine is another one | "* ]]
}

@test "headline: what the run names is tested, and shares the chance of an error" {
	local names e
	for names in 'decode_tps 20' 'e2e_s","decode_tps 40' 'e2e_s","median_icl_s","decode_tps 60' 'nonsense","ttft_s 20'; do
		e=${names##* }
		raw <<<"A 1 300 300 300
B 1 330 330 330
B 2 331 331 331
A 2 301 301 301" | sed "s/\"v\":1,/&\"headline\":[\"${names% *}\"],/" | metricsagg 2>/dev/null >metrics.ndjson
		jq -es --argjson e $e 'map(select(.type == "compare" and .headline)) | length == $e / 20 and all(.[]; .e_needed == $e and .verdict == "inconclusive")' metrics.ndjson
	done
	run -0 mkreport metrics.ndjson
	[[ $output == *"| Faster decode | not tested | not among the metrics that this run tests |"* ]]
}

@test "memory: that one variant takes ten times as long as the other is no order" {
	printf '%s\n' "A 1 3000" "B 1 30" "B 2 30" "A 2 3000" "A 3 3000" "B 3 30" "B 4 30" "A 4 3000" | raw | jq -c '
	    def mem($mib): {type: "mem", run: "R", t_ns: (.t_ns - 1000), rss_bytes: ($mib * 1048576 | floor)};
	    ., if .type == "response" then mem(if .req % 4 < 2 then 100 else 70 end + .req / 100) else empty end' | metricsagg 2>/dev/null >metrics.ndjson
	jq -es 'map(select(.type == "compare" and .metric == "peak_bytes" and .level == "rss"))[0]
	    | .verdict == "different" and .better == "B" and .decided_after == 3 and .order_imbalance < 0.34' metrics.ndjson
}
