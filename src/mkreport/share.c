/*
 * The report in one block of at most 40 lines, for an issue or a post: figures
 * of both sides, which one, how sure, on what; no host, user or path.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "section/as_good.h"
#include "section/reserve.h"
#include "section/section.h"
#include "verdict/verdict.h"
#include "version.h"

/* Lines of comparisons that fit. */
enum { MOST_LINES = 25 };

static const char *const what[QUESTIONS] = {
	[QUESTION_TTFT] = "first token", [QUESTION_DECODE] = "decode",
	[QUESTION_MEMORY] = "peak memory",
	[QUESTION_STABLE] = "stability: failed",
	[QUESTION_QUALITY] = "right answers"
};

/* ---- what was compared --------------------------------------------------- */

/* "`mlx`: `6bit`, 6.5 bits a weight, 53.4 GiB" */
static void
model_cell(struct md_table *t, const char *variant, const struct row_model *m)
{
	char text[QUANTITY_CAP];
	double bits = m == NULL ? NAN : isnan(m->effective_bits_per_weight) ?
	    m->bits_per_weight : m->effective_bits_per_weight;

	md_cell_begin(t);
	buf_adds(t->out, "**");
	md_name_cut(t->out, variant, 24);
	buf_adds(t->out, "**");
	if (m != NULL && m->quantization != NULL) {
		buf_addc(t->out, ' ');
		md_name_cut(t->out, m->quantization, 16);
	}
	if (!isnan(bits))
		buf_addf(t->out, ", %s bits", quantity(text, QUANTITY_PLAIN,
		    bits));
	if (m != NULL && !isnan(m->size_bytes))
		buf_addf(t->out, ", %s", quantity(text, QUANTITY_BYTES,
		    m->size_bytes));
	md_cell_end(t);
}

/* ---- one comparison ------------------------------------------------------ */

/* "**`mlx`**, 2.24 times [2.10, 2.40], 4 rounds" or why there is no winner. */
static void
answer_cell(struct md_table *t, const struct evidence *ev,
    const struct answer *a)
{
	static const char *const without[] = {
		[ANSWER_SAME] = "no difference",
		[ANSWER_UNSURE] = "cannot tell yet",
		[ANSWER_CONFOUNDED] = "not compared: ",
		[ANSWER_DESCRIBED] = "no verdict, a description",
		[ANSWER_MISSING] = "not measured on both sides"
	};
	char text[QUANTITY_CAP], lo[QUANTITY_CAP], hi[QUANTITY_CAP];

	md_cell_begin(t);
	if (a->kind == ANSWER_WINNER) {
		buf_adds(t->out, "**");
		md_name_cut(t->out, a->winner, 24);
		buf_adds(t->out, "**");
	} else {
		buf_adds(t->out, without[a->kind]);
		if (a->kind == ANSWER_CONFOUNDED)
			buf_adds(t->out, verdict_order(a->compare));
	}
	if (a->question != QUESTION_STABLE && a->compare != NULL &&
	    a->kind != ANSWER_CONFOUNDED && isfinite(a->ratio)) {
		buf_adds(t->out, ", ");
		if (a->kind == ANSWER_UNSURE) {
			buf_adds(t->out, "so far ");
			md_name_cut(t->out, a->new, 24);
			buf_addc(t->out, ' ');
		}
		buf_addf(t->out, "%s times", quantity_number(text, a->ratio,
		    a->lo, a->hi));
		if (isfinite(a->lo) && isfinite(a->hi)) {
			quantity_bounds(lo, hi, a->ratio, a->lo, a->hi);
			buf_addf(t->out, " [%s, %s]", lo, hi);
		}
	}
	if (a->compare != NULL && a->compare->decided_after > 0)
		buf_addf(t->out, ", after %s", quantity_counted(text,
		    a->compare->decided_after, "round"));
	else if (a->compare != NULL && a->compare->rounds > 0)
		buf_addf(t->out, ", %s", quantity_counted(text,
		    a->compare->rounds, "round"));
	if (a->quality != NULL && a->kind != ANSWER_MISSING)
		buf_addf(t->out, ", %s", quantity_counted(text,
		    a->quality->items, "question"));
	as_good_parts(t->out, ": ", ev, a);
	if (a->why != NULL)
		buf_addf(t->out, "; %s", a->why);
	md_cell_end(t);
}

/* How often it does as the reference does. */
static void
described_cell(struct md_table *t, const struct answer *a, bool is_base)
{
	const struct row_fidelity *f = a->nearness[!is_base];
	const struct row_agreement *g = a->sameness[!is_base];
	char text[QUANTITY_CAP];

	if (f == NULL && g == NULL)
		md_cell(t, "the reference");
	else
		md_cell(t, "same %s %s", f != NULL ? "first choice" : "answers",
		    quantity(text, QUANTITY_RATIO, f != NULL ? f->equal_ratio :
		    g->equal_ratio));
}

/* The medians that were compared; of stability, what failed. */
static void
figure_cell(struct md_table *t, const struct evidence *ev,
    const struct answer *a, bool is_base)
{
	const struct row_stability *st = is_base ? a->st_base : a->st_new;
	char text[QUANTITY_CAP], of[QUANTITY_CAP];

	if (a->question == QUESTION_STABLE && st != NULL)
		md_cell(t, "%s of %s", quantity_count(text, st->failed),
		    quantity_count(of, st->requests));
	else if (a->compare != NULL || a->quality != NULL)
		md_cell(t, "%s", verdict_figure_text(text, ev, a, is_base ?
		    a->base : a->new));
	else if (a->kind != ANSWER_DESCRIBED)
		md_cell(t, "not measured");
	else
		described_cell(t, a, is_base);
}

static void
question_row(struct md_table *t, const struct evidence *ev,
    const struct answer *a)
{
	md_cell(t, "%s", "");
	md_cell_begin(t);
	if (a->question == QUESTION_OTHER)
		md_name_cut(t->out, a->compare->metric, 24);
	else
		buf_adds(t->out, a->kind == ANSWER_DESCRIBED ? "as good?" :
		    what[a->question]);
	if (a->question == QUESTION_MEMORY && a->counter != NULL) {
		buf_addc(t->out, ' ');
		md_name_cut(t->out, a->counter, 16);
	} else if (a->compare != NULL && a->compare->scenario != NULL) {
		buf_adds(t->out, ", ");
		md_name_cut(t->out, a->compare->scenario, 24);
	}
	md_cell_end(t);
	figure_cell(t, ev, a, true);
	figure_cell(t, ev, a, false);
	answer_cell(t, ev, a);
	md_row_end(t);
}

/* False: it does not fit into the lines that are left. */
static bool
comparison(struct md_table *t, const struct report *r,
    const struct subject *p, struct subject_two two, size_t *left)
{
	const char *base = p->variants[two.base], *new = p->variants[two.new];
	struct answer a[ANSWERS];
	size_t n = verdict_answers(a, r->ev, p->pair, base, new);

	if (*left < n + 1)
		return false;
	*left -= n + 1;
	md_cell_begin(t);
	md_name_cut(t->out, p->pair, 32);
	md_cell_end(t);
	md_cell(t, "%s", "");
	model_cell(t, base, subject_model(r->ev, p->pair, base));
	model_cell(t, new, subject_model(r->ev, p->pair, new));
	md_cell_begin(t);
	reserve_list(t->out, r, p->pair, a, "**not like for like:** ");
	md_cell_end(t);
	md_row_end(t);
	for (size_t q = 0; q < n; q++)
		question_row(t, r->ev, &a[q]);
	return true;
}

/* ---- on what ------------------------------------------------------------- */

/* ", `llama.cpp 1.2`" for each runtime, once. */
static void
runtimes(struct buf *out, const struct evidence *ev)
{
	const struct row_model *m = ev->rows[ROW_MODEL].v;
	size_t k;

	for (size_t i = 0; i < ev->rows[ROW_MODEL].n; i++) {
		for (k = 0; k < i && !same(m[k].runtime, m[i].runtime); k++)
			;
		if (m[i].runtime == NULL || k < i)
			continue;
		buf_adds(out, ", ");
		md_name_cut(out, m[i].runtime, 48);
	}
}

/* The file's own name: folders tell who someone is. */
static const char *
last_part(const char *path)
{
	const char *slash = path != NULL ? strrchr(path, '/') : NULL;

	return slash != NULL ? slash + 1 : path;
}

static void
origin(const struct report *r)
{
	const struct row_run *run = evidence_run(r->ev);
	char text[QUANTITY_CAP], time[QUANTITY_CAP];

	buf_adds(r->out, "Machine: ");
	md_name_cut(r->out, run->cpu, 64);
	buf_addf(r->out, ", %s, ", quantity(text, QUANTITY_BYTES,
	    run->memory_bytes));
	md_name_cut(r->out, run->os_version != NULL ? run->os_version :
	    run->os, 64);
	buf_adds(r->out, ". Server: ");
	section_server(r);
	runtimes(r->out, r->ev);
	buf_addf(r->out, ".\n%s in %s, lmgauge " LMGAUGE_VERSION ", run ",
	    quantity_counted(text, run->requests, "request"),
	    quantity_duration(time, run->duration_s));
	md_name(r->out, r->ev->run);
	buf_adds(r->out, ", configuration ");
	md_name_cut(r->out, last_part(run->config), 48);
	if (run->config_sha256 != NULL)
		buf_addf(r->out, " (SHA-256 `%.12s`)", run->config_sha256);
	buf_adds(r->out, ". Figures are medians over the whole run; a ratio is "
	    "the mean of the rounds up to the one that decided and need not "
	    "be theirs, its 95 % interval holds whenever the run stopped.\n");
}

static void
run_block(struct report *r)
{
	const struct row_run *run = evidence_run(r->ev);
	size_t left = MOST_LINES, more = 0;
	struct subject_two two;
	struct md_table t;

	buf_adds(r->out, "### lmgauge: which one, and how sure?\n\n");
	if (run->simulated == 1)
		buf_adds(r->out, "**SIMULATED: says nothing about any model.**"
		    "\n\n");
	if (run->interrupted == 1 || run->complete == 0 || r->set->cut)
		buf_adds(r->out, "**The run is not complete.**\n\n");
	md_table_begin(&t, r->out, "Pair||One:|Other:|"
	    "Which one (times: mean ratio of the rounds), how sure");
	for (size_t i = 0; i < r->subjects.n; i++)
		for (two = SUBJECT_TWO_FIRST;
		    subject_next_two(&r->subjects.v[i], &two);)
			more += !comparison(&t, r, &r->subjects.v[i], two,
			    &left);
	md_table_end(&t);
	if (left == MOST_LINES)
		buf_adds(r->out, "Nothing was compared.\n\n");
	if (more > 0)
		buf_addf(r->out, "%zu more comparisons are in the report.\n\n",
		    more);
	origin(r);
}

void
report_share(struct buf *out, const struct evidence_set *set, const char *arg)
{
	struct report r = { out, set, NULL, { NULL, 0, 0 }, NULL };

	(void)arg;
	if (set->n == 0)
		return;
	r.ev = &set->v[0];
	r.subjects = subjects_of(r.ev);
	run_block(&r);
	subjects_fini(&r.subjects);
}
