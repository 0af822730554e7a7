/* What a mapping may have: its keys, and members of a type. */
#include "yamldoc.h"

#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "nearest.h"
#include "number.h"

int
ynode_expect_map(struct ynode n, const char *what)
{
	if (ynode_is_map(n))
		return 0;
	return ynode_error(n, "%s: expected a mapping (key: value), got %s",
	    what, ynode_shape(n));
}

/* Report the unknown word s at n. */
static void
unknown_word(struct ynode n, const char *what, const char *s,
    const char *const *valid)
{
	const char *near = nearest_word(s, valid);
	struct buf list = BUF_INIT;

	if (near != NULL) {
		ynode_error(n, "%s: unknown word '%s'; did you mean '%s'?",
		    what, s, near);
		return;
	}
	for (; *valid != NULL; valid++)
		buf_addf(&list, "%s%s", list.len > 0 ? ", " : "", *valid);
	ynode_error(n, "%s: unknown word '%s'; expected one of: %s", what, s,
	    buf_cstr(&list));
	buf_fini(&list);
}

bool
ynode_is_again(struct ynode n, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(ynode_key(n, i), ynode_key(n, k)) == 0)
			return true;
	return false;
}

/* What is no configuration is not checked to its end. */
int
ynode_check_keys(struct ynode n, const char *what, const char *const *valid)
{
	enum { BAD_MAX = 20 };
	size_t i, len = ynode_len(n), bad = 0;

	if (ynode_expect_map(n, what) == -1)
		return -1;
	for (i = 0; i < len && bad < BAD_MAX; i++) {
		if (!nearest_is_among(ynode_key(n, i), valid)) {
			unknown_word(ynode_key_node(n, i), what,
			    ynode_key(n, i), valid);
			bad++;
		}
		if (ynode_is_again(n, i)) {
			ynode_error(ynode_key_node(n, i),
			    "%s: key '%s' appears twice", what,
			    ynode_key(n, i));
			bad++;
		}
	}
	if (i < len)
		ynode_error(ynode_key_node(n, i), "%s: the keys from here on "
		    "were not checked", what);
	return bad > 0 ? -1 : 0;
}

/* ---- typed members ---------------------------------------------------- */

static int
wrong(struct ynode v, const char *key, const char *expected)
{
	return ynode_error(v, "%s: expected %s, got %s", key, expected,
	    ynode_shape(v));
}

int
ynode_get_str(struct ynode n, const char *key, const char **out)
{
	struct ynode v = ynode_get(n, key);

	if (!v.is_set)
		return 0;
	if (ynode_text(v) == NULL)
		return wrong(v, key, "text");
	*out = ynode_text(v);
	return 0;
}

int
ynode_get_bool(struct ynode n, const char *key, bool *out)
{
	struct ynode v = ynode_get(n, key);
	const char *s = ynode_text(v);

	if (!v.is_set)
		return 0;
	if (s == NULL || (strcmp(s, "true") != 0 && strcmp(s, "false") != 0 &&
	    strcmp(s, "yes") != 0 && strcmp(s, "no") != 0))
		return wrong(v, key, "true or false");
	*out = s[0] == 't' || s[0] == 'y';
	return 0;
}

int
ynode_get_int(struct ynode n, const char *key, int64_t lo, int64_t hi,
    int64_t *out)
{
	struct ynode v = ynode_get(n, key);
	const char *s = ynode_text(v);
	char expected[96];

	if (!v.is_set || (s != NULL && number_int(s, lo, hi, out) == 0))
		return 0;
	snprintf(expected, sizeof(expected),
	    "an integer from %lld to %lld", (long long)lo, (long long)hi);
	return wrong(v, key, expected);
}

int
ynode_get_double(struct ynode n, const char *key, double lo, double hi,
    double *out)
{
	struct ynode v = ynode_get(n, key);
	const char *s = ynode_text(v);
	char expected[96];

	if (!v.is_set || (s != NULL && number_double(s, lo, hi, out) == 0))
		return 0;
	snprintf(expected, sizeof(expected), "a number from %g to %g", lo, hi);
	return wrong(v, key, expected);
}

/* A number with its unit. */
static int
get_with_unit(struct ynode n, const char *key, const char *expected,
    int (*parse)(const char *s, int64_t *out), int64_t *out)
{
	struct ynode v = ynode_get(n, key);
	const char *s = ynode_text(v);

	if (!v.is_set || (s != NULL && parse(s, out) == 0))
		return 0;
	return wrong(v, key, expected);
}

int
ynode_get_duration(struct ynode n, const char *key, int64_t *out_ns)
{
	return get_with_unit(n, key, "a duration with its unit (100ms, 2s, "
	    "5m)", number_duration, out_ns);
}

int
ynode_get_size(struct ynode n, const char *key, int64_t *out_bytes)
{
	return get_with_unit(n, key, "a size with its unit (512MiB, 8GiB)",
	    number_size, out_bytes);
}

int
ynode_get_word(struct ynode n, const char *key, const char *const *words,
    int *out)
{
	struct ynode v = ynode_get(n, key);
	const char *s = ynode_text(v);

	if (!v.is_set)
		return 0;
	if (s == NULL)
		return wrong(v, key, "a word");
	for (int i = 0; words[i] != NULL; i++)
		if (strcmp(s, words[i]) == 0) {
			*out = i;
			return 0;
		}
	unknown_word(v, key, s, words);
	return -1;
}
