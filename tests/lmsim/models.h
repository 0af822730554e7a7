#ifndef LMG_TESTS_LMSIM_MODELS_H
#define LMG_TESTS_LMSIM_MODELS_H

/*
 * The models file (YAML): what the stand-in server offers and how it behaves.
 * README.md lists the keys.  Durations and rates in the file are those of the
 * machine being played; they are multiplied by time_scale, and memory by
 * memory_scale, when the file is read, so that everything below is what
 * really happens.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault.h"
#include "noise.h"
#include "calls.h"

enum {
	API_V1 = 1, API_V0 = 2, API_OPENAI = 4, API_ROUTER = 8,
	API_OLLAMA = 16, API_MESSAGES = 32, API_RESPONSES = 64
};

/* Whose ways the OpenAI API has. */
enum imitation { AS_LMSTUDIO, AS_LLAMA_SERVER, AS_MLX_LM, AS_VLLM, AS_OMLX };

/* How context memory behaves. */
enum kv_mode {
	KV_GROW,	/* with the tokens, given back after each request */
	KV_UPFRONT,	/* for the whole context length at load (llama.cpp) */
	KV_KEEP		/* grows with the tokens, never given back (MLX pool) */
};

/* A kind of prompt that a mixture of experts decodes faster or slower. */
struct domain {
	char *name;
	double factor;		/* of decode_tps */
	char **words;	/* a prompt with any of these is of the domain */
	size_t n_words;
};

struct model {
	char *key, *display_name, *publisher, *architecture, *params;
	char *quantization, *device;	/* device: NULL for this machine */
	char *options, *sampling;	/* said of it when loaded, JSON objects,
					 * or NULL */
	double bits_per_weight;		/* 0: not said */
	int64_t n_params;		/* 0: not said */
	int64_t draft, accepted;	/* tokens of each burst: guessed, and
					 * of these right; 0: no speculation */
	bool is_gguf, is_moe, is_preloaded, is_unstable, refuses_forms;
	int64_t size_bytes;		/* claimed */
	int64_t memory_bytes;		/* really allocated at load */
	int64_t max_context, context, parallel;

	int64_t busy_loads;	/* so many are answered with 503 first */
	int64_t load_ns, prefill_overhead_ns, prefill_min_ns;
	double prefill_tps, decode_tps;
	double jitter;			/* 0..1: sd of a gap over its mean */
	double depth_slowdown;		/* per 1000 tokens of context */
	double prefill_slowdown;	/* per 1000 tokens of the prompt */
	double batch_slowdown;		/* per further active request */
	double drift;			/* slowdown per request served */
	double drift_max;		/* ... up to this */
	int64_t tokens_per_chunk, reasoning_tokens, output_tokens;
	int64_t template_tokens;
	struct domain *domains;
	size_t n_domains;
	double logit_noise;	/* of its odds; below 0: it tells none */
	double divergence;		/* chance that an answer leaves that
					 * of the other models */
	struct skills skills;		/* at the questions of a check */
	struct skills calls;		/* the faults in its tool calls */

	int64_t kv_bytes;		/* per token of context */
	enum kv_mode kv_mode;
	int64_t compute_bytes;		/* while a prompt is processed */
	int64_t leak_bytes;		/* per request, never given back */
	int64_t cache_bytes;	/* budget of the prompt cache, 0: none */
	int64_t cache_lost_turn;	/* nothing is found then; 0: never */
	int64_t cache_first;	/* tokens, only these are found; 0: all */
	int64_t cache_entry_bytes;	/* of each entry beyond its tokens */

	struct fault_rule *faults;
	size_t n_faults;
};

struct catalogue {
	unsigned apis;			/* API_* */
	char *token;			/* bearer token, NULL: none asked */
	char *version;			/* the server it claims to be */
	char *process_name;		/* of workers */
	bool is_jit;			/* load what a request names */
	bool has_auto_evict;		/* at most one is loaded that way */
	bool is_lenient;		/* serve the one model loaded instead */
	bool has_late_headers;		/* headers only with the first token */
	bool has_role_chunk;
	enum imitation imitates;
	char *retry_after;		/* of 429 and 503, NULL: they do not
					 * say; "date": in two seconds */
	int64_t sleep_idle_ns;		/* asleep after that; 0: never */
	int64_t loading_ns;		/* so long it says 503 to most */
	char *owner;			/* of its models, NULL: as imitated */
	bool has_cached_count;		/* usage tells cached tokens */
	double time_scale, memory_scale;
	struct noise_conf noise;
	struct model *models;
	size_t n_models;
};

/*
 * Read path.  time_scale > 0 overrides the file's.  Returns the catalogue or
 * NULL after messages that name file, line and column.
 */
struct catalogue *catalogue_load(const char *path, double time_scale);

/* As catalogue_load(), from len bytes of YAML; path is for messages. */
struct catalogue *catalogue_parse(const char *path, const char *text,
    size_t len, double time_scale);

/* One small gguf and one small mlx model, for a server without a file. */
struct catalogue *catalogue_default(double time_scale);

void catalogue_free(struct catalogue *c);

/* The model with this key, or NULL.  As Ollama: without its tag "latest". */
const struct model *catalogue_find(const struct catalogue *c, const char *key);

/* The decode factor of the first domain with a word in the text, or 1; *name
 * is set to its name, or NULL. */
double model_domain(const struct model *m, const char *text,
    const char **name);

#endif
