#include "opts.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "diag.h"
#include "number.h"
#include "version.h"

static const char usage_text[] =
"usage: memsample [-i INTERVAL] [--port N | -p PID | -n NAME] [OPTION...]\n"
"       memsample [-i INTERVAL] [OPTION...] -- COMMAND [ARG...]\n"
"       ... | memsample [OPTION...] | ...\n"
"\n"
"Samples the memory of a server's process tree, as NDJSON on stdout.  As a\n"
"filter (stdin is a pipe) it passes records through and adds its own.\n"
"\n"
"  -i, --interval D   time between samples, 1ms or more (default 100ms)\n"
"      --port N       the processes that listen on TCP port N (repeatable)\n"
"  -p, --pid PID      this process\n"
"  -n, --name GLOB    processes of this name\n"
"      --for D        stop after this long\n"
"      --wait D       wait this long for a target that is not there\n"
"  -o, --output FILE  records to FILE instead of stdout\n"
"  -r, --record FILE  keep all records in FILE as well, added to what is there\n"
"      --csv          mem samples as CSV\n"
"      --per-process  also list each process in every sample\n"
"      --pss          also read PSS and USS every 30 s: O(pages)\n"
"      --reset-peak   exact peak of each interval (writes to the target)\n"
"      --realtime     ask for real-time scheduling\n"
"      --alone        never be a filter, whatever stdin is\n"
"      --no-events    do not use the kernel's fork events\n"
"      --counters     say which counters are to be had here, and leave\n"
"      --self-check   compare the counters with a known allocation, and leave\n"
"  -h, --help         this text\n"
"  -V, --version      version\n";

enum { OPT_PORT = 256, OPT_FOR, OPT_WAIT, OPT_CSV, OPT_PER_PROCESS, OPT_PSS,
	OPT_RESET_PEAK, OPT_REALTIME, OPT_ALONE, OPT_NO_EVENTS,
	OPT_COUNTERS, OPT_SELF_CHECK };

static const struct option options[] = {
	{ "interval", required_argument, NULL, 'i' },
	{ "port", required_argument, NULL, OPT_PORT },
	{ "pid", required_argument, NULL, 'p' },
	{ "name", required_argument, NULL, 'n' },
	{ "for", required_argument, NULL, OPT_FOR },
	{ "wait", required_argument, NULL, OPT_WAIT },
	{ "output", required_argument, NULL, 'o' },
	{ "record", required_argument, NULL, 'r' },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "per-process", no_argument, NULL, OPT_PER_PROCESS },
	{ "pss", no_argument, NULL, OPT_PSS },
	{ "reset-peak", no_argument, NULL, OPT_RESET_PEAK },
	{ "realtime", no_argument, NULL, OPT_REALTIME },
	{ "alone", no_argument, NULL, OPT_ALONE },
	{ "no-events", no_argument, NULL, OPT_NO_EVENTS },
	{ "counters", no_argument, NULL, OPT_COUNTERS },
	{ "self-check", no_argument, NULL, OPT_SELF_CHECK },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static int64_t
integer(const char *option, const char *text, int64_t lo, int64_t hi)
{
	int64_t v;

	if (number_int(text, lo, hi, &v) == -1) {
		diag_warnx("%s: expected a number from %lld to %lld, got '%s'",
		    option, (long long)lo, (long long)hi, text);
		diag_usage();
	}
	return v;
}

static int64_t
duration(const char *option, const char *text, int64_t lo)
{
	int64_t v;

	if (number_duration(text, &v) == -1) {
		diag_warnx("%s: expected a duration like 100ms or 2s, got '%s'",
		    option, text);
		diag_usage();
	}
	if (v < lo) {
		diag_warnx("%s: '%s' is too short, the least is 1ms", option,
		    text);
		diag_usage();
	}
	return v;
}

static void
add_port(struct watched *t, const char *text)
{
	int port = (int)integer("--port", text, 1, 65535);

	for (size_t i = 0; i < t->n_ports; i++)
		if (t->ports[i] == port)
			return;
	if (!watched_add_port(t, port)) {
		diag_warnx("--port: more than %d ports", WATCHED_PORTS_MAX);
		diag_usage();
	}
}

static void
flag(struct opts *o, int opt)
{
	switch (opt) {
	case OPT_ALONE:
		o->mode = MODE_ALONE;
		break;
	case OPT_COUNTERS:
		o->mode = MODE_COUNTERS;
		break;
	case OPT_SELF_CHECK:
		o->mode = MODE_SELF_CHECK;
		break;
	case OPT_CSV:
		o->csv = true;
		break;
	case OPT_PER_PROCESS:
		o->per_process = true;
		break;
	case OPT_PSS:
		o->pss = true;
		break;
	case OPT_RESET_PEAK:
		o->reset_peak = true;
		break;
	case OPT_REALTIME:
		o->realtime = true;
		break;
	case OPT_NO_EVENTS:
		o->no_events = true;
		break;
	case 'h':
		fputs(usage_text, stdout);
		exit(diag_finish(EXIT_DONE));
	case 'V':
		version_print();
		exit(diag_finish(EXIT_DONE));
	default:
		diag_usage();		/* getopt has said why */
	}
}

static void
check(const struct opts *o)
{
	const struct watched *t = &o->watched;
	int n = (t->pid > 0) + (t->name != NULL) + (t->n_ports > 0) +
	    (o->command != NULL);

	if (n > 1) {
		diag_warnx("name one target: --port, -p, -n or a command");
		diag_usage();
	}
}

void
opts_parse(struct opts *o, int argc, char *argv[])
{
	int c;

	/* "+": options behind the command's name are the command's. */
	while ((c = getopt_long(argc, argv, "+i:p:n:o:r:hV", options,
	    NULL)) != -1) {
		switch (c) {
		case 'i':
			o->interval_ns = duration("-i", optarg,
			    OPTS_INTERVAL_MIN_NS);
			break;
		case 'n':
			o->watched.name = optarg;
			break;
		case 'o':
			o->output = optarg;
			break;
		case 'p':
			o->watched.pid = (int)integer("-p", optarg, 1,
			    INT32_MAX);
			break;
		case 'r':
			o->record = optarg;
			break;
		case OPT_PORT:
			add_port(&o->watched, optarg);
			break;
		case OPT_FOR:
			o->for_ns = duration("--for", optarg,
			    OPTS_INTERVAL_MIN_NS);
			break;
		case OPT_WAIT:
			o->wait_ns = duration("--wait", optarg, 0);
			break;
		default:
			flag(o, c);
		}
	}
	if (optind < argc)
		o->command = argv + optind;
	check(o);
}
