/* macOS: the counters of processes and of the machine, and what is unknown. */
#include "darwin_stage.h"

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
test_machine(void)
{
	struct sample m;
	int64_t page;

	begin();
	page = plat->page_bytes;
	given_back = 0;
	m = take(1, true);
	ok(m.sys.v[SYS_TOTAL] == INT64_C(64) << 30 &&
	    m.sys.v[SYS_AVAILABLE] == 155 * page &&
	    m.sys.v[SYS_FILE_BACKED] == 50 * page &&
	    m.sys.v[SYS_WIRED] == 1000 * page &&
	    m.sys.v[SYS_SWAP_USED] == 5 * MIB && m.sys.v[SYS_PRESSURE] == 200,
	    "the machine's counters");
	ok(m.sys.v[SYS_COMPRESSED] == -1, "a missing sysctl is unknown");
	ok(m.sys.v[SYS_CPU] == INT64_C(10000000) *
	    (100 + 20 + 3 + INT64_C(0xfffffffe) + 1) && given_back == 1,
	    "CPU time of all processors: ticks of 10 ms, without a sign");
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
	    m.sum.v[COUNTER_CPU_ENERGY] == 3 * 500,
	    "a kernel without V6 gives the memory all the same");
	end();
}

int
main(void)
{
	test_counters();
	test_machine();
	test_denied();
	test_last_figures();
	return tap_done();
}
