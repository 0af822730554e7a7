#include <math.h>

#include "section.h"

/*
 * Like for like?  One table per pair, one row per attribute, and a last
 * column that says where the variants differ in what should be equal.
 */

enum value { AS_NAME, AS_BYTES, AS_COUNT, AS_NUMBER };

struct attribute {
	const char *label;
	const char *key;		/* field of the model row */
	enum value value;
	const char *if_differs;		/* remark, or NULL: expected to differ */
};

static const struct attribute attributes[] = {
	{ "Model", "model", AS_NAME, NULL },
	{ "Format", "format", AS_NAME, NULL },
	{ "Quantization", "quantization", AS_NAME, NULL },
	{ "Bits per weight", "bits_per_weight", AS_NUMBER,
	    "differs: the one with fewer bits reads less memory per token" },
	{ "Bytes on disk", "size_bytes", AS_BYTES,
	    "differs by more than 5 %" },
	{ "Parameters", "params", AS_NAME, "differs: not the same model" },
	{ "Architecture", "architecture", AS_NAME,
	    "differs: not the same model" },
	{ "Context asked for", "requested_context_length", AS_COUNT,
	    "differs" },
	{ "Context loaded", "context_length", AS_COUNT,
	    "differs: memory is not comparable" },
	{ "Parallel slots", "parallel", AS_COUNT, "differs" },
	{ "Server", "server_name", AS_NAME,
	    "differs: so do its scheduler, sampler and caches" },
	{ "Server version", "server_version", AS_NAME, NULL },
	{ "API", "api", AS_NAME, NULL },
	{ "Runtime", "runtime", AS_NAME, NULL },
	{ "Loads", "loads", AS_COUNT, NULL }
};

static const char *
text_of(const struct row_model *m, const struct field *f)
{
	return m == NULL ? NULL : field_text(f, m);
}

static double
number_of(const struct row_model *m, const struct field *f)
{
	return m == NULL ? (double)NAN : field_number(f, m);
}

static void
value_cell(struct md_table *t, const struct attribute *a,
    const struct row_model *m, const struct field *f)
{
	char text[QUANTITY_CAP];

	if (a->value == AS_NAME)
		md_cell_name(t, text_of(m, f));
	else if (isnan(number_of(m, f)))
		md_cell(t, "not known");
	else if (a->value == AS_BYTES)
		md_cell(t, "%s", quantity(text, QUANTITY_BYTES,
		    number_of(m, f)));
	else if (a->value == AS_COUNT)
		md_cell(t, "%s", quantity_count(text, number_of(m, f)));
	else
		md_cell(t, "%s", quantity(text, QUANTITY_PLAIN,
		    number_of(m, f)));
}

static bool
differ(const struct attribute *a, const struct row_model *x,
    const struct row_model *y, const struct field *f)
{
	double vx, vy;

	if (a->value == AS_NAME)
		return text_of(x, f) != NULL && text_of(y, f) != NULL &&
		    !same(text_of(x, f), text_of(y, f));
	vx = number_of(x, f);
	vy = number_of(y, f);
	if (isnan(vx) || isnan(vy))
		return false;
	if (a->value == AS_COUNT)
		return vx != vy;
	return fabs(vx - vy) > 0.05 * fmax(fabs(vx), fabs(vy));
}

static void
attribute_row(struct md_table *t, const struct report *r,
    const struct subject *p, const struct attribute *a)
{
	const struct row_model *first, *m;
	const struct field *f = field_of(schema_of(ROW_MODEL), a->key);
	bool differs = false;
	size_t k;

	first = subject_model(r->ev, p->pair, p->variants[0]);
	md_cell(t, "%s", a->label);
	for (k = 0; k < p->n_variants; k++) {
		m = subject_model(r->ev, p->pair, p->variants[k]);
		value_cell(t, a, m, f);
		differs = differs || differ(a, first, m, f);
	}
	md_cell(t, "%s", differs && a->if_differs != NULL ? a->if_differs :
	    "");
	md_row_end(t);
}

/* Prompt tokens as each side counted them, per scenario and level. */
static void
token_rows(struct md_table *t, const struct report *r, const struct subject *p)
{
	const struct row_metric *m, *other;
	char text[QUANTITY_CAP];
	double lo, hi;
	size_t i, k, n;

	m = evidence_rows(r->ev, ROW_METRIC, &n);
	for (i = 0; i < n; i++) {
		if (!same(m[i].pair, p->pair) ||
		    !same(m[i].metric, "prompt_tokens") ||
		    !same(m[i].variant, p->variants[0]) || m[i].by != NULL)
			continue;
		md_cell_begin(t);
		buf_adds(t->out, "Prompt tokens, ");
		md_name_cut(t->out, m[i].scenario, 32);
		if (m[i].cache != NULL)
			buf_addf(t->out, " %s", same(m[i].cache, "warm") ?
			    "warm" : "cold");
		md_cell_end(t);
		lo = INFINITY, hi = 0;
		for (k = 0; k < p->n_variants; k++) {
			other = subject_metric(r->ev, p->pair, p->variants[k],
			    &m[i]);
			md_cell(t, "%s", quantity_count(text,
			    other == NULL ? (double)NAN : other->p50));
			if (other != NULL && other->p50 > 0) {
				lo = fmin(lo, other->p50);
				hi = fmax(hi, other->p50);
			}
		}
		md_cell(t, "%s", hi > lo * 1.02 ? "differs: the tokenizers or "
		    "templates count differently" : "");
		md_row_end(t);
	}
}

void
section_parity(const struct report *r)
{
	const struct subject *p;
	struct md_table t;
	size_t i, k;

	buf_adds(r->out, "## Like for like?\n\n"
	    "What the server says of each variant after loading it. A remark "
	    "stands where the variants differ in something that moves the "
	    "numbers.\n\n");
	for (i = 0; i < r->subjects.n; i++) {
		p = &r->subjects.v[i];
		section_pair_heading(r, p);
		md_table_begin_names(&t, r->out, "Attribute", p->variants,
		    p->n_variants, "Remark");
		for (k = 0; k < sizeof(attributes) / sizeof(attributes[0]); k++)
			attribute_row(&t, r, p, &attributes[k]);
		token_rows(&t, r, p);
		md_table_end(&t);
	}
}
