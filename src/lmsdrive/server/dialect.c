#include "dialect.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "number.h"
#include "xalloc.h"

void
facts_init(struct facts *f)
{
	memset(f, 0, sizeof(*f));
	f->prompt_tokens = f->completion_tokens = f->reasoning_tokens =
	    f->cached_tokens = f->draft_tokens = f->accepted_tokens = -1;
	f->ttft_s = f->tokens_per_s = f->load_s = f->prefill_s = NAN;
}

void
facts_fini(struct facts *f)
{
	for (size_t i = 0; i < f->n_calls; i++)
		tool_call_fini(&f->calls[i]);
	buf_fini(&f->text);
	buf_fini(&f->first_choices);
	buf_fini(&f->all_text);
}

void
dialect_copy(char *out, size_t cap, const char *s)
{
	if (s != NULL)
		diag_clean(out, cap, s);
}

void
dialect_count(int64_t *out, const cJSON *o, const char *key)
{
	double v = NAN;

	dialect_number(&v, o, key);
	if (v < 0x1p53 && v == floor(v))
		*out = (int64_t)v;
}

bool
dialect_usage(struct facts *f, const cJSON *usage,
    const struct usage_keys *keys)
{
	if (!cJSON_IsObject(usage) || (f->completion_tokens > 0 &&
	    json_get_int(usage, keys->out, -1) == 0))
		return false;
	dialect_count(&f->prompt_tokens, usage, keys->in);
	dialect_count(&f->completion_tokens, usage, keys->out);
	dialect_count(&f->cached_tokens, json_get(usage, keys->in_details),
	    "cached_tokens");
	dialect_count(&f->reasoning_tokens,
	    json_get(usage, keys->out_details), "reasoning_tokens");
	if (f->completion_tokens >= 0)
		f->tokens_from = TOKENS_USAGE;
	return true;
}

void
dialect_number(double *out, const cJSON *o, const char *key)
{
	const cJSON *v = json_get(o, key);

	if (cJSON_IsString(v))
		number_double(v->valuestring, 0, DBL_MAX, out);
	else if (cJSON_IsNumber(v) && isfinite(v->valuedouble) &&
	    v->valuedouble >= 0)
		*out = v->valuedouble;
}

void
dialect_load(struct facts *f, double s)
{
	if (s >= 1)
		f->load_s = s;
}

void
dialect_draft(struct facts *f, const cJSON *stats)
{
	int64_t rejected = -1;

	dialect_count(&f->accepted_tokens, stats,
	    "accepted_draft_tokens_count");
	dialect_count(&rejected, stats, "rejected_draft_tokens_count");
	if (f->accepted_tokens >= 0 && rejected >= 0)
		f->draft_tokens = f->accepted_tokens + rejected;
	dialect_count(&f->draft_tokens, stats, "total_draft_tokens_count");
}

/* ---- what cannot be read ------------------------------------------------ */

/* The value of the escape \uXXXX at s, or -1. */
static long
escape_at(const char *s, const char *end)
{
	char hex[5] = "";

	if (end - s < 6 || s[0] != '\\' || s[1] != 'u')
		return -1;
	memcpy(hex, s + 2, 4);
	return strspn(hex, "0123456789abcdefABCDEF") == 4 ?
	    strtol(hex, NULL, 16) : -1;
}

static bool
is_half(long c, long first)
{
	return (c & ~0x3ffL) == first;
}

/*
 * A copy of data in which halves of surrogate pairs are U+FFFD; but the second
 * half of one whose first ended the event before is the whole pair, which is to
 * take the place of that U+FFFD.
 */
static char *
mend(struct facts *f, const char *data, size_t len)
{
	struct buf out = BUF_INIT;
	const char *p = data, *end = data + len, *at;
	long c, half = f->half;
	size_t n;

	f->half = 0;
	for (; (at = memchr(p, '\\', (size_t)(end - p))) != NULL; p = at + n) {
		buf_add(&out, p, (size_t)(at - p));
		c = escape_at(at, end);
		n = c >= 0 ? 6 : end - at > 1 ? 2 : 1;
		if (is_half(c, 0xd800) && is_half(escape_at(at + 6, end),
		    0xdc00))
			n = 12;
		else if (is_half(c, 0xdc00) && half != 0 && at > data &&
		    at[-1] == '"') {
			buf_addf(&out, "\\u%04lx", (unsigned long)half);
			f->is_joined = true;
		} else if (is_half(c, 0xd800) || is_half(c, 0xdc00)) {
			buf_adds(&out, "\\ufffd");
			f->half = is_half(c, 0xd800) && at + n < end &&
			    at[n] == '"' ? c : 0;
			continue;
		}
		half = 0;
		buf_add(&out, at, n);
	}
	buf_add(&out, p, (size_t)(end - p));
	return buf_steal(&out);
}

/* The object in data, to cJSON_Delete(); NULL when there is none. */
static cJSON *
parse(struct facts *f, const char *data, size_t len)
{
	cJSON *o = json_parse(data, len);
	char *copy;

	f->is_joined = false;
	if (o == NULL && len > 0 && memchr(data, '\\', len) != NULL &&
	    memchr(data, '\0', len) == NULL) {
		copy = mend(f, data, len);
		o = json_parse(copy, strlen(copy));
		free(copy);
	} else {
		f->half = 0;
	}
	if (o != NULL && !cJSON_IsObject(o)) {
		cJSON_Delete(o);
		o = NULL;
	}
	return o;
}

bool
dialect_is_whole(const char *data, size_t len)
{
	struct facts f = { .half = 0 };
	cJSON *o = parse(&f, data, len);
	bool is_whole = o != NULL || (len == 6 &&
	    memcmp(data, "[DONE]", 6) == 0);

	cJSON_Delete(o);
	return is_whole;
}

const char *
dialect_show(char out[UNREAD_CAP], const char *bytes, size_t len)
{
	char text[161];
	size_t n = len < sizeof(text) ? len : sizeof(text) - 1;

	if (len > 1 && memcmp(bytes, "\x1f\x8b", 2) == 0) {
		snprintf(out, UNREAD_CAP, "compressed by gzip, which nobody "
		    "asked for");
		return out;
	}
	for (size_t i = 0; i < n; i++)
		text[i] = bytes[i] != '\0' ? bytes[i] : '?';
	text[n] = '\0';
	return diag_clean(out, UNREAD_CAP, text);
}

size_t
dialect_broken(struct facts *f, const char *data, size_t len)
{
	if (f->broken_events++ == 0)
		dialect_show(f->unread, data, len);
	return 0;
}

/* ---- errors -------------------------------------------------------------- */

static void
set_error(struct facts *f, const char *type, const char *message)
{
	f->has_error = true;
	dialect_copy(f->error_type, sizeof(f->error_type), type);
	dialect_copy(f->error, sizeof(f->error),
	    message != NULL ? message : "an error without a message");
}

bool
dialect_error(struct facts *f, const cJSON *o)
{
	const cJSON *e = json_get(o, "error");
	const char *object = json_get_str(o, "object", NULL);

	if (cJSON_IsString(e) && e->valuestring[0] != '\0') {
		set_error(f, NULL, e->valuestring);
		return true;
	}
	if (cJSON_IsObject(e)) {
		set_error(f, json_get_str(e, "type", NULL),
		    json_get_str(e, "message", json_get_str(e, "code", NULL)));
		return true;
	}
	if (object != NULL && strcmp(object, "error") == 0) {
		set_error(f, json_get_str(o, "type", NULL),
		    json_get_str(o, "message", NULL));
		return true;
	}
	if (cJSON_IsString(json_get(o, "detail"))) {
		set_error(f, NULL, json_get_str(o, "detail", NULL));
		return true;
	}
	return false;
}

void
dialect_error_object(struct facts *f, const cJSON *o)
{
	if (!dialect_error(f, o))
		set_error(f, json_get_str(o, "type", NULL),
		    json_get_str(o, "message", NULL));
}

/* ---- events and answers -------------------------------------------------- */

static size_t
take_object(struct facts *f, const struct dialect *d, const char *type,
    const cJSON *o, struct piece *pieces)
{
	bool is_error = strcmp(type, "error") == 0;
	size_t n;

	if (is_error)
		dialect_error_object(f, o);
	else
		is_error = dialect_error(f, o);
	n = is_error ? 0 : d->take(f, type, o, pieces);
	f->known_events += is_error || n > 0;
	return n > 0 ? n : dialect_mark(pieces, CHUNK_OTHER, NAN);
}

size_t
dialect_event(struct facts *f, const struct dialect *d, const char *name,
    const char *data, size_t len, struct piece *pieces)
{
	char text[UNREAD_CAP];
	cJSON *o;
	size_t n;

	if (len == 6 && memcmp(data, "[DONE]", 6) == 0)
		return d->take(f, "", NULL, pieces);
	o = parse(f, data, len);
	if (o == NULL && strcmp(name, "error") != 0)
		return dialect_broken(f, data, len);
	if (o == NULL) {
		set_error(f, NULL, dialect_show(text, data, len));
		return dialect_mark(pieces, CHUNK_OTHER, NAN);
	}
	n = take_object(f, d, strcmp(name, "error") == 0 ? name :
	    json_get_str(o, "type", name), o, pieces);
	cJSON_Delete(o);
	return n;
}

int
dialect_body(struct facts *f, const struct dialect *d, const char *body,
    size_t len, struct piece *pieces)
{
	cJSON *o = parse(f, body, len);
	const cJSON *answer = json_get(o, d->answer), *item;
	bool is_error = dialect_error(f, o);
	bool is_answer = cJSON_IsArray(answer) || cJSON_IsObject(answer);
	size_t n = 0;

	if (is_answer && d->take_item != NULL) {
		cJSON_ArrayForEach(item, answer)
			n = d->take_item(f, pieces, n, item);
		d->take_rest(f, o);
	} else if (is_answer) {
		n = d->take(f, "", o, pieces);
	}
	f->is_closed = is_answer && !f->has_error;
	cJSON_Delete(o);
	return is_answer || is_error ? (int)n : -1;
}

void
dialect_error_body(struct facts *f, long http, const char *body, size_t len)
{
	cJSON *o = len > 0 ? parse(f, body, len) : NULL;
	char text[UNREAD_CAP], message[240];

	if (o == NULL || !dialect_error(f, o)) {
		dialect_show(text, body, len);
		snprintf(message, sizeof(message), "HTTP %ld%s%s", http,
		    text[0] != '\0' ? ": " : "", text);
		set_error(f, NULL, message);
	}
	cJSON_Delete(o);
}

const char *
tokens_from_name(enum tokens_from from)
{
	static const char *const names[] = { NULL, "stats", "usage", "chunks" };

	assert(from <= TOKENS_CHUNKS);
	return names[from];
}
