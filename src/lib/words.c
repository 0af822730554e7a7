/* The words, from the lists of words.h. */
#include "words.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define WORD(code, word) word,
#define NAMES(type, list) \
	const char * \
	type##_name(enum type v) \
	{ \
		static const char *const words[] = { list }; \
	\
		assert((size_t)v < sizeof(words) / sizeof(words[0])); \
		return words[v]; \
	}

#define WHICH(type, list) \
	enum type \
	type##_of(const char *word) \
	{ \
		static const char *const words[] = { list }; \
	\
		return (enum type)index_of(word, words, \
		    sizeof(words) / sizeof(words[0])); \
	}

/* Which of the n words it is, or n. */
static size_t
index_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; word != NULL && i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return n;
}

WHICH(record_type, RECORD_TYPES(WORD))
WHICH(chunk_kind, CHUNK_KINDS(WORD))
WHICH(response_status, RESPONSE_STATUSES(WORD))
NAMES(chunk_kind, CHUNK_KINDS(WORD) "unknown")
NAMES(response_status, RESPONSE_STATUSES(WORD) "unknown")
NAMES(phase, PHASES(WORD) PHASE_WHOLE(WORD))
NAMES(energy_counter, ENERGY_COUNTERS(WORD))
NAMES(dimension, DIMENSIONS(WORD) NULL)
NAMES(compare_verdict, COMPARE_VERDICTS(WORD))
NAMES(leak_verdict, LEAK_VERDICTS(WORD))
NAMES(leak_clock, LEAK_CLOCKS(WORD))
NAMES(check_result, CHECK_RESULTS(WORD))
NAMES(call_result, CALL_RESULTS(WORD))
NAMES(reuse_verdict, REUSE_VERDICTS(WORD))
NAMES(ladder_verdict, LADDER_VERDICTS(WORD))
NAMES(crossing_verdict, CROSSING_VERDICTS(WORD))
NAMES(bandwidth_verdict, BANDWIDTH_VERDICTS(WORD))
NAMES(finding_level, FINDING_LEVELS(WORD))
