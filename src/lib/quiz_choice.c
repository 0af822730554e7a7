/* The right one of four. */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "quiz.h"
#include "rng.h"

enum { CHOICES = 4 };

/* Four different numbers; returns the place of the largest. */
static size_t
largest(int64_t v[CHOICES], uint64_t *rng)
{
	size_t k, best = 0;

	for (size_t i = 0; i < CHOICES; i += k == i) {
		v[i] = quiz_number(4, rng);
		for (k = 0; k < i && v[k] != v[i]; k++)
			;
	}
	for (size_t i = 1; i < CHOICES; i++)
		if (v[i] > v[best])
			best = i;
	return best;
}

/* Four numbers of which one is a multiple of 9; returns its place. */
static size_t
multiple(int64_t v[CHOICES], uint64_t *rng)
{
	size_t right = (size_t)rng_below(rng, CHOICES);

	for (size_t i = 0; i < CHOICES; i++) {
		v[i] = quiz_number(3, rng) / 9 * 9;
		if (i != right)
			v[i] += 1 + (int64_t)rng_below(rng, 8);
	}
	return right;
}

static void
make_choice(struct quiz_text *t, int64_t size, uint64_t *rng)
{
	bool is_largest = rng_below(rng, 2) == 0;
	int64_t v[CHOICES];
	size_t right = is_largest ? largest(v, rng) : multiple(v, rng);

	(void)size;
	buf_addf(&t->ask, "Which of these numbers is %s?\n\n", is_largest ?
	    "the largest" : "divisible by 9");
	for (size_t i = 0; i < CHOICES; i++)
		buf_addf(&t->ask, "%c) %" PRId64 "\n", "ABCD"[i], v[i]);
	buf_adds(&t->ask, "\nAnswer with the letter alone.");
	buf_addc(&t->right, "ABCD"[right]);
}

static bool
is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z');
}

/* Is p a letter of a choice that stands alone? */
static bool
is_mark(const char *text, const char *p)
{
	return *p >= 'A' && *p <= 'D' && !is_alnum(p[1]) &&
	    (p == text || !is_alnum(p[-1]));
}

/* The letter it begins with, "B) 4711", else the last one that stands alone. */
static bool
is_choice(const char *right, const char *text, int64_t size, uint64_t *rng)
{
	const char *p = text + strspn(text, " \t\r\n*`\"'(");

	(void)size;
	(void)rng;
	if (is_mark(text, p) && p[1] != ' ')	/* "A number ..." */
		return *p == *right;
	for (p = text + strlen(text); p > text && !is_mark(text, p - 1); p--)
		;
	return p > text && p[-1] == *right;
}

const struct quiz_kind quiz_choice = {
	"choice", 0, 0, 0, make_choice, is_choice, NULL
};
