/* Does a prompt cache survive a conversation?  Judged by the times alone. */
#include <math.h>
#include <stdio.h>

#include "calibrate.h"
#include "draw.h"
#include "noise_family.h"
#include "stats/reuse.h"

enum { CONVERSATIONS = 4, TURNS_MOST = 8 };

/* A shape of conversations; tokens. */
static const struct shape {
	const char *name;
	uint32_t turns;
	double first, question, answer;
} shapes[] = {
	{ "6 turns from 350 tokens", 6, 350, 20, 190 },
	{ "8 turns from 6000 tokens", 8, 6000, 250, 150 }
};

/* What is planted. */
struct truth {
	enum reuse_verdict verdict;
	uint32_t from, to;
	double part;			/* of the first prompt, where partly */
	double overhead;		/* tokens */
};

static double
reused(const struct truth *h, const struct reuse_turn *t, double first)
{
	if (h->verdict == REUSE_LOST && t->turn >= h->from &&
	    t->turn <= h->to)
		return 0;
	return h->verdict == REUSE_PARTLY ? h->part * first :
	    t->before + t->answer;
}

/* All conversations, one after the other, so much noise on their times. */
static size_t
converse(struct reuse_turn *t, const struct shape *s, const struct truth *h,
    const double *noise)
{
	size_t n = 0;

	for (uint32_t c = 0; c < CONVERSATIONS; c++)
		for (uint32_t k = 1; k <= s->turns; k++, n++) {
			t[n] = (struct reuse_turn){ c, k, s->first + (k - 1) *
			    (s->question + s->answer), 0, 0, 0, NAN };
			if (k > 1) {
				t[n].before = t[n - 1].all;
				t[n].answer = s->answer;
			}
			t[n].ttft_s = exp(noise[n]) * 1e-3 * (h->overhead +
			    t[n].all - (k > 1 ? reused(h, &t[n], s->first) :
			    0));
		}
	return n;
}

struct rates {
	double right, at, wrong;
};

static struct rates
measure(const struct noise_family *f, const struct shape *s,
    const struct truth *h, int runs, uint64_t *rng)
{
	double noise[CONVERSATIONS * TURNS_MOST];
	struct reuse_turn t[CONVERSATIONS * TURNS_MOST];
	struct rates r = { 0, 0, 0 };
	struct reuse got;
	size_t n;

	for (int i = 0; i < runs; i++) {
		f->noise(noise, (int)(CONVERSATIONS * s->turns), rng);
		n = converse(t, s, h, noise);
		got = reuse_timed(t, n);
		r.right += got.verdict == h->verdict;
		r.at += got.verdict == h->verdict && got.lost_at == h->from;
		r.wrong += got.verdict != h->verdict &&
		    got.verdict != REUSE_NOT_TOLD;
	}
	r.right /= runs;
	r.at /= runs;
	r.wrong /= runs;
	return r;
}

static const struct column {
	const char *name;
	struct truth truth;
} columns[] = {
	{ "kept", { REUSE_KEPT, 0, 0, 0, 50 } },
	{ "kept, slow", { REUSE_KEPT, 0, 0, 0, 800 } },
	{ "at 4", { REUSE_LOST, 4, 4, 0, 50 } },
	{ "from 4", { REUSE_LOST, 4, 99, 0, 50 } },
	{ "from 2", { REUSE_LOST, 2, 99, 0, 50 } },
	{ "from 2, sl", { REUSE_LOST, 2, 99, 0, 800 } },
	{ "half kept", { REUSE_PARTLY, 0, 0, 0.5, 50 } }
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

static int
family(const struct noise_family *f, const struct shape *s, int runs,
    uint64_t *rng)
{
	int missed = 0;
	struct rates r;

	printf("%-24s", f->name);
	for (size_t i = 0; i < COLUMNS; i++) {
		r = measure(f, s, &columns[i].truth, runs, rng);
		printf(" %.3f%s/%.2f", r.wrong, r.wrong > 0.05 ? "!" : "",
		    r.at);
		missed += r.wrong > 0.05;
	}
	putchar('\n');
	return missed;
}

int
calibrate_reuse(int runs, uint64_t seed)
{
	int missed = 0;

	for (size_t k = 0; k < sizeof(shapes) / sizeof(shapes[0]); k++) {
		printf("\nPrompt cache, by the times of %d conversations of "
		    "%s: wrong (.05 at most, else !) / right, and the turn\n"
		    "%-24s", CONVERSATIONS, shapes[k].name, "family");
		for (size_t i = 0; i < COLUMNS; i++)
			printf(" %-10s", columns[i].name);
		putchar('\n');
		for (const struct noise_family *f = noise_families;
		    f->name != NULL; f++)
			missed += family(f, &shapes[k], runs, &seed);
	}
	return missed;
}
