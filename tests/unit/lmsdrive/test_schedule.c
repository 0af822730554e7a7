/* Open-loop arrival times. */

#include "clock.h"
#include "run/schedule.h"
#include "tap.h"

static struct step
open_step(enum arrival arrival, double rate, double end, int64_t n)
{
	struct step s;

	step_init(&s);
	s.arrival = arrival;
	s.rate_per_s = rate;
	s.rate_end_per_s = end;
	s.requests = n;
	s.arrival_seed = 42;
	return s;
}

static void
test_constant(void)
{
	struct step s = open_step(ARRIVAL_CONSTANT, 4, NAN, 5);
	struct schedule c;
	int exact = 1;

	schedule_init(&c, &s);
	for (int64_t k = 0; k < 5; k++)
		exact &= schedule_next(&c) == k * NS_PER_S / 4;
	ok(exact, "4 per second are 250 ms apart, from 0");
	step_fini(&s);
}

static void
test_ramp(void)
{
	struct step s = open_step(ARRIVAL_CONSTANT, 1, 4, 5);
	/* gaps 1/1, 1/2, 1/3, 1/4 */
	static const double want[] = { 0, 1, 1.5, 1.5 + 1. / 3,
	    1.75 + 1. / 3 };
	struct schedule c;

	schedule_init(&c, &s);
	for (int k = 0; k < 5; k++)
		is_near((double)schedule_next(&c) / 1e9, want[k], 1e-8,
		    "a ramp from 1 to 4 per second");
	step_fini(&s);
}

/* 1 to 3 per second in 10 s: t + t^2/10 arrivals, 20 of them until the end. */
static void
test_ramp_in_time(void)
{
	static const struct { int k; double at; } want[] = {
		{ 0, 0 }, { 1, 0.91607978309961613 }, { 20, 10 },
		{ 26, 12 }
	};
	struct step s = open_step(ARRIVAL_CONSTANT, 1, 3, 100);
	struct schedule c;
	size_t i = 0;
	double at;
	int k;

	s.duration_ns = 10 * NS_PER_S;
	schedule_init(&c, &s);
	for (k = 0; k <= 26; k++) {
		at = (double)schedule_next(&c) / 1e9;
		if (k == want[i].k)
			is_near(at, want[i++].at, 1e-8, "a ramp from 1 to 3 "
			    "per second in 10 s, then 3");
	}
	s.rate_per_s = 3, s.rate_end_per_s = 1;
	schedule_init(&c, &s);
	for (k = 0; k <= 20; k++)
		at = (double)schedule_next(&c) / 1e9;
	is_near(at, 10, 1e-8, "falling from 3 to 1: 20, too");
	s.rate_per_s = s.rate_end_per_s = 1e-300;
	schedule_init(&c, &s);
	schedule_next(&c);
	ok(schedule_next(&c) == 3000000000000000000, "a rate of nearly "
	    "nothing: in a century");
	step_fini(&s);
}

/* The number of arrivals of a Poisson ramp has mean 2000 and sd 45. */
static void
test_poisson_ramp(void)
{
	struct step s = open_step(ARRIVAL_POISSON, 10, 30, 10000);
	struct schedule c;
	int n = 0, half = 0;
	double at;

	s.duration_ns = 100 * NS_PER_S;
	schedule_init(&c, &s);
	while ((at = (double)schedule_next(&c) / 1e9) < 100) {
		n++;
		half += at < 50;
	}
	ok(n > 2000 - 180 && n < 2000 + 180, "10 to 30 per second at random "
	    "in 100 s: %d, about 2000", n);
	ok(half > 750 - 110 && half < 750 + 110, "of them in the first half "
	    "%d, about 750", half);
	step_fini(&s);
}

static void
test_poisson(void)
{
	enum { N = 20000 };
	struct step s = open_step(ARRIVAL_POISSON, 10, NAN, N);
	struct schedule c, d;
	int64_t before = 0, at;
	double sum = 0, squares = 0, gap, mean, var;
	int same = 1, rising = 1;

	schedule_init(&c, &s);
	schedule_init(&d, &s);
	for (int k = 0; k < N; k++) {
		at = schedule_next(&c);
		same &= at == schedule_next(&d);
		rising &= at >= before;
		if (k > 0) {
			gap = (double)(at - before) / 1e9;
			sum += gap;
			squares += gap * gap;
		}
		before = at;
	}
	mean = sum / (N - 1);
	var = squares / (N - 1) - mean * mean;
	ok(same, "the same seed gives the same arrivals");
	ok(rising, "arrivals are in order");
	is_near(mean, 0.1, 0.003, "the mean gap is 1/rate");
	is_near(sqrt(var) / mean, 1, 0.03, "gaps vary as exponential ones do");
	step_fini(&s);
}

int
main(void)
{
	test_constant();
	test_ramp();
	test_ramp_in_time();
	test_poisson_ramp();
	test_poisson();
	return tap_done();
}
