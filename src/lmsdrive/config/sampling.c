/* The sampling of a configuration, of the whole or of a scenario. */

#include <math.h>

#include "scenario.h"
#include "yamlread.h"

static const char *const reasoning_words[] = {
	"off", "low", "medium", "high", "on", NULL
};

#define ROW struct step_sampling
static const struct field sampling_fields[] = {
#define SAMPLING_FIELD(code, m, kind, lo, hi, neutral) \
	YAML_KEY(NULL, #m, kind, m, lo, hi),
	SAMPLING(SAMPLING_FIELD)
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

	/* Its best answer, as long as it is. */
	if (sc->n_checks + sc->n_probes > 0 || sc->agent.is_set) {
		s.temperature = 0;
		s.fixed_length = false;
	}
#define SAMPLING_OVER(code, m, kind, lo, hi, neutral) \
	if (!isnan(sampling_value(o, SAMPLING_##code))) \
		s.m = o->m;
	SAMPLING(SAMPLING_OVER)
	if (sc->fixed_length >= 0)
		s.fixed_length = sc->fixed_length != 0;
	if (sc->n_probes > 0 && o->max_tokens < 0)
		s.max_tokens = 1;
	if (o->reasoning != NULL)
		s.reasoning = o->reasoning;
	return s;
}
