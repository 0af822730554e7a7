#include "yamldoc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "buf.h"
#include "diag.h"
#include "xalloc.h"

enum { YAML_MAX = 16 * 1024 * 1024, YAML_MAX_DEPTH = 32 };

struct yamldoc {
	char *path;
	char *text;
	size_t len;
	yaml_document_t tree;
	bool has_tree;
};

/* ---- loading ---------------------------------------------------------- */

static int
fail_at(const struct yamldoc *doc, const yaml_mark_t *at, const char *what)
{
	return diag_warnx("%s:%zu:%zu: %s", doc->path, at->line + 1,
	    at->column + 1, what);
}

static int
syntax_error(const struct yamldoc *doc, const yaml_parser_t *p)
{
	char what[512];

	/* It stands before the character; of a tab that says nothing. */
	if (p->problem != NULL && strstr(p->problem, "cannot start any token")
	    != NULL && *p->buffer.pointer == '\t')
		return fail_at(doc, &p->problem_mark, "not valid YAML: a tab; "
		    "YAML is indented by spaces");
	snprintf(what, sizeof(what), "not valid YAML: %s%s%s",
	    p->problem != NULL ? p->problem : "syntax error",
	    p->context != NULL ? " " : "",
	    p->context != NULL ? p->context : "");
	return fail_at(doc, &p->problem_mark, what);
}

/*
 * Count what e begins or ends.  libyaml's time grows with the square of the
 * depth, and it loads the first document of a stream without a word about
 * the others.
 */
static int
check_event(const struct yamldoc *doc, const yaml_event_t *e, int *depth,
    int *documents)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++*documents > 1)
			return fail_at(doc, &e->start_mark, "a second document "
			    "begins here, and a file holds one: remove it, or "
			    "put it into a file of its own");
		return 0;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		if (++*depth > YAML_MAX_DEPTH)
			return fail_at(doc, &e->start_mark,
			    "lists and mappings are nested too deep here for "
			    "a configuration");
		return 0;
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		--*depth;
		return 0;
	default:
		return 0;
	}
}

/* Read all events once, keeping none. */
static int
check_stream(const struct yamldoc *doc, yaml_parser_t *p)
{
	int rc = 0, depth = 0, documents = 0;
	bool is_end = false;
	yaml_event_t e;

	while (rc == 0 && !is_end) {
		if (!yaml_parser_parse(p, &e))
			return syntax_error(doc, p);
		rc = check_event(doc, &e, &depth, &documents);
		is_end = e.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&e);
	}
	return rc;
}

static int
load_tree(struct yamldoc *doc, yaml_parser_t *p)
{
	if (!yaml_parser_load(p, &doc->tree))
		return syntax_error(doc, p);
	doc->has_tree = true;
	return 0;
}

/* One pass over the text: check it, or load its tree. */
static int
pass(struct yamldoc *doc, bool is_check)
{
	yaml_parser_t p;
	int rc;

	if (!yaml_parser_initialize(&p))
		return diag_warnx("%s: out of memory", doc->path);
	yaml_parser_set_input_string(&p, (const unsigned char *)doc->text,
	    doc->len);
	rc = is_check ? check_stream(doc, &p) : load_tree(doc, &p);
	yaml_parser_delete(&p);
	return rc;
}

struct yamldoc *
yamldoc_parse(const char *path, const char *text, size_t len)
{
	struct yamldoc *doc = xcalloc(1, sizeof(*doc));

	doc->path = xstrdup(path);
	doc->text = xstrndup(text, len);
	doc->len = len;
	if (pass(doc, true) == -1 || pass(doc, false) == -1) {
		yamldoc_free(doc);
		return NULL;
	}
	return doc;
}

struct yamldoc *
yamldoc_load(const char *path)
{
	struct yamldoc *doc = NULL;
	struct buf b = BUF_INIT;
	FILE *fp = fopen(path, "r");
	size_t n;

	if (fp == NULL) {
		diag_warn("%s", path);
		return NULL;
	}
	do {
		n = fread(buf_reserve(&b, 65536), 1, 65536, fp);
		b.len += n;
	} while (n > 0 && b.len <= YAML_MAX);
	if (ferror(fp))
		diag_warn("%s", path);
	else if (b.len > YAML_MAX)
		diag_warnx("%s: larger than 16 MiB, not a configuration",
		    path);
	else
		doc = yamldoc_parse(path, b.len > 0 ? b.data : "", b.len);
	fclose(fp);
	buf_fini(&b);
	return doc;
}

void
yamldoc_free(struct yamldoc *doc)
{
	if (doc == NULL)
		return;
	if (doc->has_tree)
		yaml_document_delete(&doc->tree);
	free(doc->path);
	free(doc->text);
	free(doc);
}

const char *
yamldoc_source(const struct yamldoc *doc, size_t *len)
{
	*len = doc->len;
	return doc->text;
}

const char *
yamldoc_path(const struct yamldoc *doc)
{
	return doc->path;
}

/* ---- shape ------------------------------------------------------------ */

static struct ynode
node_at(const struct yamldoc *doc, int id)
{
	return (struct ynode){ .doc = doc, .id = id, .is_set = id > 0 };
}

/* libyaml's accessors want a document they could change; they do not. */
static yaml_document_t *
tree_of(const struct yamldoc *doc)
{
	union { const yaml_document_t *in; yaml_document_t *out; } u;

	u.in = &doc->tree;
	return u.out;
}

static const yaml_node_t *
raw(struct ynode n)
{
	return n.is_set ? yaml_document_get_node(tree_of(n.doc), n.id) : NULL;
}

struct ynode
yamldoc_root(const struct yamldoc *doc)
{
	return node_at(doc,
	    yaml_document_get_root_node(tree_of(doc)) != NULL ? 1 : 0);
}

static bool
is_kind(struct ynode n, yaml_node_type_t kind)
{
	const yaml_node_t *r = raw(n);

	return r != NULL && r->type == kind;
}

bool
ynode_is_map(struct ynode n)
{
	return is_kind(n, YAML_MAPPING_NODE);
}

bool
ynode_is_list(struct ynode n)
{
	return is_kind(n, YAML_SEQUENCE_NODE);
}

bool
ynode_is_scalar(struct ynode n)
{
	return is_kind(n, YAML_SCALAR_NODE);
}

size_t
ynode_len(struct ynode n)
{
	const yaml_node_t *r = raw(n);

	if (ynode_is_list(n))
		return (size_t)(r->data.sequence.items.top -
		    r->data.sequence.items.start);
	if (ynode_is_map(n))
		return (size_t)(r->data.mapping.pairs.top -
		    r->data.mapping.pairs.start);
	return 0;
}

struct ynode
ynode_item(struct ynode n, size_t i)
{
	return node_at(n.doc, raw(n)->data.sequence.items.start[i]);
}

struct ynode
ynode_key_node(struct ynode n, size_t i)
{
	return node_at(n.doc, raw(n)->data.mapping.pairs.start[i].key);
}

const char *
ynode_key(struct ynode n, size_t i)
{
	const yaml_node_t *k = raw(ynode_key_node(n, i));

	return k != NULL && k->type == YAML_SCALAR_NODE ?
	    (const char *)k->data.scalar.value : "";
}

struct ynode
ynode_value(struct ynode n, size_t i)
{
	return node_at(n.doc, raw(n)->data.mapping.pairs.start[i].value);
}

struct ynode
ynode_get(struct ynode n, const char *key)
{
	size_t len = ynode_is_map(n) ? ynode_len(n) : 0;

	for (size_t i = 0; i < len; i++)
		if (strcmp(ynode_key(n, i), key) == 0)
			return ynode_value(n, i);
	return node_at(n.doc, 0);
}

bool
ynode_is_quoted(struct ynode n)
{
	const yaml_node_t *r = raw(n);

	return ynode_is_scalar(n) &&
	    r->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
}

const char *
ynode_text(struct ynode n)
{
	const char *s;

	if (!ynode_is_scalar(n))
		return NULL;
	s = (const char *)raw(n)->data.scalar.value;
	if (!ynode_is_quoted(n) && (s[0] == '\0' || strcmp(s, "~") == 0 ||
	    strcmp(s, "null") == 0))
		return NULL;
	return s;
}

/* ---- messages --------------------------------------------------------- */

int
ynode_error(struct ynode n, const char *fmt, ...)
{
	char message[1024];
	const yaml_node_t *r = raw(n);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	return diag_warnx("%s:%zu:%zu: %s", n.doc->path,
	    r != NULL ? r->start_mark.line + 1 : 1,
	    r != NULL ? r->start_mark.column + 1 : 1, message);
}

const char *
ynode_shape(struct ynode n)
{
	if (ynode_is_map(n))
		return "a mapping";
	if (ynode_is_list(n))
		return "a list";
	return ynode_text(n) != NULL ? ynode_text(n) : "nothing";
}
