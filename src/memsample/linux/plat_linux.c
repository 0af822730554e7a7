/*
 * Linux: which processes there are, who listens on a port, and time.  Counters
 * are in counters_linux.c, fork events in events_linux.c.
 */
#define _GNU_SOURCE
#include "linux/plat_linux.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "linux/proctext.h"
#include "xalloc.h"

long
procfile_read(const char *path, char *out, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, out, cap);
	close(fd);
	return (long)n;
}

enum {
	OTHER_DESCRIPTORS = 64,		/* ours, and those of a moment */
	INODES_MAX = 1024
};

/* Ticks may be far apart: so often events are taken all the same, before
 * their socket overflows. */
static const int64_t events_every_ns = 100 * NS_PER_MS;

/* Three descriptors per process are kept open: take all we may have.
 * Returns how many that leaves for them. */
static size_t
raise_descriptor_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == -1)
		return 0;
	if (r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
	return r.rlim_cur > OTHER_DESCRIPTORS ?
	    (size_t)r.rlim_cur - OTHER_DESCRIPTORS : 0;
}

static int
open_quietly(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

struct plat *
plat_open(void)
{
	struct plat *p = xcalloc(1, sizeof(*p));

	p->last_pid = -1;
	if ((p->proc = opendir("/proc")) == NULL) {
		diag_warn("/proc: cannot be read; is it mounted?");
		free(p);
		return NULL;
	}
	p->max_kept = raise_descriptor_limit();
	p->page_bytes = sysconf(_SC_PAGESIZE);
	p->tick_ns = NS_PER_S / sysconf(_SC_CLK_TCK);
	prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);	/* ticks are exact */
	p->loadavg_fd = open_quietly("/proc/loadavg");
	p->meminfo_fd = open_quietly("/proc/meminfo");
	p->pressure_fd = open_quietly("/proc/pressure/memory");
	p->stat_fd = open_quietly("/proc/stat");
	gpu_open(&p->gpu);
	powercap_open(&p->powercap, "/sys/class/powercap");
	events_open(&p->events);
	return p;
}

static void
close_if_open(int fd)
{
	if (fd != -1)
		close(fd);
}

void
plat_close(struct plat *p)
{
	if (p == NULL)
		return;
	gpu_close(&p->gpu);
	powercap_close(&p->powercap);
	events_close(&p->events);
	closedir(p->proc);
	close_if_open(p->loadavg_fd);
	close_if_open(p->meminfo_fd);
	close_if_open(p->pressure_fd);
	close_if_open(p->stat_fd);
	scan_fini(&p->scan);
	free(p);
}

int
plat_identify(struct plat *p, int pid, struct plat_id *out)
{
	char path[48], text[1024];
	struct proctext_stat st;
	long n;

	(void)p;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	if ((n = procfile_read(path, text, sizeof(text))) <= 0 ||
	    proctext_stat(text, (size_t)n, &st) == -1)
		return -1;
	out->pid = pid;
	out->ppid = st.ppid;
	out->start = st.start_ticks;
	out->parent_start = 0;	/* clock ticks are not unique */
	out->is_zombie = (st.state == 'Z' && st.threads <= 1) ||
	    st.state == 'X';
	snprintf(out->name, sizeof(out->name), "%s", st.name);
	return 0;
}

void
plat_exe(struct plat *p, int pid, char *out, size_t cap)
{
	char path[48];
	ssize_t n;

	(void)p;
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	n = readlink(path, out, cap - 1);
	out[n > 0 ? n : 0] = '\0';
}

size_t
plat_arguments(struct plat *p, int pid, char *out, size_t cap)
{
	char path[48];
	long n;

	(void)p;
	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	n = procfile_read(path, out, cap);
	return n > 0 ? (size_t)n : 0;
}

/* ---- scanning ----------------------------------------------------------- */

int64_t
plat_safety_scan_period(void)
{
	return 30 * NS_PER_S;	/* losses are told, see PLAT_RESCAN */
}

/* The newest pid of the machine, -1 unknown. */
static long long
newest_pid(const struct plat *p)
{
	char text[128];
	ssize_t n = pread(p->loadavg_fd, text, sizeof(text), 0);

	return n <= 0 ? -1 : proctext_last_pid(text, (size_t)n);
}

bool
plat_may_have_forked(struct plat *p)
{
	long long pid = newest_pid(p);

	return pid == -1 || pid != p->last_pid;
}

static int
pid_of_name(const char *name)
{
	int pid = 0;

	for (; *name >= '0' && *name <= '9'; name++) {
		if (pid > (INT_MAX - 9) / 10)
			return -1;
		pid = pid * 10 + (*name - '0');
	}
	return *name == '\0' ? pid : -1;
}

size_t
plat_scan(struct plat *p, bool all, const struct plat_id **out)
{
	struct scan *s = &p->scan;
	struct dirent *e;
	int pid;

	/* last_pid is read before the list: a fork in between is seen twice
	 * rather than never. */
	p->last_pid = newest_pid(p);
	s->n = 0;
	rewinddir(p->proc);
	while ((e = readdir(p->proc)) != NULL) {
		if ((pid = pid_of_name(e->d_name)) <= 0)
			continue;
		s->pids = xgrow(s->pids, s->n, &s->cap, sizeof(*s->pids));
		s->pids[s->n++] = pid;
	}
	return scan_identify(s, p, all, out);
}

/* ---- ports -------------------------------------------------------------- */

/* Sockets that listen on port, from one table.  Returns how many in all. */
static size_t
find_inodes(const char *path, int port, uint64_t *inodes, size_t n)
{
	char line[512];
	FILE *fp = fopen(path, "re");
	uint64_t inode;

	if (fp == NULL)
		return n;
	while (n < INODES_MAX && fgets(line, sizeof(line), fp) != NULL)
		if ((inode = proctext_tcp_listener(line, strlen(line),
		    port)) != 0)
			inodes[n++] = inode;
	fclose(fp);
	return n;
}

static bool
owns_one_of(int pid, const uint64_t *inodes, size_t n)
{
	char path[64], link[64];
	struct dirent *e;
	bool owns = false;
	uint64_t inode;
	ssize_t len;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	if ((d = opendir(path)) == NULL)
		return false;
	while (!owns && (e = readdir(d)) != NULL) {
		len = readlinkat(dirfd(d), e->d_name, link, sizeof(link));
		if (len <= 0 || (inode = proctext_socket_inode(link,
		    (size_t)len)) == 0)
			continue;
		for (size_t i = 0; i < n; i++)
			owns = owns || inodes[i] == inode;
	}
	closedir(d);
	return owns;
}

static size_t
find_listeners(int port, uint64_t *inodes)
{
	size_t n = find_inodes("/proc/net/tcp", port, inodes, 0);

	return find_inodes("/proc/net/tcp6", port, inodes, n);
}

static size_t
find_owners(struct plat *p, const uint64_t *inodes, size_t n)
{
	struct scan *s = &p->scan;
	struct dirent *e;
	int pid;

	s->n = 0;
	rewinddir(p->proc);
	while ((e = readdir(p->proc)) != NULL) {
		pid = pid_of_name(e->d_name);
		if (pid <= 0 || !owns_one_of(pid, inodes, n))
			continue;
		s->pids = xgrow(s->pids, s->n, &s->cap, sizeof(*s->pids));
		s->pids[s->n++] = pid;
	}
	return s->n;
}

/* Only the sockets that still listen stay.  Returns how many. */
static size_t
keep_listening(int port, uint64_t *inodes, size_t n)
{
	uint64_t now[INODES_MAX];
	size_t k, n_now = find_listeners(port, now), kept = 0;

	for (size_t i = 0; i < n; i++) {
		for (k = 0; k < n_now && now[k] != inodes[i];)
			k++;
		if (k < n_now)
			inodes[kept++] = inodes[i];
	}
	return kept;
}

/* /proc/net/tcp gives the sockets' inodes, the descriptors of every process are
 * searched for them.
 *
 * A process that ends between the two looks is not hidden: its socket is gone
 * then, too.  One that is about to end hides its descriptors a little before:
 * so twice. */
int
plat_port_owners(struct plat *p, int port, const int **pids)
{
	uint64_t inodes[INODES_MAX];
	size_t n = find_listeners(port, inodes), found;

	for (int tries = 0; tries < 2 && n > 0; tries++) {
		found = find_owners(p, inodes, n);
		*pids = p->scan.pids;
		if (found > 0)
			return (int)found;
		n = keep_listening(port, inodes, n);
	}
	return n > 0 ? -1 : 0;
}

/* ---- time --------------------------------------------------------------- */

bool
plat_wait(struct plat *p, struct pollfd *fds, size_t n, int64_t until_ns)
{
	int64_t events_ns = p->events.fd == -1 ? INT64_MAX :
	    p->events.taken_ns + events_every_ns;
	int64_t wake_ns = events_ns < until_ns ? events_ns : until_ns, left_ns;
	struct timespec left;

	assert(n <= PLAT_WAIT_MAX);
	if ((left_ns = wake_ns - clock_mono_ns()) < 0)
		left_ns = 0;
	left = (struct timespec){ .tv_sec = (time_t)(left_ns / NS_PER_S),
	    .tv_nsec = (long)(left_ns % NS_PER_S) };
	if (ppoll(fds, n, wake_ns != INT64_MAX ? &left : NULL, NULL) == -1)
		for (size_t i = 0; i < n; i++)
			fds[i].revents = 0;
	return events_ns < until_ns && clock_mono_ns() >= events_ns;
}

int64_t
plat_children_peak_bytes(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_CHILDREN, &u) == -1 || u.ru_maxrss <= 0)
		return -1;
	return (int64_t)u.ru_maxrss * 1024;
}

/* ---- self check --------------------------------------------------------- */

/* statm counts pages, status kB: on kernels that sum per CPU they differ. */
void
plat_self_check(struct plat *p, void (*verdict)(const char *what, bool agrees,
    int64_t got, int64_t want))
{
	struct plat_proc *h = plat_proc_open(p, getpid());
	struct counters statm, status;
	int64_t slack = 1024 * 1024;

	counters_clear(&statm);
	counters_clear(&status);
	plat_proc_read(p, h, TIER_FAST, &statm, NULL);
	plat_proc_read(p, h, TIER_MAIN, &status, NULL);
	plat_proc_close(h);
	verdict("rss of statm and status", statm.v[COUNTER_RSS] <=
	    status.v[COUNTER_RSS] + slack && status.v[COUNTER_RSS] <=
	    statm.v[COUNTER_RSS] + slack, statm.v[COUNTER_RSS],
	    status.v[COUNTER_RSS]);
}
