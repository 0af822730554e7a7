#ifndef LMG_LMSDRIVE_PLAN_TOKENS_H
#define LMG_LMSDRIVE_PLAN_TOKENS_H

/* About how many tokens a request of a step takes, before anything is sent. */

#include "step/step.h"

/* Of what is new in it. */
double tokens_prompt(const struct step *s);

/* How often what is new in a turn is sent: the whole is, but for an agent. */
double tokens_times(const struct step *s);

/* Of the context before its answer: the prompt, and in a conversation what
 * went before. */
double tokens_context(const struct step *s);

#endif
