/* The pairs of a configuration: what is set against what, and its loading. */

#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "json.h"
#include "nearest.h"
#include "xalloc.h"
#include "yamlread.h"

static const char *const load_keys[] = {
	"context_length", "parallel", "flash_attention", "eval_batch_size",
	"num_experts", "offload_kv_cache_to_gpu", "extra", NULL
};
static const char *const kind_words[] = { "dense", "moe", NULL };
static const char *const format_words[] = { "gguf", "mlx", NULL };

enum { CONTEXT_MAX = 100000000 };

#define ROW struct config_pair
static const struct field pair_fields[] = {
	YAML_OTHER(NULL, "name"),
	YAML_WORD(NULL, "kind", TEXT, kind, kind_words),
	YAML_OTHER(NULL, "variants"),
	YAML_KEY(NULL, "reference", TEXT, reference, 0, 0),
	YAML_KEY(NULL, "tokens_per_word", REAL, tokens_per_word, 0.1, 100)
};
static const struct schema pair_keys = YAML_TABLE("pair", pair_fields);
#undef ROW
#define ROW struct step
static const struct field variant_fields[] = {
	YAML_KEY(NULL, "model", TEXT, model, 0, 0),
	YAML_WORD(NULL, "format", TEXT, format, format_words),
	YAML_OTHER(NULL, "load"),
	YAML_OTHER(NULL, "load_command"),
	YAML_OTHER(NULL, "unload_command"),
	YAML_KEY("speculation", "draft_model", TEXT, speculation.draft_model,
	    0, 0),
	YAML_KEY("speculation", "draft_tokens", COUNT,
	    speculation.draft_tokens, 0, 1000),
	YAML_KEY(NULL, "cache_budget", SIZE, cache_budget_bytes, 0, 0),
	YAML_OTHER(NULL, "server"),
	YAML_OTHER(NULL, "command")
};
static const struct schema variant_keys = YAML_TABLE("variant",
    variant_fields);
#undef ROW

/* ---- load options ----------------------------------------------------- */

static int
add_int(struct json *j, struct ynode load, const char *key, int64_t *out)
{
	if (ynode_get_int(load, key, 1, CONTEXT_MAX, out) == -1)
		return -1;
	if (ynode_get(load, key).is_set && j != NULL)
		json_int(j, key, *out);
	return 0;
}

static int
add_bool(struct json *j, struct ynode load, const char *key)
{
	bool v = false;

	if (ynode_get_bool(load, key, &v) == -1)
		return -1;
	if (ynode_get(load, key).is_set)
		json_bool(j, key, v);
	return 0;
}

/* extra: {name: scalar}, for options that this version does not know. */
static int
add_extra(struct json *j, struct ynode extra)
{
	size_t len = ynode_len(extra);
	struct ynode v;

	if (!extra.is_set)
		return 0;
	if (yamlread_unique_keys(extra, "extra") == -1)
		return -1;
	for (size_t i = 0; i < len; i++) {
		v = ynode_value(extra, i);
		/* Sent twice, one of them would be lost. */
		if (nearest_is_among(ynode_key(extra, i), load_keys) ||
		    strcmp(ynode_key(extra, i), "model") == 0)
			return ynode_error(ynode_key_node(extra, i), "extra: "
			    "'%s' is no extra option: it is said in load, or "
			    "of the variant", ynode_key(extra, i));
		if (!ynode_is_scalar(v))
			return ynode_error(v, "extra: expected a single value");
		yamlread_json(j, ynode_key(extra, i), v);
	}
	return 0;
}

/* LM Studio takes these for llama.cpp alone. */
static int
check_mlx(const struct step *v, struct ynode load)
{
	static const char *const gguf_only[] = { "flash_attention",
	    "eval_batch_size", "num_experts", "offload_kv_cache_to_gpu" };

	if (v->format == NULL || strcmp(v->format, "mlx") != 0)
		return 0;
	for (size_t i = 0; i < sizeof(gguf_only) / sizeof(gguf_only[0]); i++)
		if (ynode_get(load, gguf_only[i]).is_set)
			return ynode_error(ynode_get(load, gguf_only[i]), "%s: "
			    "a load option of gguf models, not of mlx",
			    gguf_only[i]);
	return 0;
}

static int
read_load(struct step *v, struct ynode load)
{
	struct buf b = BUF_INIT;
	struct json j;
	int64_t unused = 0;
	int rc = 0;

	if (!load.is_set)
		return 0;
	if (ynode_check_keys(load, "load", load_keys) == -1 ||
	    check_mlx(v, load) == -1)
		return -1;
	json_begin(&j, &b);
	rc |= add_int(&j, load, "context_length", &v->context_length);
	rc |= add_int(NULL, load, "parallel", &v->parallel);
	rc |= add_int(&j, load, "eval_batch_size", &unused);
	rc |= add_int(&j, load, "num_experts", &unused);
	rc |= add_bool(&j, load, "flash_attention");
	rc |= add_bool(&j, load, "offload_kv_cache_to_gpu");
	rc |= add_extra(&j, ynode_get(load, "extra"));
	json_close(&j);
	if (rc == 0 && b.len > 2)
		v->load_options = buf_steal(&b);
	buf_fini(&b);
	return rc;
}

/* ---- variants --------------------------------------------------------- */

/*
 * server: {...} or command: [...] of the variant, over the suite's server.  A
 * server that is started for the variant listens where the variant says, or
 * on a free port; the suite's server is another one.
 */
static int
read_own_server(struct config_variant *v, struct ynode map)
{
	struct ynode server = ynode_get(map, "server");
	bool has_command = ynode_get(map, "command").is_set ||
	    ynode_get(server, "command").is_set;
	bool has_url = (server.is_set && !ynode_is_map(server)) ||
	    ynode_get(server, "url").is_set;
	int rc = config_read_server(&v->step.server, server);

	rc |= config_read_command(&v->step.server.command, map, "command");
	v->has_own_url = has_url || has_command;
	if (has_command && !has_url)
		config_free_port(&v->step.server);
	return rc;
}

static int
read_variant(struct config *c, struct config_variant *variant,
    struct ynode list, size_t i)
{
	struct ynode map = ynode_value(list, i), at = ynode_key_node(list, i);
	struct step *v = &variant->step;
	int rc;

	field_copy(&step_schema, v, &c->step);
	v->variant = xstrdup(ynode_key(list, i));
	if (yamlread_name(at, "variant", v->variant) == -1)
		return -1;
	rc = yamlread_row(&variant_keys, v->variant, map, v);
	if (rc == 0 && (v->model == NULL || v->model[0] == '\0'))
		rc = ynode_error(at, "%s: expected model, the key under which "
		    "the server lists it (see 'lmsdrive models')", v->variant);
	rc |= read_load(v, ynode_get(map, "load"));
	rc |= config_read_command(&v->load_command, map, "load_command");
	rc |= config_read_command(&v->unload_command, map, "unload_command");
	rc |= read_own_server(variant, map);
	return rc;
}

/* ---- pairs ------------------------------------------------------------ */

static int
read_variants(struct config *c, struct config_pair *p, struct ynode at,
    struct ynode list)
{
	size_t len = ynode_len(list);
	int rc;

	if (!list.is_set || (ynode_is_map(list) && len == 0))
		return ynode_error(at, "%s: expected variants: {label: {model: "
		    "...}}", p->name);
	rc = yamlread_unique_keys(list, "variants");
	if (!ynode_is_map(list))
		return -1;
	p->variants = xcalloc(len, sizeof(*p->variants));
	for (size_t i = 0; i < len; i++)
		rc |= read_variant(c, &p->variants[p->n_variants++], list, i);
	return rc;
}

/* Is the reference one of the variants? */
static int
check_reference(const struct config_pair *p, struct ynode at)
{
	const char **names = xcalloc(p->n_variants + 1, sizeof(*names));
	char hint[NEAREST_CAP];
	size_t i;

	for (i = 0; i < p->n_variants &&
	    strcmp(p->variants[i].step.variant, p->reference) != 0; i++)
		names[i] = p->variants[i].step.variant;
	if (i == p->n_variants)
		ynode_error(at, "reference: there is no variant '%s' in pair "
		    "'%s'%s", p->reference, p->name,
		    nearest_hint(hint, p->reference, names, ""));
	free(names);
	return i == p->n_variants ? -1 : 0;
}

static int
read_pair(struct config *c, struct config_pair *p, struct ynode map)
{
	struct ynode name = ynode_get(map, "name");
	int rc;

	p->tokens_per_word = c->tokens_per_word;
	rc = yamlread_row(&pair_keys, pair_keys.type, map, p);
	if (ynode_text(name) == NULL)
		return ynode_error(name.is_set ? name : map, "pairs: expected "
		    "name: a name for the pair");
	p->name = xstrdup(ynode_text(name));
	rc |= yamlread_name(name, "pair", p->name);
	for (size_t i = 0; &c->pairs[i] != p; i++)
		if (c->pairs[i].name != NULL &&
		    strcmp(c->pairs[i].name, p->name) == 0) {
			rc = ynode_error(name, "pairs: two pairs are named "
			    "'%s'", p->name);
			break;
		}
	rc |= read_variants(c, p, map, ynode_get(map, "variants"));
	if (rc == 0 && p->reference != NULL)
		rc = check_reference(p, ynode_get(map, "reference"));
	return rc;
}

int
config_read_pairs(struct config *c, struct ynode list)
{
	size_t len = ynode_len(list);
	int rc = 0;

	if (!ynode_is_list(list) || len == 0)
		return ynode_error(list, "pairs: expected a list of pairs, "
		    "each with name and variants");
	c->pairs = xcalloc(len, sizeof(*c->pairs));
	for (size_t i = 0; i < len; i++)
		rc |= read_pair(c, &c->pairs[c->n_pairs++],
		    ynode_item(list, i));
	return rc;
}

void
config_free_pairs(struct config *c)
{
	for (size_t i = 0; i < c->n_pairs; i++) {
		for (size_t k = 0; k < c->pairs[i].n_variants; k++)
			step_fini(&c->pairs[i].variants[k].step);
		free(c->pairs[i].variants);
		free(c->pairs[i].name);
		free(c->pairs[i].kind);
		free(c->pairs[i].reference);
	}
	free(c->pairs);
}
