/* Who is there: keeps the tree as the machine is, by looking for the target,
 * by events and by scans. */
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
/* At every tick, unless these are closer than that. */
static const int64_t events_every_ns = 10 * NS_PER_MS;

void
sampler_tell(struct sampler *s, enum sampler_event event,
    const struct tree_proc *p, int64_t now_ns, int status)
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

void
sampler_renamed(struct sampler *s, struct tree_proc *p, const char *name,
    int64_t now_ns)
{
	snprintf(p->id.name, sizeof(p->id.name), "%s", name);
	read_exe(s, p);
	/* A root's exec from before the first sample is how it began. */
	if (s->is_settled || !p->is_root)
		sampler_tell(s, SAMPLER_EXEC, p, now_ns, -1);
}

static void
forget(struct sampler *s, struct tree_proc *p)
{
	plat_proc_close(p->handle);
	p->handle = NULL;
	tree_remove(&s->tree, p);
}

void
sampler_drop(struct sampler *s, struct tree_proc *p, int64_t now_ns,
    int status)
{
	sampler_tell(s, SAMPLER_EXIT, p, now_ns, status);
	forget(s, p);
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
		sampler_drop(s, p, now_ns, -1);
	p = tree_add(&s->tree, id, is_root);
	p->port = port;
	p->seen_ns = now_ns;
	/* What was there before we came has its size, what is born later
	 * grew from nothing. */
	p->base_bytes = s->is_settled ? 0 : -1;
	p->handle = plat_proc_open(s->plat, id->pid);
	read_exe(s, p);
	sampler_tell(s, SAMPLER_APPEAR, p, now_ns, -1);
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
adopt_roots(struct sampler *s, const struct watched_roots *roots,
    int64_t now_ns)
{
	struct watched_roots orphans = { .v = NULL };

	for (size_t i = 0; i < roots->n; i++)
		adopt(s, &roots->v[i].id, true, roots->v[i].port, now_ns);
	if (roots->n == 0)
		return;
	s->had_root = true;
	/* A process that was named is meant alone, with what is below it. */
	if (s->watched.n_ports > 0)
		watched_orphans(s->plat, roots, &orphans);
	for (size_t i = 0; i < orphans.n; i++)
		if (!tree_has(&s->tree, &orphans.v[i].id))
			adopt(s, &orphans.v[i].id, false, orphans.v[i].port,
			    now_ns);
	free(orphans.v);
	adopt_descendants(s, true, now_ns);
}

bool
sampler_lookup(struct sampler *s, int64_t now_ns)
{
	struct watched_roots roots = { .v = NULL };

	s->lookup_at_ns = now_ns;
	s->is_hidden = !watched_find(&s->watched, s->plat, &roots);
	adopt_roots(s, &roots, now_ns);
	free(roots.v);
	return tree_roots(&s->tree) > 0;
}

/* Has one of several servers come, or come back, while others are there? */
static void
look_for_lost(struct sampler *s, int64_t now_ns)
{
	struct watched lost = { .n_ports = 0 };
	struct watched_roots roots = { .v = NULL };
	size_t n = 0;

	s->lookup_at_ns = now_ns;
	for (size_t i = 0; i < s->watched.n_ports; i++)
		if (!tree_has_root_at(&s->tree, s->watched.ports[i]) &&
		    watched_add_port(&lost, s->watched.ports[i]))
			watched_set_process(&lost, s->watched.ports[i],
			    s->watched.processes[i]);
	if (lost.n_ports == 0)
		return;
	(void)watched_find(&lost, s->plat, &roots);
	/* One that is there is of another port as well. */
	for (size_t i = 0; i < roots.n; i++)
		if (!tree_has(&s->tree, &roots.v[i].id))
			roots.v[n++] = roots.v[i];
	roots.n = n;
	adopt_roots(s, &roots, now_ns);
	free(roots.v);
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

	/* While all parents are there. */
	for (size_t i = 0; i < s->tree.n; i++)
		(void)tree_port(&s->tree, s->tree.v[i]);
	for (size_t i = 0; i < s->tree.n;) {
		p = s->tree.v[i];
		if (p->port != port) {
			i++;
			continue;
		}
		forget(s, p);
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
	p->end_ns = 0;		/* of threads that gave way to this one */
	p->end_status = -1;
	sampler_renamed(s, p, id.name, now_ns);
}

/*
 * Until it is reaped, a zombie still tells what CPU time it took.  It may be
 * its first thread alone that has ended: the others go on, or one of them is
 * about to run another program.
 */
static void
on_exit_of(struct sampler *s, const struct plat_event *e, int64_t now_ns)
{
	struct tree_proc *p = tree_find(&s->tree, e->pid);
	struct plat_id id;

	if (p == NULL)
		return;
	if (plat_proc_read(s->plat, p->handle, TIER_CPU, &p->last, NULL) ==
	    PLAT_GONE || plat_identify(s->plat, e->pid, &id) == -1 ||
	    id.is_zombie || !tree_has(&s->tree, &id)) {
		sampler_drop(s, p, now_ns, e->status);
		return;
	}
	p->end_ns = now_ns;
	p->end_status = e->status;
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

void
sampler_look_around(struct sampler *s, int64_t now_ns)
{
	if (tree_roots(&s->tree) == 0 && watched_is_set(&s->watched) &&
	    now_ns - s->lookup_at_ns >= lookup_every_ns)
		sampler_lookup(s, now_ns);
	else if (s->watched.n_ports > 1 &&
	    now_ns - s->lookup_at_ns >= lost_every_ns)
		look_for_lost(s, now_ns);
	if (plat_events_missing(s->plat) == NULL) {
		if (now_ns - s->events_at_ns + s->options.interval_ns >=
		    events_every_ns)
			sampler_events(s, now_ns);
		/* Births that no event told of. */
		if (now_ns - s->scan_at_ns >=
		    plat_safety_scan_period())
			adopt_descendants(s, false, now_ns);
	} else if (now_ns - s->full_scan_at_ns >= full_scan_ns) {
		adopt_descendants(s, true, now_ns);
	} else if (plat_may_have_forked(s->plat)) {
		adopt_descendants(s, false, now_ns);
	}
}
