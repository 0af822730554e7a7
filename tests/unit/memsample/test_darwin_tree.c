/* macOS: which processes belong to the tree, and who they are. */
#include "clock.h"
#include "darwin_stage.h"

static void
test_tree_by_port(void)
{
	begin();
	ok(sampler_lookup(&s, 1) && s.tree.n == 3 &&
	    s.tree.v[0]->id.pid == 100 && s.tree.v[0]->is_root,
	    "the port's owner stands for the app, its siblings are found");
	ok(n_watched == 3, "each of them is watched");
	is_text(s.tree.v[0]->options, "{\"ctx-size\":\"4096\"}",
	    "what it was told, without its environment");
	end();
}

static void
test_others_process(void)
{
	begin();
	fake_find(102)->is_denied = true;
	sampler_lookup(&s, 1);
	ok(n_watched == 3, "another user's is watched, without its status");
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
	int64_t before_ns, cpu_ns;
	struct sample m;

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
	m = take(INT64_C(40050000000), true);
	cpu_ns = m.sum.v[COUNTER_CPU];
	/* A zombie keeps its last figures: they are not memory. */
	procs[3].ri.ri_proc_exit_abstime = 5;
	before_ns = clock_mono_ns();
	m = take(INT64_C(40100000000), true);
	ok(m.n_procs == 2 && told.exit == 1, "a zombie is none of them, its "
	    "end may be on its way");
	ok(cpu_ns > 0 && m.sum.v[COUNTER_CPU] == cpu_ns,
	    "meanwhile the CPU time of the tree does not go back");
	take(INT64_C(42100000000), true);
	ok(tree_find(&s.tree, 102) == NULL && told.exit == 2 &&
	    told.status == -1, "without an event it is told all the same");
	/* The sample was due long ago; an unload may have come since. */
	ok(told.end_ns >= before_ns, "and not as earlier than it was missed");
	end();
}

/* One of two servers is started again while the other goes on. */
static void
test_lost(void)
{
	begin();
	fake_find(200)->port = 4321;
	watched_add_port(&s.watched, 4321);
	sampler_lookup(&s, 1);
	ok(s.tree.n == 4 && tree_has_root_at(&s.tree, 4321), "two servers");
	fake_find(200)->is_gone = true;
	take(INT64_C(1000000000), true);
	take(INT64_C(4000000000), true);
	ok(s.tree.n == 3 && tree_has_root_at(&s.tree, 1234),
	    "one of them ends");
	fake_add(201, 1, 2010, 1, "other")->port = 4321;
	take(INT64_C(7000000000), true);
	ok(s.tree.n == 4 && tree_find(&s.tree, 201) != NULL &&
	    tree_find(&s.tree, 201)->is_root &&
	    tree_find(&s.tree, 201)->port == 4321,
	    "and is found again, beside the other one");
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
	other.watched.pid = 300;
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
	fake_add(400, 1, 4000, 1,
	    "llama-server")->exe = "/usr/bin/llama-server";
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
	tree_mark_base(&s.tree);
	fake_find(401)->ri.ri_phys_footprint += 100 * MIB;
	take(INT64_C(600000000), true);
	sampler_load_ended(&s, INT64_C(600000000));
	ok(tree_find(&s.tree, 401)->role == TREE_WORKER &&
	    tree_find(&s.tree, 402)->role == TREE_CHILD &&
	    tree_find(&s.tree, 400)->role == TREE_ROOT,
	    "the child that grew with the load is the worker");
	end();
}

int
main(void)
{
	test_tree_by_port();
	test_others_process();
	test_events();
	test_identity();
	test_lost();
	test_orphans();
	test_router();
	return tap_done();
}
