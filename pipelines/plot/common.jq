# What all plots share: who is who, in which colour, and how a name becomes
# harmless text.  Names come from servers and configurations: in a gnuplot
# script they stand between single quotes, cut in the middle to a length that
# fits (what tells two apart is mostly at the end), with everything removed that
# a quote, a terminal or an SVG could take for more.

def gptext($max): tostring
  | explode | if length > 8 * $max then .[:4 * $max] + .[-4 * $max:] else . end
  | map(if . < 32 or (. >= 127 and . < 160) or . == 39 or . == 92 or . == 96
          or . == 1564 or (. >= 8206 and . <= 8207) or (. >= 8232 and . <= 8238)
          or (. >= 8294 and . <= 8297) or . == 65279 or . > 65533
        then 32 else . end)
  | implode | gsub("\\s+"; " ") | sub("^ "; "") | sub(" $"; "")
  | if . == "" then "(no name)"
    elif length > $max then .[:$max / 2 | floor] + "…" + .[length - (($max - 1) / 2 | floor):] else . end;
def gpquote($max): "'" + gptext($max) + "'";

def known: . != null and (. | type) == "number";

# The pairs and their variants in the order of mkreport's report.
def subjects($all):
  reduce ([$all[] | select(.type == "run") | .models[]?],
          [$all[] | select(.type == "metric")],
          [$all[] | select(.type == "memory")],
          [$all[] | select(.type == "stability")])[] as $r
    ([]; if ($r.pair | type) == "string" and ($r.variant | type) == "string" then
           (map(.pair) | index($r.pair)) as $i
           | if $i == null then . + [{pair: $r.pair, variants: [$r.variant]}]
             elif (.[$i].variants | index($r.variant)) == null
             then .[$i].variants += [$r.variant] else . end
         else . end);

# A label keeps its colour in every plot of the run.
def labels($subjects): reduce $subjects[].variants[] as $v
  ([]; if index($v) == null then . + [$v] else . end);

# "PAIR: what it shows": of what is too long the pair's name is cut.
def gptitle: split(": ") | .[-1] as $what | if length > 1
  then (.[:-1] | join(": ") | gptext([68 - ($what | length), 20] | max)) + ": " + ($what | gptext(70))
  else $what | gptext(70) end;

# Parameters that every script wants; $cut: what of the data is not drawn.
def head($c; $title; $cut): (if $c.simulated then "SIM = 1" else "SIM = 0" end),
  "TITLE = '" + ($title | gptitle) + $cut + "'";
def head($c; $title): head($c; $title; "");

# The variants that are drawn: N, LABEL[], COLOR[].
def variants($c; $vs): "N = \($vs | length)",
  "array LABEL[\([$vs | length, 1] | max)]", "array COLOR[\([$vs | length, 1] | max)]",
  ($vs | to_entries[] | "LABEL[\(.key + 1)] = \(.value | gpquote(30))",
    "COLOR[\(.key + 1)] = \(.value as $v | $c.labels | index($v) + 1)");

# A data block; an empty one holds a point that is nowhere.
def block($name; rows): [rows] as $rows | "$\($name) << EOD",
  (if $rows == [] then "NaN NaN NaN NaN NaN NaN NaN" else $rows[] end), "EOD";
def row: map(if . == null then "NaN" else tostring end) | join(" ");

# One plot for the splitter: its name, its script, its lines; none without.
def plot($name; $script; lines): [lines] | select(. != []) | "@@ \($name) \($script)", .[];

# What the page shows beside a point of the drawing: {labels, panels: [{x, y,
# points}]}, a point being [x, y, label from 1, request, sent, note from 0, low,
# high] without the nulls at its end; x is what the axis counts, or null where
# it only sets groups apart.
def sig: if known | not then null elif . == 0 then 0
  else pow(10; 4 - (fabs | log10 | floor)) as $f | (. * $f | round) / $f end;
def shown: if .[-1] == null then .[:-1] | shown else . end;
def panel_data($x; $y; points): {x: $x, y: $y,
  points: [points | select((.[0] | known) and (.[1] | known)) | [.[0, 1] |= sig] | .[0] | .[4] |= sig | .[6, 7] |= sig | shown]};
def page_data($labels; $panels): "#@ " + ({labels: ($labels | map(gptext(60))), panels: $panels} | tojson);

# At most $n of many, from all over.
def thin($n): if length <= $n then . else . as $all | [range($n) | $all[. * ($all | length) / $n | floor]] end;

# Numbers as the report has them (src/lib/quantity.h): three digits, fewer where
# half the width of the interval does not support them, its bounds rounded
# outwards.
def exponent: if . == 0 then 0 else (fabs | log10 + 1e-12 | floor) end;
def place($half): (if . == 0 then 0 else exponent - 2 end) as $p
  | (if fabs >= 999.5 * pow(10; $p) then $p + 1 else $p end) as $three
  | if $half > 0 then [([($half / 2 | exponent), $three] | max), $p + 1] | min else $three end;
def fixed($p): if . < 0 then "-" + (-. | fixed($p)) elif $p >= 0 then tostring else tostring | until(length > -$p; "0\(.)") | .[:$p] + "." + .[$p:] end;
def at($p; f): (if $p >= 0 then . / pow(10; $p) else . * pow(10; -$p) end) as $steps
  | (($steps | round) as $r | if ($steps - $r | fabs) < 1e-6 then $r else $steps | f end)
  | if $p >= 0 then . * pow(10; $p) else . end | fixed($p);
def within($half): at(place($half); round);

# [size, name] of the unit that an axis has: that in which the report (again as
# src/lib/quantity.h) has the largest of the figures that it shows.
def unit_of($units): (map(select(known) | fabs) | max // 1) as $most
  | [$units[] | select($most >= .[0])][0] // $units[-1] | .[1:];
def in_seconds: unit_of([[600, 60, "min"], [1, 1, "s"], [0.001, 0.001, "ms"], [0, 0.000001, "\u00b5s"]]);
def in_bytes: unit_of([[1099511627776, "TiB"], [1073741824, "GiB"], [1048576, "MiB"], [1024, "KiB"], [1, "B"]] | map([.[0]] + .));

# Requests that count, as metricsagg counts them.
def counted: .warmup != true and (.status == "ok" or .status == "truncated");

# The scenario that decides, as the report has it: the one that was tested, else
# simple_gen, else the one with the most samples.
def deciding($c; $pair; $samples):
  [$c.compare[] | select(.pair == $pair and .metric == "ttft_s" and .headline)] as $rows
  | if $rows != [] then $rows[0].scenario
    elif any($samples[]; .scenario == "simple_gen") then "simple_gen"
    elif $samples == [] then null
    else ($samples | group_by(.scenario) | max_by(length) | .[0].scenario) end;

def median: sort | if length == 0 then null
  elif length % 2 == 1 then .[(length - 1) / 2]
  else (.[length / 2 - 1] + .[length / 2]) / 2 end;
