#include "intake.h"

#include <string.h>

#include "fastscan.h"
#include "partial.h"
#include "take.h"

/*
 * Was this very line seen before?  (Copies of chunks and samples show later;
 * without an end to the stream they cannot be remembered.)
 */
static bool
is_copy(struct take *c, enum record_type type)
{
	if (type == RECORD_CHUNK || type == RECORD_MEM)
		return false;
	if (idmap_get(&c->r->digests, c->digest) != IDMAP_NONE) {
		c->r->copies++;
		return true;
	}
	idmap_put(&c->r->digests, c->digest, 0);
	return false;
}

/* The keys that every record has. */
static enum intake_result
take_any(struct take *c)
{
	const char *name = json_get_str(c->o, "type", NULL);
	const char *run = json_get_str(c->o, "run", NULL);
	enum record_type type = record_type_of(name);

	if (name == NULL) {
		c->why = "type is missing or not a text";
		return INTAKE_BAD_RECORD;
	}
	if (strcmp(name, "partial") == 0) {
		partial_take_counts(c->t, c->o);
		return INTAKE_OK;
	}
	if (type == RECORD_UNKNOWN && strcmp(name, "chunks") != 0)
		return INTAKE_IGNORED;
	c->t_ns = take_t_ns(c->o);
	if (run == NULL || c->t_ns == -1) {
		c->why = run == NULL ? "run is missing or not a text" :
		    "t_ns is missing, or no integer from 0 to 2^52";
		return INTAKE_BAD_RECORD;
	}
	c->r = tables_run(c->t, run, strlen(run));
	if (type == RECORD_UNKNOWN) {
		c->why = "data is not a list of chunks";
		return partial_take_chunks(c->t, c->o, run, c->t_ns) == -1 ?
		    INTAKE_BAD_RECORD : INTAKE_OK;
	}
	if (is_copy(c, type)) {
		c->r->of_type[type]++;
		return INTAKE_OK;
	}
	if (take_record(c, type) == -1)
		return INTAKE_BAD_RECORD;
	if (type != RECORD_CHUNK)	/* tables_chunk() counts those */
		c->r->of_type[type]++;
	if (c->t_ns > c->r->t_last)
		c->r->t_last = c->t_ns;
	return INTAKE_OK;
}

/* The whole record at the end of a line whose first one was cut off: who went
 * on writing did not begin a new line.  Empty when there is none. */
static struct slice
glued(struct slice line)
{
	static const char begin[] = "{\"type\":\"";
	struct slice s = { line.p + line.len, 0 };

	while (--s.p > line.p) {
		s.len++;
		if (s.len >= sizeof(begin) &&
		    memcmp(s.p, begin, sizeof(begin) - 1) == 0)
			return s;
	}
	s.len = 0;
	return s;
}

/* A line that is not JSON: nothing, or cut off and the next one behind. */
static enum intake_result
take_broken(struct tables *t, struct slice line, const char **why)
{
	struct slice rest = line.len > 0 ? glued(line) : line;
	cJSON *tree = rest.len == 0 ? NULL : json_parse(rest.p, rest.len);

	cJSON_Delete(tree);
	if (tree == NULL) {
		t->tally.not_json++;
		return INTAKE_NOT_JSON;
	}
	t->tally.cut++;
	if (intake_line(t, rest, why) == INTAKE_BAD_RECORD)
		return INTAKE_BAD_RECORD;
	*why = "cut off, and the next line is glued to it: one record is lost";
	return INTAKE_GLUED;
}

enum intake_result
intake_line_slow(struct tables *t, struct slice line, const char **why)
{
	struct take c = { .t = t, .line = line };
	enum intake_result result;
	cJSON *tree = json_parse(line.p, line.len);

	*why = "not JSON";
	if (tree == NULL)
		return take_broken(t, line, why);
	if (!cJSON_IsObject(tree)) {
		*why = "not a JSON object";
		cJSON_Delete(tree);
		t->tally.not_json++;
		return INTAKE_NOT_JSON;
	}
	c.o = tree;
	c.digest = names_hash(line.p, line.len);
	result = take_any(&c);
	*why = c.why;
	t->tally.bad_record += result == INTAKE_BAD_RECORD;
	t->tally.unknown_type += result == INTAKE_IGNORED;
	cJSON_Delete(tree);
	return result;
}

enum intake_result
intake_line(struct tables *t, struct slice line, const char **why)
{
	struct chunk_event e;

	if (fastscan_chunk(line.p, line.len, &e)) {
		tables_chunk(t, &e);
		return INTAKE_OK;
	}
	return intake_line_slow(t, line, why);
}
