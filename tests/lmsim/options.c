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
"A generator of known schedule instead, to measure clients (see blast.h):\n"
"  -P, --paced=DURATION  one token each DURATION in every stream\n"
"  -B, --blast           tokens as fast as they are taken\n"
"  -F, --first=DURATION  the first token after so long (default 0)\n"
"  -n, --tokens=N        when a request says no max_tokens (default 100)\n"
"  -R, --role-chunk      begin with a chunk without text, at once\n"
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
	{ "paced", required_argument, NULL, 'P' },
	{ "blast", no_argument, NULL, 'B' },
	{ "first", required_argument, NULL, 'F' },
	{ "tokens", required_argument, NULL, 'n' },
	{ "role-chunk", no_argument, NULL, 'R' },
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

static int64_t
duration(const char *name)
{
	int64_t ns = 0;

	if (number_duration(optarg, &ns) == -1) {
		diag_warnx("%s: expected a duration such as 20ms, got %s",
		    name, optarg);
		diag_usage();
	}
	return ns;
}

static void
take_generator(struct options *o, int c)
{
	switch (c) {
	case 'B':
		o->paced_ns = 0;
		break;
	case 'F':
		o->first_ns = duration("--first");
		break;
	case 'n':
		o->tokens = integer("--tokens", 1000000000);
		break;
	case 'P':
		o->paced_ns = duration("--paced");
		break;
	case 'R':
		o->has_role_chunk = true;
		break;
	default:
		diag_usage();
	}
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
		take_generator(o, c);
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
	o->paced_ns = -1;
	o->tokens = 100;
	while ((c = getopt_long(argc, argv, "Bb:F:f:hm:n:P:p:Rs:t:Vx:",
	    longs, NULL)) != -1)
		take(o, c);
	if (optind < argc) {
		diag_warnx("%s: no such argument; models are given with "
		    "--models", argv[optind]);
		diag_usage();
	}
	if (listen_check(o->bind) == -1)
		diag_usage();
}
