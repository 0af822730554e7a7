#include "noise.h"

#include <math.h>

#include "rng.h"

/* Close to a normal one, of mean 0 and standard deviation 1. */
static double
draw(uint64_t *rng)
{
	double sum = 0;

	for (int i = 0; i < 12; i++)
		sum += rng_unit(rng);
	return sum - 6;
}

struct noise
noise_new(uint64_t seed)
{
	struct noise n = { rng_seed(seed, "noise"), 0, false };

	n.at = draw(&n.rng);
	return n;
}

double
noise_request(struct noise *n, const struct noise_conf *c)
{
	n->at = c->ar * n->at + sqrt(1 - c->ar * c->ar) * draw(&n->rng);
	if (rng_unit(&n->rng) < 0.1)
		n->is_slow = !n->is_slow;
	return exp(c->request_sd * n->at + (n->is_slow ? c->throttle : 0));
}

double
noise_load(uint64_t seed, int64_t load, const struct noise_conf *c)
{
	uint64_t rng = rng_seed(seed + (uint64_t)load, "load");

	return exp(c->load_sd * draw(&rng));
}
