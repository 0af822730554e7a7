#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "diag.h"
#include "tap.h"

static const char minimal[] =
    "pairs: [{name: p, variants: {a: {model: m}}}]\n"
    "scenarios: [{s: {prompt_tokens: 100}}]\n";

static struct config *
parse(const char *suite)
{
	return config_parse("suite.yaml", suite, strlen(suite),
	    "simple: {prompts: [hi], repeat: 3}\nother: {prompts: [hi]}\n",
	    "hi: Say hello.\n");
}

static void
test_defaults(void)
{
	struct config *c = config_parse("suite.yaml", minimal,
	    strlen(minimal), NULL, NULL);
	const struct step_sampling *d;
	const struct scenario *s;

	if (!ok(c != NULL, "pairs and scenarios are enough"))
		return;
	d = &c->step.sampling;
	is_text(c->step.server.url, "http://127.0.0.1:1234", "server.url");
	ok(c->step.server.api == API_AUTO, "server.api");
	is_text(c->step.server.token_env, "LM_API_TOKEN", "server.token_env");
	ok(c->step.memory_interval_ns == 100000000, "memory.interval");
	ok(d->temperature == 0 && d->max_tokens == 256 && d->seed == 42 &&
	    isnan(d->top_p) && d->top_k == -1, "sampling");
	ok(c->blocks == 12 && c->pattern == ORDER_ABBA &&
	    c->idle_ns == 2000000000 && !c->idle_cooldown && c->seed == 42,
	    "order");
	ok(c->step.timeouts.connect_ns == 5000000000 &&
	    c->step.timeouts.first_token_ns == 300000000000 &&
	    c->step.timeouts.between_tokens_ns == 60000000000 &&
	    c->step.timeouts.load_ns == 600000000000, "timeouts");
	is_text(c->results, "results", "results");
	ok(c->n_pairs == 1 && c->pairs[0].kind == NULL &&
	    c->pairs[0].n_variants == 1 && c->pairs[0].tokens_per_word == 1,
	    "one pair of one variant");
	s = &c->scenarios.list[0];
	ok(c->scenarios.n == 1 && strcmp(s->name, "s") == 0 && s->is_listed &&
	    s->warmup == 1 && s->repeat == 0 &&
	    s->blocks == BLOCKS_SPLIT && s->draw == DRAW_ALL &&
	    s->cache == CACHE_COLD && s->gap_ns == 0 && s->idle_ns == 0 &&
	    s->duration_ns == -1, "a scenario");
	ok(strlen(c->step.config_sha256) == 64, "a digest");
	config_free(c);
}

static void
test_overrides(void)
{
	struct config *c = parse(
	    "sampling: {max_tokens: 10, top_p: 0.5, seed: 7}\n"
	    "pairs: [{name: p, variants: {a: {model: m}}}]\n"
	    "scenarios: [{simple: {repeat: 9, max_tokens: 20, "
	    "fixed_length: true, sampling: {temperature: 1}}}]\n");
	struct step_sampling s;

	if (!ok(c != NULL, "a scenario overridden in place"))
		return;
	ok(c->scenarios.n == 2 && c->scenarios.list[0].repeat == 9 &&
	    c->scenarios.list[0].n_prompts == 1, "repeat changes, prompts "
	    "stay");
	ok(!c->scenarios.list[1].is_listed, "the other one is not listed");
	s = scenario_sampling(&c->scenarios.list[0], &c->step.sampling);
	ok(s.max_tokens == 20 && s.temperature == 1 && s.top_p == 0.5 &&
	    s.seed == 7 && s.fixed_length, "its sampling comes first, then "
	    "the suite's");
	s = scenario_sampling(&c->scenarios.list[1], &c->step.sampling);
	ok(s.max_tokens == 10 && s.temperature == 0 && !s.fixed_length,
	    "the suite's alone");
	ok(c->seed == 7, "order.seed is sampling.seed where not given");
	config_free(c);
}

static void
test_digest(void)
{
	struct config *a = parse(minimal), *b = parse(minimal), *c;

	c = config_parse("suite.yaml", minimal, strlen(minimal),
	    "simple: {prompts: [hi], repeat: 4}\n", "hi: Say hello.\n");
	ok(strcmp(a->step.config_sha256, b->step.config_sha256) == 0, "the same files, the same "
	    "digest");
	ok(strcmp(a->step.config_sha256, c->step.config_sha256) != 0, "another scenarios file, "
	    "another digest");
	config_free(a);
	config_free(b);
	config_free(c);
}

static const struct {
	const char *url;
	bool is_good;
} urls[] = {
	{ "http://127.0.0.1:1234", true }, { "https://h", true },
	{ "http://[::1]:80/", true }, { "http://h:0", true },
	{ "http://h/prefix", true }, { "http://a-b.example:65535", true },
	{ "", false }, { "http", false }, { "http://", false },
	{ "http://:80", false }, { "http://h:", false },
	{ "http://h:-1", false }, { "http://h:123456", false },
	{ "http://[::1", false }, { "http://[::1]x", false },
	{ "http://[", false }, { "http://h\t", false },
	{ "http://a@b", false }, { "http://h/v1", false },
	{ "http://h/api/v1///", false }, { "HTTP://h", false },
	{ "file:///etc/passwd", false }, { "http://h#x", false },
};

int
main(void)
{
	diag_quiet(true);
	test_defaults();
	test_overrides();
	test_digest();
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		ok((config_url_problem(urls[i].url) == NULL) ==
		    urls[i].is_good, "%s address '%s'", urls[i].is_good ?
		    "good" : "bad", urls[i].url);
	return tap_done();
}
