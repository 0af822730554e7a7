/*
 * mkreport: metric records in, a report out.
 *
 *   ndjson -> evidence (rows, see schema) -> verdict -> section_* -> markdown
 *                                         -> export_*
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "export/export.h"
#include "ndjson.h"
#include "nearest.h"
#include "read/evidence.h"
#include "report.h"
#include "version.h"

static const char usage[] =
"usage: mkreport [-d] [-f FORMAT] [-p DIR] [-t TABLE] [FILE...]\n"
"\n"
"Reads metric records (metricsagg's output) and writes a report to stdout.\n"
"\n"
"  -d, --details        the full tables behind the report instead of it (md)\n"
"  -f, --format FORMAT  md (default), share, csv, json or sql\n"
"  -p, --plots DIR      embed the plots that DIR has (md)\n"
"  -t, --table TABLE    requests, metrics, memory, leak or compare (csv, json)\n"
"  -h, --help           this text\n"
"  -V, --version        the version\n"
"\n"
"Exit status: 0 done, 2 usage, 3 input not understood, 4 system failure.\n";

struct opts {
	const struct export_format *format;
	const char *plots;
	const char *table;
	bool details;
};

static const struct export_format *
format_arg(const char *arg)
{
	const struct export_format *f;

	if ((f = export_format_of(arg)) == NULL) {
		diag_warnx("--format: no format '%s'; md, share, csv, json "
		    "and sql are there; make export and mkreport(1) have more",
		    arg);
		diag_usage();
	}
	return f;
}

static const char *
table_arg(const char *arg)
{
	if (!export_is_table(arg)) {
		diag_warnx("--table: no table '%s'; requests, metrics, "
		    "memory, leak and compare are there", arg);
		diag_usage();
	}
	return arg;
}

static void
parse_opts(struct opts *o, int argc, char *argv[])
{
	static const struct option options[] = {
		{ "details", no_argument, NULL, 'd' },
		{ "format", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "plots", required_argument, NULL, 'p' },
		{ "table", required_argument, NULL, 't' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "df:hp:t:V", options, NULL)) != -1)
		switch (c) {
		case 'd':
			o->details = true;
			break;
		case 'f':
			o->format = format_arg(optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			exit(diag_finish(EXIT_DONE));
		case 'p':
			o->plots = optarg;
			break;
		case 't':
			o->table = table_arg(optarg);
			break;
		case 'V':
			version_print();
			exit(diag_finish(EXIT_DONE));
		default:
			diag_usage();
		}
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
	int status = EXIT_DONE;

	if (n == 0)
		n = 1, names = stdin_only;
	for (int i = 0; i < n; i++) {
		if ((r = ndjson_open(names[i])) == NULL)
			return EXIT_SYSTEM;
		if (evidence_read(set, r) == -1)
			status = EXIT_INPUT;
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
	int status;

	diag_init(argv[0]);
	parse_opts(&o, argc, argv);
	status = read_all(&set, argc - optind, argv + optind);
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
