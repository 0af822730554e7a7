#include "decisions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "metric.h"
#include "ndjson.h"
#include "xalloc.h"

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

void
decisions_fini(struct decisions *d)
{
	while (d->n > 0)
		field_fini(raw_schema(RECORD_DECIDED), &d->v[--d->n]);
	free(d->v);
	d->v = NULL;
}

static bool
is_known(const struct decisions *d, const struct raw_decided *row)
{
	for (size_t i = 0; i < d->n; i++)
		if (same(d->v[i].pair, row->pair) &&
		    same(d->v[i].scenario, row->scenario) &&
		    same(d->v[i].metric, row->metric) &&
		    same(d->v[i].base, row->base) &&
		    same(d->v[i].new, row->new))
			return true;
	return false;
}

static bool
is_whole(const struct raw_decided *row)
{
	return row->pair != NULL && row->scenario != NULL &&
	    (row->metric == NULL || (row->base != NULL && row->new != NULL &&
	    row->verdict != NULL));
}

void
decisions_take(struct decisions *d, const cJSON *o)
{
	static const struct field_reader copies = { .where = NULL };
	const struct schema *schema = raw_schema(RECORD_DECIDED);
	struct raw_decided row;

	raw_init(RECORD_DECIDED, &row);
	(void)field_read(schema, &row, o, &copies);
	if (!is_whole(&row) || is_known(d, &row)) {
		field_fini(schema, &row);
		return;
	}
	d->v = xgrow(d->v, d->n, &d->cap, sizeof(*d->v));
	d->v[d->n++] = row;
}

void
decisions_read(struct decisions *d)
{
	struct ndjson *in;
	struct slice line;
	cJSON *o;

	if (d->path == NULL || access(d->path, R_OK) == -1 ||
	    (in = ndjson_open(d->path)) == NULL)
		return;
	while (ndjson_next(in, &line) == NDJSON_LINE) {
		o = json_parse(line.p, line.len);
		if (record_type_of(json_get_str(o, "type", NULL)) ==
		    RECORD_DECIDED)
			decisions_take(d, o);
		cJSON_Delete(o);
	}
	ndjson_close(in);
}

bool
decisions_close(const struct decisions *d, const struct step *s)
{
	for (size_t i = 0; i < d->n && s->scenario != NULL; i++)
		if (d->v[i].metric == NULL && same(d->v[i].pair, s->pair) &&
		    strcmp(d->v[i].scenario, s->scenario) == 0)
			return true;
	return false;
}

const char *
decisions_metric(const struct raw_decided *row)
{
	return same(row->metric, metric_name(M_TTFT)) ? "TTFT" :
	    same(row->metric, metric_name(M_DECODE_TPS)) ? "decode" :
	    row->metric;
}

void
decisions_text(const struct decisions *d, const char *pair, char *out,
    size_t cap)
{
	const char *metric;
	size_t len;

	out[0] = '\0';
	for (size_t i = 0; i < d->n; i++) {
		metric = decisions_metric(&d->v[i]);
		if (metric == NULL || !same(d->v[i].pair, pair) ||
		    strstr(out, metric) != NULL)
			continue;
		len = strlen(out);
		snprintf(out + len, cap - len, "%s%s", len > 0 ? ", " : "",
		    metric);
	}
}
