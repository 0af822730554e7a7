# Raw records as they are after an accident: a few cuts, drawn by $seed, each
# over all records.  What is left are records that a run can leave, and worse.
#   jq -nc --argjson seed 7 -f cut.jq raw.ndjson

# Draws are a generator of Lehmer's (its products stay below 2^53).
def draw: . * 16807 % 2147483647;
def below($n): . % $n;
def pick($list): if $list == [] then null else $list[below($list | length)] end;

# f of each record as .r, with a draw of its own as .u.
def each($s; f): . as $all
  | [foreach range(length) as $i ($s; draw; {u: ., r: $all[$i]} | f)];

# The steps of requests, so that chunks and responses can go with theirs.
def step_of($steps): .step // $steps["\(.req)"];
def steps: [.[] | select(.type == "request" and .req != null) | {key: "\(.req)", value: .step}] | from_entries;

def odd: [null, 0, -1, 0.5, 1e15, "", "x", [], {}, true, "ok", "\u202e|`"];

def timed($f): if type == "number" then . * $f | floor else . end;

# One cut: $s is its state of the generator, $k which.
def cut($s; $k): . as $all | ($s | draw) as $a | ($a | draw) as $b | ($b | draw) as $c
  | if $k == 0 then ($a | pick([2, 20, 50, 90, 98])) as $p | each($b; select(.u | below(100) >= $p) | .r)
    elif $k == 1 then ($a | pick([$all[].type] | unique)) as $t | map(select(.type != $t))
    elif $k == 2 then .[:$a | below($all | length + 1)]
    elif $k == 3 then .[($a | below($all | length + 1)):]
    elif $k == 4 then
      # One variant, pair, scenario, block or operation alone.
      ($a | pick(["variant", "pair", "scenario", "block", "op"])) as $key
      | ($b | pick([$all[] | select(.type == "step") | .[$key]] | unique)) as $value
      | ([.[] | select(.type == "step" and .[$key] == $value) | {key: "\(.step)", value: true}] | from_entries) as $keep
      | steps as $steps | map(select(step_of($steps) as $x | $x == null or $keep["\($x)"]))
    elif $k == 5 then ($a | below(3)) as $most | map(select(.type != "chunk" or .i < $most))
    elif $k == 6 then
      ($a | pick(["http_error", "cancelled", "empty", "truncated", "timeout", "skipped", "parse_error", "?"])) as $status
      | ($b | pick([1, 2, 10])) as $n
      | each($c; if .r.type == "response" and (.u | below($n)) == 0 then .r.status = $status else . end | .r)
    elif $k == 7 then
      # A key of a type holds something else, everywhere or here and there.
      ($a | pick($all)) as $r | ($b | pick($r | keys)) as $key | ($c | pick(odd)) as $value
      | ($b | pick([1, 3])) as $n
      | each($c; if .r.type == $r.type and (.u | below($n)) == 0 then .r[$key] = $value else . end | .r)
    elif $k == 8 then ($a | pick($all)) as $r | ($b | pick($r | keys)) as $key
      | map(if .type == $r.type then del(.[$key]) else . end)
    elif $k == 9 then each($a; .r, if (.u | below(10)) == 0 then .r else empty end)
    elif $k == 10 then ($a | pick([0, 1, -1, 1000, 1e6])) as $f | map(.t_ns |= timed($f))
    elif $k == 11 then each($a; . as {$u} | .r | if ($u | below(20)) == 0 then .t_ns |= timed($u | below(3)) else . end)
    elif $k == 12 then map(select(.type != "end"))
    else each($a; [.u, .r]) | sort | map(.[1]) end;

[inputs] as $all | reduce range($seed % 3 + 1) as $_ ({s: ($seed * 7919 + 17), r: $all};
  .s |= draw | .s as $s | ($s | draw | below(14)) as $k
  | .r |= if length == 0 or any(.[]; type != "object") then . else cut($s; $k) end)
| .r[]
