#ifndef LMG_TESTS_LMSIM_FAULT_H
#define LMG_TESTS_LMSIM_FAULT_H

/*
 * The traps that lmsim can play.  A model of the models file lists them under
 * "faults", a request picks them with the header "X-Lmsim-Fault: NAME[,NAME]"
 * or with the words "[[fault:NAME]]" anywhere in its prompt.  README.md says
 * what each one does.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault {
	/* loading and listing */
	FAULT_LOAD_REFUSED, FAULT_LOAD_FAILED, FAULT_LOAD_SLOW,
	FAULT_LOAD_HANG, FAULT_LOAD_CRASH, FAULT_SECOND_INSTANCE,
	FAULT_CONTEXT_AUTOFIT, FAULT_PARALLEL_DIFFERS, FAULT_OPTIONS_IGNORED,
	FAULT_WRONG_FORMAT,
	FAULT_UNLOAD_STAYS, FAULT_UNLOAD_KEEPS_MEMORY, FAULT_UNLOAD_FAILED,
	/* what is generated and counted */
	FAULT_WRONG_MODEL, FAULT_TRUNCATE_PROMPT, FAULT_EMPTY,
	FAULT_NO_USAGE, FAULT_SHORT, FAULT_REASONING, FAULT_CHUNKY,
	FAULT_CACHED, FAULT_UNSTABLE, FAULT_BAD_COUNTS,
	/* errors */
	FAULT_ERROR_V1, FAULT_ERROR_OPENAI, FAULT_ERROR_STRING,
	FAULT_ERROR_STREAM, FAULT_ERROR_LATE, FAULT_HTTP_401, FAULT_HTTP_404,
	FAULT_HTTP_429, FAULT_HTTP_500, FAULT_HTTP_503, FAULT_REDIRECT,
	FAULT_NOT_JSON,
	/* time */
	FAULT_HANG_FIRST, FAULT_HANG_MIDDLE, FAULT_STALL, FAULT_SLOW,
	FAULT_LATE_HEADERS,
	/* the end that does not come, or too soon */
	FAULT_CUT, FAULT_ABORT, FAULT_RESET, FAULT_CRASH, FAULT_ENDLESS,
	FAULT_HUGE_LINE, FAULT_FLOOD, FAULT_DIE,
	/* the bytes */
	FAULT_SPLIT, FAULT_CRLF, FAULT_COMMENTS, FAULT_MULTI_DATA,
	FAULT_NO_SPACE, FAULT_ROLE_CHUNK, FAULT_EMPTY_CHUNKS,
	FAULT_INVALID_UTF8, FAULT_NUL_BYTES, FAULT_ESCAPES, FAULT_BROKEN_JSON,
	FAULT_COALESCE, FAULT_REASONING_FIELD, FAULT_LLAMA_EXTRAS,
	FAULT_KEEPALIVE, FAULT_USAGE_WITH_CHOICES,
	FAULT_COUNT
};

/* A set of faults. */
typedef uint64_t fault_set;

/* A fault of a model: at request number n (from 1) it plays when
 * after < n <= until and (n - after) is a multiple of every. */
struct fault_rule {
	enum fault fault;
	int64_t after;		/* >= 0 */
	int64_t every;		/* >= 1 */
	int64_t until;
};

const char *fault_name(enum fault f);

/* All names, NULL-terminated (for messages); the index is the enum fault. */
const char *const *fault_names(void);

/* The fault called by the len bytes at name, or FAULT_COUNT. */
enum fault fault_find(const char *name, size_t len);

static inline bool
fault_has(fault_set set, enum fault f)
{
	return (set >> f & 1) != 0;
}

/* The faults of a comma-separated list; unknown names are left out and
 * *unknown (may be NULL) is set. */
fault_set fault_parse_list(const char *list, bool *unknown);

/* The faults named as [[fault:NAME]] in the len bytes at text. */
fault_set fault_in_prompt(const char *text, size_t len);

/* The faults that n rules play at request number ordinal (from 1). */
fault_set fault_due(const struct fault_rule *rules, size_t n, int64_t ordinal);

/* A short text "a,b" of the set into out (cap bytes); returns out. */
char *fault_text(char *out, size_t cap, fault_set set);

#endif
