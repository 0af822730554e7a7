#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "calibrate.h"
#include "memory_family.h"
#include "rng.h"
#include "stats/dist.h"
#include "stats/leak.h"
#include "stats/trend.h"
#include "xalloc.h"

#define SIZES 4
#define MIB 1048576.0

static const size_t sizes[SIZES] = { 20, 50, 100, 200 };

/* Power as statistics.md has it, the mean over its families. */
static const double leaks[3] = { 0.2, 1, 5 };
static const double power_reference[3][SIZES] = {
	{ .04, .32, .61, .86 },
	{ .34, .81, .96, 1.0 },
	{ .70, .95, 1.0, 1.0 }
};

/* The floors of n requests; buf is for 2 n values. */
static struct leak_input
floors(const struct memory_family *f, size_t n, double leak, uint64_t *rng,
    double *buf)
{
	struct memory_run run = { n, buf, buf + n };

	f->make(&run, leak, rng);
	for (size_t i = 0; i < n; i++)		/* pages of 16 KiB */
		buf[i] = floor(buf[i] * 64) / 64 * MIB;
	return (struct leak_input){ n, buf, f->contexts ? buf + n : NULL, NAN,
	    0 };
}

static struct leak_result
one_run(const struct memory_family *f, size_t n, double leak, uint64_t *rng)
{
	double *buf = xreallocarray(NULL, n, 2 * sizeof(*buf));
	struct leak_input in = floors(f, n, leak, rng, buf);
	struct leak_result r = leak_test(&in);

	free(buf);
	return r;
}

/* One-sided p of the slope of an ordinary regression line. */
static double
ols_p(const double *t, const double *y, size_t n)
{
	double mt = 0, my = 0, tt = 0, ty = 0, rest = 0, slope, df;

	for (size_t i = 0; i < n; i++) {
		mt += t[i] / (double)n;
		my += y[i] / (double)n;
	}
	for (size_t i = 0; i < n; i++) {
		tt += (t[i] - mt) * (t[i] - mt);
		ty += (t[i] - mt) * (y[i] - my);
	}
	slope = ty / tt;
	for (size_t i = 0; i < n; i++)
		rest += pow(y[i] - my - slope * (t[i] - mt), 2);
	df = (double)n - 2;
	return dist_t_sf(slope / sqrt(rest / df / tt), df);
}

/* What most tools do: a rising line, or Mann-Kendall, on the bare floors. */
static void
naive(const struct memory_family *f, size_t n, int runs, uint64_t seed,
    double *line, double *kendall)
{
	double *buf = xreallocarray(NULL, n, 3 * sizeof(*buf));
	double *t = buf + 2 * n;
	struct memory_run run = { n, buf, buf + n };
	uint64_t rng = rng_seed(seed, f->name);

	for (size_t i = 0; i < n; i++)
		t[i] = (double)i;
	for (int i = 0; i < runs; i++) {
		struct trend mk;

		f->make(&run, 0, &rng);
		mk = trend_of(t, buf, n);
		*kendall += (mk.p < 0.05 && mk.s > 0) / (double)runs;
		*line += (ols_p(t, buf, n) < 0.05) / (double)runs;
	}
	free(buf);
}

static void
naive_rates(int runs, uint64_t seed)
{
	double line = 0, kendall = 0;
	int families = 0;

	for (const struct memory_family *f = memory_nulls; f->name != NULL;
	    f++, families++)
		naive(f, 100, runs, seed, &line, &kendall);
	calibrate_line("  for comparison: OLS slope > 0, n = 100",
	    line / families, ".66-.70", 0, 1);
	calibrate_line("  for comparison: Mann-Kendall, uncorrected",
	    kendall / families, ".24-.55", 0, 1);
}

static double
share_of_leaks(const struct memory_family *f, size_t n, double leak, int runs,
    uint64_t seed)
{
	uint64_t rng = rng_seed(seed + n + (uint64_t)(leak * 1000), f->name);
	int found = 0;

	for (int i = 0; i < runs; i++)
		found += one_run(f, n, leak, &rng).verdict == LEAK_LEAK;
	return (double)found / runs;
}

static int
false_positives(int runs, uint64_t seed)
{
	double worst = 0, pooled = 0;
	int families = 0, missed;

	printf("\nLeak verdicts without a leak\n%-26s  n = 20     50    100    "
	    "200   all\n", "family");
	for (const struct memory_family *f = memory_nulls; f->name != NULL;
	    f++) {
		double mean = 0;

		printf("%-26s ", f->name);
		for (int k = 0; k < SIZES; k++) {
			double share = share_of_leaks(f, sizes[k], 0, runs,
			    seed);

			mean += share / SIZES;
			printf("  %.3f", share);
		}
		printf("  %.3f\n", mean);
		fflush(stdout);
		pooled += mean;
		worst = fmax(worst, mean);
		families++;
	}
	printf("\n%-44s measured  reference  target\n", "");
	missed = calibrate_line("leak: false positives, pooled",
	    pooled / families, ".006-.013", 0, 0.015);
	missed += calibrate_line("leak: false positives, worst family", worst,
	    ".051", 0, 0.08);
	naive_rates(runs, seed);
	return missed;
}

static int
power(int runs, uint64_t seed)
{
	double mean[3][SIZES] = { { 0 } };
	int families = 0, missed = 0;

	for (const struct memory_family *f = memory_leaks; f->name != NULL;
	    f++, families++) {
		printf("\nLeak found, family %s\n", f->name);
		for (int l = 0; l < 3; l++) {
			printf("  %.1f MiB per request       ", leaks[l]);
			for (int k = 0; k < SIZES; k++) {
				double share = share_of_leaks(f, sizes[k],
				    leaks[l], runs, seed);

				mean[l][k] += share;
				printf("  %.3f", share);
			}
			printf("\n");
		}
		fflush(stdout);
	}
	printf("\n%-44s measured  reference  target\n", "");
	for (int l = 0; l < 3; l++)
		for (int k = 0; k < SIZES; k++) {
			char what[80], reference[16];
			double least = l == 1 && k == 1 ? 0.78 :
			    l == 1 && k == 2 ? 0.94 :
			    l == 0 && k == 3 ? 0.83 : 0;

			snprintf(what, sizeof(what),
			    "leak: power, n = %zu, %.1f MiB per request",
			    sizes[k], leaks[l]);
			snprintf(reference, sizeof(reference), "%.2f",
			    power_reference[l][k]);
			missed += calibrate_line(what, mean[l][k] / families,
			    reference, least, 1);
		}
	return missed;
}

/* Is a leak of the size the run itself printed as MDL90 found? */
static int
mdl(int runs, uint64_t seed)
{
	double mean = 0;
	int families = 0;

	for (const struct memory_family *f = memory_leaks; f->name != NULL;
	    f++, families++) {
		uint64_t rng = rng_seed(seed, f->name);
		double typical = 0;
		int found = 0, some = runs / 10 + 1;

		for (int i = 0; i < some; i++)
			typical += one_run(f, 100, 0, &rng).mdl90 / MIB / some;
		for (int i = 0; i < runs; i++)
			found += one_run(f, 100, typical, &rng).verdict ==
			    LEAK_LEAK;
		printf("  MDL90 %6.3f MiB, n = 100, %-24s found %.3f\n",
		    typical,
		    f->name, (double)found / runs);
		mean += (double)found / runs;
	}
	return calibrate_line("leak: found at the printed MDL90, n = 100",
	    mean / families, "(.90)", 0, 1);
}

/* ---- a run that stops ----------------------------------------------------*/

enum { PLANNED = 60, LOOK = 10, COUNTERS = 5 };

struct stopping {
	double stopped, used;
};

static struct stopping
stop(const struct memory_family *f, double leak, int runs, uint64_t seed)
{
	struct stopping s = { 0, 0 };
	uint64_t rng = rng_seed(seed, f->name);
	double buf[2 * PLANNED];

	for (int i = 0; i < runs; i++) {
		struct leak_input in = floors(f, PLANNED, leak, &rng, buf);
		struct leak_result r;
		bool is_over = false;

		for (in.n = LEAK_LEAST_FLOORS; in.n < PLANNED; in.n += LOOK) {
			r = leak_test(&in);
			if ((is_over = leak_is_settled(&r)))
				break;
		}
		s.stopped += is_over;
		s.used += (double)in.n;
	}
	s.stopped /= runs;
	s.used /= runs;
	return s;
}

static int
stopping(int runs, uint64_t seed)
{
	double stopped = 0, used = 0, worst = 0;
	const struct memory_family *f;
	int n = 0, missed;

	printf("\nA leak run of %d requests that ends when a leak of 1 MiB "
	    "would have been seen\n%-26s  ended  requests\n", PLANNED,
	    "family without a leak");
	for (f = memory_nulls; f->name != NULL; f++) {
		struct stopping s = stop(f, 0, runs, seed);

		printf("%-26s  %.3f  %8.1f\n", f->name, s.stopped, s.used);
	}
	printf("with a leak of 1 MiB a request\n");
	for (f = memory_leaks; f->name != NULL; f++, n++) {
		struct stopping s = stop(f, 1, runs, seed);

		printf("%-26s  %.3f  %8.1f\n", f->name, s.stopped, s.used);
		stopped += s.stopped;
		used += s.used;
		worst = fmax(worst, s.stopped);
	}
	printf("\n%-44s measured  reference  target\n", "");
	missed = calibrate_line("leak of 1 MiB: ended before it was seen",
	    stopped / n, "", 0, 0.02);
	return missed + calibrate_line("  worst family", worst, "", 0, 0.05);
}

/* Does any of several counters, each with noise of its own, show a leak? */
static int
any_counter(int runs, uint64_t seed)
{
	double pooled = 0, worst = 0;
	int families = 0, missed;

	for (const struct memory_family *f = memory_nulls; f->name != NULL;
	    f++, families++) {
		uint64_t rng = rng_seed(seed, f->name);
		double buf[2 * PLANNED];
		int any = 0;

		for (int i = 0; i < runs; i++) {
			bool is_leak = false;

			for (size_t c = 0; c < COUNTERS; c++) {
				struct leak_input in = floors(f, PLANNED, 0,
				    &rng, buf);

				in.beside = c == 0 ? 0 : LEAK_BESIDE;
				is_leak |= leak_test(&in).verdict == LEAK_LEAK;
			}
			any += is_leak;
		}
		pooled += (double)any / runs;
		worst = fmax(worst, (double)any / runs);
	}
	missed = calibrate_line("leak: any of 5 counters, n = 60, pooled",
	    pooled / families, "", 0, 0.05);
	return missed + calibrate_line("  worst family", worst, "", 0, 0.08);
}

int
calibrate_leak(int runs, uint64_t seed)
{
	int missed = false_positives(runs, seed);

	missed += power(runs / 2 + 1, seed);
	missed += mdl(runs / 2 + 1, seed);
	missed += stopping(runs / 2 + 1, seed);
	return missed + any_counter(runs / 5 + 1, seed);
}
