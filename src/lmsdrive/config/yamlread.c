#include "yamlread.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "number.h"
#include "xalloc.h"

enum { NAME_MAX_LEN = 64, COUNT_MAX = 1000000000 };

static const double rate_max = 1e6;

/* A text, copied.  With null (key: ~) *out becomes NULL. */
static int
read_text(struct ynode map, const char *key, char **out)
{
	struct ynode v = ynode_get(map, key);
	const char *text = NULL;

	if (!v.is_set)
		return 0;
	if (!(ynode_is_scalar(v) && ynode_text(v) == NULL) &&
	    ynode_get_str(map, key, &text) == -1)
		return -1;
	free(*out);
	*out = text != NULL ? xstrdup(text) : NULL;
	return 0;
}

/* A duration of lo ns or more. */
static int
read_time(struct ynode map, const char *key, double lo, int64_t *out_ns)
{
	struct ynode v = ynode_get(map, key);
	int64_t ns;

	if (!v.is_set)
		return 0;
	if (ynode_get_duration(map, key, &ns) == -1)
		return -1;
	if ((double)ns < lo) {
		if (lo > 1)
			ynode_error(v, "%s: expected %gms or more", key,
			    lo / NS_PER_MS);
		else
			ynode_error(v, "%s: expected a duration above 0", key);
		return -1;
	}
	*out_ns = ns;
	return 0;
}

/* One of words, copied. */
static int
read_copy(struct ynode map, const char *key, const char *const *words,
    char **out)
{
	int i = -1;

	if (ynode_get_word(map, key, words, &i) == -1)
		return -1;
	if (i >= 0) {
		free(*out);
		*out = xstrdup(words[i]);
	}
	return 0;
}

static int
read_member(const struct field *f, void *row, struct ynode map)
{
	void *at = (char *)row + f->offset;

	switch (f->kind) {
	case FIELD_TEXT:
		return f->words != NULL ? read_copy(map, f->key, f->words, at) :
		    read_text(map, f->key, at);
	case FIELD_COUNT:
		return ynode_get_int(map, f->key, (int64_t)f->lo,
		    (int64_t)f->hi, at);
	case FIELD_REAL:
		return ynode_get_double(map, f->key, f->lo, f->hi, at);
	case FIELD_BOOL:
		return ynode_get_bool(map, f->key, at);
	case FIELD_WORD:
		return ynode_get_word(map, f->key, f->words, at);
	case FIELD_TIME:
		return read_time(map, f->key, f->lo, at);
	case FIELD_SIZE:
		return ynode_get_size(map, f->key, at);
	default:
		return 0;
	}
}

/* Has map, the group of that name (NULL: the whole), only keys of s? */
static int
check_keys(const struct schema *s, const char *group, const char *what,
    struct ynode map)
{
	const char **keys = xcalloc(s->n_fields + 1, sizeof(*keys)), *key;
	const struct field *f;
	size_t n = 0;
	int rc;

	for (f = s->fields; f < s->fields + s->n_fields; f++) {
		if (group != NULL && !field_is_in(f, group))
			continue;
		key = group == NULL && f->group != NULL ? f->group : f->key;
		if (n == 0 || strcmp(keys[n - 1], key) != 0)
			keys[n++] = key;
	}
	rc = ynode_check_keys(map, what, keys);
	free(keys);
	return rc;
}

int
yamlread_row(const struct schema *s, const char *what, struct ynode map,
    void *row)
{
	const char *group = NULL;
	const struct field *f;
	struct ynode in = map;
	int rc;

	if (!map.is_set)
		return 0;
	rc = check_keys(s, NULL, what, map);
	for (f = s->fields; f < s->fields + s->n_fields; f++) {
		if (!field_is_in(f, group)) {
			group = f->group;
			in = group == NULL ? map : ynode_get(map, group);
			if (group != NULL && in.is_set)
				rc |= check_keys(s, group, group, in);
		}
		if (in.is_set)
			rc |= read_member(f, row, in);
	}
	return rc;
}

void
yamlread_texts_free(char **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

/*
 * The i-th of the values of key: items of a list, or the one scalar.  Returns
 * the null node when it is no scalar with a text.
 */
static struct ynode
value_at(struct ynode v, size_t i)
{
	struct ynode item = ynode_is_list(v) ? ynode_item(v, i) : v;

	if (ynode_text(item) == NULL)
		item.is_set = false;
	return item;
}

/* How many values, 0 after a message. */
static size_t
count_values(struct ynode v, const char *key, const char *expected)
{
	size_t n = ynode_is_list(v) ? ynode_len(v) : 1;

	if (n == 0 || ynode_is_map(v)) {
		ynode_error(v, "%s: expected %s, or a list of them, got %s",
		    key, expected, n == 0 ? "an empty list" : "a mapping");
		return 0;
	}
	return n;
}

static int
bad_value(struct ynode v, size_t i, const char *key, const char *expected)
{
	struct ynode at = ynode_is_list(v) ? ynode_item(v, i) : v;
	const char *text = ynode_text(at);

	return ynode_error(at, "%s: expected %s, got %s", key, expected,
	    text != NULL ? text : ynode_is_map(at) ? "a mapping" :
	    ynode_is_list(at) ? "a list" : "nothing");
}

int
yamlread_texts(struct ynode map, const char *key, char ***out, size_t *n)
{
	struct ynode v = ynode_get(map, key), item;
	size_t k, len;
	char **list;
	int rc = 0;

	if (!v.is_set)
		return 0;
	if ((len = count_values(v, key, "text")) == 0)
		return -1;
	list = xcalloc(len, sizeof(*list));
	for (size_t i = 0; i < len && rc == 0; i++) {
		item = value_at(v, i);
		if (!item.is_set) {
			rc = bad_value(v, i, key, "text");
			break;
		}
		list[i] = xstrdup(ynode_text(item));
		for (k = 0; k < i; k++)
			if (strcmp(list[i], list[k]) == 0)
				break;
		if (k < i)
			rc = ynode_error(item, "%s: '%s' is named twice", key,
			    list[i]);
	}
	if (rc == -1) {
		yamlread_texts_free(list, len);
		return -1;
	}
	yamlread_texts_free(*out, *n);
	*out = list;
	*n = len;
	return 0;
}

int
yamlread_counts(struct ynode map, const char *key, const char *word,
    int64_t **out, size_t *n)
{
	struct ynode v = ynode_get(map, key), item;
	char expected[64];
	size_t len;
	int64_t *list;

	if (!v.is_set)
		return 0;
	if ((len = count_values(v, key, "an integer")) == 0)
		return -1;
	list = xcalloc(len, sizeof(*list));
	for (size_t i = 0; i < len; i++) {
		item = value_at(v, i);
		if (item.is_set && word != NULL &&
		    strcmp(ynode_text(item), word) == 0)
			continue;
		if (!item.is_set || number_int(ynode_text(item), 1, COUNT_MAX,
		    &list[i]) == -1) {
			free(list);
			snprintf(expected, sizeof(expected), "an integer of "
			    "at least 1%s%s", word != NULL ? " or " : "",
			    word != NULL ? word : "");
			return bad_value(v, i, key, expected);
		}
	}
	free(*out);
	*out = list;
	*n = len;
	return 0;
}

int
yamlread_rates(struct ynode map, const char *key, double **out, size_t *n)
{
	struct ynode v = ynode_get(map, key), item;
	size_t len;
	double *list;

	if (!v.is_set)
		return 0;
	if ((len = count_values(v, key, "a number")) == 0)
		return -1;
	list = xcalloc(len, sizeof(*list));
	for (size_t i = 0; i < len; i++) {
		item = value_at(v, i);
		if (!item.is_set || number_double(ynode_text(item), 0,
		    rate_max, &list[i]) == -1 || list[i] <= 0) {
			free(list);
			return bad_value(v, i, key,
			    "a number above 0, at most 1000000");
		}
	}
	free(*out);
	*out = list;
	*n = len;
	return 0;
}

int
yamlread_unique_keys(struct ynode map, const char *what)
{
	size_t len = ynode_len(map);
	int rc = 0;

	if (ynode_expect_map(map, what) == -1)
		return -1;
	for (size_t i = 0; i < len; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(ynode_key(map, i), ynode_key(map, k)) == 0) {
				rc = ynode_error(ynode_key_node(map, i), "%s: "
				    "'%s' is defined twice", what,
				    ynode_key(map, i));
				break;
			}
	return rc;
}

int
yamlread_name(struct ynode n, const char *what, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) &&
		    (i == 0 || strchr("._+@-", name[i]) == NULL))
			break;
	if (len > 0 && len <= NAME_MAX_LEN && i == len)
		return 0;
	return ynode_error(n, "%s: expected a name of letters, digits and . _ "
	    "+ @ -, at most %d of them, got '%s'", what, NAME_MAX_LEN, name);
}

int
yamlread_share(struct ynode n, const char *key, double *out)
{
	struct ynode v = ynode_get(n, key);
	const char *text = ynode_text(v);
	char digits[16];
	size_t len = text != NULL ? strlen(text) : 0;
	double percent;

	if (!v.is_set)
		return 0;
	if (len >= 2 && len < sizeof(digits) && text[len - 1] == '%') {
		memcpy(digits, text, len - 1);
		digits[len - 1] = '\0';
		if (number_double(digits, 0, 100, &percent) == 0) {
			*out = percent / 100;
			return 0;
		}
	}
	return ynode_error(v, "%s: expected a share from 0%% to 100%%, as 2%%, "
	    "got %s", key, text != NULL ? text : "nothing");
}

static void
write_scalar(struct json *j, const char *key, struct ynode n)
{
	const char *text = ynode_text(n);
	double d;

	if (text == NULL)
		json_null(j, key);
	else if (ynode_is_quoted(n))
		json_str(j, key, text);
	else if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
		json_bool(j, key, text[0] == 't');
	else if (number_double(text, -1e300, 1e300, &d) == 0)
		json_num(j, key, d);
	else
		json_str(j, key, text);
}

void
yamlread_json(struct json *j, const char *key, struct ynode n)
{
	bool is_list = ynode_is_list(n);

	if (!is_list && !ynode_is_map(n)) {
		write_scalar(j, key, n);
		return;
	}
	if (is_list)
		json_array(j, key);
	else
		json_object(j, key);
	for (size_t i = 0; i < ynode_len(n); i++)
		yamlread_json(j, is_list ? NULL : ynode_key(n, i), is_list ?
		    ynode_item(n, i) : ynode_value(n, i));
	json_close(j);
}
