#include "cmd_compare.h"

#include <getopt.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/compare_table.h"
#include "compare/failif.h"
#include "compare/side.h"
#include "diag.h"
#include "number.h"
#include "stats/summary.h"
#include "xalloc.h"
#include "yamldoc.h"

enum { RULES_MAX = 32 };

static const char usage[] =
    "usage: metricsagg compare [-f RULE]... [-m MARGIN] BASE NEW\n"
    "\n"
    "Compares two results folders, raw files or metrics files.  Exit status 0:\n"
    "no regression, 1: regression, 5: cannot tell.\n"
    "\n"
    "  -c, --config CONFIG  rules under compare: fail_if: of this file, where\n"
    "                       none is given by -f\n"
    "  -f, --fail-if RULE   what is a regression, 'METRIC < -N%' or\n"
    "                       'METRIC > N%' (default: 'decode_tps < -5%' and\n"
    "                       'ttft_s > 5%')\n"
    "  -m, --margin PCT     smaller changes count as none (default 3)\n"
    "  -h, --help           this text\n";

static const enum metric shown[] = { M_TTFT, M_PREFILL_TPS, M_DECODE_TPS,
    M_MEDIAN_ICL, M_E2E, M_LOAD, M_PEAK_MEMORY };
enum { N_SHOWN = sizeof(shown) / sizeof(shown[0]) };

struct opts {
	struct failif rule[RULES_MAX];
	size_t n_rules;
	double margin;
	const char *config;
};

static void
add_rule(struct opts *o, const char *text)
{
	if (o->n_rules == RULES_MAX || failif_parse(&o->rule[o->n_rules],
	    text) == -1) {
		diag_warnx("--fail-if: '%s' is not a rule like "
		    "'decode_tps < -5%%'", text);
		diag_usage();
	}
	o->n_rules++;
}

/* Rules from "compare: fail_if: [...]" of the file.  Leaves on misuse. */
static void
add_config_rules(struct opts *o)
{
	struct yamldoc *doc = yamldoc_load(o->config);
	struct ynode list, item;
	const char *text;
	size_t i;

	if (doc == NULL)
		exit(diag_finish(EXIT_USAGE));
	list = ynode_get(ynode_get(yamldoc_root(doc), "compare"), "fail_if");
	for (i = 0; i < ynode_len(list); i++) {
		item = ynode_item(list, i);
		text = ynode_text(item);
		if (o->n_rules < RULES_MAX && text != NULL &&
		    failif_parse(&o->rule[o->n_rules], text) == 0) {
			o->n_rules++;
			continue;
		}
		ynode_error(item, "fail_if: expected a rule like "
		    "'decode_tps < -5%%', got '%s'", text == NULL ? "" : text);
		yamldoc_free(doc);
		exit(diag_finish(EXIT_USAGE));
	}
	yamldoc_free(doc);
}

/* Every metric a rule names must be one of the table's. */
static void
check_rules(const struct opts *o)
{
	size_t i, k;

	for (i = 0; i < o->n_rules; i++) {
		for (k = 0; k < N_SHOWN; k++)
			if (strcmp(o->rule[i].metric,
			    metric_name(shown[k])) == 0)
				break;
		if (k < N_SHOWN)
			continue;
		diag_warnx("--fail-if: %s is not compared; ttft_s, prefill_tps, "
		    "decode_tps, median_icl_s, e2e_s, load_s and "
		    "peak_memory_mib are",
		    o->rule[i].metric);
		diag_usage();
	}
}

static void
parse_opts(struct opts *o, int argc, char *argv[])
{
	static const struct option longopts[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "fail-if", required_argument, NULL, 'f' },
		{ "margin", required_argument, NULL, 'm' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:f:m:h", longopts, NULL)) != -1)
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 'f':
			add_rule(o, optarg);
			break;
		case 'm':
			if (number_double(optarg, 0, 100, &o->margin) == -1) {
				diag_warnx("--margin: '%s' is not a percentage "
				    "from 0 to 100", optarg);
				diag_usage();
			}
			break;
		case 'h':
			fputs(usage, stdout);
			exit(diag_finish(EXIT_DONE));
		default:
			diag_usage();
		}
	if (argc - optind != 2) {
		diag_warnx("compare: two operands are needed, BASE and NEW");
		diag_usage();
	}
	if (o->n_rules == 0 && o->config != NULL)
		add_config_rules(o);
	if (o->n_rules == 0) {
		add_rule(o, "decode_tps < -5%");
		add_rule(o, "ttft_s > 5%");
	}
	check_rules(o);
}

static bool
same_key(const struct side_row *a, const struct side_row *b)
{
	return a->pair == b->pair && a->variant == b->variant &&
	    a->scenario == b->scenario && a->cache == b->cache;
}

/*
 * Two runs share no clock: starts are places in the own order, so that the
 * k-th occurrence of a prompt stays the k-th and no imbalance is seen.
 */
static size_t
observe(const struct side *s, const struct side_row *key, enum metric m,
    struct compare_obs *out)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++) {
		if (!same_key(&s->rows[i], key))
			continue;
		out[n].value = s->rows[i].v[m];
		out[n].prompt = s->rows[i].prompt_key == NULL ? 0 :
		    names_hash(s->rows[i].prompt_key,
		    strlen(s->rows[i].prompt_key));
		out[n++].load = s->rows[i].load;
	}
	for (i = 0; i < n; i++)
		out[i].start_s = ((double)i + 0.5) / (double)n;
	return n;
}

/* Requests of this key, and how many of them failed. */
static size_t
count_failed(const struct side *s, const struct side_row *key, size_t *failed)
{
	size_t i, n = 0;

	*failed = 0;
	for (i = 0; i < s->n; i++)
		if (same_key(&s->rows[i], key) && !s->rows[i].is_load) {
			n++;
			*failed += !s->rows[i].is_good;
		}
	return n;
}

/* A line about failures, where there are any; more of them is a regression. */
static void
compare_failures(struct lines *l, const struct side *base,
    const struct side *new, const struct side_row *key)
{
	struct line at = { .key = key, .m = M_COUNT, .is_judged = true };
	struct interval x, y;

	at.c.n_base = count_failed(base, key, &at.failed_base);
	at.c.n_new = count_failed(new, key, &at.failed_new);
	if (at.failed_base + at.failed_new == 0 || at.c.n_new == 0)
		return;
	x = summary_wilson(at.failed_base, at.c.n_base);
	y = summary_wilson(at.failed_new, at.c.n_new);
	at.verdict = y.lo > x.hi ? FAILIF_FAIL : y.hi <= x.lo ||
	    at.failed_new * at.c.n_base <= at.failed_base * at.c.n_new ?
	    FAILIF_PASS : FAILIF_UNSURE;
	at.c.ratio = at.c.p = NAN;
	l->at = xgrow(l->at, l->n, &l->cap, sizeof(*l->at));
	l->at[l->n++] = at;
}

/* What base has and new has not: nobody can tell whether it is worse. */
static void
add_missing(struct lines *l, const struct side_row *key, enum metric m,
    size_t n_base)
{
	struct line at = { .key = key, .m = m, .is_missing = true,
	    .is_judged = true, .verdict = FAILIF_UNSURE };

	at.c.n_base = n_base;
	l->at = xgrow(l->at, l->n, &l->cap, sizeof(*l->at));
	l->at[l->n++] = at;
}

static size_t
count_rows(const struct side *s, const struct side_row *key)
{
	size_t i, n = 0;

	for (i = 0; i < s->n; i++)
		n += same_key(&s->rows[i], key);
	return n;
}

static void
compare_key(struct lines *l, const struct opts *o, const struct side *base,
    const struct side *new, const struct side_row *key)
{
	const struct compare_options opt = { o->margin / 100, true };
	struct compare_obs *x, *y;
	struct comparison c;
	size_t nx, ny, i;

	x = xreallocarray(NULL, base->n + 1, sizeof(*x));
	y = xreallocarray(NULL, new->n + 1, sizeof(*y));
	for (i = 0; i < N_SHOWN; i++) {
		nx = observe(base, key, shown[i], x);
		ny = observe(new, key, shown[i], y);
		c = compare_test(x, nx, y, ny, &opt);
		if (c.n_base > 0 && c.n_new == 0)
			add_missing(l, key, shown[i], c.n_base);
		if (c.n_base == 0 || c.n_new == 0)
			continue;
		l->at = xgrow(l->at, l->n, &l->cap, sizeof(*l->at));
		l->at[l->n++] = (struct line){ .key = key, .m = shown[i],
		    .c = c };
	}
	compare_failures(l, base, new, key);
	free(x);
	free(y);
}

/* Lines whose p values are adjusted together: the metrics of one scenario. */
static bool
same_family(const struct line *a, const struct line *b)
{
	return a->m != M_COUNT && b->m != M_COUNT && !a->is_missing &&
	    !b->is_missing && same_key(a->key, b->key);
}

static bool
is_family_seen(const struct lines *l, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (same_family(&l->at[k], &l->at[i]))
			return true;
	return l->at[i].m == M_COUNT || l->at[i].is_missing;
}

/*
 * Could a rule find a regression here, whatever the figures?  Too few requests
 * or loads never can; they do not vote.
 */
static bool
can_decide(const struct comparison *c)
{
	return c->method != COMPARE_NO_TEST && !(c->p_floor >= 0.05);
}

/* Adjust p over the metrics of a family, then apply the rules. */
static void
judge(struct lines *l, const struct opts *o)
{
	struct comparison *c;
	size_t i, k, n;
	enum failif_verdict verdict;
	struct line *at;

	c = xreallocarray(NULL, l->n + 1, sizeof(*c));
	for (i = 0; i < l->n; i++) {
		if (is_family_seen(l, i))
			continue;
		for (k = i, n = 0; k < l->n; k++)
			if (same_family(&l->at[i], &l->at[k]))
				c[n++] = l->at[k].c;
		compare_verdicts(c, n);
		for (k = i, n = 0; k < l->n; k++)
			if (same_family(&l->at[i], &l->at[k]))
				l->at[k].c = c[n++];
	}
	free(c);
	for (i = 0; i < l->n; i++)
		for (k = 0; k < o->n_rules; k++) {
			at = &l->at[i];
			if (at->m == M_COUNT || at->is_missing ||
			    !can_decide(&at->c) || strcmp(o->rule[k].metric,
			    metric_name(at->m)) != 0)
				continue;
			verdict = failif_decide(&o->rule[k], at->c.ratio,
			    at->c.ratio_ci, at->c.p_holm);
			if (!at->is_judged || verdict == FAILIF_FAIL ||
			    at->verdict == FAILIF_PASS)
				at->verdict = verdict;
			at->is_judged = true;
		}
}

/* Each rule that had nothing it could decide from, once. */
static void
put_not_judged(const struct lines *l, const struct opts *o)
{
	size_t i, k;
	bool is_seen, is_able;

	for (k = 0; k < o->n_rules; k++) {
		is_seen = is_able = false;
		for (i = 0; i < l->n; i++)
			if (l->at[i].m != M_COUNT && !l->at[i].is_missing &&
			    strcmp(o->rule[k].metric,
			    metric_name(l->at[i].m)) == 0) {
				is_seen = true;
				is_able |= can_decide(&l->at[i].c);
			}
		if (is_seen && !is_able)
			diag_warnx("%s %c %g%%: not judged: too few requests "
			    "or loads to find a regression, whatever they "
			    "said", o->rule[k].metric,
			    o->rule[k].is_below ? '<' : '>',
			    100 * o->rule[k].change);
	}
}

static bool
same_figures(const struct side_row *a, const struct side_row *b)
{
	enum metric m;

	for (m = 0; m < M_COUNT; m++)
		if (a->v[m] != b->v[m] && !(isnan(a->v[m]) && isnan(b->v[m])))
			return false;
	return same_key(a, b) && a->is_load == b->is_load &&
	    a->is_good == b->is_good && a->load == b->load;
}

/* Is a side compared with itself? */
static bool
is_identical(const struct side *a, const struct side *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (!same_figures(&a->rows[i], &b->rows[i]))
			return false;
	return a->n == b->n;
}

static int
compare_sides(const struct opts *o, const struct side *base,
    const struct side *new)
{
	const struct side_row **keys = NULL;
	struct lines l = { 0 };
	size_t i, k, n = 0, cap = 0;
	int status;

	for (i = 0; i < base->n; i++) {
		for (k = 0; k < n; k++)
			if (same_key(keys[k], &base->rows[i]))
				break;
		if (k < n)
			continue;
		keys = xgrow(keys, n, &cap, sizeof(*keys));
		keys[n++] = &base->rows[i];
		if (count_rows(new, &base->rows[i]) > 0)
			compare_key(&l, o, base, new, &base->rows[i]);
		else
			add_missing(&l, &base->rows[i], M_COUNT,
			    count_rows(base, &base->rows[i]));
	}
	free(keys);
	judge(&l, o);
	put_not_judged(&l, o);
	l.is_identical = is_identical(base, new);
	if (l.n == 0) {
		diag_warnx("nothing was measured in both: no pair, variant "
		    "and scenario in common");
		status = EXIT_UNSURE;
	} else {
		status = compare_table(&l, base, new);
	}
	free(l.at);
	return status;
}

/* What was read in spite of bad lines is compared. */
static bool
is_usable(const struct side *s, int status)
{
	return status == EXIT_DONE || (status == EXIT_INPUT && s->n > 0);
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
	read = side_load(&base, names, argv[optind]);
	if (is_usable(&base, read)) {
		status = side_load(&new, names, argv[optind + 1]);
		if (status != EXIT_DONE)
			read = status;
	}
	status = read;
	if (is_usable(&base, read) && is_usable(&new, read))
		status = compare_sides(&o, &base, &new);
	if (read != EXIT_DONE)
		status = read;		/* bad lines: compared, but not sure */
	side_fini(&base);
	side_fini(&new);
	names_free(names);
	return diag_finish(status);
}
