#ifndef LMG_LMSDRIVE_CONFIG_YAMLREAD_H
#define LMG_LMSDRIVE_CONFIG_YAMLREAD_H

/*
 * What the configuration needs beyond yamldoc.h: heap copies, lists, lower
 * bounds, names.  As there: 0, or -1 after a message; an absent key leaves
 * *out alone.  What *out held before is released.
 */

#include <stddef.h>
#include <stdint.h>

#include "field.h"
#include "json.h"
#include "yamldoc.h"

/*
 * Rows of a table of keys, for the struct ROW: a member with its bounds, one
 * of words, a key that is read elsewhere.  in: the mapping it stands in, or
 * NULL.
 */
#define YAML_KEY(in, name, k, m, least, most) { .group = in, .key = name, \
	.kind = FIELD_##k, .offset = offsetof(ROW, m), .lo = least, \
	.hi = most }
#define YAML_WORD(in, name, k, m, of) { .group = in, .key = name, \
	.kind = FIELD_##k, .offset = offsetof(ROW, m), .words = of }
#define YAML_OTHER(in, name) { .group = in, .key = name, .kind = FIELD_OTHER }
#define YAML_TABLE(what, f) { what, sizeof(ROW), f, sizeof(f) / sizeof(f[0]) }

/*
 * The members of map that the table names, into row; what (may be of the
 * table) is for messages.  Every key of map must be one of the table's; a
 * group of the table is a mapping in map.  A text with words is one of them.
 */
int yamlread_row(const struct schema *s, const char *what, struct ynode map,
    void *row);

/* A share of up to 100 %, "2%", as a ratio. */
int yamlread_share(struct ynode n, const char *key, double *out);

/* Text or a list of text, copied, up to a NULL; at least one, all different. */
int yamlread_texts(struct ynode map, const char *key, char ***out, size_t *n);

/*
 * The same of names, each of which is one of known (up to a NULL), or is_one()
 * says so.  One that is not is reported: before, its name and behind, and the
 * nearest of known, else otherwise.
 */
struct name_kind {
	const char *const *known;
	bool (*is_one)(const char *name);	/* or NULL */
	const char *before, *behind, *otherwise;
};
int yamlread_names(struct ynode map, const char *key,
    const struct name_kind *kind, char ***out, size_t *n);

/*
 * An integer or a list of them, each at least 1; at least one, all different.
 * "max" may stand for a number, too, where there is one, and is read as 0.
 */
int yamlread_counts(struct ynode map, const char *key, bool has_max,
    int64_t **out, size_t *n);

/* A number or a list of them, each above 0; at least one, all different. */
int yamlread_rates(struct ynode map, const char *key, double **out, size_t *n);

/*
 * Write n as JSON: a plain scalar is null, a truth or a number where it reads
 * as one, and text else.
 */
void yamlread_json(struct json *j, const char *key, struct ynode n);

/* No key of map may appear twice (for mappings whose keys are names). */
int yamlread_unique_keys(struct ynode map, const char *what);

/*
 * May name be used for a pair, variant, scenario or prompt?  It becomes part
 * of file names and of lists on the command line: letters, digits, '.', '_',
 * '+', '@' and '-', at most 64, a letter or digit first.
 */
int yamlread_name(struct ynode n, const char *what, const char *name);

#endif
