/* Lists of models: which of them are on another device, their names, and what a
 * command says of how one runs. */

#include <stdlib.h>

#include "server/api.h"
#include "tap.h"

static int
count_remote(const struct server_api *api, const char *list)
{
	cJSON *o = json_parse(list, strlen(list));
	struct models m;
	int n = 0;

	if (models_parse(&m, api, o) == -1)
		n = -1;
	for (size_t i = 0; i < m.n; i++)
		n += m.v[i].is_remote;
	models_fini(&m);
	cJSON_Delete(o);
	return n;
}

static const struct {
	const char *member;
	int is_remote;
} marks[] = {
	{ "\"device_identifier\":\"other-mac\"", 1 },
	{ "\"deviceIdentifier\":\"other-mac\"", 1 },
	{ "\"deviceIdentifier\":{\"id\":7}", 1 },
	{ "\"device_name\":\"Mac mini\"", 1 },
	{ "\"is_remote\":true", 1 },
	{ "\"remote\":{\"host\":\"other-mac\"}", 1 },
	{ "\"device_identifier\":null", 0 },
	{ "\"deviceIdentifier\":\"\"", 0 },
	{ "\"device_identifier\":\"local\"", 0 },
	{ "\"remote\":false", 0 },
	{ "\"device\":\"gpu\"", 0 },
	{ "\"format\":\"mlx\"", 0 }
};

static void
test_marks(void)
{
	char list[256];

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		snprintf(list, sizeof(list),
		    "{\"models\":[{\"key\":\"a\",%s}]}", marks[i].member);
		ok(count_remote(&api_lmstudio, list) == marks[i].is_remote,
		    "v1: %s", marks[i].member);
		snprintf(list, sizeof(list), "{\"models\":[{\"key\":\"a\","
		    "\"loaded_instances\":[{\"id\":\"a\",%s}]}]}",
		    marks[i].member);
		ok(count_remote(&api_lmstudio, list) == marks[i].is_remote,
		    "v1, an instance: %s", marks[i].member);
		snprintf(list, sizeof(list), "{\"data\":[{\"id\":\"a\",%s}]}",
		    marks[i].member);
		ok(count_remote(&api_lmstudio_v0, list) == marks[i].is_remote,
		    "v0: %s", marks[i].member);
		ok(count_remote(&api_openai, list) == 0,
		    "other servers have no such thing: %s", marks[i].member);
	}
}

static const struct {
	const char *name, *key;
	bool is;
} keys[] = {
	{ "a", "a", true },
	{ "a", "b", false },
	{ "llama:latest", "llama", true },
	{ "llama:70b", "llama", false },
	{ "llama:latest", "llama:latest", true },
	{ "tiny-1b.gguf", "tiny-1b", true },
	{ "/models/x/tiny-1b.gguf", "tiny-1b", true },
	{ "/models/x/tiny-1b.gguf", "tiny-1b.gguf", true },
	{ "/models/x/tiny-1b.gguf", "x/tiny-1b.gguf", true },
	{ "C:\\models\\tiny-1b.GGUF", "tiny-1b", true },
	{ "/models/tiny-1b-00001-of-00002.gguf", "tiny-1b", true },
	{ "tiny-1b-00001-of-00002.gguf", "tiny-1b-00001-of-00002.gguf", true },
	{ "/models/x/tiny-1b.gguf", "1b", false },
	{ "/models/x/tiny-1b.gguf", "y/tiny-1b", false },
	{ "tiny-1b.gguf", "", false },
	{ "tiny-1b.gguf", ".gguf", false },
	{ "publisher/tiny-1b", "tiny-1b", false }
};

static void
test_keys(void)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		ok(models_is_key(keys[i].name, keys[i].key) == keys[i].is,
		    "%s, asked for as \"%s\"", keys[i].name, keys[i].key);
}

static void
is_options(cJSON *options, const char *want, const char *name)
{
	char *got = options != NULL ? cJSON_PrintUnformatted(options) : NULL;

	is_text(got, want, name);
	free(got);
	cJSON_Delete(options);
}

static cJSON *
options_in(const char *arguments)
{
	cJSON *a = cJSON_Parse(arguments), *options = NULL;

	options_add_arguments(&options, a);
	cJSON_Delete(a);
	return options;
}

/* What a command says of how a model runs, and nothing that is secret. */
static void
test_options(void)
{
	cJSON *options, *more;

	is_options(options_in("[\"llama-server\",\"-m\",\"x.gguf\","
	    "\"--alias\",\"x\",\"--port\",\"{port}\",\"--host\",\"::1\","
	    "\"--api-key\",\"sk-1\",\"--api-key-file\",\"k\","
	    "\"--hf-token=t\",\"-hft\",\"t\",\"-c\",\"4096\","
	    "\"--flash-attn\",\"-ngl\",\"99\",\"--temp\",\"-1\","
	    "\"--cache-type-k=q8_0\",\"--max-tokens\",\"8\",\"--mlock\"]"),
	    "{\"ctx-size\":\"4096\",\"flash-attn\":\"on\","
	    "\"n-gpu-layers\":\"99\","
	    "\"temp\":\"-1\",\"cache-type-k\":\"q8_0\","
	    "\"max-tokens\":\"8\",\"mlock\":true}",
	    "options of a command: no model, no address, no secret");
	is_options(options_in("[\"llama-server\",\"-b\",\"64\",\"-ub\","
	    "\"32\",\"-np\",\"2\",\"-ctk\",\"q8_0\",\"-fa\",\"on\",\"-md\","
	    "\"d.gguf\",\"-t\",\"4\",\"--gpu-layers\",\"9\","
	    "\"--cache_type_v=f16\",\"-m\",\"x\",\"-nkvo\"]"),
	    "{\"batch-size\":\"64\",\"ubatch-size\":\"32\",\"parallel\":\"2\","
	    "\"cache-type-k\":\"q8_0\",\"flash-attn\":\"on\","
	    "\"model-draft\":\"d.gguf\",\"threads\":\"4\","
	    "\"n-gpu-layers\":\"9\",\"cache-type-v\":\"f16\","
	    "\"no-kv-offload\":true}", "an option has one name");
	is_options(options_in("[\"s\",\"-b\",\"64\",\"--batch-size\",\"32\"]"),
	    "{\"batch-size\":\"32\"}", "and its last value");
	is_options(options_in("[\"s\",\"-fa\",\"1\",\"--fit\",\"false\","
	    "\"-rea\",\"-1\",\"-np\",\"1\",\"-no-kvu\",\"-nr\"]"),
	    "{\"flash-attn\":\"on\",\"fit\":\"off\",\"reasoning\":\"auto\","
	    "\"parallel\":\"1\",\"no-kv-unified\":true,"
	    "\"no-repack\":true}", "a switch has one word for each way");
	is_options(options_in("[\"s\",\"-fa\",\"auto\",\"-ctxcp\",\"8\","
	    "\"-ncmoed\",\"2\",\"--draft-n\",\"4\",\"--lazy-mode\",\"off\"]"),
	    "{\"flash-attn\":\"auto\",\"ctx-checkpoints\":\"8\","
	    "\"n-cpu-moe-draft\":\"2\",\"spec-draft-n-max\":\"4\","
	    "\"lazy-mode\":\"off\"}", "and an option one of several names");
	is_options(options_in("[\"s\",\"--mcp-servers-json\",\"{t}\",\"-mu\","
	    "\"u\",\"-dr\",\"ai/x\"]"), NULL,
	    "other places of a model, and tokens for others");
	is_options(options_in("[\"s\",\"--api_key\",\"k\",\"-a\",\"x\"]"), NULL,
	    "a secret, however it is spelled");
	is_options(options_in("[\"sh\",\"-ec\",\"exec s --api-key k\"]"), NULL,
	    "nor within the command of a shell");
	is_options(options_in("[\"env\",\"A=--b\",\"serve\",\"-\",\"--\"]"),
	    NULL, "a command without options");
	options = options_in("[\"s\",\"--x\",\"1\",\"--y\",\"2\"]");
	more = cJSON_Parse("{\"y\":3,\"context_length\":1,\"parallel\":1,"
	    "\"c\":{\"d\":null}}");
	model_add_options(&options, more);
	cJSON_Delete(more);
	is_options(options, "{\"x\":\"1\",\"y\":3,\"c\":{\"d\":null}}",
	    "what the server says stands over it");
}

/* The arguments of a router's child, in its list: -1 is as many as fit. */
static void
test_slots(void)
{
	cJSON *o = cJSON_Parse("{\"data\":[{\"id\":\"a\",\"status\":{\"value\":"
	    "\"loaded\",\"args\":[\"llama-server\",\"-np\",\"2\",\"-c\","
	    "\"4096\"]}},{\"id\":\"b\",\"status\":{\"value\":\"sleeping\","
	    "\"args\":[\"--parallel\",\"-1\"]}},{\"id\":\"c\",\"status\":{"
	    "\"value\":\"loaded\",\"args\":[\"-kvu\",\"-np\",\"2\",\"-c\","
	    "\"4096\"]}},{\"id\":\"d\",\"meta\":{\"n_ctx\":1280},"
	    "\"status\":{\"value\":\"loaded\",\"args\":[\"-np\",\"3\",\"-c\","
	    "\"4096\"]}}]}");
	struct models m;

	ok(models_parse(&m, &api_llama_router, o) == 0 && m.n == 4,
	    "a router's list");
	ok(m.v[0].instances[0].parallel == 2 &&
	    m.v[0].instances[0].context_length == 2048, "its slots");
	ok(m.v[1].instances[0].parallel == -1, "as many as fit");
	ok(m.v[2].instances[0].context_length == 4096, "one that all share");
	ok(m.v[3].instances[0].context_length == 1280, "as it is told");
	models_fini(&m);
	cJSON_Delete(o);
}

/* Servers that write their figures as texts; what is no figure is none. */
static void
test_texts(void)
{
	cJSON *v1 = cJSON_Parse("{\"models\":[{\"key\":\"a\",\"size_bytes\":"
	    "\"4000000000\",\"max_context_length\":\"8.0 k\","
	    "\"quantization\":{\"bits_per_weight\":\"4.5\"},"
	    "\"loaded_instances\":[{\"id\":\"a\",\"config\":{"
	    "\"context_length\":\"4096\",\"parallel\":\"-1\"}}]}]}");
	cJSON *v0 = cJSON_Parse("{\"data\":[{\"id\":\"a\",\"state\":"
	    "\"loaded\",\"max_context_length\":\"32768\","
	    "\"loaded_context_length\":\"8192\"}]}");
	struct models m;

	ok(models_parse(&m, &api_lmstudio, v1) == 0 && m.n == 1 &&
	    m.v[0].n_instances == 1, "a list of v1");
	ok(m.v[0].size_bytes == 4000000000 && m.v[0].bits_per_weight == 4.5 &&
	    m.v[0].instances[0].context_length == 4096, "as texts");
	ok(m.v[0].max_context_length == -1 && m.v[0].instances[0].parallel ==
	    -1, "no figures");
	models_fini(&m);
	ok(models_parse(&m, &api_lmstudio_v0, v0) == 0 &&
	    m.v[0].max_context_length == 32768 &&
	    m.v[0].instances[0].context_length == 8192, "those of v0");
	models_fini(&m);
	cJSON_Delete(v1);
	cJSON_Delete(v0);
}

int
main(void)
{
	test_slots();
	test_texts();
	test_options();
	test_keys();
	test_marks();
	return tap_done();
}
