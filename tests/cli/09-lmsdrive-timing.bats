#!/usr/bin/env bats
# Time stamps: checked against senders that know when they sent.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	stop_lmsim
}

@test "calibrate: every chunk of every stream is matched, and none arrives before it was sent" {
	run -0 --separate-stderr lmsdrive calibrate -n 8 -g 2ms -d 200ms
	# 200 / 2 + 2 chunks, 8 times
	[ "$(jq -r '[.streams, .gap_ns, .chunks] | @csv' <<<"$output")" = 8,2000000,816 ]
	[ "$(jq '.p50_ns > 0 and .p99_ns >= .p50_ns and .max_ns >= .p99_ns' <<<"$output")" = true ]
	run -0 --separate-stderr lmsdrive calibrate -n 2 -g 0 -d 50ms
	[ "$(jq '.chunks > 10000 and .p50_ns == null and .chunks_per_cpu_s > 0' <<<"$output")" = true ]
	run -0 --separate-stderr lmsdrive calibrate -n 2 -g 1ms -d 50ms --bare
	[ "$(jq '.clock == "callback" and .chunks >= 104' <<<"$output")" = true ]
}

@test "calibrate: bad options, status 2" {
	run -2 --separate-stderr lmsdrive calibrate -n 0
	[[ $stderr == *"--streams: expected an integer from 1 to 4096, got '0'"* ]]
	run -2 --separate-stderr lmsdrive calibrate -g fast
	run -2 --separate-stderr lmsdrive calibrate extra
}

@test "every run records the client's own noise; --no-calibration leaves it out" {
	start_lmsim
	step >plan
	run -0 --separate-stderr lmsdrive run -q plan
	[ "$(of run '.calibration | .streams == 1 and .chunks == 42 and .p50_ns > 0')" = true ]
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run .calibration)" = null ]
}

@test "a reader that stalls for 2 s moves no time stamp" {
	start_lmsim
	# 600 tokens at 500 a second: 1.2 s, over 64 KiB of records
	step '.requests = 1 | .sampling.max_tokens = 600' >plan
	lmsdrive run -q plan >free.ndjson
	lmsdrive run -q plan | { sleep 2; cat; } >stalled.ndjson
	for f in free stalled; do
		jq -s '(map(select(.type == "chunk" and .bytes > 0).t_ns)) as $t
		    | (map(select(.type == "request"))[0].t_ns) as $sent
		    | {n: ($t | length), ttft: ($t[0] - $sent),
		       stall: ([$t[1:], $t[:-1]] | transpose | map(.[0] - .[1]) | max)}' $f.ndjson >$f.json
		[ "$(jq .n $f.json)" -eq 600 ]
		# half the stall: what the machine does, too, is far below
		[ "$(jq '.stall < 1000000000 and .ttft < 1000000000' $f.json)" = true ]
	done
	[ "$(wc -l <free.ndjson)" -eq "$(wc -l <stalled.ndjson)" ]
}

@test "a reader that stalls for 10 s changes no distribution" {
	[ "$LMG_VARIANT" = release ] || skip "wall-clock times: release only"
	# side by side, so that the machine's noise is the same for both
	printf 'models:\n  - {key: free}\n  - {key: stalled}\n' >models.yaml
	start_lmsim --models models.yaml
	for m in free stalled; do
		step '.model = "'$m'" | .server.keep_loaded = true | .requests = 1000 | .concurrency = 4
		    | .duration_ns = 11000000000 | .sampling.max_tokens = 96' >$m.plan
	done
	lmsdrive run -q --no-calibration free.plan >free.ndjson 3>&- &
	pid=$!
	lmsdrive run -q --no-calibration stalled.plan | { sleep 10; cat; } >stalled.ndjson
	wait $pid
	for f in free stalled; do
		jq -s '(map(select(.type == "request")) | INDEX(.req)) as $q
		    | (map(select(.type == "chunk" and .bytes > 0)) | group_by(.req) | map(map(.t_ns) as $t | {
		        ttft: ($t[0] - $q[.[0].req | tostring].t_ns),
		        gaps: ([$t[1:], $t[:-1]] | transpose | map(.[0] - .[1]))})) as $x
		    | def at(p): sort | .[length * p | floor];
		      ($x | map(.ttft)) as $ttft | ($x | map(.gaps[])) as $gap
		    | {n: ($ttft | length), gaps: ($gap | length), ttft_p50: ($ttft | at(0.5)), ttft_max: ($ttft | max),
		       gap_p50: ($gap | at(0.5)), gap_max: ($gap | max)}' $f.ndjson >$f.json
		cat $f.json
		# the stall was long enough to fill the pipe many times over
		[ "$(jq '.n >= 40 and .gaps > 3000' $f.json)" = true ]
		[ "$(wc -c <$f.ndjson)" -gt 500000 ]
	done
	# The middles agree; of the tails, which are the machine's, only that no
	# value is of the order of the stall.
	[ "$(jq '.ttft_max < 5000000000 and .gap_max < 5000000000' stalled.json)" = true ]
	[ "$(jq -s '. as [$a, $b] | ["ttft_p50", "gap_p50"]
	    | all(. as $k | ($a[$k] - $b[$k] | fabs) as $d | $d <= 1000000 or $d <= 0.1 * $a[$k])' free.json stalled.json)" = true ]
}

@test "chunks that came in one read say so" {
	start_lmsim
	fault coalesce '.sampling.max_tokens = 32' >plan
	run -0 --separate-stderr lmsdrive run -q plan
	[ "$(jq -s 'map(select(.type == "chunk" and .coalesced)) | length >= 20' <<<"$output")" = true ]
	# they share their instant with the one before
	[ "$(jq -s 'map(select(.type == "chunk")) | [.[1:], .[:-1]] | transpose
	    | map(select(.[0].coalesced)) | all(.[0].t_ns == .[1].t_ns)' <<<"$output")" = true ]
}

# stopped FILTER: $output is a run whose driver is stopped while its first tokens
# come, 1 s after the request, and goes on when more have come.  Again where
# that was for nothing, on a busy machine: nothing came while it was stopped.
stopped() {
	local pid
	step ".model = \"m\" | .sampling.max_tokens = 100 | $1" >plan
	for _ in 1 2 3; do
		rm -f truth.ndjson
		start_lmsim --models models.yaml
		sed -i.bak "s|@URL@|$SIM_URL|" plan
		lmsdrive run -q --no-calibration plan >out 3>&- &
		pid=$!
		for _ in {1..500}; do grep -q '"type":"request"' out && break; sleep 0.01; done
		kill -STOP $pid
		sleep 1.3
		kill -CONT $pid
		policy=0
		while [ "$policy" != 1 ] && kill -0 $pid 2>/dev/null; do
			policy=$(awk '{print $41}' /proc/$pid/stat 2>&1 || true)
			sleep 0.01
		done
		wait $pid
		stop_lmsim
		sed -i.bak "s|$SIM_URL|@URL@|" plan
		output=$(<out)
		[ "$(jq -s 'map((.callback_ns // 0) + (.early_ns // 0)) | max > 100000000' out)" != true ] || return 0
	done
	return 1
}

@test "a driver that is stopped while tokens come gives no wrong time that is not marked" {
	[ "$(uname -s)" = Linux ] || skip "without the kernel's time stamps the time is that of the read"
	cat >models.yaml <<-END
	server: {api: [v1, openai, ollama]}
	models: [{key: m, prefill_overhead: 1000ms, decode_tps: 100, preloaded: true}]
	END
	local api
	for api in lmstudio openai ollama; do
		stopped ".server = {url: \"@URL@\", api: \"$api\", keep_loaded: true}"
		[ "$(of response .status)" = ok ]
		# Of each token, its number, from when to when it came by the records,
		# and from when to when it was written.
		jq -rs '(.[0].origin_ns | tonumber) as $o | map(select(.type == "chunk" and .bytes > 0))
		    | sort_by(.i) | to_entries[] | [.key, .value.t_ns + $o - (.value.early_ns // 0), .value.t_ns + $o] | @tsv' out >got
		jq -r 'select(.type == "chunk" and .kind == "content") | [.sent_ns, .written_ns] | @tsv' "$SIM_TRUTH" >true
		[ "$(wc -l <got)" -eq 100 ]
		# less than a millisecond may be TCP's and the clocks'
		run -0 awk '$2 > $5 + 1e6 || $3 < $4 - 1e5' <(paste got true)
		echo "$api: $output"
		[ "$output" = "" ]
		# what is made of it is right, or is not there
		metricsagg --samples out >metrics
		jq -s 'map(select(.type == "request"))[0] | {ttft: ((.first_ns - .received_ns) / 1e9), tps: (99e9 / (.last_ns - .first_ns))}' "$SIM_TRUTH" >want
		run -0 jq -c --slurpfile want want 'select(.type == "sample") | [.ttft_s, $want[0].ttft, .decode_tps, $want[0].tps]
		    | ., (.[0] == null or (.[0] - .[1] | fabs) < 0.02) and (.[2] == null or (.[2] / .[3] - 1 | fabs) < 0.1)' metrics
		echo "$output"
		[ "${lines[1]}" = true ]
		grep -qE '"code":"(late_reads|unsure_times)"' metrics
	done
}

@test "our times to first token are the server's, within what it took to get there" {
	start_lmsim
	step '.requests = 40 | .concurrency = 4' >plan
	run -0 --separate-stderr lmsdrive run -q plan
	# never shorter than the server says; in the median by less than 5 ms longer
	jq -s '(map(select(.type == "request")) | INDEX(.req)) as $q
	    | (map(select(.type == "chunk" and .bytes > 0)) | group_by(.req) | map(.[0])) as $first
	    | (map(select(.type == "response")) | INDEX(.req)) as $a
	    | $first | map((.t_ns - $q[.req | tostring].t_ns) / 1e9 - $a[.req | tostring].server.ttft_s) | sort
	    | {n: length, min: .[0], p50: .[20]}' <<<"$output" >diff.json
	cat diff.json
	[ "$(jq '.n == 40 and .min > -0.0002' diff.json)" = true ]
	[ "$LMG_VARIANT" != release ] || [ "$(jq '.p50 < 0.005' diff.json)" = true ]
}

@test "connections are warm, also of eight requests at once; cold ones where asked for" {
	start_lmsim
	step '.requests = 16 | .concurrency = 8' >plan
	run -0 --separate-stderr lmsdrive run -q plan
	[ "$(of response '[.status, .connect_ns] | @csv' | sort -u)" = '"ok",0' ]
	step '.requests = 3 | .cold_connection = true' >plan
	run -0 --separate-stderr lmsdrive run -q plan
	[ "$(of response '.connect_ns > 0' | sort -u)" = true ]
}

@test "a driver that was late is served in real time, where that is permitted" {
	[ -e /proc/self/stat ] || skip "Linux only"
	chrt -f 1 true || skip "not permitted"
	echo 'models: [{key: m, prefill_overhead: 1000ms, decode_tps: 20, preloaded: true}]' >models.yaml
	# What came last may have come just then: it was not late.
	for _ in 1 2 3; do
		stopped '.sampling.max_tokens = 20 | .server = {url: "@URL@", keep_loaded: true}'
		[ "$policy" != 1 ] || break
	done
	[ "$policy" = 1 ]
}
