/*
 * When bytes arrived, where the kernel tells (Linux): also of packets that
 * waited, and of those the kernel merged while others were served.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "tap.h"
#include "wire/arrival.h"

#define GAP_NS (30 * NS_PER_MS)

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
	arrival_enable(p->receiver);
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
	int64_t now = clock_mono_ns();

	arrival_sync(now);
	return arrival_look(p->receiver, clock_mono_ns());
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
	at = arrival_of("data: a\n\n", 9, clock_mono_ns());
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
	arrival_sync(clock_mono_ns());
	arrival_glance(p.receiver, clock_mono_ns());
	pass_time(GAP_NS);
	send_event(&p, "data: b\n\n");
	ok(look(&p) > after + GAP_NS / 2, "the second came later");
	ok(arrival_of("data: a\n\n", 9, clock_mono_ns()) < after + GAP_NS / 2,
	    "the first keeps its time, merged with the second or not");
	ok(arrival_of("data: b\n\n", 9, clock_mono_ns()) > after + GAP_NS / 2,
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
	arrival_sync(clock_mono_ns());
	arrival_glance(p.receiver, clock_mono_ns());
	ok(recv(p.receiver, junk, sizeof(junk), 0) == 9, "read unlooked");
	arrival_forget();
	pass_time(GAP_NS);
	send_event(&p, "data: b\n\n");
	look(&p);
	ok(arrival_of("data: b\n\n", 9, clock_mono_ns()) > after + GAP_NS / 2,
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
	ok(arrival_of("data: a\n\n", 9, clock_mono_ns()) < after + GAP_NS / 2,
	    "a has its time");
	pass_time(GAP_NS);
	ok(recv(p.receiver, junk, sizeof(junk), 0) == 9, "b is read unasked");
	after += GAP_NS + GAP_NS / 2;
	ok(arrival_of("data: b\n\n", 9, clock_mono_ns()) < after &&
	    clock_mono_ns() > after, "and has its time, too");

	ok(arrival_of("data: c\n\n", 9, clock_mono_ns()) == -1,
	    "what nobody looked at is not known");
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
	arrival_sync(clock_mono_ns());
	arrival_glance(p.receiver, clock_mono_ns());
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
	if (!arrival_init()) {
		printf("1..0 # SKIP the kernel does not tell here\n");
		return 0;
	}
	test_one();
	test_glance();
	test_forget();
	test_read_again();
	test_reuse();
	return tap_done();
}
