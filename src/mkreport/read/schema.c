#include "schema.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ROW is the struct a table describes, redefined before each of them. */
#define S(m) { #m, FIELD_STR, offsetof(ROW, m) }
#define N(m) { #m, FIELD_NUM, offsetof(ROW, m) }
#define B(m) { #m, FIELD_BOOL, offsetof(ROW, m) }
#define J(m) { #m, FIELD_JSON, offsetof(ROW, m) }
#define SK(k, m) { k, FIELD_STR, offsetof(ROW, m) }
#define NK(k, m) { k, FIELD_NUM, offsetof(ROW, m) }

#define ROW struct row_run
static const struct field run[] = {
	S(tool), S(wall), S(boot_id), S(source), S(clock),
	SK("host.name", host_name), SK("host.os", os),
	SK("host.os_version", os_version),
	SK("host.kernel", kernel), SK("host.arch", arch), SK("host.cpu", cpu),
	NK("host.cores", cores), NK("host.memory_bytes", memory_bytes),
	NK("host.page_bytes", page_bytes),
	NK("calibration.p50_ns", noise_p50_ns),
	NK("calibration.p99_ns", noise_p99_ns),
	NK("calibration.ttft_p99_ns", noise_ttft_ns),
	SK("server.url", server_url), SK("server.api", server_api),
	SK("server.name", server_name), SK("server.version", server_version),
	S(config), S(config_sha256), S(plan_sha256), N(steps), N(requests),
	N(failed), N(duration_s), N(memory_interval_ns), B(simulated),
	B(interrupted), B(complete)
};
#undef ROW
#define ROW struct row_model
static const struct field model[] = {
	S(pair), S(kind), S(variant), S(model), S(instance), S(format),
	S(quantization), N(bits_per_weight), S(params), S(architecture),
	N(size_bytes), N(context_length), N(requested_context_length),
	N(parallel), S(runtime), S(server_url), S(api), S(server_name),
	S(server_version), N(loads)
};
#undef ROW
#define ROW struct row_metric
static const struct field metric[] = {
	S(pair), S(kind), S(variant), S(scenario), S(cache), S(metric),
	S(unit), S(by), S(level), N(n), N(mean), N(sd), N(min), N(p50),
	N(p90), N(p95), N(p99), N(max), N(ci_lo), N(ci_hi), N(server_p50),
	N(server_rel_diff), S(source), N(requests), N(n_eff), N(tail_ratio),
	N(tail_lo), N(tail_hi)
};
#undef ROW
#define ROW struct row_sample
static const struct field sample[] = {
	S(pair), S(kind), S(variant), S(scenario), N(block), N(load), N(rep), N(step),
	N(req), S(prompt), S(prompt_key), S(domain), S(cache), N(turn),
	N(target_tokens), N(concurrency), N(rate_per_s), B(warmup), S(status),
	N(sent_s), N(prompt_tokens), N(completion_tokens),
	N(reasoning_tokens), N(cached_tokens), S(tokens_from), N(chunks), S(output_sha256),
	N(ttfb_s), N(ttft_s), N(ttfa_s), N(queue_s), N(e2e_s),
	N(median_icl_s), N(tpot_s), N(decode_tps), N(prefill_tps),
	N(effective_tps), N(stall_s), N(tokens_per_chunk), N(energy_j),
	N(energy_per_1000_tokens_j)
};
#undef ROW
#define ROW struct row_memory
static const struct field memory[] = {
	S(pair), S(kind), S(variant), S(phase), S(counter), N(n),
	N(p50_bytes), N(max_bytes), N(growth_bytes), N(over_size_ratio),
	N(visits), N(trend_bytes_per_load), N(trend_p),
	N(per_1000_tokens_bytes), N(per_1000_tokens_lo_bytes),
	N(per_1000_tokens_hi_bytes), N(per_1000_tokens_n)
};
#undef ROW
#define ROW struct row_pressure
static const struct field pressure[] = {
	S(pair), S(kind), S(variant), S(phase), N(n), N(own_swap_bytes),
	N(swap_grew_bytes), N(pressed), N(pressure_max)
};
#undef ROW
#define ROW struct row_energy
static const struct field energy[] = {
	S(pair), S(kind), S(variant), S(phase), S(counter), N(phase_s),
	N(covered_s), N(spans), N(readings), N(energy_j), N(mean_w)
};
#undef ROW
#define ROW struct row_phase
static const struct field phase[] = {
	S(pair), S(variant), N(block), S(phase), N(from_s), N(to_s)
};
#undef ROW
#define ROW struct row_leak
static const struct field leak[] = {
	S(pair), S(kind), S(variant), S(scenario), S(counter), B(deciding),
	S(verdict), N(n_requests), N(n_floors), N(dropped), S(clock),
	N(growth_bytes), N(late_slope_bytes_per_request),
	N(mdl90_bytes_per_request), N(fit_slope_bytes_per_request),
	N(fit_at_0_bytes), B(within_cache_budget),
	N(cache_budget_bytes), J(p)
};
#undef ROW
#define ROW struct row_moe
static const struct field moe[] = {
	S(pair), S(kind), S(variant), S(scenario), S(cache), S(metric),
	S(unit), N(h), N(p),
	N(permutations), N(seed), N(icc), N(lag1), B(differ)
};
#undef ROW
#define ROW struct row_domain
static const struct field domain[] = {
	S(pair), S(variant), S(scenario), S(cache), S(metric), S(domain), N(n),
	N(p50),
	N(ci_lo), N(ci_hi)
};
#undef ROW
#define ROW struct row_compare
static const struct field compare[] = {
	S(pair), S(scenario), S(cache), S(metric), S(unit), S(by), S(level),
	S(base), S(new), B(paired), S(analysis), S(test), N(n), N(n_base),
	N(n_new), N(p50_base), N(p50_new), N(difference), N(ratio),
	N(ratio_lo), N(ratio_hi), N(p), N(p_holm), N(p_floor),
	N(order_imbalance),
	S(verdict), S(better), N(further_pairs)
};
#undef ROW
#define ROW struct row_stability
static const struct field stability[] = {
	S(pair), S(variant), N(requests), N(failed), N(fail_ratio),
	N(fail_lo), N(fail_hi), J(by_status), N(stalls), N(worker_exits)
};
#undef ROW
#define ROW struct row_drift
static const struct field drift[] = {
	S(pair), S(variant), S(scenario), S(cache), S(metric), N(n), N(s), N(p),
	N(span_s), N(slope_ratio_per_hour)
};
#undef ROW
#define ROW struct row_determinism
static const struct field determinism[] = {
	S(pair), S(variant), S(scenario), S(cache), N(groups), N(requests),
	N(equal_ratio)
};
#undef ROW
#define ROW struct row_integrity
static const struct field integrity[] = {
	S(level), S(code), N(count), S(pair), S(variant), S(scenario),
	S(message)
};
#undef ROW
#define ROW struct row_self
static const struct field self[] = {
	S(tool), N(cpu_ns), N(wall_ns), N(cpu_ratio), N(max_rss_bytes),
	N(samples), N(missed), N(worst_late_ns)
};
#undef ROW
#define ROW struct row_end
static const struct field end[] = {
	S(tool), N(records), B(interrupted)
};
#undef ROW

#define TABLE(type, row, f) [type] = { #f, sizeof(struct row), f, \
	sizeof(f) / sizeof(f[0]) }
static const struct schema schemas[ROW_TYPES] = {
	TABLE(ROW_RUN, row_run, run), TABLE(ROW_MODEL, row_model, model),
	TABLE(ROW_METRIC, row_metric, metric),
	TABLE(ROW_SAMPLE, row_sample, sample),
	TABLE(ROW_MEMORY, row_memory, memory),
	TABLE(ROW_PRESSURE, row_pressure, pressure),
	TABLE(ROW_ENERGY, row_energy, energy),
	TABLE(ROW_PHASE, row_phase, phase), TABLE(ROW_LEAK, row_leak, leak),
	TABLE(ROW_MOE, row_moe, moe), TABLE(ROW_DOMAIN, row_domain, domain),
	TABLE(ROW_COMPARE, row_compare, compare),
	TABLE(ROW_STABILITY, row_stability, stability),
	TABLE(ROW_DRIFT, row_drift, drift),
	TABLE(ROW_DETERMINISM, row_determinism, determinism),
	TABLE(ROW_INTEGRITY, row_integrity, integrity),
	TABLE(ROW_SELF, row_self, self), TABLE(ROW_END, row_end, end)
};

const struct schema *
schema_of(enum row_type type)
{
	return &schemas[type];
}

enum row_type
schema_type_of(const char *name)
{
	size_t i;

	for (i = 0; name != NULL && i < ROW_TYPES; i++)
		if (strcmp(schemas[i].type, name) == 0)
			return (enum row_type)i;
	return ROW_TYPES;
}

void
schema_row_init(const struct schema *s, void *row)
{
	const struct field *f;

	memset(row, 0, s->size);
	for (f = s->fields; f < s->fields + s->n_fields; f++) {
		if (f->kind == FIELD_NUM)
			*(double *)(void *)((char *)row + f->offset) = NAN;
		else if (f->kind == FIELD_BOOL)
			*(int *)(void *)((char *)row + f->offset) = -1;
		else
			*(char **)(void *)((char *)row + f->offset) = NULL;
	}
}

void
schema_row_fini(const struct schema *s, void *row)
{
	const struct field *f;

	for (f = s->fields; f < s->fields + s->n_fields; f++)
		if (f->kind == FIELD_STR || f->kind == FIELD_JSON)
			free(*(char **)(void *)((char *)row + f->offset));
}
