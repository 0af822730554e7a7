#ifndef LMG_LMSDRIVE_CONFIG_CONFIG_H
#define LMG_LMSDRIVE_CONFIG_CONFIG_H

/*
 * The configuration, lmgauge-config(5): the suite file, and the scenarios and
 * prompts beside it, read and checked into plain structs.  What is wrong is
 * reported once, with file, line and column, and all of it in one go.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "step/step.h"
#include "scenario.h"

enum { CONFIG_ROUNDS = 1000 };	/* at most */

enum order_pattern { ORDER_ABBA, ORDER_ABAB, ORDER_SEQUENTIAL, ORDER_RANDOM };

/*
 * What is said of every step is kept as what it becomes, a step's members: the
 * suite's, and a copy of them for each variant with what that says itself.
 */
struct config_variant {
	struct step step;	/* but for its pair, block and work */
	bool has_own_url;	/* --server does not touch it */
};

struct config_pair {
	char *name;
	char *kind;		/* dense, moe or NULL */
	char *reference;	/* the variant that the others are to be
				 * near to, or NULL */
	double tokens_per_word;
	struct config_variant *variants;
	size_t n_variants;	/* >= 1 */
};

struct config {
	struct step step;
	char *results;
	int64_t blocks;		/* visits of each variant */
	enum order_pattern pattern;
	int64_t idle_ns;	/* before the first load, after each unload */
	bool idle_cooldown;
	bool reload;		/* each visit loads, and unloads */
	int64_t seed;		/* of prompts, shuffles and arrivals */
	double tokens_per_word;
	char *system;		/* system prompt, or NULL */
	struct config_pair *pairs;
	size_t n_pairs;		/* >= 1 */
	struct scenarios scenarios;
	struct prompts prompts;
};

/*
 * Read the suite at path, and the files beside it.  Returns the configuration
 * (free with config_free()) or NULL after messages.
 */
struct config *config_load(const char *path);

/*
 * The same from memory, for tests: path is for messages, scenarios and
 * prompts may be NULL (none).
 */
struct config *config_parse(const char *path, const char *suite, size_t len,
    const char *scenarios, const char *prompts);

void config_free(struct config *c);

/*
 * Parts of the suite, read over what is there already.  Return 0, or -1 after
 * messages.
 */
int config_read_server(struct step_server *server, struct ynode map);
/* A command under key: a list, the program and its arguments. */
int config_read_command(char ***argv, struct ynode map, const char *key);
int config_read_pairs(struct config *c, struct ynode list);
void config_free_pairs(struct config *c);

/* The url of a server that is started on a port that is free then. */
void config_free_port(struct step_server *server);

/*
 * Is url one that a server can have: http or https, a host, perhaps a port
 * and path that is not that of an API version?  Returns NULL when it is, or
 * what is expected.
 */
const char *config_url_problem(const char *url);

#endif
