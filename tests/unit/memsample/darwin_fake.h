#ifndef LMG_TESTS_UNIT_MEMSAMPLE_DARWIN_FAKE_H
#define LMG_TESTS_UNIT_MEMSAMPLE_DARWIN_FAKE_H

/*
 * The macOS side on any platform: its sources as they are, compiled against
 * tests/macos/fake and answered from a script.  Include it first, once in a
 * program.
 */
#define _DARWIN_C_SOURCE
#include "../../../src/memsample/darwin/counters_darwin.c"
#include "../../../src/memsample/darwin/plat_darwin.c"

/* The libraries that are loaded at run time, and the thread that looks at
 * them: scripted, and run by the tests. */
#include <dlfcn.h>

#include "tree/slow.h"
#define dlopen fake_dlopen
#define dlsym fake_dlsym
#define slow_start(s, first_ms, look, arg) fake_start(s, look)
static void *fake_dlopen(const char *path, int flags);
static void *fake_dlsym(void *library, const char *name);
static void
fake_start(struct slow *s, void (*look)(void *arg))
{
	*s = (struct slow){ .lock = PTHREAD_MUTEX_INITIALIZER, .look = look };
}
#include "../../../src/memsample/darwin/energy_darwin.c"
#include "../../../src/memsample/darwin/gpu_darwin.c"
#include "../../../src/memsample/darwin/slow_darwin.c"

#include "tree/sampler.h"
#include "tap.h"

enum { MIB = 1024 * 1024 };

/* ---- the script ---------------------------------------------------------- */

struct fake_proc {
	int pid, ppid;
	uint64_t unique, parent_unique;
	const char *name;
	bool is_zombie, is_denied, is_gone;
	int port;			/* listens on it, 0: none */
	const char *exe;		/* NULL: in the app */
	struct rusage_info_v4 ri;
	uint64_t energy_nj;
	int resets;
};

static struct fake_proc procs[16];
static int n_procs, host_calls, n_queued;
static bool no_task_names, no_v6;
static struct kevent queued[8];
static int watched[32], n_watched;
static int kq_bells[1024];	/* of a kqueue: what makes it readable */
static int64_t timer_ns = -1;		/* armed for, -1: not armed */

static struct fake_proc *
fake_find(int pid)
{
	for (int i = 0; i < n_procs; i++)
		if (procs[i].pid == pid && !procs[i].is_gone)
			return &procs[i];
	return NULL;
}

static struct fake_proc *
fake_add(int pid, int ppid, uint64_t unique, uint64_t parent_unique,
    const char *name)
{
	struct fake_proc *f = &procs[n_procs++];

	*f = (struct fake_proc){ .pid = pid, .ppid = ppid, .unique = unique,
	    .parent_unique = parent_unique, .name = name };
	f->ri.ri_resident_size = 10 * MIB;
	f->ri.ri_phys_footprint = 20 * MIB;
	f->ri.ri_lifetime_max_phys_footprint = 30 * MIB;
	f->ri.ri_interval_max_phys_footprint = 25 * MIB;
	f->ri.ri_user_time = 24000000;		/* 1 s of 24 MHz */
	f->energy_nj = 500;
	return f;
}

int
proc_listallpids(void *buffer, int bytes)
{
	int *out = buffer, n = 0;

	for (int i = 0; i < n_procs; i++) {
		if (procs[i].is_gone)
			continue;
		if (out != NULL && n < bytes / (int)sizeof(int))
			out[n] = procs[i].pid;
		n++;
	}
	return n;
}

static int
fake_fds(const struct fake_proc *f, void *buffer)
{
	struct proc_fdinfo fds[2] = { { 0, 1 }, { 5, PROX_FDTYPE_SOCKET } };

	if (f->is_denied)
		return 0;
	if (buffer != NULL)
		memcpy(buffer, fds, sizeof(fds));
	return (int)sizeof(fds);
}

int
proc_pidinfo(int pid, int flavor, uint64_t arg, void *buffer, int bytes)
{
	struct fake_proc *f = fake_find(pid);
	struct proc_bsdshortinfo info = { 0 };
	struct darwin_unique_id id = { .uuid = { 0 } };

	(void)arg;
	if (f == NULL) {
		errno = ESRCH;
		return 0;
	}
	switch (flavor) {
	case PROC_PIDLISTFDS:
		return fake_fds(f, buffer);
	case PROC_PIDT_SHORTBSDINFO:
		info.pbsi_pid = (uint32_t)pid;
		info.pbsi_ppid = (uint32_t)f->ppid;
		info.pbsi_status = f->is_zombie ? 5 : 2;
		memcpy(info.pbsi_comm, f->name, strlen(f->name));
		memcpy(buffer, &info, (size_t)bytes);
		return bytes;
	case 17:
		id.unique_id = f->unique;
		id.parent_unique_id = f->parent_unique;
		memcpy(buffer, &id, (size_t)bytes);
		return bytes;
	default:
		return 0;
	}
}

int
proc_pidfdinfo(int pid, int fd, int flavor, void *buffer, int bytes)
{
	struct socket_fdinfo si = { .psi = { .soi_kind = SOCKINFO_TCP } };
	struct fake_proc *f = fake_find(pid);

	if (f == NULL || fd != 5 || flavor != PROC_PIDFDSOCKETINFO)
		return 0;
	si.psi.soi_proto.pri_tcp.tcpsi_ini.insi_lport =
	    htons((uint16_t)f->port);
	si.psi.soi_proto.pri_tcp.tcpsi_state = f->port != 0 ? TSI_S_LISTEN : 4;
	memcpy(buffer, &si, (size_t)bytes);
	return bytes;
}

int
proc_pidpath(int pid, void *buffer, uint32_t bytes)
{
	struct fake_proc *f = fake_find(pid);

	if (f == NULL)
		return 0;
	if (f->exe != NULL)
		snprintf(buffer, bytes, "%s", f->exe);
	else
		snprintf(buffer, bytes, "/Applications/LM "
		    "Studio.app/Contents/%s",
		    f->name);
	return (int)strlen(buffer);
}

int
proc_pid_rusage(int pid, int flavor, rusage_info_t *buffer)
{
	struct fake_proc *f = fake_find(pid);

	if (f == NULL || f->is_denied) {
		errno = f == NULL ? ESRCH : EPERM;
		return -1;
	}
	if (flavor == RUSAGE_INFO_V6 && !no_v6) {
		struct rusage_info_v6 v6 = { .v4 = f->ri,
		    .ri_energy_nj = f->energy_nj };

		memcpy(buffer, &v6, sizeof(v6));
		return 0;
	}
	if (flavor != RUSAGE_INFO_V4) {
		errno = EINVAL;
		return -1;
	}
	memcpy(buffer, &f->ri, sizeof(f->ri));
	return 0;
}

int
proc_reset_footprint_interval(pid_t pid)
{
	struct fake_proc *f = fake_find(pid);

	if (f == NULL)
		return -1;
	f->resets++;
	f->ri.ri_interval_max_phys_footprint = f->ri.ri_phys_footprint;
	return 0;
}

mach_port_t
mach_task_self(void)
{
	return 1;
}

mach_port_t
mach_host_self(void)
{
	return 2;
}

kern_return_t
mach_port_deallocate(mach_port_t task, mach_port_t name)
{
	return task == 1 && name != 0 ? KERN_SUCCESS : 1;
}

kern_return_t
task_name_for_pid(mach_port_t task, int pid, mach_port_t *out)
{
	(void)task;
	if (no_task_names)
		return 5;
	*out = (mach_port_t)pid;
	return KERN_SUCCESS;
}

kern_return_t
task_info(mach_port_t task, int flavor, task_info_t out,
    mach_msg_type_number_t *count)
{
	task_vm_info_data_t vm = { 7 * MIB, 3 * MIB, 1 * MIB };

	(void)task;
	(void)count;
	memcpy(out, &vm, sizeof(vm));
	return flavor == TASK_VM_INFO ? KERN_SUCCESS : 4;
}

kern_return_t
host_statistics64(mach_port_t host, int flavor, host_info64_t out,
    mach_msg_type_number_t *count)
{
	vm_statistics64_data_t vm = { .wire_count = 1000 };

	(void)count;
	host_calls++;
	memcpy(out, &vm, sizeof(vm));
	return host == 2 && flavor == HOST_VM_INFO64 ? KERN_SUCCESS : 4;
}

/* Two processors: user, system, idle, nice. */
static int cpu_ticks[8] = { 100, 20, 5000, 3, -2, 1, 7, 0 };
static int given_back;

kern_return_t
host_processor_info(mach_port_t host, int flavor, natural_t *cpus,
    processor_info_array_t *out, mach_msg_type_number_t *count)
{
	*cpus = 2;
	*out = cpu_ticks;
	*count = 8;
	return host == 2 && flavor == PROCESSOR_CPU_LOAD_INFO ? KERN_SUCCESS :
	    4;
}

kern_return_t
vm_deallocate(mach_port_t task, vm_address_t at, size_t bytes)
{
	given_back += task == 1 && at == (vm_address_t)cpu_ticks &&
	    bytes == sizeof(cpu_ticks);
	return KERN_SUCCESS;
}

kern_return_t
mach_timebase_info(mach_timebase_info_data_t *out)
{
	*out = (mach_timebase_info_data_t){ 125, 3 };
	return KERN_SUCCESS;
}

int
kqueue(void)
{
	int ends[2];

	if (pipe(ends) == -1)
		return -1;
	kq_bells[ends[0]] = ends[1];
	return ends[0];
}

/* Make it readable: something happened to a process, or a timer is over. */
static void
fake_ring(int kq)
{
	if (write(kq_bells[kq], "", 1) != 1)
		abort();
}

/* A timer is over at once, so that nothing here takes time.  The exit status of
 * another user's process is refused, and with it the whole wish. */
static int
fake_change(int kq, const struct kevent *change)
{
	const struct fake_proc *f;

	if (change->filter == EVFILT_PROC) {
		f = fake_find((int)change->ident);
		if (f != NULL && f->is_denied &&
		    (change->fflags & NOTE_EXITSTATUS) != 0) {
			errno = EACCES;
			return -1;
		}
		watched[n_watched++] = (int)change->ident;
	}
	if (change->filter == EVFILT_TIMER) {
		timer_ns = change->data;
		fake_ring(kq);
	}
	return 0;
}

int
kevent(int kq, const struct kevent *changes, int n_changes,
    struct kevent *events, int n_events, const struct timespec *timeout)
{
	int n = n_queued;
	char c;

	(void)timeout;
	for (int i = 0; i < n_changes; i++)
		if (fake_change(kq, &changes[i]) == -1)
			return -1;
	if (n_events == 0)
		return 0;
	if (timer_ns >= 0) {
		timer_ns = -1;
		return (int)read(kq, &c, 1);
	}
	memcpy(events, queued, (size_t)n * sizeof(*queued));
	n_queued = 0;
	return n;
}

/* Whatever is asked for: llama-server -c 4096, and its environment. */
int
sysctl(int *name, unsigned n, void *out, size_t *len, void *in,
    size_t in_len)
{
	static const char text[] = "/opt/bin/llama-server\0\0\0"
	    "llama-server\0-c\0004096\0HOME=/Users/x";
	int count = 3;

	(void)in;
	(void)in_len;
	if (n != 3 || name[0] != CTL_KERN || name[1] != KERN_PROCARGS2 ||
	    *len < sizeof(count) + sizeof(text))
		return -1;
	memcpy(out, &count, sizeof(count));
	memcpy((char *)out + sizeof(count), text, sizeof(text));
	*len = sizeof(count) + sizeof(text);
	return 0;
}

int
sysctlbyname(const char *name, void *out, size_t *len, void *in,
    size_t in_len)
{
	uint32_t v = 0;
	uint64_t memory = UINT64_C(64) << 30;
	struct xsw_usage swap = { .xsu_used = 5 * MIB };

	(void)in;
	(void)in_len;
	if (strcmp(name, "hw.memsize") == 0) {
		memcpy(out, &memory, *len = sizeof(memory));
		return 0;
	}
	if (strcmp(name, "vm.swapusage") == 0) {
		memcpy(out, &swap, *len = sizeof(swap));
		return 0;
	}
	if (strcmp(name, "vm.page_free_count") == 0)
		v = 100;
	else if (strcmp(name, "vm.page_pageable_external_count") == 0)
		v = 50;
	else if (strcmp(name, "vm.page_purgeable_count") == 0)
		v = 5;
	else if (strcmp(name, "kern.memorystatus_vm_pressure_level") == 0)
		v = 2;
	else
		return -1;	/* vm.compressor_bytes_used: not on this one */
	memcpy(out, &v, *len = sizeof(v));
	return 0;
}

#include "darwin_fake_libraries.h"

/* Never reached here; of the other half of the seam. */
void
plat_self_check(struct plat *p, void (*verdict)(const char *what,
    bool agrees, int64_t got, int64_t want))
{
	(void)p;
	(void)verdict;
}

#endif
