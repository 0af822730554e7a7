/* When bytes arrived, from the kernel's stamps of what waits in a socket. */

#include "arrival.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "stamps.h"
#include "xalloc.h"

/*
 * What is known of each socket: the last stamp, how many segments had come at
 * the last count and how many looks took something since, and what glances saw
 * waiting since the last look: so many bytes, the last of which arrived then.
 */
enum { SIGHTINGS_MAX = 4, SEGMENTS_UNKNOWN = -1 };
#define GLANCE_NS (5 * NS_PER_MS)	/* one socket, no oftener than this */
struct seen {
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
};

enum { ENDS_MAX = 512 };

/* libcurl reads again, without asking us, when more has come by then: whoever
 * is this late looks before it does. */
#define LATE_NS (100 * NS_PER_US)
enum { FRAMING = 2 };	/* behind the last piece, when it is an HTTP chunk */

/*
 * What was looked at last.  An end arrived at at_ns, or, where what came with
 * it was merged, not before from_ns and not after at_ns.
 */
struct window {
	int fd;
	char bytes[ARRIVAL_READ];
	size_t len, cursor;	/* handed over up to cursor */
	int64_t from_ns;	/* none of it arrived before */
	int64_t last_ns;	/* of the last byte, -1: nothing known */
	size_t n_ends, at_end;	/* 0: all bytes came with the last one */
	struct {
		size_t offset;	/* where an event ends */
		int64_t from_ns, at_ns;
	} ends[ENDS_MAX];
};

struct arrivals {
	struct stamps stamps;
	arrival_end_fn *next_end;
	struct seen *seen;	/* by descriptor */
	size_t n_seen;
	uint64_t unseen_reads;
	struct window w;
};

struct arrivals *
arrivals_new(arrival_end_fn *next_end)
{
	struct arrivals *a = xcalloc(1, sizeof(*a));

	a->next_end = next_end;
	if (stamps_open(&a->stamps) == 0)
		return a;
	free(a);
	return NULL;
}

void
arrivals_free(struct arrivals *a)
{
	if (a == NULL)
		return;
	stamps_close(&a->stamps);
	free(a->seen);
	free(a);
}

static struct seen *
seen_of(struct arrivals *a, int fd)
{
	size_t n = (size_t)fd + 64;
	struct seen *s;

	if ((size_t)fd >= a->n_seen) {
		a->seen = xreallocarray(a->seen, n, sizeof(*s));
		memset(a->seen + a->n_seen, 0, (n - a->n_seen) * sizeof(*s));
		a->n_seen = n;
	}
	s = &a->seen[fd];
	if (s->reads != a->unseen_reads) {
		s->reads = a->unseen_reads;
		s->glanced_ns = 0;
		s->n = 0;
	}
	return s;
}

void
arrival_enable(struct arrivals *a, int fd)
{
	stamps_ask(fd);
	*seen_of(a, fd) = (struct seen){ .reads = a->unseen_reads };
}

void
arrival_forget(struct arrivals *a)
{
	a->unseen_reads++;
}

void
arrival_sync(struct arrivals *a, int64_t now_ns)
{
	stamps_sync(&a->stamps, now_ns);
}

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

/* As stamps_peek(); a reset, which is told once, is remembered. */
static int64_t
peek(struct arrivals *a, int fd, char *bytes, size_t len, size_t *got)
{
	int64_t at = stamps_peek(&a->stamps, fd, bytes, len, got);

	if (at != STAMP_RESET)
		return at;
	seen_of(a, fd)->is_reset = true;
	return STAMP_NONE;
}

/* When byte len of what the window holds arrived, with all before it.  More
 * may have come and been merged with the last of it meanwhile. */
static int64_t
stamp_at(struct arrivals *a, size_t len)
{
	size_t got;
	int64_t at = peek(a, a->w.fd, NULL, len, &got);

	return at == STAMP_NONE ? a->w.last_ns : min_ns(at, a->w.last_ns);
}

/*
 * The stamps of the ends between lo and hi, whose own are known: they only
 * rise, so equal ones enclose equal ones.
 */
static void
fill_between(struct arrivals *a, size_t lo, size_t hi)
{
	struct window *w = &a->w;
	size_t mid;

	if (hi - lo < 2)
		return;
	mid = lo + (hi - lo) / 2;
	w->ends[mid].at_ns =
	    w->ends[lo].at_ns == w->ends[hi].at_ns ?
	    w->ends[lo].at_ns : stamp_at(a, w->ends[mid].offset);
	fill_between(a, lo, mid);
	fill_between(a, mid, hi);
}

void
arrival_glance(struct arrivals *a, int fd, int64_t now_ns)
{
	struct seen *s = seen_of(a, fd);
	size_t len;
	int64_t at;

	if (s->n == SIGHTINGS_MAX || now_ns - s->glanced_ns < GLANCE_NS)
		return;
	s->glanced_ns = now_ns;
	at = peek(a, fd, NULL, ARRIVAL_READ, &len);
	if (at == STAMP_NONE || (s->n > 0 && s->v[s->n - 1].len >= len))
		return;
	s->v[s->n].len = len;
	s->v[s->n++].at_ns = at;
}

/* Is end k the last of what came with it?  Then the stamp is its own. */
static bool
is_last_of_its_stamp(struct arrivals *a, size_t k)
{
	const struct window *w = &a->w;
	size_t next = w->ends[k].offset + FRAMING + 1;

	if (next > w->len)
		return w->len < sizeof(w->bytes);
	if (w->ends[k].at_ns == (k + 1 < w->n_ends ?
	    w->ends[k + 1].at_ns : w->last_ns))
		return false;
	return stamp_at(a, next) > w->ends[k].at_ns;
}

/*
 * Between which instants each end arrived: what has a stamp, or was behind what
 * a glance saw, came after the stamp before it.  (Not: after we found nothing
 * waiting.  On a busy machine a packet may have its stamp for milliseconds
 * before the kernel puts it into the socket.)  Returns the former for what
 * may follow with the last stamp.
 */
static int64_t
bound_ends(struct arrivals *a, const struct seen *s)
{
	struct window *w = &a->w;
	int64_t from = w->from_ns, before = -1, at;
	size_t i = 0, offset;
	bool is_exact;

	for (size_t k = 0; k < w->n_ends; k++) {
		offset = w->ends[k].offset;
		at = w->ends[k].at_ns;
		if (at > before)
			from = max_ns(from, before);
		before = at;
		for (; i < s->n && s->v[i].len < offset; i++)
			from = max_ns(from, s->v[i].at_ns);
		is_exact = is_last_of_its_stamp(a, k);
		if (i < s->n && s->v[i].at_ns < at) {
			at = s->v[i].at_ns;
			is_exact = s->v[i].len - offset <= FRAMING;
		}
		w->ends[k].at_ns = at;
		w->ends[k].from_ns = is_exact ? at : min_ns(from, at);
	}
	return from;
}

/*
 * The segments in the window, at most: those that came since the last count,
 * less one for each look in between.  Counts them.
 */
static int64_t
count_segments(const struct window *w, struct seen *s)
{
	int64_t most = INT64_MAX;
	int waiting;
	uint32_t segments = stamps_segments(w->fd, &waiting);

	if (s->segments != SEGMENTS_UNKNOWN)
		most = (uint32_t)(segments - s->segments) - s->looks;
	/* More came meanwhile: it is in the count and not in the w-> */
	s->segments = waiting == (int)w->len ? (int64_t)segments :
	    SEGMENTS_UNKNOWN;
	s->looks = 0;
	return most;
}

/* Did each of the window's stamps come with one segment? */
static bool
is_unmerged(const struct window *w, struct seen *s)
{
	int64_t stamps = 1;
	size_t k;

	for (k = 1; k < w->n_ends; k++)
		stamps += w->ends[k].at_ns > w->ends[k - 1].at_ns;
	stamps += w->last_ns > w->ends[k - 1].at_ns;
	return count_segments(w, s) <= stamps;
}

/* Several events, or more behind one: each may have come by itself.  Returns
 * before when nothing that follows with the last stamp came. */
static int64_t
look_closely(struct arrivals *a, struct seen *s)
{
	struct window *w = &a->w;
	size_t last = w->n_ends - 1;

	w->ends[last].at_ns = stamp_at(a, w->ends[last].offset);
	w->ends[0].at_ns = stamp_at(a, w->ends[0].offset);
	fill_between(a, 0, last);
	if (!is_unmerged(w, s))
		return bound_ends(a, s);
	for (size_t k = 0; k <= last; k++)
		w->ends[k].from_ns = w->ends[k].at_ns;
	return w->last_ns;
}

int64_t
arrival_look(struct arrivals *a, int fd)
{
	struct window *w = &a->w;
	struct seen *s = seen_of(a, fd);
	int64_t last = s->last_ns;
	size_t at = 0;
	bool is_all;

	w->fd = fd;
	w->from_ns = s->last_ns;
	w->cursor = w->n_ends = w->at_end = 0;
	w->last_ns = peek(a, fd, w->bytes, ARRIVAL_READ, &w->len);
	if (w->len == 0)
		return s->is_reset ? ARRIVAL_RESET : -1;
	while (w->last_ns != -1 && a->next_end != NULL &&
	    w->n_ends < ENDS_MAX &&
	    (at = a->next_end(w->bytes, w->len, at)) != 0)
		w->ends[w->n_ends++].offset = at;
	is_all = w->len < sizeof(w->bytes);
	if (w->n_ends > 0 && (!is_all || w->ends[0].offset + FRAMING < w->len))
		last = look_closely(a, s);
	else {
		w->n_ends = 0;
		s->looks += is_all;
		if (memcmp(w->bytes, "HTTP/", 5) == 0)
			count_segments(w, s);
	}
	s->last_ns = max_ns(s->last_ns, is_all ? w->last_ns : last);
	s->n = 0;
	return w->last_ns;
}

/* Find the piece in the window, from the cursor on; framing lies between. */
static bool
advance(struct window *w, const char *bytes, size_t len)
{
	const char *at = w->bytes + w->cursor;
	const char *end = w->bytes + w->len;

	while ((size_t)(end - at) >= len) {
		at = memchr(at, bytes[0], (size_t)(end - at) - len + 1);
		if (at == NULL)
			return false;
		if (memcmp(at, bytes, len) == 0) {
			w->cursor = (size_t)(at - w->bytes) + len;
			return true;
		}
		at++;
	}
	return false;
}

/* The end that the byte behind begin belongs to, and those after it that came
 * with it; behind the last one, n_ends. */
static size_t
ends_from(struct window *w, size_t begin, size_t end)
{
	size_t k;

	while (w->at_end < w->n_ends &&
	    w->ends[w->at_end].offset <= begin)
		w->at_end++;
	for (k = w->at_end; k + 1 < w->n_ends; k++)
		if (w->ends[k].offset >= end ||
		    w->ends[k + 1].at_ns != w->ends[k].at_ns ||
		    w->ends[k + 1].from_ns != w->ends[k].from_ns)
			break;
	return k;
}

size_t
arrival_of(struct arrivals *a, const char *bytes, size_t len, int64_t now_ns,
    struct arrived *out)
{
	struct window *w = &a->w;
	size_t begin, k;

	*out = (struct arrived){ a->stamps.has_any ? w->from_ns : now_ns,
	    now_ns };
	if (w->last_ns == -1 || len == 0)
		return len;
	if (!advance(w, bytes, len)) {
		/* Read with the window, but came after the look at it. */
		if (w->cursor > 0)
			arrival_look(a, w->fd);
		out->from_ns = w->from_ns;
		return len;
	}
	begin = w->cursor - len;
	out->from_ns = out->at_ns = w->last_ns;
	if ((k = ends_from(w, begin, w->cursor)) < w->n_ends) {
		out->from_ns = w->ends[k].from_ns;
		out->at_ns = w->ends[k].at_ns;
		w->cursor = w->ends[k].offset < w->cursor ?
		    w->ends[k].offset : w->cursor;
	}
	len = w->cursor - begin;
	if (now_ns - out->at_ns > LATE_NS &&
	    w->len - w->cursor <= FRAMING)
		arrival_look(a, w->fd);
	return len;
}
