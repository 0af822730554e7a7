# Memory over time with the phases of each visit shaded, and what is to be had
# for what: memory, speed, energy, right answers.
include "common";

def counter_of($r; $name): $r[$name] // $r[$name + "_bytes"];
def pick($rows; $names): [$names[] as $n | select(any($rows[]; counter_of(.; $n) | known)) | $n][0];
def gib: . / 1073741824;

# Break the line where the samples of a variant pause: between two visits.
def with_gaps: . as $rows
  | ([range(1; length) | $rows[.][0] - $rows[. - 1][0]] | median // 0) as $step
  | range(length) as $i
  | (if $i > 0 and $rows[$i][0] - $rows[$i - 1][0] > 6 * $step then "" else empty end), ($rows[$i] | row);

# The request that a variant was at when a sample of the timeline was taken.
def at_request($samples): [$samples[] | select((.sent_s | known) and (.req | known)) | {t: .sent_s, req}] as $sent
  | [foreach (([.[] | {t: .t_s, row: .}] + $sent) | sort_by(.t))[] as $e (null;
      if $e.row then . else $e.req end;
      . as $req | $e.row // empty | . + {req: (if .phase == "prefill" or .phase == "decode" then $req else null end)})];

def memory_plots($c): $c.subjects | to_entries[] | .key as $i | .value as $s
  | [$c.timeline[] | select(.pair == $s.pair and (.t_s | known))] as $rows
  | pick($rows; ["footprint", "rss", "anon"]) as $main | select($main != null)
  | pick($rows; if $main == "footprint" then ["wired"] elif $main == "rss" then ["anon"] else [] end) as $second
  | ([$rows[].t_s] | min) as $t0 | (([$rows[].t_s] | max) - $t0) as $span
  | ([$rows[] | counter_of(.; $main) | select(known)] | max) as $top
  | (if $span > 7200 then [3600, "h"] elif $span > 300 then [60, "min"] else [1, "s"] end) as [$unit, $unit_name]
  | ([$top] | in_bytes) as [$size, $size_name]
  | ["load", "loaded", "prefill", "decode", "between", "after_unload"] as $phases
  | "Time since the first visit (\($unit_name))" as $x | "Memory (\($size_name))" as $y
  | [$s.variants[] as $v | [$rows[] | select(.variant == $v)] | sort_by(.t_s)
     | at_request([$c.samples[] | select(.pair == $s.pair and .variant == $v)])] as $series
  | [$main, $second | select(. != null) as $name | $series
     | map(map([(.t_s - $t0) / $unit, (counter_of(.; $name) | if known then . / $size else null end), .req, .phase]))] as $lines
  | plot("memory-\($i + 1)"; "memory.gp"; head($c; "\($s.pair): memory of the server\u2019s processes"),
      variants($c; $s.variants),
      "YLABEL = '\($y)'", "XLABEL = '\($x)'", "COUNTER = '\($main)'", "COUNTER2 = '\($second)'",
      "SECOND = \(if $second then 1 else 0 end)",
      "TOP = \(if $top > 0 then $top / $size * 1.08 else 1 end)", "XMAX = \([$span, 1] | max | . / $unit)",
      ($phases | to_entries[] | .value as $ph | block("PHASE\(.key + 1)";
         ($c.phase[] | select(.pair == $s.pair and .phase == $ph and (.from_s | known) and (.to_s | known))
          | [(.from_s - $t0) / $unit, (.to_s - $t0) / $unit] | row))),
      ($s.variants | to_entries[].key as $v
        | block("MAIN\($v + 1)"; $lines[0][$v] | map(.[0:2]) | with_gaps),
          block("SECOND\($v + 1)"; ($lines[1] // [])[$v] // [] | map(.[0:2]) | with_gaps)),
      page_data([[$main, $second | select(. != null)][] as $name | $s.variants[] | "\(.), \($name)"];
        [panel_data($x; $y; $lines | add | to_entries[] | (.key + 1) as $v | .value[]
           | .[3] as $phase | [.[0], .[1], $v, .[2], null, ($phases | index($phase))])
         + {log: [0, 0], notes: ["loading", "loaded", "prefill", "decode", "between", "after unload"], zoom: true}]));

# What each variant costs and is worth: [value, low, high] of each, or null.
def worth($c): [$c.subjects | to_entries[] | .key as $p | .value as $s
    | [$c.memory[] | select(.pair == $s.pair)] as $mem
    | ([("footprint", "rss", "anon") as $n | select(any($mem[]; .counter == $n and (.max_bytes | known))) | $n][0]) as $counter
    | deciding($c; $s.pair; [$c.samples[] | select(.pair == $s.pair and .cache != "warm" and counted)]) as $x
    | $s.variants[] as $v
    | [$c.metrics[] | select(.pair == $s.pair and .variant == $v and .scenario == $x and .by == null and .cache != "warm")] as $m
    | def median_of($name): [$m[] | select(.metric == $name and (.p50 | known)) | [.p50, (.ci_lo // .p50), (.ci_hi // .p50)]][0];
    ([$mem[] | select(.variant == $v and .counter == $counter) | .max_bytes | select(known)] | max) as $bytes
    | {pair: $p, variant: ($c.labels | index($v)), counter: $counter, memory: (if $bytes then [$bytes] else null end),
       speed: median_of("decode_tps"), energy: median_of("energy_per_1000_tokens_j"),
       right: [$c.quality[] | select(.pair == $s.pair and .variant == $v and .check == null and (.right_ratio | known))
         | [.right_ratio, .right_lo, .right_hi] | map(100 * .)][0]}];

# Name, title, across, up.
def tradeoffs: [
  ["tradeoff", "Memory against speed: up and left is better", "memory", "speed"],
  ["quality-1", "Right answers against memory: up and left is better", "memory", "right"],
  ["quality-2", "Right answers against speed: up and right is better", "speed", "right"],
  ["quality-3", "Right answers against energy: up and left is better", "energy", "right"]];

# One point per pair and variant.
def tradeoff_plots($c): worth($c) as $all | tradeoffs[] as [$name, $title, $across, $up]
  | [$all[] | select(.[$across] != null and .[$up] != null)] as $points
  | select(($points | length) > 1)
  | (if $across == "memory" then [$points[].memory[0]] | in_bytes else [1, ""] end) as [$size, $size_name]
  | {memory: "Peak memory (\($size_name))", speed: "Decode (tokens per second)", energy: "Energy (J per 1000 tokens)", right: "Right answers (%)"} as $axis
  | (if $across == "memory" then "Peak memory (\($size_name), counter \([$points[].counter] | unique | join(", ") | gptext(30)))" else $axis[$across] end) as $xlabel
  | plot($name; "tradeoff.gp"; head($c; $title), variants($c; $c.labels),
      "PAIRS = \($c.subjects | length)", "array PAIR[\([$c.subjects | length, 1] | max)]",
      ($c.subjects | to_entries[] | "PAIR[\(.key + 1)] = \(.value.pair | gpquote(30))"),
      "XLABEL = '\($xlabel)'", "YLABEL = '\($axis[$up])'", "YMAX = \(if $up == "right" then 108 else 0 end)",
      block("POINTS"; $points[] | .[$up] as $y | [.[$across][0] / $size, $y[], .variant + 1, .pair + 1, ((($y[2] - $y[1]) / 2) as $half | $y[0] | within($half))] | row),
      ($c.subjects | to_entries[] | .key as $p | block("PAIR\($p + 1)"; $points[] | select(.pair == $p) | [.[$across][0] / $size, .[$up][0]] | row)),
      page_data($c.labels; [panel_data($axis[$across]; $axis[$up];
          $points[] | .[$up] as $y | [.[$across][0] / $size, $y[0], .variant + 1, null, null, .pair] + if $y[1] != $y[2] then $y[1:3] else [] end)
        + {log: [0, 0], notes: ($c.subjects | map(.pair | gptext(60)))}]));
