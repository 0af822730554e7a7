#ifndef LMG_LIB_METRIC_H
#define LMG_LIB_METRIC_H

/*
 * The metric records of lmgauge-records(5), and the words in them.  Each
 * member is named once, in the lists below; they make the structs, and in
 * metric.c the tables by which metricsagg writes, and mkreport reads, exports
 * and releases them.
 *
 * In every row a text is NULL and a number NAN when it was not measured; a
 * flag is -1 then.
 */

#include "field.h"

/* ---- words ------------------------------------------------------------ */

/*
 * What is measured: M(name in the code, key and name in records, unit).  A new
 * metric of a request is one line here, and what derive.c makes of it.
 */
#define METRICS_TIMED(M) \
	M(TTFB, ttfb_s, "s") \
	M(TTFT, ttft_s, "s") \
	M(TTFA, ttfa_s, "s") \
	M(QUEUE, queue_s, "s") \
	M(E2E, e2e_s, "s") \
	M(MEDIAN_ICL, median_icl_s, "s") \
	M(TPOT, tpot_s, "s") \
	M(DECODE_TPS, decode_tps, "tokens/s") \
	M(PREFILL_TPS, prefill_tps, "tokens/s") \
	M(EFFECTIVE_TPS, effective_tps, "tokens/s") \
	M(STALL, stall_s, "s") \
	M(ICL_SPREAD, icl_spread_ratio, "ratio") \
	M(TOKENS_PER_CHUNK, tokens_per_chunk, "tokens") \
	M(TOKENS_PER_BURST, tokens_per_burst, "tokens") \
	M(BURST, burst_s, "s") \
	M(ACCEPT, accept_ratio, "ratio") \
	M(BYTES_PER_S, bytes_per_s, "bytes/s")
#define METRICS_COUNTED(M) \
	M(PROMPT_TOKENS, prompt_tokens, "tokens") \
	M(COMPLETION_TOKENS, completion_tokens, "tokens")
#define METRICS_ENERGY(M) \
	M(ENERGY, energy_j, "J") \
	M(ENERGY_TOKENS, energy_per_1000_tokens_j, "J")
/* Of more than one request, of a load, of a step. */
#define METRICS_OF_GROUP(M) \
	M(ICL, icl_s, "s") \
	M(LOAD, load_s, "s") \
	M(THROUGHPUT, throughput_tps, "tokens/s") \
	M(PEAK_MEMORY, peak_memory_mib, "MiB")	/* compare command only */
#define METRICS_OF_REQUEST(M) \
	METRICS_TIMED(M) METRICS_COUNTED(M) METRICS_ENERGY(M)

#define METRIC_CODE(code, key, unit) M_##code,
enum metric {
	METRICS_OF_REQUEST(METRIC_CODE)
	M_OF_REQUEST, M_LAST_OF_REQUEST = M_OF_REQUEST - 1,
	METRICS_OF_GROUP(METRIC_CODE)
	M_COUNT
};
#undef METRIC_CODE

/* "ttft_s", "decode_tps", ... and their units "s", "tokens/s", ... */
const char *metric_name(enum metric m);
const char *metric_unit(enum metric m);

/* The names of those that a headline may test, up to a NULL: first the two that
 * are tested by themselves. */
extern const char *const metric_headlines[];
enum { METRIC_HEADLINES = 2 };

/* Those of which two runs are compared, and what they are called, up to no
 * words. */
extern const struct metric_compared {
	enum metric m;
	const char *words;
} metric_compared[];

/* Are these one figure, told in two ways?  Then only one may be tested. */
bool metric_is_same(const char *a, const char *b);

/* Counters of memory: C(name in the code, name in records). */
#define COUNTERS_READ(C) \
	C(RSS, rss) C(ANON, anon) C(FILE, file) C(SHMEM, shmem) \
	C(SWAP, swap) C(PSS, pss) C(FOOTPRINT, footprint) C(WIRED, wired) \
	C(VRAM, vram)
#define COUNTERS(C) \
	COUNTERS_READ(C) C(ANON_SWAP, anon_swap)	/* anon + swap */

#define COUNTER_CODE(code, name) C_##code,
enum counter {
	COUNTERS_READ(COUNTER_CODE)
	C_READ,				/* those above are read */
	C_ANON_SWAP = C_READ,
	C_COUNT
};
#undef COUNTER_CODE

/* "rss", "anon", "anon_swap", ... */
const char *counter_name(enum counter c);

/* ---- rows ------------------------------------------------------------- */

/*
 * The members of each record, in the order in which they are written.  S is a
 * text (L: a number will do), N a number, B true or false; W is an object or a
 * list, written as a whole; P(kind, member, group, key) is a part of one.  The
 * others stand in some records only.
 */
#define RUN_MEMBERS(S, N, B, W, P) \
	S(tool) S(source) S(wall) S(origin_ns) S(boot_id) \
	W(host) P(S, host_name, host, name) P(S, os, host, os) \
	P(S, os_version, host, os_version) P(S, kernel, host, kernel) \
	P(S, arch, host, arch) P(S, cpu, host, cpu) P(N, cores, host, cores) \
	P(N, memory_bytes, host, memory_bytes) \
	P(N, page_bytes, host, page_bytes) \
	W(server) P(S, server_url, server, url) P(S, server_api, server, api) \
	P(S, server_name, server, name) \
	P(S, server_version, server, version) \
	S(config) S(config_sha256) S(plan_sha256) N(steps) B(simulated) \
	S(clock) N(memory_interval_ns) \
	W(calibration) P(N, noise_p50_ns, calibration, p50_ns) \
	P(N, noise_p99_ns, calibration, p99_ns) \
	P(N, noise_ttft_ns, calibration, ttft_p99_ns) \
	N(duration_s) N(requests) N(failed) B(interrupted) B(complete) \
	W(models)

/* One member of a run record's models.  J: an object that is a column, as
 * text. */
#define MODEL_MEMBERS(S, L, N, J) \
	S(pair) S(kind) S(variant) S(model) S(instance) S(format) \
	S(quantization) N(bits_per_weight) N(effective_bits_per_weight) \
	L(params) N(parameters) S(architecture) N(size_bytes) \
	N(context_length) N(requested_context_length) N(parallel) J(options) \
	S(options_from) J(sampling) J(server_sampling) N(draft_tokens) \
	N(accepted_tokens) S(runtime) S(server_url) S(api) S(server_name) \
	S(server_version) N(loads)

/* I: of icl_s alone. */
#define METRIC_MEMBERS(S, L, N, I) \
	S(pair) S(kind) S(variant) S(scenario) S(cache) S(metric) S(unit) \
	S(by) L(level) N(n) N(mean) N(sd) N(min) N(p50) N(p90) N(p95) N(p99) \
	N(max) N(ci_lo) N(ci_hi) N(server_p50) N(server_rel_diff) S(source) \
	I(requests) I(n_eff) I(tail_ratio) I(tail_lo) I(tail_hi)

/* M: a metric. */
#define SAMPLE_MEMBERS(S, N, B, M) \
	S(pair) S(kind) S(variant) S(scenario) N(block) N(rep) N(step) N(req) \
	N(load) S(prompt) S(prompt_key) S(domain) S(cache) N(turn) \
	N(target_tokens) N(concurrency) N(rate_per_s) B(warmup) S(status) \
	N(sent_s) METRICS_COUNTED(M) N(reasoning_tokens) N(cached_tokens) \
	S(tokens_from) N(chunks) METRICS_TIMED(M) METRICS_ENERGY(M) \
	S(output_sha256)

/* O: where several servers were sampled. */
#define MEMORY_MEMBERS(S, N, O) \
	S(pair) S(kind) S(variant) S(phase) S(counter) N(n) N(visits) \
	N(p50_bytes) N(max_bytes) O(neighbours_max_bytes) N(growth_bytes) \
	N(over_size_ratio) \
	N(trend_bytes_per_load) N(trend_p) N(per_1000_tokens_bytes) \
	N(per_1000_tokens_lo_bytes) N(per_1000_tokens_hi_bytes) \
	N(per_1000_tokens_n)

#define PRESSURE_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(phase) N(n) N(own_swap_bytes) \
	N(swap_grew_bytes) N(pressed) N(pressure_max) \
	N(other_cpu_cores) N(other_cpu_cores_max)

#define ENERGY_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(phase) S(counter) N(phase_s) \
	N(covered_s) N(spans) N(readings) N(energy_j) N(mean_w)

/* C: a counter, in bytes. */
#define TIMELINE_MEMBERS(S, N, C) \
	N(t_s) S(pair) S(variant) S(phase) COUNTERS(C)

#define PHASE_MEMBERS(S, N) \
	S(pair) S(variant) N(block) S(phase) N(from_s) N(to_s)

#define LEAK_MEMBERS(S, N, B, J, W) \
	S(pair) S(kind) S(variant) S(scenario) N(block) N(part) S(counter) \
	B(deciding) S(verdict) N(n_requests) N(n_floors) N(dropped) S(clock) \
	N(growth_bytes) N(late_slope_bytes_per_request) \
	N(mdl90_bytes_per_request) N(fit_slope_bytes_per_request) \
	N(fit_at_0_bytes) J(p) B(within_cache_budget) N(cache_budget_bytes) \
	S(cache_budget_from) W(points)

#define MOE_MEMBERS(S, N, B, W) \
	S(pair) S(kind) S(variant) S(scenario) S(cache) S(metric) S(unit) \
	W(domains) N(h) N(p) N(permutations) N(seed) N(icc) N(lag1) B(differ)

/* One member of a moe record's domains; P: of the record, to find it by. */
#define DOMAIN_MEMBERS(S, N, P) \
	P(pair) P(variant) P(scenario) P(cache) P(metric) S(domain) N(n) \
	N(p50) N(ci_lo) N(ci_hi)

#define COMPARE_MEMBERS(S, L, N, B) \
	S(pair) S(kind) S(scenario) S(cache) S(metric) S(unit) S(by) L(level) \
	S(base) S(new) B(headline) N(n_base) N(n_new) N(p50_base) N(p50_new) \
	N(difference) N(rounds) N(loads) N(round_s) N(ratio) N(ratio_lo) \
	N(ratio_hi) \
	N(e) N(e_needed) N(decided_after) N(order_imbalance) S(verdict) \
	S(better) N(further_rounds)

#define STABILITY_MEMBERS(S, N, J) \
	S(pair) S(kind) S(variant) N(requests) N(failed) N(fail_ratio) \
	N(fail_lo) N(fail_hi) J(by_status) N(stalls) N(worker_exits)

/* check: the kind of question; null: all of them. */
#define QUALITY_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(check) N(items) N(right) N(wrong) \
	N(none) N(cut) N(failed) N(right_ratio) N(right_lo) N(right_hi)

#define QUALITY_COMPARE_MEMBERS(S, N) \
	S(pair) S(kind) S(base) S(new) S(check) N(items) N(base_only) \
	N(new_only) N(right_base) N(right_new) N(difference) N(difference_lo) \
	N(difference_hi) N(p) \
	N(detectable) S(verdict) S(better)

/* step, at: the first of them. */
#define CALLS_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(call) N(items) N(count) N(ratio) \
	N(ratio_lo) N(ratio_hi) N(step) S(at)

#define FIDELITY_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(reference) S(reference_from) \
	S(reference_missing) N(prefixes) N(equal_first) \
	N(equal_ratio) N(equal_lo) N(equal_hi) N(kl_mean) N(kl_mean_lo) \
	N(kl_mean_hi) N(kl_p50) N(kl_p95) N(kl_max) N(worst_step) N(seen_ratio)

/* Two variants, by what the same prefixes say of both and of a reference. */
#define FIDELITY_COMPARE_MEMBERS(S, N) \
	S(pair) S(kind) S(reference) S(base) S(new) N(prefixes) \
	N(pairs_compared) N(base_only) N(new_only) N(p) N(kl_difference) \
	N(kl_difference_lo) N(kl_difference_hi) S(verdict) S(nearer)

/* Greedy answers, word by word; reference: of itself, those asked again. */
#define AGREEMENT_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(reference) N(prompts) N(equal) \
	N(equal_ratio) N(equal_lo) N(equal_hi) N(words_p50) N(parted_p50) \
	N(parted_lo) N(parted_hi) N(steady_parted) N(unsteady_equal) N(p) \
	S(verdict)

#define PROMPT_CACHE_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(scenario) N(conversations) N(turns) \
	S(verdict) S(from) N(lost_at) N(kept_tokens) S(by_times) \
	N(overhead_tokens) N(token_s)

#define TURN_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(scenario) N(turn) N(n) N(prompt_tokens) \
	N(new_tokens) N(cached_tokens) N(reused_ratio) N(ttft_s) \
	N(ttft_lo_s) N(ttft_hi_s) N(new_only_s) N(whole_s)

/* a, b, c: value is a + b n + c n^2. */
#define PREDICTION_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(scenario) S(quantity) S(unit) S(counter) \
	S(verdict) N(n) N(visits) N(rungs) N(from_tokens) N(to_tokens) N(a) \
	N(b) N(c) N(held_measured) N(held_predicted) N(held_error_ratio) \
	N(at_tokens) N(value) N(value_lo) N(value_hi) N(room_bytes) S(fits)

#define CROSSING_MEMBERS(S, N) \
	S(pair) S(kind) S(scenario) S(quantity) S(base) S(new) S(verdict) \
	N(from_tokens) N(to_tokens) N(at_tokens) N(at_lo_tokens) \
	N(at_hi_tokens) S(lower_first)

#define BANDWIDTH_MEMBERS(S, N) \
	S(pair) S(kind) S(scenario) S(base) S(new) N(bytes_base) N(bytes_new) \
	N(decode_base_tps) N(decode_new_tps) N(bandwidth_base_bytes_per_s) \
	N(bandwidth_new_bytes_per_s) N(bytes_ratio) N(ratio) N(ratio_lo) \
	N(ratio_hi) S(verdict)

#define DRIFT_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(scenario) S(cache) S(metric) N(n) \
	N(span_s) N(change_ratio)

#define DETERMINISM_MEMBERS(S, N) \
	S(pair) S(kind) S(variant) S(scenario) N(groups) N(requests) \
	N(equal_ratio)

#define ECDF_MEMBERS(S, N, W) \
	S(pair) S(kind) S(variant) S(scenario) S(cache) S(metric) S(unit) \
	N(n) W(points)

#define INTEGRITY_MEMBERS(S, N) \
	S(level) S(code) N(count) S(pair) S(variant) S(scenario) S(message)

#define SELF_MEMBERS(S, N) \
	S(tool) N(cpu_ns) N(wall_ns) N(cpu_ratio) N(max_rss_bytes) \
	N(samples) N(missed) N(worst_late_ns)

#define END_MEMBERS(S, N, B, W) \
	S(tool) N(records) B(interrupted) W(self)

#define ROW_TEXT(m) const char *m;
#define ROW_NUMBER(m) double m;
#define ROW_FLAG(m) int m;
#define ROW_PART(kind, m, group, key) kind(m)
#define ROW_METRIC_OF(code, m, unit) double m;
#define ROW_COUNTER_OF(code, name) double name##_bytes;

struct row_run {
	RUN_MEMBERS(ROW_TEXT, ROW_NUMBER, ROW_FLAG, ROW_TEXT, ROW_PART)
};
struct row_model { MODEL_MEMBERS(ROW_TEXT, ROW_TEXT, ROW_NUMBER, ROW_TEXT) };
struct row_metric {
	METRIC_MEMBERS(ROW_TEXT, ROW_TEXT, ROW_NUMBER, ROW_NUMBER)
};
struct row_sample {
	SAMPLE_MEMBERS(ROW_TEXT, ROW_NUMBER, ROW_FLAG, ROW_METRIC_OF)
};
struct row_memory { MEMORY_MEMBERS(ROW_TEXT, ROW_NUMBER, ROW_NUMBER) };
struct row_pressure { PRESSURE_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_energy { ENERGY_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_timeline {
	TIMELINE_MEMBERS(ROW_TEXT, ROW_NUMBER, ROW_COUNTER_OF)
};
struct row_phase { PHASE_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_leak {
	LEAK_MEMBERS(ROW_TEXT, ROW_NUMBER, ROW_FLAG, ROW_TEXT, ROW_TEXT)
};
struct row_moe { MOE_MEMBERS(ROW_TEXT, ROW_NUMBER, ROW_FLAG, ROW_TEXT) };
struct row_domain { DOMAIN_MEMBERS(ROW_TEXT, ROW_NUMBER, ROW_TEXT) };
struct row_compare {
	COMPARE_MEMBERS(ROW_TEXT, ROW_TEXT, ROW_NUMBER, ROW_FLAG)
};
struct row_stability { STABILITY_MEMBERS(ROW_TEXT, ROW_NUMBER, ROW_TEXT) };
struct row_quality { QUALITY_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_quality_compare { QUALITY_COMPARE_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_calls { CALLS_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_fidelity { FIDELITY_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_fidelity_compare {
	FIDELITY_COMPARE_MEMBERS(ROW_TEXT, ROW_NUMBER)
};
struct row_agreement { AGREEMENT_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_prompt_cache { PROMPT_CACHE_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_turn { TURN_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_prediction { PREDICTION_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_crossing { CROSSING_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_bandwidth { BANDWIDTH_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_drift { DRIFT_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_determinism { DETERMINISM_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_ecdf { ECDF_MEMBERS(ROW_TEXT, ROW_NUMBER, ROW_TEXT) };
struct row_integrity { INTEGRITY_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_self { SELF_MEMBERS(ROW_TEXT, ROW_NUMBER) };
struct row_end { END_MEMBERS(ROW_TEXT, ROW_NUMBER, ROW_FLAG, ROW_TEXT) };

enum row_type {
	ROW_RUN, ROW_MODEL, ROW_METRIC, ROW_SAMPLE, ROW_MEMORY, ROW_PRESSURE,
	ROW_ENERGY, ROW_PHASE, ROW_LEAK, ROW_MOE, ROW_DOMAIN, ROW_COMPARE,
	ROW_STABILITY, ROW_QUALITY, ROW_QUALITY_COMPARE, ROW_CALLS,
	ROW_FIDELITY, ROW_FIDELITY_COMPARE, ROW_AGREEMENT, ROW_PROMPT_CACHE,
	ROW_TURN, ROW_PREDICTION, ROW_CROSSING, ROW_BANDWIDTH, ROW_DRIFT,
	ROW_DETERMINISM, ROW_INTEGRITY, ROW_SELF, ROW_END,
	ROW_TYPES,		/* those above are kept for a report */
	ROW_TIMELINE = ROW_TYPES, ROW_ECDF,	/* the plots' */
	ROW_WRITTEN
};

/* The table of a record or of a member of one. */
const struct schema *schema_of(enum row_type type);

/* The type of a record by its name, or ROW_WRITTEN. */
enum row_type schema_type_of(const char *name);

/* .when of what stands in records of icl_s alone. */
enum { METRIC_OF_GAPS = 1 };
/* ... of memory beside other servers. */
enum { MEMORY_OF_SEVERAL = 1 };

/*
 * Is the time from the first token to the last too short for a rate?  Below
 * 2 ms its ends are not known well enough; below 10 ms and 2 % of the whole
 * answer (e2e_s) the tokens were held back and flushed.
 */
bool metric_is_unresolved(double span_s, double e2e_s);

/* Metric m of a sample. */
double *row_sample_metric(struct row_sample *row, enum metric m);

/* Counter c of a row of the timeline. */
double *row_timeline_counter(struct row_timeline *row, enum counter c);

#endif
