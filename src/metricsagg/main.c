/*
 * metricsagg: raw records in, metric records out.
 *
 *	line -> fastscan | cJSON -> tables -> link (join, derive) -> group,
 *	phases -> the statistics -> records
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aggregate.h"
#include "cmd_compare.h"
#include "diag.h"
#include "version.h"

static const char usage[] =
    "usage: metricsagg [FILE...]\n"
    "       metricsagg compare [-f RULE]... [-m PCT] BASE NEW\n"
    "\n"
    "Reads raw records (standard input without FILE, or for -) and writes\n"
    "metric records: see metricsagg(1) and lmgauge-records(5).\n"
    "\n"
    "  -h, --help       this text\n"
    "  -V, --version    the version\n";

static void
parse_opts(int argc, char *argv[])
{
	static const struct option longopts[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "hV", longopts, NULL)) != -1)
		switch (c) {
		case 'h':
			fputs(usage, stdout);
			exit(diag_finish(EXIT_DONE));
		case 'V':
			printf("metricsagg %s\n", LMGAUGE_VERSION);
			exit(diag_finish(EXIT_DONE));
		default:
			diag_usage();
		}
}

int
main(int argc, char *argv[])
{
	struct input_options in;
	struct tables t;
	int status, wrote;

	diag_init(argv[0]);
	if (argc > 1 && strcmp(argv[1], "compare") == 0)
		return cmd_compare(argc - 1, argv + 1);
	parse_opts(argc, argv);
	in.files = argv + optind;
	in.n = argc - optind;
	tables_init(&t);
	status = aggregate_read(&t, &in);
	wrote = aggregate_write(&t);
	tables_fini(&t);
	return diag_finish(status != EXIT_DONE ? status : wrote);
}
