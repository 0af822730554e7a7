/*
 * lmsdrive doctor: can this run? what is missing?  Lines for people on
 * stdout: "ok", "warn" or "FAIL", what was looked at, and what to do.  What
 * is asked of servers and machine is the preflight of every run.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "config/config.h"
#include "diag.h"
#include "doctor.h"
#include "host.h"
#include "plan/plan.h"
#include "plan/summary.h"
#include "preflight/preflight.h"
#include "server/detect.h"
#include "server/loading.h"
#include "named_server.h"
#include "xalloc.h"

/* The plan of the configuration: its steps are what would be asked for. */
struct steps {
	struct step *v;
	size_t n, cap;
};

struct doctor {
	struct preflight preflight;
	struct steps steps;
	struct named_server named;
	const char *url;		/* given, and not that of the
					   configuration anyway; or NULL */
	struct client *clients;		/* of the servers, one each */
	const struct step_server **servers;	/* the same, as configured */
	size_t n_clients;
};

static void
tell(void *arg, enum preflight_mark mark, const char *line)
{
	static const char *const marks[] = { "ok  ", "warn", "FAIL" };
	char clean[1024];

	(void)arg;
	printf("%s  %s\n", marks[mark], diag_clean(clean, sizeof(clean),
	    line));
	fflush(stdout);
}

/* ---- the machine ------------------------------------------------------ */

static void
check_tool(struct doctor *d, const char *name, const char *for_what)
{
	char file[4096];

	if (preflight_find_program(name, file, sizeof(file)))
		preflight_say(&d->preflight, PREFLIGHT_OK, 0, "%s: %s", name,
		    file);
	else
		preflight_say(&d->preflight, PREFLIGHT_WARN, 0, "%s is not "
		    "installed: %s%s", name, for_what, strcmp(
		    diag_front(), "make") == 0 ? " (make packages)" : "");
}

static void
check_machine(struct doctor *d, const char *results)
{
	struct host h;

	host_read(&h);
	preflight_say(&d->preflight, PREFLIGHT_OK, 0, "machine: %s, %s, %d "
	    "cores, %.1f GiB", h.os_version[0] ? h.os_version : h.os,
	    h.cpu[0] ? h.cpu : h.arch, h.cores,
	    (double)h.memory_bytes / 1073741824.0);
	check_tool(d, "jq", "the pipes of the README use it");
	check_tool(d, "gnuplot", "reports come without plots");
	doctor_platform(&d->preflight);
	preflight_power(&d->preflight);
	preflight_room(&d->preflight, results);
}

/* ---- the servers ------------------------------------------------------ */

static void
check_loaded(struct doctor *d, struct client *c)
{
	char error[LOADING_ERROR_CAP];
	struct models list;

	if (loading_list(c, &list, error) == -1)
		return;			/* the preflight has said so */
	for (size_t i = 0; i < list.n; i++)
		for (size_t k = 0; k < list.v[i].n_instances; k++)
			preflight_say(&d->preflight, PREFLIGHT_NO,
			    EXIT_SYSTEM, "loaded: %s, and not by us: %s "
			    "unload %s, or run with --keep-loaded",
			    list.v[i].instances[k].id, diag_called(),
			    list.v[i].instances[k].id);
	if (d->preflight.n == 0)
		preflight_say(&d->preflight, list.n > 0 ? PREFLIGHT_OK :
		    PREFLIGHT_WARN, 0, "models: %zu (%s models lists "
		    "them)", list.n, diag_called());
	models_fini(&list);
}

static void
check_server(struct doctor *d, struct client *c,
    const struct step_server *conf)
{
	struct preflight *p = &d->preflight;
	char why[1024], reason[DETECT_REASON_CAP];
	enum detect_result result = detect_api(c, why, sizeof(why));

	if (result != DETECT_OK) {
		preflight_say(p, PREFLIGHT_NO, EXIT_SYSTEM, "server: %s: %s",
		    c->url, detect_reason(c, result, why, reason,
		    sizeof(reason)));
		return;
	}
	preflight_say(p, PREFLIGHT_OK, 0, "server: %s%s%s%s at %s, %s API%s",
	    c->name[0] ? c->name : "something", c->version[0] ? " " : "",
	    c->version, c->simulated ? " (a simulation)" : "", c->url,
	    client_asked(c, c->wanted),
	    c->token != NULL ? ", with a token" : "");
	if (!loading_is_possible(c))
		preflight_say(p, PREFLIGHT_WARN, 0, "models: the %s API "
		    "cannot load and unload; load times and memory from load "
		    "are not measured", client_api(c));
	else if (!c->keep_loaded)
		check_loaded(d, c);
	preflight_server(p, c);
	preflight_look(p, conf);
}

/* A program that variant s runs, if it does: what it does by it, and what it
 * is to be there for. */
static void
check_command(struct doctor *d, const struct step *s, char *const *command,
    const char *does, const char *is_to)
{
	char file[4096];

	if (command == NULL)
		return;
	if (preflight_find_program(command[0], file, sizeof(file)))
		preflight_say(&d->preflight, PREFLIGHT_OK, 0, "%s %s: %s %s",
		    s->pair, s->variant, does, file);
	else
		preflight_say(&d->preflight, PREFLIGHT_NO, EXIT_USAGE,
		    "%s %s: there is no program %s to %s", s->pair,
		    s->variant, command[0], is_to);
}

/* The client of the server of conf, made at first need. */
static struct client *
client_of(struct doctor *d, const struct step_server *conf)
{
	struct client *c;

	for (size_t i = 0; i < d->n_clients; i++)
		if (client_is_of(&d->clients[i], conf))
			return &d->clients[i];
	d->servers[d->n_clients] = conf;
	c = &d->clients[d->n_clients++];
	client_init(c, d->named.net, conf, 5 * NS_PER_S);
	return c;
}

static void
check_servers(struct doctor *d)
{
	struct preflight *p = &d->preflight;
	const struct step *s;

	d->clients = xcalloc(p->n + 1, sizeof(*d->clients));
	d->servers = xcalloc(p->n + 1, sizeof(*d->servers));
	for (size_t i = 0; i < p->n; i++) {
		s = p->wants[i].first;
		check_command(d, s, s->server.command, "starts", "start");
		check_command(d, s, s->load_command, "loads by", "load by");
		check_command(d, s, s->unload_command, "unloads by",
		    "unload by");
		if (s->server.command == NULL)
			p->wants[i].client = client_of(d, &s->server);
	}
	if (p->n == 0)
		client_of(d, &d->named.server);
	for (size_t i = 0; i < d->n_clients; i++)
		check_server(d, &d->clients[i], d->servers[i]);
	preflight_pairs(p);
	if (!p->has_looked)
		preflight_look(p, NULL);
}

/* ---- the plan --------------------------------------------------------- */

/* A step is the plan's only for the moment. */
static void
keep(void *arg, const struct step *s)
{
	struct steps *steps = arg;

	steps->v = xgrow(steps->v, steps->n, &steps->cap, sizeof(*steps->v));
	field_copy(&step_schema, &steps->v[steps->n++], s);
}

/* What was said on the command line goes before the configuration. */
static int
plan(struct doctor *d, const struct config *c)
{
	struct named_server *t = &d->named;
	const struct plan_select sel = { .server_url = t->server.url,
	    .seed = -1, .blocks = -1 };
	struct step_server *s;

	if (d->url != NULL && strcmp(d->url, c->step.server.url) == 0)
		d->url = NULL;
	if (plan_check(c, &sel) == -1)
		return -1;
	plan_make(c, &sel, keep, &d->steps);
	for (size_t i = 0; i < d->steps.n; i++) {
		s = &d->steps.v[i].server;
		if (t->server.api != API_AUTO)
			s->api = t->server.api;
		if (t->has_token_env) {
			free(s->token_env);
			s->token_env = xstrdup(t->server.token_env);
		}
	}
	return 0;
}

static void
check_config(struct doctor *d, const char *path)
{
	if (path != NULL)
		preflight_say(&d->preflight, PREFLIGHT_OK, 0,
		    "configuration: %s, %zu variant%s", path, d->preflight.n,
		    d->preflight.n == 1 ? "" : "s");
	else
		preflight_say(&d->preflight, PREFLIGHT_OK, 0, "configuration: "
		    "none was named, so only machine and server are looked at");
}

static void
tell_command(const struct doctor *d, const char *what, const char *path)
{
	char clean[1024];

	printf("%s %s", diag_front(), what);
	if (path != NULL)
		printf(" CONFIG=%s", diag_clean(clean, sizeof(clean), path));
	if (d->url != NULL)
		printf(" SERVER=%s", diag_clean(clean, sizeof(clean),
		    d->url));
}

/* What to type now. */
static void
tell_next(const struct doctor *d, const char *path)
{
	const char *init = strcmp(diag_front(), "make") == 0 ? "config" :
	    "init";
	bool is_fine = d->preflight.status == EXIT_DONE;
	double seconds = 0, bytes = 0;

	printf("next: ");
	if (!is_fine)
		printf("mend what FAIL says, then ");
	summary_cost(d->preflight.steps, d->preflight.n_steps, &seconds,
	    &bytes);
	if (is_fine && seconds >= SUMMARY_LONG_S) {
		tell_command(d, "quick", path);
		printf(" (one pair, ten minutes), or ");
	}
	tell_command(d, !is_fine ? "doctor" : path == NULL ? init : "suite",
	    path);
	printf("\n");
}

static int
examine(struct doctor *d, const char *path)
{
	struct config *c = path != NULL ? config_load(path) : NULL;
	int rc = path == NULL ? 0 : c == NULL ? -1 : plan(d, c);

	if (rc == 0 && named_prepare(&d->named) == -1)
		d->preflight.status = EXIT_SYSTEM;	/* said already */
	else if (rc == 0) {
		preflight_init(&d->preflight, tell, NULL, d->steps.v,
		    d->steps.n);
		check_config(d, path);
		check_machine(d, c != NULL ? c->results : "results");
		check_servers(d);
		tell_next(d, path);
	}
	config_free(c);
	return rc;
}

static const struct cmdline_option options[] = { NAMED_OPTIONS };

static const struct cmdline cmdline = {
	.command = "doctor",
	.head = "usage: lmsdrive doctor [OPTION...] [CONFIG]\n"
	    "Can this run? What is missing?  Exit status 1: something is.\n\n",
	CMDLINE_OPTIONS(options), .max = 1
};

int
cmd_doctor(int argc, char *argv[])
{
	struct doctor d = { .named = NAMED_INIT };
	int rc;

	named_options(&d.named, &cmdline, argc, argv);
	d.url = d.named.server.url;
	rc = examine(&d, d.named.arguments[0]);
	while (d.n_clients > 0)
		client_fini(&d.clients[--d.n_clients]);
	free(d.clients);
	free(d.servers);
	preflight_fini(&d.preflight);
	while (d.steps.n > 0)
		step_fini(&d.steps.v[--d.steps.n]);
	free(d.steps.v);
	named_close(&d.named);
	return rc == -1 ? EXIT_USAGE : d.preflight.status == EXIT_DONE ?
	    EXIT_DONE : EXIT_NO;
}
