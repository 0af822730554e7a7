#ifndef LMG_LOADING_IMPL_H
#define LMG_LOADING_IMPL_H

/*
 * For the files that load: loading_list.c (the list, and why a call failed),
 * loading_others.c (llama-server's router, Ollama), loading.c (LM Studio, and
 * who does what).
 */

#include "loading.h"

/* Why a call failed, from the transport, the status and the body. */
void loading_explain(char *error, const struct reply *r);

/* The same into out, with what kind of failure it was.  Returns -1. */
int loading_failed(struct loading_result *out, const struct reply *r);

/* As loading_touch(), of a llama-server that may be loading. */
int llama_await(struct client *c, int64_t timeout_ns,
    struct loading_result *out);

/* As loading_load() and loading_unload(). */
int router_load(struct client *c, const char *model, int64_t timeout_ns,
    struct loading_result *out);
int router_unload(struct client *c, const char *model, int64_t timeout_ns,
    char *error);
int ollama_load(struct client *c, const char *model, int64_t timeout_ns,
    struct loading_result *out);
int ollama_unload(struct client *c, const char *model, int64_t timeout_ns,
    char *error);

#endif
