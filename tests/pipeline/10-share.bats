#!/usr/bin/env bats
# make share and verify: the verdict as one block, and the check of such a one.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# Metric records of N pairs with names that tell who someone is.
pairs() {
	jq -nc --argjson n "$1" '
		{run: "r", t_ns: 0} as $r
		| ($r + {type: "run", v: 1, stream: "metrics", tool: "t", wall: "2026-01-01T10:00:00Z", simulated: false, complete: true,
		    host: {name: "anna-macbook", os: "macOS", os_version: "macOS 15.1", cpu: "Apple M4 Max", memory_bytes: 137438953472},
		    config: "/Users/anna/secret/my.yaml", config_sha256: "0123456789abcdef0123",
		    server: {url: "http://anna-macbook:1234", name: "LM Studio", version: "0.4.2", api: "lmstudio"}, requests: 48, failed: 0,
		    duration_s: 600, models: [range($n) as $i | ("gguf", "mlx") | {pair: "p\($i)", variant: ., format: ., model: "/Users/anna/m.gguf",
		    instance: "/Users/anna/m.gguf", quantization: (if . == "mlx" then "6bit" else "Q6_K" end),
		    bits_per_weight: (if . == "mlx" then 4.5 else 6.56 end), size_bytes: 58000000000, runtime: "rt \(.)"}]}),
		(range($n) as $i
		 | ($r + {type: "compare", pair: "p\($i)", scenario: "simple_gen", cache: "cold", metric: "decode_tps", by: null, headline: true,
		     base: "gguf", new: "mlx", p50_base: 18.1, p50_new: 40.6, rounds: 4, ratio: 2.243, ratio_lo: 2.1, ratio_hi: 2.4,
		     e: 99, e_needed: 40, decided_after: 3, verdict: "different", better: "mlx"}),
		   ({gguf: 1, mlx: 0} | to_entries[] | $r + {type: "stability", pair: "p\($i)", variant: .key, requests: 24, failed: .value,
		     fail_ratio: 0, fail_lo: 0, fail_hi: 0.1, worker_exits: 0})),
		($r + {type: "end", tool: "t", records: 1, interrupted: false})'
}

@test "share: figures of both sides, the verdict, what is unlike, on what; nobody's name" {
	pairs 1 >m.ndjson
	run -0 --separate-stderr mkreport --format share m.ndjson
	[ "${lines[0]}" = "### lmgauge: which one, and how sure?" ]
	[[ $output == *'| `p0` |  | **`gguf`** `Q6_K`, 6.56 bits, 54.0 GiB | **`mlx`** `6bit`, 4.50 bits, 54.0 GiB | **not like for like:** bits per weight 6.56 and 4.50; `gguf` failed 1 of 24 requests |'* ]]
	[[ $output == *'|  | decode, `simple_gen` | 18.1 tok/s | 40.6 tok/s | **`mlx`**, 2.24 times [2.10, 2.40], after 3 rounds |'* ]]
	[[ $output == *'|  | first token | not measured | not measured | not measured on both sides |'* ]]
	[[ $output == *'|  | stability: failed | 1 of 24 | 0 of 24 | cannot tell yet; one failed more, which may be chance |'* ]]
	[[ $output == *'Machine: `Apple M4 Max`, 128 GiB, `macOS 15.1`. Server: `LM Studio` `0.4.2`, `rt gguf`, `rt mlx`.'* ]]
	[[ $output == *'configuration `my.yaml` (SHA-256 `0123456789ab`)'* ]]
	# Medians beside a ratio that is not theirs: it says what it is.
	[[ $output == *'|  | One | Other | Which one (times: mean ratio of the rounds), how sure |'* ]]
	[[ $output == *'a ratio is the mean of the rounds up to the one that decided and need not be theirs,'* ]]
	[[ $output != *anna* ]]
	# Bits per weight are those of the files, where these tell: in both places.
	jq -c '(.models[]? | select(.variant == "mlx")).effective_bits_per_weight = 4.52 | (.models[]? | select(.variant == "gguf")).effective_bits_per_weight = 6.6
	    | if .type == "compare" then .verdict = "inconclusive" | .better = null else . end' m.ndjson >bits.ndjson
	run -0 mkreport --format share bits.ndjson
	[[ $output == *'`Q6_K`, 6.60 bits, '*'`6bit`, 4.52 bits, '*'bits per weight 6.60 and 4.52;'* ]]
	[[ $output == *'| cannot tell yet, so far `mlx` 2.24 times [2.10, 2.40], after 3 rounds |'* ]]
}

@test "share: at most 40 lines whatever the number of pairs, and it says what is left out" {
	for n in 1 5 6 60; do
		pairs $n >m.ndjson
		run -0 mkreport --format share m.ndjson
		# One line more comes with the hash of the records.
		[ "$(mkreport --format share m.ndjson | wc -l)" -le 39 ]
	done
	[[ $output == *"56 more comparisons are in the report."* ]]
	: >none.ndjson
	run -3 mkreport --format share none.ndjson
}

@test "verify: the block of a run is right, wherever it was pasted; one figure changed is found" {
	[ "$LMG_VARIANT" = release ] || skip "bin/ holds the release programs"
	unset MAKEFLAGS MAKELEVEL CONFIG SERVER RESULTS RUN BIN PIPELINES LMGAUGE FILE
	PATH=$BATS_TEST_DIRNAME/../../bin:$PATH
	start_lmsim
	cat >suite.yaml <<-END
		server: {url: "$SIM_URL"}
		order: {rounds: 2, idle: 0s}
		pairs: [{name: one, variants: {gguf: {model: sim-gguf}, mlx: {model: sim/sim-mlx}}}]
		scenarios: [{hello: {prompts: [hi], repeat: 2, max_tokens: 8}}]
	END
	echo 'hi: hello' >prompts.yaml
	lmgauge suite suite.yaml >log 2>&1 || { cat log; false; }
	stop_lmsim
	run=$(echo results/*)
	lmgauge share "$run" >post.md
	[ "$(wc -l <post.md)" -le 40 ]
	grep -qF "SHA-256 \`$( (sha256sum || shasum -a 256) <"$run/raw.ndjson" 2>/dev/null | cut -d ' ' -f 1)\`" post.md
	run -0 lmgauge verify post.md "$run"
	{ echo "I measured:"; sed $'s/^/> /; s/$/  \r/' post.md; echo; echo thanks; } >pasted.md
	run -0 lmgauge verify pasted.md "$run"
	[[ $output == "verify: all "*" lines are what the records say" ]]
	sed 's/2 rounds/4 rounds/' post.md >changed.md
	run -1 --separate-stderr lmgauge verify changed.md "$run"
	[[ ${lines[1]} == *"4 rounds"* && ${lines[2]} == *"2 rounds"* ]]
	sed '/^Machine/d' post.md >cut.md
	run -1 lmgauge verify cut.md "$run"
	run -1 lmgauge verify prompts.yaml "$run"
	run -2 --separate-stderr lmgauge verify none.md "$run"
	[ "$stderr" = "lmgauge: none.md: cannot be read" ]
	# A line more, though no record, are other bytes.
	mkdir more; { cat "$run/raw.ndjson"; echo none; } >more/raw.ndjson
	run -1 --separate-stderr lmgauge verify post.md more
	[[ ${lines[1]} == *"Records: raw.ndjson, SHA-256"* ]]
	run -0 --separate-stderr lmgauge verify <(lmgauge share more 2>/dev/null) more
	# What fails is no answer.
	TMPDIR=$PWD/none run -4 --separate-stderr lmgauge verify post.md "$run"
	# Of other records: another run's raw file does not agree.
	mkdir other; jq -c 'select(.type != "response" or .req != 3)' "$run/raw.ndjson" >other/raw.ndjson
	run -1 lmgauge verify post.md other
}

teardown() {
	stop_lmsim
}
