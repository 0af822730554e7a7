#include "energy.h"

#include <math.h>
#include <stdlib.h>

#include "stats/order.h"

static int
cmp_reading(const void *pa, const void *pb)
{
	const struct energy_row *a = pa, *b = pb;

	if (a->counter != b->counter)
		return CMP(a->counter, b->counter);
	return a->t_ns != b->t_ns ? CMP(a->t_ns, b->t_ns) : CMP(a->nj, b->nj);
}

void
energy_sort(struct run *r)
{
	struct energy_row *e = r->readings;
	size_t kept = 0;

	if (r->n_readings == 0)
		return;
	order_rows(e, r->n_readings, sizeof(*e), cmp_reading);
	for (size_t i = 1; i < r->n_readings; i++)
		if (e[i].counter != e[kept].counter ||
		    e[i].t_ns != e[kept].t_ns)
			e[++kept] = e[i];
	r->n_readings = kept + 1;
}

/* The first reading of counter c behind t, or of a later counter. */
static size_t
behind(const struct run *r, enum energy_counter c, int64_t t)
{
	size_t lo = 0, hi = r->n_readings, mid;
	const struct energy_row *e;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		e = &r->readings[mid];
		if (e->counter < c || (e->counter == c && e->t_ns <= t))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool
energy_has(const struct run *r, enum energy_counter c)
{
	size_t i = behind(r, c, -1);

	return i < r->n_readings && r->readings[i].counter == c;
}

/* Count in the part of from..to that lies between the readings a and b. */
static void
add_stretch(struct energy *e, const struct energy_row *a,
    const struct energy_row *b, int64_t from, int64_t to)
{
	int64_t lo = a->t_ns > from ? a->t_ns : from;
	int64_t hi = b->t_ns < to ? b->t_ns : to;

	if (hi <= lo || b->nj < a->nj)
		return;
	e->joules += (double)(b->nj - a->nj) / 1e9 * (double)(hi - lo) /
	    (double)(b->t_ns - a->t_ns);
	e->covered_ns += hi - lo;
}

struct energy
energy_between(const struct run *r, enum energy_counter c, int64_t from,
    int64_t to)
{
	const struct energy_row *row = r->readings;
	struct energy e = { 0, 0, 0 };
	size_t i = behind(r, c, from);

	if (i > 0)
		i--;			/* the stretch that from lies in */
	for (; i < r->n_readings && row[i].counter <= c; i++) {
		if (row[i].counter < c)
			continue;
		e.readings += row[i].t_ns >= from && row[i].t_ns <= to;
		if (row[i].t_ns >= to)
			break;
		if (i + 1 < r->n_readings && row[i + 1].counter == c)
			add_stretch(&e, &row[i], &row[i + 1], from, to);
	}
	return e;
}

/* What the machine used while q ran, NAN where a counter does not say. */
static double
of_request(const struct run *r, const struct request_row *q)
{
	struct energy e;
	double sum = NAN;
	enum energy_counter c;

	for (c = 0; c < E_MACHINE; c++) {
		if (!energy_has(r, c))
			continue;
		e = energy_between(r, c, q->t_sent, q->d.t_last);
		if (e.covered_ns < q->d.t_last - q->t_sent ||
		    e.readings < ENERGY_READINGS)
			return NAN;
		sum = (isnan(sum) ? 0 : sum) + e.joules;
	}
	return sum;
}

void
energy_of_requests(struct run *r)
{
	struct request_row *q, *next;
	int64_t busy_until = -1;
	double joules, tokens;

	if (r->n_readings == 0)
		return;
	for (size_t i = 0; i < r->n_visits; i++)
		for (size_t k = 0; k < r->visits[i].n_requests; k++) {
			q = r->visits[i].requests[k];
			next = k + 1 < r->visits[i].n_requests ?
			    r->visits[i].requests[k + 1] : NULL;
			if (q->t_sent >= busy_until &&
			    q->d.t_last > q->t_sent &&
			    (next == NULL || next->t_sent >= q->d.t_last)) {
				joules = of_request(r, q);
				tokens = (double)q->completion_tokens;
				request_set_v(q, M_ENERGY, joules);
				if (tokens > 0)
					request_set_v(q, M_ENERGY_TOKENS,
					    1000 * joules / tokens);
			}
			if (q->d.t_last > busy_until)
				busy_until = q->d.t_last;
		}
}
