# One row for each variant of each run, oldest first, from the metric records
# of many runs (jq -n; input_filename tells the folder):
#   jq -ncf pipelines/history/rows.jq results/*/metrics.ndjson
# PAIR in the environment: only that pair.

def figure: if . == null then null else {p50, lo: .ci_lo, hi: .ci_hi, n} end;

# The scenario that decides, as the report has it.
def deciding($pair; $variant): . as $r
  | ([$r.compare[] | select(.pair == $pair and .metric == "ttft_s")][0].scenario) as $tested
  | [$r.metric[] | select(.pair == $pair and .variant == $variant and .cache != "warm")] as $m
  | if $tested != null then $tested
    elif any($m[]; .scenario == "simple_gen") then "simple_gen"
    else ($m | max_by(.n) | .scenario) end;

def peak($pair; $variant): . as $r
  | first(("footprint", "rss", "anon") as $counter
      | [$r.memory[] | select(.pair == $pair and .variant == $variant and .counter == $counter)]
      | select(. != []) | {counter: $counter, bytes: (map(.max_bytes) | max)})
    // {counter: null, bytes: null};

def runtime($run): [.runtime, ([(.server_name // $run.server.name), (.server_version // $run.server.version)]
  | map(select(. != null)) | join(" "))] | map(select(. != null and . != ""));

def rows: . as $r | .run as $run
  | $run.models[]? | . as $m
  | ($r | deciding($m.pair; $m.variant)) as $scenario
  | ($r | peak($m.pair; $m.variant)) as $peak
  | [$r.metric[] | select(.pair == $m.pair and .variant == $m.variant and .scenario == $scenario
      and .cache != "warm" and .by == null)] as $figures
  | [$r.stability[] | select(.pair == $m.pair and .variant == $m.variant)][0] as $st
  | {wall: $run.wall, dir: $r.dir, run: $run.run, simulated: $run.simulated, complete: $run.complete,
     pair: $m.pair, variant: $m.variant, model: $m.model, format: $m.format,
     quantization: $m.quantization, software: ($m | runtime($run)), scenario: $scenario,
     ttft_s: ([$figures[] | select(.metric == "ttft_s")][0] | figure),
     decode_tps: ([$figures[] | select(.metric == "decode_tps")][0] | figure),
     peak_bytes: $peak.bytes, counter: $peak.counter,
     requests: $st.requests, failed: $st.failed};

reduce (inputs | {type, dir: (input_filename | rtrimstr("/metrics.ndjson")), r: .}) as $i ({};
  if $i.type == "run" then
    .[$i.r.run] = {run: $i.r, dir: $i.dir, metric: [], memory: [], compare: [], stability: []}
  elif .[$i.r.run // ""] == null then .
  elif $i.type == "metric" then
    if ($i.r.metric == "ttft_s" or $i.r.metric == "decode_tps") and $i.r.by == null
    then .[$i.r.run].metric += [$i.r] else . end
  elif $i.type == "memory" then .[$i.r.run].memory += [$i.r]
  elif $i.type == "stability" then .[$i.r.run].stability += [$i.r]
  elif $i.type == "compare" and $i.r.headline == true then .[$i.r.run].compare += [$i.r]
  else . end)
| [.[] | rows | select((env.PAIR // "") == "" or .pair == env.PAIR)]
| sort_by([.pair, .wall, .variant])
# What has changed since the run before of the same variant, of what both know.
| reduce .[] as $x ({last: {}, out: []};
    "\($x.pair)\n\($x.variant)" as $key
    | .last[$key] as $before
    | .out += [$x + {changed: (if $before == null or $x.scenario == null then [] else
        [if $before.software != $x.software then "software" else empty end,
         if [$before.model, $before.quantization] != [$x.model, $x.quantization] then "model" else empty end,
         if $before.scenario != $x.scenario then "scenario" else empty end] end)}]
    | if $x.scenario == null then . else .last[$key] = $x end)
| .out[]
