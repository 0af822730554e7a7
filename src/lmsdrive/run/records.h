#ifndef LMG_LMSDRIVE_RUN_RECORDS_H
#define LMG_LMSDRIVE_RUN_RECORDS_H

/* The records of an exchange, each as soon as what it tells is known. */

#include "exchange.h"

/* Once, when it will not be sent again, or when it is over. */
void records_request(struct exchange *x);

/* Also counts the piece, notes when the first and the last token came, and
 * when the next is due. */
void records_chunk(struct exchange *x, const struct piece *p,
    const struct arrival_time *when);

void records_response(struct exchange *x);

#endif
