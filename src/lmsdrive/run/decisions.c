#include "decisions.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metric.h"
#include "ndjson.h"
#include "words.h"
#include "xalloc.h"

static void
forget(struct raw_decided *v, size_t *n)
{
	while (*n > 0)
		field_fini(raw_schema(RECORD_DECIDED), &v[--*n]);
}

void
decisions_fini(struct decisions *d)
{
	forget(d->v, &d->n);
	forget(d->open, &d->n_open);
	free(d->v);
	free(d->open);
	*d = (struct decisions){ .path = NULL };
}

static bool
is_known(const struct decisions *d, const struct raw_decided *row)
{
	for (size_t i = 0; i < d->n; i++)
		if (step_same(d->v[i].pair, row->pair) &&
		    step_same(d->v[i].scenario, row->scenario) &&
		    step_same(d->v[i].metric, row->metric) &&
		    step_same(d->v[i].base, row->base) &&
		    step_same(d->v[i].new, row->new))
			return true;
	return false;
}

/* A metric, and no decision. */
static bool
is_open(const struct raw_decided *row)
{
	return row->metric != NULL && strcmp(row->verdict,
	    compare_verdict_name(COMPARE_DIFFERENT)) != 0 &&
	    strcmp(row->verdict,
	    compare_verdict_name(COMPARE_EQUIVALENT)) != 0;
}

static bool
is_whole(const struct raw_decided *row)
{
	return row->pair != NULL && row->scenario != NULL &&
	    (row->metric == NULL || (row->base != NULL && row->new != NULL &&
	    row->verdict != NULL));
}

/* Is it of one variant, and not of the pair? */
static bool
is_of_variant(const struct raw_decided *row)
{
	return row->metric == NULL && row->base != NULL;
}

void
decisions_take(struct decisions *d, const cJSON *o, bool variants_only)
{
	static const struct field_reader copies = { .where = NULL };
	const struct schema *schema = raw_schema(RECORD_DECIDED);
	struct raw_decided row;

	raw_init(RECORD_DECIDED, &row);
	(void)field_read(schema, &row, o, &copies);
	if (!is_whole(&row) || is_known(d, &row) ||
	    (variants_only && !is_of_variant(&row))) {
		field_fini(schema, &row);
		return;
	}
	if (is_open(&row)) {
		d->open = xgrow(d->open, d->n_open, &d->cap_open,
		    sizeof(*d->open));
		d->open[d->n_open++] = row;
		return;
	}
	d->v = xgrow(d->v, d->n, &d->cap, sizeof(*d->v));
	d->v[d->n++] = row;
}

/* The file, or NULL where there is none. */
static struct ndjson *
open_state(const struct decisions *d)
{
	return d->path == NULL || access(d->path, R_OK) == -1 ? NULL :
	    ndjson_open(d->path);
}

/* The next record of this type; behind the last NULL, and in is closed. */
static cJSON *
next_record(struct ndjson *in, enum record_type type)
{
	struct slice line;
	cJSON *o;

	while (ndjson_next(in, &line) == NDJSON_LINE) {
		o = json_parse(line.p, line.len);
		if (record_type_of(json_get_str(o, "type", NULL)) == type)
			return o;
		cJSON_Delete(o);
	}
	ndjson_close(in);
	return NULL;
}

void
decisions_read(struct decisions *d, bool variants_only)
{
	struct ndjson *in = open_state(d);
	cJSON *o;

	if (in != NULL && !variants_only)
		forget(d->open, &d->n_open);
	while (in != NULL && (o = next_record(in, RECORD_DECIDED)) != NULL) {
		decisions_take(d, o, variants_only);
		cJSON_Delete(o);
	}
}

double
decisions_memory(const struct decisions *d)
{
	struct ndjson *in = open_state(d);
	double bytes = NAN;
	cJSON *o;

	while (in != NULL && (o = next_record(in, RECORD_MEM)) != NULL) {
		bytes = json_get_num(o, "footprint_bytes",
		    json_get_num(o, "rss_bytes", NAN));
		cJSON_Delete(o);
	}
	return bytes;
}

bool
decisions_close(const struct decisions *d, const struct step *s)
{
	for (size_t i = 0; i < d->n && s->scenario != NULL; i++)
		if (d->v[i].metric == NULL &&
		    step_same(d->v[i].pair, s->pair) &&
		    strcmp(d->v[i].scenario, s->scenario) == 0 &&
		    (d->v[i].base == NULL || (s->limit_ns < 0 &&
		    step_same(d->v[i].base, s->variant))))
			return true;
	return false;
}

const char *
decisions_metric(const struct raw_decided *row)
{
	return step_same(row->metric, metric_name(M_TTFT)) ? "TTFT" :
	    step_same(row->metric, metric_name(M_DECODE_TPS)) ? "decode" :
	    row->metric;
}

/* Add "TTFT decided" for each metric of the pair. */
static void
add_metrics(const struct raw_decided *v, size_t n, const char *pair,
    const char *what, char *out, size_t cap)
{
	const char *metric;
	size_t len;

	for (size_t i = 0; i < n; i++) {
		metric = decisions_metric(&v[i]);
		if (metric == NULL || !step_same(v[i].pair, pair) ||
		    strstr(out, metric) != NULL)
			continue;
		len = strlen(out);
		snprintf(out + len, cap - len, "%s%s %s", len > 0 ? ", " : "",
		    metric, what);
	}
}

void
decisions_text(const struct decisions *d, const char *pair, char *out,
    size_t cap)
{
	out[0] = '\0';
	add_metrics(d->open, d->n_open, pair, "not yet", out, cap);
	add_metrics(d->v, d->n, pair, "decided", out, cap);
}

static const char *
minutes(char *out, size_t cap, double s)
{
	snprintf(out, cap, "%.0f %s", s < 100 ? ceil(s) : ceil(s / 60),
	    s < 100 ? "s" : "min");
	return out;
}

void
decisions_further(const struct raw_decided *row, char *out, size_t cap)
{
	double s = row->further_rounds * row->round_s;
	char took[32];

	if (!isfinite(row->further_rounds))
		snprintf(out, cap, "how many more it takes cannot be told yet, "
		    "one takes %s", minutes(took, sizeof(took), row->round_s));
	else
		snprintf(out, cap, "about %.0f more round%s (%s)",
		    row->further_rounds, row->further_rounds == 1 ? "" : "s",
		    minutes(took, sizeof(took), s));
}
