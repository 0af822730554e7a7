#!/usr/bin/env bats
# What the pipeline says, against the log of the server that knows: exactly
# for counts and bytes, within stated tolerances for times and memory.

bats_require_minimum_version 1.5.0
load ../lib/common

setup_file() {
	cd "$BATS_FILE_TMPDIR"
	known_suite .
	known_server
	export SIM_PID SIM_TRUTH
	lmsdrive plan --server "$SIM_URL" truth-suite.yaml >plan.ndjson
	lmsdrive run -q plan.ndjson | memsample >raw.ndjson
	metricsagg --samples raw.ndjson >metrics.ndjson
	stop_lmsim
	# One line per generation: what the server did, what we recorded.  The
	# k-th request with a text is the k-th with it on the other side.
	jq -n --slurpfile truth "$SIM_TRUTH" --slurpfile raw raw.ndjson --slurpfile met metrics.ndjson '
	    ($raw[0].origin_ns | tonumber) as $origin
	  | ($truth | map(select(.type == "request" and .stream)) | sort_by(.req)
	      | group_by(.prompt_sha256) | map(to_entries[]) | map({key: "\(.value.prompt_sha256)/\(.key)", value}) | from_entries) as $t
	  | ($raw | map(select(.type == "response")) | INDEX(.req)) as $resp
	  | ($met | map(select(.type == "sample")) | INDEX(.req)) as $sample
	  | $raw | map(select(.type == "request")) | sort_by(.req) | group_by(.prompt_sha256)
	  | map(to_entries[]) | .[]
	  | {r: .value, a: $resp[.value.req | tostring], s: $sample[.value.req | tostring],
	     t: $t["\(.value.prompt_sha256)/\(.key)"], origin: $origin}' -c >joined.ndjson
}

teardown_file() {
	stop_lmsim
}

setup() {
	cd "$BATS_FILE_TMPDIR"
}

@test "every request of the plan reached the server once, and every one is in the records" {
	local planned
	planned=$(jq -s 'map(select(.op == "request").requests) | add' plan.ndjson)
	[ "$planned" -gt 80 ]
	[ "$(wc -l <joined.ndjson)" -eq "$planned" ]
	[ "$(jq -c 'select(.t == null or .a == null or .s == null)' joined.ndjson | wc -l)" -eq 0 ]
	[ "$(jq -r .a.status joined.ndjson | sort | uniq -c | awk '{print $2 $1}')" = "ok$planned" ]
}

@test "token counts, chunks, bytes and hashes are exactly the server's" {
	run jq -c 'select(
	       .a.prompt_tokens != .t.prompt_tokens_said or .a.completion_tokens != .t.completion_tokens
	    or .a.chunks != .t.chunks or .a.bytes != .t.text_bytes or .a.output_sha256 != .t.output_sha256
	    or .r.prompt_bytes != .t.prompt_bytes or .a.tokens_from != "stats"
	    or .s.completion_tokens != .t.completion_tokens)' joined.ndjson
	[ "$status" -eq 0 ]
	[ "$output" = "" ]
}

@test "the server's own figures are passed on unchanged" {
	run jq -c 'select(.a.server.ttft_s != .t.ttft_s or .a.server.tokens_per_s != .t.tokens_per_s)' joined.ndjson
	[ "$output" = "" ]
}

@test "TTFT is the server's to a millisecond (median of the differences)" {
	run bash -c "jq 'select(.s.ttft_s != null) | (.s.ttft_s - (.t.first_ns - .t.received_ns) / 1e9) | fabs' joined.ndjson | jq -s 'sort | .[length / 2 | floor] < 0.001'"
	[ "$output" = true ]
}

@test "no token is seen before it was sent" {
	# The stamp of a chunk and the log of its sending are on one clock.
	run jq -n --slurpfile truth "$SIM_TRUTH" --slurpfile j joined.ndjson --slurpfile raw raw.ndjson '
	    ($raw[0].origin_ns | tonumber) as $o
	  | ($truth | map(select(.type == "chunk" and .kind == "content")) | group_by(.req)
	      | map({key: (.[0].req | tostring), value: map(.planned_ns)}) | from_entries) as $sent
	  | ($raw | map(select(.type == "chunk" and .kind == "content" and .bytes > 0)) | group_by(.req)
	      | map({key: (.[0].req | tostring), value: (sort_by(.i) | map(.t_ns + $o))}) | from_entries) as $got
	  | [$j[] | [$sent[.t.req | tostring], $got[.r.req | tostring]] | select(.[0] != null) | transpose[] | .[1] - .[0]]
	  | {n: length, early: (map(select(. < 0)) | length)}'
	echo "$output"
	[ "$(jq .n <<<"$output")" -gt 500 ]
	[ "$(jq .early <<<"$output")" -eq 0 ]
}

@test "decode speed is that of the tokens as they were sent, to 2 % (median of the differences)" {
	# By the definition of tpot_s, from the server's own instants; on a busy
	# machine the server itself is slower than planned.
	run bash -c "jq 'select(.t.completion_tokens > 8 and .s.decode_tps != null) |
	    .s.decode_tps / ((.t.completion_tokens - 1) / ((.t.last_ns - .t.first_ns) / 1e9)) - 1 | fabs' joined.ndjson |
	    jq -s -c '[length > 20, (sort | .[length / 2 | floor] < 0.02)]'"
	[ "$output" = "[true,true]" ]
}

@test "memory: a gguf lands in file, an mlx in anon, and both come back after the unload" {
	local mib=1048576 slack=6
	# The worker's own text, stacks and buffers; more of each under ASan.
	[ "$LMG_VARIANT" != asan ] || slack=14
	growth() {
		jq 'select(.type == "memory" and .variant == "'$1'" and .counter == "'$2'" and .phase == "'$3'").growth_bytes' metrics.ndjson
	}
	for c in "gguf file loaded 40" "gguf file after_unload 0" "mlx anon loaded 40" "mlx anon after_unload 0" "mlx file loaded 0"; do
		set -- $c
		got=$(growth "$1" "$2" "$3")
		echo "$c MiB: $got"
		jq -ne --argjson got "$got" --argjson want "$(($4 * mib))" --argjson slack "$((slack * mib))" '($got - $want) | fabs < $slack'
	done
}

@test "the planted leak is found, with its size within 5 %, and the clean one is not accused" {
	run jq -c 'select(.type == "leak" and .deciding and .scenario == "memory_leak")
	    | [.variant, .verdict, .late_slope_bytes_per_request]' metrics.ndjson
	echo "$output"
	# A page or two of the stand-in's own heap may come, and then no more.
	# Under ASan the allocator grows by itself for some requests.
	[ "$LMG_VARIANT" = asan ] || [[ ${lines[0]} == '["gguf","stable",'* || ${lines[0]} == '["gguf","plateaued",0]' ]]
	[[ ${lines[1]} == '["mlx","leak",'* ]]
	jq -e '(.[2] / 1048576 - 1) | fabs < 0.05' <<<"${lines[1]}"
}

@test "the comparison finds the faster decoder, and says how sure it is" {
	run jq -c 'select(.type == "compare" and .scenario == "simple_gen" and .metric == "decode_tps" and .by == null)
	    | [.base, .new, .verdict, .better, .rounds, (.ratio | . > 1.5 and . < 2.7), (.ratio_lo < .ratio and .ratio < .ratio_hi)]' metrics.ndjson
	[ "$output" = '["gguf","mlx","different","mlx",4,true,true]' ]
}
