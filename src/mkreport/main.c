/*
 * mkreport: metric records in, a report out.
 *
 *   ndjson -> evidence (rows, see schema) -> verdict -> section_* -> markdown
 *                                         -> export_*
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cmdline.h"
#include "diag.h"
#include "export/export.h"
#include "ndjson.h"
#include "nearest.h"
#include "read/evidence.h"
#include "report.h"

struct opts {
	const struct export_format *format;
	const char *plots;
	const char *table;
	bool details;
};

static void
take_format(void *into, char *arg)
{
	struct opts *o = into;

	if ((o->format = export_format_of(arg)) != NULL)
		return;
	diag_warnx("--format: no format '%s'; md, share, csv, json and sql "
	    "are there; make export and mkreport(1) have more", arg);
	diag_usage();
}

static void
take_table(void *into, char *arg)
{
	struct opts *o = into;

	o->table = arg;
	if (export_is_table(arg))
		return;
	diag_warnx("--table: no table '%s'; requests, metrics, memory, leak, "
	    "compare, quality, quality_compare, calls, fidelity, "
	    "fidelity_compare, agreement, prompt_cache, turns, "
	    "predictions, crossings and bandwidth are there",
	    arg);
	diag_usage();
}

static const struct cmdline_option options[] = {
	{ 'd', "details", NULL, "the full tables behind the report instead "
	    "of it (md)", CMDLINE_FLAG, .at = offsetof(struct opts, details) },
	{ 'f', "format", "FORMAT", "md (default), share, csv, json or sql",
	    CMDLINE_TAKE, .take = take_format },
	{ 'p', "plots", "DIR", "embed the plots that DIR has (md)",
	    CMDLINE_TEXT, .at = offsetof(struct opts, plots) },
	{ 't', "table", "TABLE", "requests, metrics, memory, quality, ... "
	    "(csv, json)", CMDLINE_TAKE, .take = take_table },
};

static const struct cmdline cmdline = {
	.head = "usage: mkreport [OPTION...] [FILE...]\n\n"
	    "Reads metric records (metricsagg's output) and writes a report "
	    "to stdout.\n\n",
	.tail = "\nExit status: 0 done, 2 usage, 3 input not understood, 4 "
	    "system failure.\n",
	CMDLINE_OPTIONS(options), .max = -1
};

static void
check(const struct opts *o)
{
	if (o->details && o->format != export_format_of("md")) {
		diag_warnx("--details: only for --format md");
		diag_usage();
	}
	if (o->table != NULL && !o->format->tables) {
		diag_warnx("--table: only for --format csv and json");
		diag_usage();
	}
}

/* Read every file named, or stdin.  Returns the exit status so far. */
static int
read_all(struct evidence_set *set, int n, char *names[])
{
	static char stdin_name[] = "-";
	static char *stdin_only[] = { stdin_name };
	struct ndjson *r;
	int status = EXIT_DONE, one;

	if (n == 0)
		n = 1, names = stdin_only;
	for (int i = 0; i < n; i++) {
		if ((r = ndjson_open(names[i])) == NULL)
			return EXIT_SYSTEM;
		if ((one = evidence_read(set, r)) > status)
			status = one;
		ndjson_close(r);
	}
	if (set->n == 0 && status == EXIT_DONE) {
		diag_warnx("%s: no metric records; run \"metricsagg FILE | "
		    "mkreport\"", strcmp(names[0], "-") == 0 ?
		    "standard input" : names[0]);
		status = EXIT_INPUT;
	}
	return status;
}

/* The table of requests of records that leave each request out says so; where
 * nothing is measured, none belongs to a case, and it is empty. */
static int
check_samples(const struct evidence_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].rows[ROW_SAMPLE].n == 0 &&
		    set->v[i].rows[ROW_METRIC].n > 0 &&
		    evidence_run(&set->v[i])->requests > 0) {
			diag_warnx("--table requests: run %s has no records "
			    "of each request; metricsagg --samples writes "
			    "them", set->v[i].run);
			return EXIT_INPUT;
		}
	return EXIT_DONE;
}

int
main(int argc, char *argv[])
{
	struct opts o = { export_format_of("md"), NULL, NULL, false };
	struct evidence_set set = EVIDENCE_SET_INIT;
	struct buf out = BUF_INIT;
	int first, status;

	diag_init(argv[0]);
	first = cmdline_read(&cmdline, &o, argc, argv);
	check(&o);
	status = read_all(&set, argc - first, argv + first);
	if (o.table != NULL && strcmp(o.table, "requests") == 0 &&
	    status == EXIT_DONE)
		status = check_samples(&set);
	if (o.details)
		report_details(&out, &set);
	else if (set.n > 0)
		o.format->write(&out, &set, o.format == export_format_of("md") ?
		    o.plots : o.table);
	if (out.len > 0)
		fwrite(out.data, 1, out.len, stdout);
	buf_fini(&out);
	evidence_fini(&set);
	return diag_finish(status);
}
