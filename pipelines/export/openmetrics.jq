# OpenMetrics text: medians, their intervals, counts and peak memory as gauges:
#   metricsagg raw.ndjson | jq -nrf openmetrics.jq
include "records" {search: "./"};

# Backslash, quote and newline are escaped, what controls a terminal replaced.
def escaped: if test("\\A[ !#-\\[\\]-~]*\\z") then . else explode | map(
    if . == 10 then 92, 110 elif . == 34 or . == 92 then 92, .
    elif . < 32 or (. >= 127 and . < 160) or . == 1564 or (. >= 8206 and . <= 8207) or (. >= 8232 and . <= 8238)
      or (. >= 8294 and . <= 8297) or . == 65279 then 65533 else . end) | implode end;

def labelled($labels): . as $row | .labels = "{tool=\"lmgauge\"" + ([(["run"] + $labels)[] | select($row[.] != null)
  | ",\(.)=\"\($row[.] | tostring | escaped)\""] | add) + "}";

def series($name; $value): select(.[$value] != null) | $name + .labels + " \(.[$value])";

# A series may be there once: where rows differ in nothing but what labels leave
# out, the first is it.
def once($labels): to_entries | group_by(.value | [.run, .[$labels[]]]) | map(.[0]) | sort_by(.key) | map(.value | labelled($labels));

["pair", "variant", "scenario", "cache", "metric", "by", "level"] as $labels
| ["pair", "variant", "phase", "counter"] as $memory_labels
| [records | select(.type == "metric" or .type == "memory")]
| (map(select(.type == "metric")) | once($labels)) as $metrics
| (map(select(.type == "memory")) | once($memory_labels)) as $memory
| (["lmgauge_median", "p50", "Median over requests, in the metric's unit."],
   ["lmgauge_median_low", "ci_lo", "Lower end of the 95 % interval."],
   ["lmgauge_median_high", "ci_hi", "Upper end of the 95 % interval."],
   ["lmgauge_samples", "n", "Number of requests."]
   | . as [$name, $value, $help] | "# TYPE \($name) gauge", "# HELP \($name) \($help)",
     ($metrics[] | series($name; $value))),
  "# TYPE lmgauge_peak_memory_bytes gauge", "# UNIT lmgauge_peak_memory_bytes bytes",
  "# HELP lmgauge_peak_memory_bytes Highest sample of a counter in a phase.",
  ($memory[] | series("lmgauge_peak_memory_bytes"; "max_bytes")),
  "# EOF"
