#include "schedule.h"

#include <math.h>

#include "clock.h"
#include "rng.h"

void
schedule_init(struct schedule *c, const struct step *s)
{
	*c = (struct schedule){
		.arrival = s->arrival, .rate_per_s = s->rate_per_s,
		.rate_end_per_s = s->rate_end_per_s, .requests = s->requests,
		.duration_s = s->duration_ns > 0 ? (double)s->duration_ns /
		    (double)NS_PER_S : NAN,
		.rng = s->arrival_seed
	};
}

/* A century is as good as never. */
static int64_t
to_ns(double s)
{
	return s < 3e9 ? (int64_t)llround(s * (double)NS_PER_S) :
	    3 * NS_PER_S * NS_PER_S;
}

/*
 * The instant at which a rate that goes from r0 to r1 in duration d, and stays
 * there, has brought n arrivals: the root of r0 t + (r1 - r0) t^2 / 2d = n,
 * in the form that also holds for r1 = r0.
 */
static double
ramp_instant(const struct schedule *c, double n)
{
	double r0 = c->rate_per_s, r1 = c->rate_end_per_s, d = c->duration_s;
	double total = (r0 + r1) / 2 * d;

	if (n >= total)
		return d + (n - total) / r1;
	return 2 * n / (r0 + sqrt(r0 * r0 + 2 * (r1 - r0) / d * n));
}

int64_t
schedule_next(struct schedule *c)
{
	double rate = c->rate_per_s, gap;

	if (c->k++ == 0)
		return 0;
	if (isfinite(c->rate_end_per_s) && isfinite(c->duration_s)) {
		c->n += c->arrival == ARRIVAL_POISSON ?
		    -log1p(-rng_unit(&c->rng)) : 1;
		return to_ns(ramp_instant(c, c->n));
	}
	if (isfinite(c->rate_end_per_s) && c->requests > 2)
		rate += (c->rate_end_per_s - c->rate_per_s) *
		    (double)(c->k - 2) / (double)(c->requests - 2);
	gap = 1 / rate;
	if (c->arrival == ARRIVAL_POISSON)
		gap *= -log1p(-rng_unit(&c->rng));
	c->at_s += gap;
	return to_ns(c->at_s);
}
