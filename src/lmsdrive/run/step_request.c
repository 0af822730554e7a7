/* Request steps: the load shape, closed or open loop. */
#include "steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "clock.h"
#include "schedule.h"
#include "xalloc.h"

/* The requests of one step, on their way. */
struct shape {
	struct run *r;
	const struct step *s;
	struct client *c;
	const char *instance;
	struct schedule schedule;
	bool is_open_loop;
	int64_t begun_ns, stop_ns;	/* no request is begun after stop */
	int64_t built, issued;
	struct exchange **ready;	/* built, not yet sent; a ring */
	int64_t ready_cap;
	struct exchange **live;
	size_t n_live, cap_live;
	int64_t *due;			/* instants of requests to come */
	size_t n_due;
	int64_t check_ns, check_every_ns;	/* when to look at time-outs */
	size_t n_finished;		/* among live */
	struct exchange_waits waits;
	bool is_wait_said;
};

static void
on_over(void *arg, struct exchange *x)
{
	struct shape *h = arg;

	(void)x;
	h->n_finished++;
}

/* Texts and bodies are made before they are due, not when. */
static void
build_until(struct shape *h, int64_t count)
{
	const struct history *history = h->s->turn > 0 ? &h->r->history :
	    NULL;

	while (h->built < h->s->requests && h->built - h->issued < count) {
		h->ready[h->built % h->ready_cap] = exchange_new(h->s,
		    h->built, h->c, h->r->out, h->instance, history);
		h->built++;
	}
}

/* Did the gap before the step put the model to sleep?  After one as long as
 * that it did not need not be asked again. */
static int64_t
check_gap(struct shape *h, int64_t due_ns)
{
	const int64_t gap_ns = h->s->gap_ns;

	if (h->issued > 0 || gap_ns <= h->c->awake_after_ns)
		return due_ns;
	if (run_check_awake(h->r, h->c))
		h->c->awake_after_ns = gap_ns;
	return clock_mono_ns();
}

static void
begin(struct shape *h, int64_t due_ns)
{
	struct exchange *x;

	due_ns = check_gap(h, due_ns);
	build_until(h, 1);
	x = h->ready[h->issued % h->ready_cap];
	h->issued++;
	x->on_over = on_over;
	x->arg = h;
	x->waits = &h->waits;
	h->live = xgrow(h->live, h->n_live, &h->cap_live, sizeof(*h->live));
	h->live[h->n_live++] = x;
	exchange_begin(x, h->r->next_req++, due_ns);
	if (h->check_ns == INT64_MAX)
		h->check_ns = x->begun_ns + h->check_every_ns;
}

/* The index of the earliest due instant; n_due > 0. */
static size_t
earliest(const struct shape *h)
{
	size_t min = 0;

	for (size_t i = 1; i < h->n_due; i++)
		if (h->due[i] < h->due[min])
			min = i;
	return min;
}

static bool
has_more(const struct shape *h)
{
	return h->issued < h->s->requests && h->n_due > 0 &&
	    h->due[earliest(h)] < h->stop_ns;
}

static void
begin_due(struct shape *h)
{
	size_t i;
	int64_t due;

	while (has_more(h)) {
		i = earliest(h);
		due = h->due[i];
		if (due > clock_mono_ns())
			break;
		if (h->is_open_loop)
			h->due[i] = h->begun_ns + schedule_next(&h->schedule);
		else
			h->due[i] = h->due[--h->n_due];
		begin(h, due);
	}
}

/*
 * A conversation with tools goes on whatever was answered, so that all variants
 * do the same work: with the model's own call where it is what was asked for,
 * else with the one that it should have made.
 */
static void
keep_call(struct shape *h, struct exchange *x, const struct agent *a)
{
	bool is_own = x->call != NULL && strcmp(x->call, call_result_name(
	    CALL_OK)) == 0;
	struct tool_call due = { "", BUF_INIT, BUF_INIT };
	const struct tool_call *c = is_own ? x->facts.calls : &due;
	cJSON *arguments;

	buf_adds(&due.name, json_get_str(agent_call(a, h->s->turn,
	    &arguments), "name", ""));
	agent_write(&due.arguments, arguments);
	snprintf(due.id, sizeof(due.id), "call%05d", (int)h->s->turn);
	if (is_own && x->facts.calls[0].id[0] == '\0')
		memcpy(x->facts.calls[0].id, due.id, sizeof(due.id));
	if (is_own && x->facts.calls[0].arguments.len == 0)
		buf_adds(&x->facts.calls[0].arguments, "{}");
	history_add(&h->r->history, buf_cstr(&x->prompt), is_own ?
	    buf_cstr(&x->facts.text) : "", c, NULL);
	cJSON_Delete(arguments);
	tool_call_fini(&due);
}

static void
keep_history(struct shape *h, struct exchange *x)
{
	struct agent a;

	if (h->s->turn <= 0)
		return;
	if (agent_init(&a, h->s->prompt.agent, h->s->prompt.seed) == 0) {
		keep_call(h, x, &a);
		agent_fini(&a);
	} else if (x->status == STATUS_OK) {
		history_add(&h->r->history, buf_cstr(&x->prompt),
		    buf_cstr(&x->facts.text), NULL,
		    x->facts.response_id[0] != '\0' ? x->facts.response_id :
		    NULL);
	}
}

/* So many in a row are no accident. */
enum { DENIALS_MAX = 3 };

static void
count_denial(struct shape *h, const struct exchange *x)
{
	bool is_denied = x->result.http == 401 || x->result.http == 403;

	h->c->denials = is_denied ? h->c->denials + 1 : 0;
	if (h->c->denials == DENIALS_MAX && !h->c->is_gone)
		run_token_refused(h->r, h->c, h->s->step);
}

static void
settle(struct shape *h, struct exchange *x)
{
	struct run *r = h->r;

	findings_response(&r->findings, x);
	progress_response(r->progress, x);
	keep_history(h, x);
	if (x->result.is_crowded)
		run_give_up(r, h->s->step, "out_of_descriptors", x->error);
	count_denial(h, x);
	if (x->status == STATUS_TRANSPORT_ERROR ||
	    x->status == STATUS_TRUNCATED) {
		if (!loop_is_over(net_loop(r->net)) && !h->c->is_gone &&
		    !client_is_alive(h->c))
			run_server_gone(r, h->c, h->s->step, x->error);
	}
}

/* Take out what is finished; in a closed loop each makes room for one. */
static void
collect(struct shape *h)
{
	struct exchange *x;
	size_t i = 0;

	while (h->n_finished > 0 && i < h->n_live) {
		x = h->live[i];
		if (!x->is_done) {
			i++;
			continue;
		}
		h->live[i] = h->live[--h->n_live];
		h->n_finished--;
		if (!h->is_open_loop)
			h->due[h->n_due++] = x->done_ns + h->s->gap_ns;
		settle(h, x);
		exchange_free(x);
	}
}

static void
check_timeouts(struct shape *h)
{
	int64_t now = clock_mono_ns();

	if (now < h->check_ns && now < h->waits.next_ns)
		return;
	h->waits.next_ns = INT64_MAX;
	for (size_t i = 0; i < h->n_live; i++)
		exchange_check(h->live[i], now);
	h->check_ns = h->n_live > 0 ? now + h->check_every_ns : INT64_MAX;
}

static void
say_wait(struct shape *h)
{
	if (h->waits.spent_ns == 0 || h->is_wait_said)
		return;
	h->is_wait_said = true;
	progress_say(h->r->progress, "%s: the server is busy and asks to wait: "
	    "%d s at most for this step", h->s->variant,
	    (int)(EXCHANGE_WAIT_NS / NS_PER_S));
}

/* A tenth of the shortest time-out, but neither all the time nor rarely. */
static int64_t
check_interval(const struct step_timeouts *t)
{
	int64_t ns = t->first_token_ns < t->between_tokens_ns ?
	    t->first_token_ns : t->between_tokens_ns;

	ns /= 10;
	return ns < 10 * NS_PER_MS ? 10 * NS_PER_MS :
	    ns > NS_PER_S ? NS_PER_S : ns;
}

static void
shape_init(struct shape *h, struct run *r, const struct step *s,
    struct client *c, const char *instance)
{
	int64_t workers;

	*h = (struct shape){ .r = r, .s = s, .c = c, .instance = instance,
	    .is_open_loop = s->arrival != ARRIVAL_CLOSED,
	    .check_ns = INT64_MAX, .waits.next_ns = INT64_MAX,
	    .check_every_ns = check_interval(&s->timeouts) };
	workers = h->is_open_loop ? 1 : s->concurrency < s->requests ?
	    s->concurrency : s->requests;
	h->ready_cap = workers + 1;
	h->ready = xcalloc((size_t)h->ready_cap, sizeof(struct exchange *));
	h->due = xcalloc((size_t)workers + 1, sizeof(*h->due));
	build_until(h, workers);
	if (workers > 1 && !s->cold_connection)
		client_warm(c, workers);
	schedule_init(&h->schedule, s);
	h->begun_ns = clock_mono_ns() + s->gap_ns;
	h->stop_ns = s->duration_ns >= 0 ? h->begun_ns + s->duration_ns :
	    INT64_MAX;
	for (int64_t i = 0; i < workers; i++)
		h->due[h->n_due++] = h->begun_ns +
		    (h->is_open_loop ? schedule_next(&h->schedule) : 0);
}

static void
shape_fini(struct shape *h)
{
	for (; h->issued < h->built; h->issued++)
		exchange_free(h->ready[h->issued % h->ready_cap]);
	free(h->ready);
	free(h->live);
	free(h->due);
}

static int64_t
next_instant(const struct shape *h)
{
	int64_t at = h->check_ns < h->waits.next_ns ? h->check_ns :
	    h->waits.next_ns, due;

	if (has_more(h)) {
		due = h->due[earliest(h)];
		if (due < at)
			at = due;
	}
	due = clock_mono_ns() + 250 * NS_PER_MS;	/* the progress line */
	return due < at ? due : at;
}

void
step_requests(struct run *r, const struct step *s, struct client *c,
    const char *instance)
{
	struct shape h;

	shape_init(&h, r, s, c, instance);
	while (!run_is_over(r) && !c->is_gone &&
	    (h.n_live > 0 || has_more(&h))) {
		begin_due(&h);
		build_until(&h, 1);
		net_turn(r->net, next_instant(&h));
		collect(&h);
		check_timeouts(&h);
		say_wait(&h);
		progress_tick(r->progress);
	}
	for (size_t i = 0; i < h.n_live; i++)
		exchange_stop(h.live[i], STATUS_CANCELLED, "interrupted");
	collect(&h);
	/* A stop by duration is no loss; anything else is recorded. */
	if ((c->is_gone || run_is_over(r)) &&
	    (s->duration_ns < 0 || has_more(&h)))
		step_skip_requests(r, s, h.issued, c->is_gone ?
		    "the server went away" : "interrupted");
	shape_fini(&h);
}

void
step_skip_requests(struct run *r, const struct step *s, int64_t k,
    const char *why)
{
	/* With a time limit the number of requests is a mere bound. */
	int64_t n = s->duration_ns >= 0 ? k + 1 : s->requests;

	for (; k < n; k++) {
		exchange_skip(r->out, s, k, r->next_req++, why);
		if (strcmp(why, STEP_DECIDED) != 0)
			progress_skipped(r->progress);
	}
}
