#!/usr/bin/env bats
# SIGKILL at random moments (seeded), then resume: in the end every step is
# answered exactly once, and every figure is that of its own request by the
# log of the server that knows.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	cd "$BATS_TEST_TMPDIR"
	cp "$BATS_TEST_DIRNAME"/../../config/{scenarios,prompts}.yaml .
	cat >models.yaml <<-'END'
	models:
	  - {key: sim/a, format: gguf, memory: 8MiB, max_context_length: 8192, load_time: 300ms, prefill_overhead: 30ms,
	     prefill_tps: 20000, decode_tps: 250}
	  - {key: sim/b, format: mlx, memory: 8MiB, max_context_length: 8192, load_time: 200ms, prefill_overhead: 60ms,
	     prefill_tps: 20000, decode_tps: 400, tokens_per_chunk: 2}
	END
	cat >suite.yaml <<-'END'
	server: {url: http://127.0.0.1:1}
	sampling: {temperature: 0, max_tokens: 12, seed: 7}
	order: {blocks: 2, pattern: abba, idle: 50ms}
	pairs:
	  - {name: p, kind: dense, variants: {a: {model: sim/a, format: gguf}, b: {model: sim/b, format: mlx}}}
	scenarios:
	  - simple_gen: {repeat: 3, max_tokens: 12}
	  - parallel: {concurrency: [2], repeat: 4, max_tokens: 20}
	END
	start_lmsim --models models.yaml
	lmsdrive plan --server "$SIM_URL" suite.yaml >plan
	mkdir r
}

teardown() {
	stop_lmsim
}

# begin: the pipe of a run, or of the rest of one, in a process group of its
# own: GROUP (and driver), READER and, between them, RECORDER.
begin() {
	set --
	! grep -qs '"type":"run"' r/raw.ndjson || set -- --resume r
	set -m
	lmsdrive run -q --no-calibration "$@" plan 2>>drive.err 3>&- |
	    memsample -i 20ms --record r/raw.ndjson 2>>kept.err 3>&- | metricsagg >metrics 2>>agg.err 3>&- &
	set +m
	READER=$! GROUP=$(jobs -p %%)
	# (ps(1) could look before it is memsample.)
	RECORDER=$(jobs -l %% | awk 'NR == 2 { print $1 }')
}

# killed SEED WHOM...: one run, killed once for each WHOM at a random moment,
# and gone on with to its end.  The plan takes longer than all moments together.
killed() {
	local seed=$1 whom ms
	shift
	RANDOM=$seed
	rm -f r/* drive.err
	for whom; do
		begin
		ms=$((RANDOM % 850))
		sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
		echo "seed $seed: $whom killed after $ms ms"
		case $whom in
		driver) kill -KILL "$GROUP" ;;
		recorder) kill -KILL "$RECORDER" ;;
		reader) kill -KILL "$READER" ;;
		group) kill -KILL -- "-$GROUP" ;;
		esac || grep 'loaded already, by someone else' drive.err
		wait "$GROUP" "$RECORDER" "$READER" 2>/dev/null || true
	done
	begin
	wait "$GROUP" "$RECORDER" "$READER" 2>/dev/null || true
	# Nothing is measured beside what a killed run had loaded, or left loaded: but for what no record
	# tells, and then that is said.
	untold_loads >untold
	run jq -nc --slurpfile untold untold '[inputs] | map(select(.code == "second_instance").step) as $said | .[]
	    | select(.type == "load" and .instance != null and .instance != .model)
	    | select((.model | IN($untold[]) | not) or (.step | IN($said[]) | not))' r/raw.ndjson
	[ -z "$output" ] || { echo "loaded beside another: $output"; false; }
	[ "$(curl -s "$SIM_URL/api/v1/models" | jq --slurpfile untold untold \
	    '[.models[].loaded_instances[].id | select(IN($untold[]) | not)] | length')" -eq 0 ]
	while read -r id; do	# somebody else's, as far as lmsdrive knows
		curl -s -X POST "$SIM_URL/api/v1/models/unload" -d "{\"instance_id\":$id}" >/dev/null
	done <untold
	if grep 'loaded already, by someone else' drive.err; then
		[ -s untold ]
		begin
		wait "$GROUP" "$RECORDER" "$READER" 2>/dev/null || true
	fi
	jq -c . r/raw.ndjson >/dev/null
	lmsdrive run --resume r plan 2>again
	grep -qx 'lmsdrive: --resume: every step is finished' again || { cat drive.err kept.err again; false; }
	metricsagg --samples r/raw.ndjson >metrics
	answered_once
	own_figures
}

# untold_loads: the instances that the server was asked for while the record that says so was on its way
# to the file, or to a recorder that had not begun, and was lost with it.
untold_loads() {
	jq -n --slurpfile raw r/raw.ndjson '($raw[0].origin_ns | tonumber) as $origin
	  | [$raw[] | select(.type == "load" and .phase == "begin") | {model, at: ($origin + .t_ns)}] as $begun
	  | [inputs | select(.type == "load" and .begin_ns > $origin)] | group_by(.model)[] | sort_by(.begin_ns)
	  | [., [{begin_ns: 0}] + .[:-1]] | transpose[] | . as [$load, $before]
	  | select(any($begun[]; .model == $load.model and .at > $before.begin_ns and .at <= $load.begin_ns) | not)
	  | $load.instance' "$SIM_TRUTH"
}

# The last time that each step was begun, it was answered as often as planned.
answered_once() {
	jq -nc '
	    reduce inputs as $r ({};
	        if $r.type == "step" and $r.op == "request" then .["\($r.step)"] = 0
	        elif $r.type == "response" and $r.status == "ok" then .["\($r.step)"] += 1
	        else . end)' r/raw.ndjson >answers
	run jq -c --slurpfile answers answers 'select(.op == "request" and $answers[0]["\(.step)"] != .requests)' plan
	[ -z "$output" ] || { echo "not answered once: $output"; cat answers; false; }
	# No two requests have one number.
	[ -z "$(jq 'select(.type == "request").req' r/raw.ndjson | sort | uniq -d)" ]
	[ "$(jq -r 'select(.type == "integrity" and .level == "error").code' metrics)" = "" ]
}

# Each request beside the server's own of the same text and instant.
own_figures() {
	jq -nc --slurpfile truth "$SIM_TRUTH" --slurpfile raw r/raw.ndjson --slurpfile met metrics '
	    ($raw[0].origin_ns | tonumber) as $origin
	  | ($truth | map(select(.type == "request" and .stream)) | group_by(.prompt_sha256)
	      | map({key: .[0].prompt_sha256, value: .}) | from_entries) as $by_text
	  | ($raw | map(select(.type == "response")) | INDEX(.req)) as $response
	  | $raw[] | select(.type == "request") | . as $q | $response["\($q.req)"] as $a
	  | ($by_text[$q.prompt_sha256] // [] | min_by(.received_ns - $origin - $q.t_ns | fabs)) as $t
	  | [$met[] | select(.type == "sample" and .req == $q.req)] as $samples
	  | {req: $q.req, status: $a.status, samples: ($samples | length), s: $samples[0], a: $a, t: $t}
	' >joined
	# What was in flight has no figures; what was answered has those of its own.
	run jq -c 'select(.status == "ok") | select(
	        .samples != 1 or .t.status != "ok" or .a.output_sha256 != .t.output_sha256
	        or .a.completion_tokens != .t.completion_tokens or .s.completion_tokens != .t.completion_tokens
	        or .a.chunks != .t.chunks or .a.bytes != .t.text_bytes)' joined
	[ -z "$output" ] || { echo "not its own: $output"; false; }
	run jq -c 'select(.status == null) | select(.s.status != "cut" or .s.completion_tokens != null or .s.decode_tps != null)' joined
	[ -z "$output" ] || { echo "not answered, and yet: $output"; false; }
	# (A time that lateness leaves unknown has no figure.)
	jq -c 'select(.status == "ok" and .s.ttft_s != null and .s.tpot_s != null) | [
	        .s.ttft_s - (.t.first_ns - .t.received_ns) / 1e9,
	        .s.tpot_s * (.t.completion_tokens - 1) - (.t.last_ns - .t.first_ns) / 1e9]' joined >off
	# Those of another variant are 30 ms away, of another scenario as much: half of the figures are nearer,
	# however busy the machine is.
	run jq -sc 'map(map(fabs)) | {n: length, most: (map(max) | max), ttft: (map(.[0]) | sort | .[length / 2 | floor]),
	    span: (map(.[1]) | sort | .[length / 2 | floor])} | .ok = (.n > 5 and .most < 1 and .ttft < 0.01 and .span < 0.01)' off
	echo "$output"
	jq -e .ok <<<"$output"
}

@test "20 kills of lmsdrive" {
	local seed seeds="1 2 3 4 5"
	[ "$LMG_VARIANT" = release ] || seeds=1
	for seed in $seeds; do
		killed $seed driver driver driver driver
	done
}

@test "kills of memsample, of metricsagg and of all at once" {
	killed 11 recorder group recorder group
	[ "$LMG_VARIANT" != release ] || killed 12 group driver recorder reader
}
