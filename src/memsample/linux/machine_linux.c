/* Linux: counters of the whole machine, from files that stay open. */
#define _GNU_SOURCE
#include <unistd.h>

#include "linux/plat_linux.h"
#include "linux/proctext.h"

static void
read_meminfo(struct plat *p, struct sys_counters *s)
{
	struct proctext_meminfo m;
	char text[4096];
	ssize_t n = pread(p->meminfo_fd, text, sizeof(text), 0);

	if (n <= 0 || proctext_meminfo(text, (size_t)n, &m) == -1)
		return;
	s->is_read = true;
	s->v[SYS_TOTAL] = m.total;
	s->v[SYS_AVAILABLE] = m.available;
	s->v[SYS_COMPRESSED] = m.zswap;
	if (m.active_file >= 0 && m.inactive_file >= 0)
		s->v[SYS_FILE_BACKED] = m.active_file + m.inactive_file;
	if (m.swap_total >= m.swap_free && m.swap_free >= 0)
		s->v[SYS_SWAP_USED] = m.swap_total - m.swap_free;
}

/* What drivers tell: RAPL now, the GPUs as a thread saw them last. */
static void
read_drivers(struct plat *p, struct sys_counters *s)
{
	struct nvml_machine gpu;

	powercap_read(&p->powercap, s->v);
	if (gpu_machine(&p->gpu, &gpu) == 0) {
		s->v[SYS_GPU] = gpu.used_bytes;
		s->v[SYS_GPU_ENERGY] = gpu.energy_nj;
		s->slow_at_ns = gpu.at_ns;
	}
	s->is_read = true;
}

static void
read_pressure(struct plat *p, struct sys_counters *s)
{
	char text[256];
	ssize_t n = pread(p->pressure_fd, text, sizeof(text), 0);

	if (n > 0) {
		s->is_read = true;
		s->v[SYS_PRESSURE] = proctext_pressure(text, (size_t)n);
	}
}

static void
read_busy(struct plat *p, struct sys_counters *s)
{
	char text[256];			/* its first line will do */
	ssize_t n = pread(p->stat_fd, text, sizeof(text), 0);
	int64_t ticks = n > 0 ? proctext_busy(text, (size_t)n) : -1;

	if (ticks >= 0) {
		s->is_read = true;
		s->v[SYS_CPU] = ticks * p->tick_ns;
	}
}

void
plat_sys_read(struct plat *p, unsigned tiers, struct sys_counters *s)
{
	if ((tiers & TIER_SYS) != 0 && p->meminfo_fd != -1)
		read_meminfo(p, s);
	if ((tiers & TIER_SLOW) != 0)
		read_drivers(p, s);
	if ((tiers & TIER_PRESSURE) != 0 && p->pressure_fd != -1)
		read_pressure(p, s);
	/* In the samples that hold the CPU time of the tree. */
	if ((tiers & TIER_CPU) != 0 && p->stat_fd != -1)
		read_busy(p, s);
}

static const char *
gpu_figure_missing(const struct plat *p, enum sys_counter c)
{
	struct nvml_machine m;

	if (gpu_peek(&p->gpu, &m) == -1)
		return "no libnvidia-ml.so.1, or it does not tell";
	if (c == SYS_GPU_ENERGY)
		return m.energy_nj >= 0 ? NULL :
		    "not on this device (before Volta)";
	return m.used_bytes >= 0 ? NULL : "the driver does not tell";
}

const char *
plat_sys_counter_missing(struct plat *p, enum sys_counter c)
{
	struct sys_counters s;

	switch (c) {
	case SYS_WIRED:
		return "Linux has no such figure";
	case SYS_CPU_ENERGY:
	case SYS_DRAM_ENERGY:
		return powercap_missing(&p->powercap, c);
	case SYS_GPU:
	case SYS_GPU_ENERGY:
		return gpu_figure_missing(p, c);
	case SYS_PRESSURE:
		return p->pressure_fd == -1 ?
		    "no /proc/pressure/memory (CONFIG_PSI off?)" : NULL;
	default:
		break;
	}
	sys_counters_clear(&s);
	plat_sys_read(p, TIER_SYS, &s);
	if (s.v[c] >= 0)
		return NULL;
	return c == SYS_COMPRESSED ? "no Zswap line in /proc/meminfo" :
	    "not in /proc/meminfo";
}
