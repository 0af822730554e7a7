#include "fault.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
	[FAULT_LOAD_REFUSED] = "load_refused",
	[FAULT_LOAD_FAILED] = "load_failed",
	[FAULT_LOAD_SLOW] = "load_slow",
	[FAULT_LOAD_HANG] = "load_hang",
	[FAULT_LOAD_CRASH] = "load_crash",
	[FAULT_SECOND_INSTANCE] = "second_instance",
	[FAULT_CONTEXT_AUTOFIT] = "context_autofit",
	[FAULT_PARALLEL_DIFFERS] = "parallel_differs",
	[FAULT_OPTIONS_IGNORED] = "options_ignored",
	[FAULT_WRONG_FORMAT] = "wrong_format",
	[FAULT_UNLOAD_STAYS] = "unload_stays",
	[FAULT_UNLOAD_KEEPS_MEMORY] = "unload_keeps_memory",
	[FAULT_UNLOAD_FAILED] = "unload_failed",
	[FAULT_WRONG_MODEL] = "wrong_model",
	[FAULT_TRUNCATE_PROMPT] = "truncate_prompt",
	[FAULT_EMPTY] = "empty",
	[FAULT_NO_USAGE] = "no_usage",
	[FAULT_SHORT] = "short",
	[FAULT_REASONING] = "reasoning",
	[FAULT_CHUNKY] = "chunky",
	[FAULT_CACHED] = "cached",
	[FAULT_UNSTABLE] = "unstable",
	[FAULT_BAD_COUNTS] = "bad_counts",
	[FAULT_ERROR_V1] = "error_v1",
	[FAULT_ERROR_OPENAI] = "error_openai",
	[FAULT_ERROR_STRING] = "error_string",
	[FAULT_ERROR_STREAM] = "error_stream",
	[FAULT_ERROR_LATE] = "error_late",
	[FAULT_HTTP_401] = "http_401",
	[FAULT_HTTP_404] = "http_404",
	[FAULT_HTTP_429] = "http_429",
	[FAULT_HTTP_500] = "http_500",
	[FAULT_HTTP_503] = "http_503",
	[FAULT_REDIRECT] = "redirect",
	[FAULT_NOT_JSON] = "not_json",
	[FAULT_HANG_FIRST] = "hang_first",
	[FAULT_HANG_MIDDLE] = "hang_middle",
	[FAULT_STALL] = "stall",
	[FAULT_SLOW] = "slow",
	[FAULT_LATE_HEADERS] = "late_headers",
	[FAULT_CUT] = "cut",
	[FAULT_ABORT] = "abort",
	[FAULT_RESET] = "reset",
	[FAULT_CRASH] = "crash",
	[FAULT_ENDLESS] = "endless",
	[FAULT_HUGE_LINE] = "huge_line",
	[FAULT_FLOOD] = "flood",
	[FAULT_DIE] = "die",
	[FAULT_SPLIT] = "split",
	[FAULT_CRLF] = "crlf",
	[FAULT_COMMENTS] = "comments",
	[FAULT_MULTI_DATA] = "multi_data",
	[FAULT_NO_SPACE] = "no_space",
	[FAULT_ROLE_CHUNK] = "role_chunk",
	[FAULT_EMPTY_CHUNKS] = "empty_chunks",
	[FAULT_INVALID_UTF8] = "invalid_utf8",
	[FAULT_NUL_BYTES] = "nul_bytes",
	[FAULT_ESCAPES] = "escapes",
	[FAULT_BROKEN_JSON] = "broken_json",
	[FAULT_COALESCE] = "coalesce",
	[FAULT_REASONING_FIELD] = "reasoning_field",
	[FAULT_LLAMA_EXTRAS] = "llama_extras",
	[FAULT_KEEPALIVE] = "keepalive",
	[FAULT_USAGE_WITH_CHOICES] = "usage_with_choices",
	[FAULT_COUNT] = NULL
};

_Static_assert(FAULT_COUNT <= 64, "a fault_set has 64 bits");

const char *
fault_name(enum fault f)
{
	return names[f];
}

const char *const *
fault_names(void)
{
	return names;
}

enum fault
fault_find(const char *name, size_t len)
{
	int f;

	for (f = 0; f < FAULT_COUNT; f++)
		if (strlen(names[f]) == len &&
		    memcmp(names[f], name, len) == 0)
			break;
	return (enum fault)f;
}

fault_set
fault_parse_list(const char *list, bool *unknown)
{
	fault_set set = 0;
	enum fault f;
	size_t n;

	while (*list != '\0') {
		list += strspn(list, ", \t");
		n = strcspn(list, ", \t");
		if (n == 0)
			break;
		if ((f = fault_find(list, n)) != FAULT_COUNT)
			set |= UINT64_C(1) << f;
		else if (unknown != NULL)
			*unknown = true;
		list += n;
	}
	return set;
}

/* The first "[[fault:" in the len bytes at s, or NULL. */
static const char *
find_mark(const char *s, size_t len, const char *mark)
{
	size_t n = strlen(mark);

	for (size_t i = 0; i + n <= len; i++)
		if (memcmp(s + i, mark, n) == 0)
			return s + i;
	return NULL;
}

fault_set
fault_in_prompt(const char *text, size_t len)
{
	static const char mark[] = "[[fault:";
	const char *end = text + len, *p = text, *close;
	fault_set set = 0;
	enum fault f;

	while ((p = find_mark(p, (size_t)(end - p), mark)) != NULL) {
		p += sizeof(mark) - 1;
		close = find_mark(p, (size_t)(end - p), "]]");
		if (close == NULL)
			break;
		f = fault_find(p, (size_t)(close - p));
		if (f != FAULT_COUNT)
			set |= UINT64_C(1) << f;
		p = close;
	}
	return set;
}

fault_set
fault_due(const struct fault_rule *rules, size_t n, int64_t ordinal)
{
	fault_set set = 0;

	for (size_t i = 0; i < n; i++)
		if (ordinal > rules[i].after && ordinal <= rules[i].until &&
		    (ordinal - rules[i].after) % rules[i].every == 0)
			set |= UINT64_C(1) << rules[i].fault;
	return set;
}

char *
fault_text(char *out, size_t cap, fault_set set)
{
	size_t used = 0;

	out[0] = '\0';
	for (int f = 0; f < FAULT_COUNT; f++)
		if (fault_has(set, (enum fault)f) && used < cap)
			used += (size_t)snprintf(out + used, cap - used, "%s%s",
			    used > 0 ? "," : "", names[f]);
	return out;
}
