#include <string.h>

#include "diag.h"
#include "models.h"
#include "tap.h"

static const char good[] =
    "server: {api: [v1, router], auth: s, time_scale: 0.5, memory_scale: 2,"
    " jit: false}\n"
    "models:\n"
    "  - {key: pub/one, format: mlx, memory: 1MiB, load_time: 1s,"
    " decode_tps: 10, prefill_tps: 100, kv: keep, kv_bytes_per_token: 3B,"
    " faults: [cut, {name: reset, every: 3, after: 10}],"
    " domains: {math: {factor: 0.5, words: [prove]}}}\n"
    "  - {key: two, size: 5MiB}\n";

static const struct {
	const char *what, *yaml;
} bad[] = {
	{ "no models", "server: {}\n" },
	{ "a model without key", "models: [{format: mlx}]\n" },
	{ "an unknown key", "models: [{key: a, sped: 3}]\n" },
	{ "an unknown fault", "models: [{key: a, faults: [cat]}]\n" },
	{ "an unknown api", "server: {api: [v9]}\nmodels: []\n" },
	{ "no number", "models: [{key: a, decode_tps: fast}]\n" },
	{ "a duration without unit", "models: [{key: a, load_time: 5}]\n" },
	{ "not YAML", "models: [\n" },
	{ "a scalar", "7\n" }
};

static struct catalogue *
parse(const char *text, double scale)
{
	return catalogue_parse("test", text, strlen(text), scale);
}

static void
values(void)
{
	struct catalogue *c = parse(good, 0);
	const struct model *m;
	const char *name;

	if (!ok(c != NULL && c->n_models == 2, "a models file is read"))
		return;
	ok(c->apis == (API_V1 | API_ROUTER) && !c->is_jit, "the server");
	is_text(c->token, "s", "the token");
	m = catalogue_find(c, "pub/one");
	ok(m == &c->models[0] && catalogue_find(c, "three") == NULL,
	    "found by key");
	is_text(m->publisher, "pub", "publisher from the key");
	is_text(m->display_name, "one", "name from the key");
	ok(!m->is_gguf && m->kv_mode == KV_KEEP, "format and kv mode");
	ok(m->load_ns == 500000000 && m->decode_tps == 20 &&
	    m->prefill_tps == 200, "time is scaled");
	ok(m->memory_bytes == 2 << 20 && m->size_bytes == 2 << 20 &&
	    m->kv_bytes == 6, "memory is scaled");
	ok(m->n_faults == 2 && m->faults[1].fault == FAULT_RESET &&
	    m->faults[1].every == 3 && m->faults[1].after == 10, "faults");
	ok(model_domain(m, "please prove it", &name) == 0.5 &&
	    strcmp(name, "math") == 0, "a prompt of a domain");
	ok(model_domain(m, "hello", &name) == 1 && name == NULL,
	    "a prompt of none");
	ok(c->models[1].size_bytes == 10 << 20 && c->models[1].is_gguf,
	    "a claimed size");
	catalogue_free(c);
	c = parse(good, 0.1);
	ok(c->models[0].load_ns == 100000000, "another time scale");
	catalogue_free(c);
	c = catalogue_default(1);
	ok(c != NULL && c->n_models == 2, "the built-in models");
	catalogue_free(c);
}

int
main(void)
{
	struct catalogue *c;

	values();
	diag_quiet(true);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		c = parse(bad[i].yaml, 0);
		ok(c == NULL, "refused: %s", bad[i].what);
		catalogue_free(c);
	}
	return tap_done();
}
