/* lmsdrive plan: from a configuration to a plan, its summary, or one value. */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "commands.h"
#include "config/config.h"
#include "diag.h"
#include "nearest.h"
#include "number.h"
#include "plan/plan.h"
#include "plan/summary.h"
#include "xalloc.h"

struct names {
	char **list;		/* NULL-terminated, or NULL */
	size_t n;
};

struct opts {
	struct names pairs, variants, scenarios;
	char *server_url;
	char *print;
	int64_t seed, blocks, budget_ns;
	bool is_summary;
	const char *config;
};

static const char usage[] =
    "usage: lmsdrive plan [options] CONFIG\n"
    "Print what would be done, one step per line; nothing is contacted.\n"
    "\n"
    "  -p, --pair NAME[,NAME]      only these pairs\n"
    "  -v, --variant NAME[,NAME]   only these variants\n"
    "  -s, --scenario NAME[,NAME]  these, instead of the suite's list\n"
    "  -u, --server URL            instead of server.url of the configuration\n"
    "  -b, --blocks N              visits of each variant\n"
    "      --budget TIME           spread over the pairs, and begin no visit later\n"
    "      --seed N                of prompts, shuffles and arrivals\n"
    "      --summary               a table for people instead of the plan\n"
    "      --print results         the folder the results go to, and no more\n"
    "  -h, --help                  this text\n"
    "\n"
    "CONFIG is described in lmgauge-config(5).\n";

static const struct option long_options[] = {
	{ "pair", required_argument, NULL, 'p' },
	{ "variant", required_argument, NULL, 'v' },
	{ "scenario", required_argument, NULL, 's' },
	{ "server", required_argument, NULL, 'u' },
	{ "blocks", required_argument, NULL, 'b' },
	{ "budget", required_argument, NULL, 'B' },
	{ "seed", required_argument, NULL, 'S' },
	{ "summary", no_argument, NULL, 'm' },
	{ "print", required_argument, NULL, 'P' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 }
};

/* ---- options ---------------------------------------------------------- */

static void
add_names(struct names *names, const char *arg)
{
	size_t len;

	for (;; arg += len + 1) {
		len = strcspn(arg, ",");
		names->list = xreallocarray(names->list, names->n + 2,
		    sizeof(*names->list));
		names->list[names->n++] = xstrndup(arg, len);
		names->list[names->n] = NULL;
		if (arg[len] == '\0')
			return;
	}
}

static void
free_names(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
}

static int
set_number(const char *option, const char *arg, int64_t lo, int64_t *out)
{
	if (number_int(arg, lo, INT64_C(1) << 52, out) == 0)
		return 0;
	diag_warnx("--%s: expected an integer of at least %lld, got '%s'",
	    option, (long long)lo, arg);
	return -1;
}

static int
set_server(struct opts *o, char *arg)
{
	const char *problem = config_url_problem(arg);

	if (problem != NULL) {
		diag_warnx("--server: expected %s, got '%s'", problem, arg);
		return -1;
	}
	if (arg[strlen(arg) - 1] == '/')
		arg[strlen(arg) - 1] = '\0';
	o->server_url = arg;
	return 0;
}

static int
set_option(struct opts *o, int opt)
{
	switch (opt) {
	case 'p':
		add_names(&o->pairs, optarg);
		return 0;
	case 'v':
		add_names(&o->variants, optarg);
		return 0;
	case 's':
		add_names(&o->scenarios, optarg);
		return 0;
	case 'u':
		return set_server(o, optarg);
	case 'b':
		return set_number("blocks", optarg, 1, &o->blocks);
	case 'B':
		if (number_duration(optarg, &o->budget_ns) == 0 &&
		    o->budget_ns >= NS_PER_S)
			return 0;
		diag_warnx("--budget: expected a duration of at least 1s, as "
		    "in 45m, got '%s'", optarg);
		return -1;
	case 'S':
		return set_number("seed", optarg, 0, &o->seed);
	case 'm':
		o->is_summary = true;
		return 0;
	case 'P':
		o->print = optarg;
		if (strcmp(optarg, "results") == 0)
			return 0;
		diag_warnx("--print: expected results, got '%s'", optarg);
		return -1;
	default:
		return -1;
	}
}

/* Returns 0, 1 when the help was asked for, or -1 after a message. */
static int
parse_opts(struct opts *o, int argc, char *argv[])
{
	int opt;

	optind = 1;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":p:v:s:u:b:h", long_options,
	    NULL)) != -1) {
		if (opt == 'h')
			return 1;
		if (opt == '?' || opt == ':') {
			diag_warnx("plan: %s '%s'", opt == ':' ? "a value is "
			    "missing behind" : "there is no option",
			    argv[optind - 1]);
			return -1;
		}
		if (set_option(o, opt) == -1)
			return -1;
	}
	if (argc - optind != 1) {
		diag_warnx("plan: expected one configuration, as in 'lmsdrive "
		    "plan config/suite.yaml'");
		return -1;
	}
	o->config = argv[optind];
	return 0;
}

/* ---- names on the command line ---------------------------------------- */

/* Each of the wanted names must be one of the n known ones. */
static int
check_names(const struct names *wanted, const char *what, const char **known,
    size_t n)
{
	const char *near;
	size_t k;
	int rc = 0;

	for (size_t i = 0; i < wanted->n; i++) {
		for (k = 0; k < n; k++)
			if (strcmp(wanted->list[i], known[k]) == 0)
				break;
		if (k < n)
			continue;
		near = nearest_word(wanted->list[i], known);
		if (near != NULL)
			diag_warnx("--%s: there is no %s '%s'; did you mean "
			    "'%s'?", what, what, wanted->list[i], near);
		else
			diag_warnx("--%s: there is no %s '%s'; the first is "
			    "'%s', see 'lmsdrive plan --summary'", what, what,
			    wanted->list[i], n > 0 ? known[0] : "");
		rc = -1;
	}
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
	rc = check_names(&o->pairs, "pair", known, n);
	for (n = 0, i = 0; i < c->n_pairs; i++)
		for (size_t k = 0; k < c->pairs[i].n_variants; k++)
			known[n++] = c->pairs[i].variants[k].label;
	known[n] = NULL;
	rc |= check_names(&o->variants, "variant", known, n);
	for (n = 0; n < c->scenarios.n; n++)
		known[n] = c->scenarios.list[n].name;
	known[n] = NULL;
	rc |= check_names(&o->scenarios, "scenario", known, n);
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
		(const char *const *)o->pairs.list,
		(const char *const *)o->variants.list,
		(const char *const *)o->scenarios.list,
		o->server_url, o->seed, o->blocks, o->budget_ns
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
	    "that is selected", c->path);
	return EXIT_USAGE;
}

static int
plan(const struct opts *o)
{
	struct config *c = config_load(o->config);
	int status = EXIT_USAGE;

	if (c == NULL)
		return EXIT_USAGE;
	if (o->print != NULL) {
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
	struct opts o = { .seed = -1, .blocks = -1, .budget_ns = -1 };
	int status, rc = parse_opts(&o, argc, argv);

	if (rc == 1) {
		fputs(usage, stdout);
		status = EXIT_DONE;
	} else if (rc == -1) {
		fprintf(stderr, "Try 'lmsdrive plan --help'.\n");
		status = EXIT_USAGE;
	} else {
		status = plan(&o);
	}
	free_names(&o.pairs);
	free_names(&o.variants);
	free_names(&o.scenarios);
	return status;
}
