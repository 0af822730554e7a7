#ifndef LMG_LMSDRIVE_CALIBRATE_CALIBRATE_H
#define LMG_LMSDRIVE_CALIBRATE_CALIBRATE_H

/*
 * The client's own noise, measured with the code that measures servers, on a
 * sender of known schedule (pacer.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"

struct calibration_options {
	int64_t streams;
	int64_t first_ns;	/* before the first chunk */
	int64_t gap_ns;		/* 0: flat out */
	int64_t duration_ns;
	bool role_chunk;
	bool bare;		/* only libcurl and the poller: no events, no
				 * records, no kernel clock */
};

/* All in ns.  NAN: not measured. */
struct calibration {
	struct calibration_options o;
	bool has_kernel_clock;
	int64_t chunks;		/* compared */
	double p50, p99, max;	/* arrival by our clock minus send */
	double ttft_p50, ttft_p99, ttft_max;	/* our TTFT minus the
						 * sender's */
	double cpu_per_chunk, chunks_per_cpu_s;
	int64_t max_rss_bytes;
};

/*
 * Measure.  Records go to a pipe whose reader throws them away.  To be called
 * before other threads or connections exist: it forks.  Returns 0, or -1
 * after a message.
 */
int calibrate(struct calibration *c, const struct calibration_options *o);

/* As members of the object being written. */
void calibration_write(struct json *j, const struct calibration *c);

#endif
