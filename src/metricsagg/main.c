/*
 * metricsagg: raw records in, metric records out.
 *
 *	line -> fastscan | cJSON -> tables -> link (join, derive) -> group,
 *	phases -> the statistics -> records
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "cmd_compare.h"
#include "cmdline.h"
#include "diag.h"
#include "host.h"
#include "emit/aggregate.h"
#include "emit/condense.h"
#include "judge/decide.h"
#include "judge/look.h"
#include "live/follow.h"

struct opts {
	struct input in;
	bool partial, verbose;
	enum samples samples;
	const char *decide;
};

/* Parts are read like any other input. */
static void
take_merge(void *into, char *value)
{
	(void)into;
	(void)value;
}

static const struct cmdline_option options[] = {
	{ 'p', "partial", NULL, "condense the records, for a later --merge",
	    CMDLINE_FLAG, .at = offsetof(struct opts, partial) },
	{ 0, "merge", NULL, "read what --partial wrote (raw records may be "
	    "mixed in)", CMDLINE_TAKE, .take = take_merge },
	{ 0, "decide", "STATE", "only say what is certain: in the file STATE "
	    "after every\nvisit, on stdout at the end", CMDLINE_TEXT,
	    .at = offsetof(struct opts, decide) },
	{ 'f', "follow", NULL, "wait for more until the run has ended, and "
	    "show on\nstderr how it goes; no records on a terminal",
	    CMDLINE_FLAG, .at = offsetof(struct opts, in.follow) },
	{ 's', "samples", NULL, "a record for each request, too, and its "
	    "phases; without\nit of runs of at most 500 requests",
	    CMDLINE_WORD, .at = offsetof(struct opts, samples),
	    .lo = SAMPLES_ALWAYS },
	{ 0, "no-samples", NULL, "no record of any request", CMDLINE_WORD,
	    .at = offsetof(struct opts, samples), .lo = SAMPLES_NEVER },
	{ 'v', "verbose", NULL, "say on stderr what was read and what it "
	    "cost", CMDLINE_FLAG, .at = offsetof(struct opts, verbose) },
};

static const struct cmdline cmdline = {
	.head = "usage: metricsagg [OPTION...] [FILE...]\n"
	    "       metricsagg compare [OPTION...] BASE NEW\n"
	    "       metricsagg compare [OPTION...] -b BASE... NEW...\n\n"
	    "Reads raw records (standard input without FILE, or for -) and "
	    "writes\nmetric records: see metricsagg(1) and "
	    "lmgauge-records(5).\n\n",
	CMDLINE_OPTIONS(options), .max = -1
};

static volatile sig_atomic_t stop;

/* What is followed ends when we say so. */
static void
on_interrupt_alone(int sig)
{
	stop = sig;
}

/* A first Ctrl-C only marks the end of the input, which is near: the tools
 * before us in the pipe got it too.  A second one ends us. */
static void
on_interrupt(int sig)
{
	static const char message[] = "\nmetricsagg: interrupted: waiting for "
	    "the end of the input (again to leave at once)\n";

	stop = sig;
	if (write(STDERR_FILENO, message, sizeof(message) - 1) == -1)
		return;
}

static void
outlive_interrupt(const struct opts *o)
{
	bool is_alone = o->in.follow && o->in.n > 0;
	struct sigaction sa;
	struct stat st;

	if (!is_alone && (fstat(STDIN_FILENO, &st) == -1 ||
	    !S_ISFIFO(st.st_mode)))
		return;
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = is_alone ? on_interrupt_alone : on_interrupt;
	sa.sa_flags = SA_RESTART | (int)SA_RESETHAND;
	sigemptyset(&sa.sa_mask);
	sigaction(SIGINT, &sa, NULL);
}

static void
tell_cost(const struct tables *t)
{
	diag_warnx("%" PRIu64 " lines, %" PRIu64 " bytes, %.3f s of CPU time, "
	    "%" PRId64 " MiB at most", t->tally.lines, t->tally.bytes,
	    (double)clock_cpu_ns(RUSAGE_SELF) / (double)NS_PER_S,
	    host_own_peak_rss_bytes() / (1024 * 1024));
}

static void
watch(void *arg, struct tables *t)
{
	follow_line(arg, t);
}

static void
keep_watching(void *arg, struct tables *t)
{
	follow_wait(arg, t);
}

static int
aggregate(struct opts *o)
{
	struct buf out = BUF_INIT;
	struct follow *f = NULL;
	struct tables t;
	int status, wrote = EXIT_DONE;

	tables_init(&t);
	t.keeps_texts = o->samples == SAMPLES_ALWAYS;
	o->in.stop = &stop;
	if (o->in.follow) {
		o->in.arg = f = follow_new();
		o->in.watch = watch;
		o->in.wait = keep_watching;
	}
	status = input_read(&t, &o->in);
	follow_free(f, &t);
	/* On a terminal nobody reads records behind what was shown. */
	if (!o->in.follow || !isatty(STDOUT_FILENO))
		wrote = aggregate_write(&t, o->samples, &out,
		    aggregate_flush);
	if (o->verbose)
		tell_cost(&t);
	buf_fini(&out);
	tables_fini(&t);
	return status != EXIT_DONE ? status : wrote;
}

static void
watch_visits(void *arg, struct tables *t)
{
	look_line(arg, t);
}

/* What is certain: after every visit, and at the end. */
static int
decide(struct opts *o)
{
	struct buf out = BUF_INIT;
	struct tables t;
	int status;

	if ((o->in.arg = look_new(o->decide)) == NULL)
		return EXIT_USAGE;
	o->in.watch = watch_visits;
	tables_init(&t);
	o->in.stop = &stop;
	status = input_read(&t, &o->in);
	look_free(o->in.arg);
	decide_write(&t, &out);
	aggregate_flush(&out);
	buf_fini(&out);
	tables_fini(&t);
	return status;
}

int
main(int argc, char *argv[])
{
	struct opts o = { .partial = false };
	int first;

	diag_init(argv[0]);
	if (argc > 1 && strcmp(argv[1], "compare") == 0)
		return cmd_compare(argc - 1, argv + 1);
	first = cmdline_read(&cmdline, &o, argc, argv);
	o.in.files = argv + first;
	o.in.n = argc - first;
	outlive_interrupt(&o);
	return diag_finish(o.partial ? condense_write(&o.in) :
	    o.decide != NULL ? decide(&o) : aggregate(&o));
}
