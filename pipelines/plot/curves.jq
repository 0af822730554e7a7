# Curves: something against something, one colour per variant.  Every panel
# has dots (all samples), a line (medians) and, for the leak, a band.
include "common";

def drawable($series): [$series[] | (.dots // [])[], (.line // [])[] | select((.[0] | known) and (.[1] | known))];

# $series: [{variant, dots: [[x, y, request, sent]], line: [[x, y, lo, hi]],
# bounds: [[x, low, high]]}], what y would be at best and at worst.
def panel($k; $x; $y; $logx; $series; $vs):
  "XLABEL[\($k)] = \($x | gpquote(70))", "YLABEL[\($k)] = \($y | gpquote(50))", "LOGX[\($k)] = \($logx)",
  (([$series[] | (.dots // [])[], (.line // [])[] | .[0]] | map(select(known))) as $xs
    | "XMIN[\($k)] = \(if $logx == 1 and $xs != [] then ($xs | min) * 0.9 else 0 end)",
      "XMAX[\($k)] = \(if $xs != [] then ($xs | max) * 1.1 else 0 end)"),
  "EMPTY[\($k)] = \(if drawable($series) == [] then 1 else 0 end)",
  "BOUNDS[\($k)] = \(if any($series[]; (.bounds // []) != []) then 1 else 0 end)",
  "MARKS[\($k)] = \(if $x == "Concurrent requests" then 1 else 0 end)",
  ($vs | to_entries[] | .key as $v | .value as $name
    | ([$series[] | select(.variant == $name)][0] // {}) as $s
    | block("DOTS\($k)_\($v + 1)"; ($s.dots // [])[][0:2] | row),
      block("BOUNDS\($k)_\($v + 1)"; ($s.bounds // [])[] | row),
      block("LINE\($k)_\($v + 1)"; ($s.line // [])[] | . + [((.[3] - .[2]) / 2) as $half | .[1] | if known then within($half) else null end] | row));

# For the page: the dots, and of a line what is no fit.
def points($series; $vs; $note): $vs | to_entries[] | .key as $v | .value as $name
  | $series[] | select(.variant == $name)
  | ((.dots // [])[] | [.[0], .[1], $v + 1, .[2], .[3]]),
    (if $note == "fit" then empty else (.line // [])[] end | [.[0], .[1], $v + 1, null, null, 0]
      + if .[2] != .[3] then .[2:4] else [] end);

# $panels: [[x label, y label, log x, series, what the line is]]; $cut as head has it.
def curves($c; $title; $cut; $vs; $panels):
  select(any($panels[]; drawable(.[3]) != [])) |
  head($c; $title; $cut), variants($c; $vs), "PANELS = \($panels | length)",
  "array XLABEL[\($panels | length)]", "array YLABEL[\($panels | length)]", "array LOGX[\($panels | length)]", "array MARKS[\($panels | length)]", "array EMPTY[\($panels | length)]", "array BOUNDS[\($panels | length)]",
  "array XMIN[\($panels | length)]", "array XMAX[\($panels | length)]",
  ($panels | to_entries[] | .key as $k | .value as [$x, $y, $logx, $series] | panel($k + 1; $x; $y; $logx; $series; $vs)),
  page_data($vs; [$panels[] as [$x, $y, $logx, $series, $note] | panel_data($x; $y; points($series; $vs; $note))
    + {log: [$logx, 0], notes: [$note]}]);

# Medians of y over the levels the scenarios planned.  Levels that came out at
# nearly the same length (another scenario's 256 tokens) are one, or the line
# would zigzag between them.
def levels($samples; $y): [$samples[] | select((.target_tokens | known) and (.prompt_tokens | known) and (.[$y] | known))]
  | group_by(.target_tokens) | map({x: (map(.prompt_tokens) | median), s: .}) | sort_by(.x)
  | reduce .[] as $l ([]; if length > 0 and $l.x <= 1.05 * .[-1].x then .[-1].s += $l.s else . + [$l] end)
  | map([(.s | map(.prompt_tokens) | median), (.s | map(.[$y]) | median)] | . + [.[1], .[1]]);

def against_prompt($c; $name; $metric; $title; $axis): $c.subjects | to_entries[] | .key as $i | .value as $s
  | [$c.samples[] | select(.pair == $s.pair and counted and .cache != "warm" and ((.concurrency // 1) <= 1)
      and (.turn | known | not) and (.prompt_tokens | known) and (.[$metric] | known))] as $samples
  | ([$samples[].prompt_tokens]) as $x
  | select(($x | length) > 1 and ($x | max) > 1.5 * ($x | min))
  | (if $metric | endswith("_s") then [levels($samples; $metric)[][1]] | if . == [] then [$samples[][$metric]] else . end | in_seconds
     else [1, "tokens per second"] end) as [$size, $unit]
  | ([$s.variants[] as $v | [$samples[] | select(.variant == $v)] | select(length > 1500)] | if . == [] then "" else ", 1500 dots each" end) as $cut
  | plot("\($name)-\($i + 1)"; "curves.gp"; curves($c; "\($s.pair): \($title)"; $cut; $s.variants; [["Prompt tokens, as the server counted them", "\($axis) (\($unit))",
      (if ($x | max) > 30 * ($x | min) and ($x | min) > 0 then 1 else 0 end),
      [$s.variants[] as $v | [$samples[] | select(.variant == $v)] as $g
        | {variant: $v, dots: ($g | thin(1500) | map([.prompt_tokens, .[$metric] / $size, .req, .sent_s])), line: (levels($g; $metric) | map([.[0]] + (.[1:] | map(. / $size))))}], "median"]]));

def prompt_plots($c): against_prompt($c; "prompt"; "ttft_s"; "time to first token against prompt length"; "Time to first token");
def depth_plots($c): against_prompt($c; "depth"; "decode_tps"; "decode speed against tokens in the context"; "Decode");

# Conversations of one scenario: the first of the pair that has any.  The fit
# says what a turn would take if only what is new, and if all were processed.
def turns_plots($c): $c.subjects | to_entries[] | .key as $i | .value as $s
  | [$c.samples[] | select(.pair == $s.pair and counted and (.turn | known) and (.ttft_s | known))] as $all
  | select(($all | map(.turn) | max) > 1)
  | $all[0].scenario as $x | [$all[] | select(.scenario == $x)] as $samples
  | ($samples | group_by([.variant, .turn]) | map(map(.ttft_s) | median) | in_seconds) as [$size, $unit]
  | plot("turns-\($i + 1)"; "curves.gp"; curves($c; "\($s.pair): time to first token by turn, scenario \($x | gptext(30))"; ""; $s.variants; [
      ["Turn of the conversation", "Time to first token (\($unit))", 0,
      [$s.variants[] as $v | [$samples[] | select(.variant == $v)] as $g
        | {variant: $v, dots: ($g | thin(1500) | map([.turn, .ttft_s / $size, .req, .sent_s])),
           bounds: [$c.turn[] | select(.pair == $s.pair and .variant == $v and .scenario == $x and (.new_only_s | known) and (.whole_s | known))
             | [.turn, .new_only_s / $size, .whole_s / $size]],
           line: ($g | group_by(.turn) | map([.[0].turn, (map(.ttft_s) | median) / $size] | . + [.[1], .[1]]))}], "median"]]));

def ecdf_plots($c): $c.subjects | to_entries[] | .key as $i | .value as $s
  | [$c.ecdf[] | select(.pair == $s.pair and .metric == "icl_s" and (.points | length) > 1)] as $e
  | select(($e | length) > 0)
  | (if any($e[]; .scenario == "simple_gen") then "simple_gen" else $e[0].scenario end) as $x
  | ([$e[] | select(.scenario == $x) | [.points[] | select(.[1] >= 0.5)][0][0]] | in_seconds) as [$size, $unit]
  | plot("ecdf-\($i + 1)"; "curves.gp"; curves($c; "\($s.pair): gaps between chunks, scenario \($x | gptext(30))"; ""; $s.variants; [["Gap between chunks (\($unit))", "Share of gaps at most so long", 1,
      [$s.variants[] as $v | [$e[] | select(.variant == $v and .scenario == $x and .cache != "warm")][0] as $r
        | {variant: $v, dots: [], line: [($r.points // [])[] | select((.[0] | known) and .[0] > 0) | [.[0] / $size, .[1], .[1], .[1]]]}], "share"]]));

def by_concurrency($rows; $v; $metric; $size): [$rows[] | select(.variant == $v and .metric == $metric and (.p50 | known))
  | [(.level | tonumber? // null), .p50 / $size, (.ci_lo // .p50) / $size, (.ci_hi // .p50) / $size] | select(.[0] != null)] | sort;

def concurrency_plots($c): $c.subjects | to_entries[] | .key as $i | .value as $s
  | [$c.metrics[] | select(.pair == $s.pair and .by == "concurrency")] as $rows
  | select([$rows[].level] | unique | length > 1)
  | ([$rows[] | select(.metric == "ttft_s") | .p50] | in_seconds) as [$size, $unit]
  | plot("concurrency-\($i + 1)"; "curves.gp"; curves($c; "\($s.pair): what concurrency does"; ""; $s.variants; [
      ["Concurrent requests", "All together (tokens per second)", 0, [$s.variants[] as $v | {variant: $v, dots: [], line: by_concurrency($rows; $v; "throughput_tps"; 1)}], "median"],
      ["Concurrent requests", "Time to first token (\($unit))", 0, [$s.variants[] as $v | {variant: $v, dots: [], line: by_concurrency($rows; $v; "ttft_s"; $size)}], "median"]]));

# Least squares over [x, y] with the 95 % band of the fitted line.
def fitted: map(select((.[0] | known) and (.[1] | known))) as $p | ($p | length) as $n
  | if $n < 3 then [] else
    (($p | map(.[0]) | add) / $n) as $mx | (($p | map(.[1]) | add) / $n) as $my
    | ($p | map((.[0] - $mx) * (.[0] - $mx)) | add) as $sxx
    | if $sxx == 0 then [] else
      (($p | map((.[0] - $mx) * (.[1] - $my)) | add) / $sxx) as $b
      | (($p | map(.[1] - $my - $b * (.[0] - $mx) | . * .) | add) / ($n - 2) | if . > 0 then sqrt else 0 end) as $s
      | ([$p[][0]] | min) as $x0 | ([$p[][0]] | max) as $x1
      | [range(21) | $x0 + ($x1 - $x0) * . / 20 | ($my + $b * (. - $mx)) as $y
         | (2 * $s * ((1 / $n + (. - $mx) * (. - $mx) / $sxx) | sqrt)) as $h | [., $y, $y - $h, $y + $h]] end end;

def leak_plots($c): $c.subjects | to_entries[] | .key as $i | .value as $s
  | [$c.leak[] | select(.pair == $s.pair and (.points | length) > 0)] as $all
  | [$s.variants[] as $v | [$all[] | select(.variant == $v)] as $l | (([$l[] | select(.deciding == true)] + $l)[0] // empty)] as $rows
  | select(($rows | length) > 0)
  | ([$c.samples[] | select(.pair == $s.pair) | {key: "\(.req)", value: .sent_s}] | from_entries) as $sent
  | ([$rows[].points | .[0][1] as $y0 | .[][1] - $y0] | in_bytes) as [$size, $unit]
  | plot("leak-\($i + 1)"; "curves.gp"; curves($c; "\($s.pair): memory floor after each request, \($rows[0].counter | gptext(20))"; ""; $s.variants; [
      ["Request", "Growth since the first floor (\($unit))", 0, [$rows[] | .points[0][1] as $y0
        | [.points[] | [.[0], (.[1] - $y0) / $size, .[2], $sent["\(.[2])"]]] as $p
        | {variant, dots: $p, line: ($p | fitted)}], "fit"]]));
