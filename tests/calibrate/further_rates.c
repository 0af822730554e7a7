#include <math.h>
#include <stdio.h>

#include "calibrate.h"
#include "draw.h"
#include "noise_family.h"
#include "stats/further.h"
#include "stats/order.h"
#include "stats/quantile.h"

enum { ROUNDS = 12 + 2 * FURTHER_FAR, VISITS = 2 * ROUNDS };
enum { REQUESTS = VISITS * NOISE_PER_VISIT };

static const double factors[] = { 1, 1.02, 1.03, 1.05, 1.1, 1.3 };
enum { N_FACTORS = sizeof(factors) / sizeof(factors[0]) };

/* One long run, A B, B A, ...; new is slower by the factor. */
static void
visits(struct rounds_visit *v, const struct noise_family *f, double factor,
    uint64_t *rng)
{
	static double x[REQUESTS];
	double *y;

	f->noise(x, REQUESTS, rng);
	for (int i = 0; i < VISITS; i++) {
		bool is_new = i / 2 % 2 ? i % 2 == 0 : i % 2 == 1;

		y = x + (size_t)i * NOISE_PER_VISIT;
		order_sort(y, NOISE_PER_VISIT);
		v[i] = (struct rounds_visit){ quantile_median(y,
		    NOISE_PER_VISIT) + (is_new ? log(factor) : 0), 60.0 * i,
		    60, i + 1, is_new };
	}
}

/* What was said after so many rounds, and what came. */
struct said {
	int undecided, told, right;
};

static void
look(struct said *s, const struct rounds_visit *v, size_t rounds)
{
	struct rounds r = rounds_judge(v, 2 * rounds, 2);
	double further, took;

	if (r.verdict != COMPARE_INCONCLUSIVE)
		return;
	s->undecided++;
	further = further_rounds(&r);
	if (isnan(further))
		return;
	s->told++;
	r = rounds_judge(v, VISITS, 2);
	took = r.decided_after > 0 ? (double)(r.decided_after - rounds) :
	    INFINITY;
	s->right += took >= further / 2 && took <= 2 * further;
}

int
calibrate_further(int runs, uint64_t seed)
{
	static const size_t looks[] = { 3, 4, 6, 8, 12 };
	struct rounds_visit v[VISITS];
	struct said all = { 0, 0, 0 };
	int missed = 0;

	printf("\nHow many more rounds: right is within a factor of two, after "
	    "3, 4, 6, 8 and 12 rounds,\ntrue differences of 0 to 30 %%, of "
	    "runs not decided then;\n! is below 0.8 by more than chance\n%-24s "
	    "%9s %7s %7s\n", "family", "undecided",
	    "told", "right");
	for (const struct noise_family *f = noise_families; f->name != NULL;
	    f++) {
		struct said s = { 0, 0, 0 };
		double share;
		bool wrong;

		if (f->failing > 0)	/* the same noise as the first */
			continue;
		for (int i = 0; i < runs; i++) {
			visits(v, f, factors[i % N_FACTORS], &seed);
			for (size_t k = 0; k < 5; k++)
				look(&s, v, looks[k]);
		}
		share = (double)s.right / s.told;
		wrong = share < 0.8 - 2.5 * sqrt(0.2 * 0.8 / s.told);
		printf("%-24s %9d %7.3f %7.3f%s\n", f->name, s.undecided,
		    (double)s.told / s.undecided, share, wrong ? "!" : "");
		missed += wrong;
		all.undecided += s.undecided;
		all.told += s.told;
		all.right += s.right;
	}
	printf("\n%-44s measured  reference  target\n", "");
	calibrate_line("more rounds: told, of what is not decided",
	    (double)all.told / all.undecided, "", 0, 1);
	return missed + calibrate_line("more rounds: right within a factor of "
	    "two",
	    (double)all.right / all.told, "", 0.8, 1);
}
