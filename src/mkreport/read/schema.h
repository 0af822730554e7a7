#ifndef LMG_SCHEMA_H
#define LMG_SCHEMA_H

/*
 * The metric records of lmgauge-records(5) as plain rows, and one table per
 * row type that says which key goes into which field.  Reading, the CSV, JSON
 * and SQL exports and freeing all follow these tables, so a key is named once.
 *
 * In every row a string is NULL and a number NAN when it was not measured; a
 * flag is -1 then.  Strings belong to the row.
 */

#include <stddef.h>

enum field_kind {
	FIELD_STR,		/* char * */
	FIELD_NUM,		/* double */
	FIELD_BOOL,		/* int: -1, 0 or 1 */
	FIELD_JSON		/* char *: the value as JSON text */
};

struct field {
	const char *key;	/* as in the record; "host.cpu" is a member */
	enum field_kind kind;
	size_t offset;
};

/* The row types, in the order in which a report uses them. */
enum row_type {
	ROW_RUN, ROW_MODEL, ROW_METRIC, ROW_SAMPLE, ROW_MEMORY, ROW_PRESSURE,
	ROW_ENERGY, ROW_PHASE, ROW_LEAK, ROW_MOE, ROW_DOMAIN, ROW_COMPARE, ROW_STABILITY, ROW_DRIFT,
	ROW_DETERMINISM, ROW_INTEGRITY, ROW_SELF, ROW_END, ROW_TYPES
};

struct schema {
	const char *type;	/* record type, and the table's name */
	size_t size;		/* of one row */
	const struct field *fields;
	size_t n_fields;
};

const struct schema *schema_of(enum row_type type);

/* The type of a record by its name, or ROW_TYPES. */
enum row_type schema_type_of(const char *name);

/* Set every field of row to "not measured"; release what a row holds. */
void schema_row_init(const struct schema *s, void *row);
void schema_row_fini(const struct schema *s, void *row);

struct row_run {
	char *tool, *wall, *boot_id, *source, *clock;
	char *host_name, *os, *os_version, *kernel, *arch, *cpu;
	double cores, memory_bytes, page_bytes;
	double noise_p50_ns, noise_p99_ns, noise_ttft_ns;	/* of the client */
	char *server_url, *server_api, *server_name, *server_version;
	char *config, *config_sha256, *plan_sha256;
	double steps, requests, failed, duration_s, memory_interval_ns;
	int simulated, interrupted, complete;
};

struct row_model {
	char *pair, *kind, *variant, *model, *instance, *format;
	char *quantization, *params, *architecture, *runtime;
	char *server_url, *api, *server_name, *server_version;
	double bits_per_weight, size_bytes, context_length;
	double requested_context_length, parallel, loads;
};

struct row_metric {
	char *pair, *kind, *variant, *scenario, *cache, *metric, *unit;
	char *by, *level, *source;
	double n, mean, sd, min, p50, p90, p95, p99, max, ci_lo, ci_hi;
	double server_p50, server_rel_diff, requests, n_eff;
	double tail_ratio, tail_lo, tail_hi;	/* of icl_s */
};

struct row_sample {
	char *pair, *kind, *variant, *scenario, *prompt, *prompt_key;
	char *domain, *cache, *status, *tokens_from, *output_sha256;
	double block, load, rep, step, req, turn, target_tokens, concurrency;
	double rate_per_s, sent_s;
	double prompt_tokens, completion_tokens, reasoning_tokens;
	double cached_tokens, chunks;
	double ttfb_s, ttft_s, ttfa_s, queue_s, e2e_s, median_icl_s, tpot_s;
	double decode_tps, prefill_tps, effective_tps, stall_s;
	double tokens_per_chunk, energy_j, energy_per_1000_tokens_j;
	int warmup;
};

struct row_memory {
	char *pair, *kind, *variant, *phase, *counter;
	double n, p50_bytes, max_bytes, growth_bytes, over_size_ratio;
	double visits, trend_bytes_per_load, trend_p, per_1000_tokens_bytes;
	double per_1000_tokens_lo_bytes, per_1000_tokens_hi_bytes;
	double per_1000_tokens_n;
};

struct row_pressure {
	char *pair, *kind, *variant, *phase;
	double n, own_swap_bytes, swap_grew_bytes, pressed, pressure_max;
};

struct row_energy {
	char *pair, *kind, *variant, *phase, *counter;
	double phase_s, covered_s, spans, readings, energy_j, mean_w;
};

struct row_phase {
	char *pair, *variant, *phase;
	double block, from_s, to_s;
};

struct row_leak {
	char *pair, *kind, *variant, *scenario, *counter, *verdict, *clock, *p;
	double n_requests, n_floors, dropped, growth_bytes;
	double late_slope_bytes_per_request, mdl90_bytes_per_request;
	double fit_slope_bytes_per_request, fit_at_0_bytes;
	double cache_budget_bytes;
	int deciding, within_cache_budget;
};

struct row_moe {
	char *pair, *kind, *variant, *scenario, *cache, *metric, *unit;
	double h, p, permutations, seed, icc, lag1;
	int differ;
};

/* One member of a moe record's domains. */
struct row_domain {
	char *pair, *variant, *scenario, *cache, *metric, *domain;
	double n, p50, ci_lo, ci_hi;
};

struct row_compare {
	char *pair, *scenario, *cache, *metric, *unit, *by, *level;
	char *base, *new, *analysis, *test, *verdict, *better;
	double n, n_base, n_new, p50_base, p50_new, difference;
	double ratio, ratio_lo, ratio_hi, p, p_holm, p_floor, order_imbalance;
	double further_pairs;
	int paired;
};

struct row_stability {
	char *pair, *variant, *by_status;
	double requests, failed, fail_ratio, fail_lo, fail_hi, stalls;
	double worker_exits;
};

struct row_drift {
	char *pair, *variant, *scenario, *cache, *metric;
	double n, s, p, span_s, slope_ratio_per_hour;
};

struct row_determinism {
	char *pair, *variant, *scenario, *cache;
	double groups, requests, equal_ratio;
};

struct row_integrity {
	char *level, *code, *pair, *variant, *scenario, *message;
	double count;
};

struct row_self {
	char *tool;
	double cpu_ns, wall_ns, cpu_ratio, max_rss_bytes, samples, missed;
	double worst_late_ns;
};

struct row_end {
	char *tool;
	double records;
	int interrupted;
};

#endif
