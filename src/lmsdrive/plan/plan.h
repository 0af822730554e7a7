#ifndef LMG_LMSDRIVE_PLAN_PLAN_H
#define LMG_LMSDRIVE_PLAN_PLAN_H

/*
 * From a configuration to the steps of a plan.  Nothing is contacted; the
 * same configuration, selection and seed give the same steps.  A selection
 * gives those steps of the whole plan that belong to it, with the same texts,
 * seeds and block numbers.
 */

#include <stdint.h>

#include "config/config.h"
#include "step/step.h"

struct plan_select {
	/* NULL-terminated lists of names, known to the configuration; NULL:
	 * all, and of the scenarios those the suite lists. */
	const char *const *pairs, *const *variants, *const *scenarios;
	char *server_url;	/* instead of the suite's own, or NULL */
	int64_t seed;		/* -1: the configuration's */
	int64_t blocks;		/* -1: the configuration's */
	int64_t budget_ns;	/* -1: the configuration's */
	int64_t decode_tps, prefill_tps;	/* assumed for its duration */
};

/* Called with each step in order; s is valid during the call only. */
typedef void plan_step_fn(void *arg, const struct step *s);

/*
 * Does every prompt of the selection fit into the context that its variant
 * asks for?  Returns 0, or -1 after messages.
 */
int plan_check(const struct config *c, const struct plan_select *sel);

/*
 * Make the plan.  With a budget the pairs take turns, round by round, so that
 * all are equally far when it is used up: first the scenario that decides, in
 * all rounds, then the others in rounds of their own.  Returns the number of
 * steps.
 */
int64_t plan_make(const struct config *c, const struct plan_select *sel,
    plan_step_fn *fn, void *arg);

#endif
