/* Who belongs to the tree, and who grew. */
#include "tap.h"
#include "tree/tree.h"

static struct plat_id
id(int pid, int ppid, uint64_t start)
{
	return (struct plat_id){ .pid = pid, .ppid = ppid, .start = start,
	    .name = "x" };
}

static struct tree_proc *
add(struct tree *t, int pid, int64_t base, int64_t now)
{
	struct plat_id i = id(pid, 1, (uint64_t)pid);
	struct tree_proc *p = tree_add(t, &i, false);

	p->base_bytes = base;
	p->last.v[COUNTER_RSS] = now;
	return p;
}

static void
test_descendants(void)
{
	struct plat_id root = id(10, 1, 100), ids[5];
	struct tree t = { 0 };
	bool in[5];

	tree_add(&t, &root, true);
	ids[0] = id(13, 12, 103);	/* listed before its parent */
	ids[1] = id(12, 11, 102);
	ids[2] = id(11, 10, 101);
	ids[3] = id(20, 1, 104);
	ids[4] = id(14, 10, 105);
	ids[4].is_zombie = true;
	ok(tree_descendants(&t, ids, 5, in) == 3 && in[0] && in[1] && in[2] &&
	    !in[3] && !in[4], "children's children, in any order; no "
	    "stranger, no zombie");
	tree_fini(&t);
}

static void
test_identity(void)
{
	struct plat_id a = id(10, 1, 100), b = id(10, 1, 200);
	struct tree t = { 0 };

	tree_add(&t, &a, true);
	ok(tree_has(&t, &a) && !tree_has(&t, &b),
	    "a pid used again is another process");
	ok(tree_roots(&t) == 1, "one root");
	t.v[0]->last.v[COUNTER_CPU] = 5;
	tree_remove(&t, t.v[0]);
	ok(t.n == 0 && t.gone_cpu_ns == 5, "CPU time outlives the process");
	tree_fini(&t);
}

static void
test_worker(void)
{
	const int64_t mib = 1024 * 1024;
	struct tree t = { 0 };
	struct tree_proc *big;

	add(&t, 1, 100 * mib, 101 * mib);
	big = add(&t, 2, 0, 60 * mib);
	add(&t, 3, 50 * mib, 40 * mib);
	ok(tree_find_worker(&t, 16 * mib) == big &&
	    big->role == TREE_WORKER, "the one that grew is the worker");
	ok(tree_find_worker(&t, 16 * mib) == NULL, "and only that one");
	big = add(&t, 4, 0, 30 * mib);
	ok(tree_find_worker(&t, 16 * mib) == big,
	    "but another that grew half as much");
	tree_fini(&t);
	big = add(&t, 2, 0, 900 * mib);
	add(&t, 3, 100 * mib, 120 * mib);
	ok(tree_find_worker(&t, 16 * mib) == big &&
	    tree_find_worker(&t, 16 * mib) == NULL,
	    "a window that grows beside a model is no worker");
	tree_fini(&t);

	add(&t, 1, 0, 20 * mib);
	add(&t, 2, 0, 19 * mib);
	add(&t, 3, 0, 19 * mib);
	ok(tree_find_worker(&t, 16 * mib) == NULL,
	    "when all grow alike there is none");
	tree_fini(&t);

	/* Metal memory is in the footprint, not in rss. */
	big = add(&t, 1, 0, 2 * mib);
	big->last.v[COUNTER_FOOTPRINT] = 90 * mib;
	add(&t, 2, 0, 3 * mib);
	ok(tree_find_worker(&t, 16 * mib) == big, "growth by footprint counts");
	tree_fini(&t);
}

static void
test_family(void)
{
	ok(tree_is_family("node", "/Users/x/.lmstudio/.internal/utils/node") &&
	    tree_is_family("LM Studio", "/Applications/LM Studio.app/Contents"
	    "/MacOS/LM Studio") && tree_is_family("llmster", ""),
	    "LM Studio's processes");
	ok(!tree_is_family("lms", "/Users/x/.lmstudio/bin/lms") &&
	    !tree_is_family("node", "/usr/bin/node") &&
	    !tree_is_family("llama-server", "/opt/llama-server"),
	    "its command line client and others are not");
}

static void
test_sums(void)
{
	struct counters sum, a, b;

	counters_clear(&sum);
	counters_clear(&a);
	counters_clear(&b);
	a.v[COUNTER_RSS] = 5;
	b.v[COUNTER_RSS] = 7;
	b.v[COUNTER_SWAP] = 0;
	counters_add(&sum, &a);
	counters_add(&sum, &b);
	ok(sum.v[COUNTER_RSS] == 12 && sum.v[COUNTER_SWAP] == 0 &&
	    sum.v[COUNTER_PSS] == -1, "unknown is not 0, and 0 is known");
}

int
main(void)
{
	test_descendants();
	test_identity();
	test_worker();
	test_family();
	test_sums();
	return tap_done();
}
