#define _GNU_SOURCE		/* SO_TIMESTAMPNS */
#include "arrival.h"

#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "xalloc.h"

static int64_t offset_ns;	/* monotonic minus wall clock */
static bool has_offset;

/*
 * What glances saw waiting in each socket since its last look: so many bytes,
 * the last of which arrived then.
 */
enum { SIGHTINGS_MAX = 4 };
#define GLANCE_NS (5 * NS_PER_MS)	/* one socket, no oftener than this */
static struct seen {
	uint64_t reads;		/* unseen_reads then */
	bool is_reset;
	int64_t glanced_ns;
	size_t n;
	struct {
		size_t len;
		int64_t at_ns;
	} v[SIGHTINGS_MAX];
} *seen;			/* by descriptor */
static size_t n_seen;
static uint64_t unseen_reads;

static struct seen *
seen_of(int fd)
{
	size_t n = (size_t)fd + 64;

	if ((size_t)fd >= n_seen) {
		seen = xreallocarray(seen, n, sizeof(*seen));
		memset(seen + n_seen, 0, (n - n_seen) * sizeof(*seen));
		n_seen = n;
	}
	if (seen[fd].reads != unseen_reads)
		seen[fd] = (struct seen){ .reads = unseen_reads };
	return &seen[fd];
}

bool
arrival_init(void)
{
	static int keeper = -1;

	/*
	 * The kernel turns packet stamping on when the first socket asks for
	 * it, a moment later; a socket that asks now and stays open makes
	 * sure that no connection of ours is too early.
	 */
	if (keeper == -1) {
		keeper = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
		arrival_enable(keeper);
	}
	return keeper != -1;
}

void
arrival_enable(int fd)
{
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
	if (fd >= 0)
		seen_of(fd)->reads = UINT64_MAX;	/* another socket's */
}

void
arrival_forget(void)
{
	unseen_reads++;
}

static int64_t
wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void
arrival_sync(int64_t now_ns)
{
	int64_t wall = wall_ns(), after = clock_mono_ns(), offset;

	/* Preempted between the readings: keep the offset we have. */
	if (after - now_ns > 2 * NS_PER_US && has_offset) {
		now_ns = after;
		wall = wall_ns();
		after = clock_mono_ns();
		if (after - now_ns > 2 * NS_PER_US)
			return;
	}
	offset = now_ns + (after - now_ns) / 2 - wall;
	offset_ns = offset;
	has_offset = true;
}

/* Event ends in the window, and when each arrived. */
enum { ENDS_MAX = 512 };

/* libcurl reads again, without asking us, when more has come by then: whoever
 * is this late looks before it does. */
#define LATE_NS (100 * NS_PER_US)
enum { FRAMING = 2 };	/* behind the last piece, when it is an HTTP chunk */

/* What was looked at last. */
static struct {
	int fd;
	char bytes[ARRIVAL_READ];
	size_t len, cursor;	/* handed over up to cursor */
	int64_t last_ns;	/* of the last byte, -1: nothing known */
	size_t n_ends, at_end;	/* 0: all bytes came with the last one */
	struct {
		size_t offset;
		int64_t at_ns;
	} ends[ENDS_MAX];
} window;

/*
 * Peek at len bytes; with MSG_TRUNC in flags they are counted, not copied.
 * The stamp that recvmsg() gives is of the last packet it takes from.  Returns
 * it, or -1; *got is the number of bytes.
 */
static int64_t
peek(int fd, char *bytes, size_t len, int flags, int64_t now_ns, size_t *got)
{
	union {
		struct cmsghdr header;
		char space[256];
	} control;
	struct iovec iov = { .iov_base = bytes, .iov_len = len };
	struct msghdr m = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = &control, .msg_controllen = sizeof(control)
	};
	struct cmsghdr *c;
	struct timespec ts;
	ssize_t n = recvmsg(fd, &m, MSG_PEEK | MSG_DONTWAIT | flags);
	int64_t at;

	*got = n > 0 ? (size_t)n : 0;
	if (n == -1 && (errno == ECONNRESET || errno == EPIPE))
		seen_of(fd)->is_reset = true;
	if (n < 1)
		return -1;
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		at = (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec + offset_ns;
		return at > now_ns || at < now_ns - 60 * NS_PER_S ? -1 : at;
	}
	return -1;
}

/* Where events end: behind each empty line. */
static void
find_ends(void)
{
	const char *p = window.bytes, *end = p + window.len, *nl;

	window.n_ends = window.at_end = 0;
	while (window.n_ends < ENDS_MAX &&
	    (nl = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p = nl + 1;
		if (p < end && *p == '\r' && p + 1 < end && p[1] == '\n')
			p++;
		if (p < end && *p == '\n')
			window.ends[window.n_ends++].offset =
			    (size_t)(++p - window.bytes);
	}
}

/*
 * The stamps of the ends between lo and hi, whose own are known: they only
 * rise, so equal ones enclose equal ones.
 */
static void
fill_between(int fd, int64_t now_ns, size_t lo, size_t hi)
{
	static char scratch[ARRIVAL_READ];
	size_t mid, got;

	if (hi - lo < 2)
		return;
	mid = lo + (hi - lo) / 2;
	if (window.ends[lo].at_ns == window.ends[hi].at_ns)
		window.ends[mid].at_ns = window.ends[lo].at_ns;
	else
		window.ends[mid].at_ns = peek(fd, scratch,
		    window.ends[mid].offset, 0, now_ns, &got);
	fill_between(fd, now_ns, lo, mid);
	fill_between(fd, now_ns, mid, hi);
}

void
arrival_glance(int fd, int64_t now_ns)
{
	static char scratch[ARRIVAL_READ];	/* TCP leaves it alone */
	struct seen *s = seen_of(fd);
	size_t len;
	int64_t at;

	if (s->n == SIGHTINGS_MAX || now_ns - s->glanced_ns < GLANCE_NS)
		return;
	s->glanced_ns = now_ns;
	at = peek(fd, scratch, sizeof(scratch), MSG_TRUNC, now_ns, &len);
	if (at == -1 || (s->n > 0 && s->v[s->n - 1].len >= len))
		return;
	s->v[s->n].len = len;
	s->v[s->n++].at_ns = at;
}

/* When the first len bytes were there: as stamped, or as seen earlier. */
static int64_t
earlier(const struct seen *s, size_t len, int64_t at_ns)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->v[i].len >= len)
			return s->v[i].at_ns < at_ns ? s->v[i].at_ns : at_ns;
	return at_ns;
}

/* Put into the window what was seen of fd, and forget it. */
static void
recall(int fd)
{
	struct seen *s = seen_of(fd);
	size_t i;

	if (s->n == 0)
		return;
	for (i = 0; i < window.n_ends; i++)
		window.ends[i].at_ns = earlier(s, window.ends[i].offset,
		    window.ends[i].at_ns);
	if (window.last_ns != -1)
		window.last_ns = earlier(s, window.len, window.last_ns);
	s->n = 0;
}

int64_t
arrival_look(int fd, int64_t now_ns)
{
	static char scratch[ARRIVAL_READ];
	size_t got, last;

	window.fd = fd;
	window.cursor = window.n_ends = 0;
	window.last_ns = peek(fd, window.bytes, sizeof(window.bytes), 0,
	    now_ns, &window.len);
	if (window.len == 0 && seen_of(fd)->is_reset)
		return ARRIVAL_RESET;
	if (window.last_ns != -1)
		find_ends();
	if (window.n_ends < 2) {
		window.n_ends = 0;
		recall(fd);
		return window.last_ns;
	}
	last = window.n_ends - 1;
	window.ends[last].at_ns = peek(fd, scratch, window.ends[last].offset,
	    0, now_ns, &got);
	window.ends[0].at_ns = peek(fd, scratch, window.ends[0].offset, 0,
	    now_ns, &got);
	fill_between(fd, now_ns, 0, last);
	recall(fd);
	return window.last_ns;
}

/* Find the piece in the window, from the cursor on; framing lies between. */
static bool
advance(const char *bytes, size_t len)
{
	const char *at = window.bytes + window.cursor;
	const char *end = window.bytes + window.len;

	while ((size_t)(end - at) >= len) {
		at = memchr(at, bytes[0], (size_t)(end - at) - len + 1);
		if (at == NULL)
			return false;
		if (memcmp(at, bytes, len) == 0) {
			window.cursor = (size_t)(at - window.bytes) + len;
			return true;
		}
		at++;
	}
	return false;
}

int64_t
arrival_of(const char *bytes, size_t len, int64_t now_ns)
{
	int64_t at_ns;

	if (window.last_ns == -1 || len == 0)
		return -1;
	if (!advance(bytes, len)) {
		arrival_look(window.fd, now_ns);
		return -1;
	}
	while (window.at_end < window.n_ends &&
	    window.ends[window.at_end].offset < window.cursor)
		window.at_end++;
	at_ns = window.at_end < window.n_ends ?
	    window.ends[window.at_end].at_ns : window.last_ns;
	if (now_ns - at_ns > LATE_NS &&
	    window.len - window.cursor <= FRAMING)
		arrival_look(window.fd, now_ns);
	return at_ns;
}
