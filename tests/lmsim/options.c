#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "listen.h"
#include "number.h"
#include "version.h"

static const char help[] =
"usage: lmsim [options]\n"
"\n"
"A stand-in for LM Studio (and OpenAI-compatible servers) with known truth.\n"
"\n"
"  -p, --port=N          listen there (default 1234; 0: any free port)\n"
"  -b, --bind=ADDRESS    a loopback address (default 127.0.0.1)\n"
"  -m, --models=FILE     what is offered, YAML (default: two small models)\n"
"  -t, --truth=FILE      write the truth log there, NDJSON\n"
"  -f, --port-file=FILE  write the port there when ready\n"
"  -s, --seed=N          of texts and jitter (default 1)\n"
"  -x, --scale=F         multiply every duration (overrides time_scale)\n"
"\n"
"  -h, --help            this\n"
"  -V, --version\n"
"\n"
"Ready when it prints \"lmsim: listening on URL\"; SIGTERM or SIGINT ends it.\n"
"Models file, faults and truth log: see README.md and truth.h.\n";

static const struct option longs[] = {
	{ "port", required_argument, NULL, 'p' },
	{ "bind", required_argument, NULL, 'b' },
	{ "models", required_argument, NULL, 'm' },
	{ "truth", required_argument, NULL, 't' },
	{ "port-file", required_argument, NULL, 'f' },
	{ "seed", required_argument, NULL, 's' },
	{ "scale", required_argument, NULL, 'x' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static int64_t
integer(const char *name, int64_t hi)
{
	int64_t v = 0;

	if (number_int(optarg, 0, hi, &v) == -1) {
		diag_warnx("%s: expected a number from 0 to %lld, got %s",
		    name, (long long)hi, optarg);
		diag_usage();
	}
	return v;
}

static void
take(struct options *o, int c)
{
	switch (c) {
	case 'b':
		o->bind = optarg;
		break;
	case 'f':
		o->port_file = optarg;
		break;
	case 'm':
		o->models = optarg;
		break;
	case 'p':
		o->port = (int)integer("--port", 65535);
		break;
	case 's':
		o->seed = (uint64_t)integer("--seed", INT64_MAX);
		break;
	case 't':
		o->truth = optarg;
		break;
	case 'x':
		if (number_double(optarg, 1e-6, 1e6, &o->scale) == -1) {
			diag_warnx("--scale: expected a number from 0.000001 "
			    "to 1000000, got %s", optarg);
			diag_usage();
		}
		break;
	case 'h':
		fputs(help, stdout);
		exit(diag_finish(EXIT_DONE));
	case 'V':
		puts("lmsim " LMGAUGE_VERSION);
		exit(diag_finish(EXIT_DONE));
	default:
		diag_usage();
	}
}

void
options_parse(struct options *o, int argc, char *argv[])
{
	int c;

	memset(o, 0, sizeof(*o));
	o->port = 1234;
	o->bind = "127.0.0.1";
	o->seed = 1;
	while ((c = getopt_long(argc, argv, "b:f:hm:p:s:t:Vx:", longs,
	    NULL)) != -1)
		take(o, c);
	if (optind < argc) {
		diag_warnx("%s: no such argument; models are given with "
		    "--models", argv[optind]);
		diag_usage();
	}
	if (listen_check(o->bind) == -1)
		diag_usage();
}
