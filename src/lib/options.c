#include "options.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

void
options_set(cJSON **options, const char *key, cJSON *value)
{
	if (value == NULL)
		return;
	if (*options == NULL)
		*options = cJSON_CreateObject();
	cJSON_DeleteItemFromObjectCaseSensitive(*options, key);
	cJSON_AddItemToObject(*options, key, value);
}

/* What llama-server calls by several names: the one it is called here, and the
 * others. */
static const char *const spellings[][2] = {
	{ "alias", "a" }, { "backend-sampling", "bs" },
	{ "batch-size", "b" }, { "cache-ram", "cram" },
	{ "cache-type-k", "ctk" }, { "cache-type-v", "ctv" },
	{ "cache-type-k-draft", "ctkd spec-draft-type-k" },
	{ "cache-type-v-draft", "ctvd spec-draft-type-v" },
	{ "checkpoint-min-step", "cms" }, { "cont-batching", "cb" },
	{ "cpu-mask", "C" }, { "cpu-mask-batch", "Cb" },
	{ "cpu-mask-draft", "Cd spec-draft-cpu-mask" },
	{ "cpu-mask-batch-draft", "Cbd spec-draft-cpu-mask-batch" },
	{ "cpu-moe", "cmoe" }, { "cpu-moe-draft", "cmoed spec-draft-cpu-moe" },
	{ "cpu-range", "Cr" }, { "cpu-range-batch", "Crb" },
	{ "cpu-range-draft", "Crd spec-draft-cpu-range" },
	{ "cpu-strict-draft", "spec-draft-cpu-strict" },
	{ "cpu-strict-batch-draft", "spec-draft-cpu-strict-batch" },
	{ "ctx-checkpoints", "ctxcp swa-checkpoints" }, { "ctx-size", "c" },
	{ "defrag-thold", "dt" }, { "device", "dev" },
	{ "device-draft", "devd spec-draft-device" },
	{ "docker-repo", "dr" }, { "embeddings", "embedding" },
	{ "fit-ctx", "fitc" }, { "fit-target", "fitt" },
	{ "flash-attn", "fa" }, { "hf-file", "hff" },
	{ "hf-repo", "hf hfr" }, { "hf-token", "hft" },
	{ "hf-repo-draft", "hfd hfrd spec-draft-hf" },
	{ "json-schema", "j" }, { "json-schema-file", "jf" },
	{ "kv-offload", "kvo" }, { "kv-unified", "kvu" },
	{ "lazy-mode", "lzm" }, { "load-mode", "lm" },
	{ "logit-bias", "l" }, { "lookup-cache-dynamic", "lcd" },
	{ "lookup-cache-static", "lcs" }, { "main-gpu", "mg" },
	{ "mmproj", "mm" }, { "mmproj-device", "mmdev" },
	{ "mmproj-url", "mmu" }, { "model", "m" },
	{ "model-draft", "md spec-draft-model" }, { "model-url", "mu" },
	{ "n-cpu-ffn", "ncffn" }, { "n-cpu-moe", "ncmoe" },
	{ "n-cpu-moe-draft", "ncmoed spec-draft-ncmoe spec-draft-n-cpu-moe" },
	{ "n-gpu-layers", "ngl gpu-layers" },
	{ "n-gpu-layers-draft", "ngld gpu-layers-draft spec-draft-ngl" },
	{ "no-cont-batching", "nocb" }, { "no-kv-offload", "nkvo" },
	{ "no-kv-unified", "no-kvu" }, { "no-mmproj", "no-mmproj-auto" },
	{ "no-repack", "nr" }, { "override-tensor", "ot" },
	{ "override-tensor-draft", "otd spec-draft-override-tensor" },
	{ "parallel", "np" }, { "poll-draft", "spec-draft-poll" },
	{ "poll-batch-draft", "spec-draft-poll-batch" },
	{ "predict", "n n-predict" }, { "prio-draft", "spec-draft-prio" },
	{ "prio-batch-draft", "spec-draft-prio-batch" },
	{ "reasoning", "rea" }, { "reranking", "rerank" },
	{ "reverse-prompt", "r" }, { "sampler-seq", "sampling-seq" },
	{ "seed", "s" }, { "slot-prompt-similarity", "sps" },
	{ "spec-draft-n-max", "draft draft-n draft-max" },
	{ "spec-draft-n-min", "draft-min draft-n-min" },
	{ "spec-draft-p-min", "draft-p-min" },
	{ "spec-draft-p-split", "draft-p-split" }, { "special", "sp" },
	{ "split-mode", "sm" }, { "temp", "temperature" },
	{ "tensor-split", "ts" }, { "threads", "t" },
	{ "threads-batch", "tb" },
	{ "threads-batch-draft", "tbd spec-draft-threads-batch" },
	{ "threads-draft", "td spec-draft-threads" },
	{ "top-n-sigma", "top-nsigma" }, { "typical-p", "typical" },
	{ "ubatch-size", "ub" }
};

/* Is name one of words, which stand with a space between them? */
static bool
is_one_of(const char *name, const char *words)
{
	size_t n;

	for (; *words != '\0'; words += n + (words[n] == ' ')) {
		n = strcspn(words, " ");
		if (strlen(name) == n && strncmp(name, words, n) == 0)
			return true;
	}
	return false;
}

/* The one name of what s (n bytes) names; as to several programs, an
 * underscore is a hyphen.  Heap string. */
static char *
one_name(const char *s, size_t n)
{
	char *name = xstrndup(s, n), *p = name;

	while ((p = strchr(p, '_')) != NULL)
		*p = '-';
	for (n = 0; n < sizeof(spellings) / sizeof(spellings[0]); n++)
		if (is_one_of(name, spellings[n][1])) {
			free(name);
			return xstrdup(spellings[n][0]);
		}
	return name;
}

/* What an option is set to (NULL: its name stands alone).  A switch for which
 * llama-server takes several words has the one of its help; before it took any,
 * the name alone was "on". */
static cJSON *
one_value(const char *name, const char *s)
{
	if (is_one_of(name, "flash-attn fit log-colors reasoning")) {
		if (s == NULL || is_one_of(s, "1 true enabled"))
			s = "on";
		else if (is_one_of(s, "0 false disabled"))
			s = "off";
		else if (strcmp(s, "-1") == 0)
			s = "auto";
	}
	return s != NULL ? cJSON_CreateString(s) : cJSON_CreateTrue();
}

/* Of no consequence for how it runs, or nobody else's business. */
static bool
is_left_out(const char *name)
{
	static const char *const parts[] = { "api-key", "secret", "password",
		"ssl-", "mcp-servers" };
	size_t n = strlen(name);

	if (is_one_of(name, "model alias port host hf-repo hf-file "
	    "model-url docker-repo"))
		return true;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i]) != NULL)
			return true;
	return n >= 5 && strcmp(name + n - 5, "token") == 0;
}

/* "--name" or "-n", but not a negative number; its name, or NULL. */
static const char *
option_name(const cJSON *argument)
{
	const char *s = cJSON_IsString(argument) ? argument->valuestring : "";

	if (s[0] != '-' || s[1] == '\0' || strchr("0123456789.", s[1]) != NULL)
		return NULL;
	s += strspn(s, "-");
	return s[0] != '\0' ? s : NULL;
}

/* "-c" and "-lc" of a shell are no option of the server's, and their value is
 * a command with all its secrets. */
static bool
is_script(const cJSON *argument, const cJSON *value)
{
	const char *s = argument->valuestring;

	return cJSON_IsString(value) && s[1] != '-' &&
	    s[strlen(s) - 1] == 'c' && strchr(value->valuestring, ' ') != NULL;
}

void
options_add_arguments(cJSON **options, const cJSON *arguments)
{
	const cJSON *a, *value;
	const char *s;
	char *name;
	size_t n;

	cJSON_ArrayForEach(a, arguments) {
		if ((s = option_name(a)) == NULL)
			continue;
		n = strcspn(s, "=");
		name = one_name(s, n);
		value = option_name(a->next) == NULL ? a->next : NULL;
		if (!is_left_out(name) && !is_script(a, value))
			options_set(options, name, s[n] != '=' &&
			    cJSON_IsNumber(value) ?
			    cJSON_Duplicate(value, false) :
			    one_value(name, s[n] == '=' ? s + n + 1 :
			    cJSON_GetStringValue(value)));
		free(name);
	}
}
