#include "preflight.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "plan/tokens.h"
#include "server/api.h"
#include "server/detect.h"
#include "server/loading.h"
#include "xalloc.h"

/* ---- what the plan wants ------------------------------------------------ */

static bool
is_of(const struct want *w, const struct step *s)
{
	return strcmp(w->first->pair, s->pair) == 0 &&
	    strcmp(w->first->variant, s->variant) == 0 &&
	    strcmp(w->first->model, s->model) == 0 &&
	    strcmp(w->first->server.url, s->server.url) == 0 &&
	    w->first->context_length == s->context_length;
}

static struct want *
want_of(struct preflight *p, const struct step *s)
{
	for (size_t i = 0; i < p->n; i++)
		if (is_of(&p->wants[i], s))
			return &p->wants[i];
	p->wants = xgrow(p->wants, p->n, &p->cap, sizeof(*p->wants));
	p->wants[p->n] = (struct want){ .first = s, .nominal_bits = NAN,
	    .effective_bits = NAN, .size_bytes = -1 };
	return &p->wants[p->n++];
}

void
preflight_init(struct preflight *p, preflight_tell_fn *tell, void *arg,
    const struct step *steps, size_t n)
{
	const struct step *s;
	struct want *w;

	*p = (struct preflight){ .tell = tell, .arg = arg, .steps = steps,
	    .n_steps = n };
	for (size_t i = 0; i < n; i++) {
		s = &steps[i];
		if (s->op != OP_REQUEST && s->op != OP_LOAD)
			continue;
		w = want_of(p, s);
		if (s->op == OP_REQUEST && (w->longest == NULL ||
		    tokens_context(s) > tokens_context(w->longest)))
			w->longest = s;
	}
}

void
preflight_fini(struct preflight *p)
{
	free(p->wants);
}

void
preflight_say(struct preflight *p, enum preflight_mark mark, int status,
    const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (mark == PREFLIGHT_NO && p->status != EXIT_USAGE)
		p->status = status;
	p->tell(p->arg, mark, line);
}

/* ---- the token ---------------------------------------------------------- */

/*
 * Some answer their list of models to everybody.  Who may not ask for answers
 * is told so before the method is looked at, so a GET will do.
 */
static void
check_token(struct preflight *p, struct client *c)
{
	char reason[DETECT_REASON_CAP];
	struct reply r;

	if (c->api->api != API_OPENAI && c->api->api != API_LLAMA_ROUTER)
		return;
	cJSON_Delete(client_call(c, c->api->chat, NULL, 0, &r));
	if (r.result.http == 401 || r.result.http == 403)
		preflight_say(p, PREFLIGHT_NO, EXIT_SYSTEM, "%s: %s", c->url,
		    detect_reason(c, DETECT_DENIED, "", reason,
		    sizeof(reason)));
	reply_fini(&r);
}

/* ---- the path ----------------------------------------------------------- */

/* An empty request costs nothing, and is refused where the path is known; LM
 * Studio answers 200 to what it does not know. */
static void
check_path(struct preflight *p, const struct step *s, struct client *c)
{
	const char *path = body_api(c->api, s)->chat;
	struct reply r;
	cJSON *o;

	if (!api_is_path(s->server.api))
		return;
	o = client_call(c, path, "{}", 0, &r);
	if (r.result.http == 404 || r.result.http == 405 ||
	    strncmp(json_get_str(o, "error", ""), "Unexpected endpoint",
	    19) == 0)
		preflight_say(p, PREFLIGHT_NO, EXIT_SYSTEM, "%s %s: %s has no "
		    "%s: leave out api: %s, or take a newer version of it",
		    s->pair, s->variant, c->name[0] != '\0' ? c->name :
		    c->url, path, api_words[s->server.api]);
	cJSON_Delete(o);
	reply_fini(&r);
}

/* ---- the models --------------------------------------------------------- */

/* "model@q4_k_m" names a variant: LM Studio's load call takes no such key. */
static bool
is_variant_key(struct preflight *p, const struct step *s,
    const struct models *list)
{
	const char *at = strchr(s->model, '@');
	char *base;
	bool is;

	if (at == NULL)
		return false;
	base = xstrndup(s->model, (size_t)(at - s->model));
	is = models_find(list, base) != NULL;
	if (is)
		preflight_say(p, PREFLIGHT_NO, EXIT_USAGE, "%s %s: the server "
		    "has %s, but loads no variant of it by name: choose %s in "
		    "LM Studio and configure %s, or download it as a model of "
		    "its own", s->pair, s->variant, base, at, base);
	free(base);
	return is;
}

/*
 * One that cannot be asked to load may take a name for what it has, and
 * mlx_lm.server lists only what it has seen.
 */
static void
tell_missing(struct preflight *p, const struct step *s,
    const struct client *c, const struct models *list)
{
	char hint[NEAREST_CAP];

	if (!is_variant_key(p, s, list))
		preflight_say(p, loading_is_possible(c) ? PREFLIGHT_NO :
		    PREFLIGHT_WARN, EXIT_USAGE, "%s %s: the server has no "
		    "model %s%s", s->pair, s->variant, s->model,
		    models_hint(hint, list, s->model));
}

/* Of what is asked for and what the model and the server can do, the
 * smallest; -1: not known. */
static int64_t
context_of(const struct step *s, struct client *c, const struct model *m)
{
	int64_t context = m->max_context_length, n = loading_is_possible(c) ?
	    s->context_length : loading_context(c, m);

	return context < 0 || (n >= 0 && n < context) ? n : context;
}

/* Does the longest prompt fit, and its answer with it? */
static void
check_context(struct preflight *p, const struct want *w, struct client *c,
    const struct model *m)
{
	const struct step *s = w->longest;
	long long context, tokens, answer;

	if (s == NULL || (context = context_of(s, c, m)) <= 0)
		return;
	tokens = (long long)tokens_context(s);
	answer = (long long)s->sampling.max_tokens;
	/* What is not a document of known length may well have less. */
	if (tokens > context * (s->prompt.target_tokens >= 0 ? 1 : 2))
		preflight_say(p, PREFLIGHT_NO, EXIT_USAGE, "%s %s: scenario "
		    "%s: a prompt of about %lld tokens does not fit into the "
		    "context of %lld: shorten it, or load with a longer "
		    "context", s->pair, s->variant, s->scenario != NULL ?
		    s->scenario : "-", tokens, context);
	else if (tokens + answer > context)
		preflight_say(p, PREFLIGHT_WARN, 0, "%s %s: scenario %s: a "
		    "prompt of about %lld tokens leaves of the context of "
		    "%lld less than the %lld tokens of its answer", s->pair,
		    s->variant, s->scenario != NULL ? s->scenario : "-",
		    tokens, context, answer);
}

static void
check_model(struct preflight *p, struct want *w, struct client *c,
    const struct models *list)
{
	const struct step *s = w->first;
	const struct model *m = models_find(list, s->model);

	if (m == NULL) {
		tell_missing(p, s, c, list);
		return;
	}
	w->nominal_bits = m->bits_per_weight;
	if (m->size_bytes > 0 && m->parameters > 0)
		w->effective_bits = 8 * (double)m->size_bytes /
		    (double)m->parameters;
	w->size_bytes = m->size_bytes;
	if (m->is_remote)
		preflight_say(p, PREFLIGHT_NO, EXIT_USAGE, "%s %s: %s belongs "
		    "to another device", s->pair, s->variant, s->model);
	else if (s->format != NULL && m->format != NULL &&
	    strcmp(s->format, m->format) != 0)
		preflight_say(p, PREFLIGHT_NO, EXIT_USAGE, "%s %s: %s is %s, "
		    "the configuration says %s", s->pair, s->variant,
		    s->model, m->format, s->format);
	else
		preflight_say(p, PREFLIGHT_OK, 0, "%s %s: %s%s%s%s%s",
		    s->pair, s->variant, s->model, m->format ? ", " : "",
		    m->format ? m->format : "", m->quantization ? ", " : "",
		    m->quantization ? m->quantization : "");
	check_context(p, w, c, m);
}

void
preflight_server(struct preflight *p, struct client *c)
{
	char error[LOADING_ERROR_CAP];
	struct models list;

	check_token(p, c);
	if (loading_list(c, &list, error) == -1) {
		preflight_say(p, PREFLIGHT_NO, EXIT_SYSTEM, "%s: no list of "
		    "models: %s", c->url, error);
		return;
	}
	for (size_t i = 0; i < p->n; i++)
		if (p->wants[i].client == c) {
			check_path(p, p->wants[i].first, c);
			check_model(p, &p->wants[i], c, &list);
		}
	models_fini(&list);
}

/* ---- the pairs ---------------------------------------------------------- */

/* So much more bits per weight is another model. */
static const double alike_ratio = 1.1;

/* By the same measure for both, or not at all. */
static void
check_bits(struct preflight *p, const struct want *a, const struct want *b)
{
	bool is_told = isnan(a->effective_bits) || isnan(b->effective_bits);
	double x = is_told ? a->nominal_bits : a->effective_bits;
	double y = is_told ? b->nominal_bits : b->effective_bits;

	if (fmax(x, y) > alike_ratio * fmin(x, y))	/* not with a NAN */
		preflight_say(p, PREFLIGHT_WARN, 0, "%s: %s has %.3g bits per "
		    "weight, %s %.3g: the one with fewer reads less memory per "
		    "token", a->first->pair, a->first->variant, x,
		    b->first->variant, y);
}

void
preflight_pairs(struct preflight *p)
{
	for (size_t i = 0; i < p->n; i++)
		for (size_t k = i + 1; k < p->n; k++)
			if (strcmp(p->wants[i].first->pair,
			    p->wants[k].first->pair) == 0)
				check_bits(p, &p->wants[i], &p->wants[k]);
}
