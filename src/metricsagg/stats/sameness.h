#ifndef LMG_METRICSAGG_STATS_SAMENESS_H
#define LMG_METRICSAGG_STATS_SAMENESS_H

/* Does the same prompt give the same output?  Pure. */

#include <stddef.h>
#include <stdint.h>

struct sameness_output {
	uint64_t prompt;	/* identity of prompt and sampling */
	uint64_t output;	/* digest of the output */
};

struct sameness {
	size_t groups;		/* prompts with two outputs or more */
	size_t requests;	/* outputs of those */
	double equal_ratio;	/* share of the pairs of outputs of one prompt
				   that are equal; NAN without groups */
};

/* o is reordered. */
struct sameness sameness_of(struct sameness_output *o, size_t n);

#endif
