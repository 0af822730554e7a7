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
	[[ ${lines[0]} == "usage: mkreport [OPTION...] [FILE...]" ]]
	[ -z "$stderr" ]
}

@test "--version names the tool and its release" {
	run -0 --separate-stderr mkreport --version
	[[ $output =~ ^"mkreport "[0-9]+\.[0-9]+\.[0-9]+(" ("[^\ ]+")")?$ ]]
}

@test "an unknown option is one line on stderr and 2" {
	run -2 --separate-stderr mkreport --frobnicate
	[ -z "$output" ]
	[[ $stderr == *"frobnicate"* ]]
}

@test "an unknown format names the ones there are" {
	run -2 --separate-stderr mkreport --format html "$base"
	[[ $stderr == *"no format 'html'; md, share, csv, json and sql are there; make export and mkreport(1) have more"* ]]
}

@test "an unknown table names the ones there are" {
	run -2 --separate-stderr mkreport --format csv --table nope "$base"
	[[ $stderr == *"no table 'nope'; requests, metrics, memory, leak, compare, "*" and bandwidth are there"* ]]
}

@test "a table of a format without tables is refused" {
	run -2 --separate-stderr mkreport --table leak "$base"
	[[ $stderr == *"--table: only for --format csv and json"* ]]
}

@test "a missing file is named, 4" {
	run -4 --separate-stderr mkreport nowhere.ndjson
	[ -z "$output" ]
	[[ $stderr == "mkreport: nowhere.ndjson: "* ]]
	run -4 --separate-stderr mkreport .
	[ "$stderr" = "mkreport: .: a folder: name the file in it" ]
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

@test "of many bad lines the first five are named, the others counted" {
	{ cat "$base"; for i in {1..40}; do echo "no record $i"; done; } >bad.ndjson
	n=$(wc -l <"$base")
	run -3 --separate-stderr mkreport bad.ndjson
	[ "${#stderr_lines[@]}" -eq 6 ]
	[ "${stderr_lines[0]}" = "mkreport: bad.ndjson:$((n + 1)): not a metric record, skipped" ]
	[ "${stderr_lines[5]}" = "mkreport: bad.ndjson:$((n + 6)): not a metric record, skipped; further bad lines are only counted" ]
	[[ $output == *"**40 lines of the input were not understood**"* ]]
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
	[[ $output == *"> **INTERRUPTED.**"*"said to be missing. \`make resume\` goes on with it."* && $output != *"CUT OFF"* ]]
	run -0 mkreport <(jq -c 'if .type == "run" then .interrupted = true | .models |= map(select(.variant == "mlx")) else . end | select(.variant == null or .variant == "mlx")' "$base")
	[[ $output == *'`mlx` was measured alone before the run ended: there is nothing to compare it with.'* ]]
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
## Energy
## Mixture of experts
## Stability
## Quality
## Findings
## Method
## Machine
## What our tools cost
## How to reproduce
## Raw data" ]
}

@test "whatever the number of pairs the report fits into an issue; what does not goes to the details" {
	many() {
		jq -c --argjson n "$1" '. as $r | if .type == "run" then .models = [range($n) as $i | $r.models[] | .pair += "-\($i)"]
		    elif .pair != null then range($n) as $i | .pair += "-\($i)" else . end' "$base"
	}
	local n h sizes="2 8 24"
	[ "$LMG_VARIANT" = release ] || sizes=24	# it has all that the smaller have
	mkdir plots
	touch plots/{speed,tradeoff}.svg plots/{concurrency,depth,ecdf,leak,memory,moe,prompt,quality,scenarios,turns}-{1..72}.svg
	many 3 >many.ndjson
	run -0 mkreport --plots plots many.ndjson
	[ "${#output}" -lt 64000 ]
	mkreport --details "$base" >alone.md
	for n in $sizes; do
		many $n >many.ndjson
		run -0 mkreport many.ndjson
		[ "${#output}" -lt 65536 ]
		# Every section has its heading, and nothing is lost: each is in one of the two.
		[ "$(grep -c '^## ' <<<"$output")" -eq 14 ]
		mkreport --details many.ndjson >details.md
		for h in Speed Memory "Mixture of experts" Stability Findings; do
			if sed -n "/^## $h\$/,/^## /p" <<<"$output" | grep -q 'In \[Details\](details.md): with it this file would not fit'; then
				grep -q "^## $h\$" details.md
			else
				[ "$(grep -c "^## $h\$" details.md)" -eq "$(grep -c "^## $h\$" alone.md)" ]
			fi
		done
	done
	# The verdict in short is there to the last.
	[ "$(grep -c '^| `[^`]*`: `gguf` or `mlx` |' <<<"$output")" -eq 72 ]
}

@test "the report fits into a comment of GitHub's, its details are a document of their own" {
	run -0 mkreport "$base"
	[ "${#output}" -lt 65536 ]
	[[ $output == *"[Details](details.md)"* ]]
	run -0 mkreport --details "$base"
	[[ ${lines[0]} == "# Details: "* && $output == *"(report.md#speed)"* ]]
	run -0 bash -c 'mkreport -d "$1" | grep "^##"' - "$base"
	[ "$output" = '### `llama-3.3-70b`
### `llama-4-scout`
### `mixtral-8x22b`' ]
	run -2 --separate-stderr mkreport --details --format csv "$base"
	[[ $stderr == *"--details: only for --format md"* ]]
}

@test "the verdict names the winner, by how much and how sure" {
	run -0 bash -c 'mkreport "$1" | sed -n "/^### .llama-3.3-70b/,/^### .llama-4/p" | grep -m1 "^| Faster decode"' - "$base"
	[[ $output =~ ^"| Faster decode | **\`mlx\`** | 3"[0-9]" % more tok/s (1.3"[0-9]" times, 95 % interval 1."[0-9]+" to 1."[0-9]+") | \`simple_gen\`, decided after 4 of 6 rounds, E 310, 40 needed |"$ ]]
}

@test "what is not decided says how many more rounds it takes, and how long" {
	run -0 mkreport "$base"
	[[ $output == *"| Faster to first token | cannot tell | about 14 more rounds (21 min 0 s) needed; the rounds so far: \`mlx\` over \`gguf\` "* ]]
	[[ $output == *"| Faster decode | no difference | no difference larger than 2.10 % |"* ]]
	[[ $output == *"take \`gguf\` for stability, \`mlx\` for memory. Not decided: time to first token."* ]]
}

@test "where one scenario favours one and another the other, that is the first thing said" {
	jq -c 'if .type == "compare" and .scenario == "context_stress" and .metric == "decode_tps" and .pair == "llama-4-scout"
	    then . + {ratio: 0.8, ratio_lo: 0.75, ratio_hi: 0.86} else . end' "$base" >depends.ndjson
	run -0 mkreport depends.ndjson
	[ "$(grep -c '[*]It depends' <<<"$output")" -eq 1 ]
	[[ $output == *'| `llama-4-scout`: `gguf` or `mlx` | **`mlx`**, but it depends; not like for like: '* ]]
	[[ $output == *$'### `llama-4-scout`\n\n**It depends:** decode speed: `gguf` is better in `context_stress` (ratio 0.80 [0.75, 0.86], a description), `mlx` in `simple_gen` (ratio 1.32 [1.27, 1.36]).\n\n| Question |'* ]]
	[[ $output == *': it wins on time to first token, decode speed and memory, but not in every scenario, see above.'* ]]
	# An interval that holds 1 contradicts nothing.
	run -0 bash -c 'sed "s/\"ratio_hi\":0.86/\"ratio_hi\":1.01/" depends.ndjson | mkreport'
	[[ $output != *"**It depends"* && $output != *"but it depends"* ]]
	[[ $output == *': it wins on time to first token, decode speed and memory, and loses on nothing that was decided.'* ]]
	# What is not decided here, and is described elsewhere, is no contradiction but a loss.
	jq -c 'if .type == "compare" and .metric == "decode_tps" and .scenario != "context_stress" then
	    if .headline then .verdict = "inconclusive" | .better = null else empty end else . end' depends.ndjson >loses.ndjson
	run -0 mkreport loses.ndjson
	[[ $output == *': it wins on time to first token and memory, but decode speed is better with `gguf` in `context_stress` (ratio 0.80 [0.75, 0.86], a description). Not decided: decode speed, stability.'* ]]
	# A warm prompt says nothing about cold ones.
	run -0 bash -c 'jq -c "if .type == \"compare\" and .scenario == \"context_stress\" then .cache = \"warm\" else . end" depends.ndjson | mkreport'
	[[ $output != *"**It depends"* ]]
}

@test "a recommendation is softened where the two are not like for like" {
	run -0 mkreport "$base"
	[[ $output == *'take `mlx`, with reserve (not like for like: size 60.9 GiB and 49.9 GiB; context 8192 and 4096; `mlx` failed 1 of 66 requests): it wins on '* ]]
	# Of two formats the runtimes are others anyway; of one format that moves the answer.
	run -0 bash -c 'jq -c "if .type == \"run\" then .models |= map(.format = \"gguf\") else . end" "$1" | mkreport' - "$base"
	[[ $output == *'context 8192 and 4096; runtime `gguf-engine 1.2` and `mlx-engine 1.2`; '* ]]
	like='if .type == "run" then .models |= map(.size_bytes = 5 | .bits_per_weight = null | .context_length = 4096 | .runtime = "one") elif .type == "stability" then .failed = 0 | .fail_hi = 0.05 else . end'
	run -0 bash -c 'jq -c "$1" "$2" | mkreport' - "$like" "$base"
	[[ $output == *'take `mlx`: it wins on '* && $output != *"with reserve"* ]]
	run -0 bash -c 'jq -c "$1" "$2" | jq -c "if .type == \"run\" then .models |= map(.bits_per_weight = if .variant == \"mlx\" then 4.5 else 6.5 end) else . end" | mkreport' - "$like" "$base"
	[[ $output == *'take `mlx`, with reserve (not like for like: bits per weight 6.50 and 4.50): it wins on '* ]]
	run -0 bash -c 'jq -c "$1" "$2" | jq -c "if .type == \"run\" then .models |= map(.parallel = if .variant == \"mlx\" then 1 else 4 end) else . end" | mkreport' - "$like" "$base"
	[[ $output == *'take `mlx`, with reserve (not like for like: parallel slots 4 and 1): it wins on '* ]]
	# E(30) is 3080.9 where the mean of 30 rounds is one standard deviation.
	for e in 3080 3081; do
		run -0 bash -c 'jq -c "$1" "$2" | jq -c --argjson e $3 "if .metric == \"peak_bytes\" then .rounds = 30 | .decided_after = 30 | .e = \$e else . end" | mkreport' - "$like" "$base" $e
		[ "$e $(grep -c 'take `mlx`, with reserve (not like for like: memory differs by less than from visit to visit): it wins on ' <<<"$output")" = "$e $((e == 3080))" ]
	done
	run -0 bash -c '{ jq -c "$1" "$2"; for c in sampling_differs speculation_differs prompt_tokens_differ load_failed; do jq -c --arg c $c "select(.type == \"integrity\") | .code = \$c | .pair = \"llama-4-scout\"" "$2" | head -1; done; } | mkreport' - "$like" "$base"
	[[ $output == *'take `mlx`, with reserve (not like for like: sampling or penalties; speculation; tokens of a prompt; a load failed): it wins on '* ]]
}

@test "stability: answers that were cut off again and again decide it, a few leave it open" {
	cut() { jq -c --argjson n "$1" 'select(.type != "leak") | if .type == "stability" then .failed = 0 | .fail_lo = 0 | .fail_hi = 0.055 | .by_status =
	    if .variant == "mlx" then {ok: (66 - $n), truncated: $n} else {ok: 66} end else . end' "$base"; }
	run -0 mkreport <(cut 15)
	[[ $output == *'| More stable | **`gguf`** | answers of the other were cut off again and again; `gguf` 0 of 66 failed (at most 5.50 %), `mlx` 0 of 66 failed (at most 5.50 %); cut off before their end: 0 and 15 |'* ]]
	[[ $(mkreport -f share <(cut 15)) == *'| **`gguf`**; answers of the other were cut off again and again |'* ]]
	run -0 mkreport <(cut 5)
	[[ $output == *'| More stable | cannot tell | answers of one were cut off more often, which may be chance; '* ]]
	run -0 mkreport <(cut 0)
	[[ $output == *'| More stable | no difference | `gguf` 0 of 66 failed'* && $output != *'cut off before'* ]]
}

@test "where nothing is decided, what is needed is said: rounds, questions, longer answers" {
	open() { jq -c --argjson cut "$1" --arg v "$2" 'select(.type != "leak" and .type != "quality" and .type != "quality_compare")
	    | if .type == "compare" then .verdict = $v | .better = null | .further_rounds = null | .round_s = 90 else . end' "$base"
	    jq -nc --argjson cut "$1" --arg run "$(jq -r 'select(.type == "run").run' "$base")" '"llama-3.3-70b" as $pair
	    | (("gguf", "mlx") as $v | {type: "quality", run: $run, pair: $pair, variant: $v, items: 40, right: 0, cut: $cut}),
	      {type: "quality_compare", run: $run, pair: $pair, base: "gguf", new: "mlx", items: 40, right_base: 0, right_new: 0, difference: 0,
	       difference_lo: -0.09, difference_hi: 0.09, detectable: 0.24, verdict: "inconclusive"}'; }
	says() { mkreport <(open "$@") | sed -n '/^### `llama-3.3-70b`/,/^### /p' | grep -m 1 '^\*\*Recommendation'; }
	none='**Recommendation:** none yet, the measurements do not decide it:'
	[ "$(says 0 equivalent)" = "$none more questions needed." ]
	[ "$(says 30 equivalent)" = "$none longer answers needed." ]
	[ "$(says 30 confounded-by-order)" = "$none more rounds needed." ]
	[ "$(says 0 inconclusive)" = "$none more rounds (of 1 min 30 s) needed." ]
	[[ $(mkreport <(open 30 equivalent)) == *'| As good? | cannot tell | most answers of one were cut at the limit of tokens: the questions need a higher `max_tokens`; right: `gguf` 0 %, `mlx` 0 % |'* ]]
}

@test "stability: one failure more is no difference seen, and no equality either" {
	run -0 bash -c 'jq -c "select(.type != \"leak\")" "$1" | mkreport' - "$base"
	[[ $output == *'| More stable | cannot tell | one failed more, which may be chance; '* ]]
	run -0 bash -c 'jq -c "select(.type != \"leak\") | if .type == \"stability\" then .failed = 1 | .fail_lo = 0.001 | .fail_hi = 0.05 else . end" "$1" | mkreport' - "$base"
	[[ $output == *'| More stable | no difference | `gguf` 1 of 66 failed'* && $output != *"may be chance"* ]]
	# None of 15 failed, and none of 16.
	for few in 15:0.204 16:0.194; do
		mkreport <(jq -c --argjson n "${few%:*}" --argjson hi "${few#*:}" 'select(.type != "leak") | if .type == "stability"
		    then .requests = $n | .failed = 0 | .fail_lo = 0 | .fail_hi = $hi else . end' "$base") |
		    grep -m 1 '^| More stable' >>few
	done
	[ "$(cut -d '|' -f 3,4 few | cut -d ';' -f 1)" = " cannot tell | too few requests to see what fails now and then
 no difference | \`gguf\` 0 of 16 failed (at most 19.4 %), \`mlx\` 0 of 16 failed (at most 19.4 %) " ]
}

@test "memory left by load after load: how many loads were measured stands where they are too few" {
	run -0 bash -c 'jq -c "if .type == \"memory\" and .phase == \"after_unload\" then .trend_bytes_per_load = null | .visits = 2 else . end" "$1" | mkreport' - "$base"
	[[ $output == *'| Trend of what is not returned, per load | needs 3 loads with samples before and after, has 2 | needs 3 loads with samples before and after, has 2 |'* ]]
}

@test "what was not measured is said, never 0" {
	jq -c 'select((.type == "memory" or .metric == "peak_bytes") | not)' "$base" >nomem.ndjson
	run -0 mkreport nomem.ndjson
	[[ $output == *"| Less memory | not measured | no visit of both was sampled |  |"* ]]
	[[ $output == *$'\n\nNot measured.\n\n'* ]]
}

@test "one finding in many places is one row, with the sum and the worst place" {
	{ cat "$base"; for i in 1 2 3 4 5; do
		echo '{"type":"integrity","run":"20261123T120000Z-abc123","t_ns":0,"level":"warn","code":"late_reads","count":'$i',"pair":"p","variant":"v'$i'","scenario":null,"message":"late in '$i'"}'
	done; } >many.ndjson
	run -0 mkreport many.ndjson
	[ "$(grep -c late_reads <<<"$output")" -eq 1 ]
	[[ $output == *'| warn | `late_reads` | 15 | 5 places, most in `p` `v5` | there: late in 5 |'* ]]
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
	# With figures, not only ratios.
	[[ $row =~ "| **\`mlx\`**: "[0-9.]+" s against "[0-9.]+" s, 0."[0-9]+" times |" ]]
	[[ $row =~ "| **\`mlx\`**: "[0-9.]+" tok/s against "[0-9.]+" tok/s, 1.3"[0-9]" times |" ]]
	[[ $row =~ "| **\`mlx\`**: "[0-9.]+" GiB against "[0-9.]+" GiB, 0."[0-9]+" times |" ]]
	[ "$(awk -F'|' '{ print NF }' <<<"$row")" -eq 9 ]
}

@test "a scenario that varies something is shown by level, never as one median" {
	run -0 mkreport "$base"
	speed=$(sed -n '/^## Speed/,/^## Memory/p' <<<"$output")
	for level in '500 tokens' '1000 tokens' '4000 tokens'; do
		[ "$(grep -c "^| .context_stress., cold | $level | Time to first token | " <<<"$speed")" -eq 3 ]
	done
	[ "$(grep -c '^| `parallel`, cold | 8 at once | ' <<<"$speed")" -eq 3 ]
	# Domains have a section of their own, and their rows in the details.
	run -1 grep '^| `moe`, cold | `math` | ' <<<"$speed"
	[[ $speed == *"Domain by domain it stands under [Mixture of experts](#mixture-of-experts)"* ]]
	[ "$(mkreport --details "$base" | grep -c '^| `moe`, cold | `math` | Time to first token |')" -eq 3 ]
	run -1 grep -E '^\| `(context_stress|parallel|moe)`, cold \|   \|' <<<"$speed"
	# All levels together have a ratio, and no medians.
	[ "$(grep -cE '^\| `context_stress`, cold \| all levels \| Time to first token \| - \| - \| [0-9]' <<<"$speed")" -eq 3 ]
}

@test "of three variants every one is set against every other" {
	jq -c '., if .type == "compare" and .headline and .pair == "llama-3.3-70b" then (.new = "q4"), (.base = "mlx" | .new = "q4" | .ratio = 2 | .ratio_lo = 1.9 | .ratio_hi = 2.1 | .verdict = "different" | .better = "q4")
	    elif .type == "stability" and .pair == "llama-3.3-70b" and .variant == "mlx" then .variant = "q4" else empty end' "$base" >three.ndjson
	run -0 mkreport three.ndjson
	[[ $output == *"Every variant is compared with every other. That twins get a winner has the chance that the rules give for each two by themselves; of several, one is likelier to."* ]]
	for two in 'gguf` or `mlx' 'gguf` or `q4' 'mlx` or `q4'; do
		[ "$(grep -c "^| Faster decode | \`$two\` | " <<<"$output")" -eq 1 ]
		[ "$(grep -c "^\`$two\`? \*\*Recommendation:" <<<"$output")" -eq 1 ]
		[ "$(grep -c "^| \`llama-3.3-70b\`: \`$two\` | " <<<"$output")" -eq 1 ]
	done
	[[ $output == *'| Faster decode | `mlx` or `q4` | **`q4`** | 2.00 times, 95 % interval 1.90 to 2.10 | '* ]]
	[ "$(mkreport -f json three.ndjson | jq -c '.runs[0].pairs[] | select(.pair == "llama-3.3-70b").comparisons | map([.base, .new, (.answers[] | select(.question == "decode").winner)])')" = \
	    '[["gguf","mlx","mlx"],["gguf","q4","q4"],["mlx","q4","q4"]]' ]
	[[ "$(mkreport -f share three.ndjson)" == *'**`mlx`** `6bit`'*'| **`q4`**'*'| decode, `simple_gen` | '*' | **`q4`**, 2.00 times [1.90, 2.10]'* ]]
}

@test "variants of which one came first too often are not compared, in words" {
	jq -c 'if .type == "compare" and .scenario == "simple_gen" then .verdict = "confounded-by-order" | .better = null else . end' "$base" >once.ndjson
	run -0 mkreport once.ndjson
	[[ $output != *confounded* ]]
	[[ $output == *"| Faster decode | not compared | one came first too often or by too long: drift would look the same; more rounds, in reversed order | \`simple_gen\`, 6 rounds |"* ]]
	[[ $output =~ "| \`simple_gen\`, cold |   | Time to first token | "[^|]+" | "[^|]+" | not compared: one came first too often or by too long |" ]]
	[[ $(mkreport <(jq -c 'if .type == "compare" then .verdict = "confounded-by-order" | .rounds = 1 else . end' "$base")) == *"| Faster decode | not compared | one round, in which one came first: drift would look the same | \`simple_gen\`, 1 round |"* ]]
	[[ $(mkreport -f share <(jq -c 'if .type == "compare" then .verdict = "confounded-by-order" | .rounds = 1 else . end' "$base")) == *"| not compared: one round, in which one came first, "* ]]
	# Over all levels there would be neither medians nor a ratio: no row.
	[[ $output == *"| \`context_stress\`, cold | all levels | "* ]]
	jq -c 'if .type == "compare" and .scenario == "context_stress" then .verdict = "confounded-by-order" else . end' "$base" >once.ndjson
	run -0 mkreport once.ndjson
	[[ $output != *"| \`context_stress\`, cold | all levels | "* ]]
}

@test "a session made for its memory floors has its speeds in the details" {
	jq -c '., if (.type == "metric" or .type == "compare") and .scenario == "simple_gen" then .scenario = "memory_leak" | if .type == "compare" then .verdict = "confounded-by-order" else . end else empty end' "$base" >session.ndjson
	run -0 mkreport session.ndjson
	speed=$(sed -n '/^## Speed/,/^## Memory/p' <<<"$output")
	details=$(mkreport --details session.ndjson)
	run -1 grep '^| `memory_leak`' <<<"$speed"
	[ "$(grep -c '^`memory_leak` is not compared: one came first too often or by too long\. Its' <<<"$speed")" -eq 3 ]
	# One visit by design says so.
	run -0 mkreport <(jq -c 'if .type == "compare" then .rounds = 1 else . end' session.ndjson)
	[ "$(grep -c '^`memory_leak` is not compared: it is one long visit of each variant, not rounds\. Its' <<<"$output")" -eq 3 ]
	[ "$(grep -c '^| `memory_leak`, cold |   | Time to first token |' <<<"$details")" -eq 3 ]
}

@test "memory: growth per 1000 tokens, trend over the loads, swap and pressure" {
	jq -c 'if .type == "memory" and .phase == "decode" then . += (if .counter != "anon" then { per_1000_tokens_bytes: 1, per_1000_tokens_n: 9 }
	        elif .variant == "gguf" then { per_1000_tokens_bytes: 3145728, per_1000_tokens_lo_bytes: 2936012.8, per_1000_tokens_hi_bytes: 3460300.8, per_1000_tokens_n: 12 }
	        elif .pair == "llama-3.3-70b" then { per_1000_tokens_bytes: 0, per_1000_tokens_lo_bytes: 0, per_1000_tokens_hi_bytes: 0, per_1000_tokens_n: 12 }
	        elif .pair == "llama-4-scout" then { per_1000_tokens_bytes: -7654604.8, per_1000_tokens_lo_bytes: -24536678.4, per_1000_tokens_hi_bytes: 524288, per_1000_tokens_n: 8 }
	        else { per_1000_tokens_bytes: 3145728, per_1000_tokens_n: 4 } end)
	    elif .type == "memory" and .phase == "after_unload" then .trend_bytes_per_load = 2097152 | .trend_p = 0.04 else . end' "$base" >kv.ndjson
	run -0 mkreport kv.ndjson
	kv='^| KV growth per 1000 tokens of context, while a request runs (`anon`) | 3.0 MiB \[2.8, 3.3\], n 12 |'
	[ "$(grep -c "$kv none seen, n 12 |" <<<"$output")" -eq 1 ]
	[ "$(grep -c "$kv none seen, at most 512 KiB, n 8 |" <<<"$output")" -eq 1 ]
	[ "$(grep -c "$kv cannot tell: 4 requests |" <<<"$output")" -eq 1 ]
	[ "$(grep -c '^| Trend of what is not returned, per load | 2.00 MiB, p 0.040 | 2.00 MiB, p 0.040 |' <<<"$output")" -eq 3 ]
	[[ $output == *"Swap and memory pressure during the run: none seen. Pressure was not measured"* ]]
	echo '{"type":"integrity","run":"20261123T120000Z-abc123","t_ns":0,"level":"warn","code":"swap_grew","count":1,"pair":null,"variant":null,"scenario":null,"message":"the swap grew by 70 MiB"}' >>kv.ndjson
	run -0 mkreport kv.ndjson
	[[ $output == *"Swap and memory pressure during the run: the swap grew by 70 MiB."* ]]
}

@test "pressure and swap stand by phase, where there were any" {
	p='{type:"pressure",run:"20261123T120000Z-abc123",t_ns:0,pair:"llama-4-scout",kind:"moe",variant:"mlx",n:40,own_swap_bytes:0,swap_grew_bytes:0,pressed:0,pressure_max:0}'
	{ cat "$base"; jq -nc "$p | (.phase = \"load\"), (.phase = \"decode\" | .pressed = 7 | .pressure_max = 31.5 | .own_swap_bytes = 1073741824)"; } >p.ndjson
	run -0 mkreport p.ndjson
	[[ $output == *"during the run: none seen."$'\n\n'"### "* ]]
	[[ $output == *'| `mlx` | decode | 7 of 40 | 31.5 % | 1.00 GiB | 0 B |'* ]]
	[[ $output != *'| while loading | 0 of 40 |'* ]]
	jq -c 'if .type == "run" then .host.os = "macOS" elif .type == "pressure" then .pressure_max = 4 else . end' p.ndjson >mac.ndjson
	run -0 mkreport mac.ndjson
	[[ $output == *'| `mlx` | decode | 7 of 40 | level 4 | 1.00 GiB | 0 B |'* ]]
}

@test "energy: by request with its ratio, power by phase, and why not" {
	run -0 mkreport "$base"
	[[ $output == *$'## Energy\n\nNot measured: no energy counter could be read'* ]]
	jq -nc '{run:"20261123T120000Z-abc123",t_ns:0,pair:"llama-3.3-70b",kind:"dense"} as $w
	    | ({gguf: 400, mlx: 300} | to_entries[]) as $v
	    | ($w + {type:"metric",variant:$v.key,scenario:"simple_gen",cache:"cold",metric:"energy_j",unit:"J",by:null,level:null,n:20,p50:$v.value,ci_lo:($v.value-5),ci_hi:($v.value+5)}),
	      ($w + {type:"energy",variant:$v.key,counter:"cpu",phase:"decode",phase_s:100,covered_s:(if $v.key == "mlx" then 40 else 100 end),spans:40,readings:90,energy_j:4100,mean_w:41}),
	      ($w + {type:"energy",variant:$v.key,counter:"cpu",phase:"load",phase_s:2,covered_s:2,spans:1,readings:2,energy_j:20,mean_w:10}),
	      ($w + {type:"energy",variant:$v.key,counter:"cpu",phase:"prefill",phase_s:3,covered_s:3,spans:30,readings:50,energy_j:90,mean_w:30}),
	      ($w + {type:"compare",scenario:"simple_gen",cache:"cold",metric:"energy_j",unit:"J",by:null,level:null,base:"gguf",new:"mlx",rounds:4,ratio:0.75,ratio_lo:0.74,ratio_hi:0.76,verdict:"description",better:null})' >e
	cat "$base" e >e.ndjson
	run -0 mkreport e.ndjson
	[[ $output == *'the machine (CPU) used'* ]]
	[[ $output == *'| `simple_gen`, cold |   | Energy per request | 400 J [395, 405], n 20 | 300 J [295, 305], n 20 | 0.750 [0.740, 0.760] |'* ]]
	[[ $output == *'| CPU, whole machine | decode | 41.0 W (4.10 kJ) | 41.0 W (4.10 kJ, over 40.0 % of the time) |'* ]]
	[[ $output == *'| CPU, whole machine | prefill | too short for the readings | too short for the readings |'* ]]
	[[ $output != *'| CPU, whole machine | while loading |'* ]]
	run -0 mkreport --details e.ndjson
	[[ $output == *'| CPU, whole machine | while loading | 10.0 W (20.0 J) | 10.0 W (20.0 J) |'* ]]
}

@test "a row that is not decided says so in place, and a description claims nothing" {
	jq -c 'if .type == "compare" and .scenario == "simple_gen" and .pair == "llama-3.3-70b" then . + {verdict: "inconclusive", better: null, further_rounds: 1}
	    elif .type == "compare" and .scenario == "simple_gen" and .pair == "llama-4-scout" then . + {verdict: "inconclusive", better: null, rounds: 2, ratio_lo: null, ratio_hi: null, further_rounds: null} else . end' "$base" >why.ndjson
	run -0 mkreport why.ndjson
	speed=$(sed -n '/^## Speed/,/^## Memory/p' <<<"$output")
	grep -qE '^\| `simple_gen`, cold .*\], cannot tell, about 1 more round \|$' <<<"$speed"
	grep -qE '^\| `simple_gen`, cold .* \| 0\.8[0-9]*, cannot tell \|$' <<<"$speed"
	grep -qE '^\| `context_stress`, cold \| all levels .* \| 0\.[0-9]+ \[0\.[0-9]+, 0\.[0-9]+\] \|$' <<<"$speed"
	[[ $output == *"more rounds (of "*") needed; the rounds so far: "* ]]
}

@test "the tail of the gaps: all requests with its interval, and domain by domain" {
	run -0 mkreport "$base"
	[[ $output == *'| `gguf` | `moe` | 4800 | 24 | 2.1 [1.9, 2.6] | 0.120 | 0.0800 |'* ]]
	[[ $output == *'| `gguf` | `icl_s`, p99 over p50 | 2.00, n 1200 | 2.00, n 1200 | 2.00, n 1200 | 2.00, n 1200 | not tested |'* ]]
}

@test "growth that a cache would explain decides nothing" {
	run -0 mkreport "$base"
	scout=$(sed -n '/^### .llama-4-scout/,/^### .mixtral/p' <<<"$output")
	[[ $scout == *"| More stable | cannot tell | memory grows in one of them, which may be a leak or a cache that fills; \`gguf\` 0 of 66 failed"* ]]
	[ "$(grep -c '| \*\*leak, or a cache that fills\*\*: grows with every request, within the cache budget: a cache still filling would look the same |' <<<"$output")" -eq 1 ]
}

@test "of more than ten drifting series the largest are shown, and nothing is claimed" {
	{ cat "$base"; for i in {1..12}; do
		echo '{"type":"drift","run":"20261123T120000Z-abc123","t_ns":0,"pair":"p","variant":"v","scenario":"s'$i'","cache":"warm","metric":"ttft_s","n":30,"span_s":60,"change_ratio":0.0'$((i + 10))'}'
	done; } >drifts.ndjson
	run -0 mkreport drifts.ndjson
	[[ $output == *"Drift over the run, each request by what is usual for its length and load: a description, not a test."*" The largest 10 of 18:"* ]]
	[ "$(grep -o '^| `p` | `v` | `s[0-9]*`, warm' <<<"$output" | grep -o 's[0-9]*' | paste -sd' ' -)" = "s12 s11 s10 s9 s8 s7 s6 s5 s4 s3" ]
	[[ $output == *'| `s3`, warm |'* && $output != *'| `s2`, warm |'* ]]
	[[ $output != *"by chance"* ]]
}

@test "less memory than a variant that leaks says that its peak grows" {
	run -0 mkreport "$base"
	[[ $output == *"| More stable | **\`gguf\`** | the other leaks memory; \`gguf\` 0 of "*"| leak test, see [Memory](#memory); Wilson 95 % intervals |"* ]]
	[[ $output != *"its peak grows"* ]]
	jq -c 'if .type == "leak" then .verdict = (if .variant == "gguf" then "leak" else "stable" end) else . end' "$base" >leaky.ndjson
	run -0 mkreport leaky.ndjson
	[[ $output == *"| Less memory | **\`mlx\`** | "*"the median: \`gguf\` "*", \`mlx\` "*"; the other leaks: its peak grows with every request | decided after 3 of 6 rounds, E 5 000 000, 20 needed |"* ]]
}

@test "a leak of a server whose cache nobody knows says so in the verdict" {
	run -0 bash -c 'jq -c "if .type == \"leak\" then .cache_budget_bytes = null | .within_cache_budget = null else . end" "$1" | mkreport' - "$base"
	[[ $output == *"| More stable | cannot tell | memory grows in one of them, which may be a leak or a cache that fills; what the server may cache is not known; \`gguf\` 0 of "* ]]
}

@test "a leak that only another counter sees is in the verdict" {
	jq -c 'if .type == "leak" then .verdict = (if .variant == "gguf" and .counter == "shmem" then "leak" else "stable" end) | .within_cache_budget = null else . end
	    | ., if .type == "leak" and .deciding and .variant == "gguf" then .counter = "shmem" | .deciding = false | .verdict = "leak" else empty end' "$base" >shared.ndjson
	run -0 mkreport shared.ndjson
	[[ $output == *'| More stable | cannot tell | memory grows in one of them, which may be a leak or a cache that fills; `shmem` of `gguf` grows like a leak, which the deciding counter does not see; '* ]]
}

@test "why no leak was looked for" {
	grep -v '"type":"leak"' "$base" >noleak.ndjson
	run -0 mkreport noleak.ndjson
	[[ $output == *'Leak: not measured (no load answered 12 requests of one scenario, one at a time with idle time between them; `memory_leak` and `soak` do).'* ]]
	grep -vE '"type":"(leak|memory)"' "$base" >nomem.ndjson
	run -0 mkreport nomem.ndjson
	[[ $output == *'Leak: not measured (no memory was).'* ]]
}

@test "every counter's leak verdict and phases are in the details, the deciding one above" {
	run -0 mkreport "$base"
	memory=$(sed -n '/^## Memory/,/^## Mixture/p' <<<"$output")
	details=$(mkreport --details "$base")
	[ "$(grep -c '| `anon_swap` (decides) |' <<<"$memory")" -eq 6 ]
	run -1 grep '| `rss` | stable' <<<"$memory"
	[ "$(grep -cE '^\| `(gguf|mlx)` \| `memory_leak` \|' <<<"$details")" -eq 12 ]
	[ "$(grep -c '^| `file` | while loading |' <<<"$details")" -eq 3 ]
}

@test "drift is told from the first to the last request, not per hour" {
	jq -c 'if .type == "drift" then .change_ratio = 0.01 | .span_s = 90 else . end' "$base" >drift.ndjson
	run -0 mkreport drift.ndjson
	[[ $output == *"| First to last request | Within |"* && $output == *"| +1.00 % | 1 min 30 s |"* ]]
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
		[ "$(sqlite3 runs.db 'SELECT count(*) FROM lmgauge_compare')" -eq 39 ]
	fi
	[ -s report.md ] && [ "$(wc -l <requests.csv)" -eq 397 ]
}

@test "what is not told leaves no hole in a sentence, and one is no plural" {
	jq -c 'if .type == "run" then .server.version = null | .requests = 1 elif .type == "compare" then .rounds = 1 | .decided_after = 1
	    | if .metric == "peak_bytes" then .level = null elif .scenario == "simple_gen" and .metric == "ttft_s" then .metric = null else . end
	    else . end' "$base" >holes.ndjson
	run -0 mkreport holes.ndjson
	[[ $output == *'Server: `LM Studio`.'* && $output == *"; peak not known of a visit, the median: "* ]]
	[[ $output != *"(null)"* && $output != *" 1 rounds"* ]]
	run -0 mkreport -f share holes.ndjson
	[[ $output == *'Server: `LM Studio`, `gguf-engine 1.2`'* && $output == *$'\n1 request in '* && $output == *", after 1 round |"* ]]
}
