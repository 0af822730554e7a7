#include "sse.h"

#include <stdbool.h>
#include <string.h>

void
sse_init(struct sse *s)
{
	memset(s, 0, sizeof(*s));
	s->is_first = 1;
}

void
sse_fini(struct sse *s)
{
	buf_fini(&s->line);
	buf_fini(&s->data);
}

static int
dispatch(struct sse *s, sse_fn *fn, void *arg)
{
	int rc = 0;

	if (s->has_data)
		rc = fn(arg, s->name, buf_cstr(&s->data), s->data.len);
	buf_clear(&s->data);
	s->has_data = s->is_bare = 0;
	s->name[0] = '\0';
	return rc;
}

static void
set_name(struct sse *s, const char *value, size_t len)
{
	if (len >= sizeof(s->name))
		len = sizeof(s->name) - 1;
	memcpy(s->name, value, len);
	s->name[len] = '\0';
}

/* A line of the data.  Returns -1 when there is too much of it. */
static int
add_data(struct sse *s, const char *value, size_t len)
{
	if (s->data.len + len > SSE_EVENT_MAX)
		return -1;
	if (s->has_data)
		buf_addc(&s->data, '\n');
	buf_add(&s->data, value, len);
	s->has_data = 1;
	return 0;
}

/*
 * A line of JSON where a field should be: it begins with a brace, or goes on
 * where one did.  Over when it closes on its own line, else at the empty one.
 */
static int
take_bare(struct sse *s, const char *line, size_t len, sse_fn *fn, void *arg)
{
	int is_whole = line[0] == '{' && line[len - 1] == '}';

	if (s->has_data && line[0] == '{' && dispatch(s, fn, arg) == -1)
		return -1;
	s->is_bare = 1;
	if (add_data(s, line, len) == -1)
		return -1;
	return is_whole ? dispatch(s, fn, arg) : 0;
}

static int
is_field(const char *key, size_t len, const char *name)
{
	return len == strlen(name) && memcmp(key, name, len) == 0;
}

/* One line without its end.  Returns -1 when there is too much data. */
static int
take_line(struct sse *s, const char *line, size_t len, sse_fn *fn, void *arg)
{
	const char *colon, *value;
	size_t key_len, value_len;

	if (s->is_first) {
		s->is_first = 0;
		if (len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0)
			line += 3, len -= 3;
	}
	if (len == 0)
		return dispatch(s, fn, arg);
	if (line[0] == '{' || (s->is_bare &&
	    memchr(" \t}]", line[0], 4) != NULL))
		return take_bare(s, line, len, fn, arg);
	if (s->is_bare && dispatch(s, fn, arg) == -1)
		return -1;
	if (line[0] == ':') {
		if (s->on_comment != NULL)
			s->on_comment(arg, line + 1, len - 1);
		return 0;
	}
	colon = memchr(line, ':', len);
	key_len = colon != NULL ? (size_t)(colon - line) : len;
	value = colon != NULL ? colon + 1 : line + len;
	value_len = (size_t)(line + len - value);
	if (value_len > 0 && value[0] == ' ')
		value++, value_len--;
	if (is_field(line, key_len, "data"))
		return add_data(s, value, value_len);
	if (is_field(line, key_len, "event"))
		set_name(s, value, value_len);
	if (is_field(line, key_len, "error")) {
		set_name(s, "error", 5);
		return add_data(s, value, value_len);
	}
	return 0;
}

/* The first CR or LF of p[0..len), or NULL. */
static const char *
line_end(const char *p, size_t len)
{
	const char *lf = memchr(p, '\n', len);
	const char *cr = memchr(p, '\r', lf != NULL ? (size_t)(lf - p) : len);

	return cr != NULL ? cr : lf;
}

int
sse_feed(struct sse *s, const char *bytes, size_t len, sse_fn *fn, void *arg)
{
	const char *p = bytes, *end = bytes + len, *nl;
	int rc;

	while (p < end) {
		if (s->skip_lf && *p == '\n')
			p++;
		s->skip_lf = 0;
		if (p == end)
			break;
		nl = line_end(p, (size_t)(end - p));
		if (nl == NULL || s->line.len > 0)
			buf_add(&s->line, p,
			    (size_t)((nl != NULL ? nl : end) - p));
		if (s->line.len > SSE_EVENT_MAX)
			return -1;
		if (nl == NULL)
			break;
		rc = s->line.len > 0 ?
		    take_line(s, s->line.data, s->line.len, fn, arg) :
		    take_line(s, p, (size_t)(nl - p), fn, arg);
		buf_clear(&s->line);
		if (rc == -1)
			return -1;
		s->skip_lf = *nl == '\r';
		p = nl + 1;
	}
	return 0;
}

int
sse_end(struct sse *s, sse_fn *fn, void *arg)
{
	int rc = s->line.len == 0 ? 0 :
	    take_line(s, s->line.data, s->line.len, fn, arg);

	buf_clear(&s->line);
	return rc == -1 ? -1 : dispatch(s, fn, arg);
}

size_t
sse_next_end(const char *bytes, size_t len, size_t from)
{
	const char *p = bytes + from, *end = bytes + len, *nl;
	bool is_end;

	while ((nl = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p = nl + 1;
		is_end = nl > bytes && nl[-1] == '}' &&
		    (p == end || *p == '{');
		if (p < end && *p == '\r' && p + 1 < end && p[1] == '\n')
			p++;
		if (p < end && *p == '\n')
			is_end = true, p++;
		if (is_end)
			return (size_t)(p - bytes);
	}
	return 0;
}
