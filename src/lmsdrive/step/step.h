#ifndef LMG_LMSDRIVE_STEP_STEP_H
#define LMG_LMSDRIVE_STEP_STEP_H

/*
 * One line of a plan.  "lmsdrive plan" writes them, jq picks and reorders
 * them, "lmsdrive run" does them.  So every line is complete in itself:
 * server, timeouts and sampling are repeated on each, and a line that
 * survives a filter can be run alone.
 *
 * As text: {"type":"plan","v":1,"step":7,"op":"request","pair":...}.  Durations
 * are *_ns integers.  Keys are the member names below, structs are objects,
 * absent or null members take the value of step_init().  A line carries only
 * the members its op has a use for; unknown keys are ignored.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "field.h"

enum step_op { OP_LOAD, OP_UNLOAD, OP_IDLE, OP_REQUEST };

enum api {
	API_AUTO, API_LMSTUDIO, API_LMSTUDIO_V0, API_OPENAI,
	API_LLAMA_ROUTER, API_OLLAMA,
	API_MESSAGES, API_RESPONSES	/* paths of any of them */
};

enum arrival { ARRIVAL_CLOSED, ARRIVAL_CONSTANT, ARRIVAL_POISSON };

struct step_server {
	char *url;		/* "http://127.0.0.1:1234", no slash at the
				 * end; port 0 with a command: a free one */
	enum api api;
	char *token_env;	/* name of the variable, NULL for none */
	char **command;		/* managed server: argv, NULL-terminated, or
				 * NULL; "{port}" is the port of url */
	char *process;		/* name or pid of the engine, where it does
				 * not own the port, or NULL */
	char **process_command;	/* or argv of what prints its pid, or NULL */
	bool insecure_loopback;	/* no TLS verification, loopback only */
	bool keep_loaded;	/* measure beside models of others */
};

struct step_timeouts {		/* all in ns */
	int64_t connect_ns, first_token_ns, between_tokens_ns, load_ns,
	    unload_ns;
};

/*
 * The numbers of the sampling, S(name in the code, member, kind, its bounds,
 * the value that changes nothing).
 */
#define SAMPLING(S) \
	S(TEMPERATURE, temperature, REAL, 0, 100, NAN) \
	S(TOP_P, top_p, REAL, 0, 1, 1) \
	S(TOP_K, top_k, COUNT, 0, 1000000, 0) \
	S(MIN_P, min_p, REAL, 0, 1, 0) \
	S(REPEAT_PENALTY, repeat_penalty, REAL, 0, 10, 1) \
	S(PRESENCE_PENALTY, presence_penalty, REAL, -2, 2, 0) \
	S(FREQUENCY_PENALTY, frequency_penalty, REAL, -2, 2, 0) \
	S(SEED, seed, COUNT, 0, 0x1p52, NAN) \
	S(MAX_TOKENS, max_tokens, COUNT, 1, 10000000, NAN)

#define SAMPLING_CODE(code, m, kind, lo, hi, neutral) SAMPLING_##code,
enum sampling { SAMPLING(SAMPLING_CODE) SAMPLING_KEYS };
#undef SAMPLING_CODE

struct step_sampling {		/* NAN, -1: unset, as the server likes */
#define SAMPLING_REAL double
#define SAMPLING_COUNT int64_t
#define SAMPLING_MEMBER(code, m, kind, lo, hi, neutral) SAMPLING_##kind m;
	SAMPLING(SAMPLING_MEMBER)
#undef SAMPLING_MEMBER
	bool fixed_length;	/* a shorter answer is a finding */
	char *reasoning;	/* off, low, medium, high, on; NULL: unset */
};

/*
 * How its requests are sent, as a scenario and each of its steps say it, M(
 * member, kind, key and kind in a scenario, its bounds): without a chat
 * template, by /v1/completions; each by a connection of its own.  0: not said.
 */
#define MANNER(M) \
	M(raw_completion, BOOL, "raw", BOOL, 0, 0) \
	M(cold_connection, BOOL, "cold_connection", BOOL, 0, 0)

#define MANNER_BOOL bool
#define MANNER_COUNT int64_t
#define MANNER_MEMBER(m, kind, key, kind_there, lo, hi) MANNER_##kind m;

struct step_tolerance {		/* how far variants may differ unnoticed */
	double prompt_tokens_ratio;	/* in tokens counted of one prompt;
				 * NAN: 5 % and 4 tokens */
};

/* What is sent.  The text is built from this alone, see prompt.h. */
struct step_prompt {
	char *name;		/* key in prompts.yaml, or "generated" */
	char *domain;		/* or NULL */
	char *text;		/* the user's text, or NULL for generated */
	int64_t words;		/* length of the generated part, 0 for none */
	int64_t target_tokens;	/* what words stands for, -1 for none */
	uint64_t seed;		/* of the generated part; < 2^53 */
	bool is_warm;		/* this text was sent before in this block */
	char *system;		/* system prompt, or NULL */
	char *check;		/* the kind of question (quiz.h) that it is
				 * instead, from seed; or NULL */
	char *probe;		/* the kind of prefix that it is instead, of
				 * which the next token's log-probabilities
				 * are asked for; or NULL */
	char *agent;		/* the conversation with tools (agent.h) of
				 * which it is a turn instead; words are those
				 * of the system prompt; or NULL */
};

struct step {
	int64_t step;		/* from 1 */
	enum step_op op;
	char *pair, *kind, *variant, *model, *format;	/* kind, format: or
							 * NULL */
	char *reference;	/* the variant of the pair that the others are
				 * to be near to, or NULL */
	char *scenario;		/* NULL outside scenarios */
	int64_t block, rep;
	bool warmup;
	char *config, *config_sha256;	/* where the plan came from, or NULL */
	int64_t memory_interval_ns;
	char **headline;	/* metrics that are tested, up to a NULL; or
				 * NULL: time to first token and decode speed */
	bool stays_loaded;	/* while the other variants are visited: not
				 * unloaded for them */
	int64_t budget_ns;	/* no visit begins when the run has lasted for
				 * this long, -1: no limit */
	struct step_server server;
	struct step_timeouts timeouts;

	char *load_options;	/* OP_LOAD, and OP_REQUEST for when its load
				 * was filtered away: JSON object text as for
				 * the v1 load call without "model", or NULL */
	char **load_command, **unload_command;	/* argv, NULL-terminated, run in
				 * place of the server's calls; "{port}" is the
				 * server's port; or NULL */
	int64_t context_length;	/* asked for, -1: the server's default */
	int64_t parallel;	/* slots the variant claims, -1: unset */
	int64_t cache_budget_bytes;	/* of the server's prompt cache, as
				 * configured, -1: unset */

	int64_t idle_ns;	/* OP_IDLE */
	bool idle_cooldown;	/* OP_IDLE: also wait for the thermal state */

	struct step_sampling sampling;	/* OP_REQUEST from here */
	struct step_speculation {
		char *draft_model;	/* that guesses; NULL: as started */
		int64_t draft_tokens;	/* at most at a time, 0: none; -1:
					 * unset */
	} speculation;
	struct step_prompt prompt;
	int64_t requests;	/* in this step, >= 1; request k > 0 draws its
				 * prompt from seed + k */
	enum arrival arrival;
	int64_t concurrency;	/* closed loop, >= 1 */
	double rate_per_s;	/* open loop, > 0; NAN when closed */
	double rate_end_per_s;	/* ramp: the rate at the end, or NAN */
	uint64_t arrival_seed;	/* Poisson */
	int64_t duration_ns;	/* stop issuing after this, -1: only by count */
	int64_t gap_ns;		/* wait this long before the step's requests
				 * (closed loop with requests > 1: before each
				 * request of a worker); 0: none.  The gap is
				 * idle time of the server, recorded by
				 * nothing */
	int64_t limit_ns;	/* skip the step when its scenario has run for
				 * this long in this block (first step of the
				 * scenario to now); -1: no limit */
	int64_t turn, turns;	/* conversation: turn of turns, else -1, -1.
				 * The step carries the user's text of this
				 * turn; run keeps the history. */
	MANNER(MANNER_MEMBER)
	struct step_tolerance tolerance;
};

/*
 * All members unset: NULL, -1, NAN, false, 0, and 1 for requests and
 * concurrency; timeouts, max_tokens, token_env and the memory interval have
 * the defaults of lmgauge-config(5).
 */
void step_init(struct step *s);

/* Release what s holds (every char * is the step's own). */
void step_fini(struct step *s);

/* Append s to out as one line of a plan. */
void step_write(struct buf *out, const struct step *s);

/*
 * Read one line of a plan.  where ("plan.ndjson:12") is for messages.
 * Returns 0 with *s to step_fini(), or -1 after a message: not JSON, not a
 * plan line, a member of the wrong type or out of range.
 */
int step_read(struct step *s, const char *line, size_t len, const char *where);

/* Are log-probabilities asked for?  A prefix with an answer of several tokens
 * is there for its words. */
bool step_is_probe(const struct step *s);

/* The same text, or both NULL? */
bool step_same(const char *a, const char *b);

/* Do a and b belong to one scenario of one variant in one block?  a may be
 * NULL. */
bool step_is_same_case(const struct step *a, const struct step *b);

/*
 * Is what step a loaded what b is about: the same model with the same options?
 * To a step without any, an unload above all, it is what its own variant was
 * loaded with.
 */
bool step_is_same_load(const struct step *a, const struct step *b);

/* Are these commands (argv, or NULL) the same? */
bool step_is_same_command(char *const *a, char *const *b);

/* Its members (field.h): which ops carry them is in .when, 1 << op. */
extern const struct schema step_schema;

/* The words of enum step_op and enum api, up to a NULL. */
extern const char *const step_op_words[], *const api_words[];

/*
 * A number of the sampling: its key; its value, NAN when it is unset; whether
 * it is moot (unset, or about drawing where nothing is drawn, at temperature
 * 0); and whether it is that, or a value that changes nothing.
 */
const char *sampling_key(enum sampling k);
double sampling_value(const struct step_sampling *s, enum sampling k);
bool sampling_is_moot(const struct step_sampling *s, enum sampling k);
bool sampling_is_neutral(const struct step_sampling *s, enum sampling k);

/* Everything unset. */
void sampling_init(struct step_sampling *s);

bool api_is_path(enum api api);	/* of a server that is found out as by auto */

#endif
