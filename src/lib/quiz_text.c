/* Questions whose answer is a word or a line: strings, copy. */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "quiz.h"
#include "rng.h"

enum { WORDS_MOST = 40 };

/* ---- strings ----------------------------------------------------------- */

static void
list_words(struct buf *out, const char **words, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "", words[i]);
}

static void
ask_order(struct quiz_text *t, const char **words, int64_t n)
{
	const char *first = words[0];

	for (int64_t i = 1; i < n; i++)
		if (strcmp(words[i], first) < 0)
			first = words[i];
	buf_adds(&t->ask, "Which of these words comes first in alphabetical "
	    "order: ");
	list_words(&t->ask, words, n);
	buf_adds(&t->right, first);
}

static void
ask_initials(struct quiz_text *t, const char **words, int64_t n)
{
	buf_adds(&t->ask, "Write, as one word, the first letters of these "
	    "words: ");
	list_words(&t->ask, words, n);
	for (int64_t i = 0; i < n; i++)
		buf_addc(&t->right, words[i][0]);
}

static void
make_strings(struct quiz_text *t, int64_t size, uint64_t *rng)
{
	const char *words[WORDS_MOST];
	size_t n = (size_t)size, i;

	quiz_words(words, n, rng);
	switch (rng_below(rng, 4)) {
	case 0:
		ask_order(t, words, size);
		break;
	case 1:
		ask_initials(t, words, size);
		break;
	case 2:
		i = (size_t)rng_below(rng, n - 1);
		buf_addf(&t->ask, "Which word comes directly after \"%s\" in "
		    "this list: ", words[i]);
		list_words(&t->ask, words, size);
		buf_adds(&t->right, words[i + 1]);
		break;
	default:
		buf_addf(&t->ask, "Write the word \"%s\" backwards", words[0]);
		for (i = strlen(words[0]); i > 0; i--)
			buf_addc(&t->right, words[0][i - 1]);
	}
	buf_adds(&t->ask, ". Answer with the word alone.");
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Is the last word of text the right one? */
static bool
is_word(const char *right, const char *text, int64_t size, uint64_t *rng)
{
	const char *end = text + strlen(text), *from;
	size_t len = strlen(right);

	(void)size;
	(void)rng;
	while (end > text && !is_letter(end[-1]))
		end--;
	for (from = end; from > text && is_letter(from[-1]); from--)
		;
	return (size_t)(end - from) == len &&
	    strncasecmp(from, right, len) == 0;
}

/* ---- copy -------------------------------------------------------------- */

static void
make_copy(struct quiz_text *t, int64_t size, uint64_t *rng)
{
	static const char *const joins[] = { " ", ", ", "-", "/", "; " };
	const char *word;

	for (int64_t i = 0; i < size; i++) {
		if (i > 0)
			buf_adds(&t->right, joins[rng_below(rng,
			    sizeof(joins) / sizeof(joins[0]))]);
		if (rng_below(rng, 3) == 0) {
			buf_addf(&t->right, "%" PRId64, quiz_number(4, rng));
			continue;
		}
		word = quiz_word(rng);
		buf_addc(&t->right, (char)(word[0] - (rng_below(rng, 2) == 0 ?
		    'a' - 'A' : 0)));
		buf_adds(&t->right, word + 1);
	}
	buf_addf(&t->ask, "Repeat the next line exactly, every character of "
	    "it, and write nothing else.\n\n%s", buf_cstr(&t->right));
}

/* What people put around a line: spaces, quotes, Markdown's back-ticks. */
static bool
is_around(char c)
{
	return c != '\0' && strchr(" \t\r\"`*", c) != NULL;
}

static bool
is_line(const char *right, const char *text, int64_t size, uint64_t *rng)
{
	size_t len = strlen(right);
	const char *p = text, *end;

	(void)size;
	(void)rng;
	for (;;) {
		end = p + strcspn(p, "\n");
		text = end;
		while (p < end && is_around(*p))
			p++;
		while (end > p && is_around(end[-1]))
			end--;
		if ((size_t)(end - p) == len && memcmp(p, right, len) == 0)
			return true;
		if (*text == '\0')
			return false;
		p = text + 1;
	}
}

const struct quiz_kind quiz_strings = {
	"strings", 5, 2, WORDS_MOST, make_strings, is_word, NULL
};
const struct quiz_kind quiz_copy = {
	"copy", 12, 1, 200, make_copy, is_line, NULL
};
