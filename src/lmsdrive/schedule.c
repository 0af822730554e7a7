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
		.rng = s->arrival_seed
	};
}

int64_t
schedule_next(struct schedule *c)
{
	double rate = c->rate_per_s, gap;

	if (c->k++ == 0)
		return 0;
	if (isfinite(c->rate_end_per_s) && c->requests > 2)
		rate += (c->rate_end_per_s - c->rate_per_s) *
		    (double)(c->k - 2) / (double)(c->requests - 2);
	gap = 1 / rate;
	if (c->arrival == ARRIVAL_POISSON)
		gap *= -log1p(-rng_unit(&c->rng));
	c->at_s += gap;
	return (int64_t)llround(c->at_s * (double)NS_PER_S);
}
