#include "follow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "join/derive.h"
#include "judge/look.h"
#include "quantity.h"
#include "screen.h"
#include "standing.h"
#include "stats/summary.h"
#include "xalloc.h"

enum { RECENT = 20, QUIET_S = 30 };

#define REDRAW_NS (200 * NS_PER_MS)

/* A look takes a tenth of the time at most. */
enum { LOOK_SHARE = 10 };

struct follow {
	struct screen screen;
	bool is_terminal;
	const struct run *run;		/* the one that was heard of last */
	uint64_t lines, calls;
	int64_t drawn_ns, grown_ns, look_ns;	/* when; a look: not before */
	struct standing standing;
	struct look_visits visits;
	bool is_look_due;
	struct buf decided;		/* records, of the last look */
};

/* What the last requests of a variant amounted to. */
struct recent {
	double ttft[RECENT], tps[RECENT];
	size_t n;
};

struct follow *
follow_new(void)
{
	struct follow *f = xcalloc(1, sizeof(*f));

	f->is_terminal = screen_init(&f->screen, STDERR_FILENO);
	f->grown_ns = clock_mono_ns();
	return f;
}

/* ---- the words ----------------------------------------------------------- */

static void
look_back(struct recent *rec, const struct run *r, const struct raw_step *at)
{
	const struct raw_step *s;
	struct chunk_faults faults = { 0 };
	struct request_row done;
	size_t i, ix;

	rec->n = 0;
	for (i = r->n_requests; i-- > 0 && rec->n < RECENT; ) {
		ix = idmap_get(&r->step_at, (uint64_t)r->requests[i].step);
		if (r->requests[i].step == -1 || ix == IDMAP_NONE ||
		    !tables_is_good(&r->requests[i]))
			continue;
		s = r->steps[ix].is;
		if (s->pair != at->pair || s->variant != at->variant)
			break;
		done = r->requests[i];
		done.chunks = chunk_list_copy(&done.chunks);
		derive_request(&done, &faults);
		rec->ttft[rec->n] = request_v(&done, M_TTFT);
		rec->tps[rec->n++] = request_v(&done, M_DECODE_TPS);
		free(done.d.v);
	}
}

/* Requests of the plan, -1: not told. */
static int64_t
planned(const struct run *r)
{
	cJSON *o = r->line == NULL ? NULL :
	    json_parse(r->line, strlen(r->line));
	int64_t n = json_get_int(o, "requests", -1);

	cJSON_Delete(o);
	return n;
}

/* "48 s", "3 min 20 s" */
static const char *
time_text(char text[QUANTITY_CAP], double s)
{
	if (s >= 60)
		return quantity_duration(text, s);
	snprintf(text, QUANTITY_CAP, "%.0f s", floor(s));
	return text;
}

/* Has it ended, or how long will it take?  At most: what is decided is left
 * out later, and takes no time. */
static void
put_end(struct buf *out, const struct follow *f, int64_t of)
{
	const struct run *r = f->run;
	const struct end_row *end = tables_end_of(r, NULL);
	double quiet_s = (double)(clock_mono_ns() - f->grown_ns) / 1e9;
	int64_t sent = r->answered - r->skipped;
	char text[QUANTITY_CAP];

	if (end != NULL) {
		buf_adds(out, end->interrupted == 1 ? "  ended early" :
		    "  over");
		return;
	}
	if (of > r->answered && sent > 0)
		buf_addf(out, "  %s more at most", time_text(text,
		    (double)r->t_last / 1e9 / (double)sent *
		    (double)(of - r->answered)));
	if (quiet_s >= QUIET_S)
		buf_addf(out, "  nothing new for %s",
		    time_text(text, quiet_s));
}

/* The run, its time, requests done of those planned, failures. */
static void
put_run(struct buf *out, const struct follow *f)
{
	const struct run *r = f->run;
	int64_t of = planned(r);
	char text[QUANTITY_CAP];

	buf_addf(out, "%s  %s  %lld", r->id, time_text(text,
	    (double)r->t_last / 1e9), (long long)r->answered);
	if (of > 0)
		buf_addf(out, " of %lld", (long long)of);
	buf_addf(out, " requests  %lld failed", (long long)r->failed);
	put_end(out, f, of);
	buf_addc(out, '\n');
}

static void
put_recent(struct buf *out, const struct run *r, const struct raw_step *at)
{
	char text[QUANTITY_CAP];
	struct recent rec;
	struct summary s;

	buf_addf(out, "  %s %s", at->variant == NULL ? "-" : at->variant,
	    at->scenario != NULL ? at->scenario : at->op == NULL ? "-" :
	    at->op);
	look_back(&rec, r, at);
	s = summary_of(rec.ttft, rec.n);
	if (s.n > 0)
		buf_addf(out, "  TTFT %s",
		    quantity(text, QUANTITY_SECONDS, s.p50));
	s = summary_of(rec.tps, rec.n);
	if (s.n > 0)
		buf_addf(out, "  %s", quantity(text, QUANTITY_RATE, s.p50));
}

static void
put_memory(struct buf *out, const struct standing_pair *p, bool is_over)
{
	char text[QUANTITY_CAP];
	const struct standing_variant *v;
	const char *before = "  memory: ";

	for (v = p->v; v < p->v + p->n; v++) {
		if (isnan(v->peak))
			continue;
		buf_addf(out, "%s%s ", before, v->name == NULL ? "-" :
		    v->name);
		if (!isnan(v->bytes) && !is_over)
			buf_addf(out, "%s now  ",
			    quantity(text, QUANTITY_BYTES, v->bytes));
		buf_addf(out, "peak %s",
		    quantity(text, QUANTITY_BYTES, v->peak));
		before = "  ";
	}
	if (before[2] == '\0')
		buf_addc(out, '\n');
}

static bool
is_word(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

/* "  decode: mlx 1.48 times gguf  1.45 to 1.53  decided after 4 rounds" */
static void
put_metric(struct buf *out, const struct raw_decided *d)
{
	char v[QUANTITY_CAP], lo[QUANTITY_CAP], hi[QUANTITY_CAP];

	buf_addf(out, "  %s: %s %s times %s", is_word(d->metric,
	    metric_name(M_TTFT)) ? "TTFT" : is_word(d->metric,
	    metric_name(M_DECODE_TPS)) ? "decode" : d->metric, d->new,
	    quantity_number(v, d->ratio, d->ratio_lo, d->ratio_hi), d->base);
	if (isfinite(d->ratio_lo) && isfinite(d->ratio_hi)) {
		quantity_bounds(lo, hi, d->ratio, d->ratio_lo, d->ratio_hi);
		buf_addf(out, "  %s to %s", lo, hi);
	}
	if (is_word(d->verdict, compare_verdict_name(COMPARE_EQUIVALENT)))
		buf_adds(out, "  no difference");
	if (!isfinite(d->round_s))
		buf_addf(out, "  decided after %lld rounds\n",
		    (long long)d->rounds);
	else if (isfinite(d->further_rounds))
		buf_addf(out, "  not decided  about %s more round%s, %s\n",
		    quantity_about(v, d->further_rounds),
		    d->further_rounds == 1 ? "" : "s",
		    time_text(lo, d->further_rounds * d->round_s));
	else
		buf_adds(out, "  not decided\n");
}

/* The metrics of the pair; or (out NULL) only: is it decided? */
static bool
put_decided(struct buf *out, const struct buf *decided, const char *pair)
{
	static const struct field_reader copies = { .where = NULL };
	const char *p = decided->data, *end = p + decided->len, *nl;
	struct raw_decided row;
	bool is_over = false;
	cJSON *o;

	for (; p < end && (nl = memchr(p, '\n', (size_t)(end - p))) != NULL;
	    p = nl + 1) {
		o = json_parse(p, (size_t)(nl - p));
		raw_init(RECORD_DECIDED, &row);
		(void)field_read(raw_schema(RECORD_DECIDED), &row, o, &copies);
		cJSON_Delete(o);
		if (is_word(row.pair, pair == NULL ? "" : pair)) {
			is_over |= row.metric == NULL && row.base == NULL;
			if (out != NULL && row.metric != NULL)
				put_metric(out, &row);
		}
		field_fini(raw_schema(RECORD_DECIDED), &row);
	}
	return is_over;
}

static void
put_pair(struct buf *out, const struct follow *f,
    const struct standing_pair *p)
{
	const struct raw_step *at = f->standing.at;
	size_t rounds = standing_rounds(&f->standing, p);
	bool is_over = tables_end_of(f->run, NULL) != NULL;
	bool is_current = !is_over && at->pair == p->name;

	buf_addf(out, "%s%s  %zu %s%s", is_current ? "> " : "", p->name, rounds,
	    p->n < 2 ? "visit" : "round", rounds == 1 ? "" : "s");
	if (put_decided(NULL, &f->decided, p->name))
		buf_adds(out, "  decided");
	if (is_current)
		put_recent(out, f->run, at);
	buf_addc(out, '\n');
	put_decided(out, &f->decided, p->name);
	put_memory(out, p, is_over);
}

static void
put_all(struct buf *out, const struct follow *f)
{
	if (f->run == NULL) {
		buf_adds(out, "nothing yet\n");
		return;
	}
	put_run(out, f);
	for (size_t i = 0; i < f->standing.n; i++)
		put_pair(out, f, &f->standing.v[i]);
}

/* ---- when ---------------------------------------------------------------- */

static void
begin(struct follow *f, const struct tables *t)
{
	standing_fini(&f->standing);
	buf_clear(&f->decided);
	f->visits = (struct look_visits){ .pair = NULL };
	f->is_look_due = false;
	f->run = t->last_run;
}

/* Keep up with what was read. */
static void
take(struct follow *f, const struct tables *t)
{
	/* Tables that hold fewer lines were begun anew. */
	if (t->last_run != f->run || t->tally.lines < f->lines)
		begin(f, t);
	if (t->tally.lines != f->lines)
		f->grown_ns = clock_mono_ns();
	f->lines = t->tally.lines;
	if (f->run == NULL)
		return;
	standing_take(&f->standing, f->run);
	f->is_look_due |= look_is_due(&f->visits, f->run);
}

static void
look(struct follow *f, struct tables *t)
{
	int64_t begun = clock_mono_ns(), now;

	look_now(t, &f->decided);
	f->is_look_due = false;
	now = clock_mono_ns();
	f->look_ns = now + LOOK_SHARE * (now - begun);
}

static void
show(struct follow *f, struct tables *t)
{
	int64_t now = clock_mono_ns();
	struct buf out = BUF_INIT;

	if (!f->is_terminal || now - f->drawn_ns < REDRAW_NS)
		return;
	if (f->is_look_due && now >= f->look_ns)
		look(f, t);
	put_all(&out, f);
	screen_draw(&f->screen, buf_cstr(&out));
	buf_fini(&out);
	f->drawn_ns = now;
}

void
follow_line(struct follow *f, struct tables *t)
{
	take(f, t);
	if (f->calls++ % 16 == 0)	/* the clock costs more than a line */
		show(f, t);
}

void
follow_wait(struct follow *f, struct tables *t)
{
	take(f, t);
	show(f, t);
}

void
follow_free(struct follow *f, struct tables *t)
{
	struct buf out = BUF_INIT;
	char line[512], clean[512];

	if (f == NULL)
		return;
	take(f, t);
	f->drawn_ns = f->look_ns = 0;
	show(f, t);
	if (!f->is_terminal && f->run != NULL) {
		put_run(&out, f);
		snprintf(line, sizeof(line), "%.*s",
		    (int)strcspn(buf_cstr(&out), "\n"), out.data);
		fprintf(stderr, "%s\n", diag_clean(clean, sizeof(clean),
		    line));
	}
	buf_fini(&out);
	screen_fini(&f->screen);
	standing_fini(&f->standing);
	buf_fini(&f->decided);
	free(f);
}
