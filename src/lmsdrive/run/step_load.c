/* Load steps. */
#include "steps.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "server/api.h"
#include "xalloc.h"

#define TAKE_BACK_NS (3 * NS_PER_S)

static void
write_load_begin(struct run *r, const struct step *s, const struct client *c,
    int64_t number, int64_t at_ns)
{
	const struct raw_span row = { .step = number, .phase = "begin",
	    .model = s->model,
	    .pid = c->managed.pid > 0 ? c->managed.pid : -1,
	    .requested_context_length = s->context_length };

	output_row(r->out, RECORD_LOAD, at_ns, &row, LOAD_BEGIN);
}

/* What came of a load. */
struct outcome {
	struct loading_result result;
	const struct model *m;		/* as listed, or NULL */
	int64_t end_ns;
	bool is_ok;
};

/* What is told of it, NULL for nothing. */
static const char *
sampling_text(struct buf *out, const double *sampling)
{
	enum sampling k;
	struct json j;

	json_begin(&j, out);
	for (k = 0; k < SAMPLING_KEYS; k++)
		if (!isnan(sampling[k]))
			json_num(&j, sampling_key(k), sampling[k]);
	json_close(&j);
	return out->len > 2 ? buf_cstr(out) : NULL;
}

/* What the machine lives on, and when that became worse. */
static void
look_at_power(struct run *r, int64_t number)
{
	struct power before = r->power;
	const char *worse;

	power_read(&r->power, "");
	thermal_read(&r->heat, "");
	worse = power_worse(&before, &r->power);
	if (worse != NULL)
		output_note(r->out, "warn", "power", number, "from here on "
		    "the machine is %s: its speeds are not those of the mains",
		    worse);
}

static void
write_load_end(struct run *r, const struct step *s, int64_t number,
    const struct client *c, const struct outcome *o)
{
	static const struct model none = { .bits_per_weight = NAN,
	    .parameters = -1, .size_bytes = -1, .max_context_length = -1 };
	const struct loading_result *result = &o->result;
	char *options = result->options == NULL ? NULL :
	    cJSON_PrintUnformatted(result->options);
	struct buf sampling = BUF_INIT;
	const struct model *m = o->m != NULL ? o->m : &none;
	const struct raw_span row = {
		.step = number, .phase = "end", .model = s->model,
		.instance = o->is_ok ? result->instance : NULL,
		.format = m->format, .size_bytes = m->size_bytes,
		.quantization = m->quantization,
		.bits_per_weight = m->bits_per_weight, .params = m->params,
		.parameters = m->parameters >= 0 ? m->parameters :
		    result->parameters,
		.architecture = m->architecture,
		.context_length = result->context_length,
		.requested_context_length = s->context_length,
		.parallel = result->parallel,
		.cache_budget_bytes = s->cache_budget_bytes,
		.options = options,
		.server_sampling = sampling_text(&sampling, result->sampling),
		.runtime = step_runtime(r, c, s->model),
		.server_load_s = result->server_load_s,
		.waited_ns = result->waited_ns,
		.timed = loading_is_possible(c) || c->managed.command != NULL ||
		    s->load_command != NULL,
		.status = o->is_ok ? "ok" : result->is_cancelled ?
		    "cancelled" : "failed",
		.error = o->is_ok ? NULL : result->error,
		.server_url = c->url,
		.api = client_asked(c, s->server.api),
		.server_name = c->name[0] != '\0' ? c->name : NULL,
		.server_version = c->version[0] != '\0' ? c->version : NULL,
		/* unless it never came up */
		.simulated = c->api == NULL ? -1 : c->simulated,
		.on_battery = r->power.on_battery,
		.low_power = r->power.low_power,
		.governor = r->power.governor[0] != '\0' ?
		    r->power.governor : NULL,
		.thermal_level = r->heat.level, .celsius = r->heat.celsius
	};

	output_row(r->out, RECORD_LOAD, o->end_ns, &row, LOAD_END);
	free(options);
	buf_fini(&sampling);
}

static void
remember(struct run *r, const struct step *s, struct client *c,
    const char *instance)
{
	struct loaded *l;

	r->loaded = xreallocarray(r->loaded, r->n_loaded + 1,
	    sizeof(*r->loaded));
	l = &r->loaded[r->n_loaded++];
	l->client = c;
	l->step = s;
	l->model = xstrdup(s->model);
	l->instance = xstrdup(instance);
}

/* Unload all instances of model.  Returns how many there were. */
static size_t
unload_model(struct client *c, const char *model)
{
	char error[LOADING_ERROR_CAP];
	const struct model *m;
	struct models list;
	size_t n = 0;

	if (loading_list(c, &list, error) == -1)
		return 0;
	m = models_find(&list, model);
	for (size_t i = 0; m != NULL && i < m->n_instances; i++, n++)
		loading_unload(c, m->instances[i].id, 10 * NS_PER_S, error);
	models_fini(&list);
	return n;
}

/*
 * A load we gave up waiting for may go on: take back what appears.  With
 * models of others about there is no telling whose it is.
 */
static void
take_back(struct run *r, const struct step *s, struct client *c)
{
	int64_t until = clock_mono_ns() + TAKE_BACK_NS, pause;

	while (!r->keep_loaded && !c->keep_loaded &&
	    unload_model(c, s->model) == 0 &&
	    clock_mono_ns() < until) {
		pause = clock_mono_ns() + 100 * NS_PER_MS;
		while (clock_mono_ns() < pause)
			net_turn(r->net, pause);
	}
}

static void
load_failed(struct run *r, const struct step *s, struct client *c,
    int64_t number, const struct loading_result *result)
{
	managed_stop(&c->managed);
	if (result->is_cancelled) {
		if (c->managed.command == NULL)
			take_back(r, s, c);
		return;
	}
	progress_say(r->progress, "%s: the load of %s failed: %s", s->variant,
	    s->model, result->error);
	output_note(r->out, "error", result->is_refused ? "load_refused" :
	    "load_failed", number, "%s: %s", s->model, result->error);
	r->failures++;
	progress_load_failed(r->progress);
	if (result->is_transport)
		run_check_server(r, c, number, result->error);
}

static void
note_no_loading(struct run *r, struct client *c, int64_t number)
{
	if (!c->is_noted)
		output_note(r->out, "info", "load_unsupported", number, "the "
		    "%s API cannot load or unload models: they are measured "
		    "as the server has them, which may still have the prompts "
		    "of an earlier run with this seed in its cache, and load "
		    "times are not", client_api(c));
	c->is_noted = true;
}

/* Start the server, if it is ours; load the model, if that can be done. */
static int
bring_up(struct run *r, const struct step *s, struct client *c,
    int64_t number, struct loading_result *result)
{
	struct load_request q = { s->model, s->load_options,
	    s->context_length, s->timeouts.load_ns };
	int64_t begun_ns = clock_mono_ns();
	int rc;

	loading_result_init(result, s->model);
	rc = step_server_start(r, s, c, result->error, sizeof(result->error));
	write_load_begin(r, s, c, number, begun_ns);
	loop_flush(net_loop(r->net));
	if (rc == 0)
		rc = step_server_wait(r, s, c, result->error,
		    sizeof(result->error));
	if (rc == 0 && s->load_command != NULL)
		rc = step_command(r, s, c, s->load_command, "load_command: ",
		    s->timeouts.load_ns, result->error,
		    sizeof(result->error));
	else if (rc == 0)
		return loading_load(c, &q, result);
	result->is_cancelled = rc == -1 && run_is_over(r);
	return rc;
}

/* What a command has loaded: the model's instance, where the list tells. */
static int
find_instance(const struct step *s, struct client *c,
    struct loading_result *result)
{
	struct models list;
	const struct model *m;
	int rc = 0;

	if (!c->api->tells_loaded ||
	    loading_list(c, &list, result->error) == -1)
		return 0;
	m = models_find(&list, s->model);
	if (m != NULL && m->n_instances > 0)
		loading_take_instance(result,
		    m->instances[m->n_instances - 1].id);
	else {
		snprintf(result->error, sizeof(result->error), "load_command: "
		    "%s ended well, but the server lists no instance of %s",
		    s->load_command[0], s->model);
		rc = -1;
	}
	models_fini(&list);
	return rc;
}

int
step_load(struct run *r, const struct step *s, struct client *c,
    int64_t number)
{
	struct models list = { NULL, 0 };
	struct outcome o = { .m = NULL };

	o.is_ok = bring_up(r, s, c, number, &o.result) == 0;
	o.end_ns = clock_mono_ns();
	if (o.is_ok && s->load_command != NULL)
		o.is_ok = find_instance(s, c, &o.result) == 0;
	if (o.is_ok) {
		remember(r, s, c, o.result.instance);
		o.m = loading_read_back(c, s->model, &list, &o.result);
	}
	look_at_power(r, number);
	write_load_end(r, s, number, c, &o);
	if (o.result.waited_ns > 0)
		output_note(r->out, "warn", "asked_to_wait", number, "load of "
		    "%s: the server was busy and asked to be asked later: it "
		    "was asked again after %.3g s, which are no part of the "
		    "load's time", s->model, (double)o.result.waited_ns / 1e9);
	if (!o.is_ok)
		load_failed(r, s, c, number, &o.result);
	else {
		if (!loading_is_possible(c) && c->managed.command == NULL &&
		    s->load_command == NULL)
			note_no_loading(r, c, number);
		findings_load(&r->findings, s, number, c, &o.result, o.m,
		    list.n);
	}
	models_fini(&list);
	loading_result_fini(&o.result);
	return o.is_ok ? 0 : -1;
}
