#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "plan/prompt.h"
#include "step/step.h"
#include "wordlist.h"
#include "tap.h"
#include "xalloc.h"

enum { RUN = 12, N_SEEDS = 40, N_WORDS = 1000 };

static void
request(struct step *s, const char *text, int64_t words, uint64_t seed)
{
	step_init(s);
	s->prompt.name = xstrdup("simple");
	s->prompt.text = text != NULL ? xstrdup(text) : NULL;
	s->prompt.words = words;
	s->prompt.seed = seed;
}

static char *
text_of(const struct step *s, int64_t k)
{
	struct buf b = BUF_INIT;

	prompt_build(&b, s, k);
	buf_cstr(&b);
	return buf_steal(&b);
}

static size_t
count_words(const char *s)
{
	size_t n = 0;

	for (s += strspn(s, " \n"); *s != '\0'; s += strspn(s, " \n")) {
		n++;
		s += strcspn(s, " \n");
	}
	return n;
}

/* ---- the vocabulary --------------------------------------------------- */

static void
test_words(void)
{
	int good = 1, sorted = 1;

	for (int i = 0; i < WORDS_N; i++) {
		good &= strlen(words_list[i]) == 5 &&
		    strspn(words_list[i], "abcdefghijklmnopqrstuvwxyz") == 5;
		sorted &= i == 0 ||
		    strcmp(words_list[i - 1], words_list[i]) < 0;
	}
	ok(WORDS_N >= 512, "at least 512 words, here %d", WORDS_N);
	ok(good, "all of five small letters");
	ok(sorted, "all different");
}

static void
test_same_everywhere(void)
{
	static const char *const want[] = {
		"ended chain elect spend those prime",
		"scene parts civil whose usage dense"
	};
	struct step s;
	char *text;

	for (size_t i = 0; i < 2; i++) {
		request(&s, NULL, 6, i + 1);
		text = text_of(&s, 0);
		is_text(text, want[i], "a seed's words on every platform");
		free(text);
		step_fini(&s);
	}
}

/* ---- no shared run ---------------------------------------------------- */

struct run {
	uint64_t hash;
	int seed;
};

static int
by_hash(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return x->seed - y->seed;
}

/* FNV-1a of the RUN words of a text of single-spaced five-letter words. */
static uint64_t
hash_of(const char *s)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (int i = 0; i < RUN * 6 - 1; i++)
		h = (h ^ (unsigned char)s[i]) * UINT64_C(0x100000001b3);
	return h;
}

static void
test_no_shared_run(void)
{
	static struct run runs[N_SEEDS * N_WORDS];
	struct step s;
	size_t n = 0;
	int shared = 0;
	char *text;

	for (int k = 0; k < N_SEEDS; k++) {
		request(&s, NULL, N_WORDS, 1000);
		text = text_of(&s, k);
		for (size_t i = 0; i + RUN <= N_WORDS; i++) {
			runs[n].hash = hash_of(text + i * 6);
			runs[n++].seed = k;
		}
		free(text);
		step_fini(&s);
	}
	qsort(runs, n, sizeof(runs[0]), by_hash);
	for (size_t i = 1; i < n; i++)
		shared += runs[i].hash == runs[i - 1].hash;
	ok(shared == 0, "no run of %d words stands in two of %d neighbouring "
	    "seeds (%d do)", RUN, N_SEEDS, shared);
}

static void
test_first_words_differ(void)
{
	struct step s;
	int same = 0;
	char *first, *text;

	request(&s, "Explain it.", 24, 7);
	first = text_of(&s, 0);
	for (int k = 1; k <= 200; k++) {
		text = text_of(&s, k);
		same += memcmp(first, text, 11) == 0;
		free(text);
	}
	ok(same == 0, "two texts differ in their first two words");
	free(first);
	step_fini(&s);
}

/* ---- shapes ----------------------------------------------------------- */

static void
test_shapes(void)
{
	struct step s;
	char *text, *again;

	request(&s, "Explain it.", 0, 7);
	text = text_of(&s, 3);
	is_text(text, "Explain it.", "without words the text is the user's");
	free(text);
	s.prompt.words = 24;
	text = text_of(&s, 0);
	ok(strstr(text, "\n\nIgnore the words above.\n\nExplain it.") ==
	    text + 24 * 6 - 1, "24 words, and the user's text at the end");
	s.prompt.is_warm = true;
	again = text_of(&s, 5);
	is_text(again, text, "a warm prompt is the same text for every k");
	free(again);
	s.prompt.is_warm = false;
	again = text_of(&s, 5);
	ok(strcmp(again, text) != 0 && strlen(again) == strlen(text),
	    "a cold one is new, and as long");
	free(text);
	s.prompt.seed += 5;
	text = text_of(&s, 0);
	is_text(text, again, "request k is seed + k");
	free(text);
	free(again);
	s.prompt.target_tokens = 24;
	text = text_of(&s, 0);
	ok(strlen(text) == 24 * 6 - 1 + strlen("\n\nExplain it."),
	    "a document is its words and the question");
	free(text);
	step_fini(&s);
}

/* A long text of the user's must not have a run that repeats. */
static void
test_long_text(void)
{
	struct buf long_text = BUF_INIT;
	struct step s;
	char *a, *b;
	size_t run = 0, longest = 0;

	for (int k = 0; k < 1000; k++)
		buf_addf(&long_text, "%sword%d", k > 0 ? k % 9 == 0 ? "\n" :
		    " " : "", k);
	request(&s, buf_cstr(&long_text), 24, 99);
	a = text_of(&s, 0);
	b = text_of(&s, 1);
	ok(strlen(a) == strlen(b), "two texts are equally long");
	ok(count_words(a) == 24 + 4 + 1000 + 10 * PROMPT_BREAK_WORDS,
	    "1000 words are broken up ten times");
	for (size_t i = 0; a[i] != '\0' && b[i] != '\0'; i++) {
		run = a[i] == b[i] ? run + (a[i] == ' ' || a[i] == '\n') : 0;
		longest = run > longest ? run : longest;
	}
	ok(longest <= PROMPT_TEXT_RUN + 8, "no common run of more than %d "
	    "words (%zu)", PROMPT_TEXT_RUN + 8, longest);
	free(a);
	free(b);
	step_fini(&s);
	buf_fini(&long_text);
}

static void
test_turns(void)
{
	struct step s;
	char *a, *b;

	request(&s, "And then?", 12, 5);
	s.turns = 3;
	s.turn = 1;
	a = text_of(&s, 0);
	s.turn = 2;
	b = text_of(&s, 0);
	ok(strcmp(a, b) != 0, "the turns of a conversation have words of "
	    "their own");
	free(a);
	s.turn = -1;
	a = text_of(&s, 0);
	s.turn = 1;
	free(b);
	b = text_of(&s, 0);
	is_text(a, b, "the first turn is the text of the seed");
	free(a);
	free(b);
	step_fini(&s);
}

static void
test_keys(void)
{
	char key[PROMPT_KEY_CAP];
	struct step s;

	request(&s, "x", 24, 17);
	is_text(prompt_key(key, sizeof(key), &s, 0), "simple/17", "a key");
	is_text(prompt_key(key, sizeof(key), &s, 3), "simple/20",
	    "of request 3");
	s.prompt.is_warm = true;
	is_text(prompt_key(key, sizeof(key), &s, 3), "simple/17",
	    "of a warm request 3");
	s.turn = 2, s.turns = 4;
	is_text(prompt_key(key, sizeof(key), &s, 0), "simple/17/2",
	    "of a turn");
	is_text(prompt_key(key, 8, &s, 0), "simple/", "cut to fit");
	step_fini(&s);
	request(&s, "x", 24, 17);
	ok(!prompt_is_warm(&s, 3), "every request has a text of its own");
	s.prompt.words = 0;
	ok(!prompt_is_warm(&s, 0) && prompt_is_warm(&s, 3) &&
	    strcmp(prompt_key(key, sizeof(key), &s, 3), "simple/17") == 0,
	    "of a text as it is only the first is cold");
	step_fini(&s);
}

int
main(void)
{
	test_words();
	test_same_everywhere();
	test_no_shared_run();
	test_first_words_differ();
	test_shapes();
	test_long_text();
	test_turns();
	test_keys();
	return tap_done();
}
