/* The tables of the metric records, from the lists of metric.h. */
#include "metric.h"

#include <string.h>

#define METRIC_NAME(code, key, unit) { #key, unit },
static const struct {
	const char *name, *unit;
} metrics[] = { METRICS_OF_REQUEST(METRIC_NAME) METRICS_OF_GROUP(METRIC_NAME) };

#define COUNTER_NAME(code, name) #name,
static const char *const counters[] = { COUNTERS(COUNTER_NAME) };

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

/* ROW is the struct a table describes, redefined before each of them. */
#define F(k, m) .key = #m, .kind = k, .offset = offsetof(ROW, m)
#define S(m) { F(FIELD_TEXT, m) },
#define L(m) { F(FIELD_LABEL, m) },
#define N(m) { F(FIELD_REAL, m) },
#define B(m) { F(FIELD_FLAG, m) },
#define J(m) { F(FIELD_JSON, m) },
#define W(m) { F(FIELD_JSON, m), .when = FIELD_WHOLE },
#define I(m) { F(FIELD_REAL, m), .when = METRIC_OF_GAPS },
#define P(m) { F(FIELD_TEXT, m), .when = FIELD_PART },
#define M(code, m, unit) N(m)
#define C(code, name) N(name##_bytes)
#define KIND_S FIELD_TEXT
#define KIND_N FIELD_REAL
#define PART(k, m, g, name) { .group = #g, .key = #name, .kind = KIND_##k, \
	.offset = offsetof(ROW, m), .when = FIELD_PART },

#define ROW struct row_run
static const struct field run[] = { RUN_MEMBERS(S, N, B, W, PART) };
#undef ROW
#define ROW struct row_model
static const struct field model[] = { MODEL_MEMBERS(S, L, N) };
#undef ROW
#define ROW struct row_metric
static const struct field metric[] = { METRIC_MEMBERS(S, L, N, I) };
#undef ROW
#define ROW struct row_sample
static const struct field sample[] = { SAMPLE_MEMBERS(S, N, B, M) };
#undef ROW
#define ROW struct row_memory
static const struct field memory[] = { MEMORY_MEMBERS(S, N) };
#undef ROW
#define ROW struct row_pressure
static const struct field pressure[] = { PRESSURE_MEMBERS(S, N) };
#undef ROW
#define ROW struct row_energy
static const struct field energy[] = { ENERGY_MEMBERS(S, N) };
#undef ROW
#define ROW struct row_timeline
static const struct field timeline[] = { TIMELINE_MEMBERS(S, N, C) };
#undef ROW
#define ROW struct row_phase
static const struct field phase[] = { PHASE_MEMBERS(S, N) };
#undef ROW
#define ROW struct row_leak
static const struct field leak[] = { LEAK_MEMBERS(S, N, B, J, W) };
#undef ROW
#define ROW struct row_moe
static const struct field moe[] = { MOE_MEMBERS(S, N, B, W) };
#undef ROW
#define ROW struct row_domain
static const struct field domain[] = { DOMAIN_MEMBERS(S, N, P) };
#undef ROW
#define ROW struct row_compare
static const struct field compare[] = { COMPARE_MEMBERS(S, L, N, B) };
#undef ROW
#define ROW struct row_stability
static const struct field stability[] = { STABILITY_MEMBERS(S, N, J) };
#undef ROW
#define ROW struct row_drift
static const struct field drift[] = { DRIFT_MEMBERS(S, N) };
#undef ROW
#define ROW struct row_determinism
static const struct field determinism[] = { DETERMINISM_MEMBERS(S, N) };
#undef ROW
#define ROW struct row_ecdf
static const struct field ecdf[] = { ECDF_MEMBERS(S, N, W) };
#undef ROW
#define ROW struct row_integrity
static const struct field integrity[] = { INTEGRITY_MEMBERS(S, N) };
#undef ROW
#define ROW struct row_self
static const struct field self[] = { SELF_MEMBERS(S, N) };
#undef ROW
#define ROW struct row_end
static const struct field end[] = { END_MEMBERS(S, N, B, W) };
#undef ROW

#define TABLE(type, name) [type] = { #name, sizeof(struct row_##name), name, \
	sizeof(name) / sizeof(name[0]) }
static const struct schema schemas[ROW_WRITTEN] = {
	TABLE(ROW_RUN, run), TABLE(ROW_MODEL, model),
	TABLE(ROW_METRIC, metric), TABLE(ROW_SAMPLE, sample),
	TABLE(ROW_MEMORY, memory), TABLE(ROW_PRESSURE, pressure),
	TABLE(ROW_ENERGY, energy), TABLE(ROW_PHASE, phase),
	TABLE(ROW_LEAK, leak), TABLE(ROW_MOE, moe),
	TABLE(ROW_DOMAIN, domain), TABLE(ROW_COMPARE, compare),
	TABLE(ROW_STABILITY, stability), TABLE(ROW_DRIFT, drift),
	TABLE(ROW_DETERMINISM, determinism),
	TABLE(ROW_INTEGRITY, integrity), TABLE(ROW_SELF, self),
	TABLE(ROW_END, end), TABLE(ROW_TIMELINE, timeline),
	TABLE(ROW_ECDF, ecdf)
};

const struct schema *
schema_of(enum row_type type)
{
	return &schemas[type];
}

enum row_type
schema_type_of(const char *name)
{
	int i;

	for (i = 0; name != NULL && i < ROW_WRITTEN; i++)
		if (strcmp(schemas[i].type, name) == 0)
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
