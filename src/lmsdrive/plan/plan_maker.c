#include "plan_maker.h"

#include "rng.h"

void
maker_emit(struct maker *m, struct step *s)
{
	s->step = ++m->n_steps;
	m->fn(m->arg, s);
}

void
maker_emit_idle(struct maker *m, int64_t idle_ns, bool cooldown)
{
	struct step s = m->base;

	if (idle_ns == 0)
		return;
	s.op = OP_IDLE;
	s.idle_ns = idle_ns;
	s.idle_cooldown = cooldown;
	maker_emit(m, &s);
}

void
maker_emit_load(struct maker *m, enum step_op op)
{
	struct step s = m->base;

	s.op = op;
	maker_emit(m, &s);
}

void
maker_shuffle(const struct maker *m, size_t *order, size_t n,
    const char *what)
{
	uint64_t state = rng_seed(m->seed, what);
	size_t k, tmp;

	for (size_t i = 0; i < n; i++)
		order[i] = i;
	for (size_t i = n; i > 1; i--) {
		k = (size_t)rng_below(&state, i);
		tmp = order[i - 1];
		order[i - 1] = order[k];
		order[k] = tmp;
	}
}

int64_t
maker_answer_tokens(const struct config *c, const struct scenario *sc)
{
	return scenario_sampling(sc, &c->step.sampling).max_tokens;
}

int64_t
maker_prompt_tokens(const struct config *c, const struct config_pair *p,
    const struct scenario *sc, size_t i)
{
	int64_t turns = scenario_longest(sc, &c->prompts), least = INT64_MAX;
	int64_t context, fits;

	if (sc->prompt_tokens[i] > 0)
		return sc->prompt_tokens[i];
	for (size_t k = 0; k < p->n_variants; k++) {
		context = p->variants[k].step.context_length;
		if (context < 0 && sc->n_checks + sc->n_probes > 0)
			context = MAKER_CONTEXT;
		if (context < least)
			least = context;
	}
	fits = (least / turns - maker_answer_tokens(c, sc)) / 10 * 9;
	return least < 0 ? -1 : fits > 0 ? fits : 1;
}
