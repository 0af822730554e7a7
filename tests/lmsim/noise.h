#ifndef LMG_TESTS_LMSIM_NOISE_H
#define LMG_TESTS_LMSIM_NOISE_H

/*
 * What makes a machine answer one request faster than another: factors on all
 * times of a request, drawn from the seed, the same at every run.
 */

#include <stdbool.h>
#include <stdint.h>

/* Of ln(factor). */
struct noise_conf {
	double load_sd;		/* one draw for each load of a model */
	double request_sd;	/* of each request; */
	double ar;		/* ... correlated so with the one before */
	double throttle;	/* in the slow one of two states, which change
				 * at every tenth request by chance */
};

struct noise {
	uint64_t rng;
	double at;		/* of the last request, in sd */
	bool is_slow;
};

struct noise noise_new(uint64_t seed);

/* The factor of the next request; that of the next load. */
double noise_request(struct noise *n, const struct noise_conf *c);
double noise_load(uint64_t seed, int64_t load, const struct noise_conf *c);

#endif
