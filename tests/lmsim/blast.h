#ifndef LMG_TESTS_LMSIM_BLAST_H
#define LMG_TESTS_LMSIM_BLAST_H

/*
 * The generator of known schedule, for measuring clients: no models, no
 * workers, no library, next to no CPU of its own.
 *
 * Every POST is answered by an OpenAI chat stream of one token per chunk: the
 * first due first_ns after the request was received (by the kernel's time
 * stamp on Linux), then one every interval_ns; interval 0 sends as fast as the
 * client takes them.  Each token's text is the instant it was handed to the
 * kernel (CLOCK_MONOTONIC in ns, 19 digits and a space), so that any client can
 * compare.  GET /v1/models lists the model "blast".
 *
 * The truth log gets, at the end, a request line per stream (req, path,
 * prompt_sha256 and prompt_bytes of the last user text, received_ns, first_ns,
 * last_ns, completion_tokens, chunks, status) and, when paced, its chunk lines
 * (req, i, kind, bytes, tokens, planned_ns, and sent_ns and written_ns, before
 * and after the write): nothing is written while it is timed.
 */

#include <stdbool.h>
#include <stdint.h>

#include "truth.h"

struct blast_options {
	const char *bind;
	int port;
	int signal_fd;
	int64_t interval_ns;
	int64_t first_ns;
	int64_t tokens;	/* of a stream whose request says no max_tokens */
	bool has_role_chunk;	/* sent at once */
};

/* As sim_run(). */
int blast_run(struct truth *truth, const struct blast_options *o,
    int (*ready)(void *, int), void *arg);

#endif
