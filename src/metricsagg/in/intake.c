#include "intake.h"

#include <string.h>

#include "fastscan.h"
#include "partial.h"
#include "take.h"

/* Was this very line seen before? */
static bool
is_copy(struct take *c)
{
	bool is = seen_line(c->r, c->digest);

	c->r->copies += is;
	return is;
}

/* Copies of chunks and samples show later; without an end to the stream they
 * cannot be remembered.  Those of what has a row show there. */
static bool
shows_later(enum record_type type)
{
	return type == RECORD_CHUNK || type == RECORD_MEM ||
	    type == RECORD_RUN || type == RECORD_STEP ||
	    type == RECORD_REQUEST ||
	    type == RECORD_RESPONSE;
}

static enum intake_result
bad_record(struct take *c, const char *why)
{
	c->why = why;
	c->t->tally.bad_record++;
	return INTAKE_BAD_RECORD;
}

/* A record of a type we know, of c->r. */
static enum intake_result
take_known(struct take *c)
{
	enum record_type type = c->type;

	if (!shows_later(type) && is_copy(c)) {
		c->r->of_type[type]++;
		return INTAKE_OK;
	}
	if (c->o != NULL)
		take_read(c);
	if (take_record(c) == -1) {
		if (type == RECORD_CHUNK || !shows_later(type) || !is_copy(c))
			return bad_record(c, c->why);
		c->r->of_type[type]++;
		return INTAKE_OK;
	}
	if (type != RECORD_CHUNK)	/* tables_chunk() counts those */
		c->r->of_type[type]++;
	if (c->t_ns > c->r->t_last)
		c->r->t_last = c->t_ns;
	return INTAKE_OK;
}

/* The keys that every record has. */
static enum intake_result
take_any(struct take *c)
{
	const char *name = json_get_str(c->o, "type", NULL);
	const char *run = json_get_str(c->o, "run", NULL);

	if (name == NULL)
		return bad_record(c, "type is missing or not a text");
	if (strcmp(name, "partial") == 0) {
		partial_take_counts(c->t, c->o);
		return INTAKE_OK;
	}
	c->type = record_type_of(name);
	if (c->type == RECORD_UNKNOWN && strcmp(name, "chunks") != 0) {
		c->t->tally.unknown_type++;
		return INTAKE_IGNORED;
	}
	c->t_ns = take_t_ns(c->o);
	if (run == NULL || c->t_ns == -1)
		return bad_record(c, run == NULL ?
		    "run is missing or not a text" :
		    "t_ns is missing, or no integer from 0 to 2^52");
	c->r = tables_run(c->t, run, strlen(run));
	if (c->type != RECORD_UNKNOWN)
		return take_known(c);
	return partial_take_chunks(c->t, c->o, run, c->t_ns) == 0 ? INTAKE_OK :
	    bad_record(c, "data is not a list of chunks");
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
	union raw_any row;
	struct take c = { .t = t, .row = &row, .line = line };
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
	c.digest = names_digest(line.p, line.len);
	result = take_any(&c);
	*why = c.why;
	cJSON_Delete(tree);
	return result;
}

enum intake_result
intake_line(struct tables *t, struct slice line, const char **why)
{
	struct fastrecord record;
	struct take c = { .t = t, .row = &record.row, .line = line };
	enum intake_result result;
	struct chunk_event e;

	if (fastscan_chunk(line.p, line.len, &e)) {
		tables_chunk(t, &e);
		return INTAKE_OK;
	}
	if (!fastscan_record(&t->fast, line, &record))
		return intake_line_slow(t, line, why);
	c.digest = names_digest(line.p, line.len);
	c.type = record.type;
	c.t_ns = record.t_ns;
	c.r = tables_run(t, record.run, strlen(record.run));
	result = take_known(&c);
	*why = c.why;
	return result;
}
