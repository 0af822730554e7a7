/* What comes of an answer: its text, in or behind tags of reasoning, and its
 * calls. */
#include "dialect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "field.h"

/* The U+FFFD at the end of b, if there is one: its bytes. */
static size_t
drop_half(struct buf *b)
{
	static const char half[3] = "\xef\xbf\xbd";
	size_t n = b->len >= sizeof(half) && memcmp(b->data + b->len -
	    sizeof(half), half, sizeof(half)) == 0 ? sizeof(half) : 0;

	b->len -= n;
	return n;
}

static size_t
add_piece(struct facts *f, struct piece *pieces, size_t n,
    enum chunk_kind kind, const char *text, size_t len)
{
	size_t bytes = len;

	if (len == 0)
		return n;
	if (f->is_joined && kind != CHUNK_TOOL) {
		f->is_joined = false;
		bytes -= drop_half(&f->all_text);
		if (bytes < len && kind == CHUNK_CONTENT)
			drop_half(&f->text);
	}
	if (n == PIECES_MAX || (n > 0 && pieces[n - 1].kind == kind &&
	    kind != CHUNK_TOOL))
		pieces[--n].bytes += bytes;
	else
		pieces[n] = (struct piece){ .kind = kind, .bytes = bytes,
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
