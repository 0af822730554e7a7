bats_require_minimum_version 1.5.0

# The other formats say what the records say, to the last digit, and the
# programs they are for can read them.

setup_file() {
	export GEN=$BATS_TEST_DIRNAME/../golden/mkreport/generate.jq
	export EXPORT=$BATS_TEST_DIRNAME/../../pipelines/export
	jq -nc --arg case base -f "$GEN" >"$BATS_FILE_TMPDIR/base.ndjson"
}

setup() {
	base=$BATS_FILE_TMPDIR/base.ndjson
	cd "$BATS_TEST_TMPDIR" || return
}

@test "every table has a row per record and a header" {
	for t in requests:sample metrics:metric memory:memory leak:leak compare:compare quality:quality quality_compare:quality_compare calls:calls fidelity:fidelity; do
		n=$(jq -c "select(.type == \"${t#*:}\")" "$base" | wc -l)
		[ "$(mkreport --format csv --table "${t%:*}" "$base" | wc -l)" -eq $((n + 1)) ]
		[ "$(mkreport --format json --table "${t%:*}" "$base" | jq length)" -eq "$n" ]
	done
}

@test "a JSON table holds the values of the records, key by key" {
	mkreport --format json --table metrics "$base" | jq -S 'map(del(.run))' >got
	jq -nS '[inputs | select(.type == "metric") | del(.type, .run, .t_ns)]' "$base" >want
	diff got want
}

@test "a CSV table reads back as the same numbers" {
	command -v sqlite3 >/dev/null || skip "sqlite3 is not installed"
	mkreport --format csv --table requests "$base" >r.csv
	got=$(sqlite3 :memory: -cmd '.mode csv' -cmd '.import r.csv r' \
	    "SELECT count(*), round(sum(CAST(ttft_s AS REAL)), 6) FROM r WHERE variant = 'mlx'")
	want=$(jq -nr '[inputs | select(.type == "sample" and .variant == "mlx") | .ttft_s] | "\(length),\(add * 1e6 | round / 1e6)"' "$base")
	[ "$got" = "$want" ]
}

@test "what was not measured is empty in CSV and null in JSON" {
	run -0 bash -c 'mkreport --format csv --table compare "$1" | sed -n 2p' - "$base"
	[[ $output == *,\"different\",*,$'' ]]
	[[ $output != *NaN* && $output != *nan* && $output != *null* ]]
	run -0 bash -c 'mkreport --format json --table compare "$1" | jq -r ".[0].further_rounds"' - "$base"
	[ "$output" = null ]
}

@test "the summary for CI has the verdicts of the report" {
	mkreport --format json "$base" >s.json
	run -0 jq -r '.runs[0].pairs[2].comparisons[0] | [.recommendation, .take, (.answers | map(.answer) | join(" "))] | @tsv' s.json
	[ "$output" = $'trade-off\t\tcannot-tell same different different not-measured' ]
	run -0 jq -c '.runs[0] | [.simulated, .complete, .failed, (.pairs | length), (.findings | length)]' s.json
	[ "$output" = "[false,true,1,3,2]" ]
	run -0 jq -r '.runs[0].pairs[0].variants[1] | [.variant, .leak, .memory_counter, .failed] | @tsv' s.json
	[ "$output" = $'mlx\tleak\trss\t1' ]
}

@test "SQL loads into sqlite3, one table per record type" {
	command -v sqlite3 >/dev/null || skip "sqlite3 is not installed"
	mkreport --format sql "$base" | sqlite3 runs.db
	got=$(sqlite3 runs.db "SELECT variant, count(*), round(avg(decode_tps), 6) FROM lmgauge_sample WHERE pair = 'mixtral-8x22b' GROUP BY variant")
	want=$(jq -nr '[inputs | select(.type == "sample" and .pair == "mixtral-8x22b")] | group_by(.variant)[] | "\(.[0].variant)|\(length)|\(map(.decode_tps) | add / length * 1e6 | round / 1e6)"' "$base")
	[ "$got" = "$want" ]
	[ "$(sqlite3 runs.db "SELECT host_cpu FROM lmgauge_run")" = "AMD EPYC 9654" ]
}

# Lists, and the objects that run passes on whole, are no columns; t_ns and v
# say nothing about a run.
@test "every key that metricsagg writes is a column of SQL" {
	metricsagg --samples "$BATS_TEST_DIRNAME/../golden/metricsagg/whole/in.ndjson" >m.ndjson
	jq -r 'select(.type | IN("timeline", "ecdf") | not) | .type as $t
	    | del(.type, .run, .t_ns, .v, .stream, .host, .server, .calibration, .models, .domains, .points, .self)
	    | keys[] | "\($t) \(.)"' m.ndjson | sort -u >want
	mkreport --format sql m.ndjson | sed -n 's/^CREATE TABLE IF NOT EXISTS "lmgauge_\([a-z]*\)" (\(.*\));$/\1 \2/p' |
	    awk '{ t = $1; $1 = ""; n = split($0, c, ","); for (i = 1; i <= n; i++) { split(c[i], q, "\""); print t, q[2] } }' | sort -u >got
	[ "$(cut -d ' ' -f 1 want | uniq | wc -l)" -ge 9 ]
	[ -z "$(comm -23 want got)" ]
	for k in "sample icl_spread_ratio" "leak block" "leak cache_budget_from" "compare kind" "stability kind" "drift kind"; do
		grep -qx "$k" got
	done
}

@test "what a record says reaches CSV: the spread of gaps, the block and the budget of a leak, the kind" {
	jq -c 'if .type == "sample" then .icl_spread_ratio = 0.25 elif .type == "leak" then .block = 7 | .cache_budget_from = "default"
	    elif .type == "compare" then .kind = "dense" else . end' "$base" >m.ndjson
	column() { mkreport --format csv --table "$1" m.ndjson | awk -F , -v c="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == c) k = i; next } { print $k }' | sort -u; }
	[ "$(column requests icl_spread_ratio)" = 0.25 ]
	[ "$(column leak block)" = 7 ]
	[ "$(mkreport --format csv --table leak m.ndjson | awk -F , '{ print $NF }' | sort -u)" = $'"default"\ncache_budget_from' ]
	[ "$(column compare kind)" = '"dense"' ]
}

@test "SQL of a second run fills the tables of the first" {
	command -v sqlite3 >/dev/null || skip "sqlite3 is not installed"
	for r in one two; do
		jq -c --arg r "$r" '.run = $r' "$base" | mkreport --format sql | sqlite3 runs.db
	done
	[ "$(sqlite3 runs.db "SELECT count(DISTINCT run_id), count(*) FROM lmgauge_sample")" = \
	    "2|$(($(jq -c 'select(.type == "sample")' "$base" | wc -l) * 2))" ]
}

@test "llama-bench lines have its columns and its statistics" {
	jq -nrf "$EXPORT/llama-bench.jq" "$base" >lb.jsonl
	run -0 jq -nr '[inputs | select(.model_type == "llama-3.3-70b" and .build_commit == "mlx" and .scenario == "simple_gen")] | map([.n_prompt, .n_gen > 0, .n_depth, (.samples_ts | length), (.samples_ns | length)] | @json) | join(" ")' lb.jsonl
	[ "$output" = "[40,false,0,10,10] [0,true,40,10,10]" ]
	run -0 jq -n '[inputs | (.avg_ts - (.samples_ts | add / length)) / .avg_ts | fabs] | max < 1e-12' lb.jsonl
	[ "$output" = true ]
	# What compare-llama-bench.py looks for in every line.
	run -0 jq -n '[inputs | keys] | unique | length' lb.jsonl
	[ "$output" = 1 ]
	for k in cpu_info gpu_info backends n_gpu_layers tensor_buft_overrides model_filename model_type n_batch n_ubatch \
	    embeddings cpu_mask cpu_strict poll n_threads type_k type_v use_mmap no_kv_offload split_mode main_gpu \
	    tensor_split flash_attn n_prompt n_gen n_depth build_commit test_time avg_ts; do
		head -n 1 lb.jsonl | jq -e --arg k $k 'has($k)' >/dev/null
	done
}

@test "llama-bench lines of two variants join as its compare script joins them" {
	command -v sqlite3 >/dev/null || skip "sqlite3 is not installed"
	# The columns a test is identified by: equal on both sides, and none null.
	keys="cpu_info gpu_info backends n_gpu_layers tensor_buft_overrides model_filename model_type n_batch n_ubatch
	    embeddings cpu_mask cpu_strict poll n_threads type_k type_v use_mmap no_kv_offload split_mode main_gpu
	    tensor_split flash_attn n_prompt n_gen n_depth"
	on=$(for k in $keys; do printf 'b.%s = c.%s AND ' "$k" "$k"; done)
	{
		echo "CREATE TABLE t ($(tr -s ' \n\t' ',' <<<"$keys" | sed 's/,$//'),build_commit,avg_ts);"
		jq -nrf "$EXPORT/llama-bench.jq" "$base" | jq -r --arg k "$keys" '. as $o
		    | [($k | [splits("\\s+")][]), "build_commit", "avg_ts"] | map($o[.] | if type == "string" then "\u0027\(.)\u0027" else tostring end)
		    | "INSERT INTO t VALUES(\(join(",")));"'
		echo "SELECT count(DISTINCT b.model_type || ' ' || b.n_prompt || ' ' || b.n_gen || ' ' || b.n_depth), min(c.avg_ts / b.avg_ts) > 1.1 FROM t b JOIN t c ON $on b.build_commit = 'gguf' AND c.build_commit = 'mlx';"
	} >join.sql
	tests=$(jq -nrf "$EXPORT/llama-bench.jq" "$base" | jq -s 'map(select(.build_commit == "mlx") | [.model_type, .n_prompt, .n_gen, .n_depth]) | unique | length')
	[ "$(sqlite3 :memory: <join.sql)" = "$tests|1" ]
}

@test "promtool reads the OpenMetrics text" {
	command -v promtool >/dev/null || skip "promtool is not installed"
	run -0 bash -c 'jq -nrf "$EXPORT/openmetrics.jq" "$1" | promtool check metrics' - "$base"
}

@test "benchstat lines have one line per counted request" {
	n=$(jq -c 'select(.type == "sample" and .warmup != true)' "$base" | wc -l)
	[ "$(jq -nrf "$EXPORT/benchstat.jq" "$base" | grep -c ^BenchmarkServe)" -eq "$n" ]
	# A level of what a scenario varies is a benchmark of its own.
	[ "$(jq -nrf "$EXPORT/benchstat.jq" "$base" | grep -c '/scenario=context_stress/cache=cold/tokens=4000/variant=mlx ')" -eq 15 ]
	[ "$(jq -nrf "$EXPORT/benchstat.jq" "$base" | grep -c '/scenario=parallel/cache=cold/parallel=8/variant=mlx ')" -eq 12 ]
}

@test "benchstat lines have no key that differs between runs: benchstat would not compare them" {
	jq -nrf "$EXPORT/benchstat.jq" "$base" >new
	[ -z "$(grep -E '^[a-z][a-z0-9-]*:' new)" ]
}

@test "OpenMetrics has each series once, typed, and ends in EOF" {
	jq -nrf "$EXPORT/openmetrics.jq" "$base" >m.om
	[ "$(tail -n 1 m.om)" = "# EOF" ]
	[ -z "$(grep -v '^#' m.om | sed 's/} .*/}/' | sort | uniq -d)" ]
	diff <(grep -v '^#' m.om | sed 's/{.*//' | uniq) <(sed -n 's/^# TYPE \([a-z_]*\) gauge$/\1/p' m.om)
	n=$(jq -c 'select(.type == "memory" and .max_bytes != null)' "$base" | wc -l)
	[ "$(grep -c '^lmgauge_peak_memory_bytes{' m.om)" -eq "$n" ]
}

@test "make export writes what the program of that name makes of a run, and says which there are" {
	mkdir run && cp "$base" run/metrics.ndjson
	for e in benchstat llama-bench openmetrics; do
		run -0 make -s -C "$EXPORT/../.." export RUN="$PWD/run" EXPORT=$e
		[ "$output" = "$(jq -nrf "$EXPORT/$e.jq" "$base")" ]
	done
	run -0 make -s -C "$EXPORT/../.." export RUN="$PWD/run" EXPORT=llama-bench FORMAT=md
	[ "${lines[0]}" = "| model | size | backend | test | t/s |" ]
	[ "${#lines[@]}" -eq $((2 + $(jq -nrf "$EXPORT/llama-bench.jq" "$base" | wc -l))) ]
	want=$(jq -nrf "$EXPORT/llama-bench.jq" "$base" | jq -rs 'map(select(.model_type == "llama-3.3-70b" and .build_commit == "mlx" and .scenario == "simple_gen" and .n_gen == 0))[0] | "\(.avg_ts) \(.stddev_ts)"')
	[[ $output == *"| llama-3.3-70b mlx | "*" | pp40 | $(printf '%.2f ± %.2f' $want) |"* ]]
	run -2 --separate-stderr make -s -C "$EXPORT/../.." export RUN="$PWD/run" EXPORT=../plot/all
	[[ $stderr == "make: EXPORT=../plot/all: it is benchstat, llama-bench or openmetrics"* ]]
}

@test "an export refuses the raw records of a run, and a format it does not know" {
	for e in benchstat llama-bench openmetrics; do
		run -5 --separate-stderr jq -nrf "$EXPORT/$e.jq" <<<'{"type":"run","run":"a","t_ns":0,"v":1,"stream":"raw"}'
		[[ $stderr == *"raw records; run metricsagg first" ]]
		run -5 --separate-stderr jq -nrf "$EXPORT/$e.jq" <<<'{"type":"run","run":"a","t_ns":0,"v":2}'
		[[ $stderr == *"records of another version of the format" ]]
	done
}

@test "an export of requests refuses records without them, and says who writes them" {
	for e in benchstat llama-bench; do
		run -5 --separate-stderr jq -nrf "$EXPORT/$e.jq" <<<'{"type":"run","run":"a","t_ns":0,"v":1,"requests":4}'
		[[ $stderr == *"no records of each request; metricsagg --samples writes them" ]]
	done
}

@test "a benchmark line, to the byte: names by bytes, numbers with all their digits, what was not measured left out" {
	jq -nc '{type: "sample", run: "a-b", pair: "é b", scenario: "x/y=1", cache: null, target_tokens: 500, concurrency: 4, variant: "mlx-8",
	    warmup: false, status: "truncated", e2e_s: 0.1234567894, ttft_s: 0.1, decode_tps: 33.333333333333336, prefill_tps: null},
	    {type: "sample", run: "a-b", warmup: true, status: "ok", e2e_s: 1}, {type: "sample", run: "a-b", warmup: false, status: "timeout", e2e_s: 1}' |
	    jq -nrf "$EXPORT/benchstat.jq" >got
	printf '%s\n' 'Unit decode-tok/s better=higher' 'Unit prefill-tok/s better=higher' 'Unit effective-tok/s better=higher' '# run a_b' \
	    'BenchmarkServe/pair=___b/scenario=x_y_1/tokens=500/parallel=4/variant=mlx_8 1 123456789 ns/op 100000000 ttft-ns 33.333333333333336 decode-tok/s' >want
	diff want got
}
