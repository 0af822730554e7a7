#ifndef LMG_LMSDRIVE_NAMED_SERVER_H
#define LMG_LMSDRIVE_NAMED_SERVER_H

/* The server that models, init, load, unload and doctor talk to, and the
 * options that name it. */

#include "cmdline.h"
#include "server/client.h"
#include "server/models.h"

enum { NAMED_OPTIONS_MAX = 32 };

struct named_server {
	struct step_server server;	/* url NULL: not given */
	const char *load_options[NAMED_OPTIONS_MAX];	/* "key=value" */
	size_t n_load_options;
	int64_t context_length;		/* -1: not given */
	bool all;
	bool json;	/* models: records, also on a terminal */
	bool force;			/* init: over a file that is there */
	const char *output;		/* init: the file, NULL */
	char *pairs;			/* init: names, with commas; NULL */
	const char *models[2];		/* init: keys */
	size_t n_models;
	bool has_token_env;		/* --token-env was given */
	char **arguments;		/* behind the options, up to a NULL */
	int64_t load_ns, unload_ns;	/* at most */

	struct loop loop;
	struct net *net;
	struct client client;
	bool is_open;
};

#define NAMED_INIT { .context_length = -1, \
	.load_ns = INT64_C(600) * 1000000000, \
	.unload_ns = INT64_C(60) * 1000000000 }

/* The default of server.url. */
#define NAMED_URL "http://127.0.0.1:1234"

/* The rows of the options that name a server, in the table of a command. */
#define NAMED_OPTIONS \
	{ 's', "server", "URL", "default " NAMED_URL, CMDLINE_TAKE, \
	    .take = named_take_url }, \
	{ 0, "api", "API", "what it speaks; found out by default", \
	    CMDLINE_TAKE, .take = named_take_api }, \
	{ 0, "token-env", "NAME", "variable of the API token (LM_API_TOKEN)", \
	    CMDLINE_TAKE, .take = named_take_token }

void named_take_url(void *into, char *url);
void named_take_api(void *into, char *word);
void named_take_token(void *into, char *name);

/* Take the options of command, as cmdline_read(). */
void named_options(struct named_server *t, const struct cmdline *command,
    int argc, char *argv[]);

/* Get ready to talk; leaves the process when the URL is none.  Returns 0, or
 * -1 after a message. */
int named_prepare(struct named_server *t);

/* named_prepare(), and find the server.  Returns 0, or -1 after a message. */
int named_open(struct named_server *t);
void named_close(struct named_server *t);

/* What the server has, to models_fini().  Returns 0, or -1 after a message. */
int named_models(struct named_server *t, struct models *list);

/* Say that list has no such key, and the nearest that it has. */
void named_no_model(const struct named_server *t, const struct models *list,
    const char *key);

/* The -o and -c options as a JSON object, heap string; a value that is JSON
 * (true, 8192) stands as it is, any other is a string. */
char *named_load_options(const struct named_server *t);

#endif
