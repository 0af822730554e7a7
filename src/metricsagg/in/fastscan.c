#include "fastscan.h"

#include <string.h>

enum { DIGITS_MAX = 15 };	/* so that a double holds it exactly */

/* The rest of a line. */
struct rest {
	const char *p, *end;
};

/* Inlined always: memcmp() of a literal is then a few instructions. */
__attribute__((always_inline)) static inline bool
skip(struct rest *r, const char *text, size_t len)
{
	if ((size_t)(r->end - r->p) < len || memcmp(r->p, text, len) != 0)
		return false;
	r->p += len;
	return true;
}

#define SKIP(r, literal) skip(r, literal, sizeof(literal) - 1)

/* A string without escapes, and the quote behind it. */
static bool
plain_string(struct rest *r, const char **s, size_t *len)
{
	const char *q = r->p;

	while (q < r->end && (unsigned char)*q >= 0x20 && *q != '"' &&
	    *q != '\\')
		q++;
	if (q == r->end || *q != '"')
		return false;
	*s = r->p;
	*len = (size_t)(q - r->p);
	r->p = q + 1;
	return true;
}

/* Digits without sign, leading zero, fraction or exponent. */
static bool
plain_integer(struct rest *r, int64_t *out)
{
	const char *q = r->p, *end = r->end;
	int64_t v = 0;

	if (end - q > DIGITS_MAX)
		end = q + DIGITS_MAX;
	while (q < end && *q >= '0' && *q <= '9')
		v = v * 10 + (*q++ - '0');
	if (q == r->p || (*r->p == '0' && q - r->p > 1))
		return false;
	r->p = q;		/* what follows must be ',' or '}' */
	*out = v;
	return true;
}

static bool
kind_of(struct rest *r, enum chunk_kind *out)
{
	if (SKIP(r, "content\""))
		*out = CHUNK_CONTENT;
	else if (SKIP(r, "reasoning\""))
		*out = CHUNK_REASONING;
	else if (SKIP(r, "tool\""))
		*out = CHUNK_TOOL;
	else if (SKIP(r, "role\""))
		*out = CHUNK_ROLE;
	else if (SKIP(r, "usage\""))
		*out = CHUNK_USAGE;
	else
		return false;
	return true;
}

bool
fastscan_chunk(const char *line, size_t len, struct chunk_event *e)
{
	struct rest r = { line, line + len };
	int64_t late_ns, early_ns;

	if (!SKIP(&r, "{\"type\":\"chunk\",\"run\":\"") ||
	    !plain_string(&r, &e->run, &e->run_len) ||
	    !SKIP(&r, ",\"t_ns\":") || !plain_integer(&r, &e->t_ns) ||
	    !SKIP(&r, ",\"req\":") || !plain_integer(&r, &e->req) ||
	    !SKIP(&r, ",\"i\":") || !plain_integer(&r, &e->i) ||
	    e->i > UINT32_MAX ||
	    !SKIP(&r, ",\"kind\":\"") || !kind_of(&r, &e->kind) ||
	    !SKIP(&r, ",\"bytes\":") || !plain_integer(&r, &e->bytes))
		return false;
	e->flags = 0;
	(void)SKIP(&r, ",\"progress\":null");
	if (SKIP(&r, ",\"coalesced\":true"))
		e->flags |= CHUNK_COALESCED;
	if (SKIP(&r, ",\"callback_ns\":")) {
		if (!plain_integer(&r, &late_ns))
			return false;
		e->flags |= CHUNK_LATE;
	}
	if (SKIP(&r, ",\"early_ns\":")) {
		if (!plain_integer(&r, &early_ns))
			return false;
		e->flags |= chunk_unsure(early_ns);
	}
	return SKIP(&r, "}") && r.p == r.end;
}
