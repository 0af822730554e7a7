#include "fastscan.h"

#include <string.h>

enum {
	SEEN_RUN = 1, SEEN_T = 2, SEEN_REQ = 4, SEEN_I = 8, SEEN_KIND = 16,
	SEEN_BYTES = 32, SEEN_PROGRESS = 64, SEEN_COALESCED = 128,
	SEEN_CALLBACK = 256,
	NEEDED = SEEN_RUN | SEEN_T | SEEN_REQ | SEEN_I | SEEN_KIND | SEEN_BYTES
};

enum { DIGITS_MAX = 15 };	/* so that a double holds it exactly */

static const char prefix[] = "{\"type\":\"chunk\",";

/* A plain string at *p (behind its quote); *p moves behind the closing one. */
static bool
plain_string(const char **p, const char *end, const char **s, size_t *len)
{
	const char *q = *p;

	while (q < end && (unsigned char)*q >= 0x20 && *q != '"' && *q != '\\')
		q++;
	if (q == end || *q != '"')
		return false;
	*s = *p;
	*len = (size_t)(q - *p);
	*p = q + 1;
	return true;
}

static bool
plain_integer(const char **p, const char *end, int64_t *out)
{
	const char *q = *p;
	int64_t v = 0;

	while (q < end && *q >= '0' && *q <= '9' && q - *p < DIGITS_MAX)
		v = v * 10 + (*q++ - '0');
	if (q == *p || (**p == '0' && q - *p > 1))
		return false;
	*p = q;			/* what follows must be ',' or '}' */
	*out = v;
	return true;
}

static bool
word(const char **p, const char *end, const char *text, size_t len)
{
	if ((size_t)(end - *p) < len || memcmp(*p, text, len) != 0)
		return false;
	*p += len;
	return true;
}

#define IS(text) (len == sizeof(text) - 1 && memcmp(s, text, len) == 0)

static bool
kind_of(const char *s, size_t len, enum chunk_kind *out)
{
	if (IS("content"))
		*out = CHUNK_CONTENT;
	else if (IS("reasoning"))
		*out = CHUNK_REASONING;
	else if (IS("tool"))
		*out = CHUNK_TOOL;
	else if (IS("role"))
		*out = CHUNK_ROLE;
	else if (IS("usage"))
		*out = CHUNK_USAGE;
	else
		return false;
	return true;
}

static unsigned
key_of(const char *s, size_t len)
{
	switch (len) {
	case 1:
		return *s == 'i' ? SEEN_I : 0;
	case 3:
		return IS("req") ? SEEN_REQ : IS("run") ? SEEN_RUN : 0;
	case 4:
		return IS("t_ns") ? SEEN_T : IS("kind") ? SEEN_KIND : 0;
	case 5:
		return IS("bytes") ? SEEN_BYTES : 0;
	case 8:
		return IS("progress") ? SEEN_PROGRESS : 0;
	case 9:
		return IS("coalesced") ? SEEN_COALESCED : 0;
	case 11:
		return IS("callback_ns") ? SEEN_CALLBACK : 0;
	default:
		return 0;
	}
}

static bool
value(const char **p, const char *end, unsigned key, struct chunk_event *e)
{
	const char *s;
	size_t len;
	int64_t ns;

	switch (key) {
	case SEEN_RUN:
		return word(p, end, "\"", 1) &&
		    plain_string(p, end, &e->run, &e->run_len);
	case SEEN_KIND:
		return word(p, end, "\"", 1) &&
		    plain_string(p, end, &s, &len) && kind_of(s, len, &e->kind);
	case SEEN_T:
		return plain_integer(p, end, &e->t_ns);
	case SEEN_REQ:
		return plain_integer(p, end, &e->req);
	case SEEN_I:
		return plain_integer(p, end, &e->i) && e->i <= UINT32_MAX;
	case SEEN_BYTES:
		return plain_integer(p, end, &e->bytes);
	case SEEN_PROGRESS:
		return word(p, end, "null", 4);
	case SEEN_COALESCED:
		e->flags |= CHUNK_COALESCED;
		return word(p, end, "true", 4);
	case SEEN_CALLBACK:
		e->flags |= CHUNK_LATE;
		return plain_integer(p, end, &ns);
	default:
		return false;
	}
}

bool
fastscan_chunk(const char *line, size_t len, struct chunk_event *e)
{
	const char *p = line, *end = line + len, *s;
	unsigned seen = 0, key;

	if (!word(&p, end, prefix, sizeof(prefix) - 1))
		return false;
	e->flags = 0;
	for (;;) {
		if (!word(&p, end, "\"", 1) ||
		    !plain_string(&p, end, &s, &len) ||
		    (key = key_of(s, len)) == 0 || (seen & key) != 0 ||
		    !word(&p, end, ":", 1) || !value(&p, end, key, e))
			return false;
		seen |= key;
		if (word(&p, end, ",", 1))
			continue;
		return word(&p, end, "}", 1) && p == end &&
		    (seen & NEEDED) == NEEDED;
	}
}
