/* The tables of the metric records, from the lists of metric.h. */
#include "metric.h"

#include <string.h>

#define METRIC_NAME(code, key, unit) { #key, unit },
static const struct {
	const char *name, *unit;
} metrics[] = { METRICS_OF_REQUEST(METRIC_NAME) METRICS_OF_GROUP(METRIC_NAME) };

#define COUNTER_NAME(code, name) #name,
static const char *const counters[] = { COUNTERS(COUNTER_NAME) };

const char *const metric_headlines[] = {
	"ttft_s", "decode_tps", "prefill_tps", "median_icl_s", "e2e_s",
	"effective_tps", NULL
};

const struct metric_compared metric_compared[] = {
	{ M_TTFT, "time to first token" },
	{ M_PREFILL_TPS, "prefill speed" },
	{ M_DECODE_TPS, "decode speed" },
	{ M_MEDIAN_ICL, "gap between chunks" },
	{ M_E2E, "time of a request" },
	{ M_LOAD, "time of a load" },
	{ M_PEAK_MEMORY, "peak memory" },
	{ M_COUNT, NULL }
};

bool
metric_is_same(const char *a, const char *b)
{
	static const char *const same[][2] = {
		{ "ttft_s", "prefill_tps" }, { "e2e_s", "effective_tps" }
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if ((strcmp(a, same[i][0]) == 0 && strcmp(b, same[i][1]) == 0)
		    || (strcmp(a, same[i][1]) == 0 &&
		    strcmp(b, same[i][0]) == 0))
			return true;
	return strcmp(a, b) == 0;
}

bool
metric_is_unresolved(double span_s, double e2e_s)
{
	return span_s < 2e-3 || (span_s < 1e-2 && span_s < 0.02 * e2e_s);
}

const char *
metric_name(enum metric m)
{
	return metrics[m].name;
}

const char *
metric_unit(enum metric m)
{
	return metrics[m].unit;
}

const char *
counter_name(enum counter c)
{
	return counters[c];
}

/* A member of the struct that is row_type where the table stands. */
#define F(k, m) .key = #m, .kind = k, .offset = offsetof(row_type, m)
#define S(m) { F(FIELD_TEXT, m) },
#define L(m) { F(FIELD_LABEL, m) },
#define N(m) { F(FIELD_REAL, m) },
#define B(m) { F(FIELD_FLAG, m) },
#define J(m) { F(FIELD_JSON, m) },
#define W(m) { F(FIELD_JSON, m), .when = FIELD_WHOLE },
#define I(m) { F(FIELD_REAL, m), .when = METRIC_OF_GAPS },
#define O(m) { F(FIELD_REAL, m), .when = MEMORY_OF_SEVERAL },
#define P(m) { F(FIELD_TEXT, m), .when = FIELD_PART },
#define M(code, m, unit) N(m)
#define C(code, name) N(name##_bytes)
#define KIND_S FIELD_TEXT
#define KIND_N FIELD_REAL
#define PART(k, m, g, name) { .group = #g, .key = #name, .kind = KIND_##k, \
	.offset = offsetof(row_type, m), .when = FIELD_PART },

#define TABLE(code, name, members) \
	case code: { \
		typedef struct row_##name row_type; \
		static const struct field fields[] = { members }; \
		static const struct schema schema = { #name, \
		    sizeof(row_type), fields, \
		    sizeof(fields) / sizeof(fields[0]) }; \
	\
		return &schema; \
	}

const struct schema *
schema_of(enum row_type type)
{
	switch (type) {
	TABLE(ROW_RUN, run, RUN_MEMBERS(S, N, B, W, PART))
	TABLE(ROW_MODEL, model, MODEL_MEMBERS(S, L, N, J))
	TABLE(ROW_METRIC, metric, METRIC_MEMBERS(S, L, N, I))
	TABLE(ROW_SAMPLE, sample, SAMPLE_MEMBERS(S, N, B, M))
	TABLE(ROW_MEMORY, memory, MEMORY_MEMBERS(S, N, O))
	TABLE(ROW_PRESSURE, pressure, PRESSURE_MEMBERS(S, N))
	TABLE(ROW_ENERGY, energy, ENERGY_MEMBERS(S, N))
	TABLE(ROW_TIMELINE, timeline, TIMELINE_MEMBERS(S, N, C))
	TABLE(ROW_PHASE, phase, PHASE_MEMBERS(S, N))
	TABLE(ROW_LEAK, leak, LEAK_MEMBERS(S, N, B, J, W))
	TABLE(ROW_MOE, moe, MOE_MEMBERS(S, N, B, W))
	TABLE(ROW_DOMAIN, domain, DOMAIN_MEMBERS(S, N, P))
	TABLE(ROW_COMPARE, compare, COMPARE_MEMBERS(S, L, N, B))
	TABLE(ROW_STABILITY, stability, STABILITY_MEMBERS(S, N, J))
	TABLE(ROW_QUALITY, quality, QUALITY_MEMBERS(S, N))
	TABLE(ROW_QUALITY_COMPARE, quality_compare,
	    QUALITY_COMPARE_MEMBERS(S, N))
	TABLE(ROW_CALLS, calls, CALLS_MEMBERS(S, N))
	TABLE(ROW_FIDELITY, fidelity, FIDELITY_MEMBERS(S, N))
	TABLE(ROW_FIDELITY_COMPARE, fidelity_compare,
	    FIDELITY_COMPARE_MEMBERS(S, N))
	TABLE(ROW_AGREEMENT, agreement, AGREEMENT_MEMBERS(S, N))
	TABLE(ROW_PROMPT_CACHE, prompt_cache, PROMPT_CACHE_MEMBERS(S, N))
	TABLE(ROW_TURN, turn, TURN_MEMBERS(S, N))
	TABLE(ROW_PREDICTION, prediction, PREDICTION_MEMBERS(S, N))
	TABLE(ROW_CROSSING, crossing, CROSSING_MEMBERS(S, N))
	TABLE(ROW_BANDWIDTH, bandwidth, BANDWIDTH_MEMBERS(S, N))
	TABLE(ROW_DRIFT, drift, DRIFT_MEMBERS(S, N))
	TABLE(ROW_DETERMINISM, determinism, DETERMINISM_MEMBERS(S, N))
	TABLE(ROW_ECDF, ecdf, ECDF_MEMBERS(S, N, W))
	TABLE(ROW_INTEGRITY, integrity, INTEGRITY_MEMBERS(S, N))
	TABLE(ROW_SELF, self, SELF_MEMBERS(S, N))
	TABLE(ROW_END, end, END_MEMBERS(S, N, B, W))
	default:
		return NULL;
	}
}

enum row_type
schema_type_of(const char *name)
{
	for (int i = 0; name != NULL && i < ROW_WRITTEN; i++)
		if (strcmp(schema_of((enum row_type)i)->type, name) == 0)
			return (enum row_type)i;
	return ROW_WRITTEN;
}

double *
row_sample_metric(struct row_sample *row, enum metric m)
{
#define AT(code, key, unit) offsetof(struct row_sample, key),
	static const size_t at[] = { METRICS_OF_REQUEST(AT) };
#undef AT

	return (double *)(void *)((char *)row + at[m]);
}

double *
row_timeline_counter(struct row_timeline *row, enum counter c)
{
#define AT(code, name) offsetof(struct row_timeline, name##_bytes),
	static const size_t at[] = { COUNTERS(AT) };
#undef AT

	return (double *)(void *)((char *)row + at[c]);
}
