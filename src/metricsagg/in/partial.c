#include "partial.h"

#include <string.h>

#define I_MAX ((int64_t)UINT32_MAX)

/* The next number of a chunk, an integer between lo and hi. */
static bool
next(const cJSON **item, int64_t lo, int64_t hi, int64_t *out)
{
	const cJSON *v = *item;

	if (v == NULL || !cJSON_IsNumber(v) ||
	    !(v->valuedouble >= (double)lo && v->valuedouble <= (double)hi))
		return false;
	*out = (int64_t)v->valuedouble;
	*item = v->next;
	return true;
}

int
partial_take_chunks(struct tables *t, const cJSON *o, const char *run,
    int64_t t_ns)
{
	const cJSON *data = json_get(o, "data"), *item;
	struct chunk_event e = { .run = run, .run_len = strlen(run),
	    .t_ns = t_ns, .req = json_get_int(o, "req", -1) };
	int64_t di, dt, code;

	if (e.req < 0 || !cJSON_IsArray(data))
		return -1;
	for (item = data->child; item != NULL; ) {
		if (!next(&item, -I_MAX, I_MAX, &di) ||
		    !next(&item, -RECORD_T_MAX, RECORD_T_MAX, &dt) ||
		    !next(&item, 0, 4095, &code) ||
		    !next(&item, 0, I_MAX, &e.bytes))
			return -1;
		e.i += di;
		e.t_ns += dt;
		e.kind = (enum chunk_kind)(code >> 8);
		e.flags = (unsigned)code & 255;
		if (e.i < 0 || e.i > I_MAX || e.t_ns < 0 ||
		    e.t_ns >= RECORD_T_MAX || e.kind > CHUNK_UNKNOWN)
			return -1;
		tables_chunk(t, &e);
	}
	return 0;
}

void
partial_take_counts(struct tables *t, const cJSON *o)
{
	int64_t too_long = json_get_int(o, "too_long", 0);
	int64_t cut = json_get_int(o, "cut", 0);

	t->tally.too_long += too_long > 0 ? (uint64_t)too_long : 0;
	t->tally.cut += cut > 0 ? (uint64_t)cut : 0;
}
