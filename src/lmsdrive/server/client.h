#ifndef LMG_LMSDRIVE_SERVER_CLIENT_H
#define LMG_LMSDRIVE_SERVER_CLIENT_H

/* One server: where it is, and plain calls to it.  detect.h finds out which API
 * it speaks, which program it is (api.h). */

#include <stdbool.h>
#include <stdint.h>

#include "json.h"
#include "managed.h"
#include "process.h"
#include "step/step.h"
#include "wire/transfer.h"

struct server_api;

enum { CLIENT_RETRIES = 2 };
#define CLIENT_WAIT_NS (30 * NS_PER_S)	/* at most, for a Retry-After */

struct client {
	struct net *net;	/* borrowed */
	char *url;		/* without a slash at the end */
	int port;
	char *token;		/* or NULL; into no record and no message */
	bool is_token_bad;	/* it has characters no header may have */
	const char *token_env;	/* borrowed; NULL */
	bool insecure;
	bool keep_loaded;	/* models of others may stay */
	int64_t connect_ns;
	enum api wanted;	/* as configured */
	const struct server_api *api;	/* NULL: not found out */
	bool simulated;
	bool is_gone;		/* it stopped answering, or never did */
	bool went_away;		/* it did answer: it may come back */
	bool is_awaited;	/* that was waited for */
	int64_t awake_after_ns;	/* after so long a gap it did not sleep */
	bool is_noted;		/* that it cannot load models was said */
	bool is_simulation_said;	/* by a record */
	char process[PROCESS_CAP];	/* whose memory is meant, see
				 * process_of() */
	bool has_loaded;	/* with the step before */
	int denials;		/* requests in a row that it wants another
				 * token for */
	int64_t retries;	/* of calls, not yet noted */
	char retry_why[320];	/* what the last was for */
	int64_t waited_ns;	/* for them by this call, or while its API is
				 * found out */
	bool is_wait_said;
	struct managed managed;	/* command NULL: not ours to start */
	struct buf left;	/* instances that the run which was broken off
				 * left and this one unloaded, still to be
				 * noted */
	bool is_left_gone;	/* and nothing it had loaded is there now */
	struct buf foreign;	/* instances of others, the same */
	struct buf remote;	/* models of other devices, the same */
	char name[64];		/* "LM Studio", "llama-server", ..., or the
				 * Server header; "" */
	char proxy[PROXY_CAP];	/* between us and it; "" */
	bool is_proxy_said;	/* by a record */
	char version[64];	/* "" when the server does not tell */
	char runtime[256];	/* what its answers say; "" */
	double sampling[SAMPLING_KEYS];	/* its own, of what was loaded last;
					 * NAN: not told */
};

/*
 * Fill *c (to client_fini()) from conf, without asking anything.  conf is
 * borrowed for as long as c lives.  A server with a command gets a free port
 * when its URL has port 0.
 */
void client_init(struct client *c, struct net *net,
    const struct step_server *conf, int64_t connect_ns);
void client_fini(struct client *c);

/* Is c the client of the server that conf names, to be asked as conf says?
 * Paths are found out about as by auto. */
bool client_is_of(const struct client *c, const struct step_server *conf);

/*
 * GET path, or POST body when it is not NULL.  Returns the object or array in
 * the answer (to cJSON_Delete()) when the status is 2xx, else NULL; r always
 * holds the reply (to reply_fini()).  timeout_ns 0: ten seconds.
 */
cJSON *client_call(struct client *c, const char *path, const char *body,
    int64_t timeout_ns, struct reply *r);

/*
 * Before the same is asked again: pause_ns, 30 s at most.  Returns false when
 * a signal ends the run meanwhile.
 */
bool client_pause(struct client *c, int64_t pause_ns);

/*
 * The same for what may be asked twice (a list, a greeting, an unload by id):
 * when the answer is lost or the server is busy (429, 502, 503, 504), it is
 * asked again after a while, or when it says (Retry-After), CLIENT_RETRIES
 * times at most, and c->retries counts that.  All of it takes CLIENT_WAIT_NS at
 * most, for all calls together while its API is not known; then it is said.
 */
cJSON *client_call_safely(struct client *c, const char *path,
    const char *body, int64_t timeout_ns, struct reply *r);

/* The same, for what is in the answer alone. */
cJSON *client_ask(struct client *c, const char *path, const char *body);

/* Open connections for so many requests at once. */
void client_warm(struct client *c, int64_t count);

/* The word for the API it speaks, NULL when that is not known; and for what is
 * asked of it where that is a path of its own. */
const char *client_api(const struct client *c);
const char *client_asked(const struct client *c, enum api asked);

/*
 * The system_fingerprint of an answer, where it names the build: c->runtime
 * becomes "NAME FINGERPRINT".  LM Studio and Ollama put other things there.
 */
void client_take_fingerprint(struct client *c, const char *fingerprint);

/* Does it still answer anything? */
bool client_is_alive(struct client *c);

/*
 * Is nobody there?  A connection is tried, and nothing is said on it: no server
 * minds, none is woken up by it.  Where a connection would not tell (TLS, a
 * proxy), or it is slow, the answer is no.
 */
bool client_is_deserted(struct client *c);

/* The server object of the run record. */
void client_write(struct json *j, const struct client *c);

#endif
