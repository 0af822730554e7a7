# llama-bench's JSON lines, one per test, for its compare script:
#   metricsagg --samples raw.ndjson | jq -nrf llama-bench.jq
#
# It reports prompt processing ("pp", n_gen 0) and text generation ("tg",
# n_prompt 0, n_depth tokens in the context) as two tests.  Here a test is one
# pair, variant, scenario and prompt length, of single requests with cold
# prompts: llama-bench knows no others.  Its script joins two builds on every
# column that describes a test, and null joins nothing.  So the variant is the
# build, what depends on it is not among those columns, lengths are the same for
# all variants, and what cannot be known from outside (threads, batch, offload)
# is an empty text.
include "records" {search: "./"};

# The requests of one kind of test: their speed and how long that took.
def usable($kind): select(.type == "sample" and .warmup != true and .cache != "warm" and (.concurrency // 1) <= 1
    and (.status == "ok" or .status == "truncated") and .pair != null and .variant != null)
  | .ts = (if $kind == "pp" then .prefill_tps else .decode_tps end) | select(.ts != null and .ts > 0)
  | (if $kind == "pp" then .prompt_tokens else .completion_tokens end) as $n
  | .ns = if $n != null then 1e9 * ($n - (if $kind == "pp" then .cached_tokens // 0 else 1 end)) / .ts else null end;

# Mean and standard deviation (Welford); null where one is not known.
def spread: length as $n | if any(.[]; . == null) then [null, null] else
  reduce .[] as $x ({n: 0, mean: 0, m2: 0}; .n += 1 | ($x - .mean) as $d | .mean += $d / .n | .m2 += $d * ($x - .mean))
  | [.mean, if $n > 1 then .m2 * (1 / ($n - 1)) | sqrt else null end] end;
def whole: if . != null then round else . end;

def test($kind; $run; $models; $prompt): .[0] as $s | (map(.ns) | spread) as $ns | (map(.ts) | spread) as $ts
  | ([$models[] | select(.pair == $s.pair and .variant == $s.variant)][0] // {}) as $m
  | {build_commit: $s.variant, build_number: null, cpu_info: ($run.host.cpu // ""),
     backends: ($run.server.name // $m.server_name // ""), model_filename: $s.pair, model_type: $s.pair,
     model_size: $m.size_bytes, model_n_params: null}
  + reduce ("gpu_info", "n_batch", "n_ubatch", "n_threads", "cpu_mask", "cpu_strict", "poll", "type_k", "type_v",
      "split_mode", "main_gpu", "no_kv_offload", "flash_attn", "tensor_split", "tensor_buft_overrides", "use_mmap",
      "embeddings", "no_op_offload") as $k ({}; .[$k] = "")
  # Read as an integer by the compare script; -1: the engine decides.
  + {n_gpu_layers: -1, n_prompt: (if $kind == "pp" then $prompt else 0 end),
     n_gen: (if $kind == "tg" then $s.gen else 0 end), n_depth: (if $kind == "tg" then $prompt else 0 end),
     test_time: $run.wall, avg_ns: ($ns[0] | whole), stddev_ns: ($ns[1] | whole), avg_ts: $ts[0], stddev_ts: $ts[1],
     samples_ns: map(.ns | whole), samples_ts: map(.ts),
  # What llama-bench has no column for; its readers ignore it.
     scenario: $s.scenario, model: $m.model, runtime: $m.runtime, run: $s.run};

# Requests of the same length for every variant, in which a test is a variant.
def tests($kind; $run; $models): [to_entries[] | .key as $at | .value | usable($kind) | .at = $at]
  | group_by([.pair, .scenario, .target_tokens])[]
  | (map(.completion_tokens) | max) as $gen | (.[0].target_tokens // (map(.prompt_tokens) | max)) as $prompt
  | map(.gen = $gen) | group_by(.variant)[] | {at: .[0].at, test: test($kind; $run; $models; $prompt)};

samples | map(select(.type == "run" or .type == "sample")) | to_entries | group_by(.value.run) | sort_by(.[0].key)[]
| map(.value) | (map(select(.type == "run"))[0] // {}) as $run
| [tests("pp", "tg"; $run; map(.models[]?))] | sort_by(.at)[] | .test | tojson
