#include "quiz.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "number.h"
#include "rng.h"
#include "wordlist.h"

static const struct quiz_kind *const kinds[] = {
	&quiz_arithmetic, &quiz_strings, &quiz_copy, &quiz_json, &quiz_form,
	&quiz_choice, &quiz_needle
};
enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const char *const quiz_names[] = {
	"arithmetic", "strings", "copy", "json", "schema", "choice", "needle",
	NULL
};

/* ---- names ------------------------------------------------------------- */

int
quiz_parse(struct quiz *q, const char *name)
{
	size_t i, len;
	int64_t size;

	for (i = 0; i < N_KINDS; i++) {
		len = strlen(kinds[i]->name);
		if (strncmp(name, kinds[i]->name, len) == 0 &&
		    (name[len] == '\0' || name[len] == '_'))
			break;
	}
	if (i == N_KINDS)
		return -1;
	*q = (struct quiz){ .kind = kinds[i], .size = kinds[i]->size };
	if (name[len] == '\0')
		return 0;
	if (kinds[i]->most == 0 || number_int(name + len + 1,
	    kinds[i]->least, kinds[i]->most, &size) == -1)
		return -1;
	q->size = size;
	return 0;
}

bool
quiz_is_long(const struct quiz *q)
{
	return q->kind == &quiz_needle;
}

/* ---- drawing ----------------------------------------------------------- */

const char *
quiz_word(uint64_t *rng)
{
	return words_list[rng_below(rng, WORDS_N)];
}

void
quiz_words(const char **out, size_t n, uint64_t *rng)
{
	size_t i = 0, k;

	while (i < n) {
		out[i] = quiz_word(rng);
		for (k = 0; k < i && out[k] != out[i]; k++)
			;
		i += k == i;
	}
}

int64_t
quiz_number(int64_t n, uint64_t *rng)
{
	uint64_t least = 1;

	while (--n > 0)
		least *= 10;
	return (int64_t)(least + rng_below(rng, 9 * least));
}

/* ---- questions --------------------------------------------------------- */

static uint64_t
state_of(const struct quiz *q)
{
	return rng_seed(q->seed, q->kind->name);
}

static void
make(struct quiz_text *t, const struct quiz *q)
{
	uint64_t rng = state_of(q);

	*t = (struct quiz_text){ BUF_INIT, BUF_INIT, BUF_INIT };
	q->kind->make(t, q->size, &rng);
}

static void
text_fini(struct quiz_text *t)
{
	buf_fini(&t->ask);
	buf_fini(&t->right);
	buf_fini(&t->fact);
}

/* Generated words with the fact behind so many per cent of them. */
static void
add_long(struct buf *out, const struct quiz *q, struct buf *fact,
    int64_t words)
{
	uint64_t rng = rng_seed(q->seed, "long");
	int64_t at = words * q->size / 100;

	for (int64_t i = 0; i < words; i++) {
		if (i == at)
			buf_addf(out, "%s ", buf_cstr(fact));
		buf_addf(out, "%s ", quiz_word(&rng));
	}
	if (at >= words)
		buf_adds(out, buf_cstr(fact));
	buf_adds(out, "\n\n");
}

void
quiz_ask(struct buf *out, const struct quiz *q, int64_t words)
{
	struct quiz_text t;

	make(&t, q);
	buf_addf(out, "Question %010" PRIx64 ", %s", q->seed, q->kind->name);
	if (q->kind->most > 0)
		buf_addf(out, "_%" PRId64, q->size);
	buf_adds(out, ".\n\n");
	if (t.fact.len > 0)
		add_long(out, q, &t.fact, words);
	buf_add(out, t.ask.data, t.ask.len);
	text_fini(&t);
}

int
quiz_heard(struct quiz *q, const char *text)
{
	uint64_t seed;
	char name[32];

	if (sscanf(text, "Question %10" SCNx64 ", %31[a-z0-9_].", &seed,
	    name) != 2 || quiz_parse(q, name) == -1)
		return -1;
	q->seed = seed;
	return 0;
}

bool
quiz_schema(struct buf *out, const struct quiz *q)
{
	uint64_t rng = state_of(q);

	if (q->kind->schema != NULL)
		q->kind->schema(out, q->size, &rng);
	return q->kind->schema != NULL;
}

void
quiz_answer(struct buf *out, const struct quiz *q)
{
	struct quiz_text t;

	make(&t, q);
	buf_add(out, t.right.data, t.right.len);
	text_fini(&t);
}

bool
quiz_is_right(const struct quiz *q, const char *text)
{
	uint64_t rng = state_of(q);
	struct quiz_text t;
	bool is_right;

	make(&t, q);
	is_right = q->kind->is_right(buf_cstr(&t.right), text, q->size, &rng);
	text_fini(&t);
	return is_right;
}
