/*
 * lmsdrive doctor: can this run? what is missing?  Lines for people on
 * stdout: "ok", "warn" or "FAIL", what was looked at, and what to do.
 */

#include <sys/statvfs.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "commands.h"
#include "config/config.h"
#include "diag.h"
#include "doctor.h"
#include "host.h"
#include "server/detect.h"
#include "server/loading.h"
#include "target.h"
#include "url.h"
#include "xalloc.h"

/* A raw stream of a long suite, its metrics, plots and exports. */
#define DISK_WANTED (INT64_C(1) << 30)

static const char *const marks[] = { "ok  ", "warn", "FAIL" };

struct doctor {
	enum doctor_mark worst;
};

static void
tell(struct doctor *d, enum doctor_mark mark, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
tell(struct doctor *d, enum doctor_mark mark, const char *fmt, ...)
{
	char raw[1024], line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	printf("%s  %s\n", marks[mark], diag_clean(line, sizeof(line), raw));
	if (mark > d->worst)
		d->worst = mark;
}

/* ---- the machine ------------------------------------------------------ */

static void
tell_platform(void *arg, enum doctor_mark mark, const char *line)
{
	tell(arg, mark, "%s", line);
}

/* The program of this name, as a shell finds it, into file. */
static bool
find_program(const char *name, char *file, size_t cap)
{
	const char *path = getenv("PATH"), *end;

	snprintf(file, cap, "%s", name);
	if (strchr(name, '/') != NULL)
		return access(file, X_OK) == 0;
	for (; path != NULL && *path != '\0'; path = *end ? end + 1 : end) {
		end = path + strcspn(path, ":");
		snprintf(file, cap, "%.*s/%s", (int)(end - path), path, name);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

static void
check_tool(struct doctor *d, const char *name, const char *for_what)
{
	char file[4096];

	if (find_program(name, file, sizeof(file)))
		tell(d, DOCTOR_OK, "%s: %s", name, file);
	else
		tell(d, DOCTOR_WARN, "%s is not installed: %s (make "
		    "packages)", name, for_what);
}

/* The nearest folder of path that exists. */
static void
check_disk(struct doctor *d, const char *results)
{
	char folder[1024];
	struct statvfs v;
	int64_t bytes;
	char *slash;

	snprintf(folder, sizeof(folder), "%s", results);
	while (statvfs(folder, &v) == -1) {
		if ((slash = strrchr(folder, '/')) == NULL || slash == folder) {
			snprintf(folder, sizeof(folder), "%s",
			    folder[0] == '/' ? "/" : ".");
			if (statvfs(folder, &v) == -1)
				return;
			break;
		}
		*slash = '\0';
	}
	bytes = (int64_t)v.f_bavail * (int64_t)v.f_frsize;
	tell(d, bytes < DISK_WANTED / 20 ? DOCTOR_FAIL : bytes < DISK_WANTED ?
	    DOCTOR_WARN : DOCTOR_OK, "disk: %.1f GiB free for %s",
	    (double)bytes / 1073741824.0, results);
	if (access(folder, W_OK) == -1)
		tell(d, DOCTOR_FAIL, "disk: %s cannot be written", folder);
}

static void
check_machine(struct doctor *d, const char *results)
{
	struct host h;

	host_read(&h);
	tell(d, DOCTOR_OK, "machine: %s, %s, %d cores, %.1f GiB",
	    h.os_version[0] ? h.os_version : h.os, h.cpu[0] ? h.cpu : h.arch,
	    h.cores, (double)h.memory_bytes / 1073741824.0);
	check_tool(d, "jq", "the pipes of the README use it");
	check_tool(d, "gnuplot", "reports come without plots");
	check_disk(d, results);
	doctor_platform(tell_platform, d);
}

/* ---- the server ------------------------------------------------------- */

/*
 * Is the memory of what listens at url ours to read?  memsample knows: asked
 * for a moment, it says what it will say of a run.
 */
static void
check_sampler(struct doctor *d, const char *url)
{
	char command[128], line[512], *says = line;
	FILE *f;

	if (!url_is_loopback(url))
		return;
	if (!find_program("memsample", line, sizeof(line))) {
		tell(d, DOCTOR_WARN, "memory: memsample is not in PATH, so "
		    "whether it sees the server's processes is not known");
		return;
	}
	snprintf(command, sizeof(command), "exec memsample --alone --port %d "
	    "--for 1ms 2>&1 >/dev/null", url_port(url));
	if ((f = popen(command, "r")) == NULL)
		return;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(says, "memsample: ", 11) == 0)
		says += 11;
	if (pclose(f) == 0 && *says == '\0')
		tell(d, DOCTOR_OK, "memory: memsample sees the server's "
		    "processes");
	else
		tell(d, DOCTOR_WARN, "memory: %s", says);
}

static enum doctor_mark
check_server(struct doctor *d, struct target *t)
{
	enum detect_result result;
	struct client *c = &t->client;
	char why[1024], reason[DETECT_REASON_CAP];

	result = detect_api(c, why, sizeof(why));
	if (result == DETECT_OK) {
		tell(d, DOCTOR_OK, "server: %s%s%s%s at %s, %s API%s",
		    c->name[0] ? c->name : "something", c->version[0] ? " " :
		    "", c->version, c->simulated ? " (a simulation)" : "",
		    c->url, client_api(c), c->token != NULL ?
		    ", with a token" : "");
		check_sampler(d, c->url);
		return DOCTOR_OK;
	}
	tell(d, DOCTOR_FAIL, "server: %s: %s", c->url,
	    detect_reason(c, result, why, reason, sizeof(reason)));
	return DOCTOR_FAIL;
}

static void
check_loaded(struct doctor *d, const struct models *list)
{
	size_t i, k;

	for (i = 0; i < list->n; i++)
		for (k = 0; k < list->v[i].n_instances; k++)
			tell(d, DOCTOR_FAIL, "loaded: %s, and not by us: "
			    "lmsdrive unload %s, or run with --keep-loaded",
			    list->v[i].instances[k].id,
			    list->v[i].instances[k].id);
}

static void
check_memory(struct doctor *d, const struct model *m, const char *label)
{
	struct host h;

	host_read(&h);
	if (m->size_bytes > 0 && h.memory_bytes > 0 &&
	    m->size_bytes > h.memory_bytes / 10 * 9)
		tell(d, DOCTOR_WARN, "%s: %.1f GiB on disk, and this machine "
		    "has %.1f GiB", label,
		    (double)m->size_bytes / 1073741824.0,
		    (double)h.memory_bytes / 1073741824.0);
}

/* "model@q4_k_m" names a variant: LM Studio's load call takes no such key. */
static void
tell_missing(struct doctor *d, const char *label, const char *key,
    const struct models *list)
{
	const char *at = strchr(key, '@');
	char *base = at != NULL ? xstrndup(key, (size_t)(at - key)) : NULL;

	if (base != NULL && models_find(list, base) != NULL)
		tell(d, DOCTOR_FAIL, "%s: the server has %s, but loads no "
		    "variant of it by name: choose %s in LM Studio and "
		    "configure %s, or download it as a model of its own",
		    label, base, at, base);
	else
		tell(d, DOCTOR_FAIL, "%s: the server has no model %s "
		    "(lmsdrive models lists them)", label, key);
	free(base);
}

static void
check_variant(struct doctor *d, const struct config_pair *p,
    const struct config_variant *v, const struct models *list)
{
	const struct model *m = models_find(list, v->model);
	char label[256];

	snprintf(label, sizeof(label), "%s %s", p->name, v->label);
	if (m == NULL) {
		tell_missing(d, label, v->model, list);
		return;
	}
	if (m->is_remote)
		tell(d, DOCTOR_FAIL, "%s: %s belongs to another device",
		    label, v->model);
	else if (v->format != NULL && m->format != NULL &&
	    strcmp(v->format, m->format) != 0)
		tell(d, DOCTOR_FAIL, "%s: %s is %s, the configuration says "
		    "%s", label, v->model, m->format, v->format);
	else
		tell(d, DOCTOR_OK, "%s: %s%s%s%s%s", label, v->model,
		    m->format ? ", " : "", m->format ? m->format : "",
		    m->quantization ? ", " : "",
		    m->quantization ? m->quantization : "");
	check_memory(d, m, label);
}

/* The programs that variants start as their servers. */
static void
check_commands(struct doctor *d, const struct config *c)
{
	const struct config_variant *v;
	char file[4096];
	size_t i, k;

	for (i = 0; c != NULL && i < c->n_pairs; i++)
		for (k = 0; k < c->pairs[i].n_variants; k++) {
			v = &c->pairs[i].variants[k];
			if (v->server.command == NULL)
				continue;
			if (find_program(v->server.command[0], file,
			    sizeof(file)))
				tell(d, DOCTOR_OK, "%s %s: starts %s",
				    c->pairs[i].name, v->label, file);
			else
				tell(d, DOCTOR_FAIL, "%s %s: there is no "
				    "program %s to start", c->pairs[i].name,
				    v->label, v->server.command[0]);
		}
}

/* The variants that are measured on the server of t. */
static void
check_variants(struct doctor *d, const struct config *c, struct target *t,
    const struct models *list)
{
	const struct config_variant *v;
	size_t i, k;

	for (i = 0; i < c->n_pairs; i++)
		for (k = 0; k < c->pairs[i].n_variants; k++) {
			v = &c->pairs[i].variants[k];
			if (v->server.command != NULL)
				continue;
			if (strcmp(v->server.url, t->server.url) == 0 ||
			    !v->has_own_url)
				check_variant(d, &c->pairs[i], v, list);
			else
				tell(d, DOCTOR_WARN, "%s %s: has a server of "
				    "its own, %s: lmsdrive doctor --server %s",
				    c->pairs[i].name, v->label, v->server.url,
				    v->server.url);
		}
}

static void
check_models(struct doctor *d, const struct config *c, struct target *t)
{
	char error[LOADING_ERROR_CAP];
	struct models list;

	if (loading_list(&t->client, &list, error) == -1) {
		tell(d, DOCTOR_FAIL, "models: no list: %s", error);
		return;
	}
	if (loading_is_possible(&t->client))
		check_loaded(d, &list);
	else
		tell(d, DOCTOR_WARN, "models: the %s API cannot load and "
		    "unload; load times and memory from load are not measured",
		    client_api(&t->client));
	if (c != NULL)
		check_variants(d, c, t, &list);
	else
		tell(d, list.n > 0 ? DOCTOR_OK : DOCTOR_WARN,
		    "models: %zu (lmsdrive models lists them)", list.n);
	models_fini(&list);
}

/* Does every variant bring a server of its own? */
static bool
needs_no_server(const struct config *c)
{
	size_t i, k;

	for (i = 0; c != NULL && i < c->n_pairs; i++)
		for (k = 0; k < c->pairs[i].n_variants; k++)
			if (c->pairs[i].variants[k].server.command == NULL)
				return false;
	return c != NULL;
}

int
cmd_doctor(int argc, char *argv[])
{
	struct target t = TARGET_INIT;
	struct config *c = NULL;
	struct doctor d = { DOCTOR_OK };
	int n;

	target_options(&t, argc, argv, "doctor", "usage: lmsdrive doctor "
	    "[--server URL] [--api API] [--token-env NAME] [CONFIG]\n"
	    "Can this run? What is missing?  Exit status 1: something is.\n");
	n = argc - (int)(t.arguments - argv);
	target_no_more(&t, argc, argv, n > 0 ? 1 : 0);
	if (n > 0 && (c = config_load(t.arguments[0])) == NULL) {
		target_close(&t);
		return EXIT_USAGE;
	}
	if (c != NULL)
		target_from_server(&t, &c->server);
	check_machine(&d, c != NULL ? c->results : "results");
	check_commands(&d, c);
	if (target_prepare(&t) == -1)
		d.worst = DOCTOR_FAIL;
	else if (!needs_no_server(c) && check_server(&d, &t) == DOCTOR_OK)
		check_models(&d, c, &t);
	target_close(&t);
	config_free(c);
	return d.worst == DOCTOR_FAIL ? EXIT_NO : EXIT_DONE;
}
