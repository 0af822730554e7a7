/* lmsdrive plan: from a configuration to a plan, its summary, or one value. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "cmdline.h"
#include "commands.h"
#include "config/config.h"
#include "diag.h"
#include "nearest.h"
#include "plan/plan.h"
#include "plan/summary.h"
#include "xalloc.h"

struct opts {
	char **pairs, **variants, **scenarios;
	char *server_url;
	int64_t seed, blocks, budget_ns, decode_tps, prefill_tps;
	bool is_summary, is_print;
	const char *config;
};

/* ---- options ---------------------------------------------------------- */

static void
take_server(void *into, char *arg)
{
	struct opts *o = into;
	const char *problem = config_url_problem(arg);

	if (problem != NULL) {
		diag_warnx("--server: expected %s, got '%s'", problem, arg);
		diag_usage();
	}
	while (arg[strlen(arg) - 1] == '/')
		arg[strlen(arg) - 1] = '\0';
	o->server_url = arg;
}

static void
take_print(void *into, char *arg)
{
	struct opts *o = into;

	o->is_print = true;
	if (strcmp(arg, "results") == 0)
		return;
	diag_warnx("--print: expected results, got '%s'", arg);
	diag_usage();
}

#define OPT(member)	.at = offsetof(struct opts, member)

static const struct cmdline_option options[] = {
	{ 'p', "pair", "NAME[,NAME]", "only these pairs", CMDLINE_LIST,
	    OPT(pairs) },
	{ 'v', "variant", "NAME[,NAME]", "only these variants", CMDLINE_LIST,
	    OPT(variants) },
	{ 's', "scenario", "NAME[,NAME]", "these, instead of the suite's list",
	    CMDLINE_LIST, OPT(scenarios) },
	{ 'u', "server", "URL", "instead of server.url of the configuration",
	    CMDLINE_TAKE, .take = take_server },
	{ 'b', "blocks", "N", "visits of each variant", CMDLINE_INTEGER,
	    OPT(blocks), .lo = 1, .hi = CONFIG_ROUNDS },
	{ 0, "budget", "TIME", "spread over the pairs, and begin no visit "
	    "later", CMDLINE_DURATION, OPT(budget_ns), .lo = NS_PER_S },
	{ 0, "seed", "N", "of prompts, shuffles and arrivals", CMDLINE_INTEGER,
	    OPT(seed) },
	{ 0, "summary", NULL, "a table for people instead of the plan",
	    CMDLINE_FLAG, OPT(is_summary) },
	{ 0, "decode-tps", "N", "tokens/s for the summary (20)",
	    CMDLINE_INTEGER, OPT(decode_tps), .lo = 1 },
	{ 0, "prefill-tps", "N", "the same of prompts (200)", CMDLINE_INTEGER,
	    OPT(prefill_tps), .lo = 1 },
	{ 0, "print", "results", "the folder the results go to, and no more",
	    CMDLINE_TAKE, .take = take_print },
};

static const struct cmdline cmdline = {
	.command = "plan",
	.head = "usage: lmsdrive plan [OPTION...] CONFIG\n"
	    "Print what would be done, one step per line; nothing is "
	    "contacted.\n\n",
	.tail = "\nCONFIG is described in lmgauge-config(5).\n",
	CMDLINE_OPTIONS(options), .min = 1, .max = 1,
	.wants = "expected one configuration, as in 'lmsdrive plan "
	    "config/suite.yaml'"
};

/* ---- names on the command line ---------------------------------------- */

/* Each of the wanted names must be one of those known, at least one. */
static int
check_names(char *const *wanted, const char *what, const char **known)
{
	char first[NEAREST_CAP], hint[NEAREST_CAP];
	int rc = 0;

	snprintf(first, sizeof(first), "; the first is '%s', see 'lmsdrive "
	    "plan --summary'", known[0]);
	for (; wanted != NULL && *wanted != NULL; wanted++)
		if (!nearest_is_among(*wanted, known))
			rc = diag_warnx("--%s: there is no %s '%s'%s", what,
			    what, *wanted, nearest_hint(hint, *wanted, known,
			    first));
	return rc;
}

static int
check_selection(const struct opts *o, const struct config *c)
{
	size_t i, n = 0, n_variants = 0;
	const char **known;
	int rc;

	for (i = 0; i < c->n_pairs; i++)
		n_variants += c->pairs[i].n_variants;
	known = xcalloc(c->n_pairs + n_variants + c->scenarios.n + 1,
	    sizeof(*known));
	for (n = 0; n < c->n_pairs; n++)
		known[n] = c->pairs[n].name;
	rc = check_names(o->pairs, "pair", known);
	for (n = 0, i = 0; i < c->n_pairs; i++)
		for (size_t k = 0; k < c->pairs[i].n_variants; k++)
			known[n++] = c->pairs[i].variants[k].step.variant;
	known[n] = NULL;
	rc |= check_names(o->variants, "variant", known);
	for (n = 0; n < c->scenarios.n; n++)
		known[n] = c->scenarios.list[n].name;
	known[n] = NULL;
	rc |= check_names(o->scenarios, "scenario", known);
	free(known);
	return rc;
}

/* ---- output ----------------------------------------------------------- */

struct printer {
	struct buf line;
	int error;		/* errno of the first write that failed */
};

static void
print_step(void *arg, const struct step *s)
{
	struct printer *p = arg;

	if (p->error != 0)
		return;
	buf_clear(&p->line);
	step_write(&p->line, s);
	if (fwrite(p->line.data, 1, p->line.len, stdout) != p->line.len)
		p->error = errno;
}

static int
print_plan(const struct opts *o, const struct config *c)
{
	const struct plan_select sel = {
		(const char *const *)o->pairs,
		(const char *const *)o->variants,
		(const char *const *)o->scenarios,
		o->server_url, o->seed, o->blocks, o->budget_ns,
		o->decode_tps, o->prefill_tps
	};
	struct printer p = { BUF_INIT, 0 };
	int64_t n;

	if (plan_check(c, &sel) == -1)
		return EXIT_USAGE;
	if (o->is_summary)
		n = summary_print(stdout, c, &sel);
	else
		n = plan_make(c, &sel, print_step, &p);
	buf_fini(&p.line);
	errno = p.error;	/* for diag_finish() */
	if (n > 0)
		return EXIT_DONE;
	diag_warnx("%s: nothing to do: no pair that is selected has a variant "
	    "that is selected", c->step.config);
	return EXIT_USAGE;
}

static int
plan(const struct opts *o)
{
	struct config *c = config_load(o->config);
	int status = EXIT_USAGE;

	if (c == NULL)
		return EXIT_USAGE;
	if (o->is_print) {
		printf("%s\n", c->results);
		status = EXIT_DONE;
	} else if (check_selection(o, c) == 0) {
		status = print_plan(o, c);
	}
	config_free(c);
	return status;
}

int
cmd_plan(int argc, char *argv[])
{
	struct opts o = { .seed = -1, .blocks = -1, .budget_ns = -1,
	    .decode_tps = SUMMARY_DECODE_TPS,
	    .prefill_tps = SUMMARY_PREFILL_TPS };
	int status;

	o.config = argv[cmdline_read(&cmdline, &o, argc, argv)];
	status = plan(&o);
	field_free_texts(o.pairs);
	field_free_texts(o.variants);
	field_free_texts(o.scenarios);
	return status;
}
