#include "http_in.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "number.h"

/* The end of the line at s, or NULL; *next is behind its line end. */
static const char *
line_end(const char *s, const char *end, const char **next)
{
	const char *nl = memchr(s, '\n', (size_t)(end - s));

	if (nl == NULL)
		return NULL;
	*next = nl + 1;
	return nl > s && nl[-1] == '\r' ? nl - 1 : nl;
}

static bool
copy(char *out, size_t cap, const char *s, size_t len)
{
	if (len >= cap)
		len = cap - 1;
	memcpy(out, s, len);
	out[len] = '\0';
	return len > 0;
}

/* "POST /path?query HTTP/1.1" */
static bool
parse_first(struct http_in *h, const char *s, const char *end)
{
	const char *a = memchr(s, ' ', (size_t)(end - s)), *b;

	if (a == NULL || (size_t)(a - s) >= sizeof(h->method))
		return false;
	copy(h->method, sizeof(h->method), s, (size_t)(a - s));
	b = memchr(a + 1, ' ', (size_t)(end - a - 1));
	if (b == NULL || end - b < 9 || memcmp(b, " HTTP/1.", 8) != 0)
		return false;
	h->wants_close = b[8] == '0';
	copy(h->path, sizeof(h->path), a + 1, (size_t)(b - a - 1));
	h->path[strcspn(h->path, "?")] = '\0';
	return h->path[0] == '/';
}

static bool
parse_field(struct http_in *h, const char *s, const char *end)
{
	char name[64], value[128];
	const char *colon = memchr(s, ':', (size_t)(end - s));
	int64_t n;

	if (colon == NULL)
		return false;
	copy(name, sizeof(name), s, (size_t)(colon - s));
	for (s = colon + 1; s < end && (*s == ' ' || *s == '\t'); s++)
		;
	copy(value, sizeof(value), s, (size_t)(end - s));
	if (strcasecmp(name, "content-length") == 0) {
		if (number_int(value, 0, HTTP_IN_BODY_MAX, &n) == -1)
			return false;
		h->body_len = (size_t)n;
	} else if (strcasecmp(name, "transfer-encoding") == 0) {
		return false;
	} else if (strcasecmp(name, "expect") == 0) {
		h->wants_continue = strcasecmp(value, "100-continue") == 0;
	} else if (strcasecmp(name, "connection") == 0) {
		h->wants_close |= strcasecmp(value, "close") == 0;
	}
	return true;
}

enum http_in_result
http_in_parse(struct http_in *h, const char *data, size_t len)
{
	const char *end = data + len, *s = data, *eol, *next;

	memset(h, 0, sizeof(*h));
	if (len == 0)
		return HTTP_IN_MORE;
	for (; (eol = line_end(s, end, &next)) != NULL; s = next) {
		if (eol == s && s != data) {
			h->head_len = (size_t)(next - data);
			return len - h->head_len >= h->body_len ?
			    HTTP_IN_DONE : HTTP_IN_MORE;
		}
		if (!(s == data ? parse_first(h, s, eol) :
		    parse_field(h, s, eol)))
			return HTTP_IN_BAD;
	}
	return len > HTTP_IN_HEAD_MAX ? HTTP_IN_BAD : HTTP_IN_MORE;
}
