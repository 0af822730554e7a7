# A plot of each pair over time, for split.awk: jq -nr -L pipelines/plot -f plot.jq
include "common";

# $units: the larger with what it holds, the smaller one for what is less than it.
def panel($k; $title; $units; $rows; value):
  [$rows[] | (value) as $v | select($v[0] != null) | [.at, $v[0], ($v[1] // $v[0]), ($v[2] // $v[0]), .v]] as $points
  | ($units | if any($points[]; .[1] >= $units[0][0]) then .[0] else .[-1] end) as [$size, $unit]
  | [$points[] | .[1:4] |= map(. / $size) | row] as $lines
  | "PANEL_TITLE[\($k)] = '\($title) (\($unit))'",
    "EMPTY[\($k)] = \(if $lines == [] then 1 else 0 end)", block("PANEL\($k)"; $lines[]);

[inputs | . + {at: (.wall[0:19] + "Z" | fromdate? // null)} | select(.at != null)]
| group_by(.pair) | to_entries[] | .key as $i | .value as $all
| ($all | map(.variant) | unique) as $vs
| ([$all[] | .variant as $w | . + {v: ($vs | index($w) + 1)}]) as $rows
| ($rows | map(.at) | [min, max]) as $ends
| {labels: $vs, simulated: any($rows[]; .simulated == true)} as $c
| "@@ history-\($i + 1) history.gp", head($c; "\($all[0].pair): every run, median and spread of its requests"), variants($c; $vs),
  "FROM = \($ends[0])", "TO = \($ends[1])", "DAYS = \(($ends[1] - $ends[0]) / 86400)",
  "array EMPTY[3]", "array PANEL_TITLE[3]",
  ([$rows[] | select(.changed | index("software")) | {at, text: (.software | join(", ") | gptext(40))}] | unique_by(.at)) as $marks
  | "MARKS = \($marks | length)", "array MARK[\([$marks | length, 1] | max)]", "array MARK_TEXT[\([$marks | length, 1] | max)]",
  ($marks | to_entries[] | "MARK[\(.key + 1)] = \(.value.at)", "MARK_TEXT[\(.key + 1)] = '\(.value.text)'"),
  panel(1; "Decode"; [[1, "tok/s"]]; $rows; [.decode_tps | .p50?, .lo?, .hi?]),
  panel(2; "First token"; [[1, "s"], [0.001, "ms"]]; $rows; [.ttft_s | .p50?, .lo?, .hi?]),
  panel(3; "Peak memory"; [[1073741824, "GiB"], [1048576, "MiB"]]; $rows; [.peak_bytes])
