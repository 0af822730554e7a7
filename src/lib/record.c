#include "record.h"

#include <stdio.h>
#include <unistd.h>

#include "clock.h"
#include "rng.h"

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
