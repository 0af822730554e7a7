#ifndef LMG_LMSDRIVE_SERVER_DETECT_H
#define LMG_LMSDRIVE_SERVER_DETECT_H

/*
 * What answers there?  "auto" asks for each server's greeting, then for each
 * one's list of models, in the order of server_apis; who it is of those with
 * the same list is told by several signs (api.h), and who shows none is
 * unknown.  LM Studio answers 200 to paths it does not know, so an answer
 * counts only with the fields it must have; /health is never asked for.
 */

#include "client.h"

enum { DETECT_REASON_CAP = 1280 };

enum detect_result {
	DETECT_OK,
	DETECT_UNREACHABLE,	/* nothing answers there */
	DETECT_UNTRUSTED,	/* its TLS certificate is not valid */
	DETECT_DENIED,		/* it wants a token, or another one */
	DETECT_BAD_TOKEN,	/* ours cannot be sent; nothing was asked */
	DETECT_STRANGE,		/* something answers, no API we know */
	DETECT_BUSY,		/* the same, but 503 where every server has its
				 * models, or the one that is wanted: not yet */
	DETECT_CANCELLED	/* a signal, or the reader went away */
};

/*
 * Find out what answers.  why (cap bytes) gets what was tried and what came
 * back, for people, when the result is not DETECT_OK.
 */
enum detect_result detect_api(struct client *c, char *why, size_t cap);

/* Why a detection failed and what to do, for people, in out (cap bytes). */
const char *detect_reason(const struct client *c, enum detect_result result,
    const char *why, char *out, size_t cap);

/* Print it, as the one message for a failed detection. */
void detect_explain(const struct client *c, enum detect_result result,
    const char *why);

#endif
