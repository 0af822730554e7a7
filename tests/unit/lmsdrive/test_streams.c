/* Whole streams, as the servers of their sources send them. */

#include "pieces.h"
#include "server/api.h"
#include "tap.h"

struct line {
	const char *data, *want;	/* the pieces; data ":...": a comment */
};

static void
feed(struct facts *f, const struct line *v, size_t n, const char *who)
{
	struct piece p[PIECES_MAX];
	size_t k;

	facts_init(f);
	for (size_t i = 0; i < n; i++) {
		k = v[i].data[0] == ':' ?
		    dialect_openai.take_comment(f, v[i].data + 1,
		    strlen(v[i].data + 1), p) :
		    dialect_event(f, &dialect_openai, "", v[i].data,
		    strlen(v[i].data), p);
		is_text(describe(p, k), v[i].want, who);
	}
}

#define FEED(f, v, who) feed((f), (v), sizeof(v) / sizeof((v)[0]), (who))
#define DELTA(d, finish) "{\"model\":\"m\",\"choices\":[{\"index\":0," \
    "\"delta\":" d ",\"finish_reason\":" finish "}]"

/* The progress chunks look like role chunks, the cached part is done from the
 * start, the role chunk comes with the first token. */
static void
test_llama_server(void)
{
	static const struct line lines[] = {
		{ DELTA("{\"role\":\"assistant\",\"content\":null}", "null")
		    ",\"prompt_progress\":{\"total\":1004,\"cache\":1000,"
		    "\"processed\":1000,\"time_ms\":0}}", "prefill:0@0" },
		{ DELTA("{\"role\":\"assistant\",\"content\":null}", "null")
		    ",\"prompt_progress\":{\"total\":1004,\"cache\":1000,"
		    "\"processed\":1004,\"time_ms\":9}}", "prefill:0@1" },
		{ DELTA("{\"role\":\"assistant\",\"content\":null}", "null")
		    ",\"system_fingerprint\":\"b8583-7e6641f80\"}", "role:0" },
		{ DELTA("{\"content\":\" so\"}", "null") "}", "content:3" },
		{ DELTA("{}", "\"length\"") "}", "other:0" },
		{ "{\"choices\":[],\"model\":\"m\",\"usage\":"
		    "{\"completion_tokens\":1,\"prompt_tokens\":1004,"
		    "\"total_tokens\":1005,\"prompt_tokens_details\":"
		    "{\"cached_tokens\":1000}},\"timings\":{\"cache_n\":1000,"
		    "\"prompt_n\":4,\"prompt_ms\":9.5,\"predicted_n\":1,"
		    "\"predicted_ms\":3.0,\"predicted_per_second\":333.0}}",
		    "usage:0" },
		{ "[DONE]", "" },
	};
	struct facts f;

	FEED(&f, lines, "llama-server");
	ok(f.is_closed && f.prompt_tokens == 1004 && f.cached_tokens == 1000 &&
	    f.completion_tokens == 1 && f.tokens_from == TOKENS_USAGE,
	    "llama-server: counts");
	is_text(f.fingerprint, "b8583-7e6641f80", "llama-server: its build");
	is_text(f.finish, "length", "llama-server: why it stopped");
	is_near(f.prefill_s, 0.0095, 1e-12, "llama-server: its prefill");
	facts_fini(&f);
}

/* Every delta has the role; the last one nothing else. */
static void
test_mlx_lm(void)
{
	static const struct line lines[] = {
		{ ": keepalive 0/5000", "prefill:0@0" },
		{ ": keepalive 2048/5000", "prefill:0@0.4096" },
		{ ": keepalive 5000/5000", "prefill:0@1" },
		{ DELTA("{\"role\":\"assistant\",\"reasoning\":\"hm\"}",
		    "null") "}", "reasoning:2" },
		{ DELTA("{\"role\":\"assistant\",\"content\":\"so \"}",
		    "null") "}", "content:3" },
		{ DELTA("{\"role\":\"assistant\"}", "\"stop\"") "}", "role:0" },
		{ "{\"object\":\"chat.completion\",\"model\":\"m\","
		    "\"system_fingerprint\":\"0.32.0-0.32.0-macOS\","
		    "\"choices\":[],\"usage\":{\"prompt_tokens\":5000,"
		    "\"completion_tokens\":3,\"total_tokens\":5003,"
		    "\"prompt_tokens_details\":{\"cached_tokens\":0}}}",
		    "usage:0" },
		{ "[DONE]", "" },
	};
	static const struct line other[] = {
		{ ":", "" }, { ": ping", "" }, { ": keepalive", "" },
		{ ": keepalive 5/", "" }, { ": keepalive 5/9 x", "" },
		{ ": keepalive 9/5", "prefill:0" },
		{ ": keepalive -1/5", "prefill:0" },
		{ ": keepalive inf/inf", "prefill:0" },
		{ ": keepalive 0/0", "prefill:0" },
	};
	struct facts f;

	FEED(&f, lines, "mlx_lm.server");
	ok(f.is_closed && f.prompt_tokens == 5000 && f.cached_tokens == 0 &&
	    f.completion_tokens == 3, "mlx_lm.server: counts");
	facts_fini(&f);
	FEED(&f, other, "a comment that says nothing, or nonsense");
	facts_fini(&f);
}

/* An empty first content, the finish on its own; raw completions carry a usage
 * of zeros with each chunk. */
static void
test_ollama(void)
{
	static const struct line chat[] = {
		{ DELTA("{\"role\":\"assistant\",\"content\":\"\","
		    "\"reasoning\":\"hm\"}", "null") "}", "reasoning:2" },
		{ DELTA("{\"content\":\"so\"}", "null")
		    ",\"system_fingerprint\":\"fp_ollama\"}", "content:2" },
		{ DELTA("{}", "\"stop\"") "}", "other:0" },
		{ "{\"model\":\"m\",\"choices\":[],\"usage\":"
		    "{\"prompt_tokens\":11,\"completion_tokens\":2,"
		    "\"total_tokens\":13}}", "usage:0" },
		{ "[DONE]", "" },
	};
	static const struct line raw[] = {
		{ "{\"model\":\"m\",\"choices\":[{\"text\":\"a\",\"index\":0,"
		    "\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":0,"
		    "\"completion_tokens\":0,\"total_tokens\":0}}",
		    "content:1" },
		{ "{\"model\":\"m\",\"choices\":[{\"text\":\"\",\"index\":0,"
		    "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\""
		    ":0,\"completion_tokens\":0,\"total_tokens\":0}}",
		    "usage:0" },
		{ "{\"model\":\"m\",\"choices\":[],\"usage\":"
		    "{\"prompt_tokens\":4,\"completion_tokens\":1,"
		    "\"total_tokens\":5}}", "usage:0" },
		{ "[DONE]", "" },
	};
	struct facts f;

	FEED(&f, chat, "Ollama");
	ok(f.is_closed && f.prompt_tokens == 11 && f.completion_tokens == 2 &&
	    f.cached_tokens == -1, "Ollama: counts");
	facts_fini(&f);
	FEED(&f, raw, "Ollama, raw");
	ok(f.is_closed && f.prompt_tokens == 4 && f.completion_tokens == 1,
	    "Ollama: the last usage counts");
	is_text(f.finish, "stop", "Ollama: why it stopped");
	facts_fini(&f);
}

/* "usage": null, the role with an empty content, per-request metrics; and an
 * error inside the stream, with [DONE] behind it all the same. */
static void
test_vllm(void)
{
	static const struct line chat[] = {
		{ DELTA("{\"role\":\"assistant\",\"content\":\"\"}", "null")
		    ",\"usage\":null}", "role:0" },
		{ DELTA("{\"reasoning\":\"hm\"}", "null") ",\"usage\":null}",
		    "reasoning:2" },
		{ DELTA("{\"content\":\"so \"}", "null") ",\"usage\":"
		    "{\"prompt_tokens\":9,\"completion_tokens\":2,"
		    "\"total_tokens\":11}}", "content:3" },
		{ DELTA("{\"content\":\"\"}", "\"length\"")
		    ",\"usage\":null}", "other:0" },
		{ "{\"model\":\"m\",\"choices\":[],\"usage\":"
		    "{\"prompt_tokens\":9,\"completion_tokens\":11,"
		    "\"total_tokens\":20,\"completion_tokens_details\":"
		    "{\"reasoning_tokens\":5}},\"metrics\":"
		    "{\"time_to_first_token_ms\":500,\"queue_time_ms\":250,"
		    "\"generation_time_ms\":1000,\"mean_itl_ms\":100,"
		    "\"tokens_per_second\":7.3}}", "usage:0" },
		{ "[DONE]", "" },
	};
	static const struct line bad[] = {
		{ DELTA("{\"content\":\"so\"}", "null") "}", "content:2" },
		{ "{\"error\":{\"message\":\"Internal server error\","
		    "\"type\":\"InternalServerError\",\"param\":null,"
		    "\"code\":500}}", "other:0" },
		{ "[DONE]", "" },
	};
	struct facts f;

	FEED(&f, chat, "vLLM");
	ok(f.is_closed && f.prompt_tokens == 9 && f.completion_tokens == 11 &&
	    f.reasoning_tokens == 5, "vLLM: counts");
	is_near(f.ttft_s, 0.75, 1e-12, "vLLM: its first token, queue included");
	is_near(f.prefill_s, 0.5, 1e-12, "vLLM: its prefill");
	is_near(f.tokens_per_s, 10, 1e-12, "vLLM: its decode rate");
	facts_fini(&f);
	FEED(&f, bad, "vLLM, failing");
	ok(f.is_closed && f.has_error, "vLLM: an error before [DONE]");
	is_text(f.error, "Internal server error", "vLLM: which");
	facts_fini(&f);
}

/* oMLX: its times are in the usage, in seconds. */
static void
test_omlx_chat(void)
{
	static const struct line lines[] = {
		{ DELTA("{\"content\":\"so\"}", "null") "}", "content:2" },
		{ "{\"model\":\"m\",\"choices\":[],\"usage\":"
		    "{\"prompt_tokens\":9,\"completion_tokens\":2,"
		    "\"model_load_duration\":1.5,"
		    "\"time_to_first_token\":0.75,"
		    "\"prompt_eval_duration\":0.5,"
		    "\"generation_tokens_per_second\":40}}", "usage:0" },
		{ "[DONE]", "" },
	};
	static const struct line loaded[] = {
		{ DELTA("{\"content\":\"so\"}", "\"stop\"") ",\"usage\":"
		    "{\"prompt_tokens\":9,\"completion_tokens\":1,"
		    "\"model_load_duration\":0.0001}}", "content:2" },
	};
	struct facts f;

	FEED(&f, lines, "oMLX");
	is_near(f.load_s, 1.5, 1e-12, "oMLX: the load that it waited for");
	is_near(f.ttft_s, 0.75, 1e-12, "oMLX: its first token");
	is_near(f.prefill_s, 0.5, 1e-12, "oMLX: its prefill");
	is_near(f.tokens_per_s, 40, 1e-12, "oMLX: its decode rate");
	facts_fini(&f);
	FEED(&f, loaded, "oMLX, again");
	ok(isnan(f.load_s), "oMLX: a look at what is there is no load");
	facts_fini(&f);
}

/* Ollama's own API: durations in nanoseconds, and a load that took time. */
static void
test_ollama_chat(void)
{
	static const struct line lines[] = {
		{ "{\"model\":\"m:latest\",\"message\":{\"role\":"
		    "\"assistant\",\"content\":\"\",\"thinking\":\"hm\"},"
		    "\"done\":false}", "reasoning:2" },
		{ "{\"model\":\"m:latest\",\"message\":{\"role\":"
		    "\"assistant\",\"content\":\"so\"},\"done\":false}",
		    "content:2" },
		{ "{\"model\":\"m:latest\",\"message\":{\"role\":"
		    "\"assistant\",\"content\":\"\",\"tool_calls\":[{"
		    "\"function\":{\"name\":\"f\"}}]},\"done\":false}",
		    "tool:1" },
		{ "{\"model\":\"m:latest\",\"message\":{\"role\":"
		    "\"assistant\",\"content\":\"\"},\"done\":true,"
		    "\"done_reason\":\"stop\",\"total_duration\":5000000000,"
		    "\"load_duration\":2500000000,\"prompt_eval_count\":26,"
		    "\"prompt_eval_duration\":130000000,\"eval_count\":40,"
		    "\"eval_duration\":2000000000}", "usage:0" },
	};
	const char *late = "{\"model\":\"m\",\"done\":true,"
	    "\"load_duration\":80000000,\"eval_count\":4}";
	struct piece p[PIECES_MAX];
	struct facts f;

	facts_init(&f);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		is_text(describe(p, dialect_event(&f, api_ollama.dialect, "",
		    lines[i].data, strlen(lines[i].data), p)), lines[i].want,
		    "Ollama's own");
	ok(f.is_closed && f.prompt_tokens == 26 && f.completion_tokens == 40 &&
	    f.tokens_from == TOKENS_STATS, "its counts");
	ok(f.tokens_per_s == 20 && f.prefill_s == 0.13 && f.load_s == 2.5,
	    "its own figures");
	is_text(f.finish, "stop", "why it stopped");
	is_text(f.model_served, "m:latest", "who answered");
	facts_fini(&f);
	facts_init(&f);
	dialect_event(&f, api_ollama.dialect, "", late, strlen(late), p);
	ok(isnan(f.load_s) && isnan(f.tokens_per_s) && isnan(f.prefill_s) &&
	    f.completion_tokens == 4, "a look at what is there is no load");
	facts_fini(&f);
}

int
main(void)
{
	test_llama_server();
	test_mlx_lm();
	test_ollama();
	test_omlx_chat();
	test_ollama_chat();
	test_vllm();
	return tap_done();
}
