#include "tree/watched.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "number.h"
#include "tree/tree.h"
#include "xalloc.h"

enum { CLIMB_MAX = 16 };

bool
watched_is_set(const struct watched *t)
{
	return t->pid > 0 || t->name != NULL || t->n_ports > 0;
}

bool
watched_add_port(struct watched *t, int port)
{
	for (size_t i = 0; i < t->n_ports; i++)
		if (t->ports[i] == port)
			return false;
	if (t->n_ports == WATCHED_PORTS_MAX)
		return false;
	t->ports[t->n_ports++] = port;
	return true;
}

bool
watched_set_process(struct watched *t, int port, const char *process)
{
	for (size_t i = 0; i < t->n_ports; i++)
		if (t->ports[i] == port && strcmp(t->processes[i], process) !=
		    0) {
			snprintf(t->processes[i], sizeof(t->processes[i]),
			    "%s", process);
			return true;
		}
	return false;
}

static bool
is_family(struct plat *p, const struct plat_id *id)
{
	char exe[PLAT_EXE_CAP];

	plat_exe(p, id->pid, exe, sizeof(exe));
	return tree_is_family(id->name, exe);
}

/* From the owner of a port to the main process of its application. */
static void
climb(struct plat *p, struct plat_id *id)
{
	struct plat_id parent;

	if (!is_family(p, id))
		return;
	for (int i = 0; i < CLIMB_MAX && id->ppid > 1; i++) {
		if (plat_identify(p, id->ppid, &parent) == -1 ||
		    !is_family(p, &parent))
			return;
		*id = parent;
	}
}

static void
add_root(struct watched_roots *roots, const struct plat_id *id, int port)
{
	for (size_t i = 0; i < roots->n; i++)
		if (roots->v[i].id.pid == id->pid)
			return;
	roots->v = xgrow(roots->v, roots->n, &roots->cap, sizeof(*roots->v));
	roots->v[roots->n++] = (struct watched_root){ .id = *id,
	    .port = port };
}

static bool
matches(const char *pattern, const struct plat_id *id, struct plat *p)
{
	char exe[PLAT_EXE_CAP];
	const char *base;

	if (fnmatch(pattern, id->name, 0) == 0)
		return true;
	plat_exe(p, id->pid, exe, sizeof(exe));
	base = strrchr(exe, '/');
	return base != NULL && fnmatch(pattern, base + 1, 0) == 0;
}

static void
find_by_name(const char *pattern, struct plat *p, struct watched_roots *roots,
    int port)
{
	const struct plat_id *ids;
	size_t n = plat_scan(p, true, &ids);

	for (size_t i = 0; i < n; i++)
		if (!ids[i].is_zombie && ids[i].pid != getpid() &&
		    matches(pattern, &ids[i], p))
			add_root(roots, &ids[i], port);
}

static void
find_by_pid(int pid, struct plat *p, struct watched_roots *roots, int port)
{
	struct plat_id id;

	if (plat_identify(p, pid, &id) == 0 && !id.is_zombie)
		add_root(roots, &id, port);
}

/* What was named in place of the port's owner. */
static void
find_process(const char *process, struct plat *p, struct watched_roots *roots,
    int port)
{
	int64_t pid;

	if (strcmp(process, "-") == 0)
		return;
	if (number_int(process, 1, INT32_MAX, &pid) == 0)
		find_by_pid((int)pid, p, roots, port);
	else
		find_by_name(process, p, roots, port);
}

/* Returns false when its process cannot be seen. */
static bool
find_owners(int port, struct plat *p, struct watched_roots *roots)
{
	struct plat_id id;
	const int *pids;
	int n = plat_port_owners(p, port, &pids);

	for (int i = 0; i < n; i++)
		if (plat_identify(p, pids[i], &id) == 0) {
			climb(p, &id);
			add_root(roots, &id, port);
		}
	return n != -1;
}

/* Is id below another of the roots?  (A worker may have inherited the
 * listening socket.) */
static bool
is_below_another(struct plat *p, const struct plat_id *id,
    const struct watched_roots *roots)
{
	struct plat_id at = *id;

	for (int i = 0; i < CLIMB_MAX && at.ppid > 1; i++) {
		for (size_t k = 0; k < roots->n; k++)
			if (roots->v[k].id.pid == at.ppid)
				return true;
		if (plat_identify(p, at.ppid, &at) == -1)
			return false;
	}
	return false;
}

static void
keep_topmost(struct plat *p, struct watched_roots *roots)
{
	struct watched_roots all = *roots;

	*roots = (struct watched_roots){ .v = NULL };
	for (size_t i = 0; i < all.n; i++)
		if (!is_below_another(p, &all.v[i].id, &all))
			add_root(roots, &all.v[i].id, all.v[i].port);
	free(all.v);
}

bool
watched_find(const struct watched *t, struct plat *p,
    struct watched_roots *roots)
{
	bool is_hidden = false;

	if (t->pid > 0)
		find_by_pid(t->pid, p, roots, 0);
	if (t->name != NULL)
		find_by_name(t->name, p, roots, 0);
	for (size_t i = 0; i < t->n_ports; i++)
		if (t->processes[i][0] != '\0')
			find_process(t->processes[i], p, roots, t->ports[i]);
		else
			is_hidden |= !find_owners(t->ports[i], p, roots);
	if (roots->n > 1)
		keep_topmost(p, roots);
	return roots->n > 0 || !is_hidden;
}

/* Has it a parent that would have led to it? */
static bool
has_family_parent(struct plat *p, const struct plat_id *id)
{
	struct plat_id parent;

	return id->ppid > 1 && plat_identify(p, id->ppid, &parent) == 0 &&
	    is_family(p, &parent);
}

void
watched_orphans(struct plat *p, const struct watched_roots *roots,
    struct watched_roots *out)
{
	char root_exe[PLAT_EXE_CAP], exe[PLAT_EXE_CAP];
	const struct plat_id *ids;
	size_t i, n;

	for (i = 0; i < roots->n; i++)
		if (is_family(p, &roots->v[i].id))
			break;
	if (i == roots->n)
		return;
	plat_exe(p, roots->v[i].id.pid, root_exe, sizeof(root_exe));
	n = plat_scan(p, true, &ids);
	for (size_t k = 0; k < n; k++) {
		if (ids[k].is_zombie)
			continue;
		plat_exe(p, ids[k].pid, exe, sizeof(exe));
		if (tree_is_orphan(exe, root_exe) &&
		    !has_family_parent(p, &ids[k]))
			add_root(out, &ids[k], roots->v[i].port);
	}
}

char *
watched_text(const struct watched *t, char *out, size_t cap)
{
	size_t len = 0;

	out[0] = '\0';
	if (t->pid > 0)
		snprintf(out, cap, "process %d", t->pid);
	else if (t->name != NULL)
		snprintf(out, cap, "name %s", t->name);
	else
		for (size_t i = 0; i < t->n_ports && len < cap; i++)
			len += (size_t)snprintf(out + len, cap - len, "%s%d",
			    i == 0 ? "port " : ", ", t->ports[i]);
	return out;
}
