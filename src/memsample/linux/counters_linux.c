/*
 * Linux: counters of a process, from /proc through kept descriptors (a kept
 * descriptor costs a third of open, read and close, and cannot be fooled by a
 * pid used again: it reads ESRCH).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "linux/plat_linux.h"
#include "linux/proctext.h"
#include "xalloc.h"

enum file { FILE_STATM, FILE_STATUS, FILE_STAT, FILE_ROLLUP, FILE_CLEAR_REFS,
	FILE_COUNT };

static const char *const file_names[FILE_COUNT] = {
	"statm", "status", "stat", "smaps_rollup", "clear_refs"
};

enum { FD_NONE = -1, FD_DENIED = -2 };

struct plat_proc {
	struct plat *plat;
	int pid, thread;		/* whose files are read: the first
					 * thread's while it is there */
	int fd[FILE_COUNT];		/* opened when first wanted, and kept */
};

_Static_assert((int)PLAT_NAME_CAP == (int)PROCTEXT_NAME_CAP,
    "names are copied whole");

/* fast, main, CPU, pages, sys, pressure (the kernel renews avg10 every 2 s),
 * slow */
const int64_t plat_tier_periods[TIER_COUNT] = { 0, 100 * NS_PER_MS,
	500 * NS_PER_MS, 30 * NS_PER_S, 100 * NS_PER_MS, 500 * NS_PER_MS,
	NS_PER_S };

struct plat_proc *
plat_proc_open(struct plat *p, int pid)
{
	struct plat_proc *h = xmalloc(sizeof(*h));

	h->plat = p;
	h->pid = h->thread = pid;
	for (int i = 0; i < FILE_COUNT; i++)
		h->fd[i] = FD_NONE;
	return h;
}

static void
forget(struct plat_proc *h, enum file f)
{
	if (h->fd[f] >= 0) {
		close(h->fd[f]);
		h->plat->n_kept--;
	}
	h->fd[f] = FD_NONE;
}

void
plat_proc_close(struct plat_proc *h)
{
	if (h == NULL)
		return;
	for (int i = 0; i < FILE_COUNT; i++)
		forget(h, (enum file)i);
	free(h);
}

static int
open_of(int thread, enum file f)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", thread, file_names[f]);
	return open(path, (f == FILE_CLEAR_REFS ? O_WRONLY : O_RDONLY) |
	    O_CLOEXEC);
}

/* Returns 1 when it is open, else what read_file() does. */
static int
open_file(struct plat_proc *h, enum file f)
{
	if (h->fd[f] == FD_DENIED)
		return -1;
	if (h->fd[f] >= 0)
		return 1;
	h->fd[f] = open_of(h->thread, f);
	if (h->fd[f] >= 0) {
		h->plat->n_kept++;
		return 1;
	}
	if (errno == EACCES || errno == EPERM)
		h->fd[f] = FD_DENIED;
	return errno == ENOENT || errno == ESRCH ? 0 : -1;
}

/* Too many processes to keep all their files: this one not, then. */
static void
keep_if_few(struct plat_proc *h, enum file f)
{
	if (h->plat->n_kept > h->plat->max_kept)
		forget(h, f);
}

/*
 * Read one of the process's files.  Returns its length, 0 when the process
 * is gone, -1 when it may not be read.
 */
static ssize_t
read_file(struct plat_proc *h, enum file f, char *text, size_t cap)
{
	int opened = open_file(h, f), error;
	ssize_t n;

	if (opened != 1)
		return opened;
	n = pread(h->fd[f], text, cap, 0);
	error = n == -1 ? errno : 0;
	if (error == ESRCH && f == FILE_ROLLUP)		/* exec: a new memory */
		forget(h, f);
	keep_if_few(h, f);
	if (n >= 0)
		return n;
	return error == ESRCH && f != FILE_ROLLUP ? 0 : -1;
}

static enum plat_read
failed(ssize_t n)
{
	return n == 0 ? PLAT_GONE : PLAT_DENIED;
}

static enum plat_read
read_status(struct plat_proc *h, struct counters *c, char *name)
{
	struct proctext_status st;
	char text[4096];
	ssize_t n = read_file(h, FILE_STATUS, text, sizeof(text));

	if (n <= 0)
		return failed(n);
	if (proctext_status(text, (size_t)n, &st) == -1)
		return PLAT_GONE;
	c->v[COUNTER_RSS] = st.rss;
	c->v[COUNTER_ANON] = st.anon;
	c->v[COUNTER_FILE] = st.file;
	c->v[COUNTER_SHMEM] = st.shmem;
	c->v[COUNTER_SWAP] = st.swap;
	c->v[COUNTER_PEAK_RSS] = st.hwm;
	if (name != NULL && h->thread == h->pid)
		memcpy(name, st.name, PLAT_NAME_CAP);
	return PLAT_READ;
}

/* resident - shared is the anonymous part: the main split for 1 us. */
static enum plat_read
read_statm(struct plat_proc *h, struct counters *c)
{
	struct proctext_statm st;
	char text[256];
	ssize_t n = read_file(h, FILE_STATM, text, sizeof(text));

	if (n <= 0)
		return failed(n);
	if (proctext_statm(text, (size_t)n, &st) == -1)
		return PLAT_GONE;
	c->v[COUNTER_RSS] = st.resident_pages *
	    h->plat->page_bytes;
	if (st.resident_pages >= st.shared_pages)
		c->v[COUNTER_ANON] = (st.resident_pages - st.shared_pages) *
		    h->plat->page_bytes;
	return PLAT_READ;
}

static void
read_cpu(struct plat_proc *h, struct counters *c)
{
	struct proctext_stat st;
	char text[1024];
	ssize_t n = read_file(h, FILE_STAT, text, sizeof(text));

	if (n > 0 && proctext_stat(text, (size_t)n, &st) == 0)
		c->v[COUNTER_CPU] = (int64_t)st.cpu_ticks *
		    h->plat->tick_ns;
}

static void
read_pages(struct plat_proc *h, struct counters *c)
{
	struct proctext_rollup r;
	char text[2048];
	ssize_t n = read_file(h, FILE_ROLLUP, text, sizeof(text));

	if (n <= 0 || proctext_rollup(text, (size_t)n, &r) == -1)
		return;
	c->v[COUNTER_PSS] = r.pss;
	c->v[COUNTER_USS] = r.uss;
}

/*
 * Is it only the first thread that has ended?  Then another one, which has the
 * same memory, is read from now on.
 */
static bool
goes_on(struct plat_proc *h)
{
	struct proctext_statm memory;
	struct proctext_stat st;
	char path[64], text[1024];
	struct dirent *e;
	int found = 0;
	long n;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/stat", h->pid);
	n = procfile_read(path, text, sizeof(text));
	if (n <= 0 || proctext_stat(text, (size_t)n, &st) == -1 ||
	    st.state != 'Z' || st.threads <= 1)
		return false;		/* or the pid is another's by now */
	snprintf(path, sizeof(path), "/proc/%d/task", h->pid);
	if ((d = opendir(path)) == NULL)
		return false;
	while (found == 0 && (e = readdir(d)) != NULL) {
		snprintf(path, sizeof(path), "/proc/%d/task/%.20s/statm",
		    h->pid, e->d_name);
		n = procfile_read(path, text, sizeof(text));
		if (n > 0 && proctext_statm(text, (size_t)n, &memory) == 0)
			found = atoi(e->d_name);
	}
	closedir(d);
	if (found == 0)
		return false;
	for (int i = 0; i < FILE_COUNT; i++)
		forget(h, (enum file)i);
	h->thread = found;
	return true;
}

enum plat_read
plat_proc_read(struct plat *p, struct plat_proc *h, unsigned tiers,
    struct counters *c, char name[PLAT_NAME_CAP])
{
	enum plat_read result = PLAT_READ;

	do {
		if ((tiers & TIER_MAIN) != 0)
			result = read_status(h, c, name);
		else if ((tiers & TIER_FAST) != 0)
			result = read_statm(h, c);
	} while (result == PLAT_GONE && goes_on(h));
	if (result != PLAT_READ)
		return result;
	if ((tiers & TIER_CPU) != 0)
		read_cpu(h, c);
	if ((tiers & TIER_PAGES) != 0)
		read_pages(h, c);
	if ((tiers & TIER_SLOW) != 0)
		c->v[COUNTER_VRAM] = gpu_process_bytes(&p->gpu, h->pid);
	return PLAT_READ;
}

int
plat_proc_reset_peak(struct plat_proc *h)
{
	bool is_done;

	if (open_file(h, FILE_CLEAR_REFS) != 1)
		return -1;
	is_done = pwrite(h->fd[FILE_CLEAR_REFS], "5", 1, 0) == 1;
	keep_if_few(h, FILE_CLEAR_REFS);
	return is_done ? 0 : -1;
}

const char *
plat_counter_missing(struct plat *p, enum counter c)
{
	switch (c) {
	case COUNTER_FOOTPRINT:
	case COUNTER_PEAK_FOOTPRINT:
	case COUNTER_TICK_PEAK_FOOTPRINT:
		return "phys_footprint is a macOS counter";
	case COUNTER_WIRED:
		return "Linux does not count wired pages by process";
	case COUNTER_COMPRESSED:
		return "Linux does not count compressed pages by process";
	case COUNTER_VRAM:
		return gpu_missing(&p->gpu);
	case COUNTER_CPU_ENERGY:
		return "Linux does not count energy by process";
	default:
		return NULL;
	}
}
