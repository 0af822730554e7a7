#ifndef LMG_LIB_WORDS_H
#define LMG_LIB_WORDS_H

/*
 * The words that records use for one of a few things: each list makes the enum,
 * and in words.c the function that gives its words, so that what writes a word
 * and what looks for it name the same.
 */

/* ---- of raw records ---------------------------------------------------- */

#define RECORD_TYPES(W) \
	W(RECORD_RUN, "run") W(RECORD_STEP, "step") W(RECORD_LOAD, "load") \
	W(RECORD_UNLOAD, "unload") W(RECORD_IDLE, "idle") \
	W(RECORD_REQUEST, "request") W(RECORD_CHUNK, "chunk") \
	W(RECORD_RESPONSE, "response") W(RECORD_MEM, "mem") \
	W(RECORD_PROC, "proc") W(RECORD_NOTE, "note") \
	W(RECORD_DECIDED, "decided") W(RECORD_END, "end")

#define CHUNK_KINDS(W) \
	W(CHUNK_ROLE, "role") W(CHUNK_REASONING, "reasoning") \
	W(CHUNK_CONTENT, "content") W(CHUNK_TOOL, "tool") \
	W(CHUNK_PREFILL, "prefill") W(CHUNK_LOAD, "load") \
	W(CHUNK_USAGE, "usage") W(CHUNK_OTHER, "other")

#define RESPONSE_STATUSES(W) \
	W(STATUS_OK, "ok") W(STATUS_EMPTY, "empty") \
	W(STATUS_TRUNCATED, "truncated") \
	W(STATUS_HTTP_ERROR, "http_error") \
	W(STATUS_STREAM_ERROR, "stream_error") W(STATUS_TIMEOUT, "timeout") \
	W(STATUS_TRANSPORT_ERROR, "transport_error") \
	W(STATUS_PARSE_ERROR, "parse_error") \
	W(STATUS_CANCELLED, "cancelled") W(STATUS_SKIPPED, "skipped")

/* ---- of metric records ------------------------------------------------- */

#define PHASES(W) \
	W(PH_BASELINE, "baseline") W(PH_LOAD, "load") \
	W(PH_LOADED, "loaded") W(PH_PREFILL, "prefill") \
	W(PH_DECODE, "decode") W(PH_BETWEEN, "between") \
	W(PH_AFTER_UNLOAD, "after_unload") W(PH_UNLOAD, "unload")
#define PHASE_WHOLE(W) \
	W(PH_WHOLE, "whole")		/* load to unload, for summaries */

#define ENERGY_COUNTERS(W) \
	W(E_CPU, "cpu") W(E_GPU, "gpu") W(E_DRAM, "dram") \
	W(E_SERVER_CPU, "server_cpu")	/* of the server's processes */

/* What a scenario varies. */
#define DIMENSIONS(W) \
	W(D_TARGET_TOKENS, "target_tokens") W(D_CONCURRENCY, "concurrency") \
	W(D_RATE, "rate_per_s") W(D_DOMAIN, "domain") W(D_TURN, "turn")

#define COMPARE_VERDICTS(W) \
	W(COMPARE_INSUFFICIENT, "insufficient")	/* too little for any test */ \
	W(COMPARE_CONFOUNDED_BY_ORDER, "confounded-by-order") \
	W(COMPARE_DESCRIPTION, "description")	/* not tested */ \
	W(COMPARE_INCONCLUSIVE, "inconclusive") \
	W(COMPARE_EQUIVALENT, "equivalent")	/* interval in the margin */ \
	W(COMPARE_DIFFERENT, "different")

#define LEAK_VERDICTS(W) \
	W(LEAK_INSUFFICIENT, "insufficient")	/* too few floors */ \
	W(LEAK_STABLE, "stable")		/* no growth */ \
	W(LEAK_PLATEAUED, "plateaued")		/* grew, and came to rest */ \
	W(LEAK_GROWING, "growing")		/* shape undetermined */ \
	W(LEAK_LEAK, "leak")

/* What memory grows with. */
#define LEAK_CLOCKS(W) \
	W(LEAK_CLOCK_NONE, NULL) \
	W(LEAK_CLOCK_REQUEST, "request")	/* its ordinal */ \
	W(LEAK_CLOCK_CONTEXT, "context")	/* cumulative context tokens */

/* What became of a question whose answer is known. */
#define CHECK_RESULTS(W) \
	W(CHECK_RIGHT, "right") W(CHECK_WRONG, "wrong") \
	W(CHECK_NONE, "none")	/* no answer, or only reasoning */ \
	W(CHECK_CUT, "cut")	/* at max_tokens, and not right */

/* What became of a tool call that was due. */
#define CALL_RESULTS(W) \
	W(CALL_OK, "ok") \
	W(CALL_CUT, "cut")		/* at max_tokens, and not right */ \
	W(CALL_LEAKED, "leaked")	/* as text, with a marker */ \
	W(CALL_IGNORED, "choice_ignored") /* text, where it must be one */ \
	W(CALL_TEXT, "text")		/* text, where it may be */ \
	W(CALL_NONE, "none")		/* neither, or only reasoning */ \
	W(CALL_UNKNOWN_TOOL, "unknown_tool")	/* no such name */ \
	W(CALL_BROKEN_JSON, "broken_json")	/* or no object */ \
	W(CALL_MISSING_ARGUMENT, "missing_argument") /* a required one */ \
	W(CALL_WRONG_ARGUMENT, "wrong_argument") /* not by the schema */ \
	W(CALL_OTHER, "other_call")	/* sound, but not as asked for */

/* What became of a prompt cache over the turns of a conversation. */
#define REUSE_VERDICTS(W) \
	W(REUSE_NOT_TOLD, "not_told") W(REUSE_KEPT, "kept") \
	W(REUSE_LOST, "lost") W(REUSE_PARTLY, "partly")

/* Why the next size is predicted, or not. */
#define LADDER_VERDICTS(W) \
	W(LADDER_PREDICTED, "predicted") W(LADDER_FLAT, "flat") \
	W(LADDER_ERROR_TOO_LARGE, "error_too_large") \
	W(LADDER_TOO_UNCERTAIN, "too_uncertain") \
	W(LADDER_TOO_FEW_RUNGS, "too_few_rungs") \
	W(LADDER_TOO_SHORT, "too_short") \
	W(LADDER_CACHED, "cached") W(LADDER_NOT_MEASURED, "not_measured")

/* Whether two variants' curves cross. */
#define CROSSING_VERDICTS(W) \
	W(CROSSING_CANNOT_TELL, "cannot_tell") W(CROSSING_ONE, "crosses") \
	W(CROSSING_NONE, "no_crossing")

/* Do the bytes of two variants explain how fast they decode? */
#define BANDWIDTH_VERDICTS(W) \
	W(BANDWIDTH_CANNOT_TELL, "cannot_tell") \
	W(BANDWIDTH_WITHIN, "within_bytes") \
	W(BANDWIDTH_BEYOND, "beyond_bytes") \
	W(BANDWIDTH_SPECULATION, "speculation") \
	W(BANDWIDTH_SIZE_UNKNOWN, "size_unknown")

#define FINDING_LEVELS(W) \
	W(FINDING_INFO, "info") W(FINDING_WARN, "warn") \
	W(FINDING_ERROR, "error")

#define WORD_CODE(code, word) code,
enum record_type { RECORD_TYPES(WORD_CODE) RECORD_UNKNOWN };
enum chunk_kind { CHUNK_KINDS(WORD_CODE) CHUNK_UNKNOWN };
enum response_status { RESPONSE_STATUSES(WORD_CODE) STATUS_UNKNOWN };
enum phase { PHASES(WORD_CODE) PH_COUNT, PH_WHOLE = PH_COUNT };
enum energy_counter {
	ENERGY_COUNTERS(WORD_CODE) E_COUNT,
	E_MACHINE = E_SERVER_CPU	/* those before are of the machine */
};
enum dimension { DIMENSIONS(WORD_CODE) D_COUNT, D_ALL = D_COUNT };
enum compare_verdict { COMPARE_VERDICTS(WORD_CODE) };
enum leak_verdict { LEAK_VERDICTS(WORD_CODE) };
enum leak_clock { LEAK_CLOCKS(WORD_CODE) };
enum check_result { CHECK_RESULTS(WORD_CODE) CHECK_RESULTS_N };
enum call_result { CALL_RESULTS(WORD_CODE) CALL_RESULTS_N };
enum reuse_verdict { REUSE_VERDICTS(WORD_CODE) REUSE_VERDICTS_N };
enum ladder_verdict { LADDER_VERDICTS(WORD_CODE) };
enum crossing_verdict { CROSSING_VERDICTS(WORD_CODE) };
enum bandwidth_verdict { BANDWIDTH_VERDICTS(WORD_CODE) };
enum finding_level { FINDING_LEVELS(WORD_CODE) };
#undef WORD_CODE

const char *chunk_kind_name(enum chunk_kind v);	/* or "unknown" */
const char *response_status_name(enum response_status v);
/* The inverse; the _UNKNOWN value for NULL and for any other word. */
enum record_type record_type_of(const char *word);
enum chunk_kind chunk_kind_of(const char *word);
enum response_status response_status_of(const char *word);

const char *phase_name(enum phase v);
const char *energy_counter_name(enum energy_counter v);
const char *dimension_name(enum dimension v);		/* D_ALL: NULL */
const char *compare_verdict_name(enum compare_verdict v);
const char *leak_verdict_name(enum leak_verdict v);
const char *leak_clock_name(enum leak_clock v);		/* none: NULL */
const char *check_result_name(enum check_result v);
const char *call_result_name(enum call_result v);
const char *reuse_verdict_name(enum reuse_verdict v);
const char *ladder_verdict_name(enum ladder_verdict v);
const char *crossing_verdict_name(enum crossing_verdict v);
const char *bandwidth_verdict_name(enum bandwidth_verdict v);
const char *finding_level_name(enum finding_level v);

#endif
