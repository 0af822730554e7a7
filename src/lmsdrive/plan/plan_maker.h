#ifndef LMG_LMSDRIVE_PLAN_PLAN_MAKER_H
#define LMG_LMSDRIVE_PLAN_PLAN_MAKER_H

/*
 * A plan in the making, and how a step is added to it.  plan.c decides which
 * variant is visited when and what share of each scenario a visit does;
 * requests.c makes the requests of one scenario in one visit.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plan.h"

/* A prompt at one length, or a kind of question: what a scenario repeats. */
struct item {
	const struct prompt_entry *entry;	/* NULL: generated */
	bool is_agent;
	struct step_prompt prompt;	/* as far as its requests share it */
	int64_t sent;			/* in this visit */
};

struct maker {
	const struct config *c;
	const struct plan_select *sel;
	plan_step_fn *fn;
	void *arg;
	uint64_t seed;
	int64_t blocks;
	int64_t budget_ns;		/* -1: none */
	enum { PART_ALL, PART_HEADLINE, PART_REST } part;
	const struct scenario *headline;	/* for the parts */
	int64_t n_steps;
	int64_t visit;			/* of this variant, from 0 */
	struct step *stay;		/* the loads of what stays loaded */
	size_t n_stay, cap_stay;
	struct step base;		/* what all steps of the visit share */
	const struct config_pair *pair;
	const struct config_variant *variant;
	const struct scenario *sc;
	struct item *items;
	size_t n_items;
};

/* Number the step and hand it on. */
void maker_emit(struct maker *m, struct step *s);

/* An idle step of the visit; nothing when idle_ns is 0. */
void maker_emit_idle(struct maker *m, int64_t idle_ns, bool cooldown);

/* A load or unload step of the visit. */
void maker_emit_load(struct maker *m, enum step_op op);

/* A random order of the numbers below n, from the seed of this plan and what
 * it is for. */
void maker_shuffle(const struct maker *m, size_t *order, size_t n,
    const char *what);

/* The length of the answers of sc, in tokens. */
int64_t maker_answer_tokens(const struct config *c, const struct scenario *sc);

/* Where a variant names no context_length, questions and prefixes take this one
 * for it: what LM Studio loads by itself. */
enum { MAKER_CONTEXT = 4096 };

/*
 * The length, in tokens, of rung i < sc->n_prompt_tokens for the pair.  For 0,
 * as long as fits: nine tenths of what the answer leaves of a turn's share of
 * the smallest context_length of the pair, so that the template and words of
 * several tokens have room.  -1 when a variant has no context_length and the
 * scenario asks no questions (then it is taken to have MAKER_CONTEXT).
 */
int64_t maker_prompt_tokens(const struct config *c,
    const struct config_pair *p, const struct scenario *sc, size_t i);

/* ---- requests.c --------------------------------------------------------- */

/* Does sc send several requests side by side, at this many load levels? */
size_t requests_levels(const struct scenario *sc);

/*
 * The steps of scenario sc in this visit: repetitions (or reload cycles) first
 * to first + share - 1, from 0.
 */
void requests_emit(struct maker *m, const struct scenario *sc, int64_t first,
    int64_t share);

#endif
