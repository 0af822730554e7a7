#ifndef LMG_TESTS_LMSIM_ROUTE_H
#define LMG_TESTS_LMSIM_ROUTE_H

struct exchange;

/* Look at a complete request: reply, stream, or wait. */
void route(struct exchange *x);

#endif
