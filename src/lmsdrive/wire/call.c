/* Exchanges that are waited for: net_call(), net_warm(). */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "transfer.h"
#include "xalloc.h"

static int
on_body(void *arg, struct transfer *t, const char *bytes, size_t len,
    const struct arrival_time *when)
{
	struct reply *r = arg;

	(void)t;
	(void)when;
	if (r->body.len + len > REPLY_MAX)
		return -1;
	buf_add(&r->body, bytes, len);
	return 0;
}

static void
on_done(void *arg, struct transfer *t, const struct transfer_result *result)
{
	struct reply *r = arg;

	r->result = *result;
	snprintf(r->error, sizeof(r->error), "%s",
	    r->body.len > REPLY_MAX / 2 && result->curl != 0 ?
	    "the answer is too long" : result->error);
	r->result.error = r->error;
	r->headers = *transfer_headers(t);
	transfer_proxy(t, r->proxy);
	r->is_done = true;
}

int
net_call(struct net *n, const struct transfer_request *rq, struct reply *r)
{
	struct transfer_request copy = *rq;
	struct transfer *t;
	bool was_over = loop_is_over(net_loop(n));

	memset(r, 0, sizeof(*r));
	copy.on_body = on_body;
	copy.on_done = on_done;
	copy.on_sent = NULL;
	copy.on_answer = NULL;
	copy.arg = r;
	t = transfer_begin(n, &copy);
	while (!r->is_done) {
		net_turn(n, INT64_MAX);
		if (!r->is_done && !was_over && loop_is_over(net_loop(n))) {
			r->is_cancelled = true;
			transfer_cancel(t);
		}
	}
	return r->result.curl == 0 && r->result.http >= 200 &&
	    r->result.http < 300 ? 0 : -1;
}

void
reply_fini(struct reply *r)
{
	buf_fini(&r->body);
}

/*
 * Connections being opened: each answer is held until all are there, or one
 * that is quick would leave its connection to the next request.
 */
struct warming {
	struct transfer **live;		/* NULL where it is over */
	int64_t n_held, over, count;
	bool is_released;
};

static int
hold_body(void *arg, struct transfer *t, const char *bytes, size_t len,
    const struct arrival_time *when)
{
	struct warming *w = arg;

	(void)t;
	(void)bytes;
	(void)len;
	(void)when;
	if (w->is_released)
		return 0;
	w->n_held++;
	return 1;
}

static void
count_over(void *arg, struct transfer *t, const struct transfer_result *result)
{
	struct warming *w = arg;

	(void)result;
	w->over++;
	for (int64_t i = 0; i < w->count; i++)
		if (w->live[i] == t)
			w->live[i] = NULL;
}

static void
each(struct warming *w, void (*fn)(struct transfer *))
{
	for (int64_t i = 0; i < w->count; i++)
		if (w->live[i] != NULL)
			fn(w->live[i]);
}

void
net_warm(struct net *n, const struct transfer_request *rq, int64_t count)
{
	struct transfer_request copy = *rq;
	struct warming w = { .count = count };

	w.live = xcalloc((size_t)count, sizeof(struct transfer *));
	copy.on_body = hold_body;
	copy.on_done = count_over;
	copy.on_sent = NULL;
	copy.on_answer = NULL;
	copy.arg = &w;
	for (int64_t i = 0; i < count; i++)
		w.live[i] = transfer_begin(n, &copy);
	/* Each ends by its own time-out, if nothing else ends it. */
	while (w.over < count) {
		net_turn(n, clock_mono_ns() + NS_PER_S);
		if (loop_is_over(net_loop(n)))
			each(&w, transfer_cancel);
		else if (!w.is_released && w.n_held + w.over >= count) {
			w.is_released = true;
			each(&w, transfer_go_on);
		}
	}
	free(w.live);
}
