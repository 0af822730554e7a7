#include <math.h>

#include "scenario.h"
#include "yamlread.h"

static const char *const reasoning_words[] = {
	"off", "low", "medium", "high", "on", NULL
};

#define ROW struct step_sampling
static const struct field sampling_fields[] = {
	YAML_KEY(NULL, "temperature", REAL, temperature, 0, 100),
	YAML_KEY(NULL, "top_p", REAL, top_p, 0, 1),
	YAML_KEY(NULL, "top_k", COUNT, top_k, 0, 1000000),
	YAML_KEY(NULL, "seed", COUNT, seed, 0, 0x1p52),
	YAML_KEY(NULL, "max_tokens", COUNT, max_tokens, 1, 10000000),
	YAML_KEY(NULL, "fixed_length", BOOL, fixed_length, 0, 0),
	YAML_WORD(NULL, "reasoning", TEXT, reasoning, reasoning_words)
};
static const struct schema sampling_keys = YAML_TABLE("sampling",
    sampling_fields);
#undef ROW

int
sampling_read(struct step_sampling *s, struct ynode map)
{
	return yamlread_row(&sampling_keys, sampling_keys.type, map, s);
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
