#include <ctype.h>
#include <math.h>
#include <string.h>

#include "export.h"
#include "json.h"

/*
 * Names as Go's benchmark format takes them: no white space, and nothing that
 * would be read as a key=value separator or as the "-8" suffix of GOMAXPROCS.
 */
static void
add_name(struct buf *out, const char *s)
{
	size_t n;

	for (n = 0; s != NULL && *s != '\0' && n < 64; s++, n++)
		buf_addc(out, isalnum((unsigned char)*s) || *s == '.' ||
		    *s == '_' ? *s : '_');
	if (n == 0)
		buf_addc(out, '_');
}

struct measured {
	const char *unit;
	size_t offset;
	double factor;
};

static const struct measured measured[] = {
	{ "ttft-ns", offsetof(struct row_sample, ttft_s), 1e9 },
	{ "decode-tok/s", offsetof(struct row_sample, decode_tps), 1 },
	{ "prefill-tok/s", offsetof(struct row_sample, prefill_tps), 1 },
	{ "effective-tok/s", offsetof(struct row_sample, effective_tps), 1 },
	{ "energy-J", offsetof(struct row_sample, energy_j), 1 }
};

static void
sample_line(struct buf *out, const struct row_sample *s)
{
	char number[32];
	size_t i;
	double v;

	if (s->warmup == 1 || isnan(s->e2e_s) || (strcmp(s->status != NULL ?
	    s->status : "", "ok") != 0 && !same(s->status, "truncated")))
		return;
	buf_adds(out, "BenchmarkServe/pair=");
	add_name(out, s->pair);
	buf_adds(out, "/scenario=");
	add_name(out, s->scenario);
	if (s->cache != NULL) {
		buf_adds(out, "/cache=");
		add_name(out, s->cache);
	}
	/* Long prompts and short ones, alone or at once, are not one thing. */
	if (isfinite(s->target_tokens))
		buf_addf(out, "/tokens=%.0f", s->target_tokens);
	if (s->concurrency > 1)
		buf_addf(out, "/parallel=%.0f", s->concurrency);
	buf_adds(out, "/variant=");
	add_name(out, s->variant);
	buf_addf(out, " 1 %s ns/op", json_number_text(number,
	    round(s->e2e_s * 1e9)));
	for (i = 0; i < sizeof(measured) / sizeof(measured[0]); i++) {
		v = *(const double *)(const void *)((const char *)s +
		    measured[i].offset) * measured[i].factor;
		if (isfinite(v))
			buf_addf(out, " %s %s", json_number_text(number, v),
			    measured[i].unit);
	}
	buf_addc(out, '\n');
}

void
export_benchstat(struct buf *out, const struct evidence_set *set,
    const char *arg)
{
	const struct row_sample *s;
	size_t i, k, n;

	(void)arg;
	buf_adds(out, "Unit decode-tok/s better=higher\n"
	    "Unit prefill-tok/s better=higher\n"
	    "Unit effective-tok/s better=higher\n");
	for (i = 0; i < set->n; i++) {
		/* A comment: a "run:" key would put two runs into two tables,
		 * and benchstat would compare neither with the other. */
		buf_adds(out, "# run ");
		add_name(out, set->v[i].run);
		buf_addc(out, '\n');
		s = evidence_rows(&set->v[i], ROW_SAMPLE, &n);
		for (k = 0; k < n; k++)
			sample_line(out, &s[k]);
	}
}
