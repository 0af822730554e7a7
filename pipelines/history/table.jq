# The rows for people, as cells for table.awk: jq -r -f table.jq
def round_to($digits): if . == null then "-" else
  (if . == 0 then 0 else (. | fabs | log10 | floor) end) as $e
  | pow(10; $digits - 1 - $e) as $f | ((. * $f | round) / $f) | tostring end;
def seconds: if . == null then "-" elif . < 1 then "\(. * 1000 | round_to(3)) ms" else "\(round_to(3)) s" end;
def bytes: if . == null then "-" elif . >= 1073741824 then "\(. / 1073741824 | round_to(3)) GiB"
  else "\(. / 1048576 | round_to(3)) MiB" end;
def range(f): if . == null then "-" elif .lo == null or .hi == null then (.p50 | f)
  else "\(.p50 | f) [\(.lo | f), \(.hi | f)]" end;
def clean: tostring | gsub("[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069|]"; " ");

["when", "pair", "variant", "decode tok/s", "TTFT", "peak", "failed", "server", ""],
(inputs | [(.wall // "-" | .[0:16] | sub("T"; " ")), .pair, .variant,
  (.decode_tps | range(round_to(3))), (.ttft_s | range(seconds)),
  (.peak_bytes | bytes), "\(.failed // "-") of \(.requests // "-")", (.software | join(", ")),
  ([if .changed != [] then "other \(.changed | join(", "))" else empty end,
    if .complete == false then "cut short" else empty end,
    if .simulated == true then "SIMULATED" else empty end] | join("; "))])
| map(clean) | join("\t")
