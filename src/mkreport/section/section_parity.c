/* like for like: where the variants differ in what should be equal. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alike_rows.h"
#include "section.h"
#include "speed_table.h"
#include "url.h"
#include "xalloc.h"

/*
 * Like for like?  One table per pair, one row per attribute, and a last
 * column that says where the variants differ in what should be equal.
 */

enum value { AS_NAME, AS_BYTES, AS_COUNT, AS_NUMBER };

struct attribute {
	const char *label;
	const char *key;		/* field of the model row */
	enum value value;
	const char *if_differs;	/* remark, or NULL: expected to differ */
};

static const struct attribute attributes[] = {
	{ "Model", "model", AS_NAME, NULL },
	{ "Format", "format", AS_NAME, NULL },
	{ "Quantization", "quantization", AS_NAME, NULL },
	{ "Bits per weight", "bits_per_weight", AS_NUMBER,
	    "differs: the one with fewer bits reads less memory per token" },
	{ "Bits per weight, bytes over parameters",
	    "effective_bits_per_weight", AS_NUMBER,
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
	{ "Server version", "server_version", AS_NAME,
	    "differs: not the same build" },
	{ "API", "api", AS_NAME, "differs: not the same requests" },
	{ "Runtime", "runtime", AS_NAME, "differs: not the same engine" },
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
value_cell(struct buf *out, const struct attribute *a,
    const struct row_model *m, const struct field *f)
{
	char text[QUANTITY_CAP];

	if (a->value == AS_NAME)
		md_name(out, text_of(m, f));
	else if (isnan(number_of(m, f)))
		buf_adds(out, alike_not_known);
	else if (a->value == AS_COUNT)
		buf_adds(out, quantity_count(text, number_of(m, f)));
	else
		buf_adds(out, quantity(text, a->value == AS_BYTES ?
		    QUANTITY_BYTES : QUANTITY_PLAIN, number_of(m, f)));
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
attribute_row(struct alike_rows *t, const struct report *r,
    const struct subject *p, const struct attribute *a)
{
	const struct row_model *first, *m;
	const struct field *f = field_of(schema_of(ROW_MODEL), a->key);
	bool differs = false;

	first = subject_model(r->ev, p->pair, p->variants[0]);
	buf_adds(alike_cell(t), a->label);
	for (size_t k = 0; k < p->n_variants; k++) {
		m = subject_model(r->ev, p->pair, p->variants[k]);
		value_cell(alike_cell(t), a, m, f);
		differs = differs || differ(a, first, m, f);
	}
	buf_adds(alike_cell(t), differs && a->if_differs != NULL ?
	    a->if_differs : "");
}

/* ---- objects: one row per key ------------------------------------------- */

/* An object of each variant: what was said, what stands where it says nothing
 * (or NULL), and what is written where nobody does. */
struct sides {
	cJSON **said, **fallback;
	const char **nothing;
	size_t n;
};

/* What it means that an option of m is not among those seen. */
static const char *
no_option(const struct row_model *m)
{
	if (m != NULL && m->options_from != NULL)
		return "none";
	return m != NULL && m->server_url != NULL &&
	    !url_is_loopback(m->server_url) ?
	    "not known (another machine)" : alike_not_known;
}

static cJSON *
parse(const char *text)
{
	return text != NULL ? json_parse(text, strlen(text)) : NULL;
}

static void
sides_init(struct sides *s, const struct report *r, const struct subject *p,
    const char *said, const char *fallback)
{
	const struct schema *schema = schema_of(ROW_MODEL);
	const struct row_model *m;

	s->n = p->n_variants;
	s->said = xcalloc(s->n, sizeof(*s->said));
	s->fallback = xcalloc(s->n, sizeof(*s->fallback));
	s->nothing = xcalloc(s->n, sizeof(*s->nothing));
	for (size_t k = 0; k < s->n; k++) {
		m = subject_model(r->ev, p->pair, p->variants[k]);
		s->said[k] = parse(text_of(m, field_of(schema, said)));
		s->nothing[k] = fallback != NULL ? "not sent" : no_option(m);
		if (fallback != NULL)
			s->fallback[k] = parse(text_of(m, field_of(schema,
			    fallback)));
	}
}

static void
sides_fini(struct sides *s)
{
	for (size_t k = 0; k < s->n; k++) {
		cJSON_Delete(s->said[k]);
		cJSON_Delete(s->fallback[k]);
	}
	free(s->said);
	free(s->fallback);
	free(s->nothing);
}

static const cJSON *
value_of(const cJSON *o, const char *key)
{
	const cJSON *v = json_get(o, key);

	return cJSON_IsNull(v) ? NULL : v;
}

static const cJSON *
in_force(const struct sides *s, size_t k, const char *key)
{
	const cJSON *v = value_of(s->said[k], key);

	return v != NULL ? v : value_of(s->fallback[k], key);
}

/* How many of them have it, and are they alike? */
static size_t
count_sides(const struct sides *s, const char *key, bool *differ)
{
	const cJSON *first = NULL, *v;
	size_t n = 0;

	*differ = false;
	for (size_t k = 0; k < s->n; k++) {
		if ((v = in_force(s, k, key)) == NULL)
			continue;
		*differ |= n > 0 && !cJSON_Compare(first, v, true);
		if (n++ == 0)
			first = v;
	}
	return n;
}

static void
json_cell(struct buf *out, const cJSON *v, bool is_servers)
{
	char *text = cJSON_IsString(v) ? xstrdup(v->valuestring) :
	    cJSON_PrintUnformatted(v);

	md_text(out, text, 60);
	if (is_servers)
		buf_adds(out, ", the server's own");
	free(text);
}

static void
key_row(struct alike_rows *t, const struct sides *s, const char *label,
    const char *key)
{
	const char *if_missing = "not on all sides";
	const cJSON *v;
	struct buf *out;
	bool differ;
	size_t n = count_sides(s, key, &differ);

	if (n == 0)
		return;
	out = alike_cell(t);
	buf_addf(out, "%s ", label);
	md_name_cut(out, key, 48);
	for (size_t k = 0; k < s->n; k++) {
		out = alike_cell(t);
		if ((v = in_force(s, k, key)) != NULL) {
			json_cell(out, v, value_of(s->said[k], key) == NULL);
			continue;
		}
		buf_adds(out, s->nothing[k]);
		if (strcmp(s->nothing[k], "none") != 0)
			if_missing = "not known of all";
	}
	buf_adds(alike_cell(t), differ ? "differs" :
	    n < s->n ? if_missing : "");
}

/* A row for each key that any of them has. */
static void
key_rows(struct alike_rows *t, const struct report *r, const struct subject *p,
    const char *label, const char *said, const char *fallback)
{
	const cJSON *item;
	struct sides s;
	size_t i;

	sides_init(&s, r, p, said, fallback);
	for (size_t k = 0; k < s.n; k++)
		cJSON_ArrayForEach(item, s.said[k]) {
			for (i = 0; i < k; i++)
				if (json_get(s.said[i], item->string) != NULL)
					break;
			if (i == k)
				key_row(t, &s, label, item->string);
		}
	sides_fini(&s);
}

/* Where there may be options that nobody told. */
static void
unseen_row(struct alike_rows *t, const struct report *r,
    const struct subject *p)
{
	const struct row_model *m;
	size_t n = 0;

	for (size_t k = 0; k < p->n_variants; k++) {
		m = subject_model(r->ev, p->pair, p->variants[k]);
		n += m != NULL && m->options_from != NULL;
	}
	if (n == p->n_variants)
		return;
	buf_adds(alike_cell(t), "Other options");
	for (size_t k = 0; k < p->n_variants; k++) {
		m = subject_model(r->ev, p->pair, p->variants[k]);
		buf_adds(alike_cell(t), m != NULL && m->options_from != NULL ?
		    "all are here" : no_option(m));
	}
	buf_adds(alike_cell(t), n > 0 ? "not known of all" : "");
}

static void
speculation_row(struct alike_rows *t, const struct report *r,
    const struct subject *p)
{
	const struct row_model *m;
	char text[QUANTITY_CAP];
	size_t n = 0;

	for (size_t k = 0; k < p->n_variants; k++) {
		m = subject_model(r->ev, p->pair, p->variants[k]);
		n += m != NULL && m->draft_tokens > 0;
	}
	if (n == 0)
		return;
	buf_adds(alike_cell(t), "Speculation");
	for (size_t k = 0; k < p->n_variants; k++) {
		m = subject_model(r->ev, p->pair, p->variants[k]);
		if (m != NULL && m->draft_tokens > 0)
			buf_addf(alike_cell(t),
			    "%.1f %% of %s drafted tokens accepted",
			    100 * m->accepted_tokens / m->draft_tokens,
			    quantity_count(text, m->draft_tokens));
		else
			buf_adds(alike_cell(t), "none seen");
	}
	buf_adds(alike_cell(t), n < p->n_variants ?
	    "differs: only one of them has its tokens guessed" : "");
}

/* Tokens of prompts or answers as each side counted them, per scenario. */
static void
token_rows(struct alike_rows *t, const struct report *r,
    const struct subject *p, const char *label, const char *metric,
    const char *if_differs)
{
	const struct row_key key = { .pair = p->pair,
	    .variant = p->variants[0], .metric = metric,
	    .by = evidence_none };
	const struct row_metric *m = NULL, *other;
	char text[QUANTITY_CAP];
	struct buf *out;

	while ((m = evidence_find(r->ev, ROW_METRIC, &key, m)) != NULL) {
		out = alike_cell(t);
		buf_addf(out, "%s, ", label);
		md_name_cut(out, m->scenario, 32);
		if (m->cache != NULL)
			buf_addf(out, " %s", same(m->cache, "warm") ?
			    "warm" : "cold");
		for (size_t k = 0; k < p->n_variants; k++) {
			other = subject_metric(r->ev, p->pair, p->variants[k],
			    m);
			buf_adds(alike_cell(t), quantity_count(text,
			    other == NULL ? (double)NAN : other->p50));
		}
		buf_adds(alike_cell(t), speed_is_apart(r, p, m, metric) ?
		    if_differs : "");
	}
}

static void
pair_parity(const struct report *r, const struct subject *p)
{
	struct alike_rows t = { p->variants, p->n_variants, NULL, 0, 0 };

	section_pair_heading(r, p);
	for (size_t k = 0; k < sizeof(attributes) / sizeof(attributes[0]); k++)
		attribute_row(&t, r, p, &attributes[k]);
	key_rows(&t, r, p, "Sampling:", "sampling", "server_sampling");
	speculation_row(&t, r, p);
	key_rows(&t, r, p, "Option:", "options", NULL);
	unseen_row(&t, r, p);
	token_rows(&t, r, p, "Prompt tokens", "prompt_tokens",
	    "differs: the tokenizers or templates count differently");
	token_rows(&t, r, p, "Answer tokens", "completion_tokens",
	    "differs: whole times are of unlike answers");
	alike_write(&t, r->out);
}

void
section_parity(const struct report *r)
{
	buf_adds(r->out, "## Like for like?\n\n"
	    "What the server says of each variant after loading it, and what "
	    "it was sent: what differs as a table, with a remark where that "
	    "moves the numbers.\n\n");
	for (size_t i = 0; i < r->subjects.n; i++)
		pair_parity(r, &r->subjects.v[i]);
}
