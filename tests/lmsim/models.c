#include "models.h"

#include <stdlib.h>
#include <string.h>

#include "xalloc.h"
#include "yamldoc.h"

static const char *const server_keys[] = { "api", "auth", "version", "jit",
	"auto_evict", "lenient_names", "late_headers", "role_chunk", "imitate",
	"cached_tokens", "loading", "sleep_idle", "retry_after", "owned_by",
	"process_name",
	"time_scale", "memory_scale", "noise", NULL };
static const char *const model_keys[] = { "key", "display_name", "publisher",
	"architecture", "params", "quantization", "device", "bits_per_weight",
	"format", "moe", "preloaded", "nondeterministic", "size", "memory",
	"max_context_length", "context_length", "parallel", "load_time",
	"prefill_overhead", "prefill_min", "prefill_tps", "decode_tps",
	"jitter", "depth_slowdown", "batch_slowdown", "drift", "drift_max",
	"tokens_per_chunk", "reasoning_tokens", "output_tokens",
	"options", "sampling", "n_params", "draft", "accepted",
	"template_tokens", "domains", "kv_bytes_per_token", "compute_memory",
	"kv", "leak_per_request", "cache_budget", "cache_entry",
	"cache_lost_turn", "cache_first", "prefill_slowdown", "busy_loads",
	"faults", "skill", "calls", "logit_noise", "refuses_forms",
	"divergence",
	NULL };
static const char *const kv_modes[] = { "grow", "upfront", "keep", NULL };
static const char *const formats[] = { "gguf", "mlx", NULL };
static const char *const apis[] = { "v1", "v0", "openai", "router", "ollama",
	"messages", "responses", NULL };
static const char *const imitations[] = { "lmstudio", "llama-server",
	"mlx_lm", "vllm", "omlx", NULL };

static void
model_fini(struct model *m)
{
	for (size_t i = 0; i < m->n_domains; i++) {
		for (size_t k = 0; k < m->domains[i].n_words; k++)
			free(m->domains[i].words[k]);
		free(m->domains[i].words);
		free(m->domains[i].name);
	}
	free(m->domains);
	skills_fini(&m->skills);
	skills_fini(&m->calls);
	free(m->faults);
	free(m->key);
	free(m->display_name);
	free(m->publisher);
	free(m->architecture);
	free(m->params);
	free(m->quantization);
	free(m->device);
	free(m->options);
	free(m->sampling);
}

void
catalogue_free(struct catalogue *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_models; i++)
		model_fini(&c->models[i]);
	free(c->models);
	free(c->token);
	free(c->version);
	free(c->process_name);
	free(c->owner);
	free(c->retry_after);
	free(c);
}

/* ---- reading one model -------------------------------------------------- */

static int
get_text(struct ynode n, const char *key, char **out)
{
	const char *s = NULL;

	if (ynode_get_str(n, key, &s) == -1)
		return -1;
	if (s != NULL) {
		free(*out);
		*out = xstrdup(s);
	}
	return 0;
}

static int
read_strings(struct ynode n, struct model *m)
{
	const char *slash;
	int rc = 0, format = 0;

	rc |= get_text(n, "key", &m->key);
	if (rc == 0 && m->key == NULL) {
		ynode_error(n, "a model needs a key");
		return -1;
	}
	if (rc == -1)
		return -1;
	slash = strchr(m->key, '/');
	m->display_name = xstrdup(slash != NULL ? slash + 1 : m->key);
	m->publisher = slash != NULL ?
	    xstrndup(m->key, (size_t)(slash - m->key)) : xstrdup("lmsim");
	m->architecture = xstrdup("llama");
	rc |= get_text(n, "display_name", &m->display_name);
	rc |= get_text(n, "publisher", &m->publisher);
	rc |= get_text(n, "architecture", &m->architecture);
	rc |= get_text(n, "params", &m->params);
	rc |= get_text(n, "quantization", &m->quantization);
	rc |= get_text(n, "device", &m->device);
	rc |= get_text(n, "options", &m->options);
	rc |= get_text(n, "sampling", &m->sampling);
	rc |= ynode_get_word(n, "format", formats, &format);
	m->is_gguf = format == 0;
	rc |= ynode_get_bool(n, "moe", &m->is_moe);
	rc |= ynode_get_bool(n, "preloaded", &m->is_preloaded);
	rc |= ynode_get_bool(n, "refuses_forms", &m->refuses_forms);
	rc |= ynode_get_bool(n, "nondeterministic", &m->is_unstable);
	return rc;
}

static int
read_numbers(struct ynode n, struct model *m)
{
	const int64_t max = INT64_C(1) << 40;
	int rc = 0;

	rc |= ynode_get_double(n, "bits_per_weight", 0, 64,
	    &m->bits_per_weight);
	rc |= ynode_get_int(n, "max_context_length", 1, max, &m->max_context);
	rc |= ynode_get_int(n, "context_length", 1, max, &m->context);
	rc |= ynode_get_int(n, "parallel", 1, 4096, &m->parallel);
	rc |= ynode_get_duration(n, "load_time", &m->load_ns);
	rc |= ynode_get_int(n, "busy_loads", 0, INT64_MAX, &m->busy_loads);
	rc |= ynode_get_duration(n, "prefill_overhead",
	    &m->prefill_overhead_ns);
	rc |= ynode_get_duration(n, "prefill_min", &m->prefill_min_ns);
	rc |= ynode_get_double(n, "prefill_tps", 1e-3, 1e12, &m->prefill_tps);
	rc |= ynode_get_double(n, "decode_tps", 1e-3, 1e12, &m->decode_tps);
	rc |= ynode_get_double(n, "jitter", 0, 1, &m->jitter);
	rc |= ynode_get_double(n, "logit_noise", 0, 100, &m->logit_noise);
	rc |= ynode_get_double(n, "divergence", 0, 1, &m->divergence);
	rc |= ynode_get_double(n, "depth_slowdown", 0, 1e3,
	    &m->depth_slowdown);
	rc |= ynode_get_double(n, "prefill_slowdown", 0, 1e3,
	    &m->prefill_slowdown);
	rc |= ynode_get_double(n, "batch_slowdown", 0, 1e3,
	    &m->batch_slowdown);
	rc |= ynode_get_double(n, "drift", 0, 10, &m->drift);
	rc |= ynode_get_double(n, "drift_max", 0, 100, &m->drift_max);
	rc |= ynode_get_int(n, "tokens_per_chunk", 1, 1000,
	    &m->tokens_per_chunk);
	rc |= ynode_get_int(n, "reasoning_tokens", 0, max,
	    &m->reasoning_tokens);
	rc |= ynode_get_int(n, "output_tokens", 0, max, &m->output_tokens);
	rc |= ynode_get_int(n, "n_params", 0, max, &m->n_params);
	rc |= ynode_get_int(n, "draft", 0, 100, &m->draft);
	rc |= ynode_get_int(n, "accepted", 0, 100, &m->accepted);
	rc |= ynode_get_int(n, "template_tokens", 0, 1000000,
	    &m->template_tokens);
	return rc;
}

static int
read_memory(struct ynode n, struct model *m)
{
	int rc = 0, mode = KV_GROW;

	rc |= ynode_get_word(n, "kv", kv_modes, &mode);
	m->kv_mode = (enum kv_mode)mode;
	rc |= ynode_get_size(n, "size", &m->size_bytes);
	rc |= ynode_get_size(n, "memory", &m->memory_bytes);
	rc |= ynode_get_size(n, "kv_bytes_per_token", &m->kv_bytes);
	rc |= ynode_get_size(n, "compute_memory", &m->compute_bytes);
	rc |= ynode_get_size(n, "leak_per_request", &m->leak_bytes);
	rc |= ynode_get_size(n, "cache_budget", &m->cache_bytes);
	rc |= ynode_get_size(n, "cache_entry", &m->cache_entry_bytes);
	rc |= ynode_get_int(n, "cache_lost_turn", 0, 1000,
	    &m->cache_lost_turn);
	rc |= ynode_get_int(n, "cache_first", 0, INT64_MAX, &m->cache_first);
	return rc;
}

static int
read_domain(struct ynode n, const char *name, struct domain *d)
{
	static const char *const keys[] = { "factor", "words", NULL };
	struct ynode list;

	d->name = xstrdup(name);
	d->factor = 1;
	if (ynode_expect_map(n, "a domain") == -1 ||
	    ynode_check_keys(n, "a domain", keys) == -1 ||
	    ynode_get_double(n, "factor", 1e-3, 1e3, &d->factor) == -1)
		return -1;
	list = ynode_get(n, "words");
	d->words = xcalloc(ynode_len(list) + 1, sizeof(*d->words));
	for (size_t i = 0; i < ynode_len(list); i++) {
		if (ynode_text(ynode_item(list, i)) == NULL) {
			ynode_error(list, "words: expected a list of words");
			return -1;
		}
		d->words[d->n_words++] =
		    xstrdup(ynode_text(ynode_item(list, i)));
	}
	return 0;
}

static int
read_domains(struct ynode n, struct model *m)
{
	struct ynode map = ynode_get(n, "domains");

	if (!map.is_set)
		return 0;
	if (ynode_expect_map(map, "domains") == -1)
		return -1;
	m->domains = xcalloc(ynode_len(map) + 1, sizeof(*m->domains));
	for (size_t i = 0; i < ynode_len(map); i++) {
		m->n_domains++;
		if (read_domain(ynode_value(map, i), ynode_key(map, i),
		    &m->domains[i]) == -1)
			return -1;
	}
	return 0;
}

static int
read_fault(struct ynode n, struct fault_rule *r)
{
	static const char *const keys[] = { "name", "every", "after", "until",
		NULL };
	const char *name = ynode_text(n);
	int rc = 0;

	r->every = 1;
	r->after = 0;
	r->until = INT64_MAX;
	if (ynode_is_map(n)) {
		rc |= ynode_check_keys(n, "a fault", keys);
		rc |= ynode_get_str(n, "name", &name);
		rc |= ynode_get_int(n, "every", 1, INT64_MAX, &r->every);
		rc |= ynode_get_int(n, "after", 0, INT64_MAX, &r->after);
		rc |= ynode_get_int(n, "until", 0, INT64_MAX, &r->until);
	}
	r->fault = name != NULL ? fault_find(name, strlen(name)) : FAULT_COUNT;
	if (r->fault == FAULT_COUNT) {
		ynode_error(n, "%s is not the name of a fault",
		    name != NULL ? name : "this");
		return -1;
	}
	return rc;
}

static int
read_faults(struct ynode n, struct model *m)
{
	struct ynode list = ynode_get(n, "faults");

	m->faults = xcalloc(ynode_len(list) + 1, sizeof(*m->faults));
	if (list.is_set && !ynode_is_list(list)) {
		ynode_error(list, "faults: expected a list");
		return -1;
	}
	for (size_t i = 0; i < ynode_len(list); i++)
		if (read_fault(ynode_item(list, i),
		    &m->faults[m->n_faults++]) == -1)
			return -1;
	return 0;
}

static int
read_model(struct ynode n, struct model *m)
{
	int rc = 0;

	m->max_context = 131072;
	m->context = 4096;
	m->parallel = 4;
	m->load_ns = 100 * 1000000;
	m->prefill_overhead_ns = 10 * 1000000;
	m->logit_noise = -1;
	m->prefill_tps = 2000;
	m->decode_tps = 100;
	m->tokens_per_chunk = 1;
	m->template_tokens = 10;
	m->drift_max = 1;
	m->memory_bytes = 8 * 1024 * 1024;
	m->size_bytes = -1;
	if (ynode_expect_map(n, "a model") == -1 ||
	    ynode_check_keys(n, "a model", model_keys) == -1)
		return -1;
	if (read_strings(n, m) == -1)
		return -1;
	rc |= read_numbers(n, m);
	rc |= read_memory(n, m);
	rc |= read_domains(n, m);
	rc |= skills_read(&m->skills, n, "skill");
	rc |= calls_read(&m->calls, n);
	rc |= read_faults(n, m);
	return rc == 0 ? 0 : -1;
}

/* ---- the server's part ------------------------------------------------- */

static int
read_apis(struct ynode n, unsigned *out)
{
	struct ynode list = ynode_get(n, "api");
	const char *s;
	unsigned set = 0;
	size_t k;

	if (!list.is_set)
		return 0;
	for (size_t i = 0; i < ynode_len(list); i++) {
		s = ynode_text(ynode_item(list, i));
		for (k = 0; apis[k] != NULL; k++)
			if (s != NULL && strcmp(s, apis[k]) == 0)
				break;
		if (apis[k] == NULL) {
			ynode_error(ynode_item(list, i),
			    "api: expected v1, v0, openai, router, ollama, "
			    "messages or responses");
			return -1;
		}
		set |= 1U << k;
	}
	*out = set;
	return 0;
}

static int
read_noise(struct ynode n, struct noise_conf *c)
{
	static const char *const keys[] = { "load_sd", "request_sd", "ar",
		"throttle", NULL };
	int rc = 0;

	if (!n.is_set)
		return 0;
	if (ynode_expect_map(n, "noise") == -1 ||
	    ynode_check_keys(n, "noise", keys) == -1)
		return -1;
	rc |= ynode_get_double(n, "load_sd", 0, 1, &c->load_sd);
	rc |= ynode_get_double(n, "request_sd", 0, 1, &c->request_sd);
	rc |= ynode_get_double(n, "ar", 0, 1, &c->ar);
	rc |= ynode_get_double(n, "throttle", 0, 10, &c->throttle);
	return rc;
}

static int
read_server(struct ynode n, struct catalogue *c)
{
	int rc = 0, imitates = AS_LMSTUDIO;

	if (!n.is_set)
		return 0;
	if (ynode_expect_map(n, "server") == -1 ||
	    ynode_check_keys(n, "server", server_keys) == -1)
		return -1;
	rc |= read_apis(n, &c->apis);
	rc |= get_text(n, "auth", &c->token);
	rc |= get_text(n, "version", &c->version);
	rc |= get_text(n, "process_name", &c->process_name);
	if (strchr(c->process_name, '/') != NULL ||
	    strlen(c->process_name) > 32) {
		ynode_error(n, "process_name: expected the name of a file");
		return -1;
	}
	rc |= ynode_get_bool(n, "jit", &c->is_jit);
	rc |= ynode_get_bool(n, "auto_evict", &c->has_auto_evict);
	rc |= ynode_get_bool(n, "lenient_names", &c->is_lenient);
	rc |= ynode_get_bool(n, "late_headers", &c->has_late_headers);
	rc |= ynode_get_bool(n, "role_chunk", &c->has_role_chunk);
	rc |= ynode_get_word(n, "imitate", imitations, &imitates);
	c->imitates = (enum imitation)imitates;
	rc |= ynode_get_bool(n, "cached_tokens", &c->has_cached_count);
	rc |= ynode_get_duration(n, "loading", &c->loading_ns);
	rc |= ynode_get_duration(n, "sleep_idle", &c->sleep_idle_ns);
	rc |= get_text(n, "retry_after", &c->retry_after);
	rc |= get_text(n, "owned_by", &c->owner);
	rc |= ynode_get_double(n, "time_scale", 1e-6, 1e6, &c->time_scale);
	rc |= ynode_get_double(n, "memory_scale", 1e-9, 1e3,
	    &c->memory_scale);
	rc |= read_noise(ynode_get(n, "noise"), &c->noise);
	return rc == 0 ? 0 : -1;
}

static int64_t
scaled(int64_t v, double factor)
{
	return (int64_t)((double)v * factor + 0.5);
}

static void
scale_model(struct model *m, double t, double b)
{
	m->load_ns = scaled(m->load_ns, t);
	m->prefill_overhead_ns = scaled(m->prefill_overhead_ns, t);
	m->prefill_min_ns = scaled(m->prefill_min_ns, t);
	m->prefill_tps /= t;
	m->decode_tps /= t;
	m->memory_bytes = scaled(m->memory_bytes, b);
	m->size_bytes = m->size_bytes < 0 ? m->memory_bytes :
	    scaled(m->size_bytes, b);
	m->kv_bytes = scaled(m->kv_bytes, b);
	m->compute_bytes = scaled(m->compute_bytes, b);
	m->leak_bytes = scaled(m->leak_bytes, b);
	m->cache_bytes = scaled(m->cache_bytes, b);
	m->cache_entry_bytes = scaled(m->cache_entry_bytes, b);
}

static int
read_models(struct ynode list, struct catalogue *c)
{
	struct model *m;

	if (!ynode_is_list(list)) {
		ynode_error(list, "models: expected a list of models");
		return -1;
	}
	c->models = xcalloc(ynode_len(list) + 1, sizeof(*c->models));
	for (size_t i = 0; i < ynode_len(list); i++) {
		m = &c->models[c->n_models++];
		if (read_model(ynode_item(list, i), m) == -1)
			return -1;
		scale_model(m, c->time_scale, c->memory_scale);
	}
	return 0;
}

static struct catalogue *
build(struct yamldoc *doc, double time_scale)
{
	static const char *const keys[] = { "server", "models", NULL };
	struct catalogue *c = xcalloc(1, sizeof(*c));
	struct ynode root = yamldoc_root(doc);

	c->apis = API_V1 | API_V0 | API_OPENAI | API_MESSAGES |
	    API_RESPONSES;
	c->is_jit = c->has_auto_evict = true;
	c->time_scale = c->memory_scale = 1;
	c->version = xstrdup("0.4.21");
	c->process_name = xstrdup("lmsim-worker");
	if (ynode_expect_map(root, "a models file") == 0 &&
	    ynode_check_keys(root, "a models file", keys) == 0 &&
	    read_server(ynode_get(root, "server"), c) == 0) {
		if (time_scale > 0)
			c->time_scale = time_scale;
		if (read_models(ynode_get(root, "models"), c) == 0)
			return c;
	}
	catalogue_free(c);
	return NULL;
}

struct catalogue *
catalogue_load(const char *path, double time_scale)
{
	struct yamldoc *doc = yamldoc_load(path);
	struct catalogue *c = NULL;

	if (doc != NULL)
		c = build(doc, time_scale);
	yamldoc_free(doc);
	return c;
}

struct catalogue *
catalogue_parse(const char *path, const char *text, size_t len,
    double time_scale)
{
	struct yamldoc *doc = yamldoc_parse(path, text, len);
	struct catalogue *c = NULL;

	if (doc != NULL)
		c = build(doc, time_scale);
	yamldoc_free(doc);
	return c;
}

struct catalogue *
catalogue_default(double time_scale)
{
	static const char text[] =
	    "models:\n"
	    "  - {key: sim-gguf, format: gguf, quantization: Q4_K_M,"
	    " bits_per_weight: 4.5, params: 1B, decode_tps: 500,"
	    " kv_bytes_per_token: 1KiB}\n"
	    "  - {key: sim/sim-mlx, format: mlx, quantization: 4bit,"
	    " bits_per_weight: 4, params: 1B, decode_tps: 600,"
	    " kv_bytes_per_token: 1KiB}\n";

	return catalogue_parse("built-in", text, sizeof(text) - 1, time_scale);
}

/* ---- questions --------------------------------------------------------- */

const struct model *
catalogue_find(const struct catalogue *c, const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < c->n_models; i++)
		if (strcmp(c->models[i].key, key) == 0 ||
		    ((c->apis & API_OLLAMA) != 0 &&
		    strncmp(c->models[i].key, key, n) == 0 &&
		    strcmp(c->models[i].key + n, ":latest") == 0))
			return &c->models[i];
	return NULL;
}

double
model_domain(const struct model *m, const char *text, const char **name)
{
	*name = NULL;
	for (size_t i = 0; i < m->n_domains; i++)
		for (size_t k = 0; k < m->domains[i].n_words; k++)
			if (strstr(text, m->domains[i].words[k]) != NULL) {
				*name = m->domains[i].name;
				return m->domains[i].factor;
			}
	return 1;
}
