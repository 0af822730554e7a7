#include "record.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "rng.h"

static const char *const types[] = {
	"run", "step", "load", "unload", "idle", "request", "chunk",
	"response", "mem", "proc", "note", "decided", "end", "unknown"
};

static const char *const kinds[] = {
	"role", "reasoning", "content", "tool", "prefill", "load", "usage",
	"other", "unknown"
};

static const char *const statuses[] = {
	"ok", "empty", "truncated", "http_error", "stream_error", "timeout",
	"transport_error", "parse_error", "cancelled", "skipped", "unknown"
};

_Static_assert(sizeof(types) / sizeof(types[0]) == RECORD_UNKNOWN + 1, "");
_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == CHUNK_UNKNOWN + 1, "");
_Static_assert(sizeof(statuses) / sizeof(statuses[0]) == STATUS_UNKNOWN + 1,
    "");

/* The index of name in names, or n when it is not among them. */
static int
index_of(const char *name, const char *const *names, int n)
{
	for (int i = 0; name != NULL && i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return n;
}

const char *
chunk_kind_name(enum chunk_kind kind)
{
	return kinds[kind];
}

const char *
response_status_name(enum response_status status)
{
	return statuses[status];
}

enum record_type
record_type_of(const char *name)
{
	return (enum record_type)index_of(name, types, RECORD_UNKNOWN);
}

enum chunk_kind
chunk_kind_of(const char *name)
{
	return (enum chunk_kind)index_of(name, kinds, CHUNK_UNKNOWN);
}

enum response_status
response_status_of(const char *name)
{
	return (enum response_status)index_of(name, statuses, STATUS_UNKNOWN);
}

bool
chunk_is_token(enum chunk_kind kind)
{
	return kind == CHUNK_REASONING || kind == CHUNK_CONTENT ||
	    kind == CHUNK_TOOL;
}

void
record_begin(struct json *j, struct buf *out, const char *type,
    const char *run, int64_t t_ns)
{
	json_begin(j, out);
	json_str(j, "type", type);
	json_str(j, "run", run);
	json_int(j, "t_ns", t_ns);
}

char *
record_new_run_id(char out[RECORD_RUN_ID_CAP])
{
	uint64_t state = (uint64_t)clock_mono_ns() ^ (uint64_t)getpid() << 32;
	char stamp[CLOCK_WALL_CAP];

	snprintf(out, RECORD_RUN_ID_CAP, "%s-%06x", clock_stamp(stamp),
	    (unsigned)(rng_next(&state) & 0xffffff));
	return out;
}
