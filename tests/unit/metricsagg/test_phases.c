/* What the server was doing when: phases from the times of the records. */
#include <stdlib.h>

#include "join/phases.h"
#include "tap.h"

static struct tables t;
static struct run *r;

static void
start(void)
{
	tables_init(&t);
	r = tables_run(&t, "R", 1);
}

static void
finish(void)
{
	tables_fini(&t);
}

static struct step_row *
step(int64_t n, const char *variant, int64_t block)
{
	struct step_row *s = tables_step(r, n);
	struct raw_step is;

	raw_init(RECORD_STEP, &is);
	is.pair = names_adds(t.names, "p");
	is.variant = names_adds(t.names, variant);
	is.block = block;
	is.concurrency = 1;
	s->is = names_add(t.names, &is, sizeof(is));
	return s;
}

static void
span(int64_t n, enum record_type op, const char *variant, int64_t block,
    int64_t from, int64_t to)
{
	struct span_event *e;
	int end;

	step(n, variant, block);
	for (end = 0; end < 2; end++) {
		if (end == 1 && to == -1)
			continue;
		e = tables_event(r);
		e->op = op;
		e->step = n;
		e->is_end = end == 1;
		e->t_ns = end == 1 ? to : from;
		e->info.status = names_adds(t.names, "ok");
		e->info.timed = true;
	}
	if (to > r->t_last)
		r->t_last = to;
}

static void
request(int64_t n, const char *variant, int64_t sent, int64_t first,
    int64_t last)
{
	struct chunk_event e = { .run = "R", .run_len = 1, .req = n,
	    .kind = CHUNK_CONTENT, .bytes = 1 };
	struct request_row *q;

	step(n, variant, 1);
	q = tables_request(r, n);
	q->step = n;
	q->t_sent = sent;
	q->is_sent = q->is_done = true;
	q->t_done = last;
	q->status = STATUS_OK;
	e.t_ns = first;
	tables_chunk(&t, &e);
	e.i = 1;
	e.t_ns = last;
	tables_chunk(&t, &e);
}

static const char *
text_of(struct phases *p)
{
	static char out[1024];
	size_t i, n = 0;

	for (i = 0; i < p->n; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s%s%zu:%d-%d",
		    i > 0 ? " " : "", phase_name(p->spans[i].phase),
		    (size_t)p->spans[i].visit, (int)p->spans[i].from,
		    (int)p->spans[i].to);
	phases_fini(p);
	return out;
}

static void
test_one_visit(void)
{
	struct phases p;

	start();
	span(1, RECORD_LOAD, "a", 1, 100, 200);
	request(2, "a", 300, 350, 400);
	request(3, "a", 500, 520, 600);
	span(4, RECORD_UNLOAD, "a", 1, 700, 750);
	r->t_last = 899;
	link_run(r);
	phases_of(&p, r, true);
	is_text(text_of(&p), "baseline0:0-100 load0:100-200 loaded0:200-300 "
	    "prefill0:300-350 decode0:350-400 between0:400-500 "
	    "prefill0:500-520 decode0:520-600 between0:600-700 "
	    "unload0:700-750 after_unload0:750-900", "one visit");
	finish();
}

/* The same visit, sampled once while it decodes the second of three. */
static void
test_few(void)
{
	struct phases p;

	start();
	span(1, RECORD_LOAD, "a", 1, 100, 200);
	request(2, "a", 300, 350, 400);
	request(3, "a", 500, 520, 600);
	request(4, "a", 620, 640, 660);
	tables_mem(r)->t_ns = 550;
	r->t_last = 899;
	link_run(r);
	phases_of(&p, r, false);
	ok(p.n_all == 12, "all are counted");
	is_text(text_of(&p), "baseline0:0-100 load0:100-200 loaded0:200-300 "
	    "prefill0:300-350 decode0:520-600 between0:660-900",
	    "of the requests the first, the last, and what has a sample");
	tables_fini(&t);
}

static void
test_two_visits(void)
{
	struct phases p;

	start();
	span(1, RECORD_LOAD, "a", 1, 100, 200);
	span(2, RECORD_UNLOAD, "a", 1, 300, 350);
	span(3, RECORD_LOAD, "b", 2, 400, 500);
	link_run(r);
	phases_of(&p, r, true);
	is_text(text_of(&p), "baseline0:0-100 load0:100-200 loaded0:200-300 "
	    "unload0:300-350 after_unload0:350-400 load1:400-500 "
	    "loaded1:500-501", "two visits, the second still loaded");
	finish();
}

static void
test_overlap(void)
{
	struct phases p;

	start();
	span(1, RECORD_LOAD, "a", 1, 100, 200);
	request(2, "a", 300, 350, 400);
	request(3, "a", 310, 380, 450);
	r->t_last = 499;
	link_run(r);
	phases_of(&p, r, true);
	is_text(text_of(&p), "baseline0:0-100 load0:100-200 loaded0:200-300 "
	    "prefill0:300-350 decode0:350-450 between0:450-500",
	    "two requests at once: decode while any decodes");
	finish();
}

static void
test_no_load(void)
{
	struct phases p;

	start();
	request(2, "a", 300, 350, 400);
	r->t_last = 499;
	link_run(r);
	ok(r->n_visits == 1 && r->visits[0].load == NULL &&
	    r->requests[0].visit == &r->visits[0],
	    "requests without a load get a visit");
	phases_of(&p, r, true);
	is_text(text_of(&p), "prefill0:300-350 decode0:350-400 "
	    "between0:400-500",
	    "and no load phase");
	finish();
}

static void
test_unfinished(void)
{
	struct phases p;

	start();
	span(1, RECORD_LOAD, "a", 1, 100, -1);
	r->t_last = 199;
	link_run(r);
	phases_of(&p, r, true);
	is_text(text_of(&p), "baseline0:0-100 load0:100-200",
	    "a load that never ended lasts to the end");
	finish();
}

int
main(void)
{
	test_one_visit();
	test_few();
	test_two_visits();
	test_overlap();
	test_no_load();
	test_unfinished();
	return tap_done();
}
