/* A line of a plan is read, and held against what no single key can tell. */

#include <string.h>

#include "agent.h"
#include "diag.h"
#include "json.h"
#include "prefix.h"
#include "quiz.h"
#include "step.h"

enum {
	WORDS_MAX = 10000000,	/* a prompt of 60 MB */
	TURNS_MAX = 100000
};

/* What no single member can tell. */
static int
check(const struct step *s, const char *where)
{
	struct agent a = { NULL };

	if (s->op != OP_REQUEST)
		return 0;
	if (s->prompt.check != NULL &&
	    quiz_parse(&(struct quiz){ NULL }, s->prompt.check) == -1)
		return diag_warnx("%s: prompt.check: there is no kind of "
		    "question '%.40s'", where, s->prompt.check);
	if (s->prompt.probe != NULL && !prefix_is_kind(s->prompt.probe))
		return diag_warnx("%s: prompt.probe: there is no kind of "
		    "prefix '%.40s'", where, s->prompt.probe);
	if (s->prompt.agent != NULL && agent_init(&a, s->prompt.agent,
	    0) == -1)
		return diag_warnx("%s: prompt.agent: expected tools, each with "
		    "a name", where);
	agent_fini(&a);
	if (s->prompt.text == NULL && s->prompt.check == NULL &&
	    s->prompt.probe == NULL && s->prompt.agent == NULL &&
	    s->prompt.words == 0)
		return diag_warnx("%s: prompt: expected text, or words to "
		    "generate", where);
	if (s->prompt.words > WORDS_MAX || s->turns > TURNS_MAX)
		return diag_warnx("%s: prompt: expected at most %d words and "
		    "%d turns", where, WORDS_MAX, TURNS_MAX);
	if (s->arrival != ARRIVAL_CLOSED && (!(s->rate_per_s > 0) ||
	    s->rate_end_per_s <= 0))
		return diag_warnx("%s: rate_per_s: an open loop (arrival %s) "
		    "needs rates above 0", where, arrival_name(s->arrival));
	if ((s->turn == -1) != (s->turns == -1) || s->turn > s->turns)
		return diag_warnx("%s: turn: expected turn and turns, "
		    "1 <= turn <= turns", where);
	return 0;
}

/* The line as a tree, when it is one of a plan. */
static cJSON *
plan_line(const char *line, size_t len, const char *where)
{
	cJSON *tree = json_parse(line, len);
	const char *type = json_get_str(tree, "type", NULL);

	if (tree == NULL) {
		diag_warnx("%s: not a JSON object; expected a line written by "
		    "'lmsdrive plan'", where);
	} else if (type == NULL || strcmp(type, "plan") != 0) {
		diag_warnx("%s: not a plan line (type '%.40s'); expected the "
		    "output of 'lmsdrive plan'", where,
		    type != NULL ? type : "");
	} else if (json_get_int(tree, "v", 0) != 1) {
		diag_warnx("%s: v: this lmsdrive reads plans of version 1; "
		    "write the plan again", where);
	} else {
		return tree;
	}
	cJSON_Delete(tree);
	return NULL;
}

int
step_read(struct step *s, const char *line, size_t len, const char *where)
{
	const struct field_reader reader = { .where = where };
	cJSON *tree = plan_line(line, len, where);
	int rc;

	if (tree == NULL)
		return -1;
	step_init(s);
	rc = field_read(&step_schema, s, tree, &reader);
	if (rc == 0)
		rc = check(s, where);
	if (rc == -1)
		step_fini(s);
	cJSON_Delete(tree);
	return rc;
}
