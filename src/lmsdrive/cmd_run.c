/*
 * lmsdrive run: plan lines -> steps -> records on stdout.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "append.h"
#include "calibrate/calibrate.h"
#include "clock.h"
#include "cmdline.h"
#include "commands.h"
#include "diag.h"
#include "host.h"
#include "ndjson.h"
#include "preflight/gate.h"
#include "run/resume.h"
#include "run/run.h"
#include "run/steps.h"
#include "version.h"
#include "xalloc.h"

struct options {
	const char *plan;	/* path, "-" is stdin */
	const char *log, *resume, *decided;
	bool keep_loaded, no_calibration, anyway;
	int64_t budget_ns;
	enum progress_level level;
};

struct plan {
	struct step *steps;
	size_t n, cap;
	size_t n_all;			/* with those that resume leaves out */
	int64_t requests;
	int64_t streams, streams_max;	/* at once: in any case, perhaps */
	char sha256[DIGEST_CAP];
};

#define OPT(member)	.at = offsetof(struct options, member)

static const struct cmdline_option rows[] = {
	{ 0, "anyway", NULL, "measure what cannot be measured well, too",
	    CMDLINE_FLAG, OPT(anyway) },
	{ 0, "budget", "TIME", "begin no visit later, instead of what the plan "
	    "says", CMDLINE_DURATION, OPT(budget_ns), .lo = NS_PER_S },
	{ 'k', "keep-loaded", NULL, "measure beside models loaded by others",
	    CMDLINE_FLAG, OPT(keep_loaded) },
	{ 'q', "quiet", NULL, "no progress", CMDLINE_WORD, OPT(level),
	    .lo = PROGRESS_QUIET },
	{ 'v', "verbose", NULL, "a line for each request", CMDLINE_WORD,
	    OPT(level), .lo = PROGRESS_VERBOSE },
	{ 0, "no-calibration", NULL, "do not measure the client before it",
	    CMDLINE_FLAG, OPT(no_calibration) },
	{ 0, "decided", "FILE", "leave out what metricsagg --decide FILE is "
	    "certain of,\nshow the memory it has seen; ask first as doctor "
	    "does", CMDLINE_TEXT, OPT(decided) },
	{ 0, "resume", "FOLDER", "leave out what its raw.ndjson finished",
	    CMDLINE_TEXT, OPT(resume) },
	{ 0, "log", "FILE", "append what is said to FILE", CMDLINE_TEXT,
	    OPT(log) },
};

static const struct cmdline cmdline = {
	.command = "run",
	.head = "usage: lmsdrive run [OPTION...] [PLAN]\n"
	    "Do the steps of PLAN (or standard input), write records.\n\n",
	CMDLINE_OPTIONS(rows), .max = 1
};

/* ---- the plan --------------------------------------------------------- */

static void
count_streams(struct plan *p, const struct step *s)
{
	int64_t n = s->requests;

	p->requests += n;
	if (s->arrival == ARRIVAL_CLOSED && s->concurrency < n)
		n = s->concurrency;
	if (s->arrival == ARRIVAL_CLOSED && n > p->streams)
		p->streams = n;
	if (n > p->streams_max)
		p->streams_max = n;
}

static int
take_line(struct plan *p, const struct slice *line, const char *where)
{
	if (strspn(line->p, " \t\r") >= line->len)
		return 0;
	p->steps = xgrow(p->steps, p->n, &p->cap, sizeof(*p->steps));
	if (step_read(&p->steps[p->n], line->p, line->len, where) == -1)
		return -1;
	if (p->steps[p->n].op == OP_REQUEST)
		count_streams(p, &p->steps[p->n]);
	p->n_all = ++p->n;
	return 0;
}

static int
read_lines(struct plan *p, struct ndjson *in, struct buf *text)
{
	enum ndjson_result got;
	struct slice line;
	char where[512];

	while ((got = ndjson_next(in, &line)) == NDJSON_LINE ||
	    got == NDJSON_TOO_LONG) {
		snprintf(where, sizeof(where), "%s:%llu", ndjson_name(in),
		    (unsigned long long)ndjson_line_number(in));
		if (got == NDJSON_TOO_LONG) {
			diag_warnx("%s: the line is too long", where);
			return EXIT_INPUT;
		}
		buf_add(text, line.p, line.len);
		buf_addc(text, '\n');
		if (take_line(p, &line, where) == -1)
			return EXIT_INPUT;
	}
	if (got == NDJSON_ERROR)
		return EXIT_SYSTEM;
	if (p->n == 0) {
		diag_warnx("%s: the plan is empty; lmsdrive plan CONFIG makes "
		    "one", ndjson_name(in));
		return EXIT_INPUT;
	}
	return EXIT_DONE;
}

/* Returns an exit status. */
static int
read_plan(struct plan *p, const char *path)
{
	struct ndjson *in = ndjson_open(path);
	struct buf text = BUF_INIT;
	int status;

	if (in == NULL)
		return EXIT_USAGE;
	status = read_lines(p, in, &text);
	digest_sha256(text.data, text.len, p->sha256);
	buf_fini(&text);
	ndjson_close(in);
	return status;
}

static void
plan_fini(struct plan *p)
{
	while (p->n_all > 0)
		step_fini(&p->steps[--p->n_all]);
	free(p->steps);
}

/* ---- the records around the steps ------------------------------------- */

/*
 * The noise of the client here and now, in a twentieth of a second: what a
 * single stream of a run can be trusted to.
 */
static void
write_calibration(struct json *j, const struct calibration *c)
{
	if (c->chunks == 0) {
		json_null(j, "calibration");
		return;
	}
	json_object(j, "calibration");
	calibration_write(j, c);
	json_close(j);
}

static void
write_headline(struct json *j, char *const *names)
{
	if (names == NULL)
		return;
	json_array(j, "headline");
	for (; *names != NULL; names++)
		json_str(j, NULL, *names);
	json_close(j);
}

static void
write_run(struct output *out, const struct plan *p, const struct client *c,
    const struct calibration *calibration, bool has_kernel_clock, int64_t now)
{
	const struct step *first = &p->steps[0];
	char wall[CLOCK_WALL_CAP], origin[32];
	struct host host;
	struct json j;

	host_read(&host);
	snprintf(origin, sizeof(origin), "%lld", (long long)out->origin_ns);
	output_begin(out, &j, "run", now);
	json_int(&j, "v", RECORD_VERSION);
	json_str(&j, "stream", "raw");
	json_str(&j, "tool", "lmsdrive " LMGAUGE_VERSION);
	json_str(&j, "wall", clock_wall(wall));
	json_str(&j, "origin_ns", origin);
	json_str(&j, "boot_id", host.boot_id[0] != '\0' ? host.boot_id : NULL);
	host_write(&j, &host);
	client_write(&j, c);
	json_str(&j, "config", first->config);
	json_str(&j, "config_sha256", first->config_sha256);
	json_str(&j, "plan_sha256", p->sha256);
	write_headline(&j, first->headline);
	json_int(&j, "steps", (int64_t)p->n);
	json_int(&j, "requests", p->requests);
	if (c->managed.command != NULL)	/* it is not up yet */
		json_null(&j, "simulated");
	else
		json_bool(&j, "simulated", c->simulated);
	json_str(&j, "clock", has_kernel_clock &&
	    strncmp(c->url, "http:", 5) == 0 ? "kernel" : "callback");
	json_int(&j, "memory_interval_ns", first->memory_interval_ns);
	write_calibration(&j, calibration);
	output_end(out, &j);
}

static void
write_end(struct output *out, bool was_interrupted)
{
	struct raw_end row;

	raw_init(RECORD_END, &row);
	row.tool = "lmsdrive " LMGAUGE_VERSION;
	row.records = out->records + 1;
	row.interrupted = was_interrupted;
	row.cpu_ns = clock_cpu_ns(RUSAGE_SELF);
	row.max_rss_bytes = host_own_peak_rss_bytes();
	row.wall_ns = clock_mono_ns() - out->origin_ns;
	output_row(out, RECORD_END, clock_mono_ns(), &row, 0);
}

/* ---- the run ---------------------------------------------------------- */

/* The last word: what came out, and how it was written. */
static int
finish(struct run *r, struct output *out, struct loop *loop, int status)
{
	bool was_interrupted = run_is_over(r);

	if (was_interrupted) {
		if (loop->is_interrupted)
			output_note(out, "warn", "interrupted", 0,
			    "a signal ended the run early");
		status = status == EXIT_DONE ? EXIT_SYSTEM : status;
	}
	write_end(out, was_interrupted);
	progress_finish(r->progress, was_interrupted);
	if (outq_drain(&out->q, INT64_MAX) == -1 && out->q.error != EPIPE) {
		errno = out->q.error;
		diag_warn("standard output");
		status = EXIT_SYSTEM;
	}
	return status;
}

/*
 * Go on with the run that was broken off: in the same boot it is the same
 * run, on the same clock.
 */
static void
adopt(struct run *r, const struct resume *resume)
{
	r->next_req = resume->last_req + 1;
	if (!resume_is_same_boot(resume))
		return;
	snprintf(r->out->run, sizeof(r->out->run), "%s", resume->run);
	r->out->origin_ns = resume->origin_ns;
}

static int
drive(struct run *r, struct plan *p, bool anyway,
    const struct calibration *calibration, struct loop *loop)
{
	struct client *c = run_client(r, &p->steps[0]);
	const struct resume *resume = r->resume;
	int status;

	if (c->is_gone || run_is_over(r))
		return EXIT_SYSTEM;
	if (resume != NULL) {
		if (resume_check(resume, &p->steps[0], p->sha256, c) == -1)
			return EXIT_USAGE;
		if (resume_mend(resume) == -1)
			return EXIT_SYSTEM;
		adopt(r, resume);
		progress_resume(r->progress, resume->responses,
		    resume->not_needed, r->out->origin_ns);
		resume_filter(resume, p->steps, &p->n);
		if (p->n == 0) {
			diag_warnx("--resume: every step is finished");
			return EXIT_DONE;
		}
	}
	if ((status = gate_check(r, anyway, p->steps, p->n)) != EXIT_DONE)
		return status;
	write_run(r->out, p, c, calibration, net_has_kernel_clock(r->net),
	    resume != NULL ? clock_mono_ns() : r->out->origin_ns);
	c->is_simulation_said = c->simulated;
	if (resume != NULL && resume->cut_bytes > 0)
		output_note(r->out, "warn", "cut_line", 0, "raw.ndjson ended "
		    "within a record: it is lost, %zu bytes that begin %s",
		    resume->cut_bytes, resume->cut_text);
	return finish(r, r->out, loop, steps_do(r, p->steps, p->n,
	    resume != NULL ? resume->last_step + 1 : 0));
}

static FILE *
open_log(const char *path)
{
	int fd = append_open(path);
	FILE *log = fd != -1 ? fdopen(fd, "a") : NULL;

	if (log != NULL)
		return log;
	diag_warn("%s", path);
	if (fd != -1)
		close(fd);
	return NULL;
}

static int
run(const struct options *o, struct plan *p, struct resume *resume)
{
	struct output out;
	struct loop loop;
	struct run r = { .out = &out, .resume = resume, .log = o->log,
	    .keep_loaded = o->keep_loaded, .budget_ns = o->budget_ns,
	    .next_req = 1 };
	const struct calibration_options short_one = { .streams = 1,
	    .first_ns = 5 * NS_PER_MS, .gap_ns = NS_PER_MS,
	    .duration_ns = 40 * NS_PER_MS };
	struct calibration calibration = { .chunks = 0 };
	FILE *log = NULL;
	int status = EXIT_SYSTEM;

	if (net_make_room(p->streams_max, p->streams) == -1)
		return EXIT_SYSTEM;
	if (o->log != NULL && (log = open_log(o->log)) == NULL)
		return EXIT_SYSTEM;
	if (!o->no_calibration && p->requests > 0)
		calibrate(&calibration, &short_one);
	output_init(&out, STDOUT_FILENO);
	if (resume != NULL) {		/* it goes on with what was decided */
		r.decided = resume->decided;
		resume->decided = (struct decisions){ .path = NULL };
	}
	r.decided.path = o->decided;
	r.progress = progress_new(o->level, p->steps, p->n, &r.decided, log);
	findings_init(&r.findings, &out);
	if (loop_init(&loop, &out.q) == 0 &&
	    (r.net = net_new(&loop, sse_next_end)) != NULL)
		status = drive(&r, p, o->anyway, &calibration, &loop);
	run_fini(&r);
	net_free(r.net);
	loop_fini(&loop);
	progress_free(r.progress);
	output_fini(&out);
	if (log != NULL && (ferror(log) | fclose(log)) != 0) {
		diag_warnx("%s: not all that was said could be written",
		    o->log);
		status = EXIT_SYSTEM;
	}
	return status;
}

int
cmd_run(int argc, char *argv[])
{
	struct options o = { .plan = "-", .budget_ns = -1,
	    .level = PROGRESS_NORMAL };
	struct plan plan = { .steps = NULL };
	struct resume resume = { .steps = NULL };
	int status, first = cmdline_read(&cmdline, &o, argc, argv);

	if (first < argc)
		o.plan = argv[first];
	if (o.resume != NULL && resume_read(&resume, o.resume) == -1) {
		resume_fini(&resume);
		return EXIT_INPUT;
	}
	status = read_plan(&plan, o.plan);
	if (status == EXIT_DONE)
		status = run(&o, &plan, o.resume != NULL ? &resume : NULL);
	resume_fini(&resume);
	plan_fini(&plan);
	return status;
}
