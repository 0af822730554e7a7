#include "json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

void
json_init(struct json *j, struct buf *out)
{
	j->out = out;
	j->depth = 0;
	j->need_comma[0] = false;
}

void
json_begin(struct json *j, struct buf *out)
{
	json_init(j, out);
	json_object(j, NULL);
}

/* Write text (len bytes of UTF-8, perhaps broken) as a JSON string. */
static void
quote(struct buf *out, const char *text, size_t len)
{
	size_t i = 0, run = 0, n;
	unsigned char c;
	uint32_t ch;

	buf_addc(out, '"');
	while (i < len) {
		c = (unsigned char)text[i];
		if (c >= 0x20 && c != '"' && c != '\\' && c < 0x7f) {
			i++, run++;
			continue;
		}
		n = c < 0x80 ? 1 : utf8_decode(text + i, len - i, &ch);
		if (c >= 0x80 && n > 0) {
			i += n, run += n;
			continue;
		}
		buf_add(out, text + i - run, run);
		run = 0;
		if (c >= 0x80)
			buf_adds(out, "\xef\xbf\xbd");		/* U+FFFD */
		else if (c == '"' || c == '\\')
			buf_addf(out, "\\%c", c);
		else if (c == '\n')
			buf_adds(out, "\\n");
		else
			buf_addf(out, "\\u%04x", c);
		i++;
	}
	buf_add(out, text + i - run, run);
	buf_addc(out, '"');
}

static void
begin_value(struct json *j, const char *key)
{
	if (j->need_comma[j->depth])
		buf_addc(j->out, ',');
	j->need_comma[j->depth] = true;
	if (key != NULL) {
		quote(j->out, key, strlen(key));
		buf_addc(j->out, ':');
	}
}

static void
open_group(struct json *j, const char *key, char opener, char closer)
{
	assert(j->depth + 1 < JSON_DEPTH_MAX);
	begin_value(j, key);
	buf_addc(j->out, opener);
	j->depth++;
	j->need_comma[j->depth] = false;
	j->closer[j->depth] = closer;
}

void
json_object(struct json *j, const char *key)
{
	open_group(j, key, '{', '}');
}

void
json_array(struct json *j, const char *key)
{
	open_group(j, key, '[', ']');
}

void
json_close(struct json *j)
{
	assert(j->depth > 0);
	buf_addc(j->out, j->closer[j->depth--]);
}

void
json_end_line(struct json *j)
{
	while (j->depth > 0)
		json_close(j);
	buf_addc(j->out, '\n');
	j->need_comma[0] = false;
}

void
json_strn(struct json *j, const char *key, const char *s, size_t len)
{
	begin_value(j, key);
	quote(j->out, s, len);
}

void
json_str(struct json *j, const char *key, const char *s)
{
	if (s == NULL)
		json_null(j, key);
	else
		json_strn(j, key, s, strlen(s));
}

void
json_int(struct json *j, const char *key, int64_t v)
{
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char text[24], *at = text + sizeof(text);

	/* By hand: records are mostly integers, and printf's machinery is
	 * cold when a sample is written ten times a second. */
	do
		*--at = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (v < 0)
		*--at = '-';
	json_raw(j, key, at, (size_t)(text + sizeof(text) - at));
}

void
json_count(struct json *j, const char *key, int64_t v)
{
	if (v < 0)
		json_null(j, key);
	else
		json_int(j, key, v);
}

int
json_copy(struct json *j, const char *key, const cJSON *v, int levels)
{
	const cJSON *item;
	int rc = 0;

	if (cJSON_IsString(v)) {
		json_str(j, key, v->valuestring);
	} else if (cJSON_IsNumber(v)) {
		json_num(j, key, v->valuedouble);
	} else if (cJSON_IsBool(v)) {
		json_bool(j, key, cJSON_IsTrue(v) != 0);
	} else if ((cJSON_IsArray(v) || cJSON_IsObject(v)) && levels > 0) {
		if (cJSON_IsArray(v))
			json_array(j, key);
		else
			json_object(j, key);
		cJSON_ArrayForEach(item, v)
			if (json_copy(j, cJSON_IsArray(v) ? NULL :
			    item->string, item, levels - 1) == -1)
				rc = -1;
		json_close(j);
	} else {
		json_null(j, key);
		rc = cJSON_IsArray(v) || cJSON_IsObject(v) ? -1 : 0;
	}
	return rc;
}

char *
json_number_text(char out[32], double v)
{
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(out, 32, "%.*g", digits, v);
		if (digits == 17 || strtod(out, NULL) == v)
			break;
	}
	return out;
}

void
json_num(struct json *j, const char *key, double v)
{
	char text[32];

	if (!isfinite(v)) {
		json_null(j, key);
		return;
	}
	json_number_text(text, v == 0 ? 0.0 : v);	/* no -0 */
	json_raw(j, key, text, strlen(text));
}

void
json_bool(struct json *j, const char *key, bool v)
{
	json_raw(j, key, v ? "true" : "false", v ? 4 : 5);
}

void
json_null(struct json *j, const char *key)
{
	json_raw(j, key, "null", 4);
}

void
json_raw(struct json *j, const char *key, const char *text, size_t len)
{
	begin_value(j, key);
	buf_add(j->out, text, len);
}

cJSON *
json_parse(const char *text, size_t len)
{
	const char *end = NULL;
	cJSON *tree = cJSON_ParseWithLengthOpts(text, len, &end, 0);

	if (tree == NULL)
		return NULL;
	while (end < text + len && (*end == ' ' || *end == '\t' ||
	    *end == '\r' || *end == '\n'))
		end++;
	if (end != text + len) {
		cJSON_Delete(tree);
		return NULL;
	}
	return tree;
}

static bool
has_raw_control(const char *text, size_t len)
{
	bool is_inside = false;

	for (size_t i = 0; i < len; i++)
		if (text[i] == '"')
			is_inside = !is_inside;
		else if (is_inside && text[i] == '\\')
			i++;
		else if (is_inside && (unsigned char)text[i] < 0x20)
			return true;
	return false;
}

cJSON *
json_parse_strict(const char *text, size_t len)
{
	return has_raw_control(text, len) ? NULL : json_parse(text, len);
}

const cJSON *
json_get(const cJSON *o, const char *key)
{
	return o == NULL ? NULL : cJSON_GetObjectItemCaseSensitive(o, key);
}

const char *
json_get_str(const cJSON *o, const char *key, const char *fallback)
{
	const cJSON *v = json_get(o, key);

	return cJSON_IsString(v) ? v->valuestring : fallback;
}

double
json_get_num(const cJSON *o, const char *key, double fallback)
{
	const cJSON *v = json_get(o, key);

	return cJSON_IsNumber(v) && isfinite(v->valuedouble) ?
	    v->valuedouble : fallback;
}

bool
json_get_bool(const cJSON *o, const char *key, bool fallback)
{
	const cJSON *v = json_get(o, key);

	return cJSON_IsBool(v) ? cJSON_IsTrue(v) != 0 : fallback;
}

int64_t
json_get_int(const cJSON *o, const char *key, int64_t fallback)
{
	double v = json_get_num(o, key, NAN);

	if (!(fabs(v) < 0x1p53) || v != floor(v))
		return fallback;
	return (int64_t)v;
}
