#ifndef LMG_LMSDRIVE_SERVER_DIALECT_H
#define LMG_LMSDRIVE_SERVER_DIALECT_H

/*
 * What a server says while it answers, in whatever dialect -> what it means:
 * the kind and text of every stream event, and the facts that add up over the
 * stream (token counts, finish reason, errors).  Pure: no clock, no I/O.
 *
 * pieces.c takes text and calls apart, dialect.c finds errors in their four
 * shapes, dialect_openai.c reads the chunks of /v1/chat/completions and
 * /v1/completions (also of LM Studio's v0); messages.c and responses.c those of
 * these two paths; what else a server sends is read in its own file (api.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "json.h"
#include "record.h"
#include "toolcall.h"

enum tokens_from { TOKENS_NONE, TOKENS_STATS, TOKENS_USAGE, TOKENS_CHUNKS };

/* One stream event, or one part of it when it carries several. */
struct piece {
	enum chunk_kind kind;
	size_t bytes;		/* of text, UTF-8 */
	double progress;	/* of prefill or load, else NAN */
};

enum { PIECES_MAX = 6, UNREAD_CAP = 200, CALLS_MAX = 8 };

/*
 * Where an answer stands that may begin with its reasoning, in tags that the
 * server has not taken out: <think>hm</think>so.
 */
enum thinking { THINK_START, THINK_INSIDE, THINK_BEHIND, THINK_OVER };

/* What the server said of one answer; -1, NAN or "" is "did not say". */
struct facts {
	bool is_closed;		/* the closing event was seen */
	bool has_error;		/* an error event was seen */
	char error[512];
	char error_type[64];
	char finish[32];	/* stop, length, tool_calls, ... */
	char model_served[1024];
	char response_id[512];
	char runtime[256];	/* v0 */
	char fingerprint[192];	/* OpenAI's system_fingerprint */
	int64_t prompt_tokens, completion_tokens, reasoning_tokens,
	    cached_tokens;
	int64_t draft_tokens, accepted_tokens;	/* of speculation */
	enum tokens_from tokens_from;
	double ttft_s, tokens_per_s, load_s, prefill_s;
	int64_t known_events;	/* that told something */
	int64_t broken_events;	/* not JSON, or not an object */
	char unread[UNREAD_CAP];/* the beginning of the first of those */
	bool has_reasoning;
	enum thinking thinking;
	int think_tag;		/* which of them it is */
	char think_start[16];	/* of the answer, while it may be a tag */
	size_t think_matched;	/* bytes of the tag that came */
	long half;		/* of a surrogate pair, that ended an event */
	bool is_joined;		/* by the first text of this one */
	struct buf text;	/* answer text, without reasoning */
	struct buf all_text;	/* reasoning and answer, in order of arrival */
	struct tool_call calls[CALLS_MAX];	/* those beyond are dropped */
	int64_t call_index[CALLS_MAX];	/* as told, else -1 */
	size_t n_calls;
	struct buf first_choices;	/* of the first token: [["text", ln p],
				 * ...], the most likely first; or empty */
};

void facts_init(struct facts *f);
void facts_fini(struct facts *f);

/*
 * How the answers of a path are read.  take gets an object and its type (its
 * member "type", else the name of the event), or NULL for "[DONE]"; it fills
 * pieces (room for PIECES_MAX) and returns how many there are, 0 for what it
 * does not know.  Errors and what cannot be read are seen to before.
 */
typedef size_t dialect_take_fn(struct facts *f, const char *type,
    const cJSON *o, struct piece *pieces);
struct dialect {
	dialect_take_fn *take;
	const char *answer;	/* the list or object of a whole answer */
	/* An item of that list, as pieces behind n, and then what else is in
	 * the answer; NULL: as an event. */
	size_t (*take_item)(struct facts *f, struct piece *pieces, size_t n,
	    const cJSON *item);
	void (*take_rest)(struct facts *f, const cJSON *o);
	/* A comment of a stream, without its colon: servers keep the
	 * connection alive with them.  NULL: they say nothing. */
	size_t (*take_comment)(struct facts *f, const char *text, size_t len,
	    struct piece *pieces);
};

extern const struct dialect dialect_openai;

/* One event of a stream.  Text that comes behind the closing event is not
 * taken.  Returns the number of pieces (0: it says nothing, like "[DONE]").
 * Half a surrogate pair, which is no text, reads as U+FFFD until the other half
 * comes with the next event. */
size_t dialect_event(struct facts *f, const struct dialect *d,
    const char *name, const char *data, size_t len, struct piece *pieces);

/* A whole answer that was not streamed, or an error.  Returns the number of
 * pieces (its text as one), -1 when it is none of these. */
int dialect_body(struct facts *f, const struct dialect *d, const char *body,
    size_t len, struct piece *pieces);

/*
 * Is the object o an error, in any of the shapes in use?
 *	{"error":{"type":T,"message":M,...}}	{"error":"text"}
 *	{"object":"error","message":M}		{"detail":"text"}
 * If so it is put into f.
 */
bool dialect_error(struct facts *f, const cJSON *o);

/*
 * What arrived and was not understood, for people, into out: its first 160
 * bytes, cleaned, or how it is compressed.  Returns out.
 */
const char *dialect_show(char out[UNREAD_CAP], const char *bytes, size_t len);

/*
 * What of an answer is behind its reasoning, where the template had opened that
 * already in the prompt: behind the last closing tag; without one, all of it.
 */
const char *dialect_behind_reasoning(const char *text);

/* Is this the whole data of an event, or was it cut short? */
bool dialect_is_whole(const char *data, size_t len);

/* As dialect_error() for the text of a body; also takes bodies that are no
 * JSON, whose beginning becomes the error.  Used for HTTP errors. */
void dialect_error_body(struct facts *f, long http, const char *body,
    size_t len);

/* ---- for the dialects ------------------------------------------------- */

/* An event that cannot be read; 0. */
size_t dialect_broken(struct facts *f, const char *data, size_t len);

/* An object that is an error, whatever it says. */
void dialect_error_object(struct facts *f, const cJSON *o);

/*
 * Append a piece of the given kind for a text (a string, or a list of parts
 * with texts; anything else: nothing happens); the text goes into f.  What an
 * answer has in tags of reasoning is reasoning.  Returns the new count.
 */
size_t dialect_text(struct facts *f, struct piece *pieces, size_t n,
    enum chunk_kind kind, const cJSON *text);

/*
 * Append what came of a tool call: a part of its arguments, or all of them as
 * a text or an object, and its name and id where they are told; any may be
 * NULL.  index says which call it is, -1 where that is not told: then the id
 * does, and a name without one begins another call.  So does a name with
 * another id under the same index.  Returns the new count.
 */
size_t dialect_call(struct facts *f, struct piece *pieces, size_t n,
    int64_t index, const cJSON *id, const cJSON *name,
    const cJSON *arguments);

/* Has anything come of the arguments of that call? */
bool dialect_has_arguments(const struct facts *f, int64_t index,
    const cJSON *id);

/* An event without text: the one piece that says what it is for; 1. */
size_t dialect_mark(struct piece *pieces, enum chunk_kind kind,
    double progress);

/*
 * A usage, by the keys of its counts and of their details (NULL: none).  Zeros
 * behind a good count are a server's way to say nothing: false, as when there
 * is none.
 */
struct usage_keys { const char *in, *in_details, *out, *out_details; };
bool dialect_usage(struct facts *f, const cJSON *usage,
    const struct usage_keys *keys);

/* llama-server's timings, which it adds to the usage. */
void dialect_timings(struct facts *f, const cJSON *timings);

/* Copy s (NULL leaves out alone) to out, cut to fit. */
void dialect_copy(char *out, size_t cap, const char *s);

/* Figures that may be absent: then *out is left alone.  Some servers write them
 * as texts ("4096"). */
void dialect_count(int64_t *out, const cJSON *o, const char *key);
void dialect_number(double *out, const cJSON *o, const char *key);

/* A server tells in each answer what it took to have the model: a second of it
 * was a load, and not a look at what is there. */
void dialect_load(struct facts *f, double s);

/* LM Studio's counts of speculation, in its stats. */
void dialect_draft(struct facts *f, const cJSON *stats);

const char *tokens_from_name(enum tokens_from from);	/* NULL for NONE */

#endif
