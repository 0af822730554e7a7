/*
 * A configuration: suite, scenarios and prompts, with a line "%%%" between
 * them.  What is accepted can be planned, and every step of it reads back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "diag.h"
#include "plan/plan.h"
#include "xalloc.h"

enum { STEPS_MAX = 2000 };

static void
check_step(void *arg, const struct step *s)
{
	struct buf b = BUF_INIT;
	struct step again;
	int64_t *n = arg;

	if (++*n > 50)
		return;
	step_write(&b, s);
	if (step_read(&again, b.data, b.len, "plan") == -1)
		abort();
	step_fini(&again);
	buf_fini(&b);
}

/* An upper bound of the steps, so that no input takes minutes. */
static double
size_of(const struct config *c)
{
	const struct scenario *sc;
	double n = 0, variants = 0;

	for (size_t i = 0; i < c->n_pairs; i++)
		variants += (double)c->pairs[i].n_variants;
	for (size_t i = 0; i < c->scenarios.n; i++) {
		sc = &c->scenarios.list[i];
		n += (double)(sc->repeat + sc->warmup + 2) *
		    (double)(sc->turns + 8) * (double)(sc->reload + 1) *
		    (double)(sc->n_prompts + 1) *
		    (double)(sc->n_prompt_tokens + 1) *
		    (double)(sc->n_rates + sc->n_concurrency + 1);
	}
	return n * variants * (double)c->blocks;
}

/* Cut text at the next "%%%" line; NULL when there is none. */
static char *
cut(char *text)
{
	char *p = text != NULL ? strstr(text, "\n%%%\n") : NULL;

	if (p == NULL)
		return NULL;
	p[1] = '\0';
	return p + 5;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct plan_select all = { .seed = -1, .blocks = -1,
	    .budget_ns = -1 };
	char *suite = xstrndup((const char *)data, len);
	char *scenarios = cut(suite), *prompts = cut(scenarios);
	struct config *c;
	int64_t n = 0;

	diag_quiet(true);
	c = config_parse("fuzz.yaml", suite, strlen(suite), scenarios,
	    prompts);
	if (c != NULL && plan_check(c, &all) == 0 && size_of(c) < STEPS_MAX &&
	    plan_make(c, &all, check_step, &n) != n)
		abort();
	config_free(c);
	free(suite);
	return 0;
}
