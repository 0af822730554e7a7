#include "reuse.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "order.h"
#include "quantile.h"
#include "xalloc.h"

enum {
	OVERHEADS = 24,		/* tried: 0, and so many, doubling by halves */
	PARTS = 15,		/* of the longest prompt, likewise */
	LEAST_TURNS = 3, LEAST_CONVERSATIONS = 2
};

/* The mean misfit is taken to be no less: so well no times are known. */
static const double least_misfit = 0.01;

static const struct reuse nothing = { REUSE_NOT_TOLD, 0, NAN, NAN, 0, NAN };

/* ---- as told ------------------------------------------------------------ */

double
reuse_share(const struct reuse_turn *t)
{
	return t->before > 0 && !isnan(t->cached) ?
	    fmin(1, t->cached / t->before) : (double)NAN;
}

static uint32_t
last_turn(const struct reuse_turn *t, size_t n)
{
	uint32_t last = 0;

	for (size_t i = 0; i < n; i++)
		if (t[i].turn > last)
			last = t[i].turn;
	return last;
}

/* The median share of a turn that was reused, NAN: not told; x: scratch. */
static double
share_of(const struct reuse_turn *t, size_t n, uint32_t turn, double *x)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (t[i].turn == turn && !isnan(reuse_share(&t[i])))
			x[k++] = reuse_share(&t[i]);
	order_sort(x, k);
	return quantile_median(x, k);
}

/* What was reused from turn on, in the median. */
static double
tokens_from(const struct reuse_turn *t, size_t n, uint32_t turn, double *x)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (t[i].turn >= turn && !isnan(reuse_share(&t[i])))
			x[k++] = t[i].cached;
	order_sort(x, k);
	return quantile_median(x, k);
}

struct reuse
reuse_told(const struct reuse_turn *t, size_t n)
{
	double *x = xreallocarray(NULL, n + 1, sizeof(*x)), share;
	struct reuse r = nothing;
	uint32_t last = last_turn(t, n), told = 0;

	for (uint32_t k = 2; k <= last && r.verdict != REUSE_LOST &&
	    r.verdict != REUSE_PARTLY; k++) {
		share = share_of(t, n, k, x);
		if (isnan(share))
			continue;
		told++;
		if (share >= REUSE_KEPT_SHARE) {
			r.verdict = REUSE_KEPT;
		} else if (share < REUSE_LOST_SHARE) {
			r.verdict = REUSE_LOST;
			r.lost_at = k;
		} else {
			r.verdict = REUSE_PARTLY;
			r.kept_tokens = tokens_from(t, n, k, x);
		}
	}
	free(x);
	return told == 0 ? nothing : r;
}

/* ---- by the times ------------------------------------------------------- */

/* What a cache may do. */
struct habit {
	enum reuse_verdict verdict;
	uint32_t from, to;	/* lost: in these turns */
	double kept;		/* partly: the first tokens */
	double answer;		/* 1: the answer is reused, too; 0 */
};

/* The tokens that are left to be processed. */
static double
left(const struct habit *h, const struct reuse_turn *t)
{
	double reused = t->before + h->answer * t->answer;

	if (t->turn == 1 || t->before == 0)
		return t->all;
	if (h->verdict == REUSE_PARTLY)
		reused = fmin(h->kept, reused);
	if (h->verdict == REUSE_LOST && t->turn >= h->from &&
	    t->turn <= h->to)
		reused = 0;
	return fmax(1, t->all - reused);
}

struct fit {
	const struct reuse_turn *t;	/* n of them, all timed */
	size_t n;
	double *e, *x, *speed;		/* n each: residuals, scratch */
	size_t n_speeds;
};

/* The sum of absolute residuals with this overhead. */
static double
misfit(struct fit *f, const struct habit *h, double overhead)
{
	double sum = 0, s;
	size_t i, k, m;

	f->n_speeds = 0;
	for (i = 0; i < f->n; i += m) {
		for (m = 0; i + m < f->n && f->t[i + m].conversation ==
		    f->t[i].conversation; m++) {
			k = i + m;
			f->x[m] = f->e[k] = log(f->t[k].ttft_s /
			    (overhead + left(h, &f->t[k])));
		}
		order_sort(f->x, m);
		s = quantile_median(f->x, m);
		f->speed[f->n_speeds++] = s;
		for (k = i; k < i + m; k++)
			sum += fabs(f->e[k] - s);
	}
	return sum;
}

/* The best of each verdict. */
struct found {
	struct habit habit;
	double misfit, overhead;
};

static void
try_habit(struct fit *f, struct found best[REUSE_VERDICTS_N], struct habit h)
{
	struct found *b = &best[h.verdict];
	double overhead = 0, sum;

	for (int k = 0; k < OVERHEADS; k++) {
		if ((sum = misfit(f, &h, overhead)) < b->misfit)
			*b = (struct found){ h, sum, overhead };
		overhead = 16 * pow(2, 0.5 * k);
	}
}

static void
try_all(struct fit *f, struct found best[REUSE_VERDICTS_N])
{
	uint32_t last = last_turn(f->t, f->n);
	double longest = 0;

	for (size_t i = 0; i < f->n; i++)
		longest = fmax(longest, f->t[i].before);
	for (int answer = 0; answer < 2; answer++) {
		try_habit(f, best, (struct habit){ REUSE_KEPT, 0, 0, 0,
		    answer });
		for (uint32_t k = 2; k <= last; k++) {
			try_habit(f, best, (struct habit){ REUSE_LOST, k, last,
			    0, answer });
			try_habit(f, best, (struct habit){ REUSE_LOST, k, k, 0,
			    answer });
		}
	}
	for (int k = 0; k <= PARTS; k++)
		try_habit(f, best, (struct habit){ REUSE_PARTLY, 0, 0,
		    longest * (0.12 + 0.63 * k / PARTS), 0 });
}

/* Does no other verdict come near? */
static bool
is_apart(const struct found best[REUSE_VERDICTS_N], size_t at, size_t n)
{
	double mean = fmax(best[at].misfit / (double)n, least_misfit);
	double noise = REUSE_APART * mean * sqrt((double)n), least;

	for (size_t i = 0; i < REUSE_VERDICTS_N; i++) {
		least = (double)n * (i == REUSE_KEPT || at == REUSE_KEPT ?
		    REUSE_LEAST : REUSE_LEAST_LOST);
		if (i != at && best[i].misfit < best[at].misfit +
		    fmax(noise, least))
			return false;
	}
	return true;
}

static struct reuse
judge(struct fit *f)
{
	struct found best[REUSE_VERDICTS_N];
	struct reuse r = nothing;
	size_t at = REUSE_KEPT;

	for (size_t i = 0; i < REUSE_VERDICTS_N; i++)
		best[i].misfit = INFINITY;
	try_all(f, best);
	for (size_t i = 0; i < REUSE_VERDICTS_N; i++)
		if (best[i].misfit < best[at].misfit)
			at = i;
	r.overhead = best[at].overhead;
	r.answer = best[at].habit.answer;
	misfit(f, &best[at].habit, r.overhead);
	order_sort(f->speed, f->n_speeds);
	r.token_s = exp(quantile_median(f->speed, f->n_speeds));
	if (!is_apart(best, at, f->n))
		return r;
	r.verdict = best[at].habit.verdict;
	r.lost_at = best[at].habit.from;
	r.kept_tokens = r.verdict == REUSE_PARTLY ? best[at].habit.kept :
	    (double)NAN;
	return r;
}

struct reuse
reuse_timed(const struct reuse_turn *t, size_t n)
{
	struct reuse_turn *timed = xreallocarray(NULL, n + 1, sizeof(*timed));
	double *x = xreallocarray(NULL, n + 1, 3 * sizeof(*x));
	struct fit f = { timed, 0, x, x + n + 1, x + 2 * (n + 1), 0 };
	struct reuse r = nothing;
	size_t conversations = 0;

	for (size_t i = 0; i < n; i++)
		if (t[i].ttft_s > 0 && t[i].all > 0)
			timed[f.n++] = t[i];
	for (size_t i = 0; i < f.n; i++)
		conversations += i == 0 || timed[i].conversation !=
		    timed[i - 1].conversation;
	if (conversations >= LEAST_CONVERSATIONS &&
	    f.n >= LEAST_TURNS * conversations)
		r = judge(&f);
	free(x);
	free(timed);
	return r;
}
