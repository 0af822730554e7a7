/* What came of a request. */
#include "exchange.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "agent.h"
#include "quiz.h"
#include "words.h"

static bool
is_closed(const struct exchange *x)
{
	/* OpenAI servers exist that close after the last chunk, unmarked. */
	return x->facts.is_closed || (x->result.curl == 0 &&
	    x->facts.finish[0] != '\0');
}

enum response_status
verdict_status(const struct exchange *x)
{
	const struct facts *f = &x->facts;

	if (x->stop != NULL)
		return x->stop_status;
	if (x->result.is_timeout)
		return STATUS_TIMEOUT;
	if (x->result.http != 0 && x->result.http / 100 != 2)
		return STATUS_HTTP_ERROR;
	if (f->has_error)
		return STATUS_STREAM_ERROR;
	if (x->result.http == 0)
		return STATUS_TRANSPORT_ERROR;
	if (x->result.curl == 0 && x->stream_bytes > 0 &&
	    f->known_events == 0 && x->is_sse)
		return STATUS_PARSE_ERROR;
	if (f->broken_events > 0 && (x->token_chunks == 0 || !is_closed(x)))
		return STATUS_PARSE_ERROR;
	if (!is_closed(x)) {
		if (x->token_chunks > 0)
			return STATUS_TRUNCATED;
		return x->result.curl != 0 ? STATUS_TRANSPORT_ERROR :
		    STATUS_EMPTY;
	}
	return x->token_chunks == 0 ? STATUS_EMPTY : STATUS_OK;
}

/* Not what was asked for: say what it was. */
static void
explain_unread(struct exchange *x)
{
	const struct transfer_headers *h = &x->headers;

	if (h->content_encoding[0] != '\0' &&
	    strcasecmp(h->content_encoding, "identity") != 0)
		snprintf(x->error, sizeof(x->error), "the answer is compressed "
		    "(Content-Encoding: %s), which nobody asked for",
		    h->content_encoding);
	else
		snprintf(x->error, sizeof(x->error), "the answer is not what "
		    "this API sends%s%s: %s", x->is_sse ? "" :
		    h->content_type[0] == '\0' ? " (without Content-Type)" :
		    ", but ", x->is_sse ? "" : h->content_type,
		    x->facts.unread);
}

void
verdict_error(struct exchange *x)
{
	const char *why = "";

	switch (x->status) {
	case STATUS_OK:
		break;
	case STATUS_EMPTY:
		why = "no token came";
		break;
	case STATUS_TRUNCATED:
		why = x->result.curl != 0 ? x->result.error :
		    "the stream ended without its closing event";
		break;
	case STATUS_PARSE_ERROR:
		if (x->stop == NULL) {
			explain_unread(x);
			return;
		}
		why = x->stop;
		break;
	case STATUS_HTTP_ERROR:
	case STATUS_STREAM_ERROR:
		why = x->facts.error;
		break;
	case STATUS_TIMEOUT:
		why = x->stop != NULL ? x->stop :
		    "no connection in time (timeouts.connect)";
		break;
	default:
		why = x->stop != NULL ? x->stop : x->result.error;
	}
	snprintf(x->error, sizeof(x->error), "%s", why);
}

const char *
verdict_finish(const struct facts *f, const struct step *s)
{
	if (f->finish[0] != '\0')
		return f->finish;
	if (!f->is_closed || (f->tokens_from != TOKENS_STATS &&
	    f->tokens_from != TOKENS_USAGE))
		return NULL;
	/* At the limit LM Studio 0.4.22 counts one less. */
	return s->sampling.max_tokens >= 0 &&
	    f->completion_tokens + 1 >= s->sampling.max_tokens ? "length" :
	    "stop";
}

/* ---- what was asked ------------------------------------------------------ */

static bool
is_cut(const struct exchange *x)
{
	const char *finish = verdict_finish(&x->facts, x->step);

	return finish != NULL && strcmp(finish, "length") == 0;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static enum check_result
check_answer(struct exchange *x, const struct quiz *q)
{
	const char *text = dialect_behind_reasoning(buf_cstr(&x->facts.text));

	return quiz_is_right(q, text) ? CHECK_RIGHT : is_cut(x) ? CHECK_CUT :
	    is_blank(text) ? CHECK_NONE : CHECK_WRONG;
}

/* No call came; what did? */
static enum call_result
judge_text(struct exchange *x, const struct agent *a)
{
	const char *text = dialect_behind_reasoning(buf_cstr(&x->facts.text));
	const char *marker = toolcall_marker(text);

	if (marker != NULL) {
		buf_adds(&x->call_at, marker);
		return CALL_LEAKED;
	}
	if (!is_blank(text) && agent_must_call(a))
		return CALL_IGNORED;
	return is_cut(x) ? CALL_CUT : is_blank(text) ? CALL_NONE : CALL_TEXT;
}

/* Which of several calls was asked for; none of them: the first. */
static size_t
asked_call(const struct facts *f, const struct agent *a, const char *name,
    const cJSON *arguments)
{
	struct buf at = BUF_INIT;
	size_t i;

	for (i = 0; i < f->n_calls && toolcall_check(a->tools, &f->calls[i],
	    name, arguments, &at) != CALL_OK; i++)
		;
	buf_fini(&at);
	return i < f->n_calls ? i : 0;
}

/*
 * In whatever order they came, one is the call that was asked for, and is moved
 * to the front, where the next turn looks for it; others must be sound.
 */
static enum call_result
judge_calls(struct exchange *x, const struct agent *a)
{
	int64_t turn = x->step->turn > 1 ? x->step->turn : 1;
	struct tool_call *calls = x->facts.calls, first = calls[0];
	enum call_result r = CALL_OK;
	cJSON *arguments;
	const char *name = json_get_str(agent_call(a, turn, &arguments),
	    "name", "");
	size_t asked = asked_call(&x->facts, a, name, arguments);

	calls[0] = calls[asked];
	calls[asked] = first;
	for (size_t i = 0; i < x->facts.n_calls && r == CALL_OK; i++)
		r = toolcall_check(a->tools, &calls[i], i > 0 ? NULL : name,
		    arguments, &x->call_at);
	cJSON_Delete(arguments);
	return r != CALL_OK && is_cut(x) ? CALL_CUT : r;
}

static enum check_result
check_call(struct exchange *x, const struct agent *a)
{
	enum call_result r;

	buf_clear(&x->call_at);
	r = x->facts.n_calls > 0 ? judge_calls(x, a) : judge_text(x, a);
	x->call = call_result_name(r);
	return r == CALL_OK ? CHECK_RIGHT : r == CALL_CUT ? CHECK_CUT :
	    r == CALL_NONE ? CHECK_NONE : CHECK_WRONG;
}

const char *
verdict_check(struct exchange *x)
{
	const struct step_prompt *p = &x->step->prompt;
	enum check_result r;
	struct agent a;
	struct quiz q;

	if (x->status != STATUS_OK)
		return NULL;
	if (agent_init(&a, p->agent, p->seed) == 0) {
		r = check_call(x, &a);
		agent_fini(&a);
		return check_result_name(r);
	}
	if (p->check == NULL || quiz_parse(&q, p->check) == -1)
		return NULL;
	q.seed = p->seed + (uint64_t)x->k;
	return check_result_name(check_answer(x, &q));
}
