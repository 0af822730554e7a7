#include "follow.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "join/derive.h"
#include "statusline.h"
#include "stats/summary.h"
#include "xalloc.h"

enum { RECENT = 20, TEXT_CAP = 512 };

#define PLAIN_NS (10 * NS_PER_S)

struct follow {
	struct statusline line;
	bool is_terminal;
	int64_t next_ns;		/* a plain line */
	uint64_t lines;
};

/* What the last requests of a variant amounted to. */
struct recent {
	double ttft[RECENT], tps[RECENT];
	size_t n;
};

struct follow *
follow_new(void)
{
	struct follow *l = xcalloc(1, sizeof(*l));

	l->is_terminal = statusline_init(&l->line, STDERR_FILENO);
	l->next_ns = clock_mono_ns() + PLAIN_NS;
	return l;
}

/* The run that was heard of last, or NULL. */
static struct run *
current(const struct tables *t)
{
	return t->last_run;
}

static void
look_back(struct recent *rec, const struct run *r, const struct raw_step *at)
{
	const struct raw_step *s;
	struct request_row copy;
	size_t ix;

	rec->n = 0;
	for (size_t i = r->n_requests; i-- > 0 && rec->n < RECENT; ) {
		ix = idmap_get(&r->step_at, (uint64_t)r->requests[i].step);
		if (r->requests[i].step == -1 || ix == IDMAP_NONE ||
		    !tables_is_good(&r->requests[i]))
			continue;
		s = r->steps[ix].is;
		if (s->pair != at->pair || s->variant != at->variant)
			break;
		copy = r->requests[i];
		derive_request(&copy);
		rec->ttft[rec->n] = derived_v(&copy.d, M_TTFT);
		rec->tps[rec->n++] = derived_v(&copy.d, M_DECODE_TPS);
		derived_fini(&copy.d);
	}
}

static int64_t
planned(const struct run *r)
{
	cJSON *o = r->line == NULL ? NULL :
	    json_parse(r->line, strlen(r->line));
	int64_t n = json_get_int(o, "requests", -1);

	cJSON_Delete(o);
	return n;
}

__attribute__((format(printf, 4, 5))) static void
add(char *out, size_t cap, size_t *len, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(out + *len, cap - *len, fmt, ap);
	va_end(ap);
	if (n > 0)
		*len += (size_t)n < cap - *len ? (size_t)n : cap - *len - 1;
}

static void
add_memory(char *out, size_t cap, size_t *len, const struct run *r)
{
	static const enum counter order[] = { C_FOOTPRINT, C_RSS };
	const struct mem_row *m;

	if (r->n_mems == 0)
		return;
	m = &r->mems[r->n_mems - 1];
	for (size_t i = 0; i < 2; i++)
		if (!isnan(m->v[order[i]])) {
			add(out, cap, len, "  %s %.0f MiB",
			    counter_name(order[i]), m->v[order[i]] / 0x1p20);
			return;
		}
}

/*
 * The line itself: run, time, what is tested, requests done of planned,
 * failures, medians of the last requests of the variant, memory.  Written to
 * out (cap bytes), without newline.  Returns out.
 */
static char *
line_text(char *out, size_t cap, const struct tables *t)
{
	const struct run *r = current(t);
	const struct raw_step *at;
	int64_t of;
	struct recent rec;
	struct summary s;
	size_t len = 0;

	out[0] = '\0';
	if (r == NULL) {
		add(out, cap, &len, "nothing yet");
		return out;
	}
	add(out, cap, &len, "%s %.0f s", r->id, (double)r->t_last / 1e9);
	at = r->n_steps > 0 ? r->steps[r->n_steps - 1].is : NULL;
	if (at != NULL && at->pair != NULL)
		add(out, cap, &len, "  %s/%s %s", at->pair,
		    at->variant == NULL ? "?" : at->variant,
		    at->scenario != NULL ? at->scenario :
		    at->op == NULL ? "" : at->op);
	add(out, cap, &len, "  %" PRId64, r->answered);
	if ((of = planned(r)) > 0)
		add(out, cap, &len, " of %" PRId64, of);
	add(out, cap, &len, " requests  %" PRId64 " failed", r->failed);
	if (at != NULL) {
		look_back(&rec, r, at);
		s = summary_of(rec.ttft, rec.n);
		if (s.n > 0)
			add(out, cap, &len, "  ttft %.3f s", s.p50);
		s = summary_of(rec.tps, rec.n);
		if (s.n > 0)
			add(out, cap, &len, "  %.1f tokens/s", s.p50);
	}
	add_memory(out, cap, &len, r);
	return out;
}

static void
show(struct follow *l, const struct tables *t)
{
	char text[TEXT_CAP], clean[TEXT_CAP];

	line_text(text, sizeof(text), t);
	if (l->is_terminal)
		statusline_show(&l->line, text);
	else
		fprintf(stderr, "%s\n", diag_clean(clean, sizeof(clean),
		    text));
}

void
follow_line(struct follow *l, const struct tables *t)
{
	int64_t now;

	if (l->lines++ % 16 != 0)	/* the clock costs more than a line */
		return;
	now = clock_mono_ns();
	if (l->is_terminal ? !statusline_is_due(&l->line, now) :
	    now < l->next_ns)
		return;
	show(l, t);
	l->next_ns = now + PLAIN_NS;
}

void
follow_free(struct follow *l, const struct tables *t)
{
	if (l == NULL)
		return;
	show(l, t);
	if (l->is_terminal)
		fputc('\n', stderr);
	free(l);
}
