#include "stream/sniff.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "number.h"
#include "url.h"

enum { HEAD_LEN = 64 };		/* enough to know a line's type */

void
sniff_init(struct sniff *s)
{
	*s = (struct sniff){ .carry = BUF_INIT };
}

void
sniff_fini(struct sniff *s)
{
	buf_fini(&s->carry);
}

static const struct {
	const char *word;
	size_t len;
	enum record_type type;
} types[] = {
	{ "run\"", 4, RECORD_RUN }, { "step\"", 5, RECORD_STEP },
	{ "load\"", 5, RECORD_LOAD }, { "unload\"", 7, RECORD_UNLOAD },
};

static enum record_type
type_at(const char *p, size_t len)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (len >= types[i].len &&
		    memcmp(p, types[i].word, types[i].len) == 0)
			return types[i].type;
	return RECORD_UNKNOWN;
}

/*
 * The type of a line that is worth parsing, from its first len bytes;
 * RECORD_UNKNOWN for any other.  Whole lines and their beginnings give the
 * same answer as long as 64 bytes are there.
 */
static enum record_type
type_of(const char *line, size_t len)
{
	/* Another writer's spacing may stand between; the type comes first. */
	static const char *const words[] = { "{", "\"type\"", ":", "\"" };
	const char *p = line, *end = line + (len < HEAD_LEN ? len : HEAD_LEN);
	size_t n;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		n = strlen(words[i]);
		if ((size_t)(end - p) < n || memcmp(p, words[i], n) != 0)
			return RECORD_UNKNOWN;
		p += n;
	}
	return type_at(p, (size_t)(end - p));
}

static void
copy(char *out, size_t cap, const char *s)
{
	snprintf(out, cap, "%s", s != NULL ? s : "");
}

static void
read_run(const cJSON *o, struct sniff_record *r)
{
	const char *origin = json_get_str(o, "origin_ns", "");
	const cJSON *server = json_get(o, "server");

	r->version = json_get_int(o, "v", -1);
	if (number_int(origin, 0, INT64_MAX, &r->origin_ns) == -1)
		r->origin_ns = -1;
	copy(r->boot_id, sizeof(r->boot_id), json_get_str(o, "boot_id", ""));
	r->memory_interval_ns = json_get_int(o, "memory_interval_ns", -1);
	copy(r->url, sizeof(r->url), json_get_str(server, "url", ""));
	r->port = (int)json_get_int(server, "port", 0);
	copy(r->process, sizeof(r->process), json_get_str(server, "process",
	    ""));
	r->is_later = server != NULL &&
	    cJSON_IsNull(json_get(server, "api"));
}

static void
parse(const char *line, size_t len, enum record_type type, sniff_fn *fn,
    void *arg)
{
	struct sniff_record r = { .type = type };
	cJSON *o = json_parse(line, len);

	if (!cJSON_IsObject(o)) {
		cJSON_Delete(o);	/* passed on as it is; not for us */
		return;
	}
	r.origin_ns = r.memory_interval_ns = r.version = -1;
	copy(r.run, sizeof(r.run), json_get_str(o, "run", ""));
	r.step = json_get_int(o, "step", -1);
	r.t_ns = json_get_int(o, "t_ns", -1);
	if (type == RECORD_RUN) {
		read_run(o, &r);
	} else {
		r.is_end = strcmp(json_get_str(o, "phase", ""), "end") == 0;
		r.is_ok = strcmp(json_get_str(o, "status", ""), "ok") == 0;
		r.is_untimed = cJSON_IsFalse(json_get(o, "timed"));
		r.ends_server = cJSON_IsTrue(json_get(o, "ends_server"));
		copy(r.url, sizeof(r.url), json_get_str(o, "server_url", ""));
		r.port = (int)json_get_int(o, "port", 0);
		r.pid = (int)json_get_int(o, "pid", 0);
		copy(r.process, sizeof(r.process), json_get_str(o, "process",
		    ""));
	}
	if (r.port <= 0 || r.port > 65535)
		r.port = url_port(r.url);
	if (r.port < 0)
		r.port = 0;
	cJSON_Delete(o);
	fn(arg, &r);
}

/*
 * The unfinished line ends in the first n bytes at p (n counts the newline
 * when there is one).
 */
static void
finish_carry(struct sniff *s, const char *p, size_t n, bool is_whole,
    sniff_fn *fn, void *arg)
{
	enum record_type type;

	if (!s->is_skipping)
		buf_add(&s->carry, p, is_whole ? n - 1 : n);
	if (!s->is_skipping && s->carry.len >= HEAD_LEN &&
	    (s->carry.len > SNIFF_LINE_MAX || type_of(s->carry.data,
	    s->carry.len) == RECORD_UNKNOWN)) {
		s->is_skipping = true;
		buf_clear(&s->carry);
	}
	if (!is_whole)
		return;
	if (!s->is_skipping && s->carry.len > 0) {
		type = type_of(s->carry.data, s->carry.len);
		if (type != RECORD_UNKNOWN)
			parse(s->carry.data, s->carry.len, type, fn, arg);
	}
	s->is_skipping = false;
	buf_clear(&s->carry);
}

void
sniff_feed(struct sniff *s, const char *p, size_t len, sniff_fn *fn,
    void *arg)
{
	const char *end = p + len, *nl;
	enum record_type type;

	if (s->is_skipping || s->carry.len > 0) {
		nl = memchr(p, '\n', len);
		finish_carry(s, p, nl != NULL ? (size_t)(nl + 1 - p) : len,
		    nl != NULL, fn, arg);
		if (nl == NULL)
			return;
		p = nl + 1;
	}
	while (p < end) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (nl == NULL) {
			finish_carry(s, p, (size_t)(end - p), false, fn, arg);
			return;
		}
		type = type_of(p, (size_t)(nl - p));
		if (type != RECORD_UNKNOWN && nl - p <= SNIFF_LINE_MAX)
			parse(p, (size_t)(nl - p), type, fn, arg);
		p = nl + 1;
	}
}
