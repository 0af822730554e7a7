/*
 * When bytes arrived, where the kernel tells (Linux): also of packets that
 * waited, and of those the kernel merged while others were served.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "server/sse.h"
#include "tap.h"
#include "wire/arrival.h"

#define GAP_NS (30 * NS_PER_MS)

static struct arrivals *arrivals;

struct pair {
	int listener, sender, receiver;
};

static int
open_pair(struct pair *p)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int on = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	p->listener = socket(AF_INET, SOCK_STREAM, 0);
	p->receiver = socket(AF_INET, SOCK_STREAM, 0);
	arrival_enable(arrivals, p->receiver);
	if (bind(p->listener, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(p->listener, 1) == -1 ||
	    getsockname(p->listener, (struct sockaddr *)&a, &len) == -1 ||
	    connect(p->receiver, (struct sockaddr *)&a, sizeof(a)) == -1)
		return -1;
	p->sender = accept(p->listener, NULL, NULL);
	setsockopt(p->sender, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return p->sender;
}

static void
close_pair(const struct pair *p)
{
	close(p->sender);
	close(p->receiver);
	close(p->listener);
}

static void
pass_time(int64_t ns)
{
	struct timespec ts = { 0, (long)ns };

	nanosleep(&ts, NULL);
}

/* Send an event; returns an instant that it cannot have come later than. */
static int64_t
send_event(const struct pair *p, const char *event)
{
	ok(send(p->sender, event, strlen(event), 0) == (ssize_t)strlen(event),
	    "sent");
	return clock_mono_ns();
}

static int64_t
look(const struct pair *p)
{
	arrival_sync(arrivals, clock_mono_ns());
	return arrival_look(arrivals, p->receiver);
}

/* The instant of this event, which is not after it. */
static int64_t
time_of(const char *event)
{
	struct arrived a;

	arrival_of(arrivals, event, strlen(event), clock_mono_ns(), &a);
	return a.at_ns;
}

/*
 * The kernel begins to stamp, for all sockets, some time after the first that
 * asks for it: until then what comes has the time it is read.
 */
static void
await_stamps(struct pair *p)
{
	static const char event[] = "data: a\n\n";
	bool is_stamped = false;
	int64_t after;
	char junk[64];

	ok(open_pair(p) != -1, "a connection");
	for (int tries = 0; tries < 500 && !is_stamped; tries++) {
		send(p->sender, event, sizeof(event) - 1, 0);
		after = clock_mono_ns();
		pass_time(GAP_NS / 10);
		is_stamped = look(p) != -1 &&
		    time_of(event) < after + GAP_NS / 20;
		recv(p->receiver, junk, sizeof(junk), 0);
	}
	ok(is_stamped, "the kernel stamps what comes");
}

static void
test_one(void)
{
	struct pair p;
	int64_t before, after, at;

	ok(open_pair(&p) != -1, "a connection");
	before = clock_mono_ns();
	after = send_event(&p, "data: a\n\n");
	pass_time(GAP_NS);
	ok(look(&p) != -1, "one event: the kernel tells");
	at = time_of("data: a\n\n");
	ok(at >= before - 100 * NS_PER_US && at <= after + 100 * NS_PER_US,
	    "when it came, not when it was looked at");
	close_pair(&p);
}

static void
test_glance(void)
{
	struct pair p;
	int64_t after;
	char junk[64];

	ok(open_pair(&p) != -1, "a connection");
	after = send_event(&p, "data: a\n\n");
	arrival_sync(arrivals, clock_mono_ns());
	arrival_glance(arrivals, p.receiver, clock_mono_ns());
	pass_time(GAP_NS);
	send_event(&p, "data: b\n\n");
	ok(look(&p) > after + GAP_NS / 2, "the second came later");
	ok(time_of("data: a\n\n") < after + GAP_NS / 2,
	    "the first keeps its time, merged with the second or not");
	ok(time_of("data: b\n\n") > after + GAP_NS / 2,
	    "the second has its own");
	ok(recv(p.receiver, junk, sizeof(junk), 0) == 18, "both are there");

	send_event(&p, "data: c\n\n");
	ok(look(&p) > after + GAP_NS / 2,
	    "what a glance saw is forgotten after the look");
	close_pair(&p);
}

/* A glance counts for the bytes it saw, not for those after them. */
static void
test_forget(void)
{
	struct pair p;
	int64_t after;
	char junk[64];

	ok(open_pair(&p) != -1, "a connection");
	after = send_event(&p, "data: a\n\n");
	arrival_sync(arrivals, clock_mono_ns());
	arrival_glance(arrivals, p.receiver, clock_mono_ns());
	ok(recv(p.receiver, junk, sizeof(junk), 0) == 9, "read unlooked");
	arrival_forget(arrivals);
	pass_time(GAP_NS);
	send_event(&p, "data: b\n\n");
	look(&p);
	ok(time_of("data: b\n\n") > after + GAP_NS / 2,
	    "after a read without a look, no glance counts");
	close_pair(&p);
}

/* libcurl reads on as long as there is something. */
static void
test_read_again(void)
{
	struct pair p;
	int64_t after;
	char junk[64];

	ok(open_pair(&p) != -1, "a connection");
	after = send_event(&p, "data: a\n\n");
	pass_time(GAP_NS);
	look(&p);
	ok(recv(p.receiver, junk, sizeof(junk), 0) == 9, "a is read");
	send_event(&p, "data: b\n\n");
	ok(time_of("data: a\n\n") < after + GAP_NS / 2,
	    "a has its time");
	after = clock_mono_ns();
	pass_time(GAP_NS);
	ok(recv(p.receiver, junk, sizeof(junk), 0) == 9, "b is read unasked");
	ok(time_of("data: b\n\n") <= after, "and has its time, too");

	after = clock_mono_ns();
	ok(time_of("data: c\n\n") >= after,
	    "what nobody looked at came when it is asked for");
	close_pair(&p);
}

/* Write these events, each for itself, a moment apart, before they are looked
 * at; sent[k] is from before to after write k. */
static void
send_late(const struct pair *p, const char *const *events, size_t n,
    struct arrived *sent)
{
	for (size_t k = 0; k < n; k++) {
		sent[k].from_ns = clock_mono_ns();
		sent[k].at_ns = send_event(p, events[k]);
		pass_time(GAP_NS / 10);
	}
}

/* Each event's interval holds the instant it was sent. */
static void
check_times(const char *text, const struct arrived *sent, size_t n,
    const char *name)
{
	int64_t slack = 20 * NS_PER_US;	/* between the clocks */
	struct arrived a;
	size_t len = strlen(text), got;

	for (size_t k = 0; len > 0; k++, text += got, len -= got) {
		got = arrival_of(arrivals, text, len < 9 ? len : 9,
		    clock_mono_ns(), &a);
		ok(k < n && a.from_ns <= sent[k].at_ns + slack &&
		    sent[k].from_ns <= a.at_ns + slack, "%s: event %zu", name,
		    k);
	}
}

/*
 * Whether the kernel merged them or not: none has a wrong time.  Many, so that
 * it will; then also those that wait behind the first read.
 */
static void
test_merged(void)
{
	static const char *const events[] = { "data: a\n\n", "data: b\n\n",
		"data: c\n\n", "data: d\n\n", "data: e\n\n", "data: f\n\n" };
	struct arrived sent[6], a;
	struct pair p;
	char text[256];

	ok(open_pair(&p) != -1, "a connection");
	for (int round = 0; round < 3; round++) {
		send_late(&p, events, 6, sent);
		look(&p);
		ok(recv(p.receiver, text, sizeof(text), 0) == 54, "all");
		text[54] = '\0';
		check_times(text, sent, 6, "merged");
	}
	/* The end of one and the beginning of another. */
	send_event(&p, "data: a\n\n");
	pass_time(GAP_NS);
	send_event(&p, "data:");
	look(&p);
	arrival_of(arrivals, "data: a\n\n", 9, clock_mono_ns(), &a);
	ok(a.from_ns < clock_mono_ns() - GAP_NS / 2,
	    "half an event behind it: not the later one's time alone");
	close_pair(&p);
}

/* What one write brought is of one instant, however late it is read. */
static void
test_one_write(void)
{
	struct arrived a, b;
	struct pair p;
	char junk[64];

	ok(open_pair(&p) != -1, "a connection");
	for (int k = 0; k < 3; k++) {
		send_event(&p, "data: a\n\ndata: b\n\n");
		pass_time(GAP_NS);
		look(&p);
		arrival_of(arrivals, "data: a\n\n", 9, clock_mono_ns(), &a);
		arrival_of(arrivals, "data: b\n\n", 9, clock_mono_ns(), &b);
		ok(a.from_ns == a.at_ns && b.from_ns == a.at_ns &&
		    b.at_ns == a.at_ns, "two events in a write: one instant");
		recv(p.receiver, junk, sizeof(junk), 0);
		/* One by one, in between. */
		send_event(&p, "data: c\n\n");
		look(&p);
		recv(p.receiver, junk, sizeof(junk), 0);
	}
	close_pair(&p);
}

/* JSON lines, one for each event. */
static void
test_lines(void)
{
	static const char *const events[] = { "{\"n\":01}\n", "{\"n\":02}\n",
		"{\"n\":03}\n", "{\"n\":04}\n", "{\"n\":05}\n" };
	struct arrived sent[5];
	char text[64];
	struct pair p;

	ok(open_pair(&p) != -1, "a connection");
	send_late(&p, events, 5, sent);
	look(&p);
	ok(recv(p.receiver, text, sizeof(text), 0) == 45, "all");
	text[45] = '\0';
	check_times(text, sent, 5, "lines");
	close_pair(&p);
}

/* Bytes of several times that libcurl hands over in one piece. */
static void
test_split(void)
{
	struct arrived first, second;
	struct pair p;
	static const char text[] = "data: a\n\ndata: b\n\n";

	ok(open_pair(&p) != -1, "a connection");
	send_event(&p, "data: a\n\n");
	arrival_sync(arrivals, clock_mono_ns());
	arrival_glance(arrivals, p.receiver, clock_mono_ns());
	pass_time(GAP_NS);
	send_event(&p, "data: b\n\n");
	look(&p);
	ok(arrival_of(arrivals, text, 18, clock_mono_ns(), &first) == 9,
	    "one piece of two times: the first event");
	ok(arrival_of(arrivals, text + 9, 9, clock_mono_ns(), &second) == 9 &&
	    second.at_ns > first.at_ns + GAP_NS / 2, "and the second");
	close_pair(&p);
}

/* A descriptor that another connection had before. */
static void
test_reuse(void)
{
	struct pair p;
	int64_t after;

	ok(open_pair(&p) != -1, "a connection");
	after = send_event(&p, "data: a\n\n");
	arrival_sync(arrivals, clock_mono_ns());
	arrival_glance(arrivals, p.receiver, clock_mono_ns());
	close_pair(&p);
	pass_time(GAP_NS);
	ok(open_pair(&p) != -1, "another, of the same descriptor");
	send_event(&p, "data: b\n\n");
	ok(look(&p) > after + GAP_NS / 2, "its bytes have their own time");
	close_pair(&p);
}

int
main(void)
{
	struct pair stamped;	/* as long as one asks, all are stamped */

	if ((arrivals = arrivals_new(sse_next_end)) == NULL) {
		printf("1..0 # SKIP the kernel does not tell here\n");
		return 0;
	}
	await_stamps(&stamped);
	test_one();
	test_glance();
	test_forget();
	test_read_again();
	test_merged();
	test_one_write();
	test_split();
	test_lines();
	test_reuse();
	close_pair(&stamped);
	arrivals_free(arrivals);
	return tap_done();
}
