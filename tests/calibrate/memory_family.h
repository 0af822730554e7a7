#ifndef LMG_TESTS_CALIBRATE_MEMORY_FAMILY_H
#define LMG_TESTS_CALIBRATE_MEMORY_FAMILY_H

/*
 * Floors of memory as servers show them, with and without a leak.  A family
 * is a shape of everything that is not a leak, in MiB, request by request; a
 * leak is added on top.
 */

#include <stddef.h>
#include <stdint.h>

struct memory_run {
	size_t n;		/* requests */
	double *floor;		/* MiB */
	double *context;	/* tokens of each request */
};

struct memory_family {
	const char *name;
	/* Fill r->floor with leak MiB per request (0: none); r->context is
	 * filled by the families whose contexts differ, else left alone. */
	void (*make)(struct memory_run *r, double leak, uint64_t *rng);
	int contexts;		/* contexts differ */
};

/* Ends with a NULL name. */
extern const struct memory_family memory_nulls[];
extern const struct memory_family memory_leaks[];

#endif
