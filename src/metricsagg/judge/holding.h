#ifndef LMG_METRICSAGG_JUDGE_HOLDING_H
#define LMG_METRICSAGG_JUDGE_HOLDING_H

/*
 * Can what was sampled hold the model?  Where the owner of the port is a
 * proxy, a container's door or a launcher, the engine is another process, and
 * the memory of the owner says nothing about it.
 */

#include <stdbool.h>

#include "join/group.h"

/*
 * The name of the program at the port of va that is known to pass requests on,
 * when nothing else was found there; or NULL.
 */
const char *holding_forwarder(const struct run *r, const struct variant *va);

/*
 * The most that the processes of va held in a visit that answered, in bytes
 * (evicted_held()), and above what they held before the load, where that is
 * known.  NAN where there was no sample.
 */
struct holding {
	double most, grew;
};

struct holding holding_of(const struct run *r, const struct variant *va);

/*
 * Is there a forwarder, or did they hold less than the model's bytes, and less
 * than a quarter of them above what they held before the load?  A mapped GGUF
 * is read as a whole for every token, and no engine computes with weights it
 * does not hold; any program holds some MiB.  False where nothing of that is
 * known.
 */
bool holding_is_elsewhere(const struct run *r, const struct variant *va);

/* Does the server of any of its visits hold another variant, too? */
bool holding_is_shared(const struct run *r, const struct variant *va);

/* Is it known whose memory was sampled, and was it that of va alone? */
bool holding_is_told(const struct run *r, const struct variant *va);

/* The highest sample of a counter in a visit that answered; NAN: none. */
double holding_peak(const struct visit *at, enum counter c);

#endif
