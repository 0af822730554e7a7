#ifndef LMG_LMSDRIVE_SERVER_LOADING_H
#define LMG_LMSDRIVE_SERVER_LOADING_H

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
	int64_t retry_after_ns;	/* it is busy, and says for how long; else 0 */
	int64_t waited_ns;	/* for that, before it was asked again */
	char error[LOADING_ERROR_CAP];
	char *instance;
	double server_load_s;	/* NAN: not told */
	int64_t context_length, parallel;	/* as loaded; -1: not told */
	int64_t parameters;	/* of the model, if not listed; -1 */
	cJSON *options;		/* what else is said of how it is loaded */
	double sampling[SAMPLING_KEYS];	/* the server's own; NAN: not told */
};

/* Nothing known but the model's name; and release what r holds. */
void loading_result_init(struct loading_result *r, const char *model);
void loading_result_fini(struct loading_result *r);

/* The instance is this one. */
void loading_take_instance(struct loading_result *r, const char *id);

/* What is to be loaded: options are JSON object text without "model", or NULL;
 * their context_length goes before the member, -1: unset. */
struct load_request {
	const char *model, *options;
	int64_t context_length, timeout_ns;
};

/*
 * Load it and wait until it is there; where a server cannot be asked to, wait
 * until it has its model in memory, or make it.  r was begun with
 * loading_result_init().  Returns 0 or -1.
 */
int loading_load(struct client *c, const struct load_request *q,
    struct loading_result *r);

/* Unload an instance.  Returns 0, or -1 with error filled. */
int loading_unload(struct client *c, const char *instance,
    int64_t timeout_ns, char *error);

/*
 * What the list (to models_fini()), the command of a server that was started
 * for it and the server (see api.h) say of what was loaded as key.  Returns its
 * model in the list, or NULL.
 */
const struct model *loading_read_back(struct client *c, const char *key,
    struct models *list, struct loading_result *r);

/* The context of m, which a server has that loads nothing; -1: not told. */
int64_t loading_context(struct client *c, const struct model *m);

/*
 * Which engine serves instance, name and version, into out (cap bytes)?  LM
 * Studio tells in the answer to a request through its v0 API only: one token
 * is generated.  Of others it is known when their answers said so.  Returns 0,
 * or -1 when it does not tell.
 */
int loading_runtime(struct client *c, const char *instance, char *out,
    size_t cap);

/* ---- for the servers ---------------------------------------------------- */

/* Servers keep numbers as floats of 32 bits: 0.949999988079071 is 0.95. */
double loading_short(double v);

/* Numbers of the sampling in o by the words of the server's API. */
void loading_read_sampling(struct loading_result *r,
    const struct server_api *api, const cJSON *o);

/* Why a call failed, from the transport, the status and the body. */
void loading_explain(char *error, const struct reply *r);

/* The same into out, with what kind of failure it was.  Returns -1. */
int loading_failed(struct loading_result *out, const struct reply *r);

/*
 * POST body, which is freed, to have something done that may be asked for
 * twice: it is, where done in the answer is true or a text (NULL: where it has
 * no error).  Returns 0, or -1 with error filled.
 */
int loading_tell(struct client *c, const char *path, char *body,
    const char *done, int64_t timeout_ns, char *error);

/* Ask for one token of model at path.  As client_call(). */
cJSON *loading_one_token(struct client *c, const char *path,
    const char *model, int64_t timeout_ns, struct reply *r);

/* What the list says of a model. */
struct loading_look {
	char status[64];	/* "loaded", "loading", "failed", ... */
	int64_t exit_code;
};

int loading_look(struct client *c, const char *model,
    struct loading_look *out, char *error);

/* Servers that work in the background: look until the model's status is the
 * wanted one.  Returns 0, or -1 with error filled. */
int loading_wait_for(struct client *c, const char *model, const char *wanted,
    int64_t until_ns, char *error);

/* Let some of a load that began then go by: little enough not to be seen in how
 * long it took. */
void loading_let_pass(struct client *c, int64_t begun_ns, bool was_over);

/* {"model":model} with, when it is not NULL, "keep_alive":keep_alive.  Heap
 * string. */
char *loading_model_body(const char *model, const char *keep_alive);

/*
 * The body of the load call: options with model first; context_length when it
 * is not -1, and that the options be told back, when options lack them.  Heap
 * string.
 */
char *loading_body(const char *model, const char *options,
    int64_t context_length);

#endif
