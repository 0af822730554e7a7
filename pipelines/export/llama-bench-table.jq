# llama-bench's JSON lines as the table it prints:
#   jq -nrf llama-bench.jq | jq -nrf llama-bench-table.jq
# A test is pp512 (prompt), tg128 (generated) or either @ d4000 (in that
# context); the variant stands behind the model's name.
def fixed: (. * 100 | round | tostring) | if length < 3 then "00\(.)"[-3:] else . end | .[:-2] + "." + .[-2:];
def size: if . == null then "-" elif . >= 1073741824 then "\(. / 1073741824 | fixed) GiB" else "\(. / 1048576 | fixed) MiB" end;
def name: gsub("[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]"; " ") | gsub("\\|"; "\\|");
def test: (if .n_gen > 0 then "tg\(.n_gen)" else "pp\(.n_prompt)" end) + (if .n_depth > 0 then " @ d\(.n_depth)" else "" end);

"| model | size | backend | test | t/s |", "| --- | ---: | --- | ---: | ---: |",
(inputs | "| \(.model_type | name) \(.build_commit | name) | \(.model_size | size) | \(.backends | name) | \(test) | "
  + "\(.avg_ts | fixed)\(if .stddev_ts == null then "" else " ± \(.stddev_ts | fixed)" end) |")
