#include <math.h>
#include <stdlib.h>

#include "scenario.h"
#include "xalloc.h"

static const char *const sampling_keys[] = {
	"temperature", "top_p", "top_k", "seed", "max_tokens", "fixed_length",
	"reasoning", NULL
};
static const char *const reasoning_words[] = {
	"off", "low", "medium", "high", "on", NULL
};

static int
read_reasoning(struct step_sampling *s, struct ynode map)
{
	int i = -1;

	if (ynode_get_word(map, "reasoning", reasoning_words, &i) == -1)
		return -1;
	if (i >= 0) {
		free(s->reasoning);
		s->reasoning = xstrdup(reasoning_words[i]);
	}
	return 0;
}

int
sampling_read(struct step_sampling *s, struct ynode map)
{
	int rc = 0;

	if (!map.is_set)
		return 0;
	if (ynode_check_keys(map, "sampling", sampling_keys) == -1)
		return -1;
	rc |= ynode_get_double(map, "temperature", 0, 100, &s->temperature);
	rc |= ynode_get_double(map, "top_p", 0, 1, &s->top_p);
	rc |= ynode_get_int(map, "top_k", 0, 1000000, &s->top_k);
	rc |= ynode_get_int(map, "seed", 0, INT64_C(1) << 52, &s->seed);
	rc |= ynode_get_int(map, "max_tokens", 1, 10000000, &s->max_tokens);
	rc |= ynode_get_bool(map, "fixed_length", &s->fixed_length);
	rc |= read_reasoning(s, map);
	return rc;
}

struct step_sampling
scenario_sampling(const struct scenario *sc, const struct step_sampling *base)
{
	struct step_sampling s = *base;
	const struct step_sampling *o = &sc->sampling;

	if (!isnan(o->temperature))
		s.temperature = o->temperature;
	if (!isnan(o->top_p))
		s.top_p = o->top_p;
	if (o->top_k >= 0)
		s.top_k = o->top_k;
	if (o->seed >= 0)
		s.seed = o->seed;
	if (o->max_tokens >= 0)
		s.max_tokens = o->max_tokens;
	if (sc->fixed_length >= 0)
		s.fixed_length = sc->fixed_length != 0;
	if (o->reasoning != NULL)
		s.reasoning = o->reasoning;
	return s;
}
