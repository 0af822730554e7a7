#define _GNU_SOURCE		/* SO_TIMESTAMPNS */
#include "arrival.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "xalloc.h"

static int64_t offset_ns;	/* monotonic minus wall clock */
static bool has_offset, has_stamps;

/*
 * What is known of each socket: the last stamp, how many segments had come at
 * the last count and how many looks took something since, and what glances saw
 * waiting since the last look: so many bytes, the last of which arrived then.
 */
enum { SIGHTINGS_MAX = 4, SEGMENTS_UNKNOWN = -1 };
#define GLANCE_NS (5 * NS_PER_MS)	/* one socket, no oftener than this */
static struct seen {
	bool is_reset;
	int64_t last_ns;
	int64_t segments, looks;
	uint64_t reads;		/* unseen_reads at the glances */
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
	if (seen[fd].reads != unseen_reads) {
		seen[fd].reads = unseen_reads;
		seen[fd].glanced_ns = 0;
		seen[fd].n = 0;
	}
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
		*seen_of(fd) = (struct seen){ .reads = unseen_reads };
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

	/* Preempted between the readings: read again, or keep what we have. */
	for (int tries = has_offset ? 1 : 100;
	    after - now_ns > 2 * NS_PER_US && tries > 0; tries--) {
		now_ns = after;
		wall = wall_ns();
		after = clock_mono_ns();
	}
	if (after - now_ns > 2 * NS_PER_US && has_offset)
		return;
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

/*
 * What was looked at last.  An end arrived at at_ns, or, where what came with
 * it was merged, not before from_ns and not after at_ns.
 */
static struct {
	int fd;
	char bytes[ARRIVAL_READ];
	size_t len, cursor;	/* handed over up to cursor */
	int64_t from_ns;	/* none of it arrived before */
	int64_t last_ns;	/* of the last byte, -1: nothing known */
	size_t n_ends, at_end;	/* 0: all bytes came with the last one */
	struct {
		size_t offset;
		int64_t from_ns, at_ns;
	} ends[ENDS_MAX];
} window;

static int64_t
min_ns(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
max_ns(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* The stamp among a message's control data, on the monotonic clock, or -1;
 * within what the offset may be wrong by it is not later than now. */
static int64_t
stamp_of(struct msghdr *m)
{
	struct cmsghdr *c;
	struct timespec ts;
	int64_t at, now = clock_mono_ns();

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(c), sizeof(ts));
		at = (int64_t)ts.tv_sec * NS_PER_S + ts.tv_nsec + offset_ns;
		has_stamps = true;
		return at > now + 10 * NS_PER_US || at < now - 60 * NS_PER_S ?
		    -1 : min_ns(at, now);
	}
	return -1;
}

/*
 * Peek at len bytes; with MSG_TRUNC in flags they are counted, not copied.
 * The stamp that recvmsg() gives is of the last packet it takes from.  Returns
 * it, or -1; *got is the number of bytes.
 */
static int64_t
peek(int fd, char *bytes, size_t len, int flags, size_t *got)
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
	ssize_t n = recvmsg(fd, &m, MSG_PEEK | MSG_DONTWAIT | flags);

	*got = n > 0 ? (size_t)n : 0;
	if (n == -1 && (errno == ECONNRESET || errno == EPIPE))
		seen_of(fd)->is_reset = true;
	return n > 0 ? stamp_of(&m) : -1;
}

/* When byte len of what the window holds arrived, with all before it.  More
 * may have come and been merged with the last of it meanwhile. */
static int64_t
stamp_at(size_t len)
{
	static char scratch[ARRIVAL_READ];
	size_t got;
	int64_t at = peek(window.fd, scratch, len, MSG_TRUNC, &got);

	return at == -1 ? window.last_ns : min_ns(at, window.last_ns);
}

/* Where events end: behind each empty line, and each line of JSON lines. */
static void
find_ends(void)
{
	const char *p = window.bytes, *end = p + window.len, *nl;
	bool is_end;

	while (window.n_ends < ENDS_MAX &&
	    (nl = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		p = nl + 1;
		is_end = nl > window.bytes && nl[-1] == '}' &&
		    (p == end || *p == '{');
		if (p < end && *p == '\r' && p + 1 < end && p[1] == '\n')
			p++;
		if (p < end && *p == '\n')
			is_end = true, p++;
		if (is_end)
			window.ends[window.n_ends++].offset =
			    (size_t)(p - window.bytes);
	}
}

/*
 * The stamps of the ends between lo and hi, whose own are known: they only
 * rise, so equal ones enclose equal ones.
 */
static void
fill_between(size_t lo, size_t hi)
{
	size_t mid;

	if (hi - lo < 2)
		return;
	mid = lo + (hi - lo) / 2;
	window.ends[mid].at_ns =
	    window.ends[lo].at_ns == window.ends[hi].at_ns ?
	    window.ends[lo].at_ns : stamp_at(window.ends[mid].offset);
	fill_between(lo, mid);
	fill_between(mid, hi);
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
	at = peek(fd, scratch, sizeof(scratch), MSG_TRUNC, &len);
	if (at == -1 || (s->n > 0 && s->v[s->n - 1].len >= len))
		return;
	s->v[s->n].len = len;
	s->v[s->n++].at_ns = at;
}

/* Is end k the last of what came with it?  Then the stamp is its own. */
static bool
is_last_of_its_stamp(size_t k)
{
	size_t next = window.ends[k].offset + FRAMING + 1;

	if (next > window.len)
		return window.len < sizeof(window.bytes);
	if (window.ends[k].at_ns == (k + 1 < window.n_ends ?
	    window.ends[k + 1].at_ns : window.last_ns))
		return false;
	return stamp_at(next) > window.ends[k].at_ns;
}

/*
 * Between which instants each end arrived: what has a stamp, or was behind what
 * a glance saw, came after the stamp before it.  (Not: after we found nothing
 * waiting.  On a busy machine a packet may have its stamp for milliseconds
 * before the kernel puts it into the socket.)  Returns the former for what
 * may follow with the last stamp.
 */
static int64_t
bound_ends(const struct seen *s)
{
	int64_t from = window.from_ns, before = -1, at;
	size_t i = 0, offset;
	bool is_exact;

	for (size_t k = 0; k < window.n_ends; k++) {
		offset = window.ends[k].offset;
		at = window.ends[k].at_ns;
		if (at > before)
			from = max_ns(from, before);
		before = at;
		for (; i < s->n && s->v[i].len < offset; i++)
			from = max_ns(from, s->v[i].at_ns);
		is_exact = is_last_of_its_stamp(k);
		if (i < s->n && s->v[i].at_ns < at) {
			at = s->v[i].at_ns;
			is_exact = s->v[i].len - offset <= FRAMING;
		}
		window.ends[k].at_ns = at;
		window.ends[k].from_ns = is_exact ? at : min_ns(from, at);
	}
	return from;
}

/*
 * The segments in the window, at most: those that came since the last count,
 * less one for each look in between.  Counts them.
 */
static int64_t
count_segments(struct seen *s)
{
	struct tcp_info t;
	socklen_t len = sizeof(t);
	int queued = -1;
	int64_t most = INT64_MAX;

	memset(&t, 0, sizeof(t));
	getsockopt(window.fd, IPPROTO_TCP, TCP_INFO, &t, &len);
	ioctl(window.fd, FIONREAD, &queued);
	if (s->segments != SEGMENTS_UNKNOWN)
		most = (uint32_t)(t.tcpi_data_segs_in - s->segments) - s->looks;
	/* More came meanwhile: it is in the count and not in the window. */
	s->segments = queued == (int)window.len ?
	    (int64_t)t.tcpi_data_segs_in : SEGMENTS_UNKNOWN;
	s->looks = 0;
	return most;
}

/* Did each of the window's stamps come with one segment? */
static bool
is_unmerged(struct seen *s)
{
	int64_t stamps = 1;
	size_t k;

	for (k = 1; k < window.n_ends; k++)
		stamps += window.ends[k].at_ns > window.ends[k - 1].at_ns;
	stamps += window.last_ns > window.ends[k - 1].at_ns;
	return count_segments(s) <= stamps;
}

/* Several events, or more behind one: each may have come by itself.  Returns
 * before when nothing that follows with the last stamp came. */
static int64_t
look_closely(struct seen *s)
{
	size_t last = window.n_ends - 1;

	window.ends[last].at_ns = stamp_at(window.ends[last].offset);
	window.ends[0].at_ns = stamp_at(window.ends[0].offset);
	fill_between(0, last);
	if (!is_unmerged(s))
		return bound_ends(s);
	for (size_t k = 0; k <= last; k++)
		window.ends[k].from_ns = window.ends[k].at_ns;
	return window.last_ns;
}

int64_t
arrival_look(int fd)
{
	struct seen *s = seen_of(fd);
	int64_t last = s->last_ns;
	bool is_all;

	window.fd = fd;
	window.from_ns = s->last_ns;
	window.cursor = window.n_ends = window.at_end = 0;
	window.last_ns = peek(fd, window.bytes, sizeof(window.bytes), 0,
	    &window.len);
	if (window.len == 0)
		return s->is_reset ? ARRIVAL_RESET : -1;
	if (window.last_ns != -1)
		find_ends();
	is_all = window.len < sizeof(window.bytes);
	if (window.n_ends > 0 && (!is_all ||
	    window.ends[0].offset + FRAMING < window.len))
		last = look_closely(s);
	else {
		window.n_ends = 0;
		s->looks += is_all;
		if (memcmp(window.bytes, "HTTP/", 5) == 0)
			count_segments(s);
	}
	s->last_ns = max_ns(s->last_ns, is_all ? window.last_ns : last);
	s->n = 0;
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

/* The end that the byte behind begin belongs to, and those after it that came
 * with it; behind the last one, n_ends. */
static size_t
ends_from(size_t begin, size_t end)
{
	size_t k;

	while (window.at_end < window.n_ends &&
	    window.ends[window.at_end].offset <= begin)
		window.at_end++;
	for (k = window.at_end; k + 1 < window.n_ends; k++)
		if (window.ends[k].offset >= end ||
		    window.ends[k + 1].at_ns != window.ends[k].at_ns ||
		    window.ends[k + 1].from_ns != window.ends[k].from_ns)
			break;
	return k;
}

size_t
arrival_of(const char *bytes, size_t len, int64_t now_ns, struct arrival *a)
{
	size_t begin, k;

	*a = (struct arrival){ has_stamps ? window.from_ns : now_ns, now_ns };
	if (window.last_ns == -1 || len == 0)
		return len;
	if (!advance(bytes, len)) {
		/* Read with the window, but came after the look at it. */
		if (window.cursor > 0)
			arrival_look(window.fd);
		a->from_ns = window.from_ns;
		return len;
	}
	begin = window.cursor - len;
	a->from_ns = a->at_ns = window.last_ns;
	if ((k = ends_from(begin, window.cursor)) < window.n_ends) {
		a->from_ns = window.ends[k].from_ns;
		a->at_ns = window.ends[k].at_ns;
		window.cursor = window.ends[k].offset < window.cursor ?
		    window.ends[k].offset : window.cursor;
	}
	len = window.cursor - begin;
	if (now_ns - a->at_ns > LATE_NS &&
	    window.len - window.cursor <= FRAMING)
		arrival_look(window.fd);
	return len;
}
