#ifndef LMG_LMSDRIVE_RUN_ANSWER_H
#define LMG_LMSDRIVE_RUN_ANSWER_H

/* The bytes of an answer, a stream or a body -> chunk records, and the facts of
 * the exchange.  What is longer than EXCHANGE_*_MAX is stopped. */

#include "exchange.h"

/* len bytes more; arg is the exchange.  -1: too much. */
int answer_bytes(void *arg, struct transfer *t, const char *bytes, size_t len,
    const struct arrival_time *when);

/* There will be no more: what is left is read, and the counts are settled. */
void answer_end(struct exchange *x);

#endif
