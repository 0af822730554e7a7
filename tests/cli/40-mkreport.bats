bats_require_minimum_version 1.5.0

# mkreport's command line, its input and its exit statuses.

setup_file() {
	export GEN=$BATS_TEST_DIRNAME/../golden/mkreport/generate.jq
	jq -nc --arg case base -f "$GEN" >"$BATS_FILE_TMPDIR/base.ndjson"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	base=$BATS_FILE_TMPDIR/base.ndjson
}

@test "--help goes to stdout and ends with 0" {
	run -0 --separate-stderr mkreport --help
	[[ ${lines[0]} == "usage: mkreport [-f FORMAT] [-p DIR] [-t TABLE] [FILE...]" ]]
	[ -z "$stderr" ]
}

@test "--version names the tool and its release" {
	run -0 --separate-stderr mkreport --version
	[[ $output =~ ^"mkreport "[0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "every option of --help is in the man page, and every one there in --help" {
	page=$BATS_TEST_DIRNAME/../../src/mkreport/mkreport.1
	diff <(mkreport --help | grep -o -- '--[a-z]*' | sort -u) \
	    <(sed -n 's/^\.It Fl [a-zA-Z] , Fl -\([a-z]*\).*/--\1/p' "$page" | sort -u)
}

@test "an unknown option is one line on stderr and 2" {
	run -2 --separate-stderr mkreport --frobnicate
	[ -z "$output" ]
	[[ $stderr == *"frobnicate"* ]]
}

@test "an unknown format names the ones there are" {
	run -2 --separate-stderr mkreport --format html "$base"
	[[ $stderr == *"no format 'html'; md, csv, json, benchstat, llama-bench, openmetrics and sql are there"* ]]
}

@test "an unknown table names the ones there are" {
	run -2 --separate-stderr mkreport --format csv --table nope "$base"
	[[ $stderr == *"no table 'nope'; requests, metrics, memory, leak and compare are there"* ]]
}

@test "a table of a format without tables is refused" {
	run -2 --separate-stderr mkreport --table leak "$base"
	[[ $stderr == *"--table: only for --format csv and json"* ]]
}

@test "a missing file is named, 4" {
	run -4 --separate-stderr mkreport nowhere.ndjson
	[ -z "$output" ]
	[[ $stderr == "mkreport: nowhere.ndjson: "* ]]
}

@test "no input at all is not understood, and says what to do" {
	run -3 --separate-stderr bash -c 'mkreport </dev/null'
	[ -z "$output" ]
	[ "$stderr" = 'mkreport: standard input: no metric records; run "metricsagg FILE | mkreport"' ]
}

@test "raw records are refused with the way to go" {
	echo '{"type":"run","run":"r","t_ns":0,"v":1,"stream":"raw"}' >raw.ndjson
	run -3 --separate-stderr mkreport raw.ndjson
	[ -z "$output" ]
	[ "$stderr" = 'mkreport: raw.ndjson:1: raw records; run "metricsagg FILE | mkreport"' ]
}

@test "another version of the format is refused" {
	echo '{"type":"run","run":"r","t_ns":0,"v":7,"stream":"metrics"}' >v7.ndjson
	run -3 --separate-stderr mkreport v7.ndjson
	[[ $stderr == "mkreport: v7.ndjson:1: a run record of another version"* ]]
}

@test "a bad line is named and skipped, the rest is reported, 3" {
	{ head -n 5 "$base"; echo 'not json'; tail -n +6 "$base"; } >bad.ndjson
	run -3 --separate-stderr mkreport bad.ndjson
	[ "$stderr" = "mkreport: bad.ndjson:6: not a metric record, skipped" ]
	[[ $output == *"**1 lines of the input were not understood**"* ]]
	[[ $output == *"## Verdict"* ]]
}

@test "a stream that was cut is reported, and the report says so" {
	head -c -30 "$base" >cut.ndjson
	run -0 --separate-stderr mkreport cut.ndjson
	[ -z "$stderr" ]
	[[ $output == *"> **CUT OFF.**"* ]]
	run -0 mkreport "$base"
	[[ $output != *"CUT OFF"* ]]
}

@test "an interrupted run says so" {
	jq -c 'if .type == "run" then .interrupted = true | .complete = false else . end' "$base" >int.ndjson
	run -0 mkreport int.ndjson
	[[ $output == *"> **INTERRUPTED.**"* && $output != *"CUT OFF"* ]]
}

@test "simulated data says SIMULATED, real data does not" {
	jq -c 'if .type == "run" then .simulated = true else . end' "$base" >sim.ndjson
	run -0 mkreport sim.ndjson
	[[ $output == *"> **SIMULATED.**"* ]]
	run -0 mkreport "$base"
	[[ $output != *"SIMULATED"* ]]
}

@test "the sections come in the order a reader asks" {
	run -0 bash -c 'mkreport "$1" | grep "^## "' - "$base"
	[ "$output" = "## Verdict
## Like for like?
## Speed
## Memory
## Mixture of experts
## Stability
## Findings
## Method
## Machine
## What our tools cost
## How to reproduce
## Details
## Raw data" ]
}

@test "the verdict names the winner, by how much and how sure" {
	run -0 bash -c 'mkreport "$1" | sed -n "/^### .llama-3.3-70b/,/^### .llama-4/p" | grep -m1 "^| Faster decode"' - "$base"
	[[ $output =~ ^"| Faster decode | **\`mlx\`** | 3"[0-9]" % more tok/s (1.3"[0-9]" times, 95 % interval 1."[0-9]+" to 1."[0-9]+") | \`simple_gen\`, 10 pairs of requests, adjusted p (Holm) 0.008 |"$ ]]
}

@test "what is not decided says how many more pairs it takes" {
	run -0 mkreport "$base"
	[[ $output == *"| Faster to first token | cannot tell | about 14 more pairs of requests needed; so far "* ]]
	[[ $output == *"| Faster decode | no difference | no difference larger than 2.10 % |"* ]]
	[[ $output == *"take \`gguf\` for stability, \`mlx\` for memory. Not decided: time to first token."* ]]
}

@test "what was not measured is said, never 0" {
	jq -c 'select(.type == "memory" | not)' "$base" >nomem.ndjson
	run -0 mkreport nomem.ndjson
	[[ $output == *"| Less memory | not measured |  |  |"* ]]
	[[ $output == *$'\n\nNot measured.\n\n'* ]]
}

@test "one finding in many places is one row, with the sum and the worst place" {
	{ cat "$base"; for i in 1 2 3 4 5; do
		echo '{"type":"integrity","run":"20261123T120000Z-abc123","t_ns":0,"level":"warn","code":"late_reads","count":'$i',"pair":"p","variant":"v'$i'","scenario":null,"message":"late in '$i'"}'
	done; } >many.ndjson
	run -0 mkreport many.ndjson
	[ "$(grep -c late_reads <<<"$output")" -eq 1 ]
	[[ $output == *'| warn | `late_reads` | 15 | 5 places, most in `p` `v5` | late in 5 |'* ]]
}

@test "more kinds of findings than fit are counted, errors staying" {
	{ cat "$base"; for i in {1..20}; do
		echo '{"type":"integrity","run":"20261123T120000Z-abc123","t_ns":0,"level":"info","code":"code_'$i'","count":1,"pair":null,"variant":null,"scenario":null,"message":"m"}'
	done; echo '{"type":"integrity","run":"20261123T120000Z-abc123","t_ns":0,"level":"error","code":"grave","count":1,"pair":null,"variant":null,"scenario":null,"message":"m"}'; } >many.ndjson
	run -0 mkreport many.ndjson
	section=$(sed -n '/^## Findings/,/^## Method/p' <<<"$output")
	[ "$(grep -cE '^\| (\*\*error\*\*|warn|info) ' <<<"$section")" -eq 15 ]
	[[ $section == *'| **error** | `grave` | 1 |'* ]]
	before=$(jq -s 'map(select(.type == "integrity")) | length' "$base")
	[[ $section == *"Not shown: $((before + 21 - 15)) more of level info. Each finding"* ]]
}

@test "the first table says per pair which one, before anything else" {
	run -0 mkreport "$base"
	first=$(grep -m1 -n '^|' <<<"$output" | cut -d: -f1)
	[ "$first" -lt "$(grep -n '^## Verdict' <<<"$output" | cut -d: -f1)" ]
	[ "$(grep -c '^| `[^`]*`: `gguf` or `mlx` |' <<<"$output")" -eq 3 ]
	row=$(grep -m1 '^| `llama-3.3-70b`: `gguf` or `mlx` |' <<<"$output")
	[[ $row =~ "| cannot tell |"|"| **\`mlx\`**, 0."[0-9]+" times the time |" ]]
	[[ $row =~ "| **\`mlx\`**, 1.3"[0-9]" times the speed |" ]]
	[[ $row == *"times the memory |"* ]]
	[ "$(awk -F'|' '{ print NF }' <<<"$row")" -eq 8 ]
}

@test "a scenario that varies something is shown by level, never as one median" {
	run -0 mkreport "$base"
	speed=$(sed -n '/^## Speed/,/^## Memory/p' <<<"$output")
	for level in '500 tokens' '1000 tokens' '4000 tokens'; do
		[ "$(grep -c "^| .context_stress., cold | $level | Time to first token | " <<<"$speed")" -eq 3 ]
	done
	[ "$(grep -c '^| `parallel`, cold | 8 at once | ' <<<"$speed")" -eq 3 ]
	[ "$(grep -c '^| `moe`, cold | `math` | ' <<<"$speed")" -eq 3 ]
	run -1 grep -E '^\| `(context_stress|parallel|moe)`, cold \|   \|' <<<"$speed"
	# All levels together have a ratio, and no medians.
	[ "$(grep -cE '^\| `context_stress`, cold \| all levels \| Time to first token \| - \| - \| [0-9]' <<<"$speed")" -eq 3 ]
}

@test "variants visited once each are not compared, in words" {
	jq -c 'if .type == "compare" and .scenario == "simple_gen" then .verdict = "confounded-by-order" | .p_holm = null | .better = null else . end' "$base" >once.ndjson
	run -0 mkreport once.ndjson
	[[ $output != *confounded* ]]
	[[ $output == *"| Faster decode | not compared | not compared: one visit each, in order, and drift would look the same: give each two or more blocks | \`simple_gen\`, 10 pairs of requests |"* ]]
	[[ $output =~ "| \`simple_gen\`, cold |   | Time to first token | "[^|]+" | "[^|]+" | not compared: one visit each, in order |" ]]
}

@test "a session made for its memory floors has its speeds in the details" {
	jq -c '., if (.type == "metric" or .type == "compare") and .scenario == "simple_gen" then .scenario = "memory_leak" | if .type == "compare" then .verdict = "confounded-by-order" else . end else empty end' "$base" >session.ndjson
	run -0 mkreport session.ndjson
	speed=$(sed -n '/^## Speed/,/^## Memory/p' <<<"$output")
	details=$(sed -n '/^## Details/,$p' <<<"$output")
	run -1 grep '^| `memory_leak`' <<<"$speed"
	[ "$(grep -c '^`memory_leak` is not compared: one visit each, in order' <<<"$speed")" -eq 3 ]
	[ "$(grep -c '^| `memory_leak`, cold |   | Time to first token |' <<<"$details")" -eq 3 ]
}

@test "memory: growth per 1000 tokens, trend over the loads, swap and pressure" {
	jq -c 'if .type == "memory" and .phase == "decode" then .per_1000_tokens_bytes = (if .counter == "anon" then 3145728 else 1 end)
	    elif .type == "memory" and .phase == "after_unload" then .trend_bytes_per_load = 2097152 | .trend_p = 0.04 else . end' "$base" >kv.ndjson
	run -0 mkreport kv.ndjson
	[ "$(grep -c '^| KV growth per 1000 tokens of context (`anon`) | 3.00 MiB | 3.00 MiB |' <<<"$output")" -eq 3 ]
	[ "$(grep -c '^| Trend of what is not returned, per load | 2.00 MiB, p 0.040 | 2.00 MiB, p 0.040 |' <<<"$output")" -eq 3 ]
	[[ $output == *"Swap and memory pressure during the run: none seen."* ]]
	echo '{"type":"integrity","run":"20261123T120000Z-abc123","t_ns":0,"level":"warn","code":"swap_grew","count":1,"pair":null,"variant":null,"scenario":null,"message":"the swap grew by 70 MiB"}' >>kv.ndjson
	run -0 mkreport kv.ndjson
	[[ $output == *"Swap and memory pressure during the run: the swap grew by 70 MiB."* ]]
}

@test "every counter's leak verdict and phases are in the details, the deciding one above" {
	run -0 mkreport "$base"
	memory=$(sed -n '/^## Memory/,/^## Mixture/p' <<<"$output")
	details=$(sed -n '/^## Details/,$p' <<<"$output")
	[ "$(grep -c '| `anon_swap` (decides) |' <<<"$memory")" -eq 6 ]
	run -1 grep '| `rss` | stable' <<<"$memory"
	[ "$(grep -cE '^\| `(gguf|mlx)` \| `memory_leak` \|' <<<"$details")" -eq 12 ]
	[ "$(grep -c '^| `file` | while loading |' <<<"$details")" -eq 3 ]
}

@test "drift is told over the run, and per hour only when it was that long" {
	drift='if .type == "drift" then .p = 0.01 | .slope_ratio_per_hour = 0.4 else . end'
	jq -c "$drift"' | if .type == "run" then .duration_s = 900 else . end' "$base" >short.ndjson
	run -0 mkreport short.ndjson
	[[ $output =~ "| Change over the run | p |" && $output =~ "| +10.0 % | 0.010 |" ]]
	jq -c "$drift"' | if .type == "run" then .duration_s = 7200 else . end' "$base" >long.ndjson
	run -0 mkreport long.ndjson
	[[ $output =~ "| Change per hour | p |" && $output =~ "| +40.0 % | 0.010 |" ]]
}

@test "experts: what concurrency changes, and what the parameters tell" {
	jq -c 'if .type == "run" then .models |= map(.params = ({"llama-4-scout": "17Bx16E", "mixtral-8x22b": "8x22B"}[.pair] // "70B")) else . end' "$base" >params.ndjson
	run -0 mkreport params.ndjson
	moe=$(sed -n '/^## Mixture/,/^## Stability/p' <<<"$output")
	[[ $moe == *'Parameters, `17Bx16E`: 17B active per token, 16 experts, total not told.'* ]]
	[[ $moe == *'Parameters, `8x22B`: 8 experts of 22B that share parts, so less than 176B in total; active not told.'* ]]
	[ "$(grep -cF '| Variant | Metric | `1` | `2` | `4` | `8` |' <<<"$moe")" -ge 2 ]
	[[ $moe == *'| `mlx` | `throughput_tps` | 23.6 tok/s, n 3 | 34.9 tok/s, n 3 | 46.0 tok/s, n 3 | 54.7 tok/s, n 3 |'* ]]
}

@test "plots are embedded only where they exist, with a text" {
	mkdir plots
	run -0 mkreport --plots plots "$base"
	[[ $output != *"!["* ]]
	: >plots/memory-2.svg
	: >plots/speed.png
	run -0 mkreport --plots plots "$base"
	[ "$(grep -c '^!\[[A-Z][^]]*\](plots/' <<<"$output")" -eq 2 ]
	[[ $output == *"](plots/memory-2.svg)"* && $output == *"](plots/speed.png)"* ]]
}

@test "several runs make one report with a table of all" {
	jq -c '.run = "second"' "$base" >second.ndjson
	run -0 mkreport "$base" second.ndjson
	[[ ${lines[0]} == "# 2 runs side by side" ]]
	[ "$(grep -c '^## Verdict' <<<"$output")" -eq 2 ]
	[ "$(grep -c '^| `llama-3.3-70b` | `mlx` | .*| `second` |' <<<"$output")" -eq 1 ]
}

@test "several runs of one metricsagg share one end" {
	{ grep -v '"type":"end"' "$base"; jq -c 'select(.type != "end") | .run = "second"' "$base"
	  echo '{"type":"end","run":null,"t_ns":0,"tool":"metricsagg","records":9,"interrupted":false}'; } >two.ndjson
	run -0 --separate-stderr mkreport two.ndjson
	[ -z "$stderr" ]
	[[ $output != *"CUT OFF"* ]]
	[ "$(grep -c '^# ' <<<"$output")" -eq 3 ]
}

@test "the order of the records does not change the tables of one type" {
	run -0 mkreport --format csv --table leak "$base"
	a=$output
	run -0 bash -c 'grep -v "\"type\":\"sample\"" "$1" | mkreport --format csv --table leak' - "$base"
	[ "$output" = "$a" ]
}

@test "a full disk is an error, 4" {
	[ -w /dev/full ] || skip "no /dev/full here"
	run -4 --separate-stderr bash -c 'mkreport "$1" >/dev/full' - "$base"
	[[ $stderr == "mkreport: "*"write error"* ]]
}

@test "a reader that goes away is no error" {
	run -0 --separate-stderr bash -c 'set -o pipefail; mkreport "$1" | head -n 1 || [ $? -eq 141 ]' - "$base"
	[[ ${lines[0]} == "# Local LLM server, measured: "* ]]
	[ -z "$stderr" ]
}

@test "the examples of the man page run as written" {
	cp "$base" metrics.ndjson
	mkdir plots
	mkreport --plots plots metrics.ndjson >report.md
	mkreport --format csv --table requests metrics.ndjson >requests.csv
	[ "$(mkreport --format json metrics.ndjson | jq -r '.runs[].pairs[] | [.pair, .comparisons[0].take] | @tsv' | wc -l)" -eq 3 ]
	if command -v sqlite3 >/dev/null; then
		mkreport --format sql metrics.ndjson | sqlite3 runs.db
		[ "$(sqlite3 runs.db 'SELECT count(*) FROM lmgauge_compare')" -eq 36 ]
	fi
	[ -s report.md ] && [ "$(wc -l <requests.csv)" -eq 397 ]
}
