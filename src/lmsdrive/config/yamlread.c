#include "yamlread.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "nearest.h"
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

/* A duration of lo ns or more, up to what a plan can hold. */
static int
read_time(struct ynode map, const char *key, double lo, int64_t *out_ns)
{
	struct ynode v = ynode_get(map, key);
	int64_t ns;

	if (!v.is_set)
		return 0;
	if (ynode_get_duration(map, key, &ns) == -1)
		return -1;
	if (ns >= INT64_C(1) << 53)
		return ynode_error(v, "%s: expected at most 104d", key);
	if ((double)ns < lo && lo > 1)
		return ynode_error(v, "%s: expected %gms or more", key,
		    lo / NS_PER_MS);
	if ((double)ns < lo)
		return ynode_error(v, "%s: expected a duration above 0", key);
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

/* How to read a list: its members, and a word that stands for 0. */
struct list_kind {
	const char *expected, *word;
	size_t size;
	int (*take)(const char *text, void *at);
};

static int
take_text(const char *text, void *at)
{
	memcpy(at, &text, sizeof(text));
	return 0;
}

static int
take_count(const char *text, void *at)
{
	return number_int(text, 1, COUNT_MAX, at);
}

static int
take_rate(const char *text, void *at)
{
	double *rate = at;

	return number_double(text, 0, rate_max, rate) == -1 || *rate <= 0 ?
	    -1 : 0;
}

/* Item i of v, or v itself, into list; it is none of those before. */
static int
read_item(const struct list_kind *k, const char *key, struct ynode v,
    char *list, size_t i)
{
	struct ynode item = ynode_is_list(v) ? ynode_item(v, i) : v;
	const char *text = ynode_text(item);
	char *at = list + i * k->size;

	if (text == NULL || ((k->word == NULL || strcmp(text, k->word) != 0) &&
	    k->take(text, at) == -1))
		return ynode_error(item, "%s: expected %s, got %s", key,
		    k->expected, ynode_shape(item));
	for (size_t j = 0; j < i; j++)
		if (strcmp(ynode_text(ynode_item(v, j)), text) == 0 ||
		    memcmp(list + j * k->size, at, k->size) == 0)
			return ynode_error(item, "%s: '%s' is named twice",
			    key, text);
	return 0;
}

/*
 * The items of key, or its one scalar: at least one.  *out, a pointer to the
 * members, is released and set.  Two equal numbers would send the same texts
 * twice, and call them new.
 */
static int
read_list(const struct list_kind *k, struct ynode map, const char *key,
    void *out, size_t *n)
{
	struct ynode v = ynode_get(map, key);
	size_t len = ynode_is_list(v) ? ynode_len(v) : 1;
	void *list, *old;

	if (!v.is_set)
		return 0;
	if (len == 0)
		return ynode_error(v, "%s: expected %s, or a list of them, got "
		    "an empty list", key, k->expected);
	list = xcalloc(len + 1, k->size);
	for (size_t i = 0; i < len; i++)
		if (read_item(k, key, v, list, i) == -1) {
			free(list);
			return -1;
		}
	memcpy(&old, out, sizeof(old));
	free(old);
	memcpy(out, &list, sizeof(list));
	*n = len;
	return 0;
}

int
yamlread_texts(struct ynode map, const char *key, char ***out, size_t *n)
{
	const struct list_kind k = { "text", NULL, sizeof(char *), take_text };
	char **list = NULL;
	size_t len = 0;

	if (read_list(&k, map, key, &list, &len) == -1)
		return -1;
	if (list == NULL)
		return 0;
	for (size_t i = 0; i < len; i++)
		list[i] = xstrdup(list[i]);
	field_free_texts(*out);
	*out = list;
	*n = len;
	return 0;
}

int
yamlread_names(struct ynode map, const char *key,
    const struct name_kind *kind, char ***out, size_t *n)
{
	struct ynode v = ynode_get(map, key);
	char hint[NEAREST_CAP];
	const char *name;
	int rc = 0;

	if (!v.is_set)
		return 0;
	if (yamlread_texts(map, key, out, n) == -1)
		return -1;
	for (size_t i = 0; i < *n; i++) {
		name = (*out)[i];
		if (kind->is_one != NULL ? kind->is_one(name) :
		    nearest_is_among(name, kind->known))
			continue;
		rc = ynode_error(ynode_is_list(v) ? ynode_item(v, i) : v,
		    "%s: %s'%s'%s%s", key, kind->before, name, kind->behind,
		    nearest_hint(hint, name, kind->known, kind->otherwise));
	}
	return rc;
}

int
yamlread_counts(struct ynode map, const char *key, bool has_max,
    int64_t **out, size_t *n)
{
	const struct list_kind k = { has_max ?
	    "an integer of at least 1 or max" : "an integer of at least 1",
	    has_max ? "max" : NULL, sizeof(int64_t), take_count };

	return read_list(&k, map, key, out, n);
}

int
yamlread_rates(struct ynode map, const char *key, double **out, size_t *n)
{
	const struct list_kind k = { "a number above 0, at most 1000000", NULL,
	    sizeof(double), take_rate };

	return read_list(&k, map, key, out, n);
}

int
yamlread_unique_keys(struct ynode map, const char *what)
{
	size_t len = ynode_len(map);
	int rc = 0;

	if (ynode_expect_map(map, what) == -1)
		return -1;
	for (size_t i = 0; i < len; i++)
		if (ynode_is_again(map, i))
			rc = ynode_error(ynode_key_node(map, i), "%s: '%s' is "
			    "defined twice", what, ynode_key(map, i));
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
