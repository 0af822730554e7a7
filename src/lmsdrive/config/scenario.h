#ifndef LMG_LMSDRIVE_CONFIG_SCENARIO_H
#define LMG_LMSDRIVE_CONFIG_SCENARIO_H

/*
 * Scenarios: entries of scenarios.yaml.  None has code of its own; what they
 * do follows from these parameters, see lmgauge-config(5).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "step/step.h"
#include "prompts.h"
#include "yamldoc.h"

/* How many visits of a variant a scenario takes part in. */
enum scenario_blocks {
	BLOCKS_SPLIT,		/* repeat is shared out over all visits */
	BLOCKS_WHOLE,		/* all of it in one visit */
	BLOCKS_EACH		/* all of it in every visit */
};

/* What one repetition sends. */
enum scenario_draw {
	DRAW_ALL,		/* every prompt and length once, in order */
	DRAW_CYCLE,		/* one of them, in turn */
	DRAW_SHUFFLE		/* one of them; each round in random order */
};

enum scenario_cache {
	CACHE_COLD,		/* a text never sent before */
	CACHE_WARM,		/* the same text again and again */
	CACHE_PAIR		/* a new text, then the same once more */
};

struct scenario {
	char *name;
	bool is_listed;		/* the suite names it */
	char **prompts;		/* names; none: generated documents only */
	size_t n_prompts;
	int64_t *prompt_tokens;	/* ladder of document lengths; 0: as long as
				 * fits into the context */
	size_t n_prompt_tokens;
	char **checks;		/* kinds of questions (quiz.h), of which the
				 * answers are checked; none: no check */
	size_t n_checks;
	char **probes;		/* kinds of prefixes (prefix.h), the same */
	size_t n_probes;
	struct scenario_agent {	/* a conversation with tools (agent.h) */
		bool is_set;
		int64_t n_tools;	/* that are built in */
		char *own_tools;	/* in their place: JSON; or NULL */
		int64_t system_tokens, result_words;
		enum { CHOICE_AUTO, CHOICE_REQUIRED } tool_choice;
	} agent;
	int64_t repeat;		/* 0: not given (once, or until duration) */
	int64_t warmup;		/* requests, or */
	bool warmup_each;	/* every prompt and length once */
	int64_t cold_words;	/* in front of a text of one's own */
	int64_t idle_ns;	/* before the first request of a visit */
	int64_t gap_ns;		/* before each request */
	int64_t turns;		/* of a conversation; 0: none */
	int64_t reload;		/* load and unload cycles; 0: none */
	enum scenario_blocks blocks;
	enum scenario_draw draw;
	enum scenario_cache cache;
	int64_t *concurrency;	/* closed loop levels */
	size_t n_concurrency;
	double *rates;		/* open loop levels, requests per second */
	size_t n_rates;
	double ramp_from, ramp_to;	/* NAN: none */
	enum arrival arrival;	/* of rates and ramp */
	int64_t duration_ns;	/* time limit; -1: none */
	MANNER(MANNER_MEMBER)
	/* Overrides of the suite's sampling; unset as in step_init(), but -1
	 * for max_tokens, too; fixed_length: -1 unset, 0, 1. */
	struct step_sampling sampling;
	int fixed_length;
};

struct scenarios {
	struct scenario *list;
	size_t n;
};

/*
 * Read every entry of scenarios.yaml; the prompts they name must be in p.
 * Returns 0, or -1 after messages.
 */
int scenarios_read(struct scenarios *s, const struct prompts *p,
    struct ynode root);

/*
 * Read the suite's list: names, or {name: {parameter: value}} to override
 * parameters in place or to define a scenario.  The ones it names are put in
 * front, in its order, and marked as listed.  Returns 0, or -1 after messages.
 */
int scenarios_select(struct scenarios *s, const struct prompts *p,
    struct ynode list);

void scenarios_fini(struct scenarios *s);

/* One entry: empty; the parameters in map over *sc; is there anything to do? */
void scenario_init(struct scenario *sc, const char *name);
void scenario_fini(struct scenario *sc);
int scenario_read(struct scenario *sc, const struct prompts *p,
    struct ynode map);
bool scenario_has_content(const struct scenario *sc);

/* Turns of a conversation that begins with prompt e (NULL: generated), 0: it is
 * none; and of the longest that sc has, at least 1. */
int64_t scenario_turns(const struct scenario *sc,
    const struct prompt_entry *e);
int64_t scenario_longest(const struct scenario *sc, const struct prompts *p);

/*
 * Read the members of a sampling mapping (temperature, top_p, top_k, seed,
 * max_tokens, fixed_length, reasoning) over *s.  Returns 0, or -1 after
 * messages.
 */
int sampling_read(struct step_sampling *s, struct ynode map);

/* The sampling of sc: what it overrides, else that of base.  The strings are
 * borrowed from both. */
struct step_sampling scenario_sampling(const struct scenario *sc,
    const struct step_sampling *base);

#endif
