#!/usr/bin/env bats
# The driver against a sender of known schedule that is no part of it: what
# both logs say of 256 streams that start at once.
bats_require_minimum_version 1.5.0
load ../lib/common

teardown() {
	stop_lmsim
}

# measure [LINE]: with that line in the models file, 256 requests at once, 40 tokens each, 10 ms apart;
# then the two logs side by side, one line for each request, in joined.
measure() {
	cd "$BATS_TEST_TMPDIR"
	ulimit -n 2048
	cp "$BATS_TEST_DIRNAME"/../../config/{scenarios,prompts}.yaml .
	cat >suite.yaml <<-'END'
	server: {api: openai}
	sampling: {temperature: 0}
	order: {blocks: 1, idle: 0s}
	pairs: [{name: p, variants: {a: {model: m}}}]
	scenarios: [{parallel: {concurrency: [256], repeat: 256, warmup: 0, max_tokens: 40}}]
	END
	printf '%s\n' "$@" 'models: [{key: m, memory: 64KiB, load_time: 1ms, parallel: 256, prefill_min: 200ms, prefill_tps: 1e6, decode_tps: 100}]' >models.yaml
	start_lmsim --models models.yaml
	lmsdrive plan --server "$SIM_URL" suite.yaml >plan
	lmsdrive run -q plan >raw
	stop_lmsim
	jq -cn --slurpfile raw raw --slurpfile truth "$SIM_TRUTH" '
	    ($raw[0].origin_ns | tonumber) as $o
	  | ($truth | map(select(.type == "request")) | INDEX(.prompt_sha256)) as $t
	  | ($truth | map(select(.type == "chunk" and .tokens > 0)) | group_by(.req) | map({key: (.[0].req | tostring), value: map(.sent_ns)}) | from_entries) as $sent
	  | ($raw | map(select(.type == "chunk" and .kind == "content" and .bytes > 0)) | group_by(.req)
	      | map({key: (.[0].req | tostring), value: (sort_by(.i) | map(.t_ns + $o))}) | from_entries) as $got
	  | $raw[] | select(.type == "request") | $t[.prompt_sha256] as $s
	  | {sent: $sent[$s.req | tostring], got: $got[.req | tostring],
	     ttft: ($got[.req | tostring][0] - $o - .t_ns), true_ttft: ($s.first_ns - $s.received_ns)}' >joined
}

# The q-quantile of the numbers that the jq expression $2 yields.
quantile() {
	jq -r "$2" joined | sort -g | awk -v q="$1" '{ a[NR] = $1 } END { print a[int((NR - 1) * q) + 1] }'
}

@test "every token of 256 streams is seen, none before it was sent (to 50 us)" {
	measure
	[ "$(wc -l <joined)" -eq 256 ]
	[ "$(jq -c '[.sent, .got] | map(length)' joined | sort -u)" = '[40,40]' ]
	[ "$(jq -c '[.sent, .got] | transpose | map(.[1] - .[0]) | min < -50000' joined | sort -u)" = false ]
	[ "$LMG_VARIANT" != asan ] || return 0	# no times there
	# generous, for machines that do other things, too: a millisecond
	[ "$(quantile 0.5 '[.sent, .got] | transpose[] | .[1] - .[0]')" -lt 1000000 ]
}

@test "256 at once, role chunk first: TTFT is the sender's own to a millisecond" {
	measure "server: {role_chunk: true}"
	[ "$(wc -l <joined)" -eq 256 ]
	[ "$(jq -c '.true_ttft >= 200000000' joined | sort -u)" = true ]
	[ "$LMG_VARIANT" != asan ] || return 0	# no times there
	[ "$(quantile 0.5 '.ttft - .true_ttft | fabs')" -lt 1000000 ]
}
