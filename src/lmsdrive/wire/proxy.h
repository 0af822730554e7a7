#ifndef LMG_LMSDRIVE_WIRE_PROXY_H
#define LMG_LMSDRIVE_WIRE_PROXY_H

/* The proxy between us and a server: libcurl finds it in the environment. */

#include <curl/curl.h>

#include "transfer.h"

/*
 * The proxy that e, which is connected to the server at url or was, goes
 * through: HOST:PORT, without a user and password, or "".
 */
char *proxy_used(CURL *e, const char *url, char out[PROXY_CAP]);

#endif
