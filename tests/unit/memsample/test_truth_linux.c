/*
 * The sampler against processes whose memory is known: children of this test
 * that do one thing for each byte they are sent, and then say so.  Nothing
 * here depends on time.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "linux/plat_linux.h"
#include "tap.h"
#include "tree/sampler.h"

/* What a program touches of its own between two of its steps. */
enum { MIB = 1024 * 1024, SLACK = 2 * MIB };

/* Children of a moment, and of the largest family. */
enum { LIVES = 200, FAMILY_MAX = 1000 };

/* ---- the target ---------------------------------------------------------- */

static int to_child[2], from_child[2];
static char file_path[64];

static char *
map(size_t bytes, int flags, int fd)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (at == MAP_FAILED)
		_exit(9);
	return at;
}

static void
touch(char *at, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += 4096)
		at[i] = (char)(at[i] + 1);
}

/* 1 to 8 MiB, and a trace of it. */
static void
live_briefly(int i)
{
	size_t bytes = (size_t)(i % 8 + 1) * MIB;

	touch(map(bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1), bytes);
	usleep(30000);
	_exit(0);
}

static void
short_children(int n)
{
	for (int i = 0; i < n; i++) {
		if (fork() == 0)
			live_briefly(i);
		if (i % 50 == 49)
			while (waitpid(-1, NULL, 0) > 0)
				;
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
}

/* A grandchild whose parent ends at once. */
static void
orphan(void)
{
	if (fork() == 0) {
		if (fork() == 0) {
			touch(map(8 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1),
			    8 * MIB);
			if (write(from_child[1], "o", 1) == 1)
				pause();
			_exit(0);
		}
		_exit(0);
	}
	wait(NULL);
}

static void
resting_children(int n)
{
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			pause();
			_exit(0);
		}
}

/* A thread that goes on alone with 16 MiB more, and one that runs another
 * program. */
static void *
go_on(void *arg)
{
	if (*(const char *)arg == 'e')
		execlp("sleep", "sleep", "1000", (char *)NULL);
	touch(map(16 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1), 16 * MIB);
	if (write(from_child[1], arg, 1) == 1)
		pause();
	_exit(9);
}

static void
do_op(char op)
{
	static char thread_op;
	pthread_t thread;
	static char *anon;
	char *at;
	int fd, n;

	switch (op) {
	case 'a':		/* 16 MiB more of anonymous memory */
		anon = map(16 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		touch(anon, 16 * MIB);
		break;
	case 'b':		/* and back */
		munmap(anon, 16 * MIB);
		break;
	case 'f':		/* a file, mapped and touched page by page */
		fd = open(file_path, O_RDWR | O_CREAT | O_TRUNC, 0600);
		if (fd == -1 || ftruncate(fd, 8 * MIB) == -1)
			_exit(9);
		touch(map(8 * MIB, MAP_SHARED, fd), 8 * MIB);
		break;
	case 's':		/* shared memory */
		touch(map(8 * MIB, MAP_SHARED | MAP_ANONYMOUS, -1), 8 * MIB);
		break;
	case 'p':		/* 64 MiB for 2 ms */
		at = map(64 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
		touch(at, 64 * MIB);
		usleep(2000);
		munmap(at, 64 * MIB);
		break;
	case 'c':
		short_children(LIVES);
		break;
	case 'o':
		orphan();	/* the grandchild answers */
		return;
	case 't':
		if (read(to_child[0], &n, sizeof(n)) != sizeof(n))
			_exit(9);
		resting_children(n - 1);
		break;
	case 'l':		/* large */
		touch(map(512 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1),
		    512 * MIB);
		break;
	case 'x':
		execlp("sleep", "sleep", "1000", (char *)NULL);
		_exit(9);
	case 'v':		/* a child with our memory, until told */
		if (vfork() == 0) {
			if (write(from_child[1], "v", 1) != 1 ||
			    read(to_child[0], &n, 1) != 1)
				_exit(9);
			_exit(0);
		}
		return;
	case 'e':
	case 'q':		/* the thread answers */
		thread_op = op;
		if (pthread_create(&thread, NULL, go_on, &thread_op) == 0)
			pthread_exit(NULL);
		_exit(9);
	case 'u':		/* another user's from now on */
		if (setgid(65534) == -1 || setuid(65534) == -1)
			_exit(9);
		break;
	default:
		_exit(0);
	}
	if (write(from_child[1], &op, 1) != 1)
		_exit(9);
}

static pid_t
start_child(void)
{
	pid_t pid;
	char op;

	if (pipe(to_child) == -1 || pipe(from_child) == -1)
		exit(4);
	if ((pid = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(to_child[1]);
		while (read(to_child[0], &op, 1) == 1)
			do_op(op);
		_exit(0);
	}
	close(to_child[0]);
	close(from_child[1]);	/* so that its end is seen */
	return pid;
}

/* Have the child do op, and wait until it is done. */
static void
run_op(char op)
{
	char c;

	if (write(to_child[1], &op, 1) != 1 || read(from_child[0], &c, 1) != 1)
		printf("# the child failed at '%c'\n", op);
}

/* Have it become a family of n. */
static void
run_family(int n)
{
	char op = 't';

	if (write(to_child[1], &op, 1) != 1 ||
	    write(to_child[1], &n, sizeof(n)) != sizeof(n) ||
	    read(from_child[0], &op, 1) != 1)
		printf("# the child failed at a family of %d\n", n);
}

static void
stop_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(to_child[1]);
	close(from_child[0]);
}

/* ---- the sampler --------------------------------------------------------- */

struct counts {
	int appear, exec, exit, worker, denied;
	char last_exec[PLAT_NAME_CAP];
	int last_status;
};

static void
count(void *arg, enum sampler_event event, const struct tree_proc *p,
    int64_t at_ns, int status)
{
	struct counts *c = arg;

	(void)at_ns;
	c->appear += event == SAMPLER_APPEAR;
	c->exit += event == SAMPLER_EXIT;
	c->worker += event == SAMPLER_WORKER;
	c->denied += event == SAMPLER_DENIED;
	if (event == SAMPLER_EXIT)
		c->last_status = status;
	if (event == SAMPLER_EXEC) {
		c->exec++;
		snprintf(c->last_exec, sizeof(c->last_exec), "%s", p->id.name);
	}
}

static struct plat *plat;
static struct sampler sampler;
static struct counts counts;

static void
begin(pid_t pid, bool reset_peak)
{
	struct sampler_options o = { .interval_ns = 100 * NS_PER_MS,
	    .reset_peak = reset_peak };

	counts = (struct counts){ 0 };
	sampler_init(&sampler, plat, &o, count, &counts);
	sampler.watched.pid = pid;
	sampler_lookup(&sampler, clock_mono_ns());
}

static struct sample
sample(void)
{
	struct sample m;

	sampler_take(&sampler, clock_mono_ns(), true, &m);
	return m;
}

static int
near(int64_t got, int64_t want, const char *what)
{
	int64_t off = got > want ? got - want : want - got;

	ok(off <= SLACK, "%s", what);
	if (off > SLACK)
		printf("# got %lld, expected %lld\n", (long long)got,
		    (long long)want);
	return off <= SLACK;
}

/* ---- tests --------------------------------------------------------------- */

static void
test_kinds(void)
{
	pid_t pid = start_child();
	struct sample a, b;
	int bad = 0;

	begin(pid, false);
	a = sample();
	for (int i = 1; i <= 4; i++) {
		run_op('a');
		b = sample();
		bad += llabs(b.sum.v[COUNTER_ANON] - a.sum.v[COUNTER_ANON] -
		    (int64_t)i * 16 * MIB) > SLACK;
	}
	ok(bad == 0, "anonymous memory in four steps of 16 MiB");
	run_op('b');
	near(sample().sum.v[COUNTER_ANON] - a.sum.v[COUNTER_ANON], 48 * MIB,
	    "given back, it is gone");
	b = sample();
	run_op('f');
	near(sample().sum.v[COUNTER_FILE] - b.sum.v[COUNTER_FILE], 8 * MIB,
	    "a mapped file is file-backed memory");
	near(sample().sum.v[COUNTER_ANON], b.sum.v[COUNTER_ANON],
	    "and not anonymous");
	run_op('s');
	near(sample().sum.v[COUNTER_SHMEM] - b.sum.v[COUNTER_SHMEM], 8 * MIB,
	    "shared memory is counted as such");
	unlink(file_path);
	sampler_fini(&sampler);
	stop_child(pid);
}

/* The sampler's sum against statm, read here in another way. */
static void
test_to_the_page(void)
{
	pid_t pid = start_child();
	long long resident = 0;
	char path[64];
	struct sample m;
	FILE *fp;

	run_op('a');
	begin(pid, false);
	m = sample();
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	fp = fopen(path, "r");
	if (fp == NULL || fscanf(fp, "%*s %lld", &resident) != 1)
		resident = -1;
	if (fp != NULL)
		fclose(fp);
	ok(m.sum.v[COUNTER_RSS] == resident * sysconf(_SC_PAGESIZE),
	    "the sum agrees with /proc to the page");
	ok(m.sum.v[COUNTER_RSS] == m.sum.v[COUNTER_ANON] +
	    m.sum.v[COUNTER_FILE] + m.sum.v[COUNTER_SHMEM],
	    "rss is the sum of its parts");
	sampler_fini(&sampler);
	stop_child(pid);
}

static void
test_spikes(void)
{
	pid_t pid = start_child();
	struct sample a, m;
	int seen = 0, quiet = 0;

	begin(pid, false);
	run_op('a');		/* the first step touches code, too */
	run_op('b');
	a = sample();
	run_op('p');
	m = sample();
	near(m.sum.v[COUNTER_PEAK_RSS] - a.sum.v[COUNTER_RSS], 64 * MIB,
	    "a spike between two samples is in the peak");
	near(m.sum.v[COUNTER_RSS], a.sum.v[COUNTER_RSS], "and not in rss");
	sampler_fini(&sampler);

	begin(pid, true);
	sample();
	for (int i = 0; i < 10; i++) {
		run_op('p');
		m = sample();
		seen += llabs(m.sum.v[COUNTER_TICK_PEAK_RSS] -
		    a.sum.v[COUNTER_RSS] - 64 * MIB) <= SLACK;
		m = sample();
		quiet += llabs(m.sum.v[COUNTER_TICK_PEAK_RSS] -
		    a.sum.v[COUNTER_RSS]) <= SLACK;
	}
	ok(seen == 10 && quiet == 10, "with --reset-peak every spike is seen "
	    "(%d of 10), and no other (%d quiet)", seen, quiet);
	near(m.sum.v[COUNTER_PEAK_RSS] - a.sum.v[COUNTER_RSS], 64 * MIB,
	    "the peak of the life is kept");
	sampler_fini(&sampler);
	stop_child(pid);
}

static void
test_short_children(void)
{
	pid_t pid = start_child();

	begin(pid, false);
	sample();
	run_op('c');
	sample();
	if (plat_events_missing(plat) != NULL)
		ok(1, "200 children of 30 ms # SKIP no fork events: %s",
		    plat_events_missing(plat));
	else
		ok(counts.appear == LIVES + 1 && counts.exit == LIVES &&
		    counts.last_status == 0, "200 children of 30 ms between "
		    "two samples: %d seen, %d ends", counts.appear - 1,
		    counts.exit);
	ok(sampler.tree.n == 1, "and none of them is left");
	sampler_fini(&sampler);
	stop_child(pid);
}

/* They go when their parent does. */
static void
test_family_of(int n)
{
	pid_t pid = start_child();
	struct sample m;

	begin(pid, false);
	sample();
	run_family(n);
	m = sample();
	ok(m.n_procs == (size_t)n && sampler.tree.n == m.n_procs &&
	    m.unread == 0, "a tree of %d: %zu, %zu unread", n, m.n_procs,
	    m.unread);
	for (size_t i = 0; i < sampler.tree.n; i++)
		if (sampler.tree.v[i]->id.pid != pid)
			kill(sampler.tree.v[i]->id.pid, SIGKILL);
	/* Zombies now (their parent does not wait): no memory, not 0. */
	for (int i = 0; i < 1000 && m.n_procs > 1; i++) {
		usleep(10000);
		m = sample();
	}
	ok(m.n_procs == 1, "zombies are none of them");
	sampler_fini(&sampler);
	stop_child(pid);
}

/* How it ended is told when its memory is long gone. */
static void
test_killed_while_large(void)
{
	pid_t pid = start_child();
	bool is_seen_dying = false;
	struct sample m;

	begin(pid, false);
	run_op('l');
	sample();
	counts.exit = 0;
	kill(pid, SIGKILL);
	for (int i = 0; i < 5000 && counts.exit == 0; i++) {
		usleep(1000);
		m = sample();
		is_seen_dying |= m.n_procs == 0;
	}
	waitpid(pid, NULL, 0);
	if (plat_events_missing(plat) == NULL)
		ok(is_seen_dying && WIFSIGNALED(counts.last_status) &&
		    WTERMSIG(counts.last_status) == SIGKILL,
		    "512 MiB, killed: by which signal is known (%x)",
		    counts.last_status);
	sampler_fini(&sampler);
	close(to_child[1]);
	close(from_child[0]);
}

static void
test_orphan(void)
{
	pid_t pid = start_child();
	struct sample a, m;

	begin(pid, false);
	a = sample();
	run_op('o');
	m = sample();
	if (plat_events_missing(plat) != NULL) {
		ok(1, "an orphan # SKIP no fork events");
	} else {
		ok(sampler.tree.n == 2 && m.sum.v[COUNTER_ANON] -
		    a.sum.v[COUNTER_ANON] >= 8 * MIB - SLACK,
		    "a grandchild whose parent ended is still ours");
	}
	for (size_t i = 0; i < sampler.tree.n; i++)
		if (sampler.tree.v[i]->id.pid != pid)
			kill(sampler.tree.v[i]->id.pid, SIGKILL);
	sampler_fini(&sampler);
	stop_child(pid);
}

/* By op: the first thread does it, or another one. */
static void
test_exec(char op)
{
	pid_t pid = start_child();
	char exe[256] = "";

	begin(pid, false);
	run_op('a');
	sample();
	if (write(to_child[1], &op, 1) != 1)
		exit(4);
	for (int i = 0; i < 500 && strstr(exe, "sleep") == NULL; i++) {
		usleep(10000);
		plat_exe(plat, pid, exe, sizeof(exe));
	}
	sample();
	ok(counts.exec == 1 && strcmp(counts.last_exec, "sleep") == 0 &&
	    sampler.tree.n == 1, "exec in place is told, once");
	ok(sample().sum.v[COUNTER_ANON] < 8 * MIB, "and its memory is new");
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	sample();
	ok(counts.exit == 1 && sampler.tree.n == 0, "its end is told");
	if (plat_events_missing(plat) == NULL)
		ok(WIFSIGNALED(counts.last_status) &&
		    WTERMSIG(counts.last_status) == SIGTERM,
		    "with the signal that ended it (%x)", counts.last_status);
	ok(sample().sum.v[COUNTER_RSS] == -1,
	    "without a process rss is unknown, not 0");
	sampler_fini(&sampler);
	close(to_child[1]);
	close(from_child[0]);
}

static void
test_vfork(void)
{
	pid_t pid = start_child();
	struct sample a, m;

	run_op('a');
	begin(pid, false);
	a = sample();
	run_op('v');
	m = sample();
	ok(m.n_procs == 2 && counts.worker == 0,
	    "a child that has not run its program yet is no worker");
	near(m.sum.v[COUNTER_RSS], a.sum.v[COUNTER_RSS],
	    "and its parent's memory counts once");
	sampler_fini(&sampler);
	if (write(to_child[1], "x", 1) != 1)
		exit(4);
	stop_child(pid);
}

static void
test_first_thread_ends(void)
{
	pid_t pid = start_child();
	struct sample a, m;

	begin(pid, false);
	a = sample();
	run_op('q');
	for (int i = 0; i < 500 && sampler.tree.v[0]->end_ns == 0 &&
	    plat_events_missing(plat) == NULL; i++) {
		usleep(10000);
		sample();
	}
	m = sample();
	ok(counts.exit == 0 && counts.exec == 0 && m.n_procs == 1 &&
	    m.sum.v[COUNTER_ANON] - a.sum.v[COUNTER_ANON] >= 16 * MIB,
	    "its first thread has ended, the others and their memory are there");
	sampler_fini(&sampler);
	begin(pid, false);
	ok(sample().sum.v[COUNTER_ANON] == m.sum.v[COUNTER_ANON],
	    "the same for who comes then");
	kill(pid, SIGKILL);
	for (int i = 0; i < 500 && counts.exit == 0; i++) {
		usleep(10000);
		m = sample();
	}
	ok(counts.exit == 1 && m.n_procs == 0, "until it ends");
	sampler_fini(&sampler);
	waitpid(pid, NULL, 0);
	close(to_child[1]);
	close(from_child[0]);
}

static void
test_gone_before(void)
{
	pid_t pid = start_child();

	stop_child(pid);
	begin(pid, false);
	ok(tree_roots(&sampler.tree) == 0 && sample().sum.v[COUNTER_RSS] == -1,
	    "a target that is gone before the first sample");
	sampler_fini(&sampler);
}

static void
test_other_user(void)
{
	pid_t pid;

	if (getuid() != 0) {
		ok(1, "another user's process # SKIP needs root to make one");
		return;
	}
	pid = start_child();
	run_op('a');
	run_op('u');
	begin(pid, false);
	ok(sample().sum.v[COUNTER_ANON] >= 16 * MIB,
	    "another user's process is read");
	sampler_fini(&sampler);
	stop_child(pid);
}

static void
test_worker(void)
{
	pid_t pid = start_child();

	begin(pid, false);
	sample();
	tree_mark_base(&sampler.tree);
	run_op('a');
	sample();
	sampler_load_ended(&sampler, clock_mono_ns());
	ok(counts.worker == 1 && sampler.tree.v[0]->role == TREE_WORKER,
	    "the process that grew with the load is the worker");
	sampler_fini(&sampler);
	stop_child(pid);
}

int
main(void)
{

	snprintf(file_path, sizeof(file_path), "build/truth.%d.tmp",
	    (int)getpid());
	signal(SIGPIPE, SIG_IGN);
	if ((plat = plat_open()) == NULL)
		return 4;
	test_kinds();
	test_to_the_page();
	test_spikes();
	test_short_children();
	test_family_of(1);
	test_family_of(100);
	test_family_of(255);
	test_family_of(257);
	test_family_of(FAMILY_MAX);
	plat->max_kept = 100;		/* a hard limit of descriptors */
	test_family_of(200);
	ok(plat->n_kept == 0, "every descriptor of a process is given back");
	test_killed_while_large();
	test_orphan();
	test_exec('x');
	test_exec('e');
	test_vfork();
	test_first_thread_ends();
	test_gone_before();
	test_other_user();
	test_worker();
	plat_close(plat);
	return tap_done();
}
