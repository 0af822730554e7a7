#include "dialect.h"

#include <math.h>
#include <string.h>

static void
take_stats(struct facts *f, const cJSON *stats)
{
	if (!cJSON_IsObject(stats))
		return;
	dialect_count(&f->prompt_tokens, stats, "input_tokens");
	dialect_count(&f->completion_tokens, stats, "total_output_tokens");
	dialect_count(&f->reasoning_tokens, stats, "reasoning_output_tokens");
	dialect_count(&f->cached_tokens, stats, "cached_tokens");
	dialect_number(&f->tokens_per_s, stats, "tokens_per_second");
	dialect_number(&f->ttft_s, stats, "time_to_first_token_seconds");
	dialect_number(&f->load_s, stats, "model_load_time_seconds");
	dialect_copy(f->finish, sizeof(f->finish),
	    json_get_str(stats, "stop_reason", NULL));
	if (f->completion_tokens >= 0)
		f->tokens_from = TOKENS_STATS;
}

static void
take_result(struct facts *f, const cJSON *result)
{
	dialect_copy(f->model_served, sizeof(f->model_served),
	    json_get_str(result, "model_instance_id", NULL));
	dialect_copy(f->response_id, sizeof(f->response_id),
	    json_get_str(result, "response_id", NULL));
	take_stats(f, json_get(result, "stats"));
}

static size_t
mark(struct piece *pieces, enum chunk_kind kind, double progress)
{
	pieces[0] = (struct piece){ .kind = kind, .progress = progress };
	return 1;
}

/* model_load.* and prompt_processing.*: 0 at start, 1 at end. */
static size_t
phase(struct piece *pieces, enum chunk_kind kind, const char *what,
    const cJSON *o)
{
	if (strcmp(what, "start") == 0)
		return mark(pieces, kind, 0);
	if (strcmp(what, "end") == 0)
		return mark(pieces, kind, 1);
	return mark(pieces, kind, json_get_num(o, "progress", NAN));
}

static size_t
delta(struct facts *f, struct piece *pieces, enum chunk_kind kind,
    const char *what, const cJSON *o)
{
	size_t n;

	if (strcmp(what, "delta") != 0)
		return mark(pieces, CHUNK_OTHER, NAN);
	n = dialect_text(f, pieces, 0, kind, json_get(o, "content"));
	return n > 0 ? n : mark(pieces, kind, NAN);
}

/* The part of type behind "prefix.", or NULL. */
static const char *
behind(const char *type, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(type, prefix, n) == 0 && type[n] == '.' ?
	    type + n + 1 : NULL;
}

static size_t
take_event(struct facts *f, const char *type, const cJSON *o,
    struct piece *pieces)
{
	const char *what;

	if ((what = behind(type, "message")) != NULL)
		return delta(f, pieces, CHUNK_CONTENT, what, o);
	if ((what = behind(type, "reasoning")) != NULL)
		return delta(f, pieces, CHUNK_REASONING, what, o);
	if ((what = behind(type, "prompt_processing")) != NULL)
		return phase(pieces, CHUNK_PREFILL, what, o);
	if ((what = behind(type, "model_load")) != NULL) {
		dialect_number(&f->load_s, o, "load_time_seconds");
		return phase(pieces, CHUNK_LOAD, what, o);
	}
	if (behind(type, "tool_call") != NULL)
		return mark(pieces, CHUNK_TOOL, NAN);
	if (strcmp(type, "chat.start") == 0) {
		take_result(f, o);
		return mark(pieces, CHUNK_ROLE, NAN);
	}
	if (strcmp(type, "chat.end") == 0) {
		f->is_closed = true;
		take_result(f, json_get(o, "result"));
		return mark(pieces, CHUNK_USAGE, NAN);
	}
	if (strcmp(type, "error") == 0) {
		dialect_error_object(f, o);
		return mark(pieces, CHUNK_OTHER, NAN);
	}
	if (dialect_error(f, o))
		return mark(pieces, CHUNK_OTHER, NAN);
	f->unknown_events++;
	return mark(pieces, CHUNK_OTHER, NAN);
}

size_t
dialect_lmstudio_event(struct facts *f, const char *name, const char *data,
    size_t len, struct piece *pieces)
{
	int64_t unknown = f->unknown_events;
	cJSON *o;
	size_t n;

	if (len == 6 && memcmp(data, "[DONE]", 6) == 0)
		return 0;
	if (strcmp(name, "error") == 0) {
		dialect_error_event(f, data, len);
		return mark(pieces, CHUNK_OTHER, NAN);
	}
	if ((o = dialect_parse(data, len)) == NULL)
		return dialect_broken(f, data, len);
	n = take_event(f, json_get_str(o, "type", name), o, pieces);
	f->known_events += f->unknown_events == unknown;
	cJSON_Delete(o);
	return n;
}

int
dialect_lmstudio_body(struct facts *f, const char *body, size_t len,
    struct piece *pieces)
{
	cJSON *o = dialect_parse(body, len);
	const cJSON *item;
	const char *type;
	size_t n = 0;

	if (o == NULL || (!dialect_error(f, o) &&
	    !cJSON_IsArray(json_get(o, "output")))) {
		cJSON_Delete(o);
		return -1;
	}
	cJSON_ArrayForEach(item, json_get(o, "output")) {
		type = json_get_str(item, "type", "");
		n = dialect_text(f, pieces, n,
		    strcmp(type, "reasoning") == 0 ? CHUNK_REASONING :
		    CHUNK_CONTENT, json_get(item, "content"));
	}
	take_result(f, o);
	f->is_closed = !f->has_error;
	cJSON_Delete(o);
	return (int)n;
}
