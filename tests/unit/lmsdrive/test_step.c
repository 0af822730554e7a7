#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "diag.h"
#include "step/step.h"
#include "tap.h"

#define MINIMAL "\"type\":\"plan\",\"v\":1,\"step\":3,\"pair\":\"p\"," \
	"\"variant\":\"a\",\"model\":\"m\",\"server\":{\"url\":\"http://h\"}"

static int
reads(const char *line)
{
	struct step s;
	int rc = step_read(&s, line, strlen(line), "test");

	if (rc == 0)
		step_fini(&s);
	return rc == 0;
}

/* What is read from a line is what is written again. */
static void
round_trip(const char *name, const char *line)
{
	struct buf b = BUF_INIT;
	struct step s;

	if (!ok(step_read(&s, line, strlen(line), "test") == 0, "%s: reads",
	    name))
		return;
	step_write(&b, &s);
	is_text(buf_cstr(&b), line, name);
	step_fini(&s);
	buf_fini(&b);
}

static const char tail[] = "\"server\":{\"url\":\"http://h:1\",\"api\":"
    "\"lmstudio-v0\",\"token_env\":null,\"command\":[\"run\",\"{port}\"],"
    "\"process\":null,\"process_command\":null,\"insecure_loopback\":true,"
    "\"keep_loaded\":false},\"timeouts\":{\"connect_ns\":1,"
    "\"first_token_ns\":2,\"between_tokens_ns\":3,\"load_ns\":4,"
    "\"unload_ns\":5},"
    "\"memory_interval_ns\":5,\"budget_ns\":6,\"stays_loaded\":true,"
    "\"headline\":[\"e2e_s\"],\"config\":\"c.yaml\",\"config_sha256\":"
    "\"00\"}\n";

static void
test_round_trips(void)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "{\"type\":\"plan\",\"v\":1,\"step\":1,\"op\":\"load\","
	    "\"pair\":\"p\",\"kind\":\"moe\",\"variant\":\"a\",\"model\":"
	    "\"m\\\"\\u0007\",\"format\":\"mlx\",\"reference\":null,\"scenario\":null,\"block\":1,"
	    "\"rep\":0,\"load_options\":{\"context_length\":8192,\"x\":{\"y\":"
	    "[1.5,true,null,\"z\"]}},\"load_command\":[\"lms\",\"load\"],"
	    "\"unload_command\":[\"lms\"],\"context_length\":8192,"
	    "\"parallel\":4,\"cache_budget_bytes\":null,%s", tail);
	round_trip("a load", buf_cstr(&b));
	buf_clear(&b);
	buf_addf(&b, "{\"type\":\"plan\",\"v\":1,\"step\":9,\"op\":"
	    "\"request\",\"pair\":\"p\",\"kind\":null,\"variant\":\"a\","
	    "\"model\":\"m\",\"format\":null,\"reference\":null,\"scenario\":\"s\",\"block\":2,"
	    "\"rep\":7,\"warmup\":true,\"prompt\":{\"name\":\"n\",\"domain\":"
	    "\"d\",\"words\":24,\"target_tokens\":100,\"seed\":"
	    "9007199254740991,\"is_warm\":true,\"system\":\"sys\",\"text\":"
	    "\"a\\nb\",\"check\":\"needle_50\",\"probe\":\"code\","
	    "\"agent\":{\"tools\":[{\"name\":\"f\"}]}},"
	    "\"sampling\":{\"temperature\":0.7,\"top_p\":0.9,"
	    "\"top_k\":40,\"min_p\":0.05,\"repeat_penalty\":1.1,"
	    "\"presence_penalty\":-0.5,\"frequency_penalty\":null,"
	    "\"seed\":42,\"max_tokens\":64,\"fixed_length\":true,"
	    "\"reasoning\":\"off\"},\"requests\":8,\"arrival\":\"poisson\","
	    "\"concurrency\":4,\"rate_per_s\":0.25,\"rate_end_per_s\":2,"
	    "\"arrival_seed\":5,\"duration_ns\":6,\"gap_ns\":7,\"limit_ns\":8,"
	    "\"turn\":1,\"turns\":2,\"raw_completion\":true,"
	    "\"cold_connection\":true,\"tolerance\":"
	    "{\"prompt_tokens_ratio\":null},\"speculation\":{"
	    "\"draft_model\":\"d\",\"draft_tokens\":0},"
	    "\"load_options\":null,\"load_command\":null,"
	    "\"unload_command\":null,"
	    "\"context_length\":null,\"parallel\":"
	    "null,%s", tail);
	round_trip("a request", buf_cstr(&b));
	buf_fini(&b);
}

static void
test_unset(void)
{
	static const char line[] = "{" MINIMAL ",\"op\":\"request\","
	    "\"prompt\":{\"text\":\"hi\"},\"unknown\":[1]}";
	struct step s;

	if (!ok(step_read(&s, line, strlen(line), "test") == 0,
	    "a short line written by hand will do"))
		return;
	ok(s.op == OP_REQUEST && s.step == 3 && s.requests == 1 &&
	    s.concurrency == 1 && s.arrival == ARRIVAL_CLOSED,
	    "one request at a time");
	ok(isnan(s.sampling.temperature) && isnan(s.sampling.top_p) &&
	    s.sampling.top_k == -1 && s.sampling.seed == -1 &&
	    s.sampling.max_tokens == 256 && s.sampling.reasoning == NULL,
	    "sampling is left to the server, but for the length");
	ok(s.budget_ns == -1 && s.limit_ns == -1 && s.duration_ns == -1,
	    "as long as it takes");
	ok(s.timeouts.connect_ns == 5000000000 &&
	    s.timeouts.first_token_ns == 300000000000 &&
	    s.timeouts.between_tokens_ns == 60000000000 &&
	    s.timeouts.load_ns == 600000000000, "the default timeouts");
	ok(s.duration_ns == -1 && s.limit_ns == -1 && s.gap_ns == 0 &&
	    s.turn == -1 && s.turns == -1 && s.context_length == -1 &&
	    s.parallel == -1 && s.prompt.target_tokens == -1,
	    "nothing else is asked for");
	is_text(s.server.token_env, "LM_API_TOKEN", "the token's variable");
	is_text(s.prompt.text, "hi", "the text");
	is_text(s.scenario, NULL, "no scenario");
	step_fini(&s);
}

static const struct {
	const char *name, *line;
} refused[] = {
	{ "an empty line", "" },
	{ "no JSON", "step 1" },
	{ "an array", "[]" },
	{ "two values", "{} {}" },
	{ "another record", "{\"type\":\"run\",\"v\":1}" },
	{ "another version", "{\"type\":\"plan\",\"v\":2}" },
	{ "no op", "{" MINIMAL "}" },
	{ "a misspelt op", "{" MINIMAL ",\"op\":\"reqest\"}" },
	{ "an op that is no text", "{" MINIMAL ",\"op\":3}" },
	{ "no server", "{\"type\":\"plan\",\"v\":1,\"op\":\"unload\",\"pair\":"
	    "\"p\",\"variant\":\"a\",\"model\":\"m\"}" },
	{ "an empty model", "{\"type\":\"plan\",\"v\":1,\"op\":\"unload\","
	    "\"pair\":\"p\",\"variant\":\"a\",\"model\":\"\",\"server\":"
	    "{\"url\":\"http://h\"}}" },
	{ "a request without a prompt", "{" MINIMAL ",\"op\":\"request\"}" },
	{ "a negative count", "{" MINIMAL ",\"op\":\"idle\",\"idle_ns\":-5}" },
	{ "half a nanosecond", "{" MINIMAL ",\"op\":\"idle\","
	    "\"idle_ns\":0.5}" },
	{ "a count over 2^53", "{" MINIMAL ",\"op\":\"idle\","
	    "\"idle_ns\":9007199254740992}" },
	{ "a count as text", "{" MINIMAL ",\"op\":\"idle\","
	    "\"idle_ns\":\"1s\"}" },
	{ "no requests", "{" MINIMAL ",\"op\":\"request\",\"requests\":0,"
	    "\"prompt\":{\"text\":\"x\"}}" },
	{ "a group that is no object", "{" MINIMAL ",\"op\":\"request\","
	    "\"prompt\":\"x\"}" },
	{ "a group that is no object beside a prompt", "{" MINIMAL
	    ",\"op\":\"request\",\"sampling\":5,"
	    "\"prompt\":{\"text\":\"x\"}}" },
	{ "an open loop without a rate", "{" MINIMAL ",\"op\":\"request\","
	    "\"arrival\":\"poisson\",\"prompt\":{\"text\":\"x\"}}" },
	{ "a ramp down to nothing", "{" MINIMAL ",\"op\":\"request\","
	    "\"arrival\":\"constant\",\"rate_per_s\":1,"
	    "\"rate_end_per_s\":0,\"prompt\":{\"text\":\"x\"}}" },
	{ "a turn without turns", "{" MINIMAL ",\"op\":\"request\","
	    "\"turn\":1,\"prompt\":{\"text\":\"x\"}}" },
	{ "load options that are no object", "{" MINIMAL ",\"op\":\"load\","
	    "\"load_options\":[1]}" },
	{ "load options nested too deeply", "{" MINIMAL ",\"op\":\"load\","
	    "\"load_options\":{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}}" },
	{ "a command with a number", "{\"type\":\"plan\",\"v\":1,\"op\":"
	    "\"unload\",\"pair\":\"p\",\"variant\":\"a\",\"model\":\"m\","
	    "\"server\":{\"url\":\"http://h\",\"command\":[\"a\",1]}}" },
};

int
main(void)
{
	diag_quiet(true);
	test_round_trips();
	test_unset();
	ok(reads("{" MINIMAL ",\"op\":\"unload\"} \r\n"), "space at the end");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ok(!reads(refused[i].line), "refused: %s", refused[i].name);
	return tap_done();
}
