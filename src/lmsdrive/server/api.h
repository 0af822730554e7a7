#ifndef LMG_LMSDRIVE_SERVER_API_H
#define LMG_LMSDRIVE_SERVER_API_H

/*
 * A server is one file: what it is known by, and its ways.  Each has one const
 * struct server_api, api_table.c lists them; what works for all of them
 * (detect.c, models.c, loading.c, body.c, run/exchange.c) goes by the members.
 * A member that may be NULL says what is then done.
 *
 *	detect -> client.api -> list, load, write_body, dialect, unload
 */

#include "body.h"
#include "client.h"
#include "dialect.h"
#include "loading.h"
#include "models.h"

struct server_api {
	enum api api;		/* its word in configuration and records */
	const char *name;	/* of one that greets, if it did */
	bool is_unknown;	/* the name is ours: the header goes with it */

	/*
	 * Is it this one?  A greeting is asked for before all else, whatever
	 * the API.  Of those with one list, the first is taken that knows its
	 * list, finds its owner or (where the list names none) its header, and
	 * does not say no itself; that may ask more, and find out the version.
	 */
	const char *greeting;	/* path; NULL: none */
	bool (*is_greeting)(const cJSON *o);
	const char *list;	/* path of the list of models */
	bool (*is_list)(const cJSON *o);
	const char *owner;	/* of the first model in it; NULL: any */
	const char *header;	/* how its Server header begins; NULL: any */
	bool (*is_it)(struct client *c);	/* NULL: yes */

	/* The list of models: the member that holds it, that of a name in it,
	 * and what else a model there says; more: NULL, or what is told
	 * elsewhere (returns as loading_list()). */
	const char *models, *key;
	void (*read_model)(struct model *m, const cJSON *o);
	int (*list_more)(struct client *c, struct models *m, char *error);
	bool tells_loaded;	/* the list says what is in memory */

	/* Load: where it cannot be asked to, see to it that the model is in
	 * memory (NULL: it is).  Unload: NULL where it cannot load. */
	bool loads, takes_options;
	int (*load)(struct client *c, const struct load_request *q,
	    struct loading_result *out);
	int (*unload)(struct client *c, const char *instance,
	    int64_t timeout_ns, char *error);
	/* What it says of a loaded instance beyond the list; NULL: nothing.
	 * Values it does not tell are left alone. */
	void (*read_back)(struct client *c, struct loading_result *r);
	/* Has it put the model to sleep, for want of requests?  NULL: no. */
	bool (*is_asleep)(struct client *c, const char *model);
	/* As loading_runtime(); NULL: what its answers said. */
	int (*runtime)(struct client *c, const char *instance, char *out,
	    size_t cap);
	bool tells_build;	/* in an answer's system_fingerprint */

	/* A request, behind its model; and the answer. */
	const char *chat;	/* path */
	const char *sampling[SAMPLING_KEYS];	/* its words for them; NULL:
						 * it takes no such number */
	const char *sampling_in;	/* the member that holds them; NULL */
	const char *draft_model, *draft_tokens;	/* of speculation, the same */
	bool leaves_neutral;	/* beyond OpenAI's own they may be refused, or
				 * cost: only what changes something is sent */
	bool penalty_off_is_0;	/* a penalty of 1 is applied, at its cost */
	bool seeds_alone;	/* one with a seed is not batched with others */
	int64_t choices;	/* of a token, that may be asked for; 0: 20 */
	const struct server_api *raw;	/* for raw completions; NULL: itself */
	void (*write_body)(struct json *j, const struct step *s,
	    const char *prompt, const struct history *h);
	/* Whose "format" is the schema that an answer shall follow (NULL: it
	 * is response_format's json_schema), and does it go without a name? */
	const char *form_in;
	bool is_form_nameless;
	const struct dialect *dialect;
};

/* All of them in the order they are tried, up to a NULL. */
extern const struct server_api *const server_apis[];

extern const struct server_api api_lmstudio, api_lmstudio_v0, api_llama_router,
    api_llama, api_vllm, api_mlx_lm, api_ollama, api_omlx, api_rapid_mlx,
    api_vllm_mlx, api_mlx_serve, api_openai;

/* Other paths of whatever server it is, with the members for a request alone;
 * body_api() picks them for who asks for them. */
extern const struct server_api api_messages, api_responses;

/* ---- shared among them -------------------------------------------------- */

/* Ask path for the member key: c->version, "" when it does not tell. */
void api_ask_version(struct client *c, const char *path, const char *key);

/* OpenAI's words, and those of most servers that take more. */
#define API_OPENAI_SAMPLING [SAMPLING_TEMPERATURE] = "temperature", \
	[SAMPLING_TOP_P] = "top_p", [SAMPLING_SEED] = "seed", \
	[SAMPLING_PRESENCE_PENALTY] = "presence_penalty", \
	[SAMPLING_FREQUENCY_PENALTY] = "frequency_penalty", \
	[SAMPLING_MAX_TOKENS] = "max_tokens"
#define API_MORE_SAMPLING API_OPENAI_SAMPLING, \
	[SAMPLING_TOP_K] = "top_k", [SAMPLING_MIN_P] = "min_p"

/* {"object":"list","data":[...]} */
bool api_is_list(const cJSON *o);

/* A model in such a list: its size, parameters, quantization and context, where
 * they are told. */
void api_read_model(struct model *m, const cJSON *o);

/* Of LM Studio, by a request through its v0 API. */
bool lmstudio_is_greeting(const cJSON *o);
int lmstudio_runtime(struct client *c, const char *instance, char *out,
    size_t cap);

#endif
