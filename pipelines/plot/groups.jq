# Groups of dots: one group per scenario, pair or prompt domain, in it one
# column per variant with every sample as a dot, the median and its interval.
include "common";

# A deterministic spread of the dots, so that equal values stay visible.
def jitter($i): ((($i * 7919) % 101) / 101 - 0.5);

# What an axis from 0 can show of a metric's samples and medians.
def drawable($groups; $m): [$groups[].cells[] | select(.metric == $m) | .values[]?[0], .p50] | map(select(known and . >= 0));

# How many dots of a column are drawn, so that many columns stay a picture.
def dots($groups; $m): [$groups[].cells[] | select(.metric == $m)] | length
  | [400, ([30, 2400 / ([., 1] | max) | floor] | max)] | min;

# $groups: [{label, cells: [{variant, metric, values, p50, lo, hi}]}], a value
# with its request: [value, request, sent].
def panel($m; $title; $groups; $vs):
  (0.8 / ($vs | length)) as $w | dots($groups; $m) as $dots
  | ([$groups[].cells[] | select(.metric == $m) | .values[]?[0]] | map(select(. > 0))) as $values
  | (if $m | endswith("_s") then [$groups[].cells[] | select(.metric == $m) | .p50 // ([.values[]?[0]] | median)] | in_seconds
     else [1, null] end) as [$size, $unit]
  | [$groups | to_entries[] | .key as $g | .value.cells[] | select(.metric == $m) | .variant as $name
      | ($vs | index($name)) as $v | . + {v: ($v + 1), x: ($g + 0.1 + $w * ($v + 0.5))}] as $columns
  | (($values | length) > 1 and ($values | max) > 20 * ($values | min)) as $log
  | {title: ($title + ([$unit, if $log then "log scale" else null end | select(. != null)] | if . == [] then "" else " (\(join(", ")))" end)),
     empty: (drawable($groups; $m) == []), $log,
     dots: [$columns[] | . as $c | .values // [] | thin($dots) | to_entries[]
       | [$c.x + $w * 0.55 * jitter(.key), .value[0] / $size, $c.v, .value[1], .value[2]]],
     medians: [$columns[] | select(.p50 | known)
       | [.x, .p50 / $size, (.lo // .p50) / $size, (.hi // .p50) / $size, .v, $w * 0.36, ((((.hi // 0) - (.lo // 0)) / 2 / $size) as $half | .p50 / $size | within($half))]],
     points: [$columns[] | select(.p50 | known) | [.x, .p50 / $size, .v, null, null, 0]
       + if .lo != null then [.lo / $size, .hi / $size] else [] end]};

def lines($k): "PANEL_TITLE[\($k)] = \(.title | gpquote(60))",
  "EMPTY[\($k)] = \(if .empty then 1 else 0 end)", "PANEL_LOG[\($k)] = \(if .log then 1 else 0 end)",
  block("DOTS\($k)"; .dots[][0:3] | row), block("MID\($k)"; .medians[] | row);

def grouped($c; $title; $groups; $vs; $panels):
  select(any($panels[]; drawable($groups; .[0]) != [])) |
  ([$panels[] as [$m, $t] | panel($m; $t; $groups; $vs)]) as $drawn
  | ([$panels[][0] as $m | dots($groups; $m) as $n | $groups[].cells[] | select(.metric == $m and (.values | length) > $n) | $n][0]) as $cut
  | head($c; $title; if $cut then ", at most \($cut) dots a column" else "" end), variants($c; $vs),
  "GROUPS = \($groups | length)",
  "array GROUP[\([$groups | length, 1] | max)]",
  ($groups | to_entries[] | "GROUP[\(.key + 1)] = \(.value.label | gpquote(22))"),
  "PANELS = \($panels | length)", "array PANEL_TITLE[\($panels | length)]", "array PANEL_LOG[\($panels | length)]",
  "array EMPTY[\($panels | length)]",
  ($drawn | to_entries[] | .key as $k | .value | lines($k + 1)),
  page_data($vs; [$drawn[] | panel_data(null; .title; .dots[], .points[])
    + {log: [0, if .log then 1 else 0 end], notes: ["median"], groups: ($groups | map(.label | gptext(60)))}]);

def cells($rows; $samples; $vs; $metrics): [$vs[] as $v | $metrics[] as $m
  | ([$rows[] | select(.variant == $v and .metric == $m)][0]) as $r
  | {variant: $v, metric: $m, values: [$samples[] | select(.variant == $v and (.[$m] | known)) | [.[$m], .req, .sent_s]],
     p50: $r.p50, lo: $r.ci_lo, hi: $r.ci_hi}];

def two: [["ttft_s", "Time to first token"], ["decode_tps", "Decode (tokens per second)"]];

def scenarios_plots($c): $c.subjects | to_entries[] | .key as $i | .value as $s
  | [$c.samples[] | select(.pair == $s.pair and .cache != "warm" and counted)] as $samples
  | [$c.metrics[] | select(.pair == $s.pair and .by == null and .cache != "warm")] as $rows
  | ([$samples[].scenario | select(. != null)] | unique) as $scenarios
  # A median over a ladder of lengths or loads would say nothing of any rung.
  | ([$c.metrics[] | select(.pair == $s.pair and .by != null and .by != "domain") | .scenario] | unique) as $ladders
  | select(($scenarios | length) > 0)
  | plot("scenarios-\($i + 1)"; "groups.gp"; grouped($c; "\($s.pair): speed by scenario, cold prompts";
      [$scenarios[] as $x | {label: $x, cells: cells([$rows[] | select(.scenario == $x and ($ladders | index($x)) == null)];
        [$samples[] | select(.scenario == $x)]; $s.variants; ["ttft_s", "decode_tps"])}];
      $s.variants; two));

def speed_plot($c): [$c.subjects[] as $s
    | [$c.samples[] | select(.pair == $s.pair and .cache != "warm" and counted)] as $all
    | deciding($c; $s.pair; $all) as $x | select($x != null)
    | [$all[] | select(.scenario == $x)] as $samples
    | {label: $s.pair, cells: cells([$c.metrics[] | select(.pair == $s.pair and .by == null and .cache != "warm" and .scenario == $x)];
        $samples; $c.labels; ["ttft_s", "decode_tps"])}] as $groups
  | select(($groups | length) > 0)
  | plot("speed"; "groups.gp"; grouped($c; "Speed per pair and variant, the deciding scenario"; $groups; $c.labels; two));

def moe_plots($c): $c.subjects | to_entries[] | .key as $i | .value as $s
  | [$c.samples[] | select(.pair == $s.pair and .domain != null and counted)] as $samples
  | [$c.moe[] | select(.pair == $s.pair)] as $moe
  | ([$moe[].domains[]?.domain | select(. != null)] | unique) as $domains
  | select(($domains | length) > 0)
  | plot("moe-\($i + 1)"; "groups.gp"; grouped($c; "\($s.pair): prompt domains side by side";
      [$domains[] as $d | {label: $d, cells: cells(
        [$moe[] | . as $r | .domains[]? | select(.domain == $d) | . + {variant: $r.variant, metric: $r.metric}];
        [$samples[] | select(.domain == $d)]; $s.variants; ["decode_tps", "median_icl_s"])}];
      $s.variants; [["decode_tps", "Decode (tokens per second)"], ["median_icl_s", "Median gap between chunks"]]));
