/* Unload steps, and which engine served what is unloaded. */
#include "steps.h"

#include <string.h>

#include "clock.h"
#include "server/loading.h"
#include "xalloc.h"

static const struct engine *
find_engine(const struct run *r, const struct client *c, const char *model)
{
	for (size_t i = 0; i < r->n_engines; i++)
		if (r->engines[i].client == c &&
		    strcmp(r->engines[i].model, model) == 0)
			return &r->engines[i];
	return NULL;
}

const char *
step_runtime(const struct run *r, const struct client *c, const char *model)
{
	const struct engine *e = find_engine(r, c, model);

	return e != NULL ? e->runtime : NULL;
}

/*
 * Ask once for each model of a server, when nothing is measured with it any
 * more: the question is a request.
 */
static void
ask_runtime(struct run *r, const struct loaded *l)
{
	struct engine *e;
	char text[256];

	if (find_engine(r, l->client, l->model) != NULL || l->client->is_gone ||
	    run_is_over(r))
		return;
	r->engines = xreallocarray(r->engines, r->n_engines + 1,
	    sizeof(*r->engines));
	e = &r->engines[r->n_engines++];
	e->client = l->client;
	e->model = xstrdup(l->model);
	e->runtime = loading_runtime(l->client, l->instance, text,
	    sizeof(text)) == 0 ? xstrdup(text) : NULL;
}

/* Is the instance gone from the list? */
static void
check_unloaded(struct run *r, struct client *c, const char *instance,
    int64_t number)
{
	char error[LOADING_ERROR_CAP];
	const struct model *m = NULL;
	struct models list;

	if (loading_list(c, &list, error) == -1) {
		run_check_server(r, c, number, error);
		return;
	}
	if (models_find_instance(&list, instance, &m) != NULL) {
		r->failures++;
		output_note(r->out, "error", "still_loaded", number,
		    "%s is still listed as loaded after its unload", instance);
	}
	models_fini(&list);
}

static void
unload_failed(struct run *r, struct client *c, const char *instance,
    int64_t number, const char *error)
{
	r->failures++;
	progress_say(r->progress, "the unload of %s failed: %s", instance,
	    error);
	output_note(r->out, "error", "unload_failed", number, "%s: %s",
	    instance, error);
	run_check_server(r, c, number, error);
}

void
step_unload_one(struct run *r, struct loaded *l, int64_t number)
{
	const struct step *s = l->step;
	bool can = !l->client->is_gone && (s->unload_command != NULL ||
	    loading_is_possible(l->client));
	char error[LOADING_ERROR_CAP] = "the server went away";
	struct raw_span row = { .step = number, .phase = "begin",
	    .instance = l->instance, .ends_server = s->unload_command !=
	    NULL || l->client->managed.command != NULL };
	int rc = 0;

	ask_runtime(r, l);
	row.runtime = step_runtime(r, l->client, l->model);
	output_row(r->out, RECORD_UNLOAD, clock_mono_ns(), &row, UNLOAD_BEGIN);
	loop_flush(net_loop(r->net));
	if (can && s->unload_command != NULL)
		rc = step_command(r, s, l->client, s->unload_command,
		    "unload_command: ", s->timeouts.unload_ns, error,
		    sizeof(error));
	else if (can)
		rc = loading_unload(l->client, l->instance,
		    s->timeouts.unload_ns, error);
	else if (l->client->is_gone)
		rc = -1;
	managed_stop(&l->client->managed);
	row.phase = "end";
	row.status = rc == 0 ? "ok" : "failed";
	row.error = rc == 0 ? NULL : error;
	output_row(r->out, RECORD_UNLOAD, clock_mono_ns(), &row, UNLOAD_END);
	if (can && rc == -1)
		unload_failed(r, l->client, l->instance, number, error);
	else if (can && l->client->managed.command == NULL)
		check_unloaded(r, l->client, l->instance, number);
	run_forget(r, l);
}

void
step_unload(struct run *r, const struct step *s, struct client *c)
{
	struct loaded *l = run_find_loaded(r, c, s);

	if (l == NULL)
		return;
	l->step = s;			/* its time limit counts */
	step_unload_one(r, l, s->step);
}
