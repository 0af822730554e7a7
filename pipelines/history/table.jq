# The rows for people, as cells for table.awk: jq -r -f table.jq
# Numbers as the report has them (src/lib/quantity.h): three digits, fewer where
# the interval does not support them, its bounds rounded outwards.
def exponent: if . == 0 then 0 else (fabs | log10 + 1e-12 | floor) end;
def place($half): (exponent - 2) as $p | if $half > 0 then [([($half / 2 | exponent), $p] | max), $p + 1] | min else $p end;
def fixed($p): if $p >= 0 then tostring else tostring | until(length > -$p; "0\(.)") | .[:$p] + "." + .[$p:] end;
def at($p; f): (if $p >= 0 then . / pow(10; $p) else . * pow(10; -$p) end) as $steps
  | (($steps | round) as $r | if ($steps - $r | fabs) < 1e-6 then $r else $steps | f end)
  | if $p >= 0 then . * pow(10; $p) else . end | fixed($p);
def number: at(place(0); round);
def interval($by; $unit): if . == null then "-" else (.p50 * $by) as $v
  | if .lo == null or .hi == null then "\($v | number)\($unit)" else
      (.lo * $by) as $lo | (.hi * $by) as $hi | ($v | place(($hi - $lo) / 2)) as $p
      | "\($v | at($p; round))\($unit) [\($lo | at($p; floor)), \($hi | at($p; ceil))]" end end;
def seconds: if . != null and .p50 < 1 then interval(1000; " ms") else interval(1; " s") end;
def bytes: if . == null then "-" elif . >= 1073741824 then "\(. / 1073741824 | number) GiB"
  else "\(. / 1048576 | number) MiB" end;
def clean: tostring | gsub("[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069|]"; " ");

["when", "pair", "variant", "decode tok/s", "TTFT", "peak", "failed", "server", ""],
(inputs | [(.wall // "-" | .[0:16] | sub("T"; " ")), .pair, .variant,
  (.decode_tps | interval(1; "")), (.ttft_s | seconds),
  (.peak_bytes | bytes), "\(.failed // "-") of \(.requests // "-")", (.software | join(", ")),
  ([if .changed != [] then "other \(.changed | join(", "))" else empty end,
    if .complete == false then "cut short" else empty end,
    if .simulated == true then "SIMULATED" else empty end] | join("; "))])
| map(clean) | join("\t")
