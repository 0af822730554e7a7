/* Scenarios: those of the file, and which of them the suite lists. */
#include "scenario.h"

#include <stdlib.h>
#include <string.h>

#include "nearest.h"
#include "xalloc.h"
#include "yamlread.h"

void
scenarios_fini(struct scenarios *s)
{
	for (size_t i = 0; i < s->n; i++)
		scenario_fini(&s->list[i]);
	free(s->list);
	s->list = NULL;
	s->n = 0;
}

static struct scenario *
append(struct scenarios *s, const char *name)
{
	s->list = xreallocarray(s->list, s->n + 1, sizeof(*s->list));
	scenario_init(&s->list[s->n], name);
	return &s->list[s->n++];
}

int
scenarios_read(struct scenarios *s, const struct prompts *p,
    struct ynode root)
{
	int rc = yamlread_unique_keys(root, "scenarios");
	size_t len = ynode_is_map(root) ? ynode_len(root) : 0;
	struct scenario *sc;

	for (size_t i = 0; i < len; i++) {
		if (yamlread_name(ynode_key_node(root, i), "scenario",
		    ynode_key(root, i)) == -1) {
			rc = -1;
			continue;
		}
		sc = append(s, ynode_key(root, i));
		if (scenario_read(sc, p, ynode_value(root, i)) == -1)
			rc = -1;
		else if (!scenario_has_content(sc))
			rc = ynode_error(ynode_key_node(root, i), "%s: "
			    "expected at least one of prompts, prompt_tokens, "
			    "check, probe, agent, idle, reload", sc->name);
	}
	return rc;
}

static int
unknown_scenario(const struct scenarios *s, struct ynode at, const char *name)
{
	const char **names = xcalloc(s->n + 1, sizeof(*names));
	char hint[NEAREST_CAP];

	for (size_t i = 0; i < s->n; i++)
		names[i] = s->list[i].name;
	if (s->n == 0)
		ynode_error(at, "scenarios: there is no scenario '%s': none is "
		    "defined; set scenarios_file and prompts_file to those "
		    "that come with lmgauge (config/, share/lmgauge/config/), "
		    "or give it prompts or prompt_tokens here", name);
	else
		ynode_error(at, "scenarios: there is no scenario '%s'%s",
		    name, nearest_hint(hint, name, names, "; add it to the "
		    "scenarios file, or give it prompts or prompt_tokens "
		    "here"));
	free(names);
	return -1;
}

/* Move entry from to place to; those between move up by one. */
static void
move_entry(struct scenarios *s, size_t from, size_t to)
{
	struct scenario sc = s->list[from];

	memmove(&s->list[to + 1], &s->list[to],
	    (from - to) * sizeof(*s->list));
	s->list[to] = sc;
}

/* Item of the suite's list: its place there is n_listed. */
static int
select_one(struct scenarios *s, const struct prompts *p, struct ynode item,
    size_t n_listed)
{
	bool has_map = ynode_is_map(item) && ynode_len(item) == 1;
	struct ynode at = has_map ? ynode_key_node(item, 0) : item;
	const char *name = has_map ? ynode_key(item, 0) : ynode_text(item);
	struct scenario *sc;
	size_t i;

	if (name == NULL)
		return ynode_error(item, "scenarios: expected a name, or "
		    "{name: {parameter: value}}");
	for (i = 0; i < s->n && strcmp(s->list[i].name, name) != 0; i++)
		;
	if (i < n_listed)
		return ynode_error(at, "scenarios: '%s' is listed twice", name);
	if (i == s->n) {
		if (!has_map || yamlread_name(at, "scenario", name) == -1)
			return has_map ? -1 : unknown_scenario(s, at, name);
		append(s, name);
	}
	sc = &s->list[i];
	if (has_map && scenario_read(sc, p, ynode_value(item, 0)) == -1)
		return -1;
	if (!scenario_has_content(sc)) {
		s->n--;		/* it was only now appended */
		unknown_scenario(s, at, name);
		s->n++;
		return -1;
	}
	sc->is_listed = true;
	move_entry(s, i, n_listed);
	return 0;
}

int
scenarios_select(struct scenarios *s, const struct prompts *p,
    struct ynode list)
{
	size_t n_listed = 0, len = ynode_len(list);
	int rc = 0;

	if (!ynode_is_list(list) || len == 0)
		return ynode_error(list, "scenarios: expected a list of names, "
		    "at least one");
	for (size_t i = 0; i < len; i++)
		if (select_one(s, p, ynode_item(list, i), n_listed) == -1)
			rc = -1;
		else
			n_listed++;
	return rc;
}
