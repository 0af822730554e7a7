#include "prompt.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent.h"
#include "step/prefix.h"
#include "quiz.h"
#include "rng.h"
#include "wordlist.h"

static const char ignore_line[] = "\n\nIgnore the words above.\n\n";

/* Is its text the same for every k, as nothing of it is generated? */
static bool
is_fixed(const struct step *s)
{
	const struct step_prompt *p = &s->prompt;

	return p->words == 0 && s->turn <= 1 && p->check == NULL &&
	    p->probe == NULL && p->agent == NULL;
}

static uint64_t
seed_of(const struct step *s, int64_t k)
{
	return s->prompt.seed + (prompt_is_warm(s, k) ? 0 : (uint64_t)k);
}

bool
prompt_is_warm(const struct step *s, int64_t k)
{
	return s->prompt.is_warm || (k > 0 && is_fixed(s));
}

/*
 * Neighbouring seeds must not give related streams: mix before use.  The turns
 * of a conversation share a seed, each has a stream of its own.
 */
static uint64_t
stream_of(uint64_t seed, int64_t turn)
{
	uint64_t state = rng_next(&seed);

	for (; turn > 1; turn--)
		state = rng_next(&state);
	return state;
}

static void
draw(struct buf *out, uint64_t *state, int64_t n)
{
	for (int64_t i = 0; i < n; i++) {
		if (i > 0)
			buf_addc(out, ' ');
		buf_add(out, words_list[rng_below(state, WORDS_N)], 5);
	}
}

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Copy text, with generated words after every PROMPT_TEXT_RUN of its own. */
static void
add_broken_up(struct buf *out, const char *text, uint64_t *state)
{
	const char *p = text;
	int n = 0;

	while (*p != '\0') {
		while (is_space(*p))
			buf_addc(out, *p++);
		if (*p != '\0' && n == PROMPT_TEXT_RUN) {
			buf_addc(out, '(');
			draw(out, state, PROMPT_BREAK_WORDS);
			buf_adds(out, ") ");
			n = 0;
		}
		while (*p != '\0' && !is_space(*p))
			buf_addc(out, *p++);
		n++;
	}
}

void
prompt_build(struct buf *out, const struct step *s, int64_t k)
{
	const struct step_prompt *p = &s->prompt;
	uint64_t state = stream_of(seed_of(s, k), s->turn);
	struct agent a;
	struct quiz q;

	assert(k >= 0);
	if (agent_init(&a, p->agent, seed_of(s, k)) == 0) {
		agent_say(out, &a, s->turn);
		agent_fini(&a);
		return;
	}
	if (p->check != NULL && quiz_parse(&q, p->check) == 0) {
		q.seed = seed_of(s, k);
		quiz_ask(out, &q, p->words);
		return;
	}
	if (p->probe != NULL && prefix_is_kind(p->probe)) {
		draw(out, &state, p->words);
		if (p->words > 0)
			buf_adds(out, "\n\n");
		prefix_add(out, p->probe, seed_of(s, k));
		return;
	}
	if (p->words == 0) {
		buf_adds(out, p->text != NULL ? p->text : "");
		return;
	}
	draw(out, &state, p->words);
	if (p->text == NULL)
		return;
	if (p->target_tokens < 0) {
		buf_adds(out, ignore_line);
		add_broken_up(out, p->text, &state);
	} else {
		buf_adds(out, "\n\n");
		buf_adds(out, p->text);
	}
}

char *
prompt_key(char *out, size_t cap, const struct step *s, int64_t k)
{
	const char *name = s->prompt.name != NULL ? s->prompt.name : "";
	uint64_t seed = seed_of(s, k);

	/* Of one text the key is one. */
	if (s->prompt.probe != NULL && s->prompt.words <= 0)
		seed = prefix_place(s->prompt.probe, seed);
	if (s->turn >= 1)
		snprintf(out, cap, "%.100s/%" PRIu64 "/%" PRId64, name, seed,
		    s->turn);
	else
		snprintf(out, cap, "%.100s/%" PRIu64, name, seed);
	return out;
}
