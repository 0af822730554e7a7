# The rows for people, as cells for table.awk:
#   jq -nr -L pipelines/plot -f pipelines/history/table.jq
include "common";

def interval($by; $unit): if . == null then "-" else (.p50 * $by) as $v
  | if .lo == null or .hi == null then "\($v | within(0))\($unit)" else
      (.lo * $by) as $lo | (.hi * $by) as $hi | ($v | place(($hi - $lo) / 2)) as $p
      | "\($v | at($p; round))\($unit) [\($lo | at($p; floor)), \($hi | at($p; ceil))]" end end;
def seconds: if . != null and .p50 < 1 then interval(1000; " ms") else interval(1; " s") end;
def bytes: if . == null then "-" elif . >= 1073741824 then "\(. / 1073741824 | within(0)) GiB"
  else "\(. / 1048576 | within(0)) MiB" end;
def clean: tostring | gsub("[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069|]"; " ");
# A name in Markdown means nothing but itself.
def name: if env.FORMAT == "text" then . else tostring | gsub("(?<c>[\\\\`*_<>&\\[\\]])"; "\\\(.c)") end;

["when", "pair", "variant", "decode tok/s", "TTFT", "peak", "failed", "server", ""],
(inputs | [(.wall // "-" | .[0:16] | sub("T"; " ")), (.pair | name), (.variant | name),
  (.decode_tps | interval(1; "")), (.ttft_s | seconds),
  (.peak_bytes | bytes), "\(.failed // "-") of \(.requests // "-")", (.software | join(", ") | name),
  ([if .changed != [] then "other \(.changed | join(", "))" else empty end,
    if .complete == false then "cut short" else empty end,
    if .simulated == true then "SIMULATED" else empty end] | join("; "))])
| map(clean) | join("\t")
