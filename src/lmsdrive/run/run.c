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

/* How long one unload may take, and how long it is tried again. */
#define UNLOAD_LEFT_NS (60 * NS_PER_S)
#define TRY_LEFT_NS (5 * NS_PER_S)

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

static void
add_name(struct buf *list, const char *name)
{
	buf_addf(list, "%s%s", list->len > 0 ? ", " : "", name);
}

/* Unload what the run that we go on with left.  Returns how many there are. */
static size_t
unload_left(struct run *r, struct client *c, const struct models *list)
{
	char error[LOADING_ERROR_CAP];
	const char *id;
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; k < list->v[i].n_instances; k++) {
			id = list->v[i].instances[k].id;
			if (!resume_loaded(r->resume, c->url, list->v[i].key,
			    id))
				continue;
			n++;
			if (loading_unload(c, id, UNLOAD_LEFT_NS, error) == 0)
				add_name(&c->left, id);
		}
	return n;
}

/*
 * What the run that we go on with left loaded is ours to unload, and so is
 * what a load that it had asked for comes to, which may still be going on: a
 * second one beside it would be measured with it.
 */
static void
take_back_left(struct run *r, struct client *c)
{
	char error[LOADING_ERROR_CAP];
	const char *model = NULL;
	int64_t until = resume_awaited_ns(r->resume, c->url, &model), now;
	bool is_awaited = (now = clock_mono_ns()) < until;
	struct models list;
	size_t n = 1;

	if (is_awaited)
		progress_say(r->progress, "the run that was broken off had "
		    "asked for %s: waiting up to %lld s for its load", model,
		    (long long)((until - now) / NS_PER_S + 1));
	else
		until = now + TRY_LEFT_NS;
	while ((n > 0 || is_awaited) && now < until && !run_is_over(r) &&
	    loading_list(c, &list, error) == 0) {
		n = unload_left(r, c, &list);
		models_fini(&list);
		now = clock_mono_ns();
		if (n > 0 && is_awaited)
			until = now + TRY_LEFT_NS;
		is_awaited &= n == 0;
		if (n > 0 || is_awaited)
			run_wait(r, now + 100 * NS_PER_MS);
	}
	c->is_left_gone = n == 0 && resume_has_left(r->resume, c->url);
}

/*
 * Somebody else's model: refuse (-1) after a message for each instance, or,
 * when told to keep them, remember to note them.
 */
static int
check_foreign(struct run *r, struct client *c, const struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n_instances; i++) {
		if (r->keep_loaded || c->keep_loaded) {
			add_name(&c->foreign, m->instances[i].id);
			continue;
		}
		n++;
		diag_warnx("%s: %s is loaded already, by someone else: unload "
		    "it (%s unload %s), or measure beside it with "
		    "--keep-loaded or server.keep_loaded", c->url,
		    m->instances[i].id, diag_called(), m->instances[i].id);
	}
	return n > 0 ? -1 : 0;
}

/*
 * What is there before we do anything: models of other devices, and loaded
 * ones where we could have loaded them.  Returns -1 when c must not be
 * measured.
 */
static int
look_around(struct run *r, struct client *c)
{
	char error[LOADING_ERROR_CAP];
	struct models list;
	int rc = 0;

	if (!c->api->tells_loaded)
		return 0;
	if (r->resume != NULL && loading_is_possible(c))
		take_back_left(r, c);
	if (loading_list(c, &list, error) == -1)
		return 0;
	for (size_t i = 0; i < list.n; i++)
		if (list.v[i].is_remote)
			add_name(&c->remote, list.v[i].key);
		else if (loading_is_possible(c))
			rc |= check_foreign(r, c, &list.v[i]);
	models_fini(&list);
	return rc;
}

void
run_note_client(struct run *r, struct client *c, int64_t number)
{
	if (c->foreign.len > 0)
		output_note(r->out, "warn", "foreign_instance", 0,
		    "loaded already by someone else, and left so: %s",
		    buf_cstr(&c->foreign));
	buf_clear(&c->foreign);
	/* With a step, whose server it tells: nothing is left there. */
	if (c->left.len > 0 || c->is_left_gone)
		output_note(r->out, "info", "left_loaded", c->is_left_gone ?
		    number : 0, "the run that was broken off had left loaded: "
		    "%s%s", c->left.len > 0 ? buf_cstr(&c->left) : "nothing",
		    c->left.len > 0 ? "; unloaded" : "");
	buf_clear(&c->left);
	c->is_left_gone = false;
	if (c->remote.len > 0)
		output_note(r->out, "info", "remote_model", 0,
		    "listed, but on another device: %s", buf_cstr(&c->remote));
	buf_clear(&c->remote);
	if (c->simulated && !c->is_simulation_said)
		output_note(r->out, "info", "simulated", number, "%s is a "
		    "simulation: its figures say nothing about a real "
		    "server", c->url);
	c->is_simulation_said |= c->simulated;
	if (c->proxy[0] != '\0' && !c->is_proxy_said)
		output_note(r->out, "warn", "proxy", number, "%s is reached "
		    "through the proxy %s: its time is in every figure; "
		    "no_proxy leaves it out", c->url, c->proxy);
	c->is_proxy_said |= c->proxy[0] != '\0';
	if (c->retries > 0)
		output_note(r->out, "info", "retried", number, "%s: asked "
		    "%lld times more than needed, last %s", c->url,
		    (long long)c->retries, c->retry_why);
	c->retries = 0;
}

static struct client *
find_client(struct run *r, const struct step_server *conf)
{
	for (size_t i = 0; i < r->n_clients; i++)
		if (client_is_of(r->clients[i], conf))
			return r->clients[i];
	return NULL;
}

/* A server that was started a moment ago loads its model: it is waited for as
 * long as a load is. */
static enum detect_result
find_out(struct run *r, const struct step *s, struct client *c, char *why,
    size_t cap)
{
	int64_t until = clock_mono_ns() + s->timeouts.load_ns;
	enum detect_result result;
	bool is_said = false;

	while ((result = detect_api(c, why, cap)) == DETECT_BUSY) {
		if (!is_said) {
			progress_clear(r->progress);
			diag_warnx("%s: not ready (HTTP 503): waited for, "
			    "%lld s at most", c->url,
			    (long long)(s->timeouts.load_ns / NS_PER_S));
			is_said = true;
		}
		if (clock_mono_ns() >= until)
			break;
		if (run_is_over(r) || !client_pause(c, NS_PER_S))
			return DETECT_CANCELLED;
	}
	return result;
}

struct client *
run_client(struct run *r, const struct step *s)
{
	struct client *c = find_client(r, &s->server);
	enum detect_result result;
	char why[1024];

	if (c != NULL)
		return c;
	c = xcalloc(1, sizeof(*c));
	r->clients = xreallocarray(r->clients, r->n_clients + 1,
	    sizeof(struct client *));
	r->clients[r->n_clients++] = c;
	client_init(c, r->net, &s->server, s->timeouts.connect_ns);
	process_of(&s->server, c->process);
	if (c->managed.command != NULL)
		return c;		/* it is found out about when it runs */
	result = find_out(r, s, c, why, sizeof(why));
	if (result != DETECT_OK) {
		progress_clear(r->progress);
		detect_explain(c, result, why);
		c->is_gone = true;
	} else if (look_around(r, c) == -1)
		c->is_gone = true;
	return c;
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
