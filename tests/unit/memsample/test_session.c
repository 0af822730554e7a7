/*
 * Which ends of a process are a finding: those that no unload explains.
 */
#include "show/session.h"

#include <string.h>

#include "clock.h"
#include "tap.h"

enum { A = 1111, B = 2222 };		/* ports */

/* A run whose clock began at second 0 of ours. */
struct scene {
	struct session s;
	struct buf out;
};

static void
begin(struct scene *at)
{
	const struct sniff_record run = { .type = RECORD_RUN, .run = "R",
	    .step = -1, .origin_ns = 0 };

	at->out = (struct buf)BUF_INIT;
	session_init(&at->s, &at->out);
	session_saw(&at->s, &run, 0);
}

static void
saw(struct scene *at, double t, struct sniff_record r)
{
	r.t_ns = (int64_t)(t * 1e9);
	r.step = -1;
	session_saw(&at->s, &r, r.t_ns);
}

static void
step(struct scene *at, double t, int port)
{
	saw(at, t, (struct sniff_record){ .type = RECORD_STEP, .port = port });
}

static void
load(struct scene *at, double t, bool is_untimed)
{
	saw(at, t, (struct sniff_record){ .type = RECORD_LOAD });
	saw(at, t, (struct sniff_record){ .type = RECORD_LOAD, .is_end = true,
	    .is_ok = true, .is_untimed = is_untimed });
}

static void
unload(struct scene *at, double t, bool ends_server)
{
	saw(at, t, (struct sniff_record){ .type = RECORD_UNLOAD,
	    .ends_server = ends_server });
	saw(at, t + 0.05, (struct sniff_record){ .type = RECORD_UNLOAD,
	    .is_end = true, .is_ok = true });
}

/* A process ends that was seen from second since on. */
static void
ends_so(struct scene *at, double t, double since, int root_port, int status)
{
	struct tree_proc p = { .id = { .pid = 7 }, .role = TREE_WORKER,
	    .is_root = root_port != 0, .port = root_port,
	    .seen_ns = (int64_t)(since * 1e9),
	    .read_ns = (int64_t)((t - 0.1) * 1e9) };

	counters_clear(&p.last);
	session_event(&at->s, SAMPLER_EXIT, &p, (int64_t)(t * 1e9), status);
}

static void
ends(struct scene *at, double t, double since, int root_port)
{
	ends_so(at, t, since, root_port, -1);
}

static int64_t
deaths(struct scene *at)
{
	int64_t n;

	session_settle(&at->s, 0, true);
	n = at->s.deaths;
	session_fini(&at->s);
	buf_fini(&at->out);
	return n;
}

static void
test_workers(void)
{
	struct scene at;

	begin(&at);
	load(&at, 1, false);
	ends(&at, 2, 1, 0);
	ok(deaths(&at) == 1, "the worker of a loaded model is to stay");

	begin(&at);
	load(&at, 1, false);
	unload(&at, 10, false);
	ends(&at, 70, 1, 0);
	ok(deaths(&at) == 0, "while nothing is loaded it may go, however late");

	begin(&at);
	load(&at, 1, false);
	ends(&at, 10.02, 1, 0);
	unload(&at, 10, false);
	load(&at, 10.2, false);
	ok(deaths(&at) == 0, "or with the unload, told before that is");

	begin(&at);
	load(&at, 1, false);
	unload(&at, 10, false);
	load(&at, 10.2, false);
	ends(&at, 11, 10.3, 0);
	ok(deaths(&at) == 1, "but not the next one, however soon behind it");

	begin(&at);
	load(&at, 1, false);
	unload(&at, 10, false);
	load(&at, 70, false);
	step(&at, 71, A);
	ends(&at, 72, 1, 0);
	ok(deaths(&at) == 1, "one that stayed for the next model is to stay");

	begin(&at);
	load(&at, 1, true);
	step(&at, 1, A);
	unload(&at, 10, false);
	load(&at, 70, true);
	step(&at, 71, A);
	ends(&at, 72, 1, 0);
	ok(deaths(&at) == 0, "a server that loads by itself swaps models with "
	    "the first request");

	begin(&at);
	load(&at, 1, true);
	step(&at, 1, A);
	unload(&at, 10, false);
	load(&at, 70, true);
	step(&at, 71, A);
	ends(&at, 72, 71.5, 0);
	ends(&at, 90, 1, 0);
	ok(deaths(&at) == 2, "but not the next one, nor later");
}

/* What ends how between the begin and the end of a load, or is told later. */
static int64_t
ends_in_load(double t, double since, int status, bool is_told_later)
{
	struct scene at;

	begin(&at);
	saw(&at, 1, (struct sniff_record){ .type = RECORD_LOAD });
	if (!is_told_later)
		ends_so(&at, t, since, 0, status);
	saw(&at, 2, (struct sniff_record){ .type = RECORD_LOAD,
	    .is_end = true, .is_ok = true });
	if (is_told_later)
		ends_so(&at, t, since, 0, status);
	return deaths(&at);
}

static void
test_helpers(void)
{
	enum { STATUS_1 = 1 << 8, KILLED = 9 };

	ok(ends_in_load(1.5, 1.2, 0, false) == 0 &&
	    ends_in_load(1.5, 1.2, -1, true) == 0, "a helper that comes and "
	    "goes while a model is loaded is no worker that was to stay");
	ok(ends_in_load(1.5, 1.2, STATUS_1, false) == 1 &&
	    ends_in_load(1.5, 1.2, KILLED, true) == 1, "one that crashes is");
	ok(ends_in_load(1.5, 0.5, 0, false) == 1 &&
	    ends_in_load(2.5, 1.2, 0, true) == 1, "nor is one that was there "
	    "before, or stayed longer");
}

static void
test_servers(void)
{
	struct scene at;

	begin(&at);
	step(&at, 1, A);
	unload(&at, 1, true);
	step(&at, 1.06, B);
	unload(&at, 1.06, true);
	ends(&at, 1.1, 0, A);
	ends(&at, 1.2, 0, B);
	ok(deaths(&at) == 0, "two servers that are ended one after the other "
	    "are no finding, though both are missed later");

	begin(&at);
	step(&at, 1, A);
	unload(&at, 1, true);
	ends(&at, 1.1, 0, B);
	ok(deaths(&at) == 1, "but one that ends while another is ended is");

	begin(&at);
	ends(&at, 0.05, 0, A);
	ok(deaths(&at) == 1, "nor is one that ends at the very beginning "
	    "explained by nothing");

	begin(&at);
	step(&at, 1, A);
	unload(&at, 10, true);
	ends(&at, 30, 0, A);
	ok(deaths(&at) == 1, "nor one that ends long behind an unload");

	begin(&at);
	step(&at, 1, A);
	ends(&at, 2, 0, A);
	unload(&at, 98, true);
	ok(deaths(&at) == 1, "nor long before it, which had nothing to end");

	for (int is_ok = 0; is_ok < 2; is_ok++) {
		begin(&at);
		step(&at, 1, A);
		saw(&at, 2, (struct sniff_record){ .type = RECORD_LOAD,
		    .pid = 7 });
		ends(&at, 3, 2.5, A);
		saw(&at, 4, (struct sniff_record){ .type = RECORD_LOAD,
		    .is_end = true, .is_ok = is_ok });
		ok(deaths(&at) == is_ok, "one started for a load %s", is_ok ?
		    "is to stay" : "that failed was ended");
	}
}

/* The driver is killed, and its server with it; what died before did not. */
static void
test_killed(void)
{
	struct scene at;

	for (int pid = 0; pid < 2; pid++) {
		begin(&at);
		step(&at, 1, A);
		saw(&at, 1, (struct sniff_record){ .type = RECORD_LOAD,
		    .pid = pid });
		saw(&at, 1, (struct sniff_record){ .type = RECORD_LOAD,
		    .is_end = true, .is_ok = true });
		ends(&at, 5, 1, A);
		ends(&at, 5, 1, 0);
		session_stream_ends(&at.s, (int64_t)(5.01 * 1e9));
		ends(&at, 5.02, 1, B);
		ok(deaths(&at) == (pid == 0 ? 3 : 0), "a server that ends with "
		    "the stream: %s", pid == 0 ? "a finding" : "it was the "
		    "driver's own");
	}
	begin(&at);
	step(&at, 1, A);
	saw(&at, 1, (struct sniff_record){ .type = RECORD_LOAD, .pid = 1 });
	ends(&at, 4, 1, A);
	session_stream_ends(&at.s, (int64_t)(5 * 1e9));
	ok(deaths(&at) == 1, "one that died a second before is one");
}

int
main(void)
{
	test_killed();
	test_workers();
	test_helpers();
	test_servers();
	return tap_done();
}
