#include "tree/watched.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "number.h"
#include "tree/tree.h"

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

static size_t
add_root(struct watched_root *roots, size_t n, const struct plat_id *id,
    int port)
{
	for (size_t i = 0; i < n; i++)
		if (roots[i].id.pid == id->pid)
			return n;
	if (n < WATCHED_ROOTS_MAX)
		roots[n++] = (struct watched_root){ .id = *id, .port = port };
	return n;
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

static size_t
find_by_name(const char *pattern, struct plat *p, struct watched_root *roots,
    size_t n, int port)
{
	const struct plat_id *ids;
	size_t count = plat_scan(p, true, &ids), i;

	for (i = 0; i < count; i++)
		if (!ids[i].is_zombie && ids[i].pid != getpid() &&
		    matches(pattern, &ids[i], p))
			n = add_root(roots, n, &ids[i], port);
	return n;
}

static size_t
find_by_pid(int pid, struct plat *p, struct watched_root *roots, size_t n,
    int port)
{
	struct plat_id id;

	if (plat_identify(p, pid, &id) == -1 || id.is_zombie)
		return n;
	return add_root(roots, n, &id, port);
}

/* What was named in place of the port's owner. */
static size_t
find_process(const char *process, struct plat *p, struct watched_root *roots,
    size_t n, int port)
{
	int64_t pid;

	if (strcmp(process, "-") == 0)
		return n;
	if (number_int(process, 1, INT32_MAX, &pid) == 0)
		return find_by_pid((int)pid, p, roots, n, port);
	return find_by_name(process, p, roots, n, port);
}

/* Is id below another of the roots?  (A worker may have inherited the
 * listening socket.) */
static bool
is_below_another(struct plat *p, const struct plat_id *id,
    const struct watched_root *roots, size_t n)
{
	struct plat_id at = *id;

	for (int i = 0; i < CLIMB_MAX && at.ppid > 1; i++) {
		for (size_t k = 0; k < n; k++)
			if (roots[k].id.pid == at.ppid)
				return true;
		if (plat_identify(p, at.ppid, &at) == -1)
			return false;
	}
	return false;
}

static size_t
keep_topmost(struct plat *p, struct watched_root *roots, size_t n)
{
	size_t kept = 0;
	struct watched_root all[WATCHED_ROOTS_MAX];

	memcpy(all, roots, n * sizeof(*roots));
	for (size_t i = 0; i < n; i++)
		if (!is_below_another(p, &all[i].id, all, n))
			roots[kept++] = all[i];
	return kept;
}

int
watched_find(const struct watched *t, struct plat *p,
    struct watched_root roots[WATCHED_ROOTS_MAX])
{
	int pids[WATCHED_ROOTS_MAX], owners;
	struct plat_id id;
	size_t n = 0, i;
	bool is_hidden = false;

	if (t->pid > 0)
		n = find_by_pid(t->pid, p, roots, n, 0);
	if (t->name != NULL)
		n = find_by_name(t->name, p, roots, n, 0);
	for (i = 0; i < t->n_ports; i++) {
		if (t->processes[i][0] != '\0') {
			n = find_process(t->processes[i], p, roots, n,
			    t->ports[i]);
			continue;
		}
		owners = plat_port_owners(p, t->ports[i], pids,
		    WATCHED_ROOTS_MAX);
		is_hidden = is_hidden || owners == -1;
		for (int k = 0; k < owners; k++) {
			if (plat_identify(p, pids[k], &id) == -1)
				continue;
			climb(p, &id);
			n = add_root(roots, n, &id, t->ports[i]);
		}
	}
	if (n > 1)
		n = keep_topmost(p, roots, n);
	return n == 0 && is_hidden ? -1 : (int)n;
}

/* Has it a parent that would have led to it? */
static bool
has_family_parent(struct plat *p, const struct plat_id *id)
{
	struct plat_id parent;

	return id->ppid > 1 && plat_identify(p, id->ppid, &parent) == 0 &&
	    is_family(p, &parent);
}

size_t
watched_orphans(struct plat *p, const struct watched_root *roots, size_t n,
    struct watched_root *out, size_t cap)
{
	char root_exe[PLAT_EXE_CAP], exe[PLAT_EXE_CAP];
	const struct plat_id *ids;
	size_t found = 0, count, i;
	int port;

	for (i = 0; i < n; i++)
		if (is_family(p, &roots[i].id))
			break;
	if (i == n)
		return 0;
	plat_exe(p, roots[i].id.pid, root_exe, sizeof(root_exe));
	port = roots[i].port;
	count = plat_scan(p, true, &ids);
	for (i = 0; i < count && found < cap; i++) {
		if (ids[i].is_zombie)
			continue;
		plat_exe(p, ids[i].pid, exe, sizeof(exe));
		if (tree_is_orphan(exe, root_exe) &&
		    !has_family_parent(p, &ids[i]))
			out[found++] = (struct watched_root){ .id = ids[i],
			    .port = port };
	}
	return found;
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
