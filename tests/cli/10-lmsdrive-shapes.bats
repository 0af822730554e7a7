#!/usr/bin/env bats
# Scenarios end to end: what is planned is what a server sees.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	lmsim --port 0 --port-file port 2>lmsim.log &
	SIM=$!
	for _ in {1..100}; do [ -s port ] && break; sleep 0.05; done
	echo 'hi: Say hello.' >prompts.yaml
}

teardown() {
	kill "$SIM"
	wait "$SIM" || true
}

# drive SCENARIO: plan and run it for two variants; leaves plan and raw.
drive() {
	cat >suite.yaml <<-END
		order: {blocks: 2, idle: 0}
		sampling: {max_tokens: 4}
		pairs: [{name: p, variants: {a: {model: sim-gguf}, b: {model: sim/sim-mlx}}}]
		scenarios: [{s: $1}]
	END
	lmsdrive plan --server "http://127.0.0.1:$(cat port)" suite.yaml >plan
	lmsdrive run -q plan >raw
	[ "$(jq -r 'select(.type=="response") | .status' raw | sort -u)" = ok ]
}

# requests FILTER: the filter's value for each request, with .step_ its step.
requests() {
	jq -s -r '(map(select(.type=="step")) | INDEX(.step)) as $s | .[] |
	    select(.type=="request") | . + {step_: $s[.step | tostring]} | '"$1" raw
}

@test "cold prompts: every text is new to its variant, both variants get the same ones" {
	drive '{prompts: [hi], prompt_tokens: [20, 50], repeat: 4}'
	[ "$(requests '"\(.step_.variant) \(.prompt_sha256)"' | wc -l)" -eq 20 ]
	[ -z "$(requests '"\(.step_.variant) \(.prompt_sha256)"' | sort | uniq -d)" ]
	diff <(requests 'select(.step_.variant=="a") | "\(.prompt_key) \(.prompt_sha256) \(.cache)"' | sort) \
	    <(requests 'select(.step_.variant=="b") | "\(.prompt_key) \(.prompt_sha256) \(.cache)"' | sort)
	# the server counts as many tokens for each text of a length
	[ "$(jq -s '(map(select(.type=="request")) | INDEX(.req)) as $r | [.[] | select(.type=="response") |
	    [$r[.req | tostring].target_tokens, .prompt_tokens]] | unique | length' raw)" -eq 2 ]
}

@test "cache: pair: each cold text is sent once more, as warm" {
	drive '{prompt_tokens: 30, cache: pair, repeat: 3, warmup: 0}'
	[ "$(requests '.cache' | paste -sd' ')" = "cold warm cold warm cold warm cold warm cold warm cold warm" ]
	requests '"\(.step_.variant) \(.prompt_key) \(.prompt_sha256)"' | sort | uniq -c | grep -c '^ *2 ' | grep -qx 6
}

@test "cache: warm: one text, the answers at temperature 0 are the same" {
	drive '{prompts: [hi], cache: warm, repeat: 4}'
	[ "$(requests '.prompt_sha256' | sort -u | wc -l)" -eq 1 ]
	[ "$(requests '[.warmup, .cache] | map(tostring) | join(" ")' | sort | uniq -c | tr -s ' \n' ' ')" = " 8 false warm 4 true cold " ]
	[ "$(jq -r 'select(.type=="response") | .output_sha256' raw | sort -u | wc -l)" -eq 1 ]
}

@test "reload: out and in again between its requests" {
	drive '{prompts: [hi], reload: 3, warmup: 0, blocks: whole}'
	[ "$(jq -r 'select(.type=="step") | .op' raw | paste -sd' ')" = \
	    "load request unload load request unload load request unload load unload load request unload load request unload load request unload load unload" ]
	[ "$(jq -r 'select((.type=="load" or .type=="unload") and .phase=="end") | .status' raw | sort | uniq -c | tr -s ' ')" = " 16 ok" ]
}

@test "duration: a sequence of requests is cut off by time, without loss" {
	drive '{prompts: [hi], repeat: 500, gap: 20ms, duration: 500ms, warmup: 0, blocks: whole}'
	local n
	n=$(requests .req | wc -l)
	[ "$n" -ge 2 ]
	[ "$n" -lt 200 ]
	[ "$(jq -s 'last | .type == "end" and (.interrupted | not)' raw)" = true ]
}

@test "gap: that much time between an answer and the next request" {
	drive '{prompts: [hi], repeat: 4, gap: 150ms, warmup: 0, blocks: whole}'
	[ "$(jq -s '[.[] | select(.type=="request" or .type=="response")] |
	    [range(1; length - 1; 2) as $i | select(.[$i].type=="response" and .[$i].t_ns < .[$i+1].t_ns) |
	    .[$i+1].t_ns - .[$i].t_ns] | min >= 150000000' raw)" = true ]
}

@test "rate_per_s: poisson arrivals are at random, the same for both variants, others in the next visit" {
	drive '{prompts: [hi], rate_per_s: 40, repeat: 24, warmup: 0}'
	# distances between the due times of each step, in microseconds
	jq -s -c '[.[] | select(.type=="request")] | group_by(.step) |
	    .[] | map(.scheduled_ns / 1000 | floor) | [.[range(1; length)] - .[0]]' raw >due
	[ "$(wc -l <due)" -eq 4 ]
	# blocks are a b b a
	jq -s -e '(.[0] | length) == 11 and
	    ([.[0], .[1]] | transpose | all((.[0] - .[1] | fabs) <= 2)) and
	    ([.[2], .[3]] | transpose | all((.[0] - .[1] | fabs) <= 2)) and
	    ([.[0], .[2]] | transpose | any((.[0] - .[1] | fabs) > 1000))' due
	[ "$(requests '.prompt_sha256' | sort | uniq -c | grep -vc '^ *2 ')" -eq 0 ]
}

@test "draw: shuffle: every length in each round, in the same random order for both variants" {
	drive '{prompt_tokens: [20, 30, 40, 50], draw: shuffle, repeat: 12, warmup: each, blocks: whole}'
	requests 'select(.step_.variant=="a") | [.warmup, .target_tokens] | map(tostring) | join(" ")' >a
	requests 'select(.step_.variant=="b") | [.warmup, .target_tokens] | map(tostring) | join(" ")' >b
	cmp a b
	[ "$(head -n 4 a | paste -sd,)" = "true 20,true 30,true 40,true 50" ]
	local from
	for from in 5 9 13; do
		[ "$(tail -n "+$from" a | head -n 4 | sort | paste -sd,)" = "false 20,false 30,false 40,false 50" ]
	done
	[ "$(tail -n +5 a | uniq -c | wc -l)" -gt 6 ]
	run ! cmp -s <(tail -n +5 a | head -n 4) <(tail -n +9 a | head -n 4)
}
