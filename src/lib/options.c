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

/* What llama-server calls by several names. */
static const char *const spellings[][2] = {
	{ "a", "alias" }, { "b", "batch-size" }, { "c", "ctx-size" },
	{ "cb", "cont-batching" }, { "cmoe", "cpu-moe" },
	{ "cram", "cache-ram" }, { "ctk", "cache-type-k" },
	{ "ctkd", "cache-type-k-draft" }, { "ctv", "cache-type-v" },
	{ "ctvd", "cache-type-v-draft" }, { "dev", "device" },
	{ "devd", "device-draft" }, { "draft", "spec-draft-n-max" },
	{ "draft-max", "spec-draft-n-max" }, { "fa", "flash-attn" },
	{ "gpu-layers", "n-gpu-layers" },
	{ "gpu-layers-draft", "n-gpu-layers-draft" }, { "hf", "hf-repo" },
	{ "hff", "hf-file" }, { "hfr", "hf-repo" }, { "hft", "hf-token" },
	{ "kvo", "kv-offload" }, { "kvu", "kv-unified" }, { "m", "model" },
	{ "md", "model-draft" }, { "mg", "main-gpu" }, { "n", "predict" },
	{ "n-predict", "predict" }, { "ncmoe", "n-cpu-moe" },
	{ "ngl", "n-gpu-layers" }, { "ngld", "n-gpu-layers-draft" },
	{ "nkvo", "no-kv-offload" }, { "nocb", "no-cont-batching" },
	{ "np", "parallel" }, { "ot", "override-tensor" }, { "s", "seed" },
	{ "sm", "split-mode" }, { "spec-draft-device", "device-draft" },
	{ "spec-draft-model", "model-draft" },
	{ "spec-draft-ngl", "n-gpu-layers-draft" },
	{ "spec-draft-threads", "threads-draft" },
	{ "spec-draft-type-k", "cache-type-k-draft" },
	{ "spec-draft-type-v", "cache-type-v-draft" }, { "t", "threads" },
	{ "tb", "threads-batch" }, { "td", "threads-draft" },
	{ "temperature", "temp" }, { "top-nsigma", "top-n-sigma" },
	{ "ts", "tensor-split" }, { "typical", "typical-p" },
	{ "ub", "ubatch-size" }
};

/* The one name of what s (n bytes) names; as to several programs, an
 * underscore is a hyphen.  Heap string. */
static char *
one_name(const char *s, size_t n)
{
	char *name = xstrndup(s, n), *p = name;

	while ((p = strchr(p, '_')) != NULL)
		*p = '-';
	for (n = 0; n < sizeof(spellings) / sizeof(spellings[0]); n++)
		if (strcmp(name, spellings[n][0]) == 0) {
			free(name);
			return xstrdup(spellings[n][1]);
		}
	return name;
}

/* Of no consequence for how it runs, or nobody else's business. */
static bool
is_left_out(const char *name)
{
	static const char *const names[] = { "model", "alias", "port",
		"host", "hf-repo", "hf-file" };
	static const char *const parts[] = { "api-key", "secret", "password",
		"ssl-" };
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
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
			options_set(options, name, s[n] == '=' ?
			    cJSON_CreateString(s + n + 1) : value != NULL ?
			    cJSON_Duplicate(value, false) :
			    cJSON_CreateTrue());
		free(name);
	}
}
