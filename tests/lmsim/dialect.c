#include "dialect.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

void
problem_set(struct problem *p, int status, const char *type, const char *fmt,
    ...)
{
	va_list ap;

	memset(p, 0, sizeof(*p));
	p->status = status;
	p->type = type;
	va_start(ap, fmt);
	vsnprintf(p->message, sizeof(p->message), fmt, ap);
	va_end(ap);
}

void
problem_v1(struct buf *out, const struct problem *p)
{
	struct json j;

	json_begin(&j, out);
	json_object(&j, "error");
	json_str(&j, "type", p->type);
	json_str(&j, "message", p->message);
	if (p->code != NULL)
		json_str(&j, "code", p->code);
	if (p->param != NULL)
		json_str(&j, "param", p->param);
	json_end_line(&j);
}

void
problem_openai(struct buf *out, const struct problem *p)
{
	struct json j;

	json_begin(&j, out);
	json_object(&j, "error");
	json_str(&j, "message", p->message);
	json_str(&j, "type", "invalid_request_error");
	json_str(&j, "param", p->param);
	json_str(&j, "code", p->code);
	json_end_line(&j);
}

void
problem_string(struct buf *out, const struct problem *p)
{
	struct json j;

	json_begin(&j, out);
	json_str(&j, "error", p->message);
	json_end_line(&j);
}

void
ask_init(struct ask *a)
{
	memset(a, 0, sizeof(*a));
	a->max_tokens = a->seed = a->context_length = -1;
	a->reasoning = -1;
}

void
ask_fini(struct ask *a)
{
	free(a->model);
	buf_fini(&a->texts);
	buf_fini(&a->last);
	buf_fini(&a->tools);
}

void
ask_add_content(struct ask *a, const cJSON *content)
{
	const cJSON *part;

	if (cJSON_IsString(content)) {
		ask_add_text(a, content->valuestring);
		return;
	}
	cJSON_ArrayForEach(part, content)
		ask_add_text(a, json_get_str(part, "text", ""));
}

void
ask_add_tools(struct ask *a, const cJSON *tools, const char *in,
    const char *schema)
{
	const cJSON *tool, *t;
	struct json j;

	if (!cJSON_IsArray(tools))
		return;
	json_begin(&j, &a->tools);
	json_array(&j, "tools");
	cJSON_ArrayForEach(tool, tools) {
		t = in != NULL ? json_get(tool, in) : tool;
		json_object(&j, NULL);
		json_str(&j, "name", json_get_str(t, "name", ""));
		json_str(&j, "description", json_get_str(t, "description",
		    ""));
		json_copy(&j, "parameters", json_get(t, schema),
		    JSON_DEPTH_MAX / 2);
		json_close(&j);
	}
	json_close(&j);
	json_close(&j);
	ask_add_text(a, buf_cstr(&a->tools));
}

int
dialect_missing(struct problem *p, const char *param)
{
	problem_set(p, 400, "invalid_request", "'%s' field is required",
	    param);
	p->param = param;
	return -1;
}

void
ask_add_text(struct ask *a, const char *text)
{
	if (a->texts.len > 0)
		buf_addc(&a->texts, '\n');
	buf_adds(&a->texts, text);
	buf_clear(&a->last);
	buf_adds(&a->last, text);
}
