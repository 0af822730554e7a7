# Writes metric records as metricsagg would, for the tests of mkreport and of
# the plots:  jq -ncr --arg case base -f generate.jq
# Cases: base (3 pairs, 2 variants), one (1 variant), six (6 variants, hostile
# names), failed (no request succeeded), empty (a run record and an end), cut
# (base without its end).  The numbers are made up but plausible, and the same
# on every machine.

def noise($k): ($k * 12.9898 | sin) * 43758.5453 | . - floor;
def wobble($k; $part): 1 + (noise($k) - 0.5) * 2 * $part;
def round3: . * 1e6 | round / 1e6;
def median: sort | if length == 0 then null
	elif length % 2 == 1 then .[(length - 1) / 2]
	else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def quantile($p): sort as $s | ((($s | length) - 1) * $p) as $h |
	$s[$h | floor] + ($h - ($h | floor)) *
	($s[[($h | floor) + 1, ($s | length) - 1] | min] - $s[$h | floor]);
def run: "20261123T120000Z-abc123";
def rec($type): { type: $type, run: run, t_ns: 0 };

def hostile: [
	"gguf | `rm -rf` <script>alert(1)</script>",
	"=HYPERLINK(\"http://evil.example/\",\"x\")",
	"[click](javascript:alert(1)) **bold** @someone #1",
	"line\nbreak\ttab \u001b[31mred\u001b[0m \u202egnp.exe",
	"'; DROP TABLE t; -- \\\" $(id) `id` %s %n {/Symbol a}",
	([range(700) | "very-long-name"] | join("-"))
];

def variants($case): if $case == "six" then [hostile[] | { label: . }] | to_entries | map({
		label: .value.label, format: (if .key % 2 == 0 then "gguf" else "mlx" end),
		speed: (1 + .key * 0.13), mem: (1 + .key * 0.07) })
	elif $case == "one" then [{ label: "gguf", format: "gguf", speed: 1, mem: 1 }]
	else [{ label: "gguf", format: "gguf", speed: 1, mem: 1 },
	      { label: "mlx", format: "mlx", speed: 1.31, mem: 0.82 }] end;

def pairs($case): [
	{ name: "llama-3.3-70b", kind: "dense", ttft: 11.5, tps: 4.5, size: 57.9e9 },
	{ name: "llama-4-scout", kind: "moe", ttft: 7.6, tps: 18, size: 65.4e9 },
	{ name: "mixtral-8x22b", kind: "moe", ttft: 2.4, tps: 17.5, size: 85.6e9 }
	] | if $case == "six" then [.[1] | .name = "<b>pair</b> | \u202e`x`\n# head"] elif $case == "one" then .[0:1] else . end;

def samples($p; $v; $pi; $vi):
	def one($scen; $i; $n; $more): ($pi * 1000 + $vi * 100 + $i) as $k |
		(($more.prompt_tokens // 40) * wobble($k + 0.3; 0.01) | round) as $pt |
		($p.ttft / $v.speed * (0.3 + 0.7 * $pt / 1000) * wobble($k; 0.06)) as $ttft |
		($p.tps * $v.speed * (1 - $pt / 20000) * wobble($k + 0.5; 0.04) /
		 (($more.concurrency // 1) | . * 0.35 + 0.65)) as $tps |
		(200 + 56 * noise($k + 0.7) | round) as $ct |
		rec("sample") + { pair: $p.name, kind: $p.kind, variant: $v.label, scenario: $scen,
		  block: (1 + ($i * 2 / $n | floor)), rep: ($i + 1), step: ($k | floor), req: ($k | floor),
		  prompt: ($more.domain // "simple"), prompt_key: "\($scen)-\($i)", domain: $more.domain,
		  cache: "cold", turn: null, target_tokens: $more.target_tokens,
		  concurrency: ($more.concurrency // 1), rate_per_s: null, warmup: ($i == 0 and $scen == "simple_gen"),
		  status: "ok", sent_s: (($pi * 900 + $vi * 400 + $i * 6) | round3), prompt_tokens: $pt, completion_tokens: $ct,
		  reasoning_tokens: 0, cached_tokens: 0, tokens_from: "stats", chunks: $ct,
		  ttfb_s: 0.004, ttft_s: ($ttft | round3), ttfa_s: ($ttft | round3), queue_s: 0.0001,
		  e2e_s: ($ttft + $ct / $tps | round3), median_icl_s: (1 / $tps | round3), tpot_s: (1 / $tps | round3),
		  decode_tps: ($tps | round3), prefill_tps: ($pt / $ttft | round3),
		  effective_tps: ($ct / ($ttft + $ct / $tps) | round3), stall_s: (3 / $tps | round3), tokens_per_chunk: 1 };
	(range(11) as $i | one("simple_gen"; $i; 11; {})),
	(range(15) as $i | [500, 1000, 4000][$i % 3] as $t | one("context_stress"; 100 + $i; 15; { prompt_tokens: $t, target_tokens: $t })),
	(range(16) as $i | [1, 2, 4, 8][$i / 4 | floor] as $c | one("parallel"; 200 + $i; 16; { concurrency: $c })),
	(range(24) as $i | ["math", "creative", "code", "factual"][$i % 4] as $d | one("moe"; 300 + $i; 24; { domain: $d }));

def summary($unit): { unit: $unit, n: length, mean: (add / length), sd: (if length < 2 then null else (add / length) as $m | (map((. - $m) * (. - $m)) | add / (length - 1) | sqrt) end),
	min: min, p50: median, p90: (if length >= 10 then quantile(0.9) else null end),
	p95: (if length >= 20 then quantile(0.95) else null end), p99: null, max: max,
	ci_lo: (if length >= 6 then quantile(0.2) else null end), ci_hi: (if length >= 6 then quantile(0.8) else null end) };

def metrics_of($unit): .unit = $unit;
def metric_names: [["ttfb_s", "s"], ["ttft_s", "s"], ["ttfa_s", "s"], ["e2e_s", "s"], ["median_icl_s", "s"], ["tpot_s", "s"],
	["decode_tps", "tokens/s"], ["prefill_tps", "tokens/s"], ["effective_tps", "tokens/s"], ["stall_s", "s"],
	["prompt_tokens", "tokens"], ["completion_tokens", "tokens"]];

def no_tail: . + { requests: null, tail_ratio: null, tail_lo: null, tail_hi: null };
def metrics($s): ($s | map(select(.warmup | not))) as $s |
	($s | group_by([.pair, .variant, .scenario]))[] as $g | $g[0] as $f |
	metric_names[] as [$m, $u] |
	def row($rows; $by; $level): rec("metric") + { pair: $f.pair, kind: $f.kind, variant: $f.variant, scenario: $f.scenario,
		cache: $f.cache, metric: $m, by: $by, level: $level } + ($rows | map(.[$m]) | summary($u)) |
		.server_p50 = (if $m == "ttft_s" or $m == "decode_tps" then .p50 * 0.99 else null end) |
		.server_rel_diff = (if .server_p50 then (.p50 - .server_p50) / .server_p50 else null end) |
		.source = (if $m == "prefill_tps" then "events" else null end) | .n_eff = null | no_tail;
	row($g; null; null),
	(if $f.scenario == "context_stress" then ($g | group_by(.target_tokens))[] as $l | row($l; "target_tokens"; "\($l[0].target_tokens)") else empty end),
	(if $f.scenario == "parallel" then ($g | group_by(.concurrency))[] as $l | row($l; "concurrency"; "\($l[0].concurrency)") else empty end),
	(if $f.scenario == "moe" then ($g | group_by(.domain))[] as $l | row($l; "domain"; $l[0].domain) else empty end);

def throughput($p; $v): (1, 2, 4, 8) as $c | rec("metric") + { pair: $p.name, kind: $p.kind, variant: $v.label, scenario: "parallel",
	cache: "cold", metric: "throughput_tps", by: "concurrency", level: "\($c)" } +
	([$p.tps * $v.speed * $c / ($c * 0.35 + 0.65) | . * 0.97, ., . * 1.02] | summary("tokens/s")) + { server_p50: null, server_rel_diff: null, source: null, n_eff: null } | no_tail;

def gaps($p; $v): (null, "math", "creative", "code", "factual") as $d | (1 / ($p.tps * $v.speed)) as $g |
	rec("metric") + { pair: $p.name, kind: $p.kind, variant: $v.label, scenario: "moe", cache: "cold", metric: "icl_s", by: (if $d then "domain" else null end), level: $d,
	unit: "s", n: (if $d then 1200 else 4800 end), mean: $g, sd: $g, min: $g, p50: $g, p90: $g, p95: $g, p99: (2.1 * $g), max: (3 * $g), ci_lo: $g, ci_hi: $g,
	server_p50: null, server_rel_diff: null, source: null, requests: (if $d then 6 else 24 end), n_eff: 400,
	tail_ratio: (if $d then 2 else 2.1 end), tail_lo: (if $d then null else 1.9 end), tail_hi: (if $d then null else 2.6 end) };

def loads($p; $v): rec("metric") + { pair: $p.name, kind: $p.kind, variant: $v.label, scenario: "cold_start",
	cache: null, metric: "load_s", by: null, level: null } + ([14.2, 13.1] | map(. / $v.speed) | summary("s")) +
	{ server_p50: (13 / $v.speed), server_rel_diff: 0.05, source: null, n_eff: null } | no_tail;

def phase_names: ["baseline", "load", "loaded", "prefill", "decode", "between", "after_unload", "whole"];
def share: { baseline: 0, load: 0.6, loaded: 0.98, prefill: 1.01, decode: 1.04, between: 1.03, after_unload: 0.012, whole: 0.9 };
def memory($p; $v): phase_names[] as $ph | ("rss", "anon", "file") as $c |
	(if $c == "rss" then 1 elif ($c == "file") == ($v.format == "gguf") then 0.93 else 0.07 end) as $part |
	(0.4e9 + $p.size * $v.mem * share[$ph] * $part) as $b |
	rec("memory") + { pair: $p.name, kind: $p.kind, variant: $v.label, phase: $ph, counter: $c, n: 240,
	p50_bytes: ($b | round), max_bytes: (if $ph == "whole" then 0.4e9 + $p.size * $v.mem * 1.06 * $part else $b * 1.02 end | round),
	growth_bytes: (if $ph == "baseline" then null else ($b - 0.4e9 | round) end), over_size_ratio: ($b / ($p.size * $v.mem) | round3) };

# One visit: baseline 2 s, load 14 s, loaded 2 s, twenty requests of 10 s, after_unload 4 s.
def visit($p; $v; $block; $t0; $vi): [["baseline", 0, 2], ["load", 2, 16], ["loaded", 16, 18],
	(range(12) as $i | ["prefill", 18 + 10 * $i, 20 + 10 * $i], ["decode", 20 + 10 * $i, 27 + 10 * $i], ["between", 27 + 10 * $i, 28 + 10 * $i]),
	["after_unload", 138, 142]] as $spans |
	($spans[] | rec("phase") + { pair: $p.name, variant: $v.label, block: $block, phase: .[0], from_s: ($t0 + .[1]), to_s: ($t0 + .[2]) }),
	(range(142) as $s | ($spans | map(select(.[1] <= $s and $s < .[2]))[0]) as $span |
	 (if $span == null then 1 elif $span[0] == "load" then ($s - 2) / 14 else share[$span[0]] + 0.0004 * $s end) as $f |
	 (0.4e9 + $p.size * $v.mem * $f * wobble($s + $vi; 0.004)) as $b |
	 rec("timeline") + { t_s: ($t0 + $s), pair: $p.name, variant: $v.label, phase: ($span // [null])[0], rss: ($b | round),
	 anon: ($b * (if $v.format == "gguf" then 0.07 else 0.93 end) | round), file: ($b * (if $v.format == "gguf" then 0.93 else 0.07 end) | round), swap: 0 });

def leak($p; $v; $vi; $s): ($vi % 2 == 1) as $leaks | [$s[] | select(.pair == $p.name and .variant == $v.label) | .req] as $reqs | ("anon_swap", "rss") as $c |
	rec("leak") + { pair: $p.name, kind: $p.kind, variant: $v.label, scenario: "memory_leak", counter: $c, deciding: ($c == "anon_swap"),
	verdict: (if $leaks then "leak" else "stable" end), n_requests: 30, n_floors: 27, dropped: 3, clock: "ordinal",
	growth_bytes: (if $leaks then 61e6 else 1.1e6 end), late_slope_bytes_per_request: (if $leaks then 2.1e6 else 11000 end),
	mdl90_bytes_per_request: 1.8e6, p: { ordinal: (if $leaks then 0.0003 else 0.41 end), log: 0.004, step: 0.02 },
	within_cache_budget: (if $leaks then ($p.name == "llama-4-scout") else null end), cache_budget_bytes: 8589934592,
	points: [range(4; 31) as $i | [$i, (2.1e9 * $v.mem + (if $leaks then 2.1e6 * $i else 0 end) + 3e6 * noise($i + $vi) | round), $reqs[$i]]] };

def moe($p; $v; $s): ("decode_tps", "median_icl_s") as $m |
	($s | map(select(.pair == $p.name and .variant == $v.label and .scenario == "moe"))) as $g |
	rec("moe") + { pair: $p.name, kind: $p.kind, variant: $v.label, scenario: "moe", cache: "cold", metric: $m,
	domains: ($g | group_by(.domain) | map({ domain: .[0].domain } + (map(.[$m]) | summary("x") | { n, p50, ci_lo, ci_hi }))),
	h: 3.1, p: 0.38, permutations: 1999, seed: 42, icc: 0.12, lag1: 0.08, differ: (if $p.kind == "moe" and $m == "decode_tps" then true else false end) };

def compare($p; $a; $b; $s):
	("simple_gen", "context_stress", "moe") as $scen | ("ttft_s", "decode_tps", "prefill_tps", "effective_tps") as $m |
	($s | map(select(.pair == $p.name and .scenario == $scen and (.warmup | not)))) as $g |
	($g | map(select(.variant == $a.label) | .[$m]) | median) as $x | ($g | map(select(.variant == $b.label) | .[$m]) | median) as $y |
	rec("compare") + { pair: $p.name, scenario: $scen, cache: "cold", metric: $m, unit: "s", by: null, level: null, base: $a.label, new: $b.label,
	headline: ($scen == "simple_gen" and ($m == "ttft_s" or $m == "decode_tps")), n_base: 10, n_new: 10, p50_base: $x, p50_new: $y, difference: ($y - $x),
	rounds: 6, round_s: 90, ratio: ($y / $x), ratio_lo: ($y / $x * 0.97), ratio_hi: ($y / $x * 1.03), e: null, e_needed: null, decided_after: null, order_imbalance: 0.02,
	verdict: "description", better: null, further_rounds: null } |
	if .headline | not then .
	elif $p.name == "mixtral-8x22b" and $m == "ttft_s" then . + { ratio: 0.985, ratio_lo: 0.94, ratio_hi: 1.04, e: 0.5, e_needed: 40, verdict: "inconclusive", further_rounds: 14 }
	elif $p.name == "mixtral-8x22b" and $m == "decode_tps" then . + { ratio: 1.004, ratio_lo: 0.985, ratio_hi: 1.021, e: 0.3, e_needed: 40, decided_after: 6, verdict: "equivalent" }
	else . + { e: 310.2, e_needed: 40, decided_after: 4, verdict: "different", better: (if ($m == "ttft_s") == ($y < $x) then $b.label else $a.label end) } end;

def peaks($p; $a; $b): (0.4e9 + $p.size * $a.mem * 1.06) as $x | (0.4e9 + $p.size * $b.mem * 1.06) as $y |
	rec("compare") + { pair: $p.name, scenario: null, cache: null, metric: "peak_bytes", unit: "B", by: "counter", level: "rss", base: $a.label, new: $b.label,
	headline: true, n_base: 6, n_new: 6, p50_base: ($x | round), p50_new: ($y | round), difference: ($y - $x | round), rounds: 6, round_s: 90,
	ratio: ($y / $x), ratio_lo: ($y / $x * 0.999), ratio_hi: ($y / $x * 1.001), e: 5e6, e_needed: 20, decided_after: 3, order_imbalance: 0.02,
	verdict: "different", better: (if $y < $x then $b.label else $a.label end), further_rounds: null };

def stability($p; $v; $vi): rec("stability") + { pair: $p.name, variant: $v.label, requests: 66, failed: $vi, fail_ratio: ($vi / 66 | round3),
	fail_lo: (if $vi == 0 then 0 else 0.0027 end), fail_hi: (if $vi == 0 then 0.055 else 0.081 end), by_status: { ok: (66 - $vi), timeout: $vi }, stalls: $vi, worker_exits: 0 };

def others($p; $v; $vi):
	(rec("drift") + { pair: $p.name, variant: $v.label, scenario: "simple_gen", metric: "decode_tps", n: 10, span_s: 900, change_ratio: -0.0105 }),
	(rec("determinism") + { pair: $p.name, variant: $v.label, scenario: "warm", groups: 4, requests: 12, equal_ratio: (if $vi == 0 then 1 else 0.875 end) }),
	(rec("ecdf") + { pair: $p.name, variant: $v.label, scenario: "simple_gen", metric: "icl_s", n: 2200,
	  points: [range(1; 101) as $i | [1 / ($p.tps * $v.speed) * (0.8 + 0.4 * $i / 100 + (if $i > 97 then 0.6 * ($i - 97) else 0 end)) | round3, $i / 100]] });

def head($case; $pairs; $vs; $n; $failed): rec("run") + { v: 1, stream: "metrics", tool: "metricsagg 0.1.0", wall: "2026-11-23T12:00:00Z", origin_ns: "1000",
	boot_id: "0b", host: { os: "Linux", os_version: "Debian 12", kernel: "6.18.0", arch: "x86_64", cpu: "AMD EPYC 9654", cores: 16, memory_bytes: 137438953472, page_bytes: 16384 },
	server: { url: "http://127.0.0.1:1234", port: 1234, api: "lmstudio", name: "LM Studio", version: "0.3.31" }, config: "config/suite.yaml",
	config_sha256: "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b", plan_sha256: "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90da3a666eec13ab35",
	steps: 420, requests: $n, simulated: ($case == "six"), clock: "kernel", memory_interval_ns: 100000000, source: "lmsdrive 0.1.0", duration_s: 2843.2, failed: $failed,
	interrupted: false, complete: ($case != "cut"),
	models: [$pairs[] as $p | $vs[] as $v | { pair: $p.name, kind: $p.kind, variant: $v.label, model: "org/\($p.name)@\($v.label)", instance: $v.label, format: $v.format,
	  quantization: (if $v.format == "gguf" then "Q6_K" else "6bit" end), bits_per_weight: (if $v.format == "gguf" then 6.56 else 6.5 end), params: "70B", architecture: "llama",
	  size_bytes: ($p.size * $v.mem | round), context_length: (if $v.format == "gguf" then 8192 else 4096 end), requested_context_length: 8192, parallel: 4, runtime: "\($v.format)-engine 1.2", loads: 2 }] };

def tail: (rec("integrity") + { level: "warn", code: "context_mismatch", count: 2, pair: pairs($case)[0].name, variant: variants($case)[-1].label, scenario: null, message: "asked for 8192, loaded with 4096 | see <b>http://example.com</b> @you" }),
	(rec("integrity") + { level: "info", code: "implied_step", count: 3, pair: null, variant: null, scenario: null, message: "3 steps were added that the plan lacks" }),
	(("lmsdrive 0.1.0", "memsample 0.1.0", "metricsagg 0.1.0") as $t | rec("self") + { tool: $t, cpu_ns: 2143000000, wall_ns: 2843200000000, cpu_ratio: 0.00075, max_rss_bytes: 11534336,
	  samples: (if $t[0:3] == "mem" then 28432 else null end), missed: (if $t[0:3] == "mem" then 3 else null end), worst_late_ns: (if $t[0:3] == "mem" then 2100000 else null end) }),
	(rec("end") + { tool: "metricsagg 0.1.0", records: 1, interrupted: false });

def full($case): pairs($case) as $ps | variants($case) as $vs |
	[$ps | to_entries[] as $p | $vs | to_entries[] as $v | samples($p.value; $v.value; $p.key; $v.key)] as $s |
	head($case; $ps; $vs; ($s | length); 1), $s[], metrics($s),
	($ps | to_entries[] as $p | $vs | to_entries[] as $v | throughput($p.value; $v.value), gaps($p.value; $v.value), loads($p.value; $v.value), memory($p.value; $v.value)),
	($ps | to_entries[] as $p | ([$vs | to_entries[]] | . + reverse | to_entries[]) as $v |
	  visit($p.value; $v.value.value; $v.key + 1; $p.key * 900 + $v.key * 150; $v.value.key)),
	($ps[] as $p | $vs | to_entries[] as $v | leak($p; $v.value; $v.key; $s), moe($p; $v.value; $s), stability($p; $v.value; $v.key), others($p; $v.value; $v.key)),
	($ps[] as $p | $vs[1:][] as $b | compare($p; $vs[0]; $b; $s), peaks($p; $vs[0]; $b)), tail;

def failed: pairs("base") as $ps | variants("base") as $vs | head("failed"; $ps; $vs; 40; 40),
	($ps[] as $p | $vs[] as $v | rec("stability") + { pair: $p.name, variant: $v.label, requests: 7, failed: 7, fail_ratio: 1, fail_lo: 0.646, fail_hi: 1, by_status: { http_error: 7 }, stalls: 0, worker_exits: 1 }),
	(rec("integrity") + { level: "error", code: "load_failed", count: 6, pair: null, variant: null, scenario: null, message: "the load failed: not enough memory" }),
	(rec("end") + { tool: "metricsagg 0.1.0", records: 3, interrupted: false });

if $case == "empty" then head("empty"; []; []; 0; 0), (rec("end") + { tool: "metricsagg 0.1.0", records: 1, interrupted: false })
elif $case == "failed" then failed
elif $case == "cut" then full("base") | select(.type != "end")
else full($case) end
