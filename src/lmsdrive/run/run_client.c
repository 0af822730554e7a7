/* The servers of a run: found out about at first use, with what is loaded there
 * already, by the run that was broken off or by others. */
#include "run.h"

#include <stdio.h>
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
