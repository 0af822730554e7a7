#ifndef LMG_TESTS_LMSIM_DIALECT_H
#define LMG_TESTS_LMSIM_DIALECT_H

/*
 * How a generation is asked for and told: LM Studio's own v1, its v0,
 * OpenAI's two, Anthropic's and Ollama's.  A dialect reads a request body into
 * a struct ask and writes the events of a job; it knows nothing of time or
 * sockets.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"

struct job;

enum text_kind { TEXT_NONE, TEXT_REASONING, TEXT_CONTENT };

/* An error to be told. */
struct problem {
	int status;		/* HTTP */
	const char *type;	/* as v1 names it, "invalid_request" */
	const char *code;	/* or NULL */
	const char *param;	/* or NULL */
	char message[256];
};

void problem_set(struct problem *p, int status, const char *type,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* A request for text. */
struct ask {
	char *model;
	struct buf texts;	/* every text, separated by newlines */
	struct buf last;	/* the last of them */
	struct buf tools;	/* as agent.h has them, or empty */
	bool is_stream, has_usage, is_raw, wants_progress;
	bool has_form;		/* of the answer: a JSON schema */
	bool is_greedy;		/* temperature 0 */
	int64_t max_tokens;	/* -1: no limit given */
	int64_t seed;		/* -1: none */
	int64_t logprobs;	/* so many choices; 0: none */
	int64_t context_length;	/* -1: none */
	int64_t answers;	/* of earlier turns, in the conversation */
	int reasoning;		/* -1: as the model likes, 0: off, 1: on */
};

void ask_init(struct ask *a);
void ask_fini(struct ask *a);
/* One more text of the request. */
void ask_add_text(struct ask *a, const char *text);
/* The same for a content: a string, or a list of objects with texts. */
void ask_add_content(struct ask *a, const cJSON *content);
/* The tools offered are part of the prompt: each is the member in (NULL: the
 * object itself), its parameters the member schema of that. */
void ask_add_tools(struct ask *a, const cJSON *tools, const char *in,
    const char *schema);

struct dialect {
	const char *name;	/* as the truth log says */
	const char *stream_type;	/* content type; NULL: of events */
	/* 0, or -1 with *p filled. */
	int (*parse)(struct ask *a, const cJSON *o, struct problem *p);
	/* The JSON of an error. */
	void (*problem)(struct buf *out, const struct problem *p);
	/* Events, appended to out as they go on the wire; each may add none,
	 * and the first three be NULL: the client waits.  progress is 0 at
	 * the start and 1 at the end. */
	void (*begin)(struct job *job, struct buf *out);
	void (*load)(struct job *job, struct buf *out, double progress);
	void (*prefill)(struct job *job, struct buf *out, double progress);
	void (*text)(struct job *job, struct buf *out, enum text_kind kind,
	    const char *s, size_t len);
	void (*error)(struct job *job, struct buf *out,
	    const struct problem *p);
	void (*end)(struct job *job, struct buf *out);
	/* The whole answer of a request that is not streamed. */
	void (*body)(struct job *job, struct buf *out);
};

extern const struct dialect dialect_v1;
extern const struct dialect dialect_ollama;
extern const struct dialect dialect_v0;
extern const struct dialect dialect_openai;
extern const struct dialect dialect_completions;	/* raw, /v1 */
extern const struct dialect dialect_v0_completions;
extern const struct dialect dialect_messages;	/* Anthropic's */
extern const struct dialect dialect_responses;	/* OpenAI's newer one */

/* The error shapes that occur: 1 (v1), 2 (OpenAI), 3 (a plain string). */
void problem_v1(struct buf *out, const struct problem *p);
void problem_openai(struct buf *out, const struct problem *p);
void problem_string(struct buf *out, const struct problem *p);

/* ---- shared among them -------------------------------------------------- */

/* The field param is not there; -1. */
int dialect_missing(struct problem *p, const char *param);

/* Are its ways llama-server's?  Does it tell what was cached? */
bool dialect_has_extras(const struct job *job);
bool dialect_tells_cached(const struct job *job);

/* llama-server's timings, a member of the object open in j. */
void dialect_timings(struct job *job, struct json *j);

#endif
