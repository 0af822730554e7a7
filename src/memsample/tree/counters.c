#include "tree/counters.h"

#define ALWAYS(code, key, what) { #key, what, false },
#define IF_KNOWN(code, key, what) { #key, what, true },
const struct counter_info counter_infos[COUNTER_N] = {
	MEM_COUNTERS(ALWAYS, IF_KNOWN)
};

const struct counter_info sys_counter_infos[SYS_N] = {
	SYS_COUNTERS(ALWAYS) { "pressure", "memory pressure", false }
};

void
counters_clear(struct counters *c)
{
	for (int i = 0; i < COUNTER_N; i++)
		c->v[i] = -1;
}

void
sys_counters_clear(struct sys_counters *s)
{
	for (int i = 0; i < SYS_N; i++)
		s->v[i] = -1;
	s->is_read = false;
	s->slow_at_ns = 0;
}

void
counters_add(struct counters *sum, const struct counters *c)
{
	for (int i = 0; i < COUNTER_N; i++) {
		if (c->v[i] < 0)
			continue;
		sum->v[i] = sum->v[i] < 0 ? c->v[i] : sum->v[i] + c->v[i];
	}
}

void
counters_merge(struct counters *into, const struct counters *c)
{
	for (int i = 0; i < COUNTER_N; i++)
		if (c->v[i] >= 0)
			into->v[i] = c->v[i];
}

int64_t
counters_size(const struct counters *c)
{
	int64_t rss = c->v[COUNTER_RSS], footprint = c->v[COUNTER_FOOTPRINT];

	return footprint > rss ? footprint : rss;
}

void
counters_write(struct json *j, const struct counters *c)
{
	for (int i = 0; i < COUNTER_N; i++)
		if (c->v[i] >= 0 || !counter_infos[i].is_optional)
			json_count(j, counter_infos[i].key, c->v[i]);
}

void
counters_write_known(struct json *j, const struct counters *c)
{
	for (int i = 0; i < COUNTER_N; i++)
		if (c->v[i] >= 0)
			json_int(j, counter_infos[i].key, c->v[i]);
}

void
sys_counters_write(struct json *j, const struct sys_counters *s,
    int64_t at_ns)
{
	if (!s->is_read) {
		json_null(j, "sys");
		return;
	}
	json_object(j, "sys");
	for (int i = 0; i < SYS_N; i++) {
		if (i == SYS_PRESSURE && s->v[i] >= 0)
			json_num(j, sys_counter_infos[i].key,
			    (double)s->v[i] / 100);
		else
			json_count(j, sys_counter_infos[i].key, s->v[i]);
	}
	/* The look may have begun a moment after the tick. */
	if (s->slow_at_ns > 0)
		json_int(j, "slow_age_ns", at_ns > s->slow_at_ns ?
		    at_ns - s->slow_at_ns : 0);
	json_close(j);
}
