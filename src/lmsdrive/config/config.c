#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "digest.h"
#include "failif.h"
#include "metric.h"
#include "xalloc.h"
#include "yamlread.h"

#define SEED_MAX 0x1p52

static const char *const pattern_words[] = {
	"abba", "abab", "sequential", "random", NULL
};

#define ROW struct config
static const struct field suite_fields[] = {
	YAML_OTHER(NULL, "server"),
	YAML_KEY("memory", "interval", TIME, step.memory_interval_ns,
	    NS_PER_MS, 0),
	YAML_OTHER(NULL, "sampling"),
	YAML_KEY("order", "rounds", COUNT, blocks, 1, CONFIG_ROUNDS),
	YAML_KEY("order", "blocks", COUNT, blocks, 1, CONFIG_ROUNDS),
	YAML_WORD("order", "pattern", WORD, pattern, pattern_words),
	YAML_KEY("order", "idle", TIME, idle_ns, 0, 0),
	YAML_KEY("order", "cooldown", BOOL, idle_cooldown, 0, 0),
	YAML_KEY("order", "reload", BOOL, reload, 0, 0),
	YAML_KEY("order", "budget", TIME, step.budget_ns, NS_PER_S, 0),
	YAML_KEY("order", "seed", COUNT, seed, 0, SEED_MAX),
	YAML_KEY("timeouts", "connect", TIME, step.timeouts.connect_ns, 1, 0),
	YAML_KEY("timeouts", "first_token", TIME,
	    step.timeouts.first_token_ns, 1, 0),
	YAML_KEY("timeouts", "between_tokens", TIME,
	    step.timeouts.between_tokens_ns, 1, 0),
	YAML_KEY("timeouts", "load", TIME, step.timeouts.load_ns, 1, 0),
	YAML_KEY(NULL, "results", TEXT, results, 0, 0),
	YAML_KEY("prompt", "tokens_per_word", REAL, tokens_per_word, 0.1, 100),
	YAML_KEY("prompt", "system", TEXT, system, 0, 0),
	YAML_OTHER(NULL, "headline"),
	YAML_OTHER(NULL, "pairs"),
	YAML_OTHER(NULL, "scenarios"),
	YAML_OTHER(NULL, "scenarios_file"),
	YAML_OTHER(NULL, "prompts_file"),
	YAML_OTHER("compare", "fail_if"),
	YAML_OTHER("tolerance", "prompt_tokens")
};
static const struct schema suite_keys = YAML_TABLE("the suite", suite_fields);
#undef ROW

/* The three documents of a configuration. */
struct sources {
	struct yamldoc *suite, *scenarios, *prompts;
};

static struct config *
config_new(const char *path)
{
	struct config *c = xcalloc(1, sizeof(*c));
	struct step_sampling *s = &c->step.sampling;

	step_init(&c->step);
	c->step.config = xstrdup(path);
	c->step.server.url = xstrdup("http://127.0.0.1:1234");
	/* What the server, or its user, prefers would apply to what is left
	 * out: a penalty alone can cost a quarter of the speed. */
	s->temperature = s->min_p = 0;
	s->repeat_penalty = 1;
	s->presence_penalty = s->frequency_penalty = 0;
	s->seed = 42;
	c->results = xstrdup("results");
	c->seed = -1;
	c->blocks = 12;
	c->pattern = ORDER_ABBA;
	c->reload = true;
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
	step_fini(&c->step);
	scenarios_fini(&c->scenarios);
	prompts_fini(&c->prompts);
	free(c->system);
	free(c->results);
	free(c);
}

/* ---- sections --------------------------------------------------------- */

/* Metrics that can be tested, each of them another figure. */
static int
read_headline(char ***names, struct ynode root)
{
	const struct name_kind kind = { metric_headlines, NULL, "",
	    " is no metric that can be tested", "; expected ttft_s, "
	    "decode_tps, prefill_tps, median_icl_s, e2e_s or effective_tps" };
	size_t n = 0;
	int rc = yamlread_names(root, "headline", &kind, names, &n);

	for (size_t i = 1; i < n && rc == 0; i++)
		for (size_t k = 0; k < i && rc == 0; k++)
			if (metric_is_same((*names)[k], (*names)[i]))
				rc = ynode_error(ynode_item(ynode_get(root,
				    "headline"), i), "headline: %s and %s are "
				    "one figure, which is tested once; leave "
				    "out one of them", (*names)[k],
				    (*names)[i]);
	return rc;
}

/* Everything but pairs and scenarios. */
static int
read_settings(struct config *c, struct ynode root)
{
	struct failifs rules = { .n = 0 };
	int rc = config_read_server(&c->step.server,
	    ynode_get(root, "server"));

	if (c->step.server.command != NULL &&
	    !ynode_get(ynode_get(root, "server"), "url").is_set)
		config_free_port(&c->step.server);
	rc |= yamlread_row(&suite_keys, suite_keys.type, root, c);
	rc |= sampling_read(&c->step.sampling, ynode_get(root, "sampling"));
	rc |= read_headline(&c->step.headline, root);
	if (c->results == NULL || c->results[0] == '\0')
		rc = ynode_error(ynode_get(root, "results"), "results: "
		    "expected the name of a folder");
	rc |= yamlread_share(ynode_get(root, "tolerance"), "prompt_tokens",
	    &c->step.tolerance.prompt_tokens_ratio);
	/* "metricsagg compare" takes them, long after the run. */
	rc |= failif_read(&rules, ynode_get(root, "compare"));
	if (c->seed < 0)
		c->seed = c->step.sampling.seed;
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
	size_t len;

	for (size_t i = 0; i < sizeof(docs) / sizeof(docs[0]); i++) {
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

	c->step.config_sha256 = sources_digest(src);
	if (!root.is_set)
		return diag_warnx("%s: empty; expected a suite with pairs and "
		    "scenarios, see lmgauge-config(5)", c->step.config);
	if (ynode_expect_map(root, "the suite") == -1)
		return -1;
	rc = read_settings(c, root);
	if (src->prompts != NULL && yamldoc_root(src->prompts).is_set)
		rc |= prompts_read(&c->prompts, yamldoc_root(src->prompts));
	if (src->scenarios != NULL && yamldoc_root(src->scenarios).is_set)
		rc |= scenarios_read(&c->scenarios, &c->prompts,
		    yamldoc_root(src->scenarios));
	if (!ynode_get(root, "pairs").is_set)
		rc = ynode_error(root, "expected pairs: what to measure");
	else
		rc |= config_read_pairs(c, ynode_get(root, "pairs"));
	if (!ynode_get(root, "scenarios").is_set)
		rc = ynode_error(root, "expected scenarios: a list of names");
	else
		rc |= scenarios_select(&c->scenarios, &c->prompts,
		    ynode_get(root, "scenarios"));
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
