/*
 * memsample: the memory truth of a server's process tree.
 * options -> begin (the command, the target) -> loop -> finish -> exit status
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "diag.h"
#include "loop.h"
#include "opts.h"
#include "show/report.h"
#include "signals.h"
#include "stream/writer.h"

static const int64_t interval_default_ns = 100 * NS_PER_MS;
/* Own lines are gathered this long when ticks come faster. */
static const int64_t gather_ns = 50 * NS_PER_MS;
/* Nobody waits at the end of a file, and each piece wakes the writer. */
static const int64_t gather_for_file_ns = NS_PER_S;
/* A reader that does not read gets this long after a second signal. */
static const int64_t leave_ns = 500 * NS_PER_MS;

/* ---- begin -------------------------------------------------------------- */

/* Start the command.  It runs its own program when this returns 0. */
static int
begin_command(struct loop *l)
{
	const struct opts *o = l->opts;

	l->child = command_start(o->command, o->output != NULL ||
	    l->view.kind == VIEW_NONE);
	if (l->child == -1)
		return -1;
	l->sampler.watched.pid = l->child;
	l->session.is_command = true;
	if (command_go() == -1) {
		l->child = 0;
		return -1;
	}
	return 0;
}

static int
begin_alone(struct loop *l)
{
	const struct opts *o = l->opts;
	int64_t now_ns;
	char text[64];

	/* Fork events wait in their socket from here on: a child of the
	 * command that is born before the first look is not lost. */
	if (o->command != NULL && begin_command(l) == -1)
		return -1;
	now_ns = clock_mono_ns();
	if (l->view.kind == VIEW_RECORDS)
		session_begin(&l->session, &l->sampler.watched, l->interval_ns);
	if (!sampler_lookup(&l->sampler, now_ns) && o->wait_ns == 0 &&
	    o->command == NULL)
		return diag_warnx("%s: %s", watched_text(&l->sampler.watched,
		    text, sizeof(text)), l->sampler.is_hidden ? "its process "
		    "belongs to another user, so its memory is not measured: "
		    "run as that user, or as root" : o->watched.n_ports > 0 ?
		    "nothing listens there; start the server first, or give "
		    "--wait" : "there is no such process; start it first, or "
		    "give --wait");
	loop_start_sampling(l, now_ns);
	return 0;
}

/* ---- end ---------------------------------------------------------------- */

/* The command has ended or must: nothing we started stays behind. */
static void
stop_child(struct loop *l)
{
	int64_t until = clock_mono_ns() + 2 * NS_PER_S;
	int sig = SIGTERM;

	while (l->child > 0) {
		kill(l->child, sig);
		clock_sleep_until(clock_mono_ns() + 10 * NS_PER_MS);
		loop_reap(l);
		if (clock_mono_ns() > until)
			sig = SIGKILL;
	}
}

static void
summarize(struct loop *l, int64_t now_ns)
{
	struct buf out = BUF_INIT;

	/* It may have been larger, for a moment, than any sample saw. */
	session_peak(&l->session, COUNTER_PEAK_RSS,
	    plat_children_peak_bytes(), now_ns);
	view_summary(&out, &l->session, l->opts->command[0], l->child_status,
	    now_ns - l->session.start_ns, clock_cpu_ns(RUSAGE_CHILDREN));
	fputs(buf_cstr(&out), stderr);
	buf_fini(&out);
}

static void
tell_record(const char *path, int error)
{
	diag_warnx("%s: %s: the recording stopped; what is there is whole",
	    path, error == ENOENT ? "the file was removed" : strerror(error));
}

/* What waits for the disk is written.  Returns 0, or -1 after a message. */
static int
close_writer(struct loop *l, int64_t until)
{
	const struct opts *o = l->opts;
	int error;

	if (l->writer_fd == -1)
		return 0;
	outq_fini(&l->pass.out);
	close(l->writer_fd);
	if ((error = writer_close(until)) == 0)
		return 0;
	if (o->record != NULL && error != ETIMEDOUT) {
		tell_record(o->record, error);
	} else if (error != EPIPE) {
		errno = error;
		diag_warn("standard output");
	}
	return -1;
}

static int
finish(struct loop *l)
{
	int64_t now_ns = clock_mono_ns(), until = INT64_MAX;
	bool is_broken;

	if (l->child > 0)
		stop_child(l);
	now_ns = clock_mono_ns();
	/* One last sample, due now; alone, none of what has ended. */
	if (l->is_sampling && (l->is_filter || l->sampler.tree.n > 0))
		loop_take_sample(l, now_ns, 0, 0, true);
	sampler_end(&l->sampler);
	if (l->view.kind == VIEW_RECORDS)
		session_end(&l->session, now_ns, l->interrupted,
		    l->child_status);
	else if (l->view.kind == VIEW_LIVE)
		buf_addc(&l->pass.own, '\n');
	if (l->interrupted)
		until = clock_mono_ns() + leave_ns;
	pass_end_line(&l->pass);
	pass_merge(&l->pass);
	is_broken = l->pass.out.is_broken;
	outq_drain(&l->pass.out, until);
	if (l->pass.out.is_broken && !is_broken &&
	    l->pass.out.error != EPIPE) {
		errno = l->pass.out.error;
		diag_warn("standard output");
	}
	is_broken = close_writer(l, until) == -1 || l->pass.out.is_broken;
	if (l->opts->command != NULL)
		summarize(l, now_ns);
	if (is_broken || l->interrupted)
		return EXIT_SYSTEM;
	if (l->is_filter && !l->session.has_run) {
		/* Who sent nothing has said why. */
		if (l->pass.had_input)
			diag_warnx("standard input: no run record, so nothing "
			    "was sampled; is it the output of 'lmsdrive run'?");
		return EXIT_INPUT;
	}
	if (l->is_filter && l->session.deaths > 0) {
		diag_warnx("processes of the server ended that were to stay: "
		    "%lld (worker_exit, root_exit in the records)",
		    (long long)l->session.deaths);
		return EXIT_SYSTEM;
	}
	return l->child_status > 0 ? EXIT_NO : EXIT_DONE;
}

static enum view_kind
view_for(const struct opts *o, bool is_filter, int out_fd)
{
	if (o->csv)
		return VIEW_CSV;
	if (is_filter || o->output != NULL || !isatty(out_fd))
		return VIEW_RECORDS;
	/* A command writes to the terminal itself: only the summary. */
	return o->command != NULL ? VIEW_NONE : VIEW_LIVE;
}

/* Looking at a process takes a few descriptors for a moment: without them it
 * would seem not to be there. */
static int
check_descriptors(int some_fd)
{
	int fd[8], n = 0;

	while (n < 8 && (fd[n] = dup(some_fd)) != -1)
		n++;
	for (int i = 0; i < n; i++)
		close(fd[i]);
	return n == 8 ? 0 : diag_warnx("too few open files are allowed here: "
	    "raise the limit (ulimit -n 64)");
}

/* Records go to recorder (or NULL) and to out_fd.  Returns the exit status. */
static int
run(const struct opts *o, bool is_filter, int out_fd,
    struct recorder *recorder)
{
	struct loop l = { .opts = o, .is_filter = is_filter,
	    .child_status = -1 };
	struct sampler_options so = { .reset_peak = o->reset_peak,
	    .want_pages = o->pss };
	int status = EXIT_SYSTEM, fd;

	if ((l.plat = plat_open()) == NULL)
		return EXIT_SYSTEM;
	l.signal_fd = signals_open();
	if (check_descriptors(l.signal_fd) == -1) {
		plat_close(l.plat);
		return EXIT_SYSTEM;
	}
	l.interval_ns = o->interval_ns != -1 ? o->interval_ns :
	    interval_default_ns;
	l.view.kind = view_for(o, is_filter, out_fd);
	l.view.line.fd = out_fd;
	if ((fd = writer_open(out_fd, recorder)) == -1) {
		diag_warn("%s", o->record);
		plat_close(l.plat);
		return EXIT_SYSTEM;
	}
	l.writer_fd = fd != out_fd ? fd : -1;
	l.gather_ns = l.writer_fd != -1 && !isatty(out_fd) ?
	    gather_for_file_ns : gather_ns;
	pass_init(&l.pass, is_filter ? STDIN_FILENO : -1, fd);
	session_init(&l.session, &l.pass.own);
	l.session.per_process = o->per_process;
	sampler_init(&l.sampler, l.plat, &so, session_event, &l.session);
	l.sampler.watched = o->watched;
	if (is_filter || begin_alone(&l) == 0) {
		loop_run(&l);
		status = finish(&l);
	}
	sampler_fini(&l.sampler);
	session_fini(&l.session);
	pass_fini(&l.pass);
	plat_close(l.plat);
	return status;
}

/* ---- the whole ---------------------------------------------------------- */

/*
 * Is stdin a stream to pass on?  A socket counts only when nothing else says
 * what to sample: editors and job runners hand one out as an idle stdin.
 */
static bool
stdin_is_stream(const struct opts *o)
{
	struct stat st;

	if (o->mode == MODE_ALONE || o->command != NULL ||
	    fstat(STDIN_FILENO, &st) == -1)
		return false;
	if (S_ISSOCK(st.st_mode))
		return !watched_is_set(&o->watched);
	return S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode);
}

static int
sample(const struct opts *o)
{
	bool is_filter = stdin_is_stream(o);
	struct recorder recorder = { .fd = -1 };
	int fd = STDOUT_FILENO, status, error;

	if (!is_filter && o->command == NULL && !watched_is_set(&o->watched)) {
		diag_warnx("nothing to sample: give --port, -p, -n or a "
		    "command, or pipe the output of 'lmsdrive run' in");
		diag_usage();
	}
	if (is_filter && o->csv) {
		diag_warnx("--csv: not as a filter, the records have to go on");
		diag_usage();
	}
	if (o->output != NULL) {
		fd = open(o->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0666);
		if (fd == -1) {
			diag_warn("%s", o->output);
			return EXIT_SYSTEM;
		}
	}
	if (o->record != NULL && recorder_open(&recorder, o->record) == -1)
		return EXIT_SYSTEM;
	status = run(o, is_filter, fd, recorder.fd != -1 ? &recorder :
	    NULL);
	if (recorder.fd != -1 && (error = recorder_close(&recorder)) != 0) {
		errno = error;
		diag_warn("%s", o->record);
		status = EXIT_SYSTEM;
	}
	if (fd != STDOUT_FILENO && close(fd) == -1) {
		diag_warn("%s", o->output);
		status = EXIT_SYSTEM;
	}
	return status;
}

int
main(int argc, char *argv[])
{
	struct opts o = OPTS_DEFAULT;

	diag_init(argv[0]);
	opts_parse(&o, argc, argv);
	if (o.mode == MODE_COUNTERS)
		return diag_finish(report_counters());
	if (o.mode == MODE_SELF_CHECK)
		return diag_finish(report_self_check());
	return sample(&o);
}
