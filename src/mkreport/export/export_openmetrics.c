#include <math.h>
#include <stdio.h>
#include <string.h>

#include "export.h"
#include "json.h"
#include "utf8.h"

/* A label value: backslash, quote and newline escaped, controls replaced. */
static void
add_label(struct buf *out, const char *name, const char *s)
{
	size_t left, n;
	uint32_t c;

	if (s == NULL)
		return;
	buf_addf(out, ",%s=\"", name);
	for (left = strlen(s); left > 0; s += n, left -= n) {
		n = utf8_decode(s, left, &c);
		if (n == 0) {
			buf_adds(out, "\xef\xbf\xbd");
			n = 1;
		} else if (c == '\n') {
			buf_adds(out, "\\n");
		} else if (utf8_is_control(c)) {
			buf_adds(out, "\xef\xbf\xbd");
		} else {
			if (c == '"' || c == '\\')
				buf_addc(out, '\\');
			buf_add(out, s, n);
		}
	}
	buf_addc(out, '"');
}

static void
add_value(struct buf *out, double v)
{
	char number[32];

	buf_addf(out, "} %s\n", json_number_text(number, v));
}

/* name{run="..." and the labels of the row. */
static void
metric_labels(struct buf *out, const char *name, const struct evidence *ev,
    const struct row_metric *m)
{
	buf_addf(out, "%s{tool=\"lmgauge\"", name);
	add_label(out, "run", ev->run);
	add_label(out, "pair", m->pair);
	add_label(out, "variant", m->variant);
	add_label(out, "scenario", m->scenario);
	add_label(out, "cache", m->cache);
	add_label(out, "metric", m->metric);
	add_label(out, "by", m->by);
	add_label(out, "level", m->level);
}

struct family {
	const char *name;
	const char *help;
	size_t offset;
};

static const struct family families[] = {
	{ "lmgauge_median", "Median over requests, in the metric's unit.",
	    offsetof(struct row_metric, p50) },
	{ "lmgauge_median_low", "Lower end of the 95 % interval.",
	    offsetof(struct row_metric, ci_lo) },
	{ "lmgauge_median_high", "Upper end of the 95 % interval.",
	    offsetof(struct row_metric, ci_hi) },
	{ "lmgauge_samples", "Number of requests.",
	    offsetof(struct row_metric, n) }
};

/*
 * A metric may have rows that differ in nothing but what labels leave out;
 * the exposition format forbids the same series twice.
 */
static bool
seen_before(const struct row_metric *m, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (same(m[k].metric, m[i].metric) &&
		    same(m[k].pair, m[i].pair) &&
		    same(m[k].variant, m[i].variant) &&
		    (m[k].scenario == m[i].scenario ||
		    same(m[k].scenario, m[i].scenario)) &&
		    (m[k].cache == m[i].cache ||
		    same(m[k].cache, m[i].cache)) &&
		    (m[k].by == m[i].by || same(m[k].by, m[i].by)) &&
		    (m[k].level == m[i].level ||
		    same(m[k].level, m[i].level)))
			return true;
	return false;
}

static void
metric_family(struct buf *out, const struct evidence_set *set,
    const struct family *f)
{
	const struct row_metric *m;
	size_t i, k, n;
	double v;

	buf_addf(out, "# TYPE %s gauge\n# HELP %s %s\n", f->name, f->name,
	    f->help);
	for (i = 0; i < set->n; i++) {
		m = evidence_rows(&set->v[i], ROW_METRIC, &n);
		for (k = 0; k < n; k++) {
			v = *(const double *)(const void *)
			    ((const char *)&m[k] + f->offset);
			if (!isfinite(v) || seen_before(m, k))
				continue;
			metric_labels(out, f->name, &set->v[i], &m[k]);
			add_value(out, v);
		}
	}
}

static bool
memory_seen_before(const struct row_memory *m, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (same(m[k].pair, m[i].pair) &&
		    same(m[k].variant, m[i].variant) &&
		    same(m[k].phase, m[i].phase) &&
		    same(m[k].counter, m[i].counter))
			return true;
	return false;
}

static void
memory_family(struct buf *out, const struct evidence_set *set)
{
	const struct row_memory *m;
	size_t i, k, n;

	buf_adds(out, "# TYPE lmgauge_peak_memory_bytes gauge\n"
	    "# UNIT lmgauge_peak_memory_bytes bytes\n"
	    "# HELP lmgauge_peak_memory_bytes Highest sample of a counter in "
	    "a phase.\n");
	for (i = 0; i < set->n; i++) {
		m = evidence_rows(&set->v[i], ROW_MEMORY, &n);
		for (k = 0; k < n; k++) {
			if (!isfinite(m[k].max_bytes) ||
			    memory_seen_before(m, k))
				continue;
			buf_adds(out, "lmgauge_peak_memory_bytes{"
			    "tool=\"lmgauge\"");
			add_label(out, "run", set->v[i].run);
			add_label(out, "pair", m[k].pair);
			add_label(out, "variant", m[k].variant);
			add_label(out, "phase", m[k].phase);
			add_label(out, "counter", m[k].counter);
			add_value(out, m[k].max_bytes);
		}
	}
}

void
export_openmetrics(struct buf *out, const struct evidence_set *set,
    const char *arg)
{
	size_t f;

	(void)arg;
	for (f = 0; f < sizeof(families) / sizeof(families[0]); f++)
		metric_family(out, set, &families[f]);
	memory_family(out, set);
	buf_adds(out, "# EOF\n");
}
