/*
 * lmsdrive init: a configuration for what the server has.  It asks on a
 * terminal, and takes what the options say everywhere else.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "diag.h"
#include "host.h"
#include "init/proposal.h"
#include "nearest.h"
#include "number.h"
#include "server/loading.h"
#include "named_server.h"
#include "url.h"
#include "xalloc.h"

static void
take_model(void *into, char *key)
{
	struct named_server *t = into;

	if (t->n_models == 2) {
		diag_warnx("--model: at most two of them");
		diag_usage();
	}
	t->models[t->n_models++] = key;
}

#define OPT(member)	.at = offsetof(struct named_server, member)

static const struct cmdline_option options[] = {
	{ 'p', "pair", "NAME[,NAME]", "only these of the pairs that are found",
	    CMDLINE_TEXT, OPT(pairs) },
	{ 'm', "model", "KEY", "one model alone, or given twice two as a pair,"
	    "\nwhatever they are", CMDLINE_TAKE, .take = take_model },
	{ 'O', "output", "FILE", "default config/my.yaml, or my.yaml where "
	    "there is no\nconfig/; \"-\" is standard output", CMDLINE_TEXT,
	    OPT(output) },
	{ 'f', "force", NULL, "over a file that is there", CMDLINE_FLAG,
	    OPT(force) },
	NAMED_OPTIONS
};

static const struct cmdline cmdline = {
	.command = "init",
	.head = "usage: lmsdrive init [OPTION...]\n"
	    "Ask the server what it has, pair what is the same model in two "
	    "formats,\nand write a configuration for it.\n\n",
	CMDLINE_OPTIONS(options)
};

/* ---- choosing ------------------------------------------------------------ */

/* One line about a pair, for the question and the summary. */
static void
tell_pair(FILE *f, const struct pairing *p)
{
	char line[512], clean[512];
	struct buf what = BUF_INIT;
	size_t n;

	snprintf(line, sizeof(line), "%s: ", p->name);
	for (size_t i = 0; i < p->n_sides; i++) {
		n = strlen(line);
		snprintf(line + n, sizeof(line) - n, "%s%s", i > 0 ?
		    " against " : "", p->side[i].model->key);
	}
	proposal_difference(&what, p);
	n = strlen(line);
	if (what.len > 0)
		snprintf(line + n, sizeof(line) - n, " (unequal: %s)",
		    buf_cstr(&what));
	else if (pairing_bytes(p) >= 0)
		snprintf(line + n, sizeof(line) - n, " (%.3g GB)",
		    (double)pairing_bytes(p) / 1e9);
	buf_fini(&what);
	fprintf(f, "%s\n", diag_clean(clean, sizeof(clean), line));
}

static size_t
count_pairs(const struct pairings *list)
{
	size_t n = 0;

	while (n < list->n && list->v[n].n_sides == 2)
		n++;
	return n;
}

/* Mark what text names, "1,3" or "all".  Returns 0, or -1: not understood, or
 * nothing. */
static int
mark_numbers(char *text, bool *chosen, size_t n)
{
	char *word, *rest = text;
	int rc = -1;
	int64_t i;

	memset(chosen, 0, n * sizeof(*chosen));
	while ((word = strtok_r(rest, ", \t\n", &rest)) != NULL) {
		if (strcmp(word, "all") == 0)
			memset(chosen, true, n * sizeof(*chosen));
		else if (number_int(word, 1, (int64_t)n, &i) == 0)
			chosen[i - 1] = true;
		else
			return -1;
		rc = 0;
	}
	return rc;
}

/* Which pairs?  An empty answer is the first, the end of the input none.
 * Returns 0, or -1: nothing is to be written. */
static int
ask(const struct pairings *list, size_t n, bool *chosen)
{
	char line[256];

	fprintf(stderr, "The same model in two formats, the smallest first:\n");
	for (size_t i = 0; i < n; i++) {
		fprintf(stderr, "%3zu  ", i + 1);
		tell_pair(stderr, &list->v[i]);
	}
	for (;;) {
		fprintf(stderr, "Which are to be measured? (numbers, or all) "
		    "[1] ");
		if (fgets(line, sizeof(line), stdin) == NULL)
			return -1;
		if (line[strspn(line, " \t\n")] == '\0')
			snprintf(line, sizeof(line), "1");
		if (mark_numbers(line, chosen, n) == 0)
			return 0;
		fprintf(stderr, "1 to %zu, with commas, or all.\n", n);
	}
}

static int
mark_name(const struct pairings *list, const char *name, bool *chosen)
{
	const char **names, *near;

	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->v[i].name, name) == 0) {
			chosen[i] = true;
			return 0;
		}
	names = xcalloc(list->n + 1, sizeof(*names));
	for (size_t i = 0; i < list->n; i++)
		names[i] = list->v[i].name;
	near = nearest_word(name, names);
	diag_warnx("--pair: none is named \"%s\"; %s \"%s\"", name,
	    near != NULL ? "did you mean" : "the first is", near != NULL ?
	    near : list->v[0].name);
	free(names);
	return -1;
}

static int
mark_names(const struct pairings *list, char *text, bool *chosen)
{
	char *name = strtok_r(text, ", ", &text);

	do {
		if (mark_name(list, name != NULL ? name : "", chosen) == -1)
			return EXIT_USAGE;
	} while ((name = strtok_r(text, ", ", &text)) != NULL);
	return EXIT_DONE;
}

/* Every pair, unless someone is there to say which. */
static int
choose(const struct named_server *t, const struct pairings *list, bool *chosen)
{
	size_t n = count_pairs(list);

	if (t->n_models > 0) {
		chosen[0] = true;
		return EXIT_DONE;
	}
	if (t->pairs != NULL)
		return mark_names(list, t->pairs, chosen);
	if (n == 0) {
		diag_warnx("%s: none of its models is there in two formats; "
		    "%s init --model KEY [--model KEY] takes any (the "
		    "first is %s)", t->client.url, diag_called(),
		    list->v[0].side[0].model->key);
		return EXIT_NO;
	}
	if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO))
		return ask(list, n, chosen) == 0 ? EXIT_DONE : EXIT_NO;
	for (size_t i = 0; i < n; i++)
		chosen[i] = true;
	return EXIT_DONE;
}

/* ---- writing ------------------------------------------------------------- */

static int
write_all(int fd, const struct buf *text)
{
	size_t done = 0;
	ssize_t n;

	while (done < text->len) {
		n = write(fd, text->data + done, text->len - done);
		if (n == -1 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Nothing half written is left under the name, nothing that was there is
 * lost.  Returns an exit status. */
static int
write_file(const char *path, const struct buf *text, bool force)
{
	char *tmp = force ? xasprintf("%s.tmp", path) : xstrdup(path);
	int fd, status = EXIT_SYSTEM;

	fd = open(tmp, O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC :
	    O_EXCL), 0666);
	if (fd == -1 && errno == EEXIST) {
		diag_warnx("%s is there already: --force writes over it, "
		    "--output FILE elsewhere", path);
		status = EXIT_USAGE;
	} else if (fd == -1) {
		diag_warnx("%s: %s", tmp, strerror(errno));
	} else if (write_all(fd, text) == -1 || close(fd) == -1 ||
	    (force && rename(tmp, path) == -1)) {
		diag_warnx("%s: %s", tmp, strerror(errno));
		unlink(tmp);
	} else {
		status = EXIT_DONE;
	}
	free(tmp);
	return status;
}

static const char *
default_path(void)
{
	return access("config", F_OK) == 0 ? "config/my.yaml" : "my.yaml";
}

/* Is there a file of this name beside path? */
static bool
is_beside(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	char *file = slash == NULL ? xstrdup(name) :
	    xasprintf("%.*s/%s", (int)(slash - path), path, name);
	bool is_there = access(file, F_OK) == 0;

	free(file);
	return is_there;
}

/*
 * Where the scenarios and prompts come from: NULL, from beside the file; else
 * from the folder of those that were installed, heap.
 */
static char *
shared_config(const char *path)
{
	const char *share = diag_share();

	return share == NULL || is_beside(path, "scenarios.yaml") ? NULL :
	    xasprintf("%s/config", share);
}

static void
tell_next(const struct pairings *list, const bool *chosen,
    const struct proposal *o)
{
	fprintf(stderr, "%s:\n", o->path);
	for (size_t i = 0; i < list->n; i++)
		if (chosen[i]) {
			fputs("  ", stderr);
			tell_pair(stderr, &list->v[i]);
		}
	if (o->share == NULL && !is_beside(o->path, "scenarios.yaml"))
		diag_warnx("%s: scenarios.yaml is not beside it: copy "
		    "lmgauge's config/scenarios.yaml and prompts.yaml there",
		    o->path);
	fprintf(stderr, "next: %s quick CONFIG=%s (one pair, ten minutes), or "
	    "%s plan --summary %s (how long all of them take) and %s suite "
	    "CONFIG=%s\n", o->command, o->path, diag_called(), o->path,
	    o->command, o->path);
}

static int
write_config(struct named_server *t, const struct pairings *list,
    const bool *chosen)
{
	const char *path = t->output != NULL ? t->output : default_path();
	struct client *c = &t->client;
	char name[160];
	char *share = shared_config(path);
	struct proposal o = { path, c->url, name, t->has_token_env ?
	    t->server.token_env : NULL, share, diag_front(),
	    loading_takes_options(c), -1, loading_is_possible(c) ? -1 :
	    loading_context(c, list->v[0].side[0].model) };
	struct buf text = BUF_INIT;
	struct host h;
	int status = EXIT_DONE;

	snprintf(name, sizeof(name), "%s%s%s", c->name, c->version[0] != '\0' ?
	    " " : "", c->version);
	if (url_is_loopback(c->url)) {
		host_read(&h);
		o.memory_bytes = h.memory_bytes;
	}
	proposal_write(&text, &o, list, chosen);
	if (strcmp(path, "-") == 0)
		fwrite(text.data, 1, text.len, stdout);
	else if ((status = write_file(path, &text, t->force)) == EXIT_DONE)
		tell_next(list, chosen, &o);
	buf_fini(&text);
	free(share);
	return status;
}

/* ---- the models ---------------------------------------------------------- */

/* Those that --model names, as one entry. */
static int
take_given(const struct named_server *t, struct pairings *out,
    const struct models *list)
{
	const struct model *given[2];

	for (size_t i = 0; i < t->n_models; i++)
		if ((given[i] = models_find(list, t->models[i])) == NULL) {
			named_no_model(t, list, t->models[i]);
			return EXIT_USAGE;
		}
	pairings_given(out, given, t->n_models);
	return EXIT_DONE;
}

static int
init(struct named_server *t, const struct models *models)
{
	struct pairings list = { NULL, 0 };
	bool *chosen = NULL;
	int status = EXIT_DONE;

	if (t->n_models > 0)
		status = take_given(t, &list, models);
	else
		pairings_find(&list, models);
	if (status == EXIT_DONE && list.n == 0) {
		diag_warnx("%s: it has no model that generates text; download "
		    "one first", t->client.url);
		status = EXIT_NO;
	}
	if (status == EXIT_DONE) {
		chosen = xcalloc(list.n, sizeof(*chosen));
		status = choose(t, &list, chosen);
	}
	if (status == EXIT_DONE)
		status = write_config(t, &list, chosen);
	free(chosen);
	pairings_fini(&list);
	return status;
}

int
cmd_init(int argc, char *argv[])
{
	struct named_server t = NAMED_INIT;
	struct models models;
	int status = EXIT_SYSTEM;

	named_options(&t, &cmdline, argc, argv);
	if (named_open(&t) == 0 && named_models(&t, &models) == 0) {
		status = init(&t, &models);
		models_fini(&models);
	}
	named_close(&t);
	return status;
}
