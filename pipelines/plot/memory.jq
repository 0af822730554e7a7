# Memory over time with the phases of each visit shaded, and memory against
# speed.
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
  | (if $top > 2147483648 then [1073741824, "GiB"] else [1048576, "MiB"] end) as [$size, $size_name]
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

# One point per pair and variant: less memory is left, faster is up.
def tradeoff_plot($c): [$c.subjects | to_entries[] | .key as $p | .value as $s
    | [$c.memory[] | select(.pair == $s.pair)] as $mem
    | ([("footprint", "rss", "anon") as $n | select(any($mem[]; .counter == $n and (.max_bytes | known))) | $n][0]) as $counter
    | select($counter != null)
    | deciding($c; $s.pair; [$c.samples[] | select(.pair == $s.pair and .cache != "warm" and counted)]) as $x
    | $s.variants[] as $v
    | ([$mem[] | select(.variant == $v and .counter == $counter) | .max_bytes | select(known)] | max) as $bytes
    | ([$c.metrics[] | select(.pair == $s.pair and .variant == $v and .scenario == $x and .by == null and .cache != "warm" and .metric == "decode_tps")][0]) as $m
    | select($bytes != null and ($m.p50 | known))
    | {pair: $p, variant: ($c.labels | index($v)), counter: $counter, point: [$bytes, $m.p50, ($m.ci_lo // $m.p50), ($m.ci_hi // $m.p50)]}] as $points
  | select(($points | length) > 1)
  | (if ([$points[].point[0]] | max) > 2147483648 then [1073741824, "GiB"] else [1048576, "MiB"] end) as [$size, $size_name]
  | plot("tradeoff"; "tradeoff.gp"; head($c; "Memory against speed: up and left is better"), variants($c; $c.labels),
      "PAIRS = \($c.subjects | length)", "array PAIR[\([$c.subjects | length, 1] | max)]",
      ($c.subjects | to_entries[] | "PAIR[\(.key + 1)] = \(.value.pair | gpquote(30))"),
      "XLABEL = 'Peak memory (\($size_name), counter \([$points[].counter] | unique | join(", ") | gptext(30)))'",
      block("POINTS"; $points[] | [.point[0] / $size, .point[1], .point[2], .point[3], .variant + 1, .pair + 1, (((.point[3] - .point[2]) / 2) as $half | .point[1] | within($half))] | row),
      ($c.subjects | to_entries[] | .key as $p | block("PAIR\($p + 1)"; $points[] | select(.pair == $p) | [.point[0] / $size, .point[1]] | row)),
      page_data($c.labels; [panel_data("Peak memory (\($size_name))"; "Decode (tokens per second)";
          $points[] | [.point[0] / $size, .point[1], .variant + 1, null, null, .pair] + if .point[2] != .point[3] then .point[2:4] else [] end)
        + {log: [0, 0], notes: ($c.subjects | map(.pair | gptext(60)))}]));
