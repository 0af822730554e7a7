#ifndef LMG_IDENTITY_H
#define LMG_IDENTITY_H

/*
 * Which server is it that speaks OpenAI's API, and what does it say of a
 * model beyond its list?  Told by what the servers do anyway: the owner in
 * their list of models, the Server header, a path for the version.  Nothing
 * is required: a server that is none of these keeps the name of its header.
 */

#include <stddef.h>
#include <stdint.h>

#include "client.h"

/*
 * c answered list (what it says to /v1/models, /models or /api/tags) with
 * this Server header ("": none): fill c->kind, c->name and c->version, asking
 * once more where the version is told.  c->api is set.
 */
void identity_find(struct client *c, const cJSON *list, const char *header);

/* Ask for the version again: a server that is loading does not tell it. */
void identity_ask_version(struct client *c);

/*
 * What a llama-server says of a loaded model in /props: the context a request
 * can use (of one slot) and the number of slots.  model is the name asked
 * for; a router is not made to load it.  Values it does not tell, and those
 * of other servers, are left alone.
 */
void identity_read_back(struct client *c, const char *model,
    int64_t *context_length, int64_t *parallel);

/*
 * The system_fingerprint of an answer, where it names the build (llama-server,
 * mlx_lm.server, vLLM): c->runtime becomes "NAME FINGERPRINT".  LM Studio and
 * Ollama put other things there.
 */
void identity_take_fingerprint(struct client *c, const char *fingerprint);

#endif
