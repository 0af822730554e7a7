#include "cmd_compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "cmdline.h"
#include "compare/compare_table.h"
#include "compare/judge.h"
#include "diag.h"
#include "xalloc.h"
#include "yamldoc.h"

struct opts {
	struct failifs rules;
	double margin;
	const char *config;
	struct table_names names;
	char **base;			/* of -b */
};

static void
add_rule(void *into, char *text)
{
	struct opts *o = into;
	char why[FAILIF_WHY_CAP];

	if (failif_add(&o->rules, text, why) == -1) {
		diag_warnx("--fail-if: %s", why);
		diag_usage();
	}
}

/* Rules from "compare: fail_if: [...]" of the file.  Leaves on misuse. */
static void
add_config_rules(struct opts *o)
{
	static const char *const keys[] = { "fail_if", NULL };
	struct yamldoc *doc = yamldoc_load(o->config);
	struct ynode compare;
	int rc;

	if (doc == NULL)
		exit(diag_finish(EXIT_USAGE));
	compare = ynode_get(yamldoc_root(doc), "compare");
	/* Rules that are not found would let everything pass. */
	rc = compare.is_set ? ynode_check_keys(compare, "compare", keys) : 0;
	rc |= failif_read(&o->rules, compare);
	yamldoc_free(doc);
	if (rc == -1)
		exit(diag_finish(EXIT_USAGE));
}

static void
add_base(void *into, char *path)
{
	struct opts *o = into;
	size_t n = o->names.n_base++;

	o->base = xreallocarray(o->base, n + 1, sizeof(*o->base));
	o->base[n] = path;
}

/* A run that is counted twice is no second witness. */
static void
check_twice(char *const *path, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (strcmp(path[i], path[k]) == 0) {
				diag_warnx("%s: given twice on one side; a "
				    "run counts once", path[i]);
				diag_usage();
			}
}

/* Without -b: BASE and NEW, one of each. */
static void
take_operands(struct opts *o, int n, char *operand[])
{
	if (o->names.n_base == 0 && n == 2) {
		add_base(o, *operand++);
		n--;
	}
	if (o->names.n_base == 0 || n < 1) {
		diag_warnx(o->names.n_base == 0 ? "compare: two operands are "
		    "needed, BASE and NEW; several runs a side: -b BASE... "
		    "NEW..." : "compare: which runs are new?");
		diag_usage();
	}
	o->names.base = o->base;
	o->names.new = operand;
	o->names.n_new = (size_t)n;
	check_twice(o->names.base, o->names.n_base);
	check_twice(o->names.new, o->names.n_new);
}

static const struct cmdline_option options[] = {
	{ 'b', "base", "RUN", "a run of the base; may be given several times, "
	    "all\noperands are new then", CMDLINE_TAKE, .take = add_base },
	{ 'c', "config", "CONFIG", "rules under compare: fail_if: of this "
	    "file, where\nnone is given by -f", CMDLINE_TEXT,
	    .at = offsetof(struct opts, config) },
	{ 'f', "fail-if", "RULE", "what is a regression, 'METRIC < -N%' or\n"
	    "'METRIC > N%' (default: 'decode_tps < -5%' and\n"
	    "'ttft_s > 5%')", CMDLINE_TAKE, .take = add_rule },
	{ 'm', "margin", "PCT", "smaller changes count as none (default 3)",
	    CMDLINE_NUMBER, .at = offsetof(struct opts, margin), .hi = 100 },
};

static const struct cmdline cmdline = {
	.command = "compare",
	.head = "usage: metricsagg compare [OPTION...] BASE NEW\n"
	    "       metricsagg compare [OPTION...] -b BASE... NEW...\n\n"
	    "Compares results folders, raw files or metrics files; three runs "
	    "a side or\nmore make the run the unit.  Exit status 0: no "
	    "regression, 1: regression,\n5: cannot tell.\n\n",
	CMDLINE_OPTIONS(options), .max = -1
};

static void
parse_opts(struct opts *o, int argc, char *argv[])
{
	static char decode[] = "decode_tps < -5%", ttft[] = "ttft_s > 5%";
	int first = cmdline_read(&cmdline, o, argc, argv);

	take_operands(o, argc - first, argv + first);
	if (o->rules.n == 0 && o->config != NULL)
		add_config_rules(o);
	if (o->rules.n == 0) {
		add_rule(o, decode);
		add_rule(o, ttft);
	}
}

/*
 * Load the paths.  What was read in spite of bad lines is compared.  Returns
 * an exit status.
 */
static int
load(struct side *s, struct names *names, char *const *path, size_t n)
{
	int status = EXIT_DONE, one;

	for (size_t i = 0; i < n; i++) {
		size_t before = s->n;

		one = side_load(s, names, path[i]);
		if (one != EXIT_DONE && (one != EXIT_INPUT || s->n == before)) {
			s->n = 0;
			return one;
		}
		status = one == EXIT_DONE ? status : one;
	}
	return status;
}

static int
compare_sides(const struct opts *o, const struct side *base,
    const struct side *new)
{
	const struct asked a = { base, new, o->rules.v, o->rules.n,
	    o->margin / 100 };
	struct lines l = { 0 };
	int status;

	judge_sides(&l, &a);
	status = compare_table(&l, &o->names);
	free(l.at);
	return status;
}

int
cmd_compare(int argc, char *argv[])
{
	struct opts o = { .margin = 100 * COMPARE_MARGIN };
	struct side base = { 0 }, new = { 0 };
	struct names *names;
	int read, status;

	parse_opts(&o, argc, argv);
	names = names_new();
	status = load(&base, names, o.names.base, o.names.n_base);
	read = status;
	if (base.n > 0) {
		status = load(&new, names, o.names.new, o.names.n_new);
		read = status == EXIT_DONE ? read : status;
	}
	if (base.n > 0 && new.n > 0)
		status = compare_sides(&o, &base, &new);
	if (read != EXIT_DONE)
		status = read;		/* bad lines: compared, but not sure */
	side_fini(&base);
	side_fini(&new);
	names_free(names);
	free(o.base);
	return diag_finish(status);
}
