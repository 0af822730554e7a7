#include "evidence.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "json.h"
#include "record.h"
#include "xalloc.h"

bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The chain of the rows of a pair; that of none is that of an empty name. */
static size_t
chain_of(const char *pair)
{
	size_t h = 0;

	for (; pair != NULL && *pair != '\0'; pair++)
		h = h * 31 + (unsigned char)*pair;
	return h % ROW_CHAINS;
}

/* Row n, the last, behind those of its pair. */
static void
chain(struct rows *rows, const char *pair)
{
	size_t k = chain_of(pair);

	if (rows->last[k] == 0)
		rows->first[k] = rows->n;
	else
		rows->next[rows->last[k] - 1] = rows->n;
	rows->last[k] = rows->n;
	rows->next[rows->n - 1] = 0;
}

static void *
append(struct evidence *ev, enum row_type type, const cJSON *o)
{
	const struct schema *s = schema_of(type);
	const struct field *pair = field_of(s, "pair");
	struct rows *rows = &ev->rows[type];
	size_t cap = rows->cap;
	void *row;

	rows->v = xgrow(rows->v, rows->n, &rows->cap, s->size);
	if (rows->cap != cap)
		rows->next = xreallocarray(rows->next, rows->cap,
		    sizeof(*rows->next));
	row = (char *)rows->v + rows->n++ * s->size;
	field_init(s, row);
	field_read(s, row, o, &(struct field_reader){ NULL });
	chain(rows, pair == NULL ? NULL : field_text(pair, row));
	return row;
}

static struct evidence *
evidence_of(struct evidence_set *set, const char *run)
{
	struct evidence *ev;

	/* Records of a run stand together, so look from the end. */
	for (size_t i = set->n; i-- > 0;)
		if (strcmp(set->v[i].run, run) == 0)
			return &set->v[i];
	set->v = xgrow(set->v, set->n, &set->cap, sizeof(*set->v));
	ev = &set->v[set->n++];
	memset(ev, 0, sizeof(*ev));
	ev->run = xstrdup(run);
	return ev;
}

static void
append_models(struct evidence *ev, const cJSON *o)
{
	const cJSON *m;

	cJSON_ArrayForEach(m, json_get(o, "models"))
		append(ev, ROW_MODEL, m);
}

/* The domains of a moe record, each with what identifies the record. */
static void
append_domains(struct evidence *ev, const cJSON *o)
{
	const struct field_reader reader = { NULL };
	void *row;
	const cJSON *d;

	cJSON_ArrayForEach(d, json_get(o, "domains")) {
		row = append(ev, ROW_DOMAIN, o);
		field_read(schema_of(ROW_DOMAIN), row, d, &reader);
	}
}

static enum evidence_result
check_run(const cJSON *o)
{
	if (json_get_int(o, "v", -1) != RECORD_VERSION)
		return EVIDENCE_VERSION;
	if (same(json_get_str(o, "stream", NULL), "raw"))
		return EVIDENCE_RAW;
	return EVIDENCE_OK;
}

/* Over several runs metricsagg writes one end, which belongs to all. */
static enum evidence_result
add_end_of_all(struct evidence_set *set, const char *name, const cJSON *o)
{
	if (!same(name, "end") || !cJSON_IsNull(json_get(o, "run")))
		return EVIDENCE_NOT_JSON;
	for (size_t i = 0; i < set->n; i++)
		append(&set->v[i], ROW_END, o);
	return EVIDENCE_OK;
}

static enum evidence_result
add_object(struct evidence_set *set, const cJSON *o)
{
	const char *name = json_get_str(o, "type", NULL);
	const char *run = json_get_str(o, "run", NULL);
	enum evidence_result result = EVIDENCE_OK;
	struct evidence *ev;
	enum row_type type;

	if (name == NULL)
		return EVIDENCE_NOT_JSON;
	if (run == NULL)
		return add_end_of_all(set, name, o);
	if (same(name, "run") && (result = check_run(o)) != EVIDENCE_OK)
		return result;
	ev = evidence_of(set, run);
	type = schema_type_of(name);
	if (type == ROW_MODEL || type == ROW_DOMAIN || type >= ROW_TYPES) {
		if (type == ROW_TIMELINE || type == ROW_ECDF)
			ev->points++;	/* for the plots */
		else
			set->unknown++;
		return result;
	}
	append(ev, type, o);
	if (type == ROW_RUN)
		append_models(ev, o);
	else if (type == ROW_MOE)
		append_domains(ev, o);
	return result;
}

enum evidence_result
evidence_add(struct evidence_set *set, struct slice line)
{
	enum evidence_result result;
	cJSON *o;

	set->lines++;
	if ((o = json_parse(line.p, line.len)) == NULL || !cJSON_IsObject(o))
		result = EVIDENCE_NOT_JSON;
	else
		result = add_object(set, o);
	cJSON_Delete(o);
	if (result != EVIDENCE_OK)
		set->bad++;
	return result;
}

/* The n-th bad line: a file of something else is not told line by line. */
static void
complain(const struct ndjson *r, enum evidence_result result, size_t n)
{
	enum { COMPLAINTS_MAX = 5 };
	const char *what = n <= COMPLAINTS_MAX ?
	    "not a metric record, skipped" : "not a metric record, skipped; "
	    "further bad lines are only counted";

	if (n > COMPLAINTS_MAX + 1 && result == EVIDENCE_NOT_JSON)
		return;
	if (result == EVIDENCE_VERSION)
		what = "a run record of another version of the format; "
		    "use the mkreport that belongs to it";
	else if (result == EVIDENCE_RAW)
		what = "raw records; run \"metricsagg FILE | mkreport\"";
	diag_warnx("%s:%" PRIu64 ": %s", ndjson_name(r), ndjson_line_number(r),
	    what);
}

int
evidence_read(struct evidence_set *set, struct ndjson *r)
{
	enum evidence_result result;
	enum ndjson_result next;
	struct slice line;
	int status = EXIT_DONE;

	while ((next = ndjson_next(r, &line)) != NDJSON_END) {
		if (next == NDJSON_ERROR)
			return EXIT_SYSTEM;
		if (next == NDJSON_TOO_LONG) {
			set->bad++;
			complain(r, EVIDENCE_NOT_JSON, set->bad);
			status = EXIT_INPUT;
			continue;
		}
		if (line.len == 0)
			continue;
		result = evidence_add(set, line);
		if (result == EVIDENCE_NOT_JSON && ndjson_was_cut(r)) {
			set->bad--;
			set->cut = true;
		} else if (result != EVIDENCE_OK) {
			complain(r, result, set->bad);
			status = EXIT_INPUT;
		}
		if (result == EVIDENCE_RAW || result == EVIDENCE_VERSION)
			return EXIT_INPUT;
	}
	return status;
}

void
evidence_fini(struct evidence_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		for (size_t t = 0; t < ROW_TYPES; t++) {
			const struct schema *s = schema_of((enum row_type)t);
			struct rows *rows = &set->v[i].rows[t];

			for (size_t k = 0; k < rows->n; k++)
				field_fini(s, (char *)rows->v + k * s->size);
			free(rows->v);
			free(rows->next);
		}
		free(set->v[i].run);
	}
	free(set->v);
	memset(set, 0, sizeof(*set));
}

const struct row_run *
evidence_run(const struct evidence *ev)
{
	static struct row_run empty;

	if (ev->rows[ROW_RUN].n > 0)
		return ev->rows[ROW_RUN].v;
	field_init(schema_of(ROW_RUN), &empty);
	return &empty;
}

const char evidence_none[] = "";

const char *
evidence_like(const char *text)
{
	return text != NULL ? text : evidence_none;
}

/* A member of a key, as a column of the rows. */
struct wanted {
	const struct field *f;
	const char *text;
};

static size_t
wanted_of(struct wanted *w, const struct schema *s, const struct row_key *key)
{
	size_t n = 0;

#define TAKE(m) \
	if (key->m != NULL) \
		w[n++] = (struct wanted){ field_of(s, #m), key->m };
	ROW_KEY_MEMBERS(TAKE)
#undef TAKE
	return n;
}

static bool
fits(const struct wanted *w, size_t n, const void *row)
{
	const char *text;

	for (; n > 0; n--, w++) {
		assert(w->f != NULL);
		text = field_text(w->f, row);
		if (w->text == evidence_none ? text != NULL :
		    !same(text, w->text))
			return false;
	}
	return true;
}

/* The row behind row at (0: the first), of a pair when one is named; or 0. */
static size_t
behind(const struct rows *rows, size_t at, const char *pair)
{
	if (pair == NULL)
		return at < rows->n ? at + 1 : 0;
	return at == 0 ? rows->first[chain_of(pair)] : rows->next[at - 1];
}

const void *
evidence_find(const struct evidence *ev, enum row_type type,
    const struct row_key *key, const void *after)
{
	const struct schema *s = schema_of(type);
	const struct rows *rows = &ev->rows[type];
	const char *row;
	struct wanted w[sizeof(*key) / sizeof(key->pair)];
	size_t n = wanted_of(w, s, key), at = 0;

	if (after != NULL)
		at = (size_t)((const char *)after - (const char *)rows->v) /
		    s->size + 1;
	assert(at <= rows->n);
	while ((at = behind(rows, at, key->pair)) != 0) {
		row = (const char *)rows->v + (at - 1) * s->size;
		if (fits(w, n, row))
			return row;
	}
	return NULL;
}
