#ifndef LMG_TESTS_UNIT_MEMSAMPLE_DARWIN_STAGE_H
#define LMG_TESTS_UNIT_MEMSAMPLE_DARWIN_STAGE_H

/* A sampler on the fake Mac, before LM Studio with one worker. */

#include "darwin_fake.h"

struct told {
	int appear, exec, exit, denied, status;
	int64_t peak_footprint, end_ns;
};

static inline void
on_event(void *arg, enum sampler_event event, const struct tree_proc *p,
    int64_t at_ns, int status)
{
	struct told *t = arg;

	t->appear += event == SAMPLER_APPEAR;
	t->exec += event == SAMPLER_EXEC;
	t->exit += event == SAMPLER_EXIT;
	t->denied += event == SAMPLER_DENIED;
	if (event == SAMPLER_EXIT) {
		t->peak_footprint = p->last.v[COUNTER_PEAK_FOOTPRINT];
		t->end_ns = at_ns;
		t->status = status;
	}
}

static struct told told;
static struct sampler s;
static struct plat *plat;

/* LM Studio: the app, its server helper (which owns the port), a worker. */
static inline void
begin(void)
{
	static const struct sampler_options o = { .interval_ns = 100000000 };

	n_procs = n_watched = n_queued = host_calls = 0;
	no_task_names = no_v6 = false;
	told = (struct told){ 0 };
	fake_add(1, 0, 1, 0, "launchd");
	fake_add(100, 1, 1000, 1, "LM Studio");
	fake_add(101, 100, 1001, 1000, "LM Studio Helpe")->port = 1234;
	fake_add(102, 100, 1002, 1000, "node");
	fake_add(200, 1, 2000, 1, "other");
	plat = plat_open();
	sampler_init(&s, plat, &o, on_event, &told);
	watched_add_port(&s.watched, 1234);
}

static inline void
end(void)
{
	sampler_fini(&s);
	plat_close(plat);
}

static inline struct sample
take(int64_t at_ns, bool is_full)
{
	struct sample m;

	sampler_take(&s, at_ns, is_full, &m);
	return m;
}

#endif
