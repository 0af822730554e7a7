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

struct config_variant {
	char *label;
	char *model;
	char *format;		/* gguf, mlx or NULL */
	struct step_server server;	/* complete: the suite's, or its own */
	bool has_own_url;	/* --server does not touch it */
	char *load_options;	/* JSON object without model, or NULL */
	char **load_command, **unload_command;	/* or NULL */
	struct step_speculation speculation;
	int64_t context_length;	/* -1: the server's default */
	int64_t parallel;	/* -1: not claimed */
	int64_t cache_budget_bytes;	/* -1: not told */
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
	char *path;		/* of the suite file, as given */
	char *sha256;		/* of suite, scenarios and prompts together */
	char *results;
	struct step_server server;
	struct step_timeouts timeouts;
	struct step_sampling sampling;
	struct step_tolerance tolerance;
	int64_t memory_interval_ns;
	int64_t blocks;		/* visits of each variant */
	enum order_pattern pattern;
	int64_t idle_ns;	/* before the first load, after each unload */
	bool idle_cooldown;
	bool reload;		/* each visit loads, and unloads */
	int64_t budget_ns;	/* of a run, -1: none */
	char **headline;	/* metrics, up to a NULL; or NULL: as usual */
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

/* A copy that step_fini() could free. */
struct step_server config_copy_server(const struct step_server *from);
void config_free_server(struct step_server *s);

/*
 * Is url one that a server can have: http or https, a host, perhaps a port
 * and path that is not that of an API version?  Returns NULL when it is, or
 * what is expected.
 */
const char *config_url_problem(const char *url);

#endif
