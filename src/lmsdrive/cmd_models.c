/* lmsdrive models, load, unload: one server, asked directly. */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "cmdline.h"
#include "commands.h"
#include "diag.h"
#include "run/output.h"
#include "server/api.h"
#include "server/loading.h"
#include "named_server.h"
#include "xalloc.h"

#define OPT(member)	.at = offsetof(struct named_server, member)

/* A record that is complete; what it was written into is released. */
static void
print_line(struct json *j)
{
	json_end_line(j);
	fwrite(j->out->data, 1, j->out->len, stdout);
	buf_fini(j->out);
}

/* ---- models ----------------------------------------------------------- */

/* Null where the list does not say what is in memory, as status then. */
static void
write_instances(struct json *j, const struct model *m, bool is_told)
{
	if (!is_told) {
		json_null(j, "loaded_instances");
		return;
	}
	json_array(j, "loaded_instances");
	for (size_t i = 0; i < m->n_instances; i++) {
		json_object(j, NULL);
		json_str(j, "id", m->instances[i].id);
		json_count(j, "context_length",
		    m->instances[i].context_length);
		json_count(j, "parallel", m->instances[i].parallel);
		json_close(j);
	}
	json_close(j);
}

static void
print_model(const struct model *m, bool is_told)
{
	struct buf line = BUF_INIT;
	struct json j;

	json_begin(&j, &line);
	json_str(&j, "type", "model");
	json_str(&j, "key", m->key);
	json_str(&j, "model_type", m->type);
	model_write(&j, m);
	json_count(&j, "max_context_length", m->max_context_length);
	write_instances(&j, m, is_told);
	json_str(&j, "status", m->status);
	json_bool(&j, "remote", m->is_remote);
	print_line(&j);
}

/* ---- the same for people ------------------------------------------------- */

static void
print_cell(const char *text, int width)
{
	char clean[256];

	printf("  %-*s", width, text != NULL ? diag_clean(clean, sizeof(clean),
	    text) : "-");
}

static void
print_row(const struct model *m, bool is_told, int width)
{
	char size[32] = "-", context[32] = "-", clean[256];

	if (m->size_bytes >= 0)
		snprintf(size, sizeof(size), "%.1f GB",
		    (double)m->size_bytes / 1e9);
	if (m->max_context_length >= 0)
		snprintf(context, sizeof(context), "%" PRId64,
		    m->max_context_length);
	printf("%-*s", width, diag_clean(clean, sizeof(clean), m->key));
	print_cell(m->format, 6);
	print_cell(m->quantization, 8);
	print_cell(m->params, 8);
	printf("  %9s  %9s", size, context);
	print_cell(m->is_remote ? "on another device" : m->n_instances > 0 ?
	    "loaded" : m->status != NULL ? m->status : is_told ? "" :
	    "loaded or not: not told", 0);
	putchar('\n');
}

static void
print_table(const struct models *list, bool is_told)
{
	int width = 5;

	for (size_t i = 0; i < list->n; i++)
		if ((int)strlen(list->v[i].key) > width)
			width = (int)strlen(list->v[i].key);
	if (width > 60)
		width = 60;
	printf("%-*s  format  quant     params         size    context\n",
	    width, "model");
	for (size_t i = 0; i < list->n; i++)
		print_row(&list->v[i], is_told, width);
}

static const struct cmdline_option models_options[] = {
	{ 'j', "json", NULL, "records, on a terminal as well", CMDLINE_FLAG,
	    OPT(json) },
	NAMED_OPTIONS
};

static const struct cmdline models_line = {
	.command = "models",
	.head = "usage: lmsdrive models [OPTION...]\n"
	    "List the server's models: a table on a terminal, else (and with "
	    "--json) one\nrecord per line.\n\n",
	CMDLINE_OPTIONS(models_options)
};

int
cmd_models(int argc, char *argv[])
{
	struct named_server t = NAMED_INIT;
	struct models list;
	int status = EXIT_SYSTEM;

	named_options(&t, &models_line, argc, argv);
	if (named_open(&t) == 0 && named_models(&t, &list) == 0) {
		if (isatty(STDOUT_FILENO) && !t.json)
			print_table(&list, t.client.api->tells_loaded);
		else
			for (size_t i = 0; i < list.n; i++)
				print_model(&list.v[i],
				    t.client.api->tells_loaded);
		models_fini(&list);
		status = EXIT_DONE;
	}
	named_close(&t);
	return status;
}

/* ---- load ------------------------------------------------------------- */

static void
print_load(const char *key, const struct loading_result *r,
    const struct model *m, double load_s)
{
	static const struct model none = { .bits_per_weight = NAN,
	    .parameters = -1, .size_bytes = -1 };
	struct buf line = BUF_INIT;
	struct json j;

	json_begin(&j, &line);
	json_str(&j, "type", "load");
	json_str(&j, "phase", "end");
	json_str(&j, "model", key);
	json_str(&j, "instance", r->instance);
	model_write(&j, m != NULL ? m : &none);
	json_count(&j, "context_length", r->context_length);
	json_count(&j, "parallel", r->parallel);
	json_num(&j, "load_s", load_s);
	json_num(&j, "server_load_s", r->server_load_s);
	json_str(&j, "status", "ok");
	print_line(&j);
}

static int
load(struct named_server *t, const char *key)
{
	struct client *c = &t->client;
	char error[LOADING_ERROR_CAP], *options = named_load_options(t);
	const struct load_request q = { key, options, -1, t->load_ns };
	const struct model *m;
	struct loading_result r;
	struct models list;
	bool is_there;
	int64_t begun;
	int rc;

	if (loading_list(c, &list, error) == 0) {
		is_there = list.n == 0 || models_find(&list, key) != NULL;
		if (!is_there)
			named_no_model(t, &list, key);
		models_fini(&list);
		if (!is_there) {
			free(options);
			return EXIT_USAGE;
		}
	}
	loading_result_init(&r, key);
	begun = clock_mono_ns();
	rc = loading_load(c, &q, &r);
	free(options);
	if (rc == -1) {
		diag_warnx("%s: %s was not loaded: %s", c->url, key, r.error);
		loading_result_fini(&r);
		return EXIT_SYSTEM;
	}
	begun = clock_mono_ns() - begun;
	m = loading_read_back(c, key, &list, &r);
	print_load(key, &r, m, (double)begun / 1e9);
	loading_result_fini(&r);
	models_fini(&list);
	return EXIT_DONE;
}

/* The API must be able to load at all. */
static int
need_loading(const struct named_server *t)
{
	if (loading_is_possible(&t->client))
		return 0;
	return diag_warnx("%s: the %s API cannot load or unload models",
	    t->client.url, client_api(&t->client));
}

/* Options that would be lost in silence. */
static int
need_options(const struct named_server *t)
{
	if ((t->n_load_options == 0 && t->context_length < 0) ||
	    loading_takes_options(&t->client))
		return 0;
	return diag_warnx("%s: the %s API takes no load options: start the "
	    "server with them", t->client.url, client_api(&t->client));
}

static void
take_load_option(void *into, char *text)
{
	struct named_server *t = into;
	const char *eq = strchr(text, '=');

	if (eq == NULL || eq == text) {
		diag_warnx("-o: expected KEY=VALUE, got \"%s\"", text);
		diag_usage();
	}
	if (t->n_load_options == NAMED_OPTIONS_MAX) {
		diag_warnx("-o: at most %d of them", NAMED_OPTIONS_MAX);
		diag_usage();
	}
	t->load_options[t->n_load_options++] = text;
}

static const struct cmdline_option load_options[] = {
	{ 'c', "context-length", "LENGTH", "in tokens", CMDLINE_INTEGER,
	    OPT(context_length), .lo = 1 },
	{ 'o', NULL, "KEY=VALUE", "an option of the server's load call",
	    CMDLINE_TAKE, .take = take_load_option },
	NAMED_OPTIONS
};

static const struct cmdline load_line = {
	.command = "load",
	.head = "usage: lmsdrive load [OPTION...] MODEL\n"
	    "Load MODEL and print its load record.\n\n",
	CMDLINE_OPTIONS(load_options), .min = 1, .max = 1,
	.wants = "which model? lmsdrive models lists them"
};

int
cmd_load(int argc, char *argv[])
{
	struct named_server t = NAMED_INIT;
	int status = EXIT_SYSTEM;

	named_options(&t, &load_line, argc, argv);
	if (named_open(&t) == 0 && need_loading(&t) == 0)
		status = need_options(&t) == 0 ? load(&t, t.arguments[0]) :
		    EXIT_USAGE;
	named_close(&t);
	return status;
}

/* ---- unload ----------------------------------------------------------- */

static int
unload_one(struct named_server *t, const char *instance)
{
	char error[LOADING_ERROR_CAP];
	struct buf line = BUF_INIT;
	struct json j;

	if (loading_unload(&t->client, instance, t->unload_ns, error) == -1)
		return diag_warnx("%s: %s was not unloaded: %s",
		    t->client.url, instance, error);
	json_begin(&j, &line);
	json_str(&j, "type", "unload");
	json_str(&j, "phase", "end");
	json_str(&j, "instance", instance);
	json_str(&j, "status", "ok");
	print_line(&j);
	return 0;
}

static int
unload_all(struct named_server *t)
{
	struct models list;
	int rc = 0;

	if (named_models(t, &list) == -1)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		for (size_t k = 0; k < list.v[i].n_instances; k++)
			if (unload_one(t, list.v[i].instances[k].id) == -1)
				rc = -1;
	models_fini(&list);
	return rc;
}

static const struct cmdline_option unload_options[] = {
	{ 'a', "all", NULL, "everything that is loaded", CMDLINE_FLAG,
	    OPT(all) },
	NAMED_OPTIONS
};

static const struct cmdline unload_line = {
	.command = "unload",
	.head = "usage: lmsdrive unload [OPTION...] INSTANCE | --all\n"
	    "Unload one instance, or everything that is loaded.\n\n",
	CMDLINE_OPTIONS(unload_options), .max = 1
};

int
cmd_unload(int argc, char *argv[])
{
	struct named_server t = NAMED_INIT;
	int rc = -1;

	named_options(&t, &unload_line, argc, argv);
	if (t.all == (t.arguments[0] != NULL)) {
		diag_warnx("unload: one instance, or --all");
		diag_usage();
	}
	if (named_open(&t) == 0 && need_loading(&t) == 0)
		rc = t.all ? unload_all(&t) : unload_one(&t, t.arguments[0]);
	named_close(&t);
	return rc == 0 ? EXIT_DONE : EXIT_SYSTEM;
}
