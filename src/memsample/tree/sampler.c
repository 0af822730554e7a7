#include "tree/sampler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "options.h"
#include "xalloc.h"

static const int64_t lookup_every_ns = 500 * NS_PER_MS;
/* For one of several servers: others are there, and looking is dear. */
static const int64_t lost_every_ns = 2 * NS_PER_S;
/* A full scan also finds what was re-parented into the tree. */
static const int64_t full_scan_ns = 10 * NS_PER_S;

/* The end of a process is told after its memory is gone, which takes a while
 * when it was large: so long it may be on its way. */
static const int64_t dying_ns = 2 * NS_PER_S;

/* At every tick, unless these are closer than that. */
static const int64_t events_every_ns = 10 * NS_PER_MS;

static const int64_t loaded_growth_min = 1024 * 1024;

void
sampler_init(struct sampler *s, struct plat *plat,
    const struct sampler_options *o, sampler_fn *fn, void *arg)
{
	*s = (struct sampler){ .plat = plat, .options = *o, .fn = fn,
	    .arg = arg };
}

void
sampler_fini(struct sampler *s)
{
	for (size_t i = 0; i < s->tree.n; i++)
		plat_proc_close(s->tree.v[i]->handle);
	tree_fini(&s->tree);
}

static void
tell(struct sampler *s, enum sampler_event event, const struct tree_proc *p,
    int64_t now_ns, int status)
{
	s->fn(s->arg, event, p, now_ns, status);
}

/* What it was told, if it is a server of models; an array, or NULL. */
static cJSON *
engine_arguments(struct plat *plat, int pid)
{
	static const char *const engines[] = { "llama-server", "mlx_lm",
		"mlx-lm", "mlx_vlm", "mlx-engine", "mlx_engine", "vllm",
		"omlx", "rapid-mlx", "mlx-serve" };
	char text[PLAT_ARGUMENTS_CAP];
	size_t n = plat_arguments(plat, pid, text, sizeof(text) - 1);
	cJSON *all = cJSON_CreateArray();
	bool is_engine = false;

	text[n] = '\0';
	for (size_t at = 0; at < n; at += strlen(text + at) + 1) {
		/* a program, or python, -m and its module */
		for (size_t i = 0; i < sizeof(engines) / sizeof(engines[0]) &&
		    cJSON_GetArraySize(all) < 3; i++)
			is_engine |= strstr(text + at, engines[i]) != NULL;
		cJSON_AddItemToArray(all, cJSON_CreateString(text + at));
	}
	if (is_engine)
		return all;
	cJSON_Delete(all);
	return NULL;
}

static void
read_options(struct sampler *s, struct tree_proc *p)
{
	cJSON *arguments = engine_arguments(s->plat, p->id.pid);
	cJSON *options = arguments != NULL ? cJSON_CreateObject() : NULL;

	options_add_arguments(&options, arguments);
	free(p->options);
	p->options = options != NULL ? cJSON_PrintUnformatted(options) : NULL;
	cJSON_Delete(options);
	cJSON_Delete(arguments);
}

static void
read_exe(struct sampler *s, struct tree_proc *p)
{
	char exe[PLAT_EXE_CAP];

	plat_exe(s->plat, p->id.pid, exe, sizeof(exe));
	free(p->exe);
	p->exe = exe[0] != '\0' ? xstrdup(exe) : NULL;
	read_options(s, p);
}

static void
drop(struct sampler *s, struct tree_proc *p, int64_t now_ns, int status)
{
	tell(s, SAMPLER_EXIT, p, now_ns, status);
	plat_proc_close(p->handle);
	p->handle = NULL;
	tree_remove(&s->tree, p);
}

static struct tree_proc *
adopt(struct sampler *s, const struct plat_id *id, bool is_root, int port,
    int64_t now_ns)
{
	struct tree_proc *p = tree_find(&s->tree, id->pid);

	if (p != NULL && tree_has(&s->tree, id)) {
		if (is_root && !p->is_root) {
			p->is_root = true;
			if (p->role == TREE_CHILD)
				p->role = TREE_ROOT;
		}
		if (port != 0)
			p->port = port;
		return p;
	}
	if (p != NULL)		/* the pid is another process's now */
		drop(s, p, now_ns, -1);
	p = tree_add(&s->tree, id, is_root);
	p->port = port;
	p->seen_ns = now_ns;
	/* What was there before we came has its size, what is born later
	 * grew from nothing. */
	p->base_bytes = s->is_settled ? 0 : -1;
	p->handle = plat_proc_open(s->plat, id->pid);
	read_exe(s, p);
	tell(s, SAMPLER_APPEAR, p, now_ns, -1);
	return p;
}

static void
adopt_descendants(struct sampler *s, bool all, int64_t now_ns)
{
	const struct plat_id *ids;
	size_t n = plat_scan(s->plat, all, &ids);
	bool *belongs;

	s->scan_at_ns = now_ns;
	if (all)
		s->full_scan_at_ns = now_ns;
	if (n == 0 || s->tree.n == 0)
		return;
	belongs = xcalloc(n, sizeof(*belongs));
	if (tree_descendants(&s->tree, ids, n, belongs) > 0)
		for (size_t i = 0; i < n; i++)
			if (belongs[i] && !ids[i].is_zombie)
				adopt(s, &ids[i], false, 0, now_ns);
	free(belongs);
}

static void
adopt_orphans(struct sampler *s, const struct watched_root *roots, size_t n,
    int64_t now_ns)
{
	struct watched_root orphans[WATCHED_ROOTS_MAX];
	size_t found = 0;

	/* A process that was named is meant alone, with what is below it. */
	if (s->watched.n_ports > 0)
		found = watched_orphans(s->plat, roots, n, orphans,
		    WATCHED_ROOTS_MAX);
	for (size_t i = 0; i < found; i++)
		if (!tree_has(&s->tree, &orphans[i].id))
			adopt(s, &orphans[i].id, false, orphans[i].port,
			    now_ns);
}

static void
adopt_roots(struct sampler *s, const struct watched_root *roots, size_t n,
    int64_t now_ns)
{
	for (size_t i = 0; i < n; i++)
		adopt(s, &roots[i].id, true, roots[i].port, now_ns);
	if (n > 0) {
		s->had_root = true;
		adopt_orphans(s, roots, n, now_ns);
		adopt_descendants(s, true, now_ns);
	}
}

bool
sampler_lookup(struct sampler *s, int64_t now_ns)
{
	struct watched_root roots[WATCHED_ROOTS_MAX];
	int n = watched_find(&s->watched, s->plat, roots);

	s->lookup_at_ns = now_ns;
	s->is_hidden = n == -1;
	adopt_roots(s, roots, n > 0 ? (size_t)n : 0, now_ns);
	return tree_roots(&s->tree) > 0;
}

/* Has one of several servers come, or come back, while others are there? */
static void
look_for_lost(struct sampler *s, int64_t now_ns)
{
	struct watched lost = { .n_ports = 0 };
	struct watched_root roots[WATCHED_ROOTS_MAX];
	size_t n = 0;
	int found;

	s->lookup_at_ns = now_ns;
	for (size_t i = 0; i < s->watched.n_ports; i++)
		if (!tree_has_root_at(&s->tree, s->watched.ports[i]) &&
		    watched_add_port(&lost, s->watched.ports[i]))
			watched_set_process(&lost, s->watched.ports[i],
			    s->watched.processes[i]);
	if (lost.n_ports == 0)
		return;
	found = watched_find(&lost, s->plat, roots);
	/* One that is there is of another port as well. */
	for (int i = 0; i < found; i++)
		if (!tree_has(&s->tree, &roots[i].id))
			roots[n++] = roots[i];
	adopt_roots(s, roots, n, now_ns);
}

void
sampler_take_root(struct sampler *s, int pid, int port, int64_t now_ns)
{
	struct plat_id id;

	if (plat_identify(s->plat, pid, &id) == -1 || id.is_zombie)
		return;
	adopt(s, &id, true, port, now_ns);
	s->had_root = true;
	adopt_descendants(s, true, now_ns);
}

void
sampler_leave_port(struct sampler *s, int port)
{
	struct tree_proc *p;

	for (size_t i = 0; i < s->tree.n; i++)		/* while all parents are
							 * there */
		(void)tree_port(&s->tree, s->tree.v[i]);
	for (size_t i = 0; i < s->tree.n;) {
		p = s->tree.v[i];
		if (p->port != port) {
			i++;
			continue;
		}
		plat_proc_close(p->handle);
		p->handle = NULL;
		tree_remove(&s->tree, p);
	}
}

/* ---- events ------------------------------------------------------------- */

static void
on_fork(struct sampler *s, const struct plat_event *e, int64_t now_ns)
{
	struct tree_proc *parent = tree_find(&s->tree, e->ppid);
	struct plat_id id;

	if (parent == NULL)
		return;
	if (plat_identify(s->plat, e->pid, &id) == -1 || id.is_zombie) {
		/* Born and gone already: it was there all the same. */
		id = (struct plat_id){ .pid = e->pid, .ppid = e->ppid };
		memcpy(id.name, parent->id.name, sizeof(id.name));
	}
	adopt(s, &id, false, parent->port, now_ns);
}

static void
on_exec(struct sampler *s, const struct plat_event *e, int64_t now_ns)
{
	struct tree_proc *p = tree_find(&s->tree, e->pid);
	struct plat_id id;

	if (p == NULL || plat_identify(s->plat, e->pid, &id) == -1)
		return;
	memcpy(p->id.name, id.name, sizeof(p->id.name));
	read_exe(s, p);
	/* A root's exec from before the first sample is how it began. */
	if (s->is_settled || !p->is_root)
		tell(s, SAMPLER_EXEC, p, now_ns, -1);
}

/* Until it is reaped, a zombie still tells what CPU time it took. */
static void
on_exit_of(struct sampler *s, const struct plat_event *e, int64_t now_ns)
{
	struct tree_proc *p = tree_find(&s->tree, e->pid);

	if (p == NULL)
		return;
	plat_proc_read(s->plat, p->handle, TIER_CPU, &p->last, NULL);
	drop(s, p, now_ns, e->status);
}

static void
on_event(struct sampler *s, const struct plat_event *e, int64_t now_ns)
{
	if (e->at_ns > 0 && e->at_ns < now_ns)
		now_ns = e->at_ns;
	switch (e->kind) {
	case PLAT_FORK:
		on_fork(s, e, now_ns);
		break;
	case PLAT_EXEC:
		on_exec(s, e, now_ns);
		break;
	case PLAT_EXIT:
		on_exit_of(s, e, now_ns);
		break;
	case PLAT_RESCAN:
		adopt_descendants(s, true, now_ns);
		break;
	}
}

void
sampler_events(struct sampler *s, int64_t now_ns)
{
	struct plat_event e;

	s->events_at_ns = now_ns;
	while (plat_next_event(s->plat, &e))
		on_event(s, &e, now_ns);
}

/* Births that no event told of. */
static void
discover(struct sampler *s, int64_t now_ns)
{
	if (plat_events_missing(s->plat) == NULL) {
		if (now_ns - s->events_at_ns + s->options.interval_ns >=
		    events_every_ns)
			sampler_events(s, now_ns);
		if (now_ns - s->scan_at_ns >=
		    plat_safety_scan_period())
			adopt_descendants(s, false, now_ns);
		return;
	}
	if (now_ns - s->full_scan_at_ns >= full_scan_ns)
		adopt_descendants(s, true, now_ns);
	else if (plat_may_have_forked(s->plat))
		adopt_descendants(s, false, now_ns);
}

/* ---- reading ------------------------------------------------------------ */

/* The tiers due at now_ns, given when each was read last (0: never). */
static unsigned
tiers_due(const int64_t at_ns[TIER_COUNT], int64_t now_ns,
    int64_t interval_ns, bool want_pages)
{
	unsigned due = 0, tier;

	for (int i = 0; i < TIER_COUNT; i++) {
		tier = 1u << i;
		if (tier == TIER_PAGES && !want_pages)
			continue;
		/* A tick may come a little early after a late one: half an
		 * interval of grace keeps the tier's rhythm. */
		if (at_ns[i] == 0 || now_ns - at_ns[i] + interval_ns / 2 >=
		    plat_tier_period((enum plat_tier)tier))
			due |= tier;
	}
	return due;
}

static void
new_peak_interval(struct sampler *s, struct tree_proc *p)
{
	int64_t peak = p->now.v[COUNTER_PEAK_RSS];

	if (!s->options.reset_peak || peak < 0)
		return;
	/* The kernel's mark counts from our last reset: what it says is the
	 * interval's peak, the life's is the largest of these. */
	p->now.v[COUNTER_TICK_PEAK_RSS] = peak;
	if (p->last.v[COUNTER_PEAK_RSS] > peak)
		p->now.v[COUNTER_PEAK_RSS] = p->last.v[COUNTER_PEAK_RSS];
	plat_proc_reset_peak(p->handle);
}

/* Read p.  Returns false when it is gone. */
static bool
read_proc(struct sampler *s, struct tree_proc *p, unsigned tiers,
    int64_t now_ns)
{
	char name[PLAT_NAME_CAP];
	enum plat_read r;

	counters_clear(&p->now);
	memcpy(name, p->id.name, sizeof(name));
	r = plat_proc_read(s->plat, p->handle, tiers, &p->now, name);
	if (r == PLAT_GONE)
		return false;
	if (r == PLAT_DENIED) {
		if (!p->is_denied)
			tell(s, SAMPLER_DENIED, p, now_ns, -1);
		p->is_denied = true;
		return true;
	}
	p->is_denied = false;
	new_peak_interval(s, p);
	counters_merge(&p->last, &p->now);
	if (p->base_bytes == -1)
		p->base_bytes = counters_size(&p->last);
	if (strcmp(name, p->id.name) != 0) {
		memcpy(p->id.name, name, sizeof(name));
		read_exe(s, p);
		tell(s, SAMPLER_EXEC, p, now_ns, -1);
	}
	return true;
}

/*
 * What was used since the begin never goes back: those that ended, that are
 * about to, and that this sample could not read keep what they had.
 */
static void
sum_used(const struct sampler *s, enum counter c, int64_t gone, int64_t *sum)
{
	const struct tree_proc *p;

	if (gone > 0)
		*sum = gone;
	for (size_t i = 0; i < s->tree.n; i++) {
		p = s->tree.v[i];
		if (p->last.v[c] >= 0)
			*sum = (*sum > 0 ? *sum : 0) + p->last.v[c];
	}
}

static void
begin_servers(struct sampler *s, struct sample *out)
{
	if (s->watched.n_ports < 2) {
		out->port = s->watched.n_ports == 1 ? s->watched.ports[0] : 0;
		return;
	}
	out->servers = s->servers;
	out->n_servers = s->watched.n_ports;
	for (size_t i = 0; i < out->n_servers; i++) {
		s->servers[i].port = s->watched.ports[i];
		s->servers[i].n_procs = 0;
		counters_clear(&s->servers[i].sum);
	}
}

static void
add_to_server(struct sampler *s, size_t n_servers, struct tree_proc *p)
{
	int port = n_servers > 0 ? tree_port(&s->tree, p) : 0;

	for (size_t i = 0; i < n_servers && port != 0; i++)
		if (s->servers[i].port == port) {
			s->servers[i].n_procs++;
			counters_add(&s->servers[i].sum, &p->now);
		}
}

/*
 * p has no memory any more: will an event tell how it ended?  It was there
 * until now, perhaps, and not only until the sample was due: in between the
 * unload may have begun that ended it.
 */
static bool
is_dying(struct sampler *s, struct tree_proc *p, int64_t now_ns)
{
	if (p->gone_ns == 0) {
		p->gone_ns = now_ns;
		p->missed_ns = clock_mono_ns();
	}
	return plat_events_missing(s->plat) == NULL &&
	    now_ns - p->gone_ns < dying_ns;
}

static void
read_tree(struct sampler *s, unsigned tiers, struct sample *out)
{
	struct tree_proc *p;

	for (size_t i = 0; i < s->tree.n;) {
		p = s->tree.v[i];
		/* Its pid may be another's by the next read. */
		if (p->gone_ns == 0 && read_proc(s, p, tiers, out->at_ns)) {
			p->read_ns = out->at_ns;
			out->n_procs++;
			out->unread += p->is_denied;
			counters_add(&out->sum, &p->now);
			add_to_server(s, out->n_servers, p);
		} else if (!is_dying(s, p, out->at_ns)) {
			drop(s, p, p->missed_ns, -1);
			continue;
		}
		i++;
	}
	out->sum.v[COUNTER_CPU] = out->sum.v[COUNTER_CPU_ENERGY] = -1;
	if ((tiers & TIER_CPU) != 0)
		sum_used(s, COUNTER_CPU, s->tree.gone_cpu_ns,
		    &out->sum.v[COUNTER_CPU]);
	if ((tiers & TIER_SLOW) != 0)
		sum_used(s, COUNTER_CPU_ENERGY, s->tree.gone_energy_nj,
		    &out->sum.v[COUNTER_CPU_ENERGY]);
}

static void
look_for_worker(struct sampler *s, int64_t min_bytes, int64_t now_ns)
{
	struct tree_proc *p = tree_find_worker(&s->tree, min_bytes);

	if (p != NULL)
		tell(s, SAMPLER_WORKER, p, now_ns, -1);
}

void
sampler_take(struct sampler *s, int64_t now_ns, bool is_full,
    struct sample *out)
{
	static const int64_t never[TIER_COUNT];
	unsigned tiers = tiers_due(is_full ? never : s->tier_at_ns,
	    now_ns, s->options.interval_ns, s->options.want_pages);

	*out = (struct sample){ .at_ns = now_ns };
	counters_clear(&out->sum);
	sys_counters_clear(&out->sys);
	if (tree_roots(&s->tree) == 0 && watched_is_set(&s->watched) &&
	    now_ns - s->lookup_at_ns >= lookup_every_ns)
		sampler_lookup(s, now_ns);
	else if (s->watched.n_ports > 1 &&
	    now_ns - s->lookup_at_ns >= lost_every_ns)
		look_for_lost(s, now_ns);
	discover(s, now_ns);
	begin_servers(s, out);
	read_tree(s, tiers, out);
	plat_sys_read(s->plat, tiers, &out->sys);
	for (int i = 0; i < TIER_COUNT; i++)
		if ((tiers & 1u << i) != 0)
			s->tier_at_ns[i] = now_ns;
	s->is_settled = s->is_settled || s->tree.n > 0;
	if ((tiers & TIER_CPU) != 0)
		look_for_worker(s, TREE_GROWTH_MIN, now_ns);
}

void
sampler_end(struct sampler *s)
{
	for (size_t i = 0; i < s->tree.n;)
		if (s->tree.v[i]->gone_ns != 0)
			drop(s, s->tree.v[i], s->tree.v[i]->missed_ns, -1);
		else
			i++;
}

void
sampler_load_begins(struct sampler *s)
{
	tree_mark_base(&s->tree);
}

void
sampler_load_ended(struct sampler *s, int64_t now_ns)
{
	look_for_worker(s, loaded_growth_min, now_ns);
}
