# Go's benchmark lines, one per request, for benchstat:
#   metricsagg --samples raw.ndjson | jq -nrf benchstat.jq
include "records" {search: "./"};

# No white space, and nothing that would be read as a key=value separator or as
# the "-8" suffix of GOMAXPROCS; a byte is a character here.
def name: (. // "")[0:64] | @uri | gsub("%[0-9A-F]{2}|[^A-Za-z0-9._]"; "_") | if . == "" then "_" else .[0:64] end;

def benchmark: "BenchmarkServe/pair=\(.pair | name)/scenario=\(.scenario | name)"
  + (if .cache != null then "/cache=\(.cache | name)" else "" end)
  # Long prompts and short ones, alone or at once, are not one thing.
  + (if .target_tokens != null then "/tokens=\(.target_tokens)" else "" end)
  + (if (.concurrency // 1) > 1 then "/parallel=\(.concurrency)" else "" end)
  + "/variant=\(.variant | name) 1";

def measured: [[(.e2e_s * 1e9 | round), "ns/op"],
  [(.ttft_s | if . != null then . * 1e9 else . end), "ttft-ns"], [.decode_tps, "decode-tok/s"],
  [.prefill_tps, "prefill-tok/s"], [.effective_tps, "effective-tok/s"], [.energy_j, "energy-J"]]
  | map(select(.[0] != null) | " \(.[0]) \(.[1])") | add;

"Unit \("decode", "prefill", "effective")-tok/s better=higher",
(samples | map(select(.run != null)) | to_entries | group_by(.value.run) | sort_by(.[0].key)[] | map(.value)
  # A comment: a "run:" key would put two runs into two tables, and benchstat
  # would compare neither with the other.
  | "# run \(.[0].run | name)",
    (.[] | select(.type == "sample" and .warmup != true and .e2e_s != null and (.status == "ok" or .status == "truncated"))
      | benchmark + measured))
