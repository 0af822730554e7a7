#include "instants.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "stats/gaps.h"
#include "stats/order.h"
#include "xalloc.h"

static int
by_time(const void *pa, const void *pb)
{
	const struct chunk *a = pa, *b = pb;

	if (a->when != b->when)
		return a->when < b->when ? -1 : 1;
	return (a->i > b->i) - (a->i < b->i);
}

/*
 * Drop copies from the sorted chunks and count what is wrong with them.
 * Returns how many are left.
 */
static size_t
clean(struct chunk_faults *f, struct chunk *c, size_t n)
{
	size_t i, kept = 0;

	for (i = 0; i < n; i++) {
		if (kept > 0 && c[i].i == c[kept - 1].i) {
			if (memcmp(&c[i], &c[kept - 1], sizeof(*c)) == 0)
				f->repeated++;
			else
				f->contradictory++;
			continue;
		}
		c[kept++] = c[i];
	}
	for (i = 1; i < kept; i++)
		f->backwards += chunk_t(c[i]) < chunk_t(c[i - 1]);
	if (kept > 0)
		f->lost = (uint64_t)c[kept - 1].i + 1 - kept;
	if (f->backwards > 0)
		qsort(c, kept, sizeof(*c), by_time);
	return kept;
}

static struct moment
moment_of(struct chunk c)
{
	return (struct moment){ chunk_t(c), chunk_unsure_ns(c) };
}

/* The token chunk that came at m, the next in order. */
static void
note_token(struct instants *t, struct chunk c, struct moment m)
{
	/* What came several to a packet was merged on our side, or sent so. */
	t->n_coalesced += (chunk_flags(c) & CHUNK_COALESCED) != 0 &&
	    m.unsure == 0;
	t->n_unsure += m.unsure > 0;
	t->bursts += m.at != t->last_token.at || t->last_token.unsure > 0;
	if (t->first_token.at == -1)
		t->first_token = m;
	if (t->first_token.at == m.at) {
		t->first_burst = m;
		t->first_bytes += c.bytes;
		t->n_first++;
	}
	t->bytes += c.bytes;
	if (t->first_answer.at == -1 && chunk_kind(c) != CHUNK_REASONING)
		t->first_answer = m;
	t->last_token = m;
	t->n_tokens++;
}

static void
note_chunk(struct instants *t, struct chunk c)
{
	struct moment m = moment_of(c);
	unsigned flags = chunk_flags(c);

	if (t->first.at == -1)
		t->first = m;
	t->last = m;
	t->n_late += (flags & CHUNK_LATE) != 0;
	if (chunk_kind(c) == CHUNK_PREFILL) {
		if ((flags & CHUNK_START) && t->prefill_begin.at == -1)
			t->prefill_begin = m;
		if (flags & CHUNK_FINISH)
			t->prefill_end = m;
	}
	if (chunk_has_token(c))
		note_token(t, c, m);
}

/*
 * The gaps between chunks whose instants are known.  Of those between them and
 * over others, one is at least the mean.
 */
static void
keep_gaps(struct instants *t, const struct chunk *c, size_t n)
{
	int64_t before = -1, over = 1;
	double gap_s;

	if (t->n_tokens < 2)
		return;
	t->gap_s = xreallocarray(NULL, (size_t)t->n_tokens - 1,
	    sizeof(double));
	for (size_t i = 0; i < n; i++) {
		if (!chunk_has_token(c[i]))
			continue;
		if (chunk_unsure_ns(c[i]) > 0) {
			over++;
			continue;
		}
		gap_s = (double)(chunk_t(c[i]) - before) / 1e9;
		if (before != -1 && over == 1)
			t->gap_s[t->n_gaps++] = gap_s;
		else if (before != -1)
			t->least_stall_s = fmax(t->least_stall_s,
			    gap_s / (double)over);
		before = chunk_t(c[i]);
		over = 1;
	}
}

/* The chunks up to the first gap between bursts came first, together. */
static void
take_first_burst(struct instants *t, const struct chunk *c, size_t n,
    double least_s)
{
	int64_t before = -1;

	t->n_first = t->first_bytes = 0;
	for (size_t i = 0; i < n; i++) {
		if (!chunk_has_token(c[i]))
			continue;
		if (before != -1 &&
		    (double)(chunk_t(c[i]) - before) / 1e9 >= least_s)
			return;
		before = chunk_t(c[i]);
		t->n_first++;
		t->first_bytes += c[i].bytes;
	}
}

/* Those of n gaps that are not below least_s. */
static size_t
keep_long(double *gap_s, size_t n, double least_s)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++)
		if (gap_s[i] >= least_s)
			gap_s[kept++] = gap_s[i];
	return kept;
}

/* Where tokens come in bursts, the gaps within them are none between tokens:
 * what is left are the gaps between the bursts. */
static void
sort_gaps(struct instants *t, const struct chunk *c, size_t n)
{
	double least_s;

	if (t->n_gaps == 0)
		return;
	t->sorted = xreallocarray(NULL, t->n_gaps, sizeof(double));
	memcpy(t->sorted, t->gap_s, t->n_gaps * sizeof(double));
	order_sort(t->sorted, t->n_gaps);
	if ((least_s = gaps_between_bursts(t->sorted, t->n_gaps)) == 0)
		return;
	take_first_burst(t, c, n, least_s);
	keep_long(t->sorted, t->n_gaps, least_s);
	t->n_gaps = keep_long(t->gap_s, t->n_gaps, least_s);
	t->bursts = (int64_t)t->n_gaps + 1;
	t->is_bursty = true;
}

void
instants_of(struct instants *t, const struct chunk_list *chunks)
{
	const struct moment none = { -1, 0 };
	size_t n;
	struct chunk *c = chunk_list_sorted(chunks, &n);

	*t = (struct instants){ .first = none, .last = none,
	    .first_token = none, .first_answer = none, .last_token = none,
	    .prefill_begin = none, .prefill_end = none, .first_burst = none };
	n = clean(&t->faults, c, n);
	for (size_t i = 0; i < n; i++)
		note_chunk(t, c[i]);
	keep_gaps(t, c, n);
	sort_gaps(t, c, n);
	free(c);
}

void
instants_fini(struct instants *t)
{
	free(t->gap_s);
	free(t->sorted);
}
