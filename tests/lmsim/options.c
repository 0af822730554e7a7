#include "options.h"

#include <stddef.h>
#include <stdio.h>

#include "cmdline.h"
#include "diag.h"
#include "listen.h"
#include "number.h"

static void
take_scale(void *into, char *text)
{
	struct options *o = into;

	if (number_double(text, 1e-6, 1e6, &o->scale) == 0)
		return;
	diag_warnx("--scale: expected a number from 0.000001 to 1000000, got "
	    "'%s'", text);
	diag_usage();
}

#define OPT(member)	.at = offsetof(struct options, member)

static const struct cmdline_option rows[] = {
	{ 'p', "port", "N", "listen there (default 1234; 0: any free port)",
	    CMDLINE_INTEGER, OPT(port), .hi = 65535 },
	{ 'b', "bind", "ADDRESS", "a loopback address (default 127.0.0.1)",
	    CMDLINE_TEXT, OPT(bind) },
	{ 'm', "models", "FILE", "what is offered, YAML (default: two small "
	    "models)", CMDLINE_TEXT, OPT(models) },
	{ 't', "truth", "FILE", "write the truth log there, NDJSON",
	    CMDLINE_TEXT, OPT(truth) },
	{ 'f', "port-file", "FILE", "write the port there when ready",
	    CMDLINE_TEXT, OPT(port_file) },
	{ 's', "seed", "N", "of texts and jitter (default 1)", CMDLINE_INTEGER,
	    OPT(seed), .hi = INT64_MAX },
	{ 'x', "scale", "F", "multiply every duration (overrides time_scale)",
	    CMDLINE_TAKE, .take = take_scale },
};

static const struct cmdline cmdline = {
	.head = "usage: lmsim [OPTION...]\n\n"
	    "A stand-in for LM Studio (and OpenAI-compatible servers) with "
	    "known truth.\n\n",
	.tail = "\nReady when it prints \"lmsim: listening on URL\"; SIGTERM "
	    "or SIGINT ends it.\n"
	    "Models file, faults and truth log: see README.md and truth.h.\n",
	CMDLINE_OPTIONS(rows)
};

void
options_parse(struct options *o, int argc, char *argv[])
{
	*o = (struct options){ .port = 1234, .bind = "127.0.0.1", .seed = 1 };
	cmdline_read(&cmdline, o, argc, argv);
	if (listen_check(o->bind) == -1)
		diag_usage();
}
