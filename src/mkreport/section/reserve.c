#include "reserve.h"

#include <math.h>

/* The reserves so far: each is preceded by sep. */
struct list {
	struct buf *out;
	const char *sep;
};

static void
next(struct list *l)
{
	buf_adds(l->out, l->sep);
	l->sep = "; ";
}

static bool
is_apart(double a, double b)
{
	return fabs(a - b) > 0.05 * fmax(fabs(a), fabs(b));
}

/* Returns whether they are apart, and were added. */
static bool
add_numbers(struct list *l, const char *what, enum quantity_unit unit,
    double a, double b)
{
	char x[QUANTITY_CAP], y[QUANTITY_CAP];

	if (!is_apart(a, b))
		return false;
	next(l);
	buf_addf(l->out, "%s %s and %s", what, quantity(x, unit, a),
	    quantity(y, unit, b));
	return true;
}

static void
add_texts(struct list *l, const char *what, const char *a, const char *b)
{
	if (a == NULL || b == NULL || same(a, b))
		return;
	next(l);
	buf_addf(l->out, "%s ", what);
	md_name_cut(l->out, a, 32);
	buf_adds(l->out, " and ");
	md_name_cut(l->out, b, 32);
}

static void
add_counts(struct list *l, const char *what, double a, double b)
{
	char x[QUANTITY_CAP], y[QUANTITY_CAP];

	if (!is_apart(a, b))
		return;
	next(l);
	buf_addf(l->out, "%s %s and %s", what, quantity_count(x, a),
	    quantity_count(y, b));
}

static void
add_model(struct list *l, const struct row_model *a, const struct row_model *b)
{
	if (a == NULL || b == NULL)
		return;
	if (!add_numbers(l, "bits per weight", QUANTITY_PLAIN,
	    a->effective_bits_per_weight, b->effective_bits_per_weight) &&
	    !add_numbers(l, "bits per weight", QUANTITY_PLAIN,
	    a->bits_per_weight, b->bits_per_weight))
		add_numbers(l, "size", QUANTITY_BYTES, a->size_bytes,
		    b->size_bytes);
	add_counts(l, "context", a->context_length, b->context_length);
	add_counts(l, "parallel slots", a->parallel, b->parallel);
	add_texts(l, "server", a->server_name, b->server_name);
	/* Another format has another engine: that is the question. */
	if (a->format == NULL || alike(a->format, b->format))
		add_texts(l, "runtime", a->runtime, b->runtime);
}

/* What metricsagg found of a pair, about any of its variants. */
static void
add_findings(struct list *l, const struct evidence *ev, const char *pair)
{
	static const char *const found[][2] = {
		{ "sampling_differs", "sampling or penalties" },
		{ "load_options_differ", "load options" },
		{ "speculation_differs", "speculation" },
		{ "prompt_tokens_differ", "tokens of a prompt" },
		{ "load_failed", "a load failed" }
	};
	const struct row_key of_pair = { .pair = pair };
	const struct row_integrity *f;

	for (size_t k = 0; k < sizeof(found) / sizeof(found[0]); k++) {
		f = NULL;
		while ((f = evidence_find(ev, ROW_INTEGRITY, &of_pair, f)) !=
		    NULL && !same(f->code, found[k][0]))
			;
		if (f != NULL) {
			next(l);
			buf_adds(l->out, found[k][1]);
		}
	}
}

/* One side failed requests and the other fewer, or none. */
static void
add_failures(struct list *l, const struct row_stability *s,
    const struct row_stability *other, const char *variant)
{
	char f[QUANTITY_CAP], n[QUANTITY_CAP];

	if (s == NULL || other == NULL || !(s->failed > other->failed))
		return;
	next(l);
	md_name_cut(l->out, variant, 32);
	buf_addf(l->out, " failed %s of %s requests",
	    quantity_count(f, s->failed), quantity_count(n, s->requests));
}

/*
 * The evidence that n rounds have when their mean is one standard deviation of
 * theirs away from 0: E(n) of metricsagg(1) at t^2 = n.
 */
static double
e_of_one_sd(double n)
{
	double q = n / (n - 1), e = 0;

	for (double g = 1; g <= 25; g *= 25)
		e += 0.5 / sqrt(1 + n * g) * pow((1 + q / (1 + n * g)) /
		    (1 + q), -n / 2);
	return e;
}

/* Many rounds find what is smaller than the next load may undo. */
static void
add_memory(struct list *l, const struct answer *a)
{
	const struct row_compare *c = a->compare;
	double n;

	if (a->kind != ANSWER_WINNER || c == NULL)
		return;
	n = c->decided_after > 0 ? c->decided_after : c->rounds;
	if (n < 2 || !(c->e < e_of_one_sd(n)))
		return;
	next(l);
	buf_adds(l->out, "memory differs by less than from visit to visit");
}

bool
reserve_list(struct buf *out, const struct report *r, const char *pair,
    const struct answer answers[QUESTIONS], const char *before)
{
	const struct answer *a = &answers[QUESTION_STABLE];
	struct list l = { out, before };

	add_model(&l, subject_model(r->ev, pair, a->base),
	    subject_model(r->ev, pair, a->new));
	add_findings(&l, r->ev, pair);
	add_memory(&l, &answers[QUESTION_MEMORY]);
	add_failures(&l, a->st_base, a->st_new, a->base);
	add_failures(&l, a->st_new, a->st_base, a->new);
	return l.sep != before;
}

void
reserve_add(struct buf *out, const struct report *r, const char *pair,
    const struct answer answers[QUESTIONS])
{
	if (reserve_list(out, r, pair, answers,
	    ", with reserve (not like for like: "))
		buf_addc(out, ')');
}
