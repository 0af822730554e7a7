#include "tree/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "xalloc.h"

static void
free_proc(struct tree_proc *p)
{
	free(p->exe);
	free(p->options);
	free(p);
}

void
tree_fini(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		free_proc(t->v[i]);
	free(t->v);
	*t = (struct tree){ 0 };
}

const char *
tree_role_name(enum tree_role role)
{
	return role == TREE_ROOT ? "root" :
	    role == TREE_WORKER ? "worker" : "child";
}

struct tree_proc *
tree_find(const struct tree *t, int pid)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i]->id.pid == pid)
			return t->v[i];
	return NULL;
}

struct tree_proc *
tree_add(struct tree *t, const struct plat_id *id, bool is_root)
{
	struct tree_proc *p = xcalloc(1, sizeof(*p));

	assert(tree_find(t, id->pid) == NULL);
	p->id = *id;
	p->is_root = is_root;
	p->role = is_root ? TREE_ROOT : TREE_CHILD;
	p->base_bytes = p->end_status = -1;
	counters_clear(&p->last);
	counters_clear(&p->now);
	t->v = xgrow(t->v, t->n, &t->cap, sizeof(*t->v));
	t->v[t->n++] = p;
	return p;
}

static struct tree_proc *
parent_of(const struct tree *t, const struct tree_proc *p)
{
	for (size_t i = 0; i < t->n && p->id.parent_start != 0; i++)
		if (t->v[i]->id.start == p->id.parent_start)
			return t->v[i];
	return tree_find(t, p->id.ppid);
}

int
tree_port(const struct tree *t, struct tree_proc *p)
{
	const struct tree_proc *at = p;

	/* (Pids used again could make a circle.) */
	for (size_t i = 0; i < t->n && at != NULL && at->port == 0 &&
	    !at->is_root; i++)
		at = parent_of(t, at);
	if (at != NULL && at->port != 0)
		p->port = at->port;
	return p->port;
}

void
tree_remove(struct tree *t, struct tree_proc *p)
{
	assert(p->handle == NULL);
	if (p->last.v[COUNTER_CPU] > 0)
		t->gone_cpu_ns += p->last.v[COUNTER_CPU];
	if (p->last.v[COUNTER_CPU_ENERGY] > 0)
		t->gone_energy_nj += p->last.v[COUNTER_CPU_ENERGY];
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i] == p) {
			/* Order is kept: records list the eldest first. */
			memmove(t->v + i, t->v + i + 1,
			    (t->n - i - 1) * sizeof(*t->v));
			t->n--;
			break;
		}
	free_proc(p);
}

bool
tree_has(const struct tree *t, const struct plat_id *id)
{
	const struct tree_proc *p = tree_find(t, id->pid);

	return p != NULL && (p->id.start == 0 || id->start == 0 ||
	    p->id.start == id->start);
}

size_t
tree_roots(const struct tree *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->v[i]->is_root;
	return n;
}

bool
tree_has_root_at(const struct tree *t, int port)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i]->is_root && t->v[i]->port == port)
			return true;
	return false;
}

const struct tree_proc *
tree_root(const struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i]->is_root)
			return t->v[i];
	return NULL;
}

/* Is parent the parent of child: now, or when child was born? */
static bool
is_parent(const struct plat_id *parent, const struct plat_id *child)
{
	return parent->pid == child->ppid || (child->parent_start != 0 &&
	    parent->start == child->parent_start);
}

/* Mark the children of parent in belongs, and add their places to found, which
 * holds n_found.  Returns how many there are then. */
static size_t
find_children(const struct plat_id *parent, const struct plat_id *ids,
    size_t n, bool *belongs, size_t *found, size_t n_found)
{
	for (size_t i = 0; i < n; i++)
		if (!belongs[i] && !ids[i].is_zombie &&
		    is_parent(parent, &ids[i])) {
			belongs[i] = true;
			found[n_found++] = i;
		}
	return n_found;
}

size_t
tree_descendants(const struct tree *t, const struct plat_id *ids, size_t n,
    bool *belongs)
{
	size_t *found = xcalloc(n, sizeof(*found)), n_found = 0;

	memset(belongs, 0, n * sizeof(*belongs));
	for (size_t i = 0; i < t->n; i++)
		n_found = find_children(&t->v[i]->id, ids, n, belongs, found,
		    n_found);
	for (size_t i = 0; i < n_found; i++)
		n_found = find_children(&ids[found[i]], ids, n, belongs, found,
		    n_found);
	free(found);
	return n_found;
}

void
tree_mark_base(struct tree *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->v[i]->base_bytes = counters_size(&t->v[i]->last);
}

static int64_t
growth(const struct tree_proc *p)
{
	int64_t size = counters_size(&p->last);

	return size < 0 || p->base_bytes < 0 ? 0 : size - p->base_bytes;
}

struct tree_proc *
tree_find_worker(struct tree *t, int64_t min_bytes)
{
	struct tree_proc *best = NULL;
	int64_t total = 0, all = 0, g;

	for (size_t i = 0; i < t->n; i++) {
		if ((g = growth(t->v[i])) <= 0)
			continue;
		all += g;
		if (t->v[i]->role == TREE_WORKER)
			continue;
		total += g;
		if (best == NULL || g > growth(best))
			best = t->v[i];
	}
	if (best == NULL || growth(best) < min_bytes ||
	    growth(best) < total / 2 || growth(best) < all / 4)
		return NULL;
	best->role = TREE_WORKER;
	return best;
}

bool
tree_is_family(const char *name, const char *exe)
{
	const char *base = strrchr(exe, '/');

	base = base != NULL ? base + 1 : exe;
	if (strcmp(base, "lms") == 0 || strcmp(name, "lms") == 0)
		return false;		/* the command line client */
	return strstr(exe, "/.lmstudio/") != NULL ||
	    strstr(exe, "/LM Studio.app/") != NULL ||
	    strncmp(name, "LM Studio", 9) == 0 ||
	    strncmp(name, "lm-studio", 9) == 0 ||
	    strcmp(name, "llmster") == 0;
}

static const char home_name[] = "/.lmstudio/";

bool
tree_is_orphan(const char *exe, const char *root_exe)
{
	static const char *const workers[] = { "node", "llama-server",
	    "llmworker" };
	const char *home = strstr(exe, home_name);
	const char *root_home = strstr(root_exe, home_name);
	const char *base = strrchr(exe, '/');

	if (home == NULL)
		return false;
	if (root_home != NULL && (root_home - root_exe != home - exe ||
	    strncmp(exe, root_exe, (size_t)(home - exe)) != 0))
		return false;		/* another user's */
	for (size_t i = 0; i < sizeof(workers) / sizeof(workers[0]); i++)
		if (strcmp(base + 1, workers[i]) == 0)
			return true;
	return false;
}
