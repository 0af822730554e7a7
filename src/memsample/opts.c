#include "opts.h"

#include <stddef.h>

#include "cmdline.h"
#include "diag.h"
#include "number.h"

static void
take_pid(void *into, char *text)
{
	struct opts *o = into;
	int64_t pid;

	if (number_int(text, 1, INT32_MAX, &pid) == -1) {
		diag_warnx("--pid: expected a process, got '%s'", text);
		diag_usage();
	}
	o->watched.pid = (int)pid;
}

static void
add_port(void *into, char *text)
{
	struct watched *t = &((struct opts *)into)->watched;
	int64_t port;

	if (number_int(text, 1, 65535, &port) == -1) {
		diag_warnx("--port: expected a number from 1 to 65535, got "
		    "'%s'", text);
		diag_usage();
	}
	for (size_t i = 0; i < t->n_ports; i++)
		if (t->ports[i] == port)
			return;
	if (!watched_add_port(t, (int)port)) {
		diag_warnx("--port: more than %d ports", WATCHED_PORTS_MAX);
		diag_usage();
	}
}

#define OPT(member)	.at = offsetof(struct opts, member)

static const struct cmdline_option options[] = {
	{ 'i', "interval", "D", "time between samples, 1ms or more (default "
	    "100ms)", CMDLINE_DURATION, OPT(interval_ns),
	    .lo = OPTS_INTERVAL_MIN_NS },
	{ 0, "port", "N", "the processes that listen on TCP port N "
	    "(repeatable)", CMDLINE_TAKE, .take = add_port },
	{ 'p', "pid", "PID", "this process", CMDLINE_TAKE, .take = take_pid },
	{ 'n', "name", "GLOB", "processes of this name", CMDLINE_TEXT,
	    OPT(watched.name) },
	{ 0, "for", "D", "stop after this long", CMDLINE_DURATION,
	    OPT(for_ns), .lo = OPTS_INTERVAL_MIN_NS },
	{ 0, "wait", "D", "wait this long for a target that is not there",
	    CMDLINE_DURATION, OPT(wait_ns) },
	{ 'o', "output", "FILE", "records to FILE instead of stdout",
	    CMDLINE_TEXT, OPT(output) },
	{ 'r', "record", "FILE", "keep all records in FILE as well, added to "
	    "what is there", CMDLINE_TEXT, OPT(record) },
	{ 0, "csv", NULL, "mem samples as CSV", CMDLINE_FLAG, OPT(csv) },
	{ 0, "per-process", NULL, "also list each process in every sample",
	    CMDLINE_FLAG, OPT(per_process) },
	{ 0, "pss", NULL, "also read PSS and USS every 30 s: O(pages)",
	    CMDLINE_FLAG, OPT(pss) },
	{ 0, "reset-peak", NULL, "exact peak of each interval (writes to the "
	    "target)", CMDLINE_FLAG, OPT(reset_peak) },
	{ 0, "alone", NULL, "never be a filter, whatever stdin is",
	    CMDLINE_WORD, OPT(mode), .lo = MODE_ALONE },
	{ 0, "counters", NULL, "say which counters are to be had here, and "
	    "leave", CMDLINE_WORD, OPT(mode), .lo = MODE_COUNTERS },
	{ 0, "self-check", NULL, "compare the counters with a known "
	    "allocation, and leave", CMDLINE_WORD, OPT(mode),
	    .lo = MODE_SELF_CHECK },
};

static const struct cmdline cmdline = {
	.head = "usage: memsample [-i INTERVAL] [--port N | -p PID | -n NAME] "
	    "[OPTION...]\n"
	    "       memsample [-i INTERVAL] [OPTION...] -- COMMAND [ARG...]\n"
	    "       ... | memsample [OPTION...] | ...\n\n"
	    "Samples the memory of a server's process tree, as NDJSON on "
	    "stdout.  As a\nfilter (stdin is a pipe) it passes records "
	    "through and adds its own.\n\n",
	CMDLINE_OPTIONS(options), .max = -1, .passes_on = true
};

void
opts_parse(struct opts *o, int argc, char *argv[])
{
	int first = cmdline_read(&cmdline, o, argc, argv);
	const struct watched *t = &o->watched;

	if (first < argc)
		o->command = argv + first;
	if ((t->pid > 0) + (t->name != NULL) + (t->n_ports > 0) +
	    (o->command != NULL) > 1) {
		diag_warnx("name one target: --port, -p, -n or a command");
		diag_usage();
	}
}
