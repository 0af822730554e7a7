/* Thresholds of "metricsagg compare": how they are read and decided. */
#include <math.h>

#include "failif.h"
#include "tap.h"

static int
add(struct failif *f, const char *text)
{
	struct failifs to = { .n = 0 };
	char why[FAILIF_WHY_CAP];
	int rc = failif_add(&to, text, why);

	*f = to.v[0];
	return rc;
}

static void
test_add(void)
{
	static const char *const bad[] = { "", "decode_tps", "decode_tps <",
	    "decode_tps < -5", "decode_tps < x%", "decode_tps = 5%", "< 5%",
	    "decode_tps < -5% x", "decode_tps < nan%", "a b < 5%",
	    "ttfa_s > 5%", "nothing_that_is_known_anywhere_at_all > 5%" };
	struct failifs many = { .n = 0 };
	char why[FAILIF_WHY_CAP];
	struct failif f;

	ok(add(&f, "decode_tps < -5%") == 0 && f.is_below &&
	    f.m == M_DECODE_TPS, "decode_tps < -5%%");
	is_near(f.change, -0.05, 1e-15, "its change");
	ok(add(&f, " ttft_s>+12.5 % ") == 0 && !f.is_below && f.m == M_TTFT,
	    "white space and a plus sign do not matter");
	is_near(f.change, 0.125, 1e-15, "12.5 %");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(add(&f, bad[i]) == -1, "'%s' is no rule", bad[i]);
	failif_add(&many, "tfft_s > 5%", why);
	is_text(why, "tfft_s is not compared; did you mean 'ttft_s'?",
	    "the nearest that is");
	failif_add(&many, "speed > 5%", why);
	is_text(why, "speed is not compared; ttft_s, prefill_tps, decode_tps, "
	    "median_icl_s, e2e_s, load_s and peak_memory_mib are",
	    "all that are, where none is near");
	while (many.n < FAILIF_MOST)
		failif_add(&many, "ttft_s > 5%", why);
	ok(failif_add(&many, "ttft_s > 5%", why) == -1, "one too many");
	is_text(why, "more than 32 rules", "why");
}

static enum failif_verdict
decide(const char *rule, double ratio, double lo, double hi, double p)
{
	struct failif f;

	add(&f, rule);
	return failif_decide(&f, ratio, lo, hi, p);
}

static void
test_decide(void)
{
	const char *slower = "decode_tps < -5%", *later = "ttft_s > 10%";

	ok(decide(slower, 0.90, 0.88, 0.92, 0.001) == FAILIF_FAIL,
	    "10 %% slower, significant: fails");
	ok(decide(slower, 0.90, 0.70, 1.10, 0.3) == FAILIF_UNSURE,
	    "10 %% slower, not significant: cannot tell");
	ok(decide(slower, 0.97, 0.96, 0.98, 0.001) == FAILIF_PASS,
	    "3 %% slower, surely not 5: passes");
	ok(decide(slower, 1.00, 0.80, 1.20, 0.9) == FAILIF_UNSURE,
	    "no change seen, but 5 %% possible: cannot tell");
	ok(decide(slower, 1.30, 1.20, 1.40, 0.001) == FAILIF_PASS,
	    "faster: passes");
	ok(decide(later, 1.20, 1.15, 1.25, 0.001) == FAILIF_FAIL,
	    "ttft 20 %% later: fails");
	ok(decide(later, 1.05, 1.02, 1.08, 0.001) == FAILIF_PASS,
	    "ttft 5 %% later: passes");
	ok(decide(later, NAN, NAN, NAN, NAN) == FAILIF_UNSURE,
	    "nothing measured: cannot tell");
	ok(decide(slower, 0.8, NAN, NAN, NAN) == FAILIF_UNSURE,
	    "no test: cannot tell");
}

int
main(void)
{
	test_add();
	test_decide();
	return tap_done();
}
