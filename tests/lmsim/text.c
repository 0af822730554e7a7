#include "text.h"

#include <stdbool.h>
#include <string.h>

#include "rng.h"
#include "xalloc.h"

static const char *const words[] = {
	"the", "model", "answers", "with", "words", "that", "mean", "nothing",
	"but", "come", "in", "a", "known", "order", "and", "at", "a", "known",
	"pace", "so", "every", "number", "can", "be", "checked", "against",
	"what", "was", "really", "sent", "caf\xc3\xa9", "na\xc3\xafve",
	"entangled", "particles", "share", "one", "state", "however", "far",
	"apart", "measuring", "either", "decides", "both", "while", "no",
	"message", "travels", "between", "them", "\xe2\x89\xa4", "quantum",
	"memory", "prefill", "decode", "token", "stream", "\xf0\x9f\x94\xac",
	"steady", "clock", "counts", "on", "until", "done"
};

enum { N_WORDS = sizeof(words) / sizeof(words[0]) };

static bool
is_gap(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static uint32_t
hash_word(const char *s, size_t len)
{
	uint32_t h = 2166136261U;	/* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 16777619U;
	return h;
}

/* The next word at or after *at; 0 at the end, else its length. */
static size_t
next_word(const char *s, size_t len, size_t *at)
{
	size_t start;

	while (*at < len && is_gap(s[*at]))
		++*at;
	start = *at;
	while (*at < len && !is_gap(s[*at]))
		++*at;
	return *at - start;
}

int64_t
text_count_words(const char *s, size_t len)
{
	size_t at = 0;
	int64_t n = 0;

	while (next_word(s, len, &at) > 0)
		n++;
	return n;
}

void
text_hash_words(const char *s, size_t len, uint32_t **hashes, size_t *n,
    size_t *cap)
{
	size_t at = 0, got;

	while ((got = next_word(s, len, &at)) > 0) {
		*hashes = xgrow(*hashes, *n, cap, sizeof(**hashes));
		(*hashes)[(*n)++] = hash_word(s + at - got, got);
	}
}

uint32_t
text_given_word(struct buf *out, const char *text, int64_t i)
{
	size_t len = strlen(text), at = 0, got = 0;

	for (int64_t k = 0; k <= i; k++)
		got = next_word(text, len, &at);
	if (i > 0)
		buf_addc(out, ' ');
	buf_add(out, text + at - got, got);
	return hash_word(text + at - got, got);
}

uint32_t
text_answer_word(struct buf *out, uint64_t seed, int64_t i)
{
	uint64_t state = seed + (uint64_t)i * UINT64_C(0x9e3779b97f4a7c15);
	const char *w = words[rng_below(&state, N_WORDS)];

	if (i > 0)
		buf_addc(out, ' ');
	buf_adds(out, w);
	return hash_word(w, strlen(w));
}
