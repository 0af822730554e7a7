/* /v1/messages and /v1/responses: whole streams as servers send them, and
 * answers in one piece -> pieces and facts. */

#include "pieces.h"
#include "server/api.h"
#include "tap.h"

/* "closed 109/108 5/-1 length m": the prompt's tokens and those cached, the
 * answer's and those of its reasoning, why it ended, who answered, and the
 * calls in it; or the error in place of the end. */
static const char *
facts_text(const struct facts *f)
{
	static char out[2048];

	snprintf(out, sizeof(out), "%s %lld/%lld %lld/%lld %s %s",
	    f->has_error ? f->error : f->is_closed ? "closed" : "open",
	    (long long)f->prompt_tokens, (long long)f->cached_tokens,
	    (long long)f->completion_tokens, (long long)f->reasoning_tokens,
	    f->finish[0] ? f->finish : "-",
	    f->model_served[0] ? f->model_served : "-");
	for (size_t i = 0; i < f->n_calls; i++)
		snprintf(out + strlen(out), sizeof(out) - strlen(out),
		    " %s=%.*s%.*s", f->calls[i].id,
		    (int)f->calls[i].name.len, f->calls[i].name.data,
		    (int)f->calls[i].arguments.len,
		    f->calls[i].arguments.data);
	return out;
}

enum { LINES = 14 };

struct stream {
	const char *who;
	struct { const char *name, *data, *want; } lines[LINES];
	const char *facts, *text;	/* text: without the reasoning */
};

static void
feed(const struct server_api *api, const struct stream *v, size_t n)
{
	struct piece p[PIECES_MAX];
	struct facts f;
	size_t got;

	for (size_t i = 0; i < n; i++) {
		facts_init(&f);
		for (size_t k = 0; v[i].lines[k].data != NULL; k++) {
			got = dialect_event(&f, api->dialect,
			    v[i].lines[k].name, v[i].lines[k].data,
			    strlen(v[i].lines[k].data), p);
			is_text(describe(p, got), v[i].lines[k].want,
			    v[i].who);
		}
		is_text(facts_text(&f), v[i].facts, v[i].who);
		is_text(buf_cstr(&f.text), v[i].text, v[i].who);
		ok(f.completion_tokens < 0 || f.tokens_from == TOKENS_USAGE,
		    "%s: counts are of its usage", v[i].who);
		facts_fini(&f);
	}
}

#define FEED(api, v) feed(&(api), (v), sizeof(v) / sizeof((v)[0]))

/* ---- /v1/messages ------------------------------------------------------- */

#define START(usage) { "message_start", "{\"type\":\"message_start\"," \
    "\"message\":{\"type\":\"message\",\"role\":\"assistant\"," \
    "\"content\":[],\"model\":\"m\",\"stop_reason\":null,\"usage\":{" \
    usage "}}}", "role:0" }
#define BLOCK_AT(i, block, want) { "content_block_start", "{\"type\":" \
    "\"content_block_start\",\"index\":" i ",\"content_block\":{" block \
    "}}", want }
#define DELTA_AT(i, delta, want) { "content_block_delta", "{\"type\":" \
    "\"content_block_delta\",\"index\":" i ",\"delta\":{" delta "}}", want }
#define BLOCK(block, want) BLOCK_AT("0", block, want)
#define DELTA(delta, want) DELTA_AT("0", delta, want)
#define BLOCK_STOP { "content_block_stop", "{\"type\":" \
    "\"content_block_stop\",\"index\":0}", "other:0" }
#define SO DELTA("\"type\":\"text_delta\",\"text\":\"so \"", "content:3")
#define END(why, usage) { "message_delta", "{\"type\":\"message_delta\"," \
    "\"delta\":{\"stop_reason\":\"" why "\",\"stop_sequence\":null}," \
    "\"usage\":{" usage "}}", "usage:0" }
#define STOP { "message_stop", "{\"type\":\"message_stop\"}", "other:0" }

static const struct stream messages[] = {
	{ "llama-server: what was cached is not in the input", {
	    START("\"cache_read_input_tokens\":108,\"input_tokens\":1,"
	    "\"output_tokens\":0"), BLOCK("\"type\":\"text\",\"text\":\"\"",
	    "other:0"), SO, BLOCK_STOP, END("max_tokens",
	    "\"output_tokens\":5"), STOP }, "closed 109/108 5/-1 length m",
	    "so " },
	{ "vLLM: what was cached is known at the end", {
	    START("\"input_tokens\":109,\"output_tokens\":0"), SO,
	    END("end_turn", "\"input_tokens\":9,\"output_tokens\":5,"
	    "\"cache_read_input_tokens\":96,"
	    "\"cache_creation_input_tokens\":4"), STOP },
	    "closed 109/96 5/-1 stop m", "so " },
	{ "what was cached is told at the beginning only", {
	    START("\"cache_read_input_tokens\":100,\"input_tokens\":9"), SO,
	    END("stop_sequence", "\"input_tokens\":9,\"output_tokens\":5"),
	    STOP }, "closed 109/100 5/-1 stop m", "so " },
	{ "nothing is told of a cache", { START("\"input_tokens\":109,"
	    "\"output_tokens\":1"), SO, END("end_turn",
	    "\"output_tokens\":5"), STOP }, "closed 109/-1 5/-1 stop m",
	    "so " },
	{ "zeros say nothing, in front and behind", {
	    START("\"input_tokens\":0,\"output_tokens\":0"), SO,
	    END("end_turn", "\"input_tokens\":109,\"output_tokens\":5"),
	    END("end_turn", "\"input_tokens\":0,\"output_tokens\":0"), STOP },
	    "closed 109/-1 5/-1 stop m", "so " },
	{ "all was cached", { START("\"input_tokens\":0,"
	    "\"cache_read_input_tokens\":109"), SO, END("end_turn",
	    "\"output_tokens\":5"), STOP }, "closed 109/109 5/-1 stop m",
	    "so " },
	{ "thinking, a ping, a signature, half a surrogate pair", {
	    START("\"input_tokens\":9"), { "ping", "{\"type\":\"ping\"}",
	    "other:0" }, BLOCK("\"type\":\"thinking\",\"thinking\":\"\"",
	    "other:0"), DELTA("\"type\":\"thinking_delta\",\"thinking\":"
	    "\"h\\u00e4\"", "reasoning:3"),
	    DELTA("\"type\":\"signature_delta\",\"signature\":\"c2ln\"",
	    "other:0"), BLOCK_STOP, BLOCK("\"type\":\"text\",\"text\":\"it\"",
	    "content:2"), DELTA("\"type\":\"text_delta\",\"text\":"
	    "\"\\ud83d\"", "content:3"), DELTA("\"type\":\"text_delta\","
	    "\"text\":\"\"", "other:0"), END("end_turn",
	    "\"output_tokens\":7"), STOP, DELTA("\"text\":\"behind\"",
	    "other:0") }, "closed 9/-1 7/-1 stop m", "it\xef\xbf\xbd" },
	{ "calls of tools behind a text, one of them without arguments", {
	    START("\"input_tokens\":9"), SO, BLOCK_STOP,
	    BLOCK("\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"look\","
	    "\"input\":{}", "tool:4"), DELTA("\"type\":\"input_json_delta\","
	    "\"partial_json\":\"\"", "other:0"),
	    DELTA("\"type\":\"input_json_delta\",\"partial_json\":"
	    "\"{\\\"a\\\":\"", "tool:5"), DELTA("\"type\":"
	    "\"input_json_delta\",\"partial_json\":\"1}\"", "tool:2"),
	    BLOCK_STOP, BLOCK("\"type\":\"tool_use\",\"id\":\"u\","
	    "\"name\":\"go\",\"input\":{}", "tool:2"), END("tool_use",
	    "\"output_tokens\":7"), STOP },
	    "closed 9/-1 7/-1 tool_calls m t=look{\"a\":1} u=go", "so " },
	{ "calls that come at once, by their index", {
	    BLOCK_AT("7000000000", "\"type\":\"tool_use\",\"id\":\"t\","
	    "\"name\":\"look\",\"input\":{}", "tool:4"),
	    BLOCK_AT("2", "\"type\":\"tool_use\",\"id\":\"u\",\"name\":"
	    "\"go\",\"input\":{}", "tool:2"), DELTA_AT("7000000000",
	    "\"partial_json\":\"{\"", "tool:1"), DELTA_AT("2",
	    "\"partial_json\":\"{\\\"b\\\":\"", "tool:5"),
	    DELTA_AT("7000000000", "\"partial_json\":\"}\"", "tool:1"),
	    DELTA_AT("2", "\"partial_json\":\"2}\"", "tool:2"), STOP },
	    "closed -1/-1 -1/-1 - - t=look{} u=go{\"b\":2}", "" },
	{ "a call that comes whole", { BLOCK("\"type\":\"tool_use\",\"id\":"
	    "\"t\",\"name\":\"look\",\"input\":{\"a\":1}",
	    "tool:4 tool:7"), STOP },
	    "closed -1/-1 -1/-1 - - t=look{\"a\":1}", "" },
	{ "an error in the stream", { START("\"input_tokens\":9"), SO,
	    { "error", "{\"type\":\"error\",\"error\":{\"type\":"
	    "\"overloaded_error\",\"message\":\"Overloaded\"}}", "other:0" } },
	    "Overloaded 9/-1 -1/-1 - m", "so " },
	{ "the same, told by its type alone", { { "", "{\"type\":\"error\","
	    "\"error\":{\"message\":\"Overloaded\"}}", "other:0" } },
	    "Overloaded -1/-1 -1/-1 - -", "" },
	{ "cut: what the beginning says of the output is none",
	    { START("\"input_tokens\":9,\"output_tokens\":1"), SO },
	    "open 9/-1 -1/-1 - m", "so " },
	{ "not of this path", { { "", "{\"choices\":[{\"delta\":{\"content\""
	    ":\"x\"}}]}", "other:0" }, { "", "{", "" } },
	    "open -1/-1 -1/-1 - -", "" },
};

/* ---- /v1/responses ------------------------------------------------------ */

#define CREATED { "response.created", "{\"type\":\"response.created\"," \
    "\"response\":{\"id\":\"r\",\"status\":\"in_progress\",\"error\":null," \
    "\"model\":\"m\",\"usage\":null}}", "role:0" }
#define EVENT(type, members, want) { "response." type, "{\"type\":" \
    "\"response." type "\"," members "}", want }
#define TEXT EVENT("output_text.delta", "\"delta\":\"so \"", "content:3")
#define USAGE(cached) "\"usage\":{\"input_tokens\":109," \
    "\"output_tokens\":5,\"total_tokens\":114," \
    "\"input_tokens_details\":{" cached "}," \
    "\"output_tokens_details\":{\"reasoning_tokens\":2}}"

static const struct stream responses[] = {
	{ "llama-server: an input that holds what was cached", { CREATED,
	    EVENT("in_progress", "\"response\":{}", "other:0"),
	    EVENT("output_item.added", "\"item\":{\"type\":\"message\","
	    "\"content\":[]}", "other:0"), TEXT,
	    EVENT("output_text.done", "\"text\":\"so \"", "other:0"),
	    EVENT("completed", "\"response\":{\"status\":\"completed\","
	    USAGE("\"cached_tokens\":108") "},\"timings\":{\"cache_n\":108,"
	    "\"prompt_n\":1,\"prompt_ms\":250,\"predicted_n\":5,"
	    "\"predicted_per_second\":10}", "usage:0"),
	    EVENT("output_text.delta", "\"delta\":\"behind\"", "other:0") },
	    "closed 109/108 5/2 - m", "so " },
	{ "cut at its limit", { CREATED, TEXT, EVENT("incomplete",
	    "\"response\":{\"incomplete_details\":{\"reason\":"
	    "\"max_output_tokens\"}," USAGE("") "}", "usage:0") },
	    "closed 109/-1 5/2 length m", "so " },
	{ "reasoning, a summary of it, a refusal", { CREATED,
	    EVENT("output_item.added", "\"item\":{\"type\":\"reasoning\"}",
	    "other:0"), EVENT("reasoning_text.delta", "\"delta\":\"h\"",
	    "reasoning:1"), EVENT("reasoning_summary_text.delta",
	    "\"delta\":\"\\ud83d\"", "reasoning:3"),
	    EVENT("refusal.delta", "\"delta\":\"no\"", "content:2"),
	    EVENT("completed", "\"response\":{" USAGE("") "}", "usage:0") },
	    "closed 109/-1 5/2 - m", "no" },
	{ "calls of functions, one of which comes at its end", { CREATED,
	    EVENT("output_item.added", "\"item\":{\"type\":"
	    "\"function_call\",\"call_id\":\"t\",\"id\":\"fc\",\"name\":"
	    "\"look\",\"arguments\":\"\"}", "tool:4"),
	    EVENT("function_call_arguments.delta", "\"delta\":\"{\\\"a\\\":\"",
	    "tool:5"), EVENT("function_call_arguments.delta",
	    "\"delta\":\"1}\"", "tool:2"),
	    EVENT("function_call_arguments.done",
	    "\"arguments\":\"{\\\"a\\\":1}\"", "other:0"),
	    EVENT("output_item.done", "\"item\":{\"type\":"
	    "\"function_call\",\"name\":\"look\"}", "other:0"),
	    EVENT("output_item.added", "\"item\":{\"type\":"
	    "\"function_call\",\"call_id\":\"u\",\"name\":\"go\"}",
	    "tool:2"), EVENT("function_call_arguments.done",
	    "\"arguments\":\"{}\"", "tool:2"), EVENT("completed",
	    "\"response\":{" USAGE("") "}", "usage:0") },
	    "closed 109/-1 5/2 - m t=look{\"a\":1} u=go{}", "" },
	{ "calls at once, by their index; one only at its end", {
	    EVENT("output_item.added", "\"output_index\":1,\"item\":{"
	    "\"type\":\"function_call\",\"call_id\":\"t\",\"name\":"
	    "\"look\"}", "tool:4"), EVENT("output_item.added",
	    "\"output_index\":2,\"item\":{\"type\":\"function_call\","
	    "\"call_id\":\"u\",\"name\":\"go\"}", "tool:2"),
	    EVENT("function_call_arguments.delta", "\"output_index\":1,"
	    "\"delta\":\"{\"", "tool:1"),
	    EVENT("function_call_arguments.done", "\"output_index\":2,"
	    "\"arguments\":\"{}\"", "tool:2"),
	    EVENT("function_call_arguments.delta", "\"output_index\":1,"
	    "\"delta\":\"}\"", "tool:1"), EVENT("output_item.done",
	    "\"output_index\":1,\"item\":{\"type\":\"function_call\","
	    "\"call_id\":\"t\",\"name\":\"look\",\"arguments\":\"{}\"}",
	    "other:0"), EVENT("output_item.done", "\"output_index\":3,"
	    "\"item\":{\"type\":\"function_call\",\"call_id\":\"v\","
	    "\"name\":\"now\",\"arguments\":\"{}\"}", "tool:3 tool:2") },
	    "open -1/-1 -1/-1 - - t=look{} u=go{} v=now{}", "" },
	{ "the same without index, as llama-server has it", {
	    EVENT("output_item.added", "\"item\":{\"type\":"
	    "\"function_call\",\"call_id\":\"t\",\"name\":\"look\"}",
	    "tool:4"), EVENT("function_call_arguments.delta",
	    "\"delta\":\"{}\"", "tool:2"), EVENT("output_item.added",
	    "\"item\":{\"type\":\"function_call\",\"call_id\":\"u\","
	    "\"name\":\"go\"}", "tool:2"), EVENT("output_item.done",
	    "\"item\":{\"type\":\"function_call\",\"call_id\":\"t\","
	    "\"name\":\"look\",\"arguments\":\"{}\"}", "other:0"),
	    EVENT("output_item.done", "\"item\":{\"type\":"
	    "\"function_call\",\"call_id\":\"u\",\"name\":\"go\","
	    "\"arguments\":\"{}\"}", "tool:2") },
	    "open -1/-1 -1/-1 - - t=look{} u=go{}", "" },
	{ "failed", { CREATED, TEXT, EVENT("failed", "\"response\":{\"status\""
	    ":\"failed\",\"error\":{\"code\":\"server_error\",\"message\":"
	    "\"no memory\"}}", "usage:0") }, "no memory -1/-1 -1/-1 - m",
	    "so " },
	{ "failed, without a word", { EVENT("failed", "\"response\":{}",
	    "usage:0") }, "an error without a message -1/-1 -1/-1 - -", "" },
	{ "an error in the stream", { CREATED, { "error", "{\"type\":"
	    "\"error\",\"code\":\"x\",\"message\":\"no memory\"}",
	    "other:0" } }, "no memory -1/-1 -1/-1 - m", "" },
	{ "zeros behind", { TEXT, EVENT("completed", "\"response\":{" USAGE("")
	    "}", "usage:0"), EVENT("completed", "\"response\":{\"usage\":"
	    "{\"input_tokens\":0,\"output_tokens\":0}}", "usage:0") },
	    "closed 109/-1 5/2 - -", "so " },
	{ "not of this path", { { "", "{\"type\":\"message_stop\"}",
	    "other:0" }, { "", "[1]", "" } }, "open -1/-1 -1/-1 - -", "" },
};

/* ---- in one piece ------------------------------------------------------- */

static const struct {
	const char *who;
	const struct server_api *api;
	const char *body, *pieces, *facts;
} bodies[] = {
	{ "a message", &api_messages, "{\"type\":\"message\",\"model\":\"m\","
	    "\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\"},"
	    "{\"type\":\"text\",\"text\":\"so it\"},{\"type\":\"tool_use\","
	    "\"id\":\"t\",\"name\":\"look\",\"input\":{}}],"
	    "\"stop_reason\":\"tool_use\","
	    "\"usage\":{\"cache_read_input_tokens\":8,\"input_tokens\":1,"
	    "\"output_tokens\":4}}", "reasoning:2 content:5 tool:4",
	    "closed 9/8 4/-1 tool_calls m t=look" },
	{ "a response", &api_responses, "{\"object\":\"response\",\"model\":"
	    "\"m\",\"error\":null,\"output\":[{\"type\":\"reasoning\","
	    "\"summary\":[],\"content\":[{\"type\":\"reasoning_text\","
	    "\"text\":\"hm\"}]},{\"type\":\"message\",\"content\":"
	    "[{\"type\":\"output_text\",\"text\":\"so it\"}]},{\"type\":"
	    "\"function_call\",\"call_id\":\"t\",\"name\":\"look\","
	    "\"arguments\":\"{}\"}],"
	    USAGE("\"cached_tokens\":0") "}",
	    "reasoning:2 content:5 tool:4 tool:2",
	    "closed 109/0 5/2 - m t=look{}" },
	{ "an error of messages", &api_messages, "{\"type\":\"error\","
	    "\"error\":{\"message\":\"bad\"}}", "", "bad -1/-1 -1/-1 - -" },
	{ "an error of responses", &api_responses, "{\"error\":{\"message\":"
	    "\"bad\"}}", "", "bad -1/-1 -1/-1 - -" },
	{ "no message", &api_messages, "{\"output\":[]}", NULL,
	    "open -1/-1 -1/-1 - -" },
	{ "no response", &api_responses, "{\"content\":[]}", NULL,
	    "open -1/-1 -1/-1 - -" },
	{ "no JSON", &api_messages, "<p>", NULL, "open -1/-1 -1/-1 - -" },
	{ "nor here", &api_responses, "[]", NULL, "open -1/-1 -1/-1 - -" },
};

static void
test_bodies(void)
{
	struct piece p[PIECES_MAX];
	struct facts f;
	int n;

	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		facts_init(&f);
		n = dialect_body(&f, bodies[i].api->dialect, bodies[i].body,
		    strlen(bodies[i].body), p);
		ok((n == -1) == (bodies[i].pieces == NULL), "%s: is one or "
		    "not", bodies[i].who);
		is_text(describe(p, n > 0 ? (size_t)n : 0),
		    bodies[i].pieces != NULL ? bodies[i].pieces : "",
		    bodies[i].who);
		is_text(facts_text(&f), bodies[i].facts, bodies[i].who);
		facts_fini(&f);
	}
}

int
main(void)
{
	FEED(api_messages, messages);
	FEED(api_responses, responses);
	test_bodies();
	return tap_done();
}
