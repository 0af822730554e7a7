/* Stream events of both dialects -> pieces and facts. */

#include "pieces.h"
#include "server/api.h"
#include "tap.h"

static const struct {
	const char *name, *event, *data, *want;
} lmstudio[] = {
	{ "chat.start", "chat.start",
	    "{\"type\":\"chat.start\",\"model_instance_id\":\"m\"}", "role:0" },
	{ "the type inside counts, without event: too", "",
	    "{\"type\":\"message.delta\",\"content\":\"he\"}", "content:2" },
	{ "the event name counts, without type", "message.delta",
	    "{\"content\":\"he\"}", "content:2" },
	{ "an empty delta is no token", "message.delta",
	    "{\"type\":\"message.delta\",\"content\":\"\"}", "content:0" },
	{ "reasoning", "reasoning.delta",
	    "{\"type\":\"reasoning.delta\",\"content\":\"h\\u00e4\"}",
	    "reasoning:3" },
	{ "load starts", "model_load.start",
	    "{\"type\":\"model_load.start\",\"model_instance_id\":\"m\"}",
	    "load:0@0" },
	{ "load goes on", "model_load.progress",
	    "{\"type\":\"model_load.progress\",\"progress\":0.25}",
	    "load:0@0.25" },
	{ "load ends", "model_load.end",
	    "{\"type\":\"model_load.end\",\"load_time_seconds\":1.5}",
	    "load:0@1" },
	{ "prefill starts", "prompt_processing.start",
	    "{\"type\":\"prompt_processing.start\"}", "prefill:0@0" },
	{ "prefill goes on", "prompt_processing.progress",
	    "{\"type\":\"prompt_processing.progress\",\"progress\":0.5}",
	    "prefill:0@0.5" },
	{ "prefill ends", "prompt_processing.end",
	    "{\"type\":\"prompt_processing.end\"}", "prefill:0@1" },
	{ "message starts", "message.start", "{\"type\":\"message.start\"}",
	    "other:0" },
	{ "an unknown event", "new.thing", "{\"type\":\"new.thing\"}",
	    "other:0" },
	{ "an unknown type that only begins alike", "messages.delta",
	    "{\"type\":\"messages.delta\",\"content\":\"x\"}", "other:0" },
	{ "the end", "chat.end", "{\"type\":\"chat.end\",\"result\":{"
	    "\"model_instance_id\":\"m:2\",\"response_id\":\"resp_1\","
	    "\"stats\":{\"input_tokens\":9,\"total_output_tokens\":4,"
	    "\"reasoning_output_tokens\":1,\"tokens_per_second\":50.5,"
	    "\"time_to_first_token_seconds\":0.25,"
	    "\"model_load_time_seconds\":2}}}", "usage:0" },
	{ "not JSON", "message.delta", "{\"type\":", "" },
	{ "not an object", "message.delta", "[1]", "" },
	{ "[DONE], should it come", "", "[DONE]", "" },
};

static void
test_lmstudio(void)
{
	struct piece p[PIECES_MAX];
	struct facts f;
	size_t n;

	facts_init(&f);
	for (size_t i = 0; i < sizeof(lmstudio) / sizeof(lmstudio[0]); i++) {
		n = dialect_event(&f, api_lmstudio.dialect, lmstudio[i].event,
		    lmstudio[i].data, strlen(lmstudio[i].data), p);
		is_text(describe(p, n), lmstudio[i].want, lmstudio[i].name);
	}
	ok(f.is_closed && !f.has_error, "closed, without an error");
	is_text(f.model_served, "m:2", "the instance that served it");
	is_text(f.response_id, "resp_1", "the id of the stored answer");
	ok(f.prompt_tokens == 9 && f.completion_tokens == 4 &&
	    f.reasoning_tokens == 1 && f.cached_tokens == -1 &&
	    f.tokens_from == TOKENS_STATS, "token counts from stats");
	is_near(f.tokens_per_s, 50.5, 0, "the server's rate");
	is_near(f.ttft_s, 0.25, 0, "the server's time to first token");
	is_near(f.load_s, 2, 0, "the server's load time");
	ok(f.broken_events == 2, "broken events are counted");
	is_text(buf_cstr(&f.text), "hehe", "the answer's text");
	is_text(buf_cstr(&f.all_text), "hehehä", "with the reasoning");
	facts_fini(&f);
}

static const struct {
	const char *name, *data, *want;
} openai[] = {
	{ "role only", "{\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":"
	    "{\"role\":\"assistant\",\"content\":\"\"}}]}", "role:0" },
	{ "role with null content", "{\"choices\":[{\"delta\":{\"role\":"
	    "\"assistant\",\"content\":null}}]}", "role:0" },
	{ "role and text in one", "{\"choices\":[{\"delta\":{\"role\":"
	    "\"assistant\",\"content\":\"hi\"}}]}", "content:2" },
	{ "reasoning_content", "{\"choices\":[{\"delta\":"
	    "{\"reasoning_content\":\"hm\"}}]}", "reasoning:2" },
	{ "reasoning", "{\"choices\":[{\"delta\":{\"reasoning\":\"hm\"}}]}",
	    "reasoning:2" },
	{ "both fields are one text", "{\"choices\":[{\"delta\":"
	    "{\"reasoning\":\"hm\",\"reasoning_content\":\"hm\"}}]}",
	    "reasoning:2" },
	{ "reasoning and answer in one", "{\"choices\":[{\"delta\":"
	    "{\"reasoning\":\"a\",\"content\":\"bc\"}}]}",
	    "reasoning:1 content:2" },
	{ "a tool call", "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\""
	    ":0,\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}}]}",
	    "tool:1 tool:2" },
	{ "raw completion", "{\"choices\":[{\"text\":\"abc\",\"index\":0}]}",
	    "content:3" },
	{ "empty delta with the finish reason", "{\"choices\":[{\"delta\":{},"
	    "\"finish_reason\":\"length\"}]}", "other:0" },
	{ "usage on a chunk with text", "{\"choices\":[{\"delta\":{\"content\""
	    ":\"x\"}}],\"usage\":{\"prompt_tokens\":3,"
	    "\"completion_tokens\":1}}", "content:1" },
	{ "usage only", "{\"choices\":[],\"usage\":{\"prompt_tokens\":30,"
	    "\"completion_tokens\":7,\"prompt_tokens_details\":"
	    "{\"cached_tokens\":12},\"completion_tokens_details\":"
	    "{\"reasoning_tokens\":2}}}", "usage:0" },
	{ "usage null", "{\"choices\":[{\"delta\":{\"content\":\"y\"}}],"
	    "\"usage\":null}", "content:1" },
	{ "prompt_progress", "{\"choices\":[{\"delta\":{\"role\":"
	    "\"assistant\",\"content\":null}}],\"prompt_progress\":"
	    "{\"total\":200,\"cache\":0,\"processed\":50,\"time_ms\":3}}",
	    "prefill:0@0.25" },
	{ "timings", "{\"choices\":[],\"timings\":{\"cache_n\":12,"
	    "\"prompt_n\":18,\"prompt_ms\":250,\"predicted_n\":7,"
	    "\"predicted_per_second\":33.5}}", "other:0" },
	{ "nothing known", "{\"foo\":1}", "other:0" },
	{ "not JSON", "{", "" },
	{ "end", "[DONE]", "" },
};

static void
test_openai(void)
{
	struct piece p[PIECES_MAX];
	struct facts f;
	size_t n;

	facts_init(&f);
	for (size_t i = 0; i < sizeof(openai) / sizeof(openai[0]); i++) {
		n = dialect_event(&f, &dialect_openai, "", openai[i].data,
		    strlen(openai[i].data), p);
		is_text(describe(p, n), openai[i].want, openai[i].name);
	}
	ok(f.is_closed && f.broken_events == 1, "[DONE] closes the stream");
	is_text(f.model_served, "m", "the model that served it");
	is_text(f.finish, "length", "the finish reason");
	ok(f.prompt_tokens == 30 && f.completion_tokens == 7 &&
	    f.cached_tokens == 12 && f.reasoning_tokens == 2 &&
	    f.tokens_from == TOKENS_USAGE, "token counts from the last usage");
	is_near(f.prefill_s, 0.25, 0, "llama-server's prefill time");
	is_near(f.tokens_per_s, 33.5, 0, "llama-server's rate");
	facts_fini(&f);
}

/* What was guessed, and how much of it was right, in each server's words. */
static void
test_draft(void)
{
	static const struct {
		const struct server_api *api;
		const char *name, *data;
	} cases[] = {
		{ &api_llama, "llama-server's timings", "{\"choices\":[],"
		    "\"timings\":{\"prompt_n\":4,\"predicted_n\":60,"
		    "\"draft_n\":80,\"draft_n_accepted\":40}}" },
		{ &api_lmstudio_v0, "v0's stats", "{\"choices\":[],"
		    "\"stats\":{\"tokens_per_second\":60.1,\"draft_model\":"
		    "\"d\",\"total_draft_tokens_count\":80,"
		    "\"accepted_draft_tokens_count\":40,"
		    "\"rejected_draft_tokens_count\":40}}" },
		{ &api_lmstudio_v0, "v0's stats, without their sum", "{"
		    "\"choices\":[],\"stats\":{\"draft_model\":\"d\","
		    "\"accepted_draft_tokens_count\":40,"
		    "\"rejected_draft_tokens_count\":40}}" },
		{ &api_lmstudio, "v1's, should it tell", "{\"type\":"
		    "\"chat.end\",\"result\":{\"stats\":{"
		    "\"total_draft_tokens_count\":80,"
		    "\"accepted_draft_tokens_count\":40}}}" },
	};
	struct piece p[PIECES_MAX];
	struct facts f;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		facts_init(&f);
		ok(f.draft_tokens == -1 && f.accepted_tokens == -1,
		    "nothing is known");
		dialect_event(&f, cases[i].api->dialect, "", cases[i].data,
		    strlen(cases[i].data), p);
		ok(f.draft_tokens == 80 && f.accepted_tokens == 40,
		    "guessed and accepted: %s", cases[i].name);
		facts_fini(&f);
	}
}

/* timings without usage: what was evaluated and what was cached. */
static void
test_timings_alone(void)
{
	const char *data = "{\"choices\":[],\"timings\":{\"cache_n\":12,"
	    "\"prompt_n\":18,\"predicted_n\":7}}";
	struct piece p[PIECES_MAX];
	struct facts f;

	facts_init(&f);
	dialect_event(&f, &dialect_openai, "", data, strlen(data), p);
	ok(f.prompt_tokens == 30 && f.cached_tokens == 12 &&
	    f.completion_tokens == 7 && f.tokens_from == TOKENS_STATS,
	    "timings alone give the counts");
	facts_fini(&f);
}

/* A llama-server of early 2025 tells only what it evaluated. */
static void
test_timings_without_cache(void)
{
	const char *data = "{\"choices\":[],\"usage\":{\"prompt_tokens\":54,"
	    "\"completion_tokens\":3},\"timings\":{\"prompt_n\":36}}";
	struct piece p[PIECES_MAX];
	struct facts f;

	facts_init(&f);
	dialect_event(&f, &dialect_openai, "", data, strlen(data), p);
	ok(f.prompt_tokens == 54 && f.cached_tokens == 18,
	    "what was not evaluated was cached");
	facts_fini(&f);
}

static const struct {
	const char *name, *body, *want;
} errors[] = {
	{ "v1", "{\"error\":{\"type\":\"model_not_found\",\"message\":"
	    "\"no such model\"}}", "no such model" },
	{ "OpenAI", "{\"error\":{\"message\":\"bad\",\"type\":"
	    "\"invalid_request_error\",\"param\":\"model\",\"code\":null}}",
	    "bad" },
	{ "a plain string", "{\"error\":\"context too small\"}",
	    "context too small" },
	{ "vLLM", "{\"object\":\"error\",\"message\":\"too long\"}",
	    "too long" },
	{ "FastAPI", "{\"detail\":\"Not Found\"}", "Not Found" },
	{ "escapes are taken out", "{\"error\":\"a\\u001b[31mb\"}",
	    "a?[31mb" },
	{ "no message", "{\"error\":{}}", "an error without a message" },
	{ "an empty one", "{\"error\":\"\"}", "HTTP 502: {\"error\":\"\"}" },
	{ "no JSON", "<html>", "HTTP 502: <html>" },
	{ "nothing", "", "HTTP 502" },
};

static void
test_errors(void)
{
	static const char none[] = "{\"choices\":[{\"delta\":{\"content\":"
	    "\"hi\"}}],\"error\":\"\"}";
	struct piece p[PIECES_MAX];
	struct facts f;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		facts_init(&f);
		dialect_error_body(&f, 502, errors[i].body,
		    strlen(errors[i].body));
		ok(f.has_error, "%s: is an error", errors[i].name);
		is_text(f.error, errors[i].want, errors[i].name);
		facts_fini(&f);
	}
	for (size_t i = 0; i < 5; i++) {
		facts_init(&f);
		dialect_event(&f, &dialect_openai, "", errors[i].body,
		    strlen(errors[i].body), p);
		ok(f.has_error && !f.is_closed, "%s: also inside a stream",
		    errors[i].name);
		facts_fini(&f);
	}
	facts_init(&f);
	ok(dialect_event(&f, &dialect_openai, "", none, strlen(none), p) == 1 &&
	    !f.has_error && strcmp(buf_cstr(&f.text), "hi") == 0,
	    "an empty error beside an answer is none");
	facts_fini(&f);
	facts_init(&f);
	dialect_event(&f, api_lmstudio.dialect, "error", errors[0].body,
	    strlen(errors[0].body), p);
	ok(f.has_error, "an error event of v1");
	is_text(f.error_type, "model_not_found", "with its type");
	facts_fini(&f);
}

/* The calls of an answer as text: "id name(arguments) ..." */
static const char *
calls_of(struct facts *f)
{
	static char out[256];

	out[0] = '\0';
	for (size_t i = 0; i < f->n_calls; i++)
		sprintf(out + strlen(out), "%s%s %s(%s)", i > 0 ? " " : "",
		    f->calls[i].id, buf_cstr(&f->calls[i].name),
		    buf_cstr(&f->calls[i].arguments));
	return out;
}

/* In pieces by index, whole, several, without index, as an object, and in one
 * body: it is the same call. */
static void
test_calls(void)
{
#define CALLS(list) "{\"choices\":[{\"delta\":{\"tool_calls\":[" list "]}}]}"
	static const struct {
		const char *events[5], *want;
	} cases[] = {
		{ { CALLS("{\"index\":0,\"id\":\"c1\","
		    "\"function\":{\"name\":\"f\",\"arguments\":\"\"}}"),
		    CALLS("{\"index\":0,"
		    "\"function\":{\"arguments\":\"{\\\"a\\\":\"}}"),
		    CALLS("{\"index\":0,"
		    "\"function\":{\"arguments\":\"1}\"}}") },
		    "c1 f({\"a\":1})" },
		{ { CALLS("{\"index\":0,\"id\":\"c1\","
		    "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}},"
		    "{\"index\":1,\"id\":\"c2\",\"function\":{\"name\":\"g\","
		    "\"arguments\":\"{\"}}"),
		    CALLS("{\"index\":1,\"function\":{\"arguments\":\"}\"}}") },
		    "c1 f({}) c2 g({})" },
		{ { CALLS("{\"id\":\"c1\",\"function\":{\"name\":\"f\","
		    "\"arguments\":\"{\"}}"),
		    CALLS("{\"function\":{\"arguments\":\"}\"}}"),
		    CALLS("{\"id\":\"c2\",\"function\":{\"name\":\"g\","
		    "\"arguments\":{\"b\":[2]}}}") },
		    "c1 f({}) c2 g({\"b\":[2]})" },
		{ { CALLS("{\"index\":0,\"id\":\"c1\","
		    "\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}"),
		    CALLS("{\"index\":0,\"id\":\"\","
		    "\"function\":{\"name\":\"f\",\"arguments\":\"}\"}}") },
		    "c1 f({})" },
		{ { CALLS("{\"index\":-3,\"function\":{}}"),
		    CALLS("{\"index\":1000000000,"
		    "\"function\":{\"name\":\"x\"}}"),
		    CALLS("{\"index\":1,\"function\":{\"name\":\"f\","
		    "\"arguments\":null}}"),
		    CALLS("{\"index\":1000000000,"
		    "\"function\":{\"arguments\":[1]}}") }, " x([1])  f()" },
		/* all with one index, each with its id */
		{ { CALLS("{\"index\":0,\"id\":\"c1\","
		    "\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}"),
		    CALLS("{\"index\":0,\"id\":\"c2\","
		    "\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}"),
		    CALLS("{\"index\":0,\"id\":\"other\","
		    "\"function\":{\"arguments\":\"}\"}}") },
		    "c1 f({}) c2 f({})" },
		/* no index: the id tells, and an empty name begins nothing */
		{ { CALLS("{\"id\":\"c1\",\"function\":{\"name\":\"f\"}},"
		    "{\"id\":\"c2\",\"function\":{\"name\":\"g\"}}"),
		    CALLS("{\"id\":\"c1\",\"function\":{\"name\":\"\","
		    "\"arguments\":\"{}\"}}"),
		    CALLS("{\"function\":{\"name\":\"\","
		    "\"arguments\":\"{}\"}}") },
		    "c1 f({}) c2 g({})" }
	};
	static const char body[] = "{\"choices\":[{\"message\":{"
	    "\"content\":null,\"tool_calls\":[{\"id\":\"c1\","
	    "\"type\":\"function\",\"function\":{\"name\":\"f\","
	    "\"arguments\":\"{}\"}}]},\"finish_reason\":\"tool_calls\"}]}";
	struct piece p[PIECES_MAX];
	struct facts f;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		facts_init(&f);
		for (int k = 0; cases[i].events[k] != NULL; k++)
			dialect_event(&f, &dialect_openai, "",
			    cases[i].events[k], strlen(cases[i].events[k]), p);
		is_text(calls_of(&f), cases[i].want, cases[i].want);
		facts_fini(&f);
	}
	facts_init(&f);
	ok(dialect_body(&f, &dialect_openai, body, strlen(body), p) == 2,
	    "a call in one body");
	is_text(calls_of(&f), "c1 f({})", "and it is whole");
	is_text(f.finish, "tool_calls", "and ends as one");
	facts_fini(&f);
}

static void
test_bodies(void)
{
	const char *v1 = "{\"model_instance_id\":\"m\",\"output\":[{\"type\":"
	    "\"reasoning\",\"content\":\"hm\"},{\"type\":\"message\","
	    "\"content\":\"hello\"}],\"stats\":{\"input_tokens\":9,"
	    "\"total_output_tokens\":2}}";
	const char *chat = "{\"model\":\"m\",\"choices\":[{\"message\":"
	    "{\"role\":\"assistant\",\"content\":\"hello\"},\"finish_reason\":"
	    "\"stop\"}],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":"
	    "2},\"stats\":{\"tokens_per_second\":60,\"time_to_first_token\":"
	    "0.5,\"stop_reason\":\"maxPredictedTokensReached\"},\"runtime\":"
	    "{\"name\":\"llama.cpp\",\"version\":\"1.3\"}}";
	struct piece p[PIECES_MAX];
	struct facts f;
	int n;

	facts_init(&f);
	n = dialect_body(&f, api_lmstudio.dialect, v1, strlen(v1), p);
	is_text(describe(p, n > 0 ? (size_t)n : 0), "reasoning:2 content:5",
	    "a v1 answer in one piece");
	ok(f.is_closed && f.completion_tokens == 2, "it is complete");
	ok(dialect_body(&f, api_lmstudio.dialect, "{}", 2, p) == -1,
	    "{} is no answer");
	facts_fini(&f);
	facts_init(&f);
	n = dialect_body(&f, &dialect_openai, chat, strlen(chat), p);
	is_text(describe(p, n > 0 ? (size_t)n : 0), "content:5",
	    "a v0 answer in one piece");
	is_text(f.runtime, "llama.cpp 1.3", "v0 tells the runtime");
	is_text(f.finish, "length", "v0 tells why it stopped");
	is_near(f.ttft_s, 0.5, 0, "v0 tells its time to first token");
	ok(dialect_body(&f, &dialect_openai, "<p>", 3, p) == -1, "HTML is no answer");
	facts_fini(&f);
}

static void
test_behind(void)
{
	ok(strcmp(dialect_behind_reasoning("so 7 or 8</think>\n\n9"),
	    "\n\n9") == 0, "a template that opened the tag in the prompt");
	ok(strcmp(dialect_behind_reasoning("a[/THINK]b[/THINK]c"), "c") == 0,
	    "behind the last of them");
	ok(strcmp(dialect_behind_reasoning("9"), "9") == 0, "none: all of it");
}

int
main(void)
{
	test_behind();
	test_lmstudio();
	test_openai();
	test_draft();
	test_timings_alone();
	test_timings_without_cache();
	test_errors();
	test_calls();
	test_bodies();
	return tap_done();
}
