/* Questions whose answer is a number: arithmetic, needle. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "quiz.h"
#include "rng.h"

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * The last number of text, with or without separators of thousands; false
 * when there is none, or it is longer than any answer.
 */
static bool
last_number(const char *text, double *out)
{
	const char *end = text + strlen(text), *from, *p;
	char digits[32];
	size_t n = 0;

	while (end > text && !is_digit(end[-1]))
		end--;
	for (from = end; from > text && (is_digit(from[-1]) ||
	    ((from[-1] == ',' || from[-1] == '.') && from - 1 > text &&
	    is_digit(from[-2]))); from--)
		;
	if (from > text && from[-1] == '-' &&
	    (from - 1 == text || !isalnum((unsigned char)from[-2])))
		from--;
	for (p = from; p < end && n < sizeof(digits) - 1; p++)
		if (*p != ',')
			digits[n++] = *p;
	digits[n] = '\0';
	*out = strtod(digits, NULL);
	return n > 0 && p == end;
}

static bool
is_number(const char *right, const char *text, int64_t size, uint64_t *rng)
{
	double v;

	(void)size;
	(void)rng;
	return last_number(text, &v) && v == strtod(right, NULL);
}

static void
make_arithmetic(struct quiz_text *t, int64_t size, uint64_t *rng)
{
	int64_t a = quiz_number(size, rng), b = quiz_number(size, rng);
	int64_t c = quiz_number(size < 2 ? 1 : 2, rng), answer;

	switch (rng_below(rng, 3)) {
	case 0:
		answer = a + b;
		buf_addf(&t->ask, "What is %" PRId64 " + %" PRId64, a, b);
		break;
	case 1:
		answer = a + b - (a < b ? a : b) / 2;
		buf_addf(&t->ask, "What is %" PRId64 " + %" PRId64 " - %"
		    PRId64, a, b, (a < b ? a : b) / 2);
		break;
	default:
		answer = a * c;
		buf_addf(&t->ask, "What is %" PRId64 " * %" PRId64, a, c);
	}
	buf_adds(&t->ask, "? Answer with the number alone.");
	buf_addf(&t->right, "%" PRId64, answer);
}

static void
make_needle(struct quiz_text *t, int64_t size, uint64_t *rng)
{
	const char *name = quiz_word(rng);
	int64_t code = quiz_number(6, rng);

	(void)size;
	buf_addf(&t->fact, "The code of the %s is %" PRId64 ".", name, code);
	buf_addf(&t->ask, "Among the words above stands a sentence with the "
	    "code of the %s. What is the code? Answer with the number alone.",
	    name);
	buf_addf(&t->right, "%" PRId64, code);
}

const struct quiz_kind quiz_arithmetic = {
	"arithmetic", 3, 1, 9, make_arithmetic, is_number, NULL
};
const struct quiz_kind quiz_needle = {
	"needle", 50, 0, 100, make_needle, is_number, NULL
};
