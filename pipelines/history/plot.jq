# A plot of each pair over time, for split.awk: jq -nr -L pipelines/plot -f plot.jq
include "common";

def panel($k; $title; unit; $rows; value):
  [$rows[] | (value) as $v | select($v[0] != null) | [.x, $v[0], ($v[1] // $v[0]), ($v[2] // $v[0]), .v, .i]] as $points
  | ([$points[][1]] | unit) as [$size, $unit]
  | {k: $k, title: "\($title) (\($unit))", points: [$points[] | .[1:4] |= map(. / $size)]};
def lines: "PANEL_TITLE[\(.k)] = '\(.title)'",
    "EMPTY[\(.k)] = \(if .points == [] then 1 else 0 end)", block("PANEL\(.k)"; .points[][:5] | row);
# For the page: a point tells when its run was, and on what software.
def told($rows): {x: null, y: .title, log: [0, 0], notes: [$rows[].told],
  points: [.points[] | [.[0], (.[1] | sig), .[4], null, null, .[5]] + if .[2] != .[3] then .[2:4] | map(sig) else [] end]};

[inputs | . + {at: (.wall[0:19] + "Z" | fromdate? // null)} | select(.at != null)]
| group_by(.pair) | to_entries[] | .key as $i | .value as $all
| ($all | map(.variant) | unique) as $vs
| ($all | map(.at) | [min, max]) as $ends
| (($ends[1] - $ends[0]) * 0.05 + 1800) as $room
# Variants of one run beside each other.
| [$all | to_entries[] | .key as $i | .value | .variant as $w | ($vs | index($w) + 1) as $v
   | . + {$v, $i, x: (.at + ($v - (($vs | length) + 1) / 2) * $room * 0.12),
          told: ([.wall[0:16] | sub("T"; " ")] + .software | map(gptext(60)) | join(", "))}] as $rows
| {labels: $vs, simulated: any($rows[]; .simulated == true)} as $c
| "@@ history-\($i + 1) history.gp", head($c; "\($all[0].pair): every run, median and spread of its requests"), variants($c; $vs),
  "ROOM = \($room)", "FROM = \($ends[0])", "TO = \($ends[1])", "DAYS = \(($ends[1] - $ends[0]) / 86400)",
  "array EMPTY[3]", "array PANEL_TITLE[3]",
  ([$rows[] | select(.changed | index("software")) | {at, text: (.software | join(", ") | gptext(40))}] | unique_by(.at)) as $marks
  | "MARKS = \($marks | length)", "array MARK[\([$marks | length, 1] | max)]", "array MARK_TEXT[\([$marks | length, 1] | max)]",
  ($marks | to_entries[] | "MARK[\(.key + 1)] = \(.value.at)", "MARK_TEXT[\(.key + 1)] = '\(.value.text)'"),
  ([panel(1; "Decode"; [1, "tok/s"]; $rows; [.decode_tps | .p50?, .lo?, .hi?]),
    panel(2; "First token"; in_seconds; $rows; [.ttft_s | .p50?, .lo?, .hi?]),
    panel(3; "Peak memory"; in_bytes; $rows; [.peak_bytes])]
   | (.[] | lines), page_data($vs; map(told($rows))))
