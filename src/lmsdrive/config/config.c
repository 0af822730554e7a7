#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "digest.h"
#include "xalloc.h"
#include "yamlread.h"

enum { BLOCKS_MAX = 1000 };

#define SEED_MAX (INT64_C(1) << 52)

static const char *const suite_keys[] = {
	"server", "memory", "sampling", "order", "timeouts", "results",
	"prompt", "pairs", "scenarios", "scenarios_file", "prompts_file",
	"compare", "tolerance", NULL
};
static const char *const memory_keys[] = { "interval", NULL };
static const char *const order_keys[] = {
	"blocks", "pattern", "idle", "cooldown", "seed", NULL
};
static const char *const timeout_keys[] = {
	"connect", "first_token", "between_tokens", "load", "unload", NULL
};
static const char *const tolerance_keys[] = { "prompt_tokens", NULL };
static const char *const prompt_keys[] = {
	"tokens_per_word", "system", NULL
};
static const char *const pattern_words[] = {
	"abba", "abab", "sequential", "random", NULL
};

/* The three documents of a configuration. */
struct sources {
	struct yamldoc *suite, *scenarios, *prompts;
};

static struct config *
config_new(const char *path)
{
	struct config *c = xcalloc(1, sizeof(*c));
	struct step defaults;

	step_init(&defaults);
	c->path = xstrdup(path);
	c->results = xstrdup("results");
	c->server = defaults.server;
	c->server.url = xstrdup("http://127.0.0.1:1234");
	c->timeouts = defaults.timeouts;
	c->sampling = defaults.sampling;
	c->tolerance = defaults.tolerance;
	c->sampling.temperature = 0;
	c->sampling.seed = 42;
	c->memory_interval_ns = defaults.memory_interval_ns;
	c->seed = -1;
	c->blocks = 2;
	c->pattern = ORDER_ABBA;
	c->idle_ns = 2 * NS_PER_S;
	c->tokens_per_word = 1;
	return c;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	config_free_pairs(c);
	config_free_server(&c->server);
	scenarios_fini(&c->scenarios);
	prompts_fini(&c->prompts);
	free(c->sampling.reasoning);
	free(c->system);
	free(c->path);
	free(c->sha256);
	free(c->results);
	free(c);
}

/* ---- sections --------------------------------------------------------- */

static int
read_memory(struct config *c, struct ynode map)
{
	struct ynode v = ynode_get(map, "interval");

	if (!map.is_set)
		return 0;
	if (ynode_check_keys(map, "memory", memory_keys) == -1 ||
	    yamlread_positive(map, "interval", &c->memory_interval_ns) == -1)
		return -1;
	if (c->memory_interval_ns < NS_PER_MS) {
		ynode_error(v, "interval: expected 1ms or more");
		return -1;
	}
	return 0;
}

static int
read_order(struct config *c, struct ynode map)
{
	int pattern = (int)c->pattern, rc = 0;

	if (!map.is_set)
		return 0;
	if (ynode_check_keys(map, "order", order_keys) == -1)
		return -1;
	rc |= ynode_get_int(map, "blocks", 1, BLOCKS_MAX, &c->blocks);
	rc |= ynode_get_word(map, "pattern", pattern_words, &pattern);
	rc |= ynode_get_duration(map, "idle", &c->idle_ns);
	rc |= ynode_get_bool(map, "cooldown", &c->idle_cooldown);
	rc |= ynode_get_int(map, "seed", 0, SEED_MAX, &c->seed);
	c->pattern = (enum order_pattern)pattern;
	return rc;
}

static int
read_timeouts(struct config *c, struct ynode map)
{
	struct step_timeouts *t = &c->timeouts;
	int rc = 0;

	if (!map.is_set)
		return 0;
	if (ynode_check_keys(map, "timeouts", timeout_keys) == -1)
		return -1;
	rc |= yamlread_positive(map, "connect", &t->connect_ns);
	rc |= yamlread_positive(map, "first_token", &t->first_token_ns);
	rc |= yamlread_positive(map, "between_tokens", &t->between_tokens_ns);
	rc |= yamlread_positive(map, "load", &t->load_ns);
	rc |= yamlread_positive(map, "unload", &t->unload_ns);
	return rc;
}

static int
read_prompt(struct config *c, struct ynode map)
{
	if (!map.is_set)
		return 0;
	if (ynode_check_keys(map, "prompt", prompt_keys) == -1)
		return -1;
	return ynode_get_double(map, "tokens_per_word", 0.1, 100,
	    &c->tokens_per_word) | yamlread_text(map, "system", &c->system);
}

static int
read_tolerance(struct config *c, struct ynode map)
{
	if (!map.is_set)
		return 0;
	if (ynode_check_keys(map, "tolerance", tolerance_keys) == -1)
		return -1;
	return yamlread_share(map, "prompt_tokens",
	    &c->tolerance.prompt_tokens_ratio);
}

static int
read_results(struct config *c, struct ynode root)
{
	if (yamlread_text(root, "results", &c->results) == -1)
		return -1;
	if (c->results == NULL || c->results[0] == '\0') {
		ynode_error(ynode_get(root, "results"),
		    "results: expected the name of a folder");
		return -1;
	}
	return 0;
}

/* Everything but pairs and scenarios. */
static int
read_settings(struct config *c, struct ynode root)
{
	int rc = 0;

	rc |= config_read_server(&c->server, ynode_get(root, "server"));
	if (c->server.command != NULL &&
	    !ynode_get(ynode_get(root, "server"), "url").is_set)
		config_free_port(&c->server);
	rc |= read_memory(c, ynode_get(root, "memory"));
	rc |= sampling_read(&c->sampling, ynode_get(root, "sampling"));
	rc |= read_order(c, ynode_get(root, "order"));
	rc |= read_timeouts(c, ynode_get(root, "timeouts"));
	rc |= read_prompt(c, ynode_get(root, "prompt"));
	rc |= read_results(c, root);
	rc |= read_tolerance(c, ynode_get(root, "tolerance"));
	if (c->seed < 0)
		c->seed = c->sampling.seed;
	return rc;
}

/* ---- the three files -------------------------------------------------- */

/* One digest of all that the plan follows from. */
static char *
sources_digest(const struct sources *src)
{
	const struct yamldoc *docs[] = { src->suite, src->scenarios,
	    src->prompts };
	struct buf all = BUF_INIT;
	char hex[DIGEST_CAP];
	const char *text;
	size_t i, len;

	for (i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
		text = docs[i] != NULL ? yamldoc_source(docs[i], &len) : NULL;
		if (text != NULL)
			buf_add(&all, text, len);
		buf_addc(&all, '\0');
	}
	digest_sha256(all.data, all.len, hex);
	buf_fini(&all);
	return xstrdup(hex);
}

static int
read_sources(struct config *c, const struct sources *src)
{
	struct ynode root = yamldoc_root(src->suite);
	int rc;

	if (!root.is_set) {
		diag_warnx("%s: empty; expected a suite with pairs and "
		    "scenarios, see lmgauge-config(5)", c->path);
		return -1;
	}
	if (ynode_expect_map(root, "the suite") == -1)
		return -1;
	rc = ynode_check_keys(root, "the suite", suite_keys);
	rc |= read_settings(c, root);
	if (src->prompts != NULL && yamldoc_root(src->prompts).is_set)
		rc |= prompts_read(&c->prompts, yamldoc_root(src->prompts));
	if (src->scenarios != NULL && yamldoc_root(src->scenarios).is_set)
		rc |= scenarios_read(&c->scenarios, &c->prompts,
		    yamldoc_root(src->scenarios));
	if (!ynode_get(root, "pairs").is_set) {
		ynode_error(root, "expected pairs: what to measure");
		rc = -1;
	} else {
		rc |= config_read_pairs(c, ynode_get(root, "pairs"));
	}
	if (!ynode_get(root, "scenarios").is_set) {
		ynode_error(root, "expected scenarios: a list of names");
		rc = -1;
	} else {
		rc |= scenarios_select(&c->scenarios, &c->prompts,
		    ynode_get(root, "scenarios"));
	}
	c->sha256 = sources_digest(src);
	return rc;
}

static struct config *
read_config(const char *path, const struct sources *src)
{
	struct config *c = config_new(path);

	if (read_sources(c, src) == -1) {
		config_free(c);
		return NULL;
	}
	return c;
}

static void
sources_fini(struct sources *src)
{
	yamldoc_free(src->suite);
	yamldoc_free(src->scenarios);
	yamldoc_free(src->prompts);
}

/*
 * The file named by key of the suite, or fallback, beside the suite.  Only a
 * file that the suite names must be there.
 */
static int
load_beside(struct yamldoc **out, const struct yamldoc *suite,
    const char *key, const char *fallback)
{
	const char *path = yamldoc_path(suite), *name = NULL, *slash;
	bool is_wanted;
	char *full;

	if (ynode_get_str(yamldoc_root(suite), key, &name) == -1)
		return -1;
	slash = strrchr(path, '/');
	if (slash == NULL || (name != NULL && name[0] == '/'))
		full = xstrdup(name != NULL ? name : fallback);
	else
		full = xasprintf("%.*s/%s", (int)(slash - path), path,
		    name != NULL ? name : fallback);
	is_wanted = name != NULL || access(full, F_OK) == 0;
	if (is_wanted)
		*out = yamldoc_load(full);
	free(full);
	return is_wanted && *out == NULL ? -1 : 0;
}

struct config *
config_load(const char *path)
{
	struct sources src = { NULL, NULL, NULL };
	struct config *c = NULL;

	src.suite = yamldoc_load(path);
	if (src.suite != NULL &&
	    load_beside(&src.prompts, src.suite, "prompts_file",
	    "prompts.yaml") == 0 &&
	    load_beside(&src.scenarios, src.suite, "scenarios_file",
	    "scenarios.yaml") == 0)
		c = read_config(path, &src);
	sources_fini(&src);
	return c;
}

struct config *
config_parse(const char *path, const char *suite, size_t len,
    const char *scenarios, const char *prompts)
{
	struct sources src = { NULL, NULL, NULL };
	struct config *c = NULL;

	src.suite = yamldoc_parse(path, suite, len);
	if (scenarios != NULL)
		src.scenarios = yamldoc_parse("scenarios.yaml", scenarios,
		    strlen(scenarios));
	if (prompts != NULL)
		src.prompts = yamldoc_parse("prompts.yaml", prompts,
		    strlen(prompts));
	if (src.suite != NULL && (scenarios == NULL) == (src.scenarios == NULL)
	    && (prompts == NULL) == (src.prompts == NULL))
		c = read_config(path, &src);
	sources_fini(&src);
	return c;
}
