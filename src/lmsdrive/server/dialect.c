#include "dialect.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"

void
facts_init(struct facts *f)
{
	memset(f, 0, sizeof(*f));
	f->prompt_tokens = f->completion_tokens = f->reasoning_tokens =
	    f->cached_tokens = -1;
	f->ttft_s = f->tokens_per_s = f->load_s = f->prefill_s = NAN;
}

void
facts_fini(struct facts *f)
{
	buf_fini(&f->text);
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

void
dialect_number(double *out, const cJSON *o, const char *key)
{
	double v = json_get_num(o, key, NAN);

	if (isfinite(v) && v >= 0)
		*out = v;
}

size_t
dialect_text(struct facts *f, struct piece *pieces, size_t n,
    enum chunk_kind kind, const char *text)
{
	size_t len;

	if (text == NULL || n == PIECES_MAX)
		return n;
	len = strlen(text);
	if (len == 0)
		return n;
	pieces[n] = (struct piece){ .kind = kind, .bytes = len,
	    .progress = NAN };
	buf_add(&f->all_text, text, len);
	if (kind == CHUNK_CONTENT)
		buf_add(&f->text, text, len);
	return n + 1;
}

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
dialect_error_body(struct facts *f, long http, const char *body, size_t len)
{
	cJSON *o = len > 0 ? json_parse(body, len) : NULL;
	char text[160], message[240];

	if (o == NULL || !dialect_error(f, o)) {
		snprintf(text, sizeof(text), "%.*s",
		    len < sizeof(text) ? (int)len : (int)sizeof(text) - 1,
		    len > 0 ? body : "");
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
