#include "runner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "diag.h"
#include "loading.h"
#include "xalloc.h"

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
runner_is_over(const struct runner *r)
{
	return loop_is_over(net_loop(r->net));
}

void
runner_server_gone(struct runner *r, struct client *c, const struct step *s,
    const char *why)
{
	c->is_gone = true;
	output_note(r->out, "error", "server_gone", s->step,
	    "%s does not answer any more: %s", c->url, why);
	progress_clear(r->progress);
	diag_warnx("%s: the server does not answer any more (%s); the rest of "
	    "its steps is skipped", c->url, why);
}

/*
 * Somebody else's models: refuse (-1) after a message for each, or, when told
 * to keep them, remember to note them.
 */
static int
check_foreign(struct runner *r, struct client *c)
{
	char error[LOADING_ERROR_CAP];
	const struct model_instance *it;
	struct models list;
	size_t i, k;
	int rc = 0;

	if (!loading_is_possible(c) || loading_list(c, &list, error) == -1)
		return 0;
	for (i = 0; i < list.n; i++)
		for (k = 0; k < list.v[i].n_instances; k++) {
			it = &list.v[i].instances[k];
			if (r->keep_loaded || c->keep_loaded) {
				buf_addf(&c->foreign, "%s%s",
				    c->foreign.len > 0 ? ", " : "", it->id);
				continue;
			}
			diag_warnx("%s: %s is loaded already, by someone else:"
			    " unload it (lmsdrive unload %s), or measure "
			    "beside it with --keep-loaded or "
			    "server.keep_loaded", c->url, it->id,
			    it->id);
			rc = -1;
		}
	models_fini(&list);
	return rc;
}

static void
note_foreign(struct runner *r, struct client *c)
{
	if (c->foreign.len == 0)
		return;
	output_note(r->out, "warn", "foreign_instance", 0,
	    "loaded already by someone else, and left so: %s",
	    buf_cstr(&c->foreign));
	buf_clear(&c->foreign);
}

/* What became known of c since the last record. */
static void
note_client(struct runner *r, struct client *c, int64_t number)
{
	if (c->simulated && !c->is_simulation_said)
		output_note(r->out, "info", "simulated", number, "%s is a "
		    "simulation: its figures say nothing about a real "
		    "server", c->url);
	c->is_simulation_said |= c->simulated;
	if (c->retries > 0)
		output_note(r->out, "info", "retried", number, "%s: asked "
		    "%lld times more than needed, last %s", c->url,
		    (long long)c->retries, c->retry_why);
	c->retries = 0;
}

static bool
same_command(char *const *a, char *const *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	while (*a != NULL && same(*a, *b))
		a++, b++;
	return *a == NULL && *b == NULL;
}

static struct client *
find_client(struct runner *r, const struct step_server *conf)
{
	struct client *c;
	size_t i, len = strlen(conf->url);

	while (len > 0 && conf->url[len - 1] == '/')
		len--;
	for (i = 0; i < r->n_clients; i++) {
		c = r->clients[i];
		if (!same_command(c->managed.command, conf->command))
			continue;
		if (conf->command != NULL || (strlen(c->url) == len &&
		    strncmp(c->url, conf->url, len) == 0 &&
		    same(c->token_env, conf->token_env)))
			return c;
	}
	return NULL;
}

struct client *
runner_client(struct runner *r, const struct step *s)
{
	struct client *c = find_client(r, &s->server);
	enum client_result result;
	char why[1024];

	if (c != NULL)
		return c;
	c = xcalloc(1, sizeof(*c));
	r->clients = xreallocarray(r->clients, r->n_clients + 1,
	    sizeof(struct client *));
	r->clients[r->n_clients++] = c;
	client_init(c, r->net, &s->server, s->timeouts.connect_ns);
	if (c->managed.command != NULL)
		return c;		/* it is found out about when it runs */
	result = client_detect(c, why, sizeof(why));
	if (result != CLIENT_OK) {
		progress_clear(r->progress);
		client_explain(c, result, why);
		c->is_gone = true;
	} else if (check_foreign(r, c) == -1)
		c->is_gone = true;
	return c;
}

void
runner_write_step(struct runner *r, const struct step *s, const char *op,
    int64_t number, bool is_implied, const struct client *c)
{
	bool is_request = strcmp(op, "request") == 0;
	bool is_open = s->arrival != ARRIVAL_CLOSED;
	struct json j;

	output_begin(r->out, &j, "step", clock_mono_ns());
	json_int(&j, "step", number);
	json_str(&j, "op", op);
	json_str(&j, "pair", s->pair);
	json_str(&j, "kind", s->kind);
	json_str(&j, "variant", s->variant);
	json_str(&j, "model", s->model);
	json_str(&j, "format", s->format);
	json_str(&j, "scenario", s->scenario);
	json_int(&j, "block", s->block);
	json_int(&j, "rep", s->rep);
	json_count(&j, "concurrency", is_request && !is_open ?
	    s->concurrency : -1);
	json_num(&j, "rate_per_s", is_request && is_open ? s->rate_per_s :
	    NAN);
	json_str(&j, "server_url", c->url);
	json_count(&j, "port", c->port);
	json_bool(&j, "implied", is_implied);
	output_end(r->out, &j);
}

struct loaded *
runner_find_loaded(struct runner *r, const struct client *c,
    const struct step *s)
{
	size_t i;

	for (i = 0; i < r->n_loaded; i++)
		if (r->loaded[i].client == c &&
		    same(r->loaded[i].model, s->model))
			return &r->loaded[i];
	return NULL;
}

/* Unload everything but keep, as steps of our own. */
static void
unload_implied(struct runner *r, const struct loaded *keep)
{
	struct loaded *l;
	size_t i = r->n_loaded;

	while (i-- > 0) {
		l = &r->loaded[i];
		if (l == keep)
			continue;
		if (loading_is_possible(l->client) ||
		    l->client->managed.command != NULL) {
			runner_write_step(r, l->step, "unload", r->next_step,
			    true, l->client);
			step_unload_one(r, l, r->next_step++);
		} else {
			free(l->model);
			free(l->instance);
			*l = r->loaded[--r->n_loaded];
		}
	}
}

/* A filtered plan lacks the load of s: do it, after freeing the memory. */
static struct loaded *
load_implied(struct runner *r, const struct step *s, struct client *c)
{
	int64_t number;

	if (loading_is_possible(c) || c->managed.command != NULL)
		unload_implied(r, NULL);
	if (runner_is_over(r))
		return NULL;
	number = r->next_step++;
	runner_write_step(r, s, "load", number, true, c);
	output_note(r->out, "info", "implied_step", number, "%s was not "
	    "loaded by the plan: loaded for step %lld", s->model,
	    (long long)s->step);
	if (step_load(r, s, c, number) == -1)
		return NULL;
	return runner_find_loaded(r, c, s);
}

/* Did the load of this model fail, with no other load since? */
static bool
is_known_failure(const struct runner *r, const struct step *s,
    const struct client *c)
{
	return r->failed_client == c && same(r->failed_model, s->model);
}

/* A conversation starts anew with its first turn. */
static void
begin_history(struct runner *r, const struct step *s)
{
	if (s->turn == 1 || s->turn < 0)
		history_fini(&r->history);
}

static bool
is_past_limit(struct runner *r, const struct step *s)
{
	const struct step *b = r->scenario_step;
	int64_t now = clock_mono_ns();

	if (b == NULL || b->block != s->block || !same(b->pair, s->pair) ||
	    !same(b->variant, s->variant) || !same(b->scenario, s->scenario)) {
		r->scenario_step = s;
		r->scenario_begun_ns = now;
	}
	return s->limit_ns >= 0 && now - r->scenario_begun_ns > s->limit_ns;
}

static void
do_requests(struct runner *r, const struct step *s, struct client *c)
{
	struct loaded *l = runner_find_loaded(r, c, s);

	if (is_past_limit(r, s))
		return;
	if (l == NULL && !is_known_failure(r, s, c) && !c->is_gone)
		if ((l = load_implied(r, s, c)) == NULL) {
			r->failed_client = c;
			r->failed_model = s->model;
		}
	runner_write_step(r, s, "request", s->step, false, c);
	if (l == NULL) {
		step_skip_requests(r, s, c->is_gone ? "the server went away" :
		    runner_is_over(r) ? "interrupted" :
		    "its model could not be loaded");
		return;
	}
	begin_history(r, s);
	step_requests(r, s, c, l->instance);
}

static void
do_load(struct runner *r, const struct step *s, struct client *c)
{
	r->failed_client = NULL;
	runner_write_step(r, s, "load", s->step, false, c);
	if (c->is_gone || step_load(r, s, c, s->step) == -1) {
		r->failed_client = c;
		r->failed_model = s->model;
	}
}

static void
do_step(struct runner *r, const struct step *s)
{
	struct client *c = runner_client(r, s);

	note_foreign(r, c);
	note_client(r, c, s->step);
	switch (s->op) {
	case OP_LOAD:
		do_load(r, s, c);
		break;
	case OP_REQUEST:
		do_requests(r, s, c);
		break;
	case OP_UNLOAD:
		runner_write_step(r, s, "unload", s->step, false, c);
		step_unload(r, s, c);
		break;
	case OP_IDLE:
		runner_write_step(r, s, "idle", s->step, false, c);
		if (!c->is_gone)
			step_idle(r, s);
		break;
	}
	note_client(r, c, s->step);
}

int
runner_run(struct runner *r)
{
	size_t i;

	cooldown_init(&r->cooldown);
	for (i = 0; i < r->n_steps; i++)
		if (r->steps[i].step >= r->next_step)
			r->next_step = r->steps[i].step + 1;
	for (i = 0; i < r->n_steps && !runner_is_over(r); i++) {
		progress_step(r->progress, i);
		do_step(r, &r->steps[i]);
	}
	unload_implied(r, NULL);
	for (i = 0; i < r->n_clients; i++)
		if (r->clients[i]->is_gone)
			return EXIT_SYSTEM;
	return EXIT_DONE;
}

void
runner_fini(struct runner *r)
{
	size_t i;

	for (i = 0; i < r->n_clients; i++) {
		client_fini(r->clients[i]);
		free(r->clients[i]);
	}
	free(r->clients);
	for (i = 0; i < r->n_engines; i++) {
		free(r->engines[i].model);
		free(r->engines[i].runtime);
	}
	free(r->engines);
	free(r->loaded);
	history_fini(&r->history);
	findings_fini(&r->findings);
}
