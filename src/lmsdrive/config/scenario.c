#include "scenario.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "quiz.h"
#include "step/prefix.h"
#include "tools.h"
#include "xalloc.h"
#include "yamlread.h"

enum { AGENT_TURNS = 6, AGENT_TOOLS = 8, AGENT_TOKENS = 1000 };
enum { REPEAT_MAX = 1000000, WORDS_MAX = 1000000, TURNS_MAX = 10000 };

static const char *const blocks_words[] = { "split", "whole", "each", NULL };
static const char *const draw_words[] = { "all", "cycle", "shuffle", NULL };
static const char *const cache_words[] = { "cold", "warm", "pair", NULL };
static const char *const choice_words[] = { "auto", "required", NULL };
static const char *const arrival_words[] = { "constant", "poisson", NULL };

#define ROW struct scenario
static const struct field scenario_fields[] = {
	YAML_OTHER(NULL, "prompts"),
	YAML_OTHER(NULL, "prompt_tokens"),
	YAML_OTHER(NULL, "check"),
	YAML_OTHER(NULL, "probe"),
	YAML_OTHER("agent", "tools"),
	YAML_KEY("agent", "system_tokens", COUNT, agent.system_tokens, 1,
	    WORDS_MAX),
	YAML_KEY("agent", "result_words", COUNT, agent.result_words, 0,
	    WORDS_MAX),
	YAML_WORD("agent", "tool_choice", WORD, agent.tool_choice,
	    choice_words),
	YAML_KEY(NULL, "repeat", COUNT, repeat, 1, REPEAT_MAX),
	YAML_OTHER(NULL, "warmup"),
	YAML_OTHER(NULL, "max_tokens"),
	YAML_WORD(NULL, "cache", WORD, cache, cache_words),
	YAML_WORD(NULL, "draw", WORD, draw, draw_words),
	YAML_WORD(NULL, "blocks", WORD, blocks, blocks_words),
	YAML_KEY(NULL, "idle", TIME, idle_ns, 0, 0),
	YAML_KEY(NULL, "gap", TIME, gap_ns, 0, 0),
	YAML_KEY(NULL, "duration", TIME, duration_ns, 1, 0),
	YAML_KEY(NULL, "turns", COUNT, turns, 1, TURNS_MAX),
	YAML_KEY(NULL, "reload", COUNT, reload, 1, TURNS_MAX),
	YAML_OTHER(NULL, "concurrency"),
	YAML_OTHER(NULL, "rate_per_s"),
	YAML_KEY("ramp", "from", REAL, ramp_from, 0, 1e6),
	YAML_KEY("ramp", "to", REAL, ramp_to, 0, 1e6),
	YAML_OTHER(NULL, "arrival"),
	YAML_OTHER(NULL, "fixed_length"),
	YAML_OTHER(NULL, "sampling"),
	YAML_KEY(NULL, "cold_words", COUNT, cold_words, 0, WORDS_MAX),
#define MANNER_KEY(m, kind, key, kind_there, lo, hi) \
	YAML_KEY(NULL, key, kind_there, m, lo, hi),
	MANNER(MANNER_KEY)
};
static const struct schema scenario_keys = YAML_TABLE("scenario",
    scenario_fields);
#undef ROW

/* ---- sampling --------------------------------------------------------- */

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

/* ---- life ------------------------------------------------------------- */

void
scenario_init(struct scenario *sc, const char *name)
{
	memset(sc, 0, sizeof(*sc));
	sc->name = xstrdup(name);
	sc->warmup = 1;
	sc->cold_words = -1;
	sc->ramp_from = sc->ramp_to = NAN;
	sc->arrival = ARRIVAL_POISSON;
	sc->duration_ns = -1;
	sc->agent.n_tools = AGENT_TOOLS;
	sc->agent.system_tokens = AGENT_TOKENS;
	sc->agent.result_words = -1;
	sampling_init(&sc->sampling);
	sc->fixed_length = -1;
}

void
scenario_fini(struct scenario *sc)
{
	free(sc->name);
	field_free_texts(sc->prompts);
	field_free_texts(sc->checks);
	field_free_texts(sc->probes);
	free(sc->agent.own_tools);
	free(sc->prompt_tokens);
	free(sc->concurrency);
	free(sc->rates);
	free(sc->sampling.reasoning);
}

/* ---- one entry -------------------------------------------------------- */

static int
read_prompts(struct scenario *sc, const struct prompts *p, struct ynode map)
{
	const char **names = xcalloc(p->n + 1, sizeof(*names));
	const struct name_kind kind = { names, NULL, "there is no prompt ", "",
	    "; add it to the prompts file" };
	int rc;

	for (size_t i = 0; i < p->n; i++)
		names[i] = p->list[i].name;
	rc = yamlread_names(map, "prompts", &kind, &sc->prompts,
	    &sc->n_prompts);
	free(names);
	return rc;
}

static bool
is_question(const char *name)
{
	struct quiz q;

	return quiz_parse(&q, name) == 0;
}

static const struct name_kind questions = { quiz_names, is_question, "",
	" is no kind of question", ", or its size is out of bounds; see "
	"lmgauge-config(5)" };
static const struct name_kind prefixes = { prefix_kinds, prefix_is_kind, "",
	" is no kind of prefix", "; see lmgauge-config(5)" };

/* agent: {tools, system_tokens, ...}. */
static int
read_agent(struct scenario *sc, struct ynode map)
{
	struct ynode v = ynode_get(map, "agent");

	if (!v.is_set)
		return 0;
	sc->agent.is_set = true;
	if (sc->turns == 0)
		sc->turns = AGENT_TURNS;
	return tools_read(&sc->agent, v);
}

/* warmup: a number of requests, or "each". */
static int
read_warmup(struct scenario *sc, struct ynode map)
{
	const char *text = ynode_text(ynode_get(map, "warmup"));

	if (text != NULL && strcmp(text, "each") == 0) {
		sc->warmup_each = true;
		return 0;
	}
	if (text == NULL && !ynode_get(map, "warmup").is_set)
		return 0;
	sc->warmup_each = false;
	return ynode_get_int(map, "warmup", 0, REPEAT_MAX, &sc->warmup);
}

static int
check_ramp(const struct scenario *sc, struct ynode ramp)
{
	if (!ramp.is_set || (sc->ramp_from > 0 && sc->ramp_to > 0))
		return 0;
	return ynode_error(ramp, "ramp: expected from and to, requests per "
	    "second above 0");
}

static int
read_arrival(struct scenario *sc, struct ynode map)
{
	int arrival = (int)sc->arrival - 1;	/* closed is none of them */
	int rc = ynode_get_word(map, "arrival", arrival_words, &arrival);

	sc->arrival = (enum arrival)(arrival + 1);
	return rc;
}

static int
read_fixed_length(struct scenario *sc, struct ynode map)
{
	bool fixed = sc->fixed_length == 1;

	if (ynode_get_bool(map, "fixed_length", &fixed) == -1)
		return -1;
	if (ynode_get(map, "fixed_length").is_set)
		sc->fixed_length = fixed;
	return 0;
}

/* sampling: {...}, and the two of its keys that stand on their own. */
static int
read_sampling(struct scenario *sc, struct ynode map)
{
	struct ynode inner = ynode_get(map, "sampling");

	return sampling_read(&sc->sampling, inner) |
	    read_fixed_length(sc, inner) | read_fixed_length(sc, map) |
	    ynode_get_int(map, "max_tokens", 1, 10000000,
	    &sc->sampling.max_tokens);
}

int64_t
scenario_turns(const struct scenario *sc, const struct prompt_entry *e)
{
	if (sc->turns > 0)
		return sc->turns;
	return e != NULL && e->names == NULL && e->n_turns > 1 ?
	    (int64_t)e->n_turns : 0;
}

int64_t
scenario_longest(const struct scenario *sc, const struct prompts *p)
{
	int64_t longest = sc->turns > 0 ? sc->turns : 1, turns;

	for (size_t i = 0; i < sc->n_prompts; i++) {
		turns = scenario_turns(sc, prompts_find(p, sc->prompts[i]));
		longest = turns > longest ? turns : longest;
	}
	return longest;
}

/* Parameters that exclude or need each other. */
static int
check_entry(const struct scenario *sc, const struct prompts *p,
    struct ynode at)
{
	bool has_turns = sc->turns > 0 || scenario_longest(sc, p) > 1;
	bool is_batch = sc->n_concurrency > 0 || sc->n_rates > 0 ||
	    !isnan(sc->ramp_from);
	const char *problem = NULL;

	if (sc->agent.is_set && (is_batch || sc->n_prompts > 0 ||
	    sc->n_prompt_tokens > 0 || sc->n_checks + sc->n_probes > 0 ||
	    sc->reload > 0 || sc->raw_completion))
		problem = "an agent has texts of its own, one turn after the "
		    "other: leave out prompts, prompt_tokens, check, probe, "
		    "reload, raw, concurrency, rate_per_s and ramp";
	else if (sc->n_checks + sc->n_probes > 0 && (is_batch ||
	    sc->n_prompts > 0 || (sc->n_checks > 0 && sc->n_probes > 0) ||
	    sc->n_prompt_tokens > 1 || sc->turns > 0 || sc->reload > 0 ||
	    sc->cache > (sc->n_probes > 0 ? CACHE_PAIR : CACHE_COLD) ||
	    sc->cache == CACHE_WARM || sc->raw_completion))
		problem = "check and probe ask their own questions, one after "
		    "the other: give one of them, and leave out prompts, cache (of a "
		    "probe but pair), turns, reload, raw, "
		    "concurrency, rate_per_s and ramp, and give one "
		    "prompt_tokens at most";
	else if ((sc->n_concurrency > 0) + (sc->n_rates > 0) +
	    !isnan(sc->ramp_from) > 1)
		problem = "concurrency, rate_per_s and ramp exclude each "
		    "other";
	else if (!isnan(sc->ramp_from) && sc->duration_ns < 0)
		problem = "a ramp needs a duration";
	else if (is_batch && (has_turns || sc->reload > 0 ||
	    sc->draw != DRAW_ALL))
		problem = "turns (also of a prompt), reload and draw go with "
		    "requests one after the other, not with concurrency, "
		    "rate_per_s or ramp";
	else if (is_batch && sc->cache != CACHE_COLD)
		problem = "concurrency, rate_per_s and ramp send cold "
		    "prompts only";
	else if (has_turns && sc->cache != CACHE_COLD)
		problem = "a conversation (turns) begins with a cold prompt; "
		    "leave cache out";
	else if (sc->turns > 0 && sc->reload > 0)
		problem = "turns and reload exclude each other";
	if (problem == NULL)
		return 0;
	return ynode_error(at, "%s: %s", sc->name, problem);
}

int
scenario_read(struct scenario *sc, const struct prompts *p, struct ynode map)
{
	int rc;

	rc = yamlread_row(&scenario_keys, sc->name, map, sc);
	rc |= read_prompts(sc, p, map);
	rc |= yamlread_names(map, "check", &questions, &sc->checks,
	    &sc->n_checks);
	rc |= yamlread_names(map, "probe", &prefixes, &sc->probes,
	    &sc->n_probes);
	rc |= read_agent(sc, map);
	rc |= yamlread_counts(map, "prompt_tokens", true,
	    &sc->prompt_tokens, &sc->n_prompt_tokens);
	rc |= read_warmup(sc, map);
	rc |= read_arrival(sc, map);
	rc |= yamlread_counts(map, "concurrency", false, &sc->concurrency,
	    &sc->n_concurrency);
	rc |= yamlread_rates(map, "rate_per_s", &sc->rates, &sc->n_rates);
	rc |= rc == 0 ? check_ramp(sc, ynode_get(map, "ramp")) : 0;
	rc |= read_sampling(sc, map);
	return rc == 0 ? check_entry(sc, p, map) : -1;
}

bool
scenario_has_content(const struct scenario *sc)
{
	return sc->n_prompts > 0 || sc->n_prompt_tokens > 0 ||
	    sc->n_checks > 0 || sc->n_probes > 0 || sc->agent.is_set ||
	    sc->idle_ns > 0 || sc->reload > 0;
}
