#include <math.h>
#include <stdio.h>

#include "calibrate.h"
#include "draw.h"
#include "noise_family.h"
#include "stats/order.h"
#include "stats/quantile.h"
#include "stats/rounds.h"

enum { ROUNDS = 12, VISITS = 2 * ROUNDS };
enum { REQUESTS = VISITS * NOISE_PER_VISIT };

/* One run, A B, B A, ...; new is slower by the factor. */
static void
visits(struct rounds_visit *v, const struct noise_family *f, double factor,
    uint64_t *rng)
{
	double x[REQUESTS], y[NOISE_PER_VISIT];

	f->noise(x, REQUESTS, rng);
	for (int i = 0; i < VISITS; i++) {
		bool is_new = i / 2 % 2 ? i % 2 == 0 : i % 2 == 1;
		size_t n = 0;

		for (int k = 0; k < NOISE_PER_VISIT; k++)
			if (!is_new || !(draw_unit(rng) < f->failing))
				y[n++] = x[i * NOISE_PER_VISIT + k];
		order_sort(y, n);
		v[i] = (struct rounds_visit){ quantile_median(y, n) +
		    (is_new ? log(factor) : 0), 60.0 * i, 60, i + 1, is_new };
	}
}

struct rates {
	double different, equivalent, covered, rounds;
};

static struct rates
measure(const struct noise_family *f, double factor, int runs, uint64_t *rng)
{
	struct rates r = { 0, 0, 0, 0 };
	struct rounds_visit v[VISITS];
	struct rounds j;

	for (int i = 0; i < runs; i++) {
		visits(v, f, factor, rng);
		j = rounds_judge(v, VISITS, 2);
		r.different += j.verdict == COMPARE_DIFFERENT;
		r.equivalent += j.verdict == COMPARE_EQUIVALENT;
		r.rounds += j.decided_after > 0 ? (double)j.decided_after :
		    ROUNDS;
		if (j.decided_after > 0)	/* as the run stops */
			j = rounds_judge(v, 2 * j.decided_after, 2);
		r.covered += !(j.ci.lo > factor) && !(j.ci.hi < factor);
	}
	r.different /= runs;
	r.equivalent /= runs;
	r.covered /= runs;
	r.rounds /= runs;
	return r;
}

static int
print(double rate, double lo, double hi)
{
	int missed = rate < lo || rate > hi;

	printf(" %6.3f%s", rate, missed ? "!" : " ");
	return missed;
}

int
calibrate_rounds(int runs, uint64_t seed)
{
	static const double effect[] = { 1.05, 1.10, 1.30 };
	int missed = 0;

	/* Two metrics share the level, so one takes half of it. */
	printf("\nRounds: 12 at most, 3 requests a visit, one of two headline "
	    "metrics; ! misses its target\n%-24s %7s %7s %7s %7s %7s %7s %7s "
	    "%7s\n%-24s %7s %7s %7s\n", "family", "A/A", "3 %", "covered",
	    "covered", "5 %", "10 %", "30 %", "rounds", "", "differ", "same",
	    "A/A");
	for (const struct noise_family *f = noise_families; f->name != NULL;
	    f++) {
		struct rates aa = measure(f, 1, runs, &seed), r;

		printf("%-24s", f->name);
		missed += print(aa.different, 0, 0.025);
		r = measure(f, 1.03, runs, &seed);
		missed += print(r.equivalent, 0, 0.05);
		missed += print(aa.covered, 0.95, 1);
		missed += print(r.covered, 0.95, 1);
		for (size_t k = 0; k < 3; k++) {
			r = measure(f, effect[k], runs, &seed);
			missed += print(r.different, f->wanted[k], 1);
		}
		printf(" %7.1f\n", r.rounds);
	}
	return missed;
}
