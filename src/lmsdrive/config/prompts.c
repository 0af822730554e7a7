#include "prompts.h"

#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "yamlread.h"

#define ROW struct prompt_entry
static const struct field entry_fields[] = {
	YAML_OTHER(NULL, "text"),
	YAML_OTHER(NULL, "texts"),
	YAML_KEY(NULL, "domain", TEXT, domain, 0, 0),
	YAML_KEY(NULL, "system", TEXT, system, 0, 0),
	YAML_OTHER(NULL, "turns")
};
static const struct schema entry_keys = YAML_TABLE("prompt", entry_fields);
#undef ROW

const struct prompt_entry *
prompts_find(const struct prompts *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->list[i].name, name) == 0)
			return &p->list[i];
	return NULL;
}

/* simple: Explain ... */
static void
read_plain(struct prompt_entry *e, const char *text)
{
	e->turns = xcalloc(2, sizeof(*e->turns));
	e->turns[0] = xstrdup(text);
	e->n_turns = 1;
}

/* math.1, math.2, ... */
static void
name_texts(struct prompt_entry *e)
{
	e->names = xcalloc(e->n_turns + 1, sizeof(*e->names));
	for (size_t i = 0; i < e->n_turns; i++)
		e->names[i] = xasprintf("%s.%zu", e->name, i + 1);
}

/* math: {domain: math, text: ...}, or texts: [...], or turns: [...]. */
static int
read_map(struct prompt_entry *e, struct ynode v)
{
	bool has_texts = ynode_get(v, "texts").is_set;
	bool has_turns = ynode_get(v, "turns").is_set;
	const char *text = NULL;

	if (yamlread_row(&entry_keys, e->name, v, e) == -1 ||
	    ynode_get_str(v, "text", &text) == -1)
		return -1;
	if ((text != NULL) + has_texts + has_turns != 1)
		return ynode_error(v, "%s: expected text, or a list of texts "
		    "or of turns", e->name);
	if (text == NULL && yamlread_texts(v, has_texts ? "texts" : "turns",
	    &e->turns, &e->n_turns) == -1)
		return -1;
	if (has_texts)
		name_texts(e);
	if (text != NULL)
		read_plain(e, text);
	return 0;
}

static int
read_entry(struct prompt_entry *e, struct ynode root, size_t i)
{
	struct ynode v = ynode_value(root, i);

	e->name = xstrdup(ynode_key(root, i));
	if (yamlread_name(ynode_key_node(root, i), "prompt", e->name) == -1)
		return -1;
	if (ynode_text(v) != NULL)
		read_plain(e, ynode_text(v));
	else if (read_map(e, v) == -1)
		return -1;
	for (size_t k = 0; k < e->n_turns; k++)
		if (e->turns[k][0] == '\0')
			return ynode_error(v, "%s: the text is empty", e->name);
	return 0;
}

int
prompts_read(struct prompts *p, struct ynode root)
{
	size_t len = ynode_len(root);
	int rc = yamlread_unique_keys(root, "prompts");

	p->list = xcalloc(len + 1, sizeof(*p->list));
	for (size_t i = 0; ynode_is_map(root) && i < len; i++)
		if (read_entry(&p->list[p->n++], root, i) == -1)
			rc = -1;
	return rc;
}

void
prompts_fini(struct prompts *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->list[i].name);
		free(p->list[i].domain);
		free(p->list[i].system);
		field_free_texts(p->list[i].names);
		field_free_texts(p->list[i].turns);
	}
	free(p->list);
	p->list = NULL;
	p->n = 0;
}
