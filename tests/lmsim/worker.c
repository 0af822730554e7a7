#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "diag.h"
#include "xalloc.h"

/* Loading is done in this many steps, each with its own deadline. */
enum { LOAD_STEPS = 50, PROGRESS_EVERY = 5 };

/* Address space set aside for context memory. */
#define KV_SPAN (INT64_C(16) << 30)

struct worker {
	struct buf in;
	char *weights;
	size_t weights_len;
	char *kv;
	int64_t kv_bytes;
	int64_t page;
	bool is_over;
};

static void
tell(const char *line)
{
	size_t len = strlen(line), done = 0;
	ssize_t n;

	while (done < len) {
		n = write(WORKER_FD, line + done, len - done);
		if (n == -1 && errno != EINTR)
			return;
		if (n > 0)
			done += (size_t)n;
	}
}

/* Until the instant at_ns, or until the server has gone. */
static void
rest_until(struct worker *w, int64_t at_ns)
{
	struct pollfd p = { .fd = WORKER_FD, .events = 0 };
	int64_t left;

	while (!w->is_over && (left = at_ns - clock_mono_ns()) > 0) {
		if (left < 2 * NS_PER_MS) {
			clock_sleep_until(at_ns);
			return;
		}
		if (poll(&p, 1, (int)(left / NS_PER_MS)) > 0 &&
		    (p.revents & (POLLHUP | POLLERR)) != 0)
			w->is_over = true;
	}
}

/* A file that is gone from its directory as soon as it is open. */
static int
open_weights(int64_t bytes)
{
	const char *dirs[] = { getenv("LMSIM_TMPDIR"), "/var/tmp",
	    getenv("TMPDIR"), "/tmp" };
	char path[1024];
	int fd = -1;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && fd == -1;
	    i++) {
		if (dirs[i] == NULL)
			continue;
		snprintf(path, sizeof(path), "%s/lmsim-weights.XXXXXX",
		    dirs[i]);
		fd = mkstemp(path);
	}
	if (fd == -1)
		return -1;
	unlink(path);
	if (ftruncate(fd, (off_t)bytes) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
map_weights(struct worker *w, bool is_gguf, int64_t bytes)
{
	int fd = -1, flags = MAP_PRIVATE | MAP_ANON;
	int protection = PROT_READ | PROT_WRITE;
	void *p;

	if (is_gguf) {
		if ((fd = open_weights(bytes)) == -1)
			return false;
		flags = MAP_SHARED;
		protection = PROT_READ;
	}
	p = mmap(NULL, (size_t)bytes, protection, flags, fd, 0);
	if (fd != -1)
		close(fd);
	if (p == MAP_FAILED)
		return false;
	w->weights = p;
	w->weights_len = (size_t)bytes;
	return true;
}

/* Make pages [from, to) resident: by reading a file, by writing memory. */
static void
touch(struct worker *w, bool is_gguf, size_t from, size_t to)
{
	volatile char *p = w->weights;
	char seen = 0;

	for (size_t i = from; i < to; i += (size_t)w->page) {
		if (is_gguf)
			seen = (char)(seen + p[i]);
		else
			p[i] = 1;
	}
	(void)seen;
}

static void
do_load(struct worker *w, const char *args)
{
	int64_t bytes, ns, begin = clock_mono_ns();
	size_t from = 0, to;
	char format[8], line[64];
	bool is_gguf;

	if (sscanf(args, "%7s %" SCNd64 " %" SCNd64, format, &bytes,
	    &ns) != 3 || bytes <= 0) {
		tell("failed what to load is not clear\n");
		return;
	}
	is_gguf = strcmp(format, "gguf") == 0;
	if (!map_weights(w, is_gguf, bytes)) {
		snprintf(line, sizeof(line), "failed %s\n", strerror(errno));
		tell(line);
		return;
	}
	for (int i = 1; i <= LOAD_STEPS && !w->is_over; i++) {
		to = w->weights_len / LOAD_STEPS * (size_t)i;
		to -= to % (size_t)w->page;
		if (i == LOAD_STEPS)
			to = w->weights_len;
		touch(w, is_gguf, from, to);
		from = to;
		rest_until(w, begin + ns / LOAD_STEPS * i);
		if (i % PROGRESS_EVERY == 0 && i < LOAD_STEPS) {
			snprintf(line, sizeof(line), "progress %.2f\n",
			    (double)i / (double)LOAD_STEPS);
			tell(line);
		}
	}
	snprintf(line, sizeof(line), "loaded %" PRId64 "\n", bytes);
	tell(line);
}

/* Context memory grows and shrinks at the end of one fixed span. */
static void
do_kv(struct worker *w, int64_t bytes)
{
	int64_t to = (bytes + w->page - 1) / w->page * w->page;
	void *p;

	if (w->kv == NULL) {
		p = mmap(NULL, (size_t)KV_SPAN, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANON | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED) {
			diag_warn("context memory");
			return;
		}
		w->kv = p;
	}
	if (to > KV_SPAN)
		to = KV_SPAN;
	for (int64_t from = w->kv_bytes; from < to; from += w->page)
		w->kv[from] = 1;
	if (to < w->kv_bytes)	/* mapping anew gives the pages back at once */
		mmap(w->kv + to, (size_t)(w->kv_bytes - to),
		    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON |
		    MAP_NORESERVE | MAP_FIXED, -1, 0);
	w->kv_bytes = to;
}

static void
do_leak(struct worker *w, int64_t bytes)
{
	char *p;

	if (bytes <= 0)
		return;
	p = mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANON, -1, 0);
	if (p == MAP_FAILED) {
		diag_warn("a leak of %" PRId64 " bytes", bytes);
		return;
	}
	for (int64_t i = 0; i < bytes; i += w->page)
		p[i] = 1;
}

static void
obey(struct worker *w, const char *line)
{
	if (strncmp(line, "load ", 5) == 0)
		do_load(w, line + 5);
	else if (strncmp(line, "kv ", 3) == 0)
		do_kv(w, strtoll(line + 3, NULL, 10));
	else if (strncmp(line, "leak ", 5) == 0)
		do_leak(w, strtoll(line + 5, NULL, 10));
	else if (strcmp(line, "crash") == 0)
		raise(SIGKILL);
}

static void
obey_all(struct worker *w)
{
	char *nl, *line;

	while (w->in.len > 0 &&
	    (nl = memchr(w->in.data, '\n', w->in.len)) != NULL) {
		line = xstrndup(w->in.data, (size_t)(nl - w->in.data));
		buf_consume(&w->in, (size_t)(nl - w->in.data) + 1);
		obey(w, line);
		free(line);
	}
}

int
worker_main(void)
{
	struct worker w = { .in = BUF_INIT, .page = sysconf(_SC_PAGESIZE) };
	ssize_t n;

	/* Ctrl-C goes to the whole group: only the server's end ends us. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_DFL);
	while (!w.is_over) {
		n = read(WORKER_FD, buf_reserve(&w.in, 4096), 4096);
		if (n == 0 || (n == -1 && errno != EINTR))
			break;
		if (n > 0) {
			w.in.len += (size_t)n;
			obey_all(&w);
		}
	}
	buf_fini(&w.in);
	return 0;
}
