#include "floors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fgls.h"
#include "order.h"
#include "quantile.h"
#include "xalloc.h"

#define MIB 1048576.0
#define MAX_TROUGHS 240			/* the step test is quadratic */
#define CONTEXT_DIFFERS 1.05		/* largest over smallest */

static void
series_init(struct series *s, size_t n)
{
	memset(s, 0, sizeof(*s));
	s->y = xcalloc(n + 1, (6 + FGLS_COLUMNS + 2) * sizeof(double));
	s->ordinal = s->y + n;
	s->tokens = s->ordinal + n;
	s->high_water = s->tokens + n;
	s->log_ordinal = s->high_water + n;
	s->step = s->log_ordinal + n;
	s->scratch = s->step + n;
}

/* Cumulative context and its high-water mark, over every request. */
static void
add_context(struct series *s, const struct leak_input *in, double *cum,
    double *high)
{
	double sum = 0, least = INFINITY, most = 0;

	for (size_t i = 0; i < in->n; i++) {
		double c = in->context_tokens == NULL ? NAN :
		    in->context_tokens[i];

		if (isfinite(c) && c > 0) {
			sum += c;
			least = fmin(least, c);
			most = fmax(most, c);
		}
		cum[i] = sum;
		high[i] = most;
	}
	s->has_context = most > CONTEXT_DIFFERS * least;
	for (size_t i = 0; s->has_context && i < in->n; i++) {
		cum[i] *= (double)in->n / sum;
		high[i] /= most;
	}
}

/* The requests that have a floor. */
void
floors_read(struct series *s, const struct leak_input *in)
{
	double *cum = xcalloc(in->n + 1, 2 * sizeof(*cum));
	double *high = cum + in->n;

	series_init(s, in->n);
	add_context(s, in, cum, high);
	for (size_t i = 0; i < in->n; i++) {
		if (!isfinite(in->floor_bytes[i]))
			continue;
		s->y[s->n] = in->floor_bytes[i] / MIB;
		s->ordinal[s->n] = (double)(i + 1);
		s->tokens[s->n] = cum[i];
		s->high_water[s->n] = high[i];
		s->n++;
	}
	free(cum);
}

static void
copy_point(struct series *s, size_t to, size_t from)
{
	s->y[to] = s->y[from];
	s->ordinal[to] = s->ordinal[from];
	s->tokens[to] = s->tokens[from];
	s->high_water[to] = s->high_water[from];
}

static void
drop_first(struct series *s, size_t w)
{
	for (size_t i = w; i < s->n; i++)
		copy_point(s, i - w, i);
	s->n -= w;
}

/* The minimum of each block of len points; leftovers go at the front. */
static void
keep_block_minima(struct series *s, size_t len)
{
	size_t blocks = s->n / len, front = s->n % len;

	for (size_t b = 0; b < blocks; b++) {
		size_t first = front + b * len, least = first;

		for (size_t i = first + 1; i < first + len; i++)
			if (s->y[i] < s->y[least])
				least = i;
		copy_point(s, b, least);
	}
	s->n = blocks;
}

/* A drop sharper than this is memory given back at once. */
static double
sharp_drop(struct series *s)
{
	double *d = s->scratch;

	for (size_t i = 1; i < s->n; i++)
		d[i - 1] = s->y[i] - s->y[i - 1];
	order_sort(d, s->n - 1);
	return -fmax(6 * 1.4826 * quantile_mad(d, s->n - 1), 1);
}

/*
 * Memory given back at once.  A spike that passes falls as sharply, but only to
 * where it came from: a collection goes below the value before that too.
 */
static bool
drops_at(const double *y, size_t i, double limit)
{
	return y[i] - y[i - 1] < limit &&
	    (i < 2 || y[i] - y[i - 2] < limit / 2);
}

/* The value right after each drop: copying down never overtakes reading. */
static void
keep_troughs(struct series *s, const size_t *drop, size_t drops)
{
	for (size_t k = 0; k < drops; k++)
		copy_point(s, k, drop[k]);
	s->n = drops;
	if (s->n > MAX_TROUGHS)
		keep_block_minima(s, s->n / (MAX_TROUGHS / 2));
}

void
floors_choose(struct series *s, struct leak_result *r)
{
	size_t *drop = xcalloc(s->n, sizeof(*drop));
	double limit;

	r->dropped = s->n <= 30 ? 3 : (s->n + 9) / 10;
	drop_first(s, r->dropped);
	limit = sharp_drop(s);
	for (size_t i = 1; i < s->n; i++)
		if (drops_at(s->y, i, limit))
			drop[r->drops++] = i;
	r->troughs = r->drops >= 5;
	if (r->troughs)
		keep_troughs(s, drop, r->drops);
	else
		keep_block_minima(s, s->n < 60 ? 1 : s->n / 30);
	free(drop);
	r->n_points = s->n;
	for (size_t i = 0; i < s->n; i++)
		s->log_ordinal[i] = log(s->ordinal[i] + 2);
	s->has_high_water = s->has_context && s->n >= 8 &&
	    s->high_water[s->n - 1] > s->high_water[0];
}

void
floors_free(struct series *s)
{
	free(s->y);
}

double
leak_floor(const double *bytes, size_t n)
{
	double least = NAN;

	for (size_t i = n > LEAK_FLOOR_SAMPLES ? n - LEAK_FLOOR_SAMPLES : 0;
	    i < n; i++)
		least = fmin(least, bytes[i]);
	return least;
}
