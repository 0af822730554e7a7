/*
 * Linux: counters from /proc through kept descriptors (a kept descriptor
 * costs a third of open, read and close, and cannot be fooled by a pid used
 * again: it reads ESRCH).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "linux/plat_linux.h"
#include "linux/proctext.h"
#include "tree/energy.h"
#include "xalloc.h"

enum file { FILE_STATM, FILE_STATUS, FILE_STAT, FILE_ROLLUP, FILE_CLEAR_REFS,
	FILE_COUNT };

static const char *const file_names[FILE_COUNT] = {
	"statm", "status", "stat", "smaps_rollup", "clear_refs"
};

enum { FD_NONE = -1, FD_DENIED = -2 };

struct plat_proc {
	struct plat *plat;
	int pid;
	int fd[FILE_COUNT];		/* opened when first wanted, and kept */
};

_Static_assert((int)PLAT_NAME_CAP == (int)PROCTEXT_NAME_CAP,
    "names are copied whole");

int64_t
plat_tier_period(enum plat_tier tier)
{
	switch (tier) {
	case TIER_FAST:
		return 0;
	case TIER_MAIN:
	case TIER_SYS:
		return 100 * NS_PER_MS;
	case TIER_CPU:
	case TIER_PRESSURE:	/* the kernel renews avg10 every 2 s */
		return 500 * NS_PER_MS;
	case TIER_PAGES:
		return 30 * NS_PER_S;
	case TIER_SLOW:
		break;
	}
	return NS_PER_S;
}

struct plat_proc *
plat_proc_open(struct plat *p, int pid)
{
	struct plat_proc *h = xmalloc(sizeof(*h));

	h->plat = p;
	h->pid = pid;
	for (int i = 0; i < FILE_COUNT; i++)
		h->fd[i] = FD_NONE;
	return h;
}

static void
forget(struct plat_proc *h, enum file f)
{
	if (h->fd[f] >= 0) {
		close(h->fd[f]);
		h->plat->n_kept--;
	}
	h->fd[f] = FD_NONE;
}

void
plat_proc_close(struct plat_proc *h)
{
	if (h == NULL)
		return;
	for (int i = 0; i < FILE_COUNT; i++)
		forget(h, (enum file)i);
	free(h);
}

static int
open_of(int pid, enum file f)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file_names[f]);
	return open(path, (f == FILE_CLEAR_REFS ? O_WRONLY : O_RDONLY) |
	    O_CLOEXEC);
}

/* Returns 1 when it is open, else what read_file() does. */
static int
open_file(struct plat_proc *h, enum file f)
{
	if (h->fd[f] == FD_DENIED)
		return -1;
	if (h->fd[f] >= 0)
		return 1;
	h->fd[f] = open_of(h->pid, f);
	if (h->fd[f] >= 0) {
		h->plat->n_kept++;
		return 1;
	}
	if (errno == EACCES || errno == EPERM)
		h->fd[f] = FD_DENIED;
	return errno == ENOENT || errno == ESRCH ? 0 : -1;
}

/* Too many processes to keep all their files: this one not, then. */
static void
keep_if_few(struct plat_proc *h, enum file f)
{
	if (h->plat->n_kept > h->plat->max_kept)
		forget(h, f);
}

/*
 * Read one of the process's files.  Returns its length, 0 when the process
 * is gone, -1 when it may not be read.
 */
static ssize_t
read_file(struct plat_proc *h, enum file f, char *text, size_t cap)
{
	int opened = open_file(h, f), error;
	ssize_t n;

	if (opened != 1)
		return opened;
	n = pread(h->fd[f], text, cap, 0);
	error = n == -1 ? errno : 0;
	if (error == ESRCH && f == FILE_ROLLUP)		/* exec: a new memory */
		forget(h, f);
	keep_if_few(h, f);
	if (n >= 0)
		return n;
	return error == ESRCH && f != FILE_ROLLUP ? 0 : -1;
}

static enum plat_read
failed(ssize_t n)
{
	return n == 0 ? PLAT_GONE : PLAT_DENIED;
}

static enum plat_read
read_status(struct plat_proc *h, struct counters *c, char *name)
{
	struct proctext_status st;
	char text[4096];
	ssize_t n = read_file(h, FILE_STATUS, text, sizeof(text));

	if (n <= 0)
		return failed(n);
	if (proctext_status(text, (size_t)n, &st) == -1)
		return PLAT_GONE;
	c->v[COUNTER_RSS] = st.rss;
	c->v[COUNTER_ANON] = st.anon;
	c->v[COUNTER_FILE] = st.file;
	c->v[COUNTER_SHMEM] = st.shmem;
	c->v[COUNTER_SWAP] = st.swap;
	c->v[COUNTER_PEAK_RSS] = st.hwm;
	if (name != NULL)
		memcpy(name, st.name, PLAT_NAME_CAP);
	return PLAT_READ;
}

/* resident - shared is the anonymous part: the main split for 1 us. */
static enum plat_read
read_statm(struct plat_proc *h, struct counters *c)
{
	struct proctext_statm st;
	char text[256];
	ssize_t n = read_file(h, FILE_STATM, text, sizeof(text));

	if (n <= 0)
		return failed(n);
	if (proctext_statm(text, (size_t)n, &st) == -1)
		return PLAT_GONE;
	c->v[COUNTER_RSS] = st.resident_pages *
	    h->plat->page_bytes;
	if (st.resident_pages >= st.shared_pages)
		c->v[COUNTER_ANON] = (st.resident_pages - st.shared_pages) *
		    h->plat->page_bytes;
	return PLAT_READ;
}

static void
read_cpu(struct plat_proc *h, struct counters *c)
{
	struct proctext_stat st;
	char text[1024];
	ssize_t n = read_file(h, FILE_STAT, text, sizeof(text));

	if (n > 0 && proctext_stat(text, (size_t)n, &st) == 0)
		c->v[COUNTER_CPU] = (int64_t)st.cpu_ticks *
		    h->plat->tick_ns;
}

static void
read_pages(struct plat_proc *h, struct counters *c)
{
	struct proctext_rollup r;
	char text[2048];
	ssize_t n = read_file(h, FILE_ROLLUP, text, sizeof(text));

	if (n <= 0 || proctext_rollup(text, (size_t)n, &r) == -1)
		return;
	c->v[COUNTER_PSS] = r.pss;
	c->v[COUNTER_USS] = r.uss;
}

enum plat_read
plat_proc_read(struct plat *p, struct plat_proc *h, unsigned tiers,
    struct counters *c, char name[PLAT_NAME_CAP])
{
	enum plat_read result = PLAT_READ;

	if ((tiers & TIER_MAIN) != 0)
		result = read_status(h, c, name);
	else if ((tiers & TIER_FAST) != 0)
		result = read_statm(h, c);
	if (result != PLAT_READ)
		return result;
	if ((tiers & TIER_CPU) != 0)
		read_cpu(h, c);
	if ((tiers & TIER_PAGES) != 0)
		read_pages(h, c);
	if ((tiers & TIER_SLOW) != 0)
		c->v[COUNTER_VRAM] = gpu_process_bytes(&p->gpu, h->pid);
	return PLAT_READ;
}

int
plat_proc_reset_peak(struct plat_proc *h)
{
	bool is_done;

	if (open_file(h, FILE_CLEAR_REFS) != 1)
		return -1;
	is_done = pwrite(h->fd[FILE_CLEAR_REFS], "5", 1, 0) == 1;
	keep_if_few(h, FILE_CLEAR_REFS);
	return is_done ? 0 : -1;
}

/* ---- the whole machine -------------------------------------------------- */

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
	int64_t nj[ENERGY_N];
	struct nvml_machine gpu;

	powercap_read(&p->powercap, nj);
	s->v[SYS_CPU_ENERGY] = nj[ENERGY_CPU];
	s->v[SYS_DRAM_ENERGY] = nj[ENERGY_DRAM];
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

const char *
plat_counter_missing(struct plat *p, enum counter c)
{
	switch (c) {
	case COUNTER_FOOTPRINT:
	case COUNTER_PEAK_FOOTPRINT:
	case COUNTER_TICK_PEAK_FOOTPRINT:
		return "phys_footprint is a macOS counter";
	case COUNTER_WIRED:
		return "Linux does not count wired pages by process";
	case COUNTER_COMPRESSED:
		return "Linux does not count compressed pages by process";
	case COUNTER_VRAM:
		return gpu_missing(&p->gpu);
	case COUNTER_CPU_ENERGY:
		return "Linux does not count energy by process";
	default:
		return NULL;
	}
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
		return powercap_missing(&p->powercap, ENERGY_CPU);
	case SYS_DRAM_ENERGY:
		return powercap_missing(&p->powercap, ENERGY_DRAM);
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
