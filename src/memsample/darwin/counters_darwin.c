/*
 * macOS: counters.  proc_pid_rusage() every tick, what the kernel rations
 * (host statistics) or what takes the target's map lock (TASK_VM_INFO) at
 * most twice a second.  A Metal buffer is in phys_footprint and not in the
 * resident size, a mapped model file the other way round.
 */
#define _DARWIN_C_SOURCE
#include <errno.h>
#include <libproc.h>
#include <mach/mach.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sysctl.h>

#include "clock.h"
#include "darwin/plat_darwin.h"
#include "xalloc.h"

/* In libSystem since 10.14; its header is private. */
extern int proc_reset_footprint_interval(pid_t pid);

_Static_assert(sizeof(struct rusage_info_v4) == 296, "as in XNU");
_Static_assert(offsetof(struct rusage_info_v4, ri_phys_footprint) == 72, "");
_Static_assert(offsetof(struct rusage_info_v4, ri_resident_size) == 64, "");
_Static_assert(offsetof(struct rusage_info_v6, ri_energy_nj) == 336, "");

struct plat_proc {
	struct plat *plat;
	int pid;
	bool is_vm_info_denied;
	mach_port_t task;		/* a name port, or MACH_PORT_NULL */
};

int64_t
darwin_ticks_to_ns(const mach_timebase_info_data_t *base, uint64_t ticks)
{
	/* Apple Silicon counts 24 MHz: 125/3 ns each. */
	if (base->denom == 0)
		return -1;
	return (int64_t)(ticks / base->denom * base->numer +
	    ticks % base->denom * base->numer / base->denom);
}

int64_t
darwin_sysctl(const char *name)
{
	unsigned char raw[8] = { 0 };
	size_t len = sizeof(raw);
	uint32_t v32;
	uint64_t v64;

	if (sysctlbyname(name, raw, &len, NULL, 0) != 0)
		return -1;
	if (len == sizeof(v32)) {
		memcpy(&v32, raw, sizeof(v32));
		return (int64_t)v32;
	}
	if (len != sizeof(v64))
		return -1;
	memcpy(&v64, raw, sizeof(v64));
	return v64 <= INT64_MAX ? (int64_t)v64 : -1;
}

/* fast, main and CPU (all in one call), pages, sys, pressure, slow */
const int64_t plat_tier_periods[TIER_COUNT] = { 0, 0, 0, 30 * NS_PER_S,
	100 * NS_PER_MS, 500 * NS_PER_MS, 500 * NS_PER_MS };

struct plat_proc *
plat_proc_open(struct plat *p, int pid)
{
	struct plat_proc *h = xcalloc(1, sizeof(*h));

	darwin_watch(p, pid);
	h->plat = p;
	h->pid = pid;
	h->task = MACH_PORT_NULL;
	return h;
}

void
plat_proc_close(struct plat_proc *h)
{
	if (h == NULL)
		return;
	if (h->task != MACH_PORT_NULL)
		mach_port_deallocate(mach_task_self(), h->task);
	free(h);
}

/* 0 stands for "never measured" in the two peaks of kernels without them. */
static int64_t
known_peak(uint64_t bytes)
{
	return bytes > 0 ? (int64_t)bytes : -1;
}

static enum plat_read
read_rusage(struct plat_proc *h, unsigned tiers, struct counters *c)
{
	struct rusage_info_v4 ri;

	memset(&ri, 0, sizeof(ri));
	if (proc_pid_rusage(h->pid, RUSAGE_INFO_V4, (rusage_info_t *)&ri) != 0)
		return errno == ESRCH ? PLAT_GONE : PLAT_DENIED;
	if ((tiers & TIER_CPU) != 0)
		c->v[COUNTER_CPU] = darwin_ticks_to_ns(&h->plat->base,
		    ri.ri_user_time +
		    ri.ri_system_time);
	c->v[COUNTER_PEAK_FOOTPRINT] =
	    known_peak(ri.ri_lifetime_max_phys_footprint);
	if (ri.ri_proc_exit_abstime != 0)
		return PLAT_GONE;	/* a zombie: these two are its last */
	c->v[COUNTER_RSS] = (int64_t)ri.ri_resident_size;
	c->v[COUNTER_FOOTPRINT] = (int64_t)ri.ri_phys_footprint;
	c->v[COUNTER_WIRED] = (int64_t)ri.ri_wired_size;
	c->v[COUNTER_TICK_PEAK_FOOTPRINT] =
	    known_peak(ri.ri_interval_max_phys_footprint);
	return PLAT_READ;
}

/* A call of its own, less often: kernels before macOS 13 refuse it, and
 * what it costs more than V4 only a Mac can tell. */
static void
read_energy(struct plat_proc *h, struct counters *c)
{
	struct rusage_info_v6 ri;

	memset(&ri, 0, sizeof(ri));
	if (proc_pid_rusage(h->pid, RUSAGE_INFO_V6, (rusage_info_t *)&ri) == 0
	    && ri.ri_energy_nj <= INT64_MAX)
		c->v[COUNTER_CPU_ENERGY] = (int64_t)ri.ri_energy_nj;
}

/* The split of the footprint, by the one unprivileged way there is. */
static void
read_vm_info(struct plat_proc *h, struct counters *c)
{
	task_vm_info_data_t vm;
	mach_msg_type_number_t count = TASK_VM_INFO_COUNT;

	if (h->is_vm_info_denied)
		return;
	if (h->task == MACH_PORT_NULL && task_name_for_pid(mach_task_self(),
	    h->pid, &h->task) != KERN_SUCCESS) {
		h->task = MACH_PORT_NULL;
		h->is_vm_info_denied = true;
		return;
	}
	memset(&vm, 0, sizeof(vm));
	if (task_info(h->task, TASK_VM_INFO, (task_info_t)&vm, &count) !=
	    KERN_SUCCESS)
		return;
	c->v[COUNTER_ANON] = (int64_t)vm.internal;
	c->v[COUNTER_FILE] = (int64_t)vm.external;
	c->v[COUNTER_COMPRESSED] = (int64_t)vm.compressed;
}

enum plat_read
plat_proc_read(struct plat *p, struct plat_proc *h, unsigned tiers,
    struct counters *c, char name[PLAT_NAME_CAP])
{
	enum plat_read result = PLAT_READ;

	(void)p;
	(void)name;			/* exec is told by kqueue */
	if ((tiers & (TIER_FAST | TIER_MAIN | TIER_CPU)) != 0)
		result = read_rusage(h, tiers, c);
	if (result != PLAT_READ)
		return result;
	if ((tiers & TIER_MAIN) != 0)
		/* Right behind the read: what falls between the two calls
		 * is the only peak that can be lost. */
		(void)proc_reset_footprint_interval(h->pid);
	if ((tiers & TIER_SLOW) != 0) {
		read_vm_info(h, c);
		read_energy(h, c);
	}
	return PLAT_READ;
}

int
plat_proc_reset_peak(struct plat_proc *h)
{
	return proc_reset_footprint_interval(h->pid) == 0 ? 0 : -1;
}

/* ---- the whole machine -------------------------------------------------- */

/* Pages by sysctl in bytes, -1 unknown. */
static int64_t
page_sysctl(const struct plat *p, const char *name)
{
	int64_t pages = darwin_sysctl(name);

	return pages < 0 ? -1 : pages * p->page_bytes;
}

static void
read_sysctls(struct plat *p, struct sys_counters *s)
{
	int64_t free_bytes = page_sysctl(p, "vm.page_free_count");
	int64_t purgeable = page_sysctl(p, "vm.page_purgeable_count");
	int64_t external = page_sysctl(p, "vm.page_pageable_external_count");
	struct xsw_usage swap;
	size_t len = sizeof(swap);

	s->is_read = true;
	s->v[SYS_TOTAL] = p->total_bytes;
	s->v[SYS_FILE_BACKED] = external;
	if (free_bytes >= 0 && external >= 0)
		s->v[SYS_AVAILABLE] = free_bytes + external +
		    (purgeable > 0 ? purgeable : 0);
	s->v[SYS_COMPRESSED] = darwin_sysctl("vm.compressor_bytes_used");
	if (sysctlbyname("vm.swapusage", &swap, &len, NULL, 0) == 0)
		s->v[SYS_SWAP_USED] = (int64_t)swap.xsu_used;
}

/*
 * Rationed by the kernel to a few fresh answers a second for all callers;
 * beyond that it repeats itself without saying so.
 */
static void
read_host_statistics(struct plat *p, struct sys_counters *s)
{
	vm_statistics64_data_t vm;
	mach_msg_type_number_t count = HOST_VM_INFO64_COUNT;
	mach_port_t host = mach_host_self();	/* one right more each time */
	kern_return_t result;

	memset(&vm, 0, sizeof(vm));	/* older kernels fill less of it */
	result = host_statistics64(host, HOST_VM_INFO64, (host_info64_t)&vm,
	    &count);
	mach_port_deallocate(mach_task_self(), host);
	if (result != KERN_SUCCESS)
		return;
	s->is_read = true;
	s->v[SYS_WIRED] = (int64_t)vm.wire_count * p->page_bytes;
}

/* Ticks of 10 ms since boot, for each processor. */
static void
read_busy(struct sys_counters *s)
{
	mach_msg_type_number_t count;
	processor_info_array_t info;
	const unsigned *ticks;
	mach_port_t host = mach_host_self();
	natural_t cpus, i;
	kern_return_t result = host_processor_info(host,
	    PROCESSOR_CPU_LOAD_INFO, &cpus, &info, &count);

	mach_port_deallocate(mach_task_self(), host);
	if (result != KERN_SUCCESS)
		return;
	s->is_read = true;
	s->v[SYS_CPU] = 0;
	for (i = 0; i < cpus; i++) {
		ticks = (const unsigned *)info + i * CPU_STATE_MAX;
		s->v[SYS_CPU] += 10 * NS_PER_MS *
		    ((int64_t)ticks[CPU_STATE_USER] + ticks[CPU_STATE_NICE] +
		    ticks[CPU_STATE_SYSTEM]);
	}
	vm_deallocate(mach_task_self(), (vm_address_t)info,
	    count * sizeof(*info));
}

void
plat_sys_read(struct plat *p, unsigned tiers, struct sys_counters *s)
{
	int64_t level;

	if ((tiers & TIER_SYS) != 0) {
		read_sysctls(p, s);
		read_busy(s);
	}
	if ((tiers & TIER_SLOW) != 0) {
		read_host_statistics(p, s);
		darwin_slow_take(&p->slow, s);
	}
	if ((tiers & TIER_PRESSURE) != 0) {
		level = darwin_sysctl("kern.memorystatus_vm_pressure_level");
		s->v[SYS_PRESSURE] = level < 0 ? -1 : level * 100;
		s->is_read = true;
	}
}

const char *
plat_counter_missing(struct plat *p, enum counter c)
{
	(void)p;
	switch (c) {
	case COUNTER_SHMEM:
	case COUNTER_SWAP:
	case COUNTER_PSS:
	case COUNTER_USS:
		return "macOS does not count it by process";
	case COUNTER_PEAK_RSS:
	case COUNTER_TICK_PEAK_RSS:
		return "macOS keeps the peak of the footprint instead";
	case COUNTER_VRAM:
		return "unified memory: it is part of the footprint";
	default:
		return NULL;
	}
}

static bool
is_slow(enum sys_counter c)
{
	return c == SYS_GPU || c == SYS_CPU_ENERGY || c == SYS_GPU_ENERGY ||
	    c == SYS_DRAM_ENERGY;
}

const char *
plat_sys_counter_missing(struct plat *p, enum sys_counter c)
{
	struct sys_counters s;

	if (is_slow(c)) {
		/* One look for all of them: the thread's may be on its way,
		 * so it has to end first. */
		if (!p->is_looked) {
			slow_stop(&p->slow.slow);
			darwin_slow_look(&p->slow);
			sys_counters_clear(&p->looked);
			darwin_slow_take(&p->slow, &p->looked);
			p->is_looked = true;
		}
		if (p->looked.v[c] >= 0)
			return NULL;
		return c == SYS_GPU ? "no IOAccelerator tells" :
		    "no IOReport, or it has no such channel";
	}
	sys_counters_clear(&s);
	plat_sys_read(p, TIER_SYS | TIER_PRESSURE | TIER_SLOW, &s);
	return s.v[c] >= 0 ? NULL : "this kernel does not tell";
}
