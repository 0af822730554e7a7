#ifndef LMG_LMSDRIVE_CONFIG_PROMPTS_H
#define LMG_LMSDRIVE_CONFIG_PROMPTS_H

/* Prompts by name: the entries of prompts.yaml. */

#include <stddef.h>

#include "yamldoc.h"

struct prompt_entry {
	char *name;
	char *domain;		/* or NULL */
	char *system;		/* or NULL */
	char **turns;		/* the text, or one text for each turn */
	size_t n_turns;		/* >= 1 */
	char **names;		/* not NULL: turns are texts to choose from,
				 * which are called so: "math.1" */
};

struct prompts {
	struct prompt_entry *list;
	size_t n;
};

/* Read every entry of prompts.yaml.  Returns 0, or -1 after messages. */
int prompts_read(struct prompts *p, struct ynode root);

/* The entry of that name, or NULL. */
const struct prompt_entry *prompts_find(const struct prompts *p,
    const char *name);

void prompts_fini(struct prompts *p);

#endif
