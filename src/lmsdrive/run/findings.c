#include "findings.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "quiz.h"
#include "server/api.h"
#include "xalloc.h"

void
findings_init(struct findings *f, struct output *out)
{
	memset(f, 0, sizeof(*f));
	f->out = out;
}

void
findings_fini(struct findings *f)
{
	for (size_t i = 0; i < f->n_prompts; i++) {
		free(f->prompts[i].key);
		free(f->prompts[i].variant);
	}
	free(f->prompts);
	free(f->differing);
	buf_fini(&f->said);
}

/* "request 7" and the rest, once for each code of a step. */
__attribute__((format(printf, 5, 6))) static void
tell(struct findings *f, const struct exchange *x, const char *level,
    const char *code, const char *fmt, ...)
{
	char rest[1024];
	va_list ap;

	if (f->step != x->step->step) {
		f->step = x->step->step;
		f->n_seen = 0;
	}
	for (size_t i = 0; i < f->n_seen; i++)
		if (strcmp(f->seen[i], code) == 0)
			return;
	if (f->n_seen < sizeof(f->seen) / sizeof(f->seen[0]))
		f->seen[f->n_seen++] = code;
	va_start(ap, fmt);
	vsnprintf(rest, sizeof(rest), fmt, ap);
	va_end(ap);
	output_note(f->out, level, code, x->step->step, "request %lld%s",
	    (long long)x->req, rest);
}

static bool
is_served(const struct exchange *x)
{
	const char *served = x->facts.model_served;

	return served[0] == '\0' || strcmp(served, x->instance) == 0 ||
	    models_is_key(served, x->step->model);
}

/* Is n short of the tokens that were asked for, by more than the question and
 * the template can be off, or by more than the user allows? */
static bool
is_short(const struct step *s, int64_t n)
{
	double ratio = s->tolerance.prompt_tokens_ratio;
	int64_t target = s->prompt.target_tokens;

	if (isnan(ratio))
		return n < target - target / 10 - 8;
	return (double)n < (1 - ratio) * (double)target;
}

/* Is n more than a template adds to what was asked for, or sent?  No token is
 * less than a byte. */
static bool
is_long(const struct exchange *x, int64_t n)
{
	int64_t target = x->step->prompt.target_tokens;

	return x->step->turn <= 1 &&
	    n > (target >= 0 ? 2 * target + 64 : (int64_t)x->body.len);
}

/* Was the prompt counted, all of it and nothing else?  Some servers do not
 * count what was cached. */
static void
about_length(struct findings *f, const struct exchange *x)
{
	const struct step *s = x->step;
	int64_t counted = x->facts.prompt_tokens, n = counted;

	if (n < 0)
		return;
	if (x->facts.cached_tokens > 0)
		n += x->facts.cached_tokens;
	/* No tokenizer makes tokens of eight bytes of prose on average. */
	if (x->prompt.len >= 400 && n < (int64_t)x->prompt.len / 8)
		tell(f, x, "error", "prompt_truncated", ": %zu bytes were "
		    "sent, the server counted %lld tokens of them",
		    x->prompt.len, (long long)n);
	else if (s->prompt.target_tokens >= 0 && is_short(s, n))
		tell(f, x, "warn", "prompt_short", ": a prompt of %lld tokens "
		    "was asked for, the server counted %lld: tokens_per_word "
		    "is wrong for it, or it was cut",
		    (long long)s->prompt.target_tokens, (long long)n);
	else if (is_long(x, counted))
		tell(f, x, "warn", "prompt_long", ": the server counted %lld "
		    "tokens in a request of %zu bytes: it adds a text of its "
		    "own%s", (long long)counted, x->body.len,
		    s->prompt.target_tokens < 0 ? "" :
		    ", or tokens_per_word is wrong for it");
}

static void
about_tokens(struct findings *f, const struct exchange *x)
{
	const struct step *s = x->step;
	const struct facts *a = &x->facts;
	long long out = a->completion_tokens;

	if (a->tokens_from == TOKENS_CHUNKS && x->status == STATUS_OK)
		tell(f, x, "warn", "usage_missing", ": the server gave no "
		    "usable token counts; its %lld chunks were counted, a "
		    "lower bound", out);
	about_length(f, x);
	if (s->sampling.fixed_length && x->status == STATUS_OK && out >= 0 &&
	    a->tokens_from != TOKENS_CHUNKS && out < s->sampling.max_tokens)
		tell(f, x, "warn", "short_output", ": %lld tokens came, %lld "
		    "were asked for", out, (long long)s->sampling.max_tokens);
	if (s->sampling.max_tokens >= 0 && out > s->sampling.max_tokens &&
	    a->tokens_from != TOKENS_CHUNKS)
		tell(f, x, "warn", "long_output", ": %lld tokens came, %lld "
		    "were asked for at most", out,
		    (long long)s->sampling.max_tokens);
	if (!prompt_is_warm(s, x->k) && s->prompt.probe == NULL &&
	    s->turn <= 1 && a->cached_tokens >= 16 &&
	    a->cached_tokens * 4 >= a->prompt_tokens)
		tell(f, x, "warn", "cached_prompt", ": %lld of %lld tokens of "
		    "a cold prompt were in the cache",
		    (long long)a->cached_tokens, (long long)a->prompt_tokens);
}

/* Has this been said of the whole run? */
static bool
is_said(struct findings *f, const char *text)
{
	char *line = xasprintf("\n%s\n", text);
	bool is = strstr(buf_cstr(&f->said), line) != NULL;

	if (!is)
		buf_adds(&f->said, line);
	free(line);
	return is;
}

/*
 * What was asked for and could not be sent: it matters where the server has
 * something else of its own, and where what was asked for changes something.
 */
static void
about_sampling(struct findings *f, const struct exchange *x)
{
	const struct step_sampling *p = &x->step->sampling;
	const char *variant = x->step->variant;
	char text[320];
	enum sampling k;
	double is;

	for (k = 0; k < SAMPLING_MAX_TOKENS; k++) {
		is = x->client->sampling[k];
		if (x->api->sampling[k] != NULL || sampling_is_moot(p, k) ||
		    (isnan(is) ? sampling_is_neutral(p, k) :
		    is == sampling_value(p, k)))
			continue;
		snprintf(text, sizeof(text), "%s: the %s API takes no %s: ",
		    variant, api_words[x->api->api], sampling_key(k));
		if (is_said(f, text))
			continue;
		if (isnan(is))
			output_note(f->out, "warn", "sampling_ignored",
			    x->step->step, "%s%g was asked for, and the "
			    "server's own holds", text, sampling_value(p, k));
		else
			output_note(f->out, "warn", "sampling_mismatch",
			    x->step->step, "%s%g was asked for, the server's "
			    "own %g holds", text, sampling_value(p, k), is);
	}
}

/* What was to guess, or whether anything was, and could not be sent. */
static void
about_speculation(struct findings *f, const struct exchange *x)
{
	const struct step_speculation *p = &x->step->speculation;
	bool model = p->draft_model != NULL && x->api->draft_model == NULL;
	bool count = p->draft_tokens >= 0 && x->api->draft_tokens == NULL;
	char text[320];

	snprintf(text, sizeof(text), "%s: the %s API takes no %s%s%s: whether "
	    "tokens are guessed is as the model was loaded", x->step->variant,
	    api_words[x->api->api], model ? "draft_model" : "",
	    model && count ? ", draft_tokens" : "",
	    !model && count ? "draft_tokens" : "");
	/* The newest llama-servers let the word pass, and go on. */
	if (!count && p->draft_tokens == 0 && x->facts.draft_tokens > 0) {
		snprintf(text, sizeof(text), "%s: no token was to be guessed, "
		    "the server guesses all the same: that is as it was "
		    "started",
		    x->step->variant);
		count = true;
	}
	if ((model || count) && !is_said(f, text))
		output_note(f->out, "warn", "speculation_ignored",
		    x->step->step, "%s", text);
}

/* Statuses whose reason is told by the server, or by us. */
static bool
is_error(enum response_status status)
{
	return status == STATUS_HTTP_ERROR || status == STATUS_STREAM_ERROR ||
	    status == STATUS_TIMEOUT || status == STATUS_TRANSPORT_ERROR ||
	    status == STATUS_PARSE_ERROR;
}

static void
about_stream(struct findings *f, const struct exchange *x)
{
	const char *wanted = x->step->sampling.reasoning;
	const struct facts *a = &x->facts;
	bool is_ok = x->status == STATUS_OK;

	if (!is_served(x))
		tell(f, x, "error", "model_mismatch", ": %s was asked for, %s "
		    "answered", x->step->model, a->model_served);
	if (a->load_s > 0)
		tell(f, x, "warn", "loaded_by_request", ": %s was gone, the "
		    "server loaded it again to answer, with options of its "
		    "own", x->instance);
	if (x->waited_ns > 0)
		tell(f, x, "warn", "asked_to_wait", ": the server was busy "
		    "(HTTP %ld) and asked to be asked later: it was sent again "
		    "after %.3g s, which are in no measured time",
		    x->busy_http, (double)x->waited_ns / NS_PER_S);
	if (x->result.retries > 0)
		tell(f, x, "info", "sent_again", ": its connection was closed "
		    "before an answer, so it was sent once more on a new one: "
		    "the server may know its prompt already");
	if (x->status == STATUS_EMPTY)
		tell(f, x, "error", "empty_output", ": HTTP %ld, and not one "
		    "token", x->result.http);
	if (is_error(x->status))
		tell(f, x, "error", response_status_name(x->status), " of %s "
		    "failed: %s", x->step->model, x->error);
	if (x->status == STATUS_TRUNCATED)
		tell(f, x, "error", "stream_cut", " was cut off after %lld "
		    "chunks: %s", (long long)x->token_chunks, x->error);
	if (a->is_closed && x->result.curl != 0 && is_ok)
		tell(f, x, "info", "stream_open", ": its stream did not end "
		    "after its closing event");
	if (a->broken_events > 0 && is_ok)
		tell(f, x, "warn", "broken_event", ": %lld events of its "
		    "stream were no JSON", (long long)a->broken_events);
	if (a->has_reasoning && (wanted == NULL || strcmp(wanted, "off") == 0))
		tell(f, x, wanted != NULL ? "warn" : "info",
		    "unasked_reasoning", ": the model reasons%s",
		    wanted != NULL ? " though it was told not to" :
		    ", nobody asked it to");
	if (a->tokens_from != TOKENS_CHUNKS && x->token_chunks > 0 &&
	    a->completion_tokens > x->token_chunks * 5 / 4)
		tell(f, x, "info", "multi_token_chunks", ": %lld tokens came "
		    "in %lld chunks", (long long)a->completion_tokens,
		    (long long)x->token_chunks);
}

/* Templates of a few tokens are no difference, unless the user says so. */
static bool
is_within(const struct step *s, int64_t n, int64_t m)
{
	double ratio = s->tolerance.prompt_tokens_ratio;
	int64_t less = n < m ? n : m, more = n < m ? m : n;

	if (isnan(ratio))
		return more - less <= less / 20 + 4;
	return (double)(more - less) <= ratio * (double)less;
}

/* The same text, counted by the servers of two variants. */
static void
about_counts(struct findings *f, const struct exchange *x)
{
	const struct step *s = x->step;
	int64_t n = x->facts.prompt_tokens, m;
	char key[PROMPT_KEY_CAP + 128];
	size_t i;

	if (n <= 0 || s->turn > 1)
		return;
	snprintf(key, sizeof(key), "%s %s", s->pair != NULL ? s->pair : "",
	    x->prompt_key);
	for (i = 0; i < f->n_prompts; i++)
		if (strcmp(f->prompts[i].key, key) == 0)
			break;
	if (i < f->n_prompts) {
		m = f->prompts[i].tokens;
		if (strcmp(f->prompts[i].variant, s->variant) == 0 ||
		    is_within(s, n, m) ||
		    (f->differing != NULL &&
		    strcmp(f->differing, s->pair) == 0))
			return;
		output_note(f->out, "warn", "prompt_tokens_differ", s->step,
		    "prompt %s is %lld tokens for %s and %lld for %s: "
		    "templates or tokenizers differ", x->prompt_key,
		    (long long)m, f->prompts[i].variant, (long long)n,
		    s->variant);
		free(f->differing);
		f->differing = xstrdup(s->pair);
		return;
	}
	if (f->n_prompts == FINDINGS_PROMPTS)
		return;
	if (f->prompts == NULL)
		f->prompts = xcalloc(FINDINGS_PROMPTS, sizeof(*f->prompts));
	f->prompts[f->n_prompts++] = (struct findings_prompt){
		xstrdup(key), xstrdup(s->variant), n };
}

/* The field was taken, and dropped. */
static void
about_choices(struct findings *f, const struct exchange *x)
{
	const struct step *s = x->step;
	char text[256];

	bool is_refused = x->result.http / 100 == 4;

	if (!step_is_probe(s) || x->facts.first_choices.len > 0 ||
	    (x->status != STATUS_OK && !is_refused))
		return;
	snprintf(text, sizeof(text), "no_logprobs %s %s", s->pair, s->variant);
	if (!is_said(f, text))
		output_note(f->out, "warn", "no_logprobs", s->step, "the "
		    "server of %s was asked for log-probabilities and %s: its "
		    "probes tell nothing; the scenario answers compares its "
		    "words", s->variant, is_refused ? "refused" : "gave none");
}

/* Does the request carry what a server may not take: tools, or the form of the
 * answer?  What its code is then. */
static const char *
refusable(const struct step_prompt *p)
{
	struct quiz q;

	if (p->agent != NULL)
		return "no_tools";
	return p->check != NULL && quiz_parse(&q, p->check) == 0 &&
	    q.kind->schema != NULL ? "no_schema" : NULL;
}

static void
about_refusal(struct findings *f, const struct exchange *x)
{
	const struct step *s = x->step;
	const char *code = refusable(&s->prompt);
	char text[256];

	if (code == NULL || (x->result.http != 400 && x->result.http != 422 &&
	    x->result.http != 501))
		return;
	snprintf(text, sizeof(text), "%s %s %s", code, s->pair, s->variant);
	if (!is_said(f, text))
		output_note(f->out, "warn", code, s->step, "the server of %s "
		    "refused a request with %s: %s", s->variant,
		    s->prompt.agent != NULL ? "tools" :
		    "response_format (json_schema)", x->error);
}

void
findings_response(struct findings *f, const struct exchange *x)
{
	if (x->status == STATUS_CANCELLED || x->status == STATUS_SKIPPED)
		return;
	about_stream(f, x);
	about_sampling(f, x);
	about_speculation(f, x);
	about_choices(f, x);
	about_refusal(f, x);
	if (x->result.http / 100 == 2) {
		about_tokens(f, x);
		about_counts(f, x);
	}
}
