#include "run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "diag.h"
#include "server/api.h"
#include "server/detect.h"
#include "server/loading.h"
#include "xalloc.h"

/* So long a server that went away may take to be started again. */
#define RETURN_NS (10 * NS_PER_S)

bool
run_is_over(const struct run *r)
{
	return r->is_given_up || loop_is_over(net_loop(r->net));
}

void
run_give_up(struct run *r, int64_t number, const char *code, const char *why)
{
	if (r->is_given_up)
		return;
	r->is_given_up = true;
	r->failures++;
	output_note(r->out, "error", code, number, "%s", why);
	progress_clear(r->progress);
	diag_warnx("%s", why);
}

void
run_server_gone(struct run *r, struct client *c, int64_t number,
    const char *why)
{
	c->is_gone = c->went_away = true;
	r->failures++;
	output_note(r->out, "error", "server_gone", number,
	    "%s does not answer any more: %s", c->url, why);
	progress_clear(r->progress);
	diag_warnx("%s: the server does not answer any more (%s); its steps "
	    "are skipped until it is started again", c->url, why);
}

void
run_token_refused(struct run *r, struct client *c, int64_t number)
{
	char reason[DETECT_REASON_CAP];

	c->is_gone = true;
	r->failures++;
	detect_reason(c, DETECT_DENIED, "", reason, sizeof(reason));
	output_note(r->out, "error", "token_refused", number, "%s: %s",
	    c->url, reason);
	progress_clear(r->progress);
	diag_warnx("%s: %s; its steps are skipped", c->url, reason);
}

void
run_check_server(struct run *r, struct client *c, int64_t number,
    const char *why)
{
	if (!c->is_gone && !client_is_alive(c))
		run_server_gone(r, c, number, why);
}

/* Wait for it, but only once: each load asks. */
static bool
is_back(struct run *r, struct client *c)
{
	int64_t now = clock_mono_ns(), until = c->is_awaited ? now : now +
	    RETURN_NS;

	c->is_awaited = true;
	while (!client_is_alive(c)) {
		now = clock_mono_ns();
		if (now >= until || run_is_over(r))
			return false;
		run_wait(r, now + RETURN_NS / 50);
	}
	return !run_is_over(r);
}

void
run_check_return(struct run *r, struct client *c, int64_t number)
{
	if (!c->is_gone || !c->went_away || c->managed.command != NULL ||
	    run_is_over(r) || !is_back(r, c))
		return;
	c->is_gone = c->went_away = c->is_awaited = false;
	output_note(r->out, "warn", "server_back", number, "%s answers again: "
	    "it was started again, and goes on being measured", c->url);
	progress_say(r->progress, "%s answers again", c->url);
}

bool
run_check_awake(struct run *r, struct client *c)
{
	bool is_awake = true;

	if (c->is_gone || c->api == NULL || c->api->is_asleep == NULL)
		return true;
	for (size_t i = 0; i < r->n_loaded && !run_is_over(r); i++) {
		if (r->loaded[i].client != c ||
		    !c->api->is_asleep(c, r->loaded[i].instance))
			continue;
		is_awake = false;
		output_note(r->out, "warn", "asleep",
		    r->loaded[i].step->step, "the server put "
		    "%s to sleep while idle: the next request waits for its "
		    "load; start the server without --sleep-idle-seconds",
		    r->loaded[i].instance);
	}
	return is_awake;
}

void
run_check_loaded(struct run *r, struct client *c, int64_t number)
{
	char error[LOADING_ERROR_CAP];
	const struct model *m;
	struct models list;

	if (c->is_gone || c->api == NULL || !c->api->tells_loaded ||
	    !loading_is_possible(c) ||
	    run_is_over(r) || loading_list(c, &list, error) == -1)
		return;
	for (size_t i = r->n_loaded; i-- > 0;) {
		m = NULL;
		if (r->loaded[i].client != c || models_find_instance(&list,
		    r->loaded[i].instance, &m) != NULL)
			continue;
		r->failures++;
		output_note(r->out, "error", "instance_gone", number,
		    "%s, which this run had loaded, is loaded no more: the "
		    "server was started again, let it expire or evicted it, or "
		    "somebody unloaded it", r->loaded[i].instance);
		progress_say(r->progress, "%s is loaded no more, and not by "
		    "us", r->loaded[i].instance);
		run_forget(r, &r->loaded[i]);
	}
	models_fini(&list);
}

/* A load may bring another process, and two variants name two. */
static const char *
look_for_process(const struct step *s, const char *op, struct client *c)
{
	if (s->server.process_command == NULL || strcmp(op, "load") == 0 ||
	    c->has_loaded)
		process_of(&s->server, c->process);
	c->has_loaded = strcmp(op, "load") == 0;
	return c->process;
}

void
run_write_step(struct run *r, const struct step *s, const char *op,
    int64_t number, bool is_implied, struct client *c)
{
	bool is_request = strcmp(op, "request") == 0;
	bool is_open = s->arrival != ARRIVAL_CLOSED;
	const char *process = look_for_process(s, op, c);
	const struct raw_step row = {
		.step = number, .op = op, .pair = s->pair, .kind = s->kind,
		.variant = s->variant, .model = s->model,
		.format = s->format, .scenario = s->scenario,
		.block = s->block, .rep = s->rep,
		.concurrency = is_request && !is_open ? s->concurrency : -1,
		.rate_per_s = is_request && is_open ? s->rate_per_s :
		    (double)NAN,
		.server_url = c->url, .port = c->port, .implied = is_implied,
		.process = process, .reference = s->reference
	};

	output_row(r->out, RECORD_STEP, clock_mono_ns(), &row,
	    (process[0] != '\0' ? STEP_HAS_PROCESS : 0) |
	    (s->reference != NULL ? STEP_HAS_REFERENCE : 0));
}

void
run_forget(struct run *r, struct loaded *l)
{
	free(l->model);
	free(l->instance);
	*l = r->loaded[--r->n_loaded];
}

struct loaded *
run_find_loaded(struct run *r, const struct client *c,
    const struct step *s)
{
	for (size_t i = 0; i < r->n_loaded; i++)
		if (r->loaded[i].client == c &&
		    step_is_same_load(r->loaded[i].step, s))
			return &r->loaded[i];
	return NULL;
}

void
run_wait(struct run *r, int64_t until_ns)
{
	int64_t now, tick;

	while ((now = clock_mono_ns()) < until_ns && !run_is_over(r)) {
		tick = now + 250 * NS_PER_MS;
		net_turn(r->net, tick < until_ns ? tick : until_ns);
		progress_tick(r->progress);
	}
}

void
run_fini(struct run *r)
{
	for (size_t i = 0; i < r->n_clients; i++) {
		client_fini(r->clients[i]);
		free(r->clients[i]);
	}
	free(r->clients);
	for (size_t i = 0; i < r->n_engines; i++) {
		free(r->engines[i].model);
		free(r->engines[i].runtime);
	}
	free(r->engines);
	free(r->loaded);
	history_fini(&r->history);
	findings_fini(&r->findings);
	decisions_fini(&r->decided);
}
