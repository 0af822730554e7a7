#include "steps.h"

#include <string.h>

#include "clock.h"
#include "diag.h"
#include "quantity.h"
#include "server/loading.h"

/* Where in the plan we are. */
struct sequence {
	struct run *r;
	int64_t next_step;		/* number of the next added step */

	/* The scenario being run, for limit_ns. */
	const struct step *scenario_step;
	int64_t scenario_begun_ns;

	bool is_over;			/* nothing of this visit is needed */
	int64_t begun_ns, round_begun_ns, longest_round_ns;
	int64_t slept_ns;		/* by the machine, so far */

	/* The step whose load failed, until another load. */
	const struct client *failed_client;
	const struct step *failed;
};

/* Is there a way to load what s needs, and so something to unload? */
static bool
loads(const struct step *s, const struct client *c)
{
	return loading_is_possible(c) || c->managed.command != NULL ||
	    s->load_command != NULL || s->unload_command != NULL;
}

/* Does the plan keep a loaded while s is visited?  With a budget the pairs take
 * turns. */
static bool
stays_beside(const struct step *a, const struct step *s)
{
	return a->stays_loaded && s->stays_loaded &&
	    (s->budget_ns >= 0 || strcmp(a->pair, s->pair) == 0);
}

/* Unload everything but what stays loaded beside s (NULL: all), as steps of our
 * own. */
static void
unload_implied(struct sequence *q, const struct step *s)
{
	struct run *r = q->r;
	struct loaded *l;

	for (size_t i = r->n_loaded; i-- > 0; ) {
		l = &r->loaded[i];
		if (s != NULL && stays_beside(l->step, s))
			continue;
		if (loads(l->step, l->client)) {
			run_write_step(r, l->step, "unload", q->next_step,
			    true, l->client);
			step_unload_one(r, l, q->next_step++);
		} else
			run_forget(r, l);
	}
}

/* A filtered plan lacks the load of s: do it, after freeing the memory. */
static struct loaded *
load_implied(struct sequence *q, const struct step *s, struct client *c)
{
	struct run *r = q->r;
	int64_t number;

	if (loads(s, c))
		unload_implied(q, s);
	if (run_is_over(r))
		return NULL;
	number = q->next_step++;
	run_write_step(r, s, "load", number, true, c);
	output_note(r->out, "info", "implied_step", number, "%s was not "
	    "loaded by the plan as step %lld asks: loaded for it", s->model,
	    (long long)s->step);
	if (step_load(r, s, c, number) == -1)
		return NULL;
	return run_find_loaded(r, c, s);
}

/* Did the load that s asks for fail, with no other load since? */
static bool
is_known_failure(const struct sequence *q, const struct step *s,
    const struct client *c)
{
	return q->failed_client == c && q->failed != NULL &&
	    step_is_same_load(q->failed, s);
}

static void
load_failed(struct sequence *q, const struct step *s, const struct client *c)
{
	q->failed_client = c;
	q->failed = s;
}

static bool
is_past_limit(struct sequence *q, const struct step *s)
{
	int64_t now = clock_mono_ns();

	if (!step_is_same_case(q->scenario_step, s)) {
		q->scenario_step = s;
		q->scenario_begun_ns = now;
	}
	return s->limit_ns >= 0 && now - q->scenario_begun_ns > s->limit_ns;
}

static void
do_requests(struct sequence *q, const struct step *s, struct client *c)
{
	struct run *r = q->r;
	struct loaded *l = run_find_loaded(r, c, s);
	const char *why = NULL;

	if (is_past_limit(q, s))
		return;
	if (l == NULL && !is_known_failure(q, s, c) && !c->is_gone &&
	    (l = load_implied(q, s, c)) == NULL)
		load_failed(q, s, c);
	run_write_step(r, s, "request", s->step, false, c);
	if (s->turn == 1 || s->turn < 0)	/* a conversation begins */
		history_fini(&r->history);
	if (l == NULL)
		why = c->is_gone ? "the server went away" : run_is_over(r) ?
		    "interrupted" : "its model could not be loaded";
	else if (s->turn > 1 && r->history.n < (size_t)s->turn - 1)
		why = "a turn before it was not answered";
	if (why != NULL)
		step_skip_requests(r, s, 0, why);
	else
		step_requests(r, s, c, l->instance);
}

static void
do_load(struct sequence *q, const struct step *s, struct client *c)
{
	q->failed = NULL;
	if (c->managed.command != NULL)		/* it is started anew */
		c->is_gone = false;
	run_check_return(q->r, c, s->step);
	run_write_step(q->r, s, "load", s->step, false, c);
	if (c->is_gone || step_load(q->r, s, c, s->step) == -1)
		load_failed(q, s, c);
}

static void
check_sleep(struct sequence *q, const struct step *s)
{
	int64_t slept_ns = clock_slept_ns(), now_ns = slept_ns - q->slept_ns;

	q->slept_ns = slept_ns;
	if (now_ns < NS_PER_S)
		return;
	output_note(q->r->out, "warn", "machine_slept", s->step, "the machine "
	    "slept for %.0f s in this step: what was measured of it meanwhile "
	    "is not the server's", (double)now_ns / NS_PER_S);
	progress_say(q->r->progress, "the machine slept for %.0f s: keep it "
	    "awake while it is measured", (double)now_ns / NS_PER_S);
}

static void
do_step(struct sequence *q, const struct step *s)
{
	struct run *r = q->r;
	struct client *c = run_client(r, s);

	run_note_client(r, c, s->step);
	switch (s->op) {
	case OP_LOAD:
		do_load(q, s, c);
		break;
	case OP_REQUEST:
		do_requests(q, s, c);
		break;
	case OP_UNLOAD:
		run_write_step(r, s, "unload", s->step, false, c);
		step_unload(r, s, c);
		break;
	case OP_IDLE:
		run_write_step(r, s, "idle", s->step, false, c);
		if (!c->is_gone)
			step_idle(r, s, c);
		break;
	}
	run_note_client(r, c, s->step);
}

/* ---- what is decided ---------------------------------------------------- */

static bool
is_same_round(const struct step *a, const struct step *b)
{
	return a->block == b->block && strcmp(a->pair, b->pair) == 0;
}

static bool
is_same_visit(const struct step *a, const struct step *b)
{
	return is_same_round(a, b) && strcmp(a->variant, b->variant) == 0;
}

static void
tell_decision(struct run *r, const struct raw_decided *d)
{
	const char *metric = decisions_metric(d);
	char v[QUANTITY_CAP], lo[QUANTITY_CAP], hi[QUANTITY_CAP];

	output_row(r->out, RECORD_DECIDED, clock_mono_ns(), d, 0);
	if (metric == NULL && d->base != NULL)
		progress_say(r->progress, "%s: %s of %s is over: a leak of "
		    "1 MiB a request would have been seen", d->pair,
		    d->scenario, d->base);
	if (metric == NULL)
		return;
	quantity_number(v, d->ratio, d->ratio_lo, d->ratio_hi);
	quantity_bounds(lo, hi, d->ratio, d->ratio_lo, d->ratio_hi);
	progress_say(r->progress, "%s: %s is decided after %lld "
	    "rounds: %s%s %s times %s (%s to %s)", d->pair,
	    metric, (long long)d->rounds, strcmp(d->verdict,
	    "equivalent") == 0 ? "no difference, " : "", d->new,
	    v, d->base, lo, hi);
}

/* What became certain by the end of the last round, or of one variant since. */
static void
hear_decisions(struct run *r, bool variants_only)
{
	size_t i = r->decided.n;

	for (decisions_read(&r->decided, variants_only); i < r->decided.n; i++)
		tell_decision(r, &r->decided.v[i]);
}

/* Is nothing left to do in the visit that steps[0] begins? */
static bool
is_visit_over(const struct run *r, const struct step *steps, size_t n)
{
	bool has_requests = false;

	for (size_t i = 0; i < n && is_same_visit(steps, &steps[i]); i++) {
		if (steps[i].op != OP_REQUEST)
			continue;
		has_requests = true;
		if (!decisions_close(&r->decided, &steps[i]))
			return false;
	}
	return has_requests;
}

/*
 * Is the budget used up for what step i begins?  A round is not begun that
 * would not be over in time, going by the longest so far.
 */
static bool
is_out_of_budget(struct sequence *q, const struct step *steps, size_t i)
{
	const struct step *s = &steps[i];
	int64_t now = clock_mono_ns(), took, left;
	int64_t budget_ns = q->r->budget_ns >= 0 ? q->r->budget_ns :
	    s->budget_ns;

	if (budget_ns < 0 || (i > 0 && is_same_visit(s, s - 1)))
		return false;
	left = q->begun_ns + budget_ns - now;
	if (i > 0 && is_same_round(s, s - 1))
		return left <= 0;
	took = now - q->round_begun_ns;
	q->round_begun_ns = now;
	if (i > 0 && took > q->longest_round_ns)
		q->longest_round_ns = took;
	return left <= q->longest_round_ns;
}

/* Is step i the first request of its pair from a place on, and are there two
 * variants to decide between? */
static bool
begins_pair(const struct step *steps, size_t n, size_t from, size_t i)
{
	bool is_two = false;

	if (steps[i].op != OP_REQUEST)
		return false;
	for (size_t k = 0; k < n; k++) {
		if (steps[k].op != OP_REQUEST || strcmp(steps[k].pair,
		    steps[i].pair) != 0)
			continue;
		if (k >= from && k < i)
			return false;
		is_two |= strcmp(steps[k].variant, steps[i].variant) != 0;
	}
	return is_two;
}

/* The pairs that had too few rounds for a word about them. */
static void
say_undecided(struct run *r, const struct step *steps, size_t n, size_t from)
{
	char text[160];

	for (size_t i = from; i < n; i++) {
		if (!begins_pair(steps, n, from, i))
			continue;
		decisions_text(&r->decided, steps[i].pair, text, sizeof(text));
		if (text[0] == '\0')
			progress_say(r->progress, "%s: nothing is decided "
			    "before two rounds", steps[i].pair);
	}
}

/* What the budget left undone, in a note and in the last words. */
static void
note_budget(struct run *r, const struct step *steps, size_t n, size_t from)
{
	const struct raw_decided *d;
	int64_t left = 0;
	char text[64];

	for (size_t i = from; i < n; i++)
		left += steps[i].op == OP_REQUEST ? steps[i].requests : 0;
	output_note(r->out, "info", "budget", steps[from].step, "the time "
	    "budget is used up: %lld requests were not sent",
	    (long long)left);
	progress_say(r->progress, "the time budget is used up: %lld requests "
	    "were not sent; resume goes on%s", (long long)left,
	    r->budget_ns >= 0 ? "" : " for as long again");
	for (size_t i = 0; i < r->decided.n_open; i++) {
		d = &r->decided.open[i];
		decisions_further(d, text, sizeof(text));
		progress_say(r->progress, "%s: %s is not decided after %lld "
		    "rounds: %s", d->pair, decisions_metric(d),
		    (long long)d->rounds, text);
	}
	if (r->decided.path != NULL)
		say_undecided(r, steps, n, from);
}

/*
 * Is step i left out?  Decisions take effect between rounds, so that both
 * variants of a pair do the same.  In a visit that goes on for something else,
 * the warm-ups stay: they warm up for that, too.
 */
static bool
is_left_out(struct sequence *q, const struct step *steps, size_t n, size_t i)
{
	const struct step *s = &steps[i];
	struct run *r = q->r;

	if (i == 0 || !is_same_round(s, s - 1))
		hear_decisions(r, false);
	else if (s->gap_ns > 0 && s->limit_ns < 0)
		hear_decisions(r, true);
	if (i == 0 || !is_same_visit(s, s - 1))
		q->is_over = is_visit_over(r, s, n - i);
	if (s->op == OP_UNLOAD && s->stays_loaded)
		return false;
	return q->is_over || (!s->warmup && decisions_close(&r->decided, s));
}

static void
leave_out(struct run *r, const struct step *s, size_t i)
{
	progress_not_needed(r->progress, i);
	if (s->op != OP_REQUEST)
		return;
	run_write_step(r, s, "request", s->step, false, run_client(r, s));
	step_skip_requests(r, s, 0, STEP_DECIDED);
}

int
steps_do(struct run *r, const struct step *steps, size_t n, int64_t next_step)
{
	int64_t now = clock_mono_ns();
	struct sequence q = { .r = r, .next_step = next_step, .begun_ns = now,
	    .round_begun_ns = now, .slept_ns = clock_slept_ns() };

	cooldown_init(&r->cooldown);
	for (size_t i = 0; i < n; i++)
		if (steps[i].step >= q.next_step)
			q.next_step = steps[i].step + 1;
	for (size_t i = 0; i < n && !run_is_over(r); i++) {
		if (is_left_out(&q, steps, n, i)) {
			leave_out(r, &steps[i], i);
			continue;
		}
		if (is_out_of_budget(&q, steps, i)) {
			note_budget(r, steps, n, i);
			break;
		}
		progress_step(r->progress, i);
		do_step(&q, &steps[i]);
		check_sleep(&q, &steps[i]);
	}
	unload_implied(&q, NULL);
	hear_decisions(r, false);
	for (size_t i = 0; i < r->n_clients; i++)
		if (r->clients[i]->is_gone)
			return EXIT_SYSTEM;
	return r->failures > 0 ? EXIT_SYSTEM : EXIT_DONE;
}
