#include "tree/counters.h"

const struct counter_info counter_infos[COUNTER_N] = {
	[COUNTER_RSS] = { "rss_bytes", "resident memory" },
	[COUNTER_ANON] = { "anon_bytes", "anonymous part of it" },
	[COUNTER_FILE] = { "file_bytes", "file-backed part of it" },
	[COUNTER_SHMEM] = { "shmem_bytes", "shared-memory part of it" },
	[COUNTER_SWAP] = { "swap_bytes", "swapped out" },
	[COUNTER_PSS] = { "pss_bytes", "proportional share (--pss)" },
	[COUNTER_USS] = { "uss_bytes", "not shared with anyone (--pss)" },
	[COUNTER_FOOTPRINT] = { "footprint_bytes", "phys_footprint" },
	[COUNTER_WIRED] = { "wired_bytes", "wired" },
	[COUNTER_COMPRESSED] = { "compressed_bytes", "compressed" },
	[COUNTER_VRAM] = { "vram_bytes", "GPU memory" },
	[COUNTER_PEAK_RSS] = { "peak_rss_bytes", "peak of rss, ever" },
	[COUNTER_PEAK_FOOTPRINT] = { "peak_footprint_bytes",
	    "peak of footprint, ever" },
	[COUNTER_TICK_PEAK_RSS] = { "interval_peak_rss_bytes",
	    "peak of rss in the interval (--reset-peak)" },
	[COUNTER_TICK_PEAK_FOOTPRINT] = { "interval_peak_footprint_bytes",
	    "peak of footprint in the interval" },
	[COUNTER_CPU] = { "cpu_ns", "CPU time of the tree" },
	[COUNTER_CPU_ENERGY] = { "cpu_energy_nj",
	    "energy the CPU spent on the tree" },
};

const struct counter_info sys_counter_infos[SYS_N] = {
	[SYS_TOTAL] = { "total_bytes", "physical memory" },
	[SYS_AVAILABLE] = { "available_bytes", "available without swapping" },
	[SYS_WIRED] = { "wired_bytes", "wired" },
	[SYS_COMPRESSED] = { "compressed_bytes", "held by the compressor" },
	[SYS_FILE_BACKED] = { "file_backed_bytes", "file-backed pages" },
	[SYS_SWAP_USED] = { "swap_used_bytes", "swap in use" },
	[SYS_GPU] = { "gpu_bytes", "GPU memory in use" },
	[SYS_CPU_ENERGY] = { "cpu_energy_nj", "energy of the CPU packages" },
	[SYS_GPU_ENERGY] = { "gpu_energy_nj", "energy of the GPUs" },
	[SYS_DRAM_ENERGY] = { "dram_energy_nj", "energy of the memory" },
	[SYS_PRESSURE] = { "pressure", "memory pressure" },
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
counters_max(struct counters *max, const struct counters *c)
{
	for (int i = 0; i < COUNTER_N; i++)
		if (c->v[i] > max->v[i])
			max->v[i] = c->v[i];
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

/* Left out when unknown: the keys that only an option or a driver gives. */
static bool
is_optional(int i)
{
	return i == COUNTER_PSS || i == COUNTER_USS || i == COUNTER_COMPRESSED ||
	    i == COUNTER_TICK_PEAK_RSS || i == COUNTER_TICK_PEAK_FOOTPRINT;
}

void
counters_write(struct json *j, const struct counters *c)
{
	for (int i = 0; i < COUNTER_N; i++)
		if (c->v[i] >= 0 || !is_optional(i))
			json_count(j, counter_infos[i].key, c->v[i]);
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
