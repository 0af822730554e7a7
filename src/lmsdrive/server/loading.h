#ifndef LMG_LOADING_H
#define LMG_LOADING_H

/* List, load and unload, in the way of each API. */

#include "client.h"
#include "models.h"

enum { LOADING_ERROR_CAP = 640 };

/*
 * Ask for the list.  Returns 0 with *m to models_fini(), or -1 with error
 * (LOADING_ERROR_CAP bytes) filled.
 */
int loading_list(struct client *c, struct models *m, char *error);

/* Can models be loaded and unloaded through this API at all?  With options? */
bool loading_is_possible(const struct client *c);
bool loading_takes_options(const struct client *c);

struct loading_result {
	bool is_refused;	/* the server's memory guard said no */
	bool is_cancelled;
	bool is_transport;	/* the server did not answer */
	char error[LOADING_ERROR_CAP];
	char instance[256];
	double server_load_s;	/* NAN: not told */
	int64_t context_length, parallel;	/* as loaded; -1: not told */
};

/*
 * Load model with options (JSON object text without "model", or NULL; its
 * context_length goes before the argument, -1: unset) and wait until it is
 * there, at most timeout_ns.  Only LM Studio takes options.  Returns 0 or -1.
 */
int loading_load(struct client *c, const char *model, const char *options,
    int64_t context_length, int64_t timeout_ns, struct loading_result *r);

/*
 * Make a server have its model in memory where nothing else does: a
 * llama-server that is loading is waited for; mlx_lm.server, which answers
 * before it has a model and loads what a request names, is asked for one
 * token.  Others are left alone.  Returns 0, or -1 with r filled.
 */
int loading_touch(struct client *c, const char *model, int64_t timeout_ns,
    struct loading_result *r);

/* Unload an instance.  Returns 0, or -1 with error filled. */
int loading_unload(struct client *c, const char *instance,
    int64_t timeout_ns, char *error);

/*
 * Which engine serves instance, name and version, into out (cap bytes)?  LM
 * Studio tells in the answer to a request through its v0 API only: one token
 * is generated.  Of others it is known when their answers said so.  Returns 0,
 * or -1 when it does not tell.
 */
int loading_runtime(struct client *c, const char *instance, char *out,
    size_t cap);

/*
 * The body of the load call: options with model first, and context_length
 * when it is not -1 and options lack it.  Heap string.
 */
char *loading_body(const char *model, const char *options,
    int64_t context_length, bool echo);

#endif
