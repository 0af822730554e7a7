/* From pairs to a configuration with comments. */

#include "proposal.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "json.h"

#define CONTEXT_WANTED 8192
#define CONTEXT_LEAST 2048
#define CACHE_BYTES_PER_TOKEN (INT64_C(512) * 1024)

/* Formats differ by more than this for reasons of their own. */
#define SAME_BYTES 0.05
#define SAME_BITS 0.25

/* ---- memory -------------------------------------------------------------- */

static int64_t
larger_bytes(const struct pairing *p)
{
	int64_t bytes = -1;

	for (size_t i = 0; i < p->n_sides; i++)
		if (p->side[i].model->size_bytes > bytes)
			bytes = p->side[i].model->size_bytes;
	return bytes;
}

static bool
fits(const struct proposal *o, const struct pairing *p, int64_t context)
{
	int64_t bytes = larger_bytes(p);

	return o->memory_bytes < 0 || bytes < 0 ||
	    bytes + context * CACHE_BYTES_PER_TOKEN <=
	    o->memory_bytes / 10 * 9;
}

bool
proposal_fits(const struct proposal *o, const struct pairing *p)
{
	return fits(o, p, 0);
}

int64_t
proposal_context(const struct proposal *o, const struct pairing *p)
{
	int64_t context = CONTEXT_WANTED, most;

	if (o->context_length > 0)
		return o->context_length;
	for (size_t i = 0; i < p->n_sides; i++) {
		most = p->side[i].model->max_context_length;
		if (most > 0 && most < context)
			context = most;
	}
	while (context > CONTEXT_LEAST && !fits(o, p, context))
		context /= 2;
	return context;
}

/* ---- words --------------------------------------------------------------- */

void
proposal_difference(struct buf *out, const struct pairing *p)
{
	const struct pairing_side *a = &p->side[0], *b = &p->side[1];
	int64_t n = a->model != NULL ? a->model->size_bytes : -1,
	    k = b->model != NULL ? b->model->size_bytes : -1;

	if (p->n_sides < 2)
		return;
	if (fabs(a->bits - b->bits) > SAME_BITS)
		buf_addf(out, "%.3g against %.3g bits per weight", a->bits,
		    b->bits);
	if (n > 0 && k > 0 && fabs(log((double)n / (double)k)) > SAME_BYTES)
		buf_addf(out, "%s%.3g against %.3g GB", out->len > 0 ? ", " :
		    "", (double)n / 1e9, (double)k / 1e9);
}

/* A word that YAML takes as text as it is, or a quoted one (JSON's strings
 * are YAML's).  Short ones may mean something: "yes", "null", "1e3". */
static void
add_word(struct buf *out, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-@";
	struct json j;

	if (strlen(s) > 5 && isalpha((unsigned char)*s) &&
	    s[strspn(s, plain)] == '\0') {
		buf_adds(out, s);
		return;
	}
	json_init(&j, out);
	json_str(&j, NULL, s);
}

/* Comments are one line: nothing of the server's may end them. */
static void
add_comment(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		buf_addc(out, iscntrl((unsigned char)*s) ? '?' : *s);
}

/* The label of side i. */
static const char *
label(const struct pairing *p, size_t i)
{
	const char *format = p->side[i].format;

	if (p->n_sides == 2 && p->side[0].format != NULL &&
	    p->side[1].format != NULL &&
	    strcmp(p->side[0].format, p->side[1].format) == 0)
		return i == 0 ? "first" : "second";
	if (format != NULL)
		return format;
	return p->n_sides == 1 ? "model" : i == 0 ? "first" : "second";
}

/* Is it written how long the context is? */
static bool
has_context(const struct proposal *o)
{
	return o->takes_options || o->context_length > 0;
}

static void
add_variant(struct buf *out, const struct proposal *o,
    const struct pairing *p, size_t i)
{
	const struct pairing_side *s = &p->side[i];

	buf_addf(out, "      %s: {model: ", label(p, i));
	add_word(out, s->model->key);
	if (s->format != NULL)
		buf_addf(out, ", format: %s", s->format);
	if (has_context(o))
		buf_addf(out, ", load: {context_length: %" PRId64 "}",
		    proposal_context(o, p));
	buf_adds(out, "}\n");
}

static void
add_warnings(struct buf *out, const struct proposal *o,
    const struct pairing *p)
{
	struct buf what = BUF_INIT;

	proposal_difference(&what, p);
	if (what.len > 0)
		buf_addf(out, "  # Not like for like: %s.  The report says so, "
		    "too.\n", buf_cstr(&what));
	buf_fini(&what);
	if (!proposal_fits(o, p))
		buf_addf(out, "  # %.3g GB, and this machine has %.3g: it may "
		    "not load.\n", (double)larger_bytes(p) / 1e9,
		    (double)o->memory_bytes / 1e9);
	else if (o->takes_options && o->memory_bytes > 0 &&
	    larger_bytes(p) > 0 && !fits(o, p, CONTEXT_WANTED))
		buf_adds(out, "  # The context is small so that it fits into "
		    "this machine's memory.\n");
}

static void
add_pair(struct buf *out, const struct proposal *o, const struct pairing *p)
{
	add_warnings(out, o, p);
	buf_adds(out, "  - name: ");
	add_word(out, p->name);
	buf_addf(out, "\n    kind: %s\n    variants:\n", p->is_moe ? "moe" :
	    "dense");
	for (size_t i = 0; i < p->n_sides; i++)
		add_variant(out, o, p, i);
}

static void
add_rest(struct buf *out, const struct pairings *list, const bool *chosen)
{
	const struct model *m;
	bool is_said = false;

	for (size_t i = 0; i < list->n; i++) {
		if (chosen[i])
			continue;
		if (!is_said)
			buf_adds(out, "\n# Found as well (lmsdrive init --pair "
			    "NAME, or --model KEY for one or two keys):\n");
		is_said = true;
		buf_addf(out, "#   %s:", list->v[i].name);
		for (size_t k = 0; k < list->v[i].n_sides; k++) {
			m = list->v[i].side[k].model;
			buf_adds(out, k > 0 ? ", " : " ");
			add_comment(out, m->key);
			if (list->v[i].side[k].format != NULL)
				buf_addf(out, " (%s)",
				    list->v[i].side[k].format);
		}
		buf_addc(out, '\n');
	}
}

static void
add_shared_files(struct buf *out, const char *share)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/scenarios.yaml", share);
	buf_adds(out, "\n\nscenarios_file: ");
	add_word(out, buf_cstr(&path));
	buf_clear(&path);
	buf_addf(&path, "%s/prompts.yaml", share);
	buf_adds(out, "\nprompts_file: ");
	add_word(out, buf_cstr(&path));
	buf_fini(&path);
}

static void
add_head(struct buf *out, const struct proposal *o)
{
	const char *path = strcmp(o->path, "-") == 0 ? "FILE" : o->path;

	buf_adds(out, "# Made by \"lmsdrive init\" of what ");
	add_comment(out, o->server_name[0] != '\0' ? o->server_name :
	    "the server");
	buf_adds(out, " listed.\n#\n#   lmsdrive plan --summary ");
	add_comment(out, path);
	buf_addf(out, "\n#   %s doctor CONFIG=", o->command);
	add_comment(out, path);
	buf_addf(out, "\n#   %s suite CONFIG=", o->command);
	add_comment(out, path);
	buf_adds(out, "\n#\n# Every key has a default; lmgauge-config(5) has "
	    "them all.\n\nserver:\n  url: ");
	add_word(out, o->url);
	if (o->token_env != NULL) {
		buf_adds(out, "\n  token_env: ");
		add_word(out, o->token_env);
	}
	if (o->share != NULL)
		add_shared_files(out, o->share);
	buf_adds(out, "\n\npairs:\n");
}

/* The ladder of scenarios.yaml, as far as the context goes: to its end, where
 * that is written. */
static void
add_ladder(struct buf *out, int64_t context, bool is_written)
{
	static const int64_t rungs[] = { 256, 512, 1000, 2000, 4000 };
	enum { N = sizeof(rungs) / sizeof(rungs[0]), ANSWER = 256 };

	buf_adds(out, "  - context_stress: {warmup: 0");
	if (context < rungs[N - 1] + ANSWER || !is_written) {
		buf_adds(out, ", prompt_tokens: [");
		for (size_t i = 0; i < N && rungs[i] + ANSWER <= context; i++)
			buf_addf(out, i > 0 ? ", %" PRId64 : "%" PRId64,
			    rungs[i]);
		if (is_written)
			buf_adds(out, context < rungs[0] + ANSWER ? "max" :
			    ", max");
		buf_addc(out, ']');
	}
	buf_adds(out, "}\n");
}

/* What the shipped suite measures; the mixture's domains where there is one. */
static void
add_scenarios(struct buf *out, bool has_moe, int64_t context,
    bool is_written)
{
	buf_addf(out, "\n# From scenarios.yaml; also there: "
	    "soak, conversation,\n# parallel, arrivals, ramp, reload, "
	    "determinism, quality, needle, probe,\n# answers, agent, schema%s.\n"
	    "scenarios:\n  - cold_start\n  - simple_gen\n",
	    has_moe ? "" : ", moe");
	add_ladder(out, context, is_written);
	buf_adds(out, "  - prefix_cache: {warmup: 0}\n");
	if (has_moe)
		buf_adds(out, "  - moe: {warmup: 0}\n");
	buf_adds(out, "  - memory_leak\n  - check\n");
}

void
proposal_write(struct buf *out, const struct proposal *o,
    const struct pairings *list, const bool *chosen)
{
	int64_t context = CONTEXT_WANTED, least;
	bool has_moe = false;

	add_head(out, o);
	for (size_t i = 0; i < list->n; i++) {
		if (!chosen[i])
			continue;
		add_pair(out, o, &list->v[i]);
		has_moe |= list->v[i].is_moe;
		least = proposal_context(o, &list->v[i]);
		context = least < context ? least : context;
	}
	add_rest(out, list, chosen);
	add_scenarios(out, has_moe, context, has_context(o));
}
