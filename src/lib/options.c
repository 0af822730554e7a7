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

/* Of no consequence for how it runs, or nobody else's business. */
static bool
is_left_out(const char *name)
{
	static const char *const names[] = { "m", "model", "a", "alias",
		"port", "host", "hf", "hfr", "hft", "hf-repo", "hf-file" };
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
		name = xstrndup(s, n);
		value = option_name(a->next) == NULL ? a->next : NULL;
		if (!is_left_out(name))
			options_set(options, name, s[n] == '=' ?
			    cJSON_CreateString(s + n + 1) : value != NULL ?
			    cJSON_Duplicate(value, false) :
			    cJSON_CreateTrue());
		free(name);
	}
}
