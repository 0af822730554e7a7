/*
 * The macOS side on any platform: its sources as they are, compiled against
 * tests/macos/fake and answered from a script.
 */
#define _DARWIN_C_SOURCE
#include "../../../src/memsample/counters_darwin.c"
#include "../../../src/memsample/plat_darwin.c"
#include "../../../src/memsample/port_darwin.c"

/* The libraries that are loaded at run time, and the thread that looks at
 * them: scripted, and run by the tests. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#define dlopen fake_dlopen
#define dlsym fake_dlsym
#define pthread_create(thread, attributes, run, arg) fake_thread(run)
static void *fake_dlopen(const char *path, int flags);
static void *fake_dlsym(void *library, const char *name);
static int
fake_thread(void *(*run)(void *))
{
	return run == NULL ? 0 : EAGAIN;
}
#include "../../../src/memsample/gpu_darwin.c"
#include "../../../src/memsample/energy_darwin.c"
#include "../../../src/memsample/slow_darwin.c"

#include "sampler.h"
#include "tap.h"

enum { MIB = 1024 * 1024, PAGE = 4096 };

/* ---- the script ------------------------------------------------------------------- */

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
		snprintf(buffer, bytes, "/Applications/LM Studio.app/Contents/%s",
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

mach_port_t
pthread_mach_thread_np(unsigned long thread)
{
	(void)thread;
	return 3;
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

kern_return_t
mach_timebase_info(mach_timebase_info_data_t *out)
{
	*out = (mach_timebase_info_data_t){ 125, 3 };
	return KERN_SUCCESS;
}

kern_return_t
thread_policy_set(mach_port_t thread, int flavor, thread_policy_t policy,
    mach_msg_type_number_t count)
{
	thread_time_constraint_policy_data_t p;

	memcpy(&p, policy, sizeof(p));
	/* 10 ms are 240000 ticks of 24 MHz. */
	return thread == 3 && flavor == THREAD_TIME_CONSTRAINT_POLICY &&
	    count == 4 && p.period == 240000 && p.constraint >= p.computation
	    ? KERN_SUCCESS : 4;
}

int
kqueue(void)
{
	return dup(0);
}

int
kevent(int kq, const struct kevent *changes, int n_changes,
    struct kevent *events, int n_events, const struct timespec *timeout)
{
	int n = n_queued;

	(void)kq;
	(void)timeout;
	for (int i = 0; i < n_changes; i++)
		if (changes[i].filter == EVFILT_PROC)
			watched[n_watched++] = (int)changes[i].ident;
	if (n_events == 0)
		return 0;
	memcpy(events, queued, (size_t)n * sizeof(*queued));
	n_queued = 0;
	return n;
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

/* ---- libraries loaded at run time: IOKit, CoreFoundation, IOReport ------------- */

/* What a channel counts between two samples. */
struct fake_channel {
	const char *name, *unit;
	int64_t step;
};

static const struct fake_channel channels[] = {
	{ "ECPU0", "mJ", 111 },			/* a part of the next */
	{ "DIE_0_CPU Energy", "mJ", 3 },
	{ "DIE_1_CPU Energy", "mJ", 4 },
	{ "GPU Energy", "nJ", 5000 },
	{ "DRAM0", "uJ", 7 },
	{ "ANE0", "mJ", 9 },
};

struct fake_sample {
	struct fake_channel channels[6];
	int serial;
};

static int n_objects, n_made;		/* references held; samples made */
static bool no_ioreport;
static const int64_t gpu_in_use = 3 * (int64_t)MIB;

static cf_type
fake_string(cf_type allocator, const char *text, uint32_t encoding)
{
	(void)allocator;
	n_objects++;
	return encoding == 0x08000100 ? text : NULL;
}

static unsigned char
fake_text(cf_type string, char *out, long cap, uint32_t encoding)
{
	(void)encoding;
	return (unsigned char)(snprintf(out, (size_t)cap, "%s",
	    (const char *)string) < cap);
}

/* Of a registry entry's statistics, or of a sample. */
static cf_type
fake_value(cf_type dictionary, cf_type key)
{
	if (strcmp(key, "In use system memory") == 0)
		return &gpu_in_use;
	return strcmp(key, "IOReportChannels") == 0 ? dictionary : NULL;
}

static unsigned char
fake_number(cf_type number, long type, void *out)
{
	memcpy(out, number, sizeof(gpu_in_use));
	return type == 4;
}

static cf_type
fake_copy(cf_type allocator, long capacity, cf_type dictionary)
{
	(void)allocator;
	(void)capacity;
	n_objects++;
	return dictionary;
}

static void
fake_release(cf_type object)
{
	n_objects -= object != NULL;
}

static long
fake_count(cf_type array)
{
	return array != NULL ? 6 : 0;
}

static cf_type
fake_at(cf_type array, long i)
{
	return &((const struct fake_sample *)array)->channels[i];
}

static cf_type
fake_channels(cf_type group, cf_type subgroup, uint64_t a, uint64_t b,
    uint64_t c)
{
	(void)subgroup;
	n_objects++;
	return strcmp(group, "Energy Model") == 0 && a + b + c == 0 ?
	    "channels" : NULL;
}

static cf_type
fake_subscribe(void *a, cf_type wanted, cf_type *got, uint64_t channel,
    cf_type b)
{
	(void)a;
	(void)b;
	*got = wanted;
	return channel == 0 ? "subscription" : NULL;
}

static cf_type
fake_sample(cf_type subscription, cf_type subscribed, cf_type a)
{
	static struct fake_sample made[8];
	struct fake_sample *m = &made[n_made % 8];

	(void)a;
	if (subscription == NULL || subscribed == NULL)
		return NULL;
	m->serial = n_made++;
	n_objects++;
	return m;
}

static cf_type
fake_delta(cf_type before, cf_type now, cf_type a)
{
	static struct fake_sample delta;

	(void)a;
	memcpy(delta.channels, channels, sizeof(channels));
	for (int i = 0; i < 6; i++)
		delta.channels[i].step *=
		    ((const struct fake_sample *)now)->serial -
		    ((const struct fake_sample *)before)->serial;
	n_objects++;
	return &delta;
}

static cf_type
fake_name(cf_type channel)
{
	return ((const struct fake_channel *)channel)->name;
}

static cf_type
fake_unit(cf_type channel)
{
	return ((const struct fake_channel *)channel)->unit;
}

static int64_t
fake_integer(cf_type channel, int32_t index)
{
	return index == 0 ? ((const struct fake_channel *)channel)->step : -1;
}

static cf_type
fake_matching(const char *name)
{
	return strcmp(name, "IOAccelerator") == 0 ? name : NULL;
}

static int entries_left;

static int
fake_services(mach_port_t master, cf_type matching, mach_port_t *iterator)
{
	entries_left = 2;
	*iterator = 7;
	return master == 0 && matching != NULL ? 0 : 5;
}

static mach_port_t
fake_next(mach_port_t iterator)
{
	return iterator == 7 && entries_left > 0 ?
	    (mach_port_t)(entries_left-- + 10) : 0;
}

static cf_type
fake_property(mach_port_t entry, cf_type key, cf_type allocator,
    uint32_t options)
{
	(void)allocator;
	(void)options;
	if (entry == 11 || strcmp(key, "PerformanceStatistics") != 0)
		return NULL;		/* the second has none */
	n_objects++;
	return "statistics";
}

static int
fake_release_object(mach_port_t object)
{
	return object == 0;
}

static void *
fake_dlopen(const char *path, int flags)
{
	static char library;

	(void)flags;
	return no_ioreport && strstr(path, "IOReport") != NULL ? NULL :
	    &library;
}

typedef void any_fn(void);

static void *
fake_dlsym(void *library, const char *name)
{
	static const struct {
		const char *name;
		any_fn *fn;
	} symbols[] = {
		{ "CFStringCreateWithCString", (any_fn *)fake_string },
		{ "CFStringGetCString", (any_fn *)fake_text },
		{ "CFDictionaryGetValue", (any_fn *)fake_value },
		{ "CFNumberGetValue", (any_fn *)fake_number },
		{ "CFDictionaryCreateMutableCopy", (any_fn *)fake_copy },
		{ "CFRelease", (any_fn *)fake_release },
		{ "CFArrayGetCount", (any_fn *)fake_count },
		{ "CFArrayGetValueAtIndex", (any_fn *)fake_at },
		{ "IOReportCopyChannelsInGroup", (any_fn *)fake_channels },
		{ "IOReportCreateSubscription", (any_fn *)fake_subscribe },
		{ "IOReportCreateSamples", (any_fn *)fake_sample },
		{ "IOReportCreateSamplesDelta", (any_fn *)fake_delta },
		{ "IOReportChannelGetChannelName", (any_fn *)fake_name },
		{ "IOReportChannelGetUnitLabel", (any_fn *)fake_unit },
		{ "IOReportSimpleGetIntegerValue", (any_fn *)fake_integer },
		{ "IOServiceMatching", (any_fn *)fake_matching },
		{ "IOServiceGetMatchingServices", (any_fn *)fake_services },
		{ "IOIteratorNext", (any_fn *)fake_next },
		{ "IORegistryEntryCreateCFProperty", (any_fn *)fake_property },
		{ "IOObjectRelease", (any_fn *)fake_release_object },
	};
	void *out = NULL;

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (strcmp(symbols[i].name, name) == 0)
			memcpy(&out, &symbols[i].fn, sizeof(out));
	return library != NULL ? out : NULL;
}

/* Never reached here; of the other half of the seam. */
void *
plat_map(size_t bytes)
{
	(void)bytes;
	return NULL;
}

void
plat_unmap(void *at, size_t bytes)
{
	(void)at;
	(void)bytes;
}

void
plat_self_check(struct plat *p, void (*verdict)(const char *what,
    bool agrees, int64_t got, int64_t want))
{
	(void)p;
	(void)verdict;
}

/* ---- tests ------------------------------------------------------------------------ */

struct told {
	int appear, exec, exit, denied, status;
	int64_t peak_footprint;
};

static void
on_event(void *arg, enum sampler_event event, const struct tree_proc *p,
    int64_t at_ns, int status)
{
	struct told *t = arg;

	(void)at_ns;
	if (event == SAMPLER_EXIT)
		t->peak_footprint = p->last.v[COUNTER_PEAK_FOOTPRINT];
	t->appear += event == SAMPLER_APPEAR;
	t->exec += event == SAMPLER_EXEC;
	t->exit += event == SAMPLER_EXIT;
	t->denied += event == SAMPLER_DENIED;
	if (event == SAMPLER_EXIT)
		t->status = status;
}

static struct told told;
static struct sampler s;
static struct plat *plat;

/* LM Studio: the app, its server helper (which owns the port), a worker. */
static void
begin(void)
{
	static const struct sampler_options o = { .interval_ns = 100000000 };
	static const struct plat_options po;

	n_procs = n_watched = n_queued = host_calls = 0;
	no_task_names = no_v6 = false;
	told = (struct told){ 0 };
	fake_add(1, 0, 1, 0, "launchd");
	fake_add(100, 1, 1000, 1, "LM Studio");
	fake_add(101, 100, 1001, 1000, "LM Studio Helpe")->port = 1234;
	fake_add(102, 100, 1002, 1000, "node");
	fake_add(200, 1, 2000, 1, "other");
	plat = plat_open(&po);
	sampler_init(&s, plat, &o, on_event, &told);
	target_add_port(&s.target, 1234);
}

static void
end(void)
{
	sampler_fini(&s);
	plat_close(plat);
}

static struct sample
take(int64_t at_ns, bool is_full)
{
	struct sample m;

	sampler_take(&s, at_ns, is_full, &m);
	return m;
}

static void
test_tree_by_port(void)
{
	begin();
	ok(sampler_lookup(&s, 1) && s.tree.n == 3 &&
	    s.tree.v[0]->id.pid == 100 && s.tree.v[0]->is_root,
	    "the port's owner stands for the app, its siblings are found");
	ok(n_watched == 3, "each of them is watched");
	end();
}

static void
test_counters(void)
{
	struct sample m;

	begin();
	sampler_lookup(&s, 1);
	m = take(1, true);
	ok(m.sum.v[COUNTER_FOOTPRINT] == 3 * 20 * (int64_t)MIB &&
	    m.sum.v[COUNTER_RSS] == 3 * 10 * (int64_t)MIB &&
	    m.sum.v[COUNTER_PEAK_FOOTPRINT] == 3 * 30 * (int64_t)MIB &&
	    m.sum.v[COUNTER_TICK_PEAK_FOOTPRINT] == 3 * 25 * (int64_t)MIB,
	    "footprint, rss and both peaks are summed");
	ok(m.sum.v[COUNTER_CPU] == 3 * INT64_C(1000000000),
	    "CPU time is in Mach ticks of 125/3 ns");
	ok(m.sum.v[COUNTER_ANON] == 3 * 7 * (int64_t)MIB &&
	    m.sum.v[COUNTER_FILE] == 3 * 3 * (int64_t)MIB &&
	    m.sum.v[COUNTER_COMPRESSED] == 3 * (int64_t)MIB,
	    "the split comes from TASK_VM_INFO");
	ok(m.sum.v[COUNTER_SHMEM] == -1 && m.sum.v[COUNTER_PEAK_RSS] == -1,
	    "what macOS does not tell is unknown");
	m = take(100000001, false);
	ok(procs[1].resets == 2 &&
	    m.sum.v[COUNTER_TICK_PEAK_FOOTPRINT] == 3 * 20 * (int64_t)MIB,
	    "each sample begins a new peak interval");
	end();
}

static void
test_rationed(void)
{
	struct sample m;
	int i, fresh = 0, split = 0;

	begin();
	sampler_lookup(&s, 1);
	for (i = 0; i < 20; i++) {		/* two seconds */
		m = take(1 + i * INT64_C(100000000), false);
		fresh += m.sys.v[SYS_WIRED] >= 0;
		split += m.sum.v[COUNTER_ANON] >= 0;
	}
	ok(host_calls == 4 && fresh == 4, "host statistics twice a second, "
	    "and never repeated as fresh (%d calls, %d shown)", host_calls,
	    fresh);
	ok(split == 4, "the split no more often");
	end();
}

static void
test_machine(void)
{
	struct sample m;
	int64_t page;

	begin();
	page = plat->page_bytes;
	m = take(1, true);
	ok(m.sys.v[SYS_TOTAL] == INT64_C(64) << 30 &&
	    m.sys.v[SYS_AVAILABLE] == 155 * page &&
	    m.sys.v[SYS_FILE_BACKED] == 50 * page &&
	    m.sys.v[SYS_WIRED] == 1000 * page &&
	    m.sys.v[SYS_SWAP_USED] == 5 * MIB && m.sys.v[SYS_PRESSURE] == 200,
	    "the machine's counters");
	ok(m.sys.v[SYS_COMPRESSED] == -1, "a missing sysctl is unknown");
	end();
}

static void
test_denied(void)
{
	struct sample m;

	begin();
	procs[3].is_denied = true;
	no_task_names = true;
	sampler_lookup(&s, 1);
	m = take(1, true);
	take(100000001, true);
	ok(m.unread == 1 && told.denied == 1 &&
	    m.sum.v[COUNTER_FOOTPRINT] == 2 * 20 * (int64_t)MIB,
	    "a process that may not be read is counted, and told once");
	ok(m.sum.v[COUNTER_ANON] == -1,
	    "without task_name_for_pid the split is unknown");
	end();
}

static void
test_events(void)
{
	struct fake_proc *f;

	begin();
	sampler_lookup(&s, 1);
	take(1, true);
	f = fake_add(103, 102, 1003, 1002, "llama-server");
	queued[n_queued++] = (struct kevent){ .ident = 102,
	    .filter = EVFILT_PROC, .fflags = NOTE_FORK };
	sampler_events(&s, 2);
	ok(s.tree.n == 4 && told.appear == 4 && n_watched == 4,
	    "a fork event finds the child, which is watched in turn");
	queued[n_queued++] = (struct kevent){ .ident = 103,
	    .filter = EVFILT_PROC, .fflags = NOTE_EXIT | NOTE_EXITSTATUS,
	    .data = 9 };
	f->is_gone = true;
	sampler_events(&s, 3);
	ok(s.tree.n == 3 && told.exit == 1 && told.status == 9,
	    "its end comes with its status");
	end();
}

static void
test_identity(void)
{
	begin();
	sampler_lookup(&s, 1);
	take(1, true);
	/* The worker's parent ends: launchd's child now, but born of 1000. */
	fake_add(105, 1, 1005, 1000, "node");
	take(INT64_C(20000000000), true);
	ok(tree_find(&s.tree, 105) != NULL,
	    "a re-parented child is known by who bore it");
	/* Its pid is another process's: not ours. */
	fake_find(105)->is_gone = true;
	take(INT64_C(20100000000), true);
	fake_add(105, 1, 3000, 2000, "stranger");
	take(INT64_C(40000000000), true);
	ok(tree_find(&s.tree, 105) == NULL, "a pid used again is not ours");
	/* A zombie keeps its last figures: they are not memory. */
	procs[3].ri.ri_proc_exit_abstime = 5;
	take(INT64_C(40100000000), true);
	ok(tree_find(&s.tree, 102) == NULL, "a zombie is gone");
	end();
}

/* What a child had at its end is read from the zombie. */
static void
test_last_figures(void)
{
	struct fake_proc *f;
	struct sample m;

	begin();
	sampler_lookup(&s, 1);
	m = take(1, true);
	ok(m.sum.v[COUNTER_CPU_ENERGY] == 3 * 500, "energy of the tree");
	f = fake_find(102);
	f->ri.ri_proc_exit_abstime = 5;
	f->ri.ri_user_time = 3 * 24000000;
	f->ri.ri_lifetime_max_phys_footprint = 90 * MIB;
	queued[n_queued++] = (struct kevent){ .ident = 102,
	    .filter = EVFILT_PROC, .fflags = NOTE_EXIT };
	sampler_events(&s, 2);
	ok(told.peak_footprint == 90 * MIB && s.tree.gone_cpu_ns ==
	    INT64_C(3000000000), "a child's last peak and CPU time are read "
	    "at its end");
	m = take(INT64_C(600000000), false);
	ok(m.sum.v[COUNTER_CPU_ENERGY] == 3 * 500,
	    "the energy of what ended stays in the sum");
	no_v6 = true;
	m = take(INT64_C(1200000000), false);
	ok(m.sum.v[COUNTER_FOOTPRINT] == 2 * 20 * (int64_t)MIB &&
	    m.sum.v[COUNTER_CPU_ENERGY] == 500,
	    "a kernel without V6 gives the memory all the same");
	end();
}

static void
test_slow(void)
{
	struct sample m;
	int objects;

	begin();
	sampler_lookup(&s, 1);
	m = take(1, true);
	ok(m.sys.v[SYS_GPU] == -1 && m.sys.slow_at_ns == 0,
	    "nothing seen yet: unknown, and the tick does not wait");
	darwin_slow_look();
	m = take(INT64_C(600000000), false);
	ok(m.sys.v[SYS_GPU] == 3 * MIB && m.sys.v[SYS_CPU_ENERGY] == 0 &&
	    m.sys.slow_at_ns > 0, "a look is shown, with its time");
	m = take(INT64_C(1200000000), false);
	ok(m.sys.v[SYS_GPU] == -1 && m.sys.v[SYS_CPU_ENERGY] == -1 &&
	    m.sys.v[SYS_WIRED] >= 0, "and not again");
	objects = n_objects;
	darwin_slow_look();
	darwin_slow_look();
	m = take(INT64_C(1800000000), false);
	ok(m.sys.v[SYS_CPU_ENERGY] == 2 * 7 * INT64_C(1000000) &&
	    m.sys.v[SYS_GPU_ENERGY] == 2 * 5000 &&
	    m.sys.v[SYS_DRAM_ENERGY] == 2 * 7000,
	    "energy adds up, each channel in its own unit");
	ok(n_objects == objects, "what a look makes it releases");
	ok(plat_sys_counter_missing(plat, SYS_GPU_ENERGY) == NULL &&
	    plat_sys_counter_missing(plat, SYS_GPU) == NULL,
	    "--counters has them");
	end();
}

#define LMS_HOME "/Users/a/.lmstudio/"

/*
 * The daemon started its workers, was killed and came back: they are
 * launchd's children now, and nothing but their path leads to them.
 */
static void
test_orphans(void)
{
	struct sampler other;

	begin();
	n_procs = 1;
	fake_add(300, 1, 3000, 1, "llmster")->exe = LMS_HOME "llmster/llmster";
	procs[1].port = 1234;
	fake_add(301, 300, 3001, 3000, "node")->exe =
	    LMS_HOME ".internal/utils/node";
	fake_add(302, 1, 2002, 2000, "node")->exe =
	    LMS_HOME ".internal/utils/node";
	fake_add(303, 302, 2003, 2002, "llama-server")->exe =
	    LMS_HOME "extensions/backends/llama.cpp/llama-server";
	fake_add(304, 1, 2004, 2000, "llama-server")->exe =
	    LMS_HOME "extensions/backends/llama.cpp/llama-server";
	fake_add(305, 1, 2005, 1, "node")->exe = "/opt/homebrew/bin/node";
	fake_add(306, 1, 2006, 1, "node")->exe =
	    "/Users/b/.lmstudio/.internal/utils/node";
	fake_add(307, 1, 2007, 1, "lms")->exe = LMS_HOME "bin/lms";
	ok(sampler_lookup(&s, 1) && tree_roots(&s.tree) == 1 &&
	    tree_find(&s.tree, 300)->is_root && tree_find(&s.tree, 301) &&
	    tree_find(&s.tree, 302) && tree_find(&s.tree, 303) &&
	    tree_find(&s.tree, 304), "orphaned workers and their children "
	    "are found by their path, and are no roots");
	ok(s.tree.n == 5, "not another node, another user's, or the client "
	    "(%zu)", s.tree.n);
	sampler_lookup(&s, 2);
	ok(s.tree.n == 5 && told.appear == 5, "once");
	sampler_init(&other, plat, &s.options, on_event, &told);
	other.target.pid = 300;
	sampler_lookup(&other, 1);
	ok(other.tree.n == 2, "a pid means what is below it");
	sampler_fini(&other);
	end();
}

/* llama-server as a router starts a llama-server for each model. */
static void
test_router(void)
{
	begin();
	n_procs = 1;
	fake_add(400, 1, 4000, 1, "llama-server")->exe = "/usr/bin/llama-server";
	procs[1].port = 1234;
	fake_add(401, 400, 4001, 4000, "llama-server")->exe =
	    "/usr/bin/llama-server";
	fake_add(402, 400, 4002, 4000, "llama-server")->exe =
	    "/usr/bin/llama-server";
	fake_add(403, 1, 4003, 1, "llama-server")->exe =
	    "/usr/bin/llama-server";
	ok(sampler_lookup(&s, 1) && s.tree.n == 3 &&
	    tree_find(&s.tree, 403) == NULL,
	    "a router's children by tree; a server beside it is not ours");
	fake_find(402)->ri.ri_phys_footprint += 200 * MIB;
	take(1, true);
	sampler_load_begins(&s);
	fake_find(401)->ri.ri_phys_footprint += 100 * MIB;
	take(INT64_C(600000000), true);
	sampler_load_ended(&s, INT64_C(600000000));
	ok(tree_find(&s.tree, 401)->role == TREE_WORKER &&
	    tree_find(&s.tree, 402)->role == TREE_CHILD &&
	    tree_find(&s.tree, 400)->role == TREE_ROOT,
	    "the child that grew with the load is the worker");
	end();
}

/* Last: what is loaded once is forgotten here. */
static void
test_no_ioreport(void)
{
	int64_t nj[ENERGY_N];

	no_ioreport = true;
	memset(&report, 0, sizeof(report));
	darwin_energy_read(nj);
	ok(nj[ENERGY_CPU] == -1 && nj[ENERGY_GPU] == -1,
	    "no IOReport: unknown, not 0");
}

static void
test_time(void)
{
	begin();
	ok(plat_realtime(10 * NS_PER_MS) == NULL,
	    "real time asks for Mach ticks, not ns");
	ok(darwin_ticks_to_ns(UINT64_C(24000000) * 86400 * 365) ==
	    INT64_C(1000000000) * 86400 * 365, "a year of ticks is exact");
	end();
}

int
main(void)
{
	test_tree_by_port();
	test_counters();
	test_rationed();
	test_machine();
	test_denied();
	test_events();
	test_identity();
	test_last_figures();
	test_slow();
	test_orphans();
	test_router();
	test_no_ioreport();
	test_time();
	return tap_done();
}
