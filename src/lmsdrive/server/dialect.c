#include "dialect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "field.h"
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
	int64_t v = json_get_int(o, key, -1);

	if (v >= 0)
		*out = v;
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
	double v = json_get_num(o, key, NAN);

	if (isfinite(v) && v >= 0)
		*out = v;
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

/* ---- text --------------------------------------------------------------- */

static size_t
add_piece(struct facts *f, struct piece *pieces, size_t n,
    enum chunk_kind kind, const char *text, size_t len)
{
	if (len == 0)
		return n;
	if (n == PIECES_MAX || (n > 0 && pieces[n - 1].kind == kind &&
	    kind != CHUNK_TOOL))
		pieces[--n].bytes += len;
	else
		pieces[n] = (struct piece){ .kind = kind, .bytes = len,
		    .progress = NAN };
	buf_add(&f->all_text, text, len);
	if (kind == CHUNK_CONTENT)
		buf_add(&f->text, text, len);
	return n + 1;
}

static const struct {
	const char *open, *close;
} tags[] = {
	{ "<think>", "</think>" },
	{ "<thinking>", "</thinking>" },
	{ "[THINK]", "[/THINK]" }
};

enum { N_TAGS = sizeof(tags) / sizeof(tags[0]) };

const char *
dialect_behind_reasoning(const char *text)
{
	const char *at;

	for (int i = 0; i < N_TAGS; i++)
		while ((at = strstr(text, tags[i].close)) != NULL)
			text = at + strlen(tags[i].close);
	return text;
}

static size_t
count_space(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] != '\0' && strchr(" \t\r\n", text[n]) != NULL)
		n++;
	return n;
}

/* Is what the answer began with a tag, the beginning of one, or neither? */
static enum thinking
judge_start(struct facts *f)
{
	bool may_be = false;
	const char *tag;

	for (int i = 0; i < N_TAGS; i++) {
		tag = tags[i].open;
		if (strncmp(tag, f->think_start, f->think_matched) != 0)
			continue;
		if (tag[f->think_matched] == '\0') {
			f->think_tag = i;
			return THINK_INSIDE;
		}
		may_be = true;
	}
	return may_be ? THINK_START : THINK_OVER;
}

/*
 * The first bytes of the answer: while they may open a tag, they count as
 * reasoning.  Returns how many of the len belong together.
 */
static size_t
take_start(struct facts *f, const char *text, size_t len)
{
	size_t before = f->think_matched;
	size_t i = before == 0 ? count_space(text, len) : 0;

	while (i < len && f->thinking == THINK_START) {
		f->think_start[f->think_matched++] = text[i++];
		f->thinking = judge_start(f);
	}
	if (f->thinking == THINK_INSIDE)
		f->has_reasoning = true;
	if (f->thinking != THINK_OVER) {
		f->think_matched *= f->thinking == THINK_START;
		return i;
	}
	/* What seemed to be a tag was the answer. */
	buf_add(&f->text, f->think_start, before);
	return 0;
}

/* The bytes up to the end of the closing tag, or all. */
static size_t
take_inside(struct facts *f, const char *text, size_t len)
{
	const char *tag = tags[f->think_tag].close;

	for (size_t i = 0; i < len; i++) {
		if (text[i] != tag[f->think_matched])
			f->think_matched = 0;
		if (text[i] == tag[f->think_matched] &&
		    tag[++f->think_matched] == '\0') {
			f->thinking = THINK_BEHIND;
			return i + 1;
		}
	}
	return len;
}

static size_t
take_answer(struct facts *f, struct piece *pieces, size_t n, const char *text,
    size_t len)
{
	size_t k;

	if (f->thinking == THINK_START && f->think_matched == 0 &&
	    count_space(text, len) == len)
		return add_piece(f, pieces, n, CHUNK_CONTENT, text, len);
	for (; len > 0; text += k, len -= k) {
		k = f->thinking == THINK_START ? take_start(f, text, len) :
		    f->thinking == THINK_INSIDE ? take_inside(f, text, len) :
		    f->thinking == THINK_BEHIND ? count_space(text, len) : len;
		if (f->thinking == THINK_BEHIND && k == 0)
			f->thinking = THINK_OVER;
		n = add_piece(f, pieces, n, f->thinking == THINK_OVER ?
		    CHUNK_CONTENT : CHUNK_REASONING, text, k);
	}
	return n;
}

size_t
dialect_text(struct facts *f, struct piece *pieces, size_t n,
    enum chunk_kind kind, const cJSON *text)
{
	const char *type = json_get_str(text, "type", "");
	const cJSON *part;

	if (f->is_closed)
		return n;
	if (cJSON_IsString(text) && kind == CHUNK_CONTENT)
		return take_answer(f, pieces, n, text->valuestring,
		    strlen(text->valuestring));
	if (cJSON_IsString(text)) {
		f->has_reasoning |= kind == CHUNK_REASONING &&
		    text->valuestring[0] != '\0';
		return add_piece(f, pieces, n, kind, text->valuestring,
		    strlen(text->valuestring));
	}
	if (strcmp(type, "thinking") == 0 || strcmp(type, "reasoning") == 0)
		kind = CHUNK_REASONING;
	if (cJSON_IsObject(text)) {
		n = dialect_text(f, pieces, n, kind, json_get(text, "text"));
		n = dialect_text(f, pieces, n, kind,
		    json_get(text, "thinking"));
	} else if (cJSON_IsArray(text)) {
		cJSON_ArrayForEach(part, text)
			n = dialect_text(f, pieces, n, kind, part);
	}
	return n;
}

/* ---- calls --------------------------------------------------------------- */

static const char *
text_of(const cJSON *v)
{
	return cJSON_IsString(v) ? v->valuestring : "";
}

static bool
has_id(const struct tool_call *c, const char *id)
{
	return strncmp(c->id, id, sizeof(c->id) - 1) == 0;
}

/* The latest call of that index, where none is told of that id, where neither
 * is any; n_calls when there is none. */
static size_t
find_call(const struct facts *f, int64_t index, const char *id)
{
	for (size_t i = f->n_calls; i-- > 0;)
		if (index >= 0 ? f->call_index[i] == index : id[0] == '\0' ||
		    has_id(&f->calls[i], id))
			return i;
	return f->n_calls;
}

bool
dialect_has_arguments(const struct facts *f, int64_t index, const cJSON *id)
{
	size_t i = find_call(f, index, text_of(id));

	return i < f->n_calls && f->calls[i].arguments.len > 0;
}

/*
 * Does a name begin another call than c, which was found?  Some servers give
 * all calls of an answer the same index, with ids of their own; others an id of
 * its own to every part of one call, but the name to the first alone.
 */
static bool
begins_another(const struct tool_call *c, int64_t index, const char *id)
{
	return index < 0 ? id[0] == '\0' : c->name.len > 0 &&
	    c->id[0] != '\0' && id[0] != '\0' && !has_id(c, id);
}

/* The call that is meant, or NULL when there are too many. */
static struct tool_call *
call_at(struct facts *f, int64_t index, const char *id, const char *name)
{
	size_t i = find_call(f, index, id);

	if (name[0] == '\0' && index < 0 && i == f->n_calls && i > 0)
		i--;
	if (name[0] != '\0' && i < f->n_calls &&
	    begins_another(&f->calls[i], index, id))
		i = f->n_calls;
	if (i == CALLS_MAX)
		return NULL;
	if (i == f->n_calls)
		f->call_index[f->n_calls++] = index;
	return &f->calls[i];
}

/* Name and id come in one piece; who repeats them means the same. */
static void
take_call(struct tool_call *c, const char *id, const char *name,
    const char *arguments)
{
	if (c->id[0] == '\0')
		snprintf(c->id, sizeof(c->id), "%s", id);
	if (c->name.len == 0)
		buf_adds(&c->name, name);
	buf_adds(&c->arguments, arguments);
}

size_t
dialect_call(struct facts *f, struct piece *pieces, size_t n, int64_t index,
    const cJSON *id, const cJSON *name, const cJSON *arguments)
{
	struct buf text = BUF_INIT;
	struct tool_call *c = NULL;
	struct json j;

	if (f->is_closed)
		return n;
	json_init(&j, &text);
	if (cJSON_IsString(arguments))
		buf_adds(&text, arguments->valuestring);
	else if (arguments != NULL && !cJSON_IsNull(arguments))
		json_copy(&j, NULL, arguments, FIELD_DEPTH);
	if (text.len > 0 || text_of(id)[0] != '\0' || text_of(name)[0] != '\0')
		c = call_at(f, index, text_of(id), text_of(name));
	if (c == NULL || c->name.len == 0)
		n = dialect_text(f, pieces, n, CHUNK_TOOL, name);
	if (c != NULL)
		take_call(c, text_of(id), text_of(name), buf_cstr(&text));
	n = add_piece(f, pieces, n, CHUNK_TOOL, text.data, text.len);
	buf_fini(&text);
	return n;
}

size_t
dialect_mark(struct piece *pieces, enum chunk_kind kind, double progress)
{
	pieces[0] = (struct piece){ .kind = kind, .progress = progress };
	return 1;
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

/* A copy of data in which halves of surrogate pairs are U+FFFD. */
static char *
mend(const char *data, size_t len)
{
	char *copy = xstrndup(data, len), *p = copy, *end = copy + len;
	long c;

	while ((p = memchr(p, '\\', (size_t)(end - p))) != NULL) {
		c = escape_at(p, end);
		if (c >= 0xd800 && c <= 0xdbff &&
		    (escape_at(p + 6, end) & ~0x3ffL) == 0xdc00) {
			p += 12;
			continue;
		}
		if (c >= 0xd800 && c <= 0xdfff)
			memcpy(p + 2, "fffd", 4);
		if ((p += c >= 0 ? 6 : 2) >= end)
			break;
	}
	return copy;
}

cJSON *
dialect_parse(const char *data, size_t len)
{
	cJSON *o = json_parse(data, len);
	char *copy;

	if (o == NULL && len > 0 && memchr(data, '\\', len) != NULL &&
	    memchr(data, '\0', len) == NULL) {
		copy = mend(data, len);
		o = json_parse(copy, len);
		free(copy);
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
	cJSON *o = dialect_parse(data, len);
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

	if (cJSON_IsString(e)) {
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

void
dialect_error_event(struct facts *f, const char *data, size_t len)
{
	cJSON *o = dialect_parse(data, len);
	char text[UNREAD_CAP];

	if (o == NULL)
		set_error(f, NULL, dialect_show(text, data, len));
	else
		dialect_error_object(f, o);
	cJSON_Delete(o);
}

/* The pieces of an event that is an object of this type. */
static size_t
take_typed(struct facts *f, const char *type, const cJSON *o,
    struct piece *pieces, dialect_take_fn *take)
{
	bool is_error = strcmp(type, "error") == 0;
	size_t n;

	if (is_error)
		dialect_error_object(f, o);
	else
		is_error = dialect_error(f, o);
	n = is_error ? 0 : take(f, type, o, pieces);
	f->known_events += is_error || n > 0;
	f->unknown_events += !is_error && n == 0;
	return n > 0 ? n : dialect_mark(pieces, CHUNK_OTHER, NAN);
}

size_t
dialect_typed_event(struct facts *f, const char *name, const char *data,
    size_t len, struct piece *pieces, dialect_take_fn *take)
{
	cJSON *o;
	size_t n;

	if (len == 6 && memcmp(data, "[DONE]", 6) == 0)
		return 0;
	if (strcmp(name, "error") == 0) {
		dialect_error_event(f, data, len);
		return dialect_mark(pieces, CHUNK_OTHER, NAN);
	}
	if ((o = dialect_parse(data, len)) == NULL)
		return dialect_broken(f, data, len);
	n = take_typed(f, json_get_str(o, "type", name), o, pieces, take);
	cJSON_Delete(o);
	return n;
}

void
dialect_error_body(struct facts *f, long http, const char *body, size_t len)
{
	cJSON *o = len > 0 ? dialect_parse(body, len) : NULL;
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

	return names[from];
}
