/*
 * input -> pass -> output
 *            | sniffed records        ^ own lines, between lines
 *            v                        |
 *         session <- events, samples -+- sampler <- plat
 */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "diag.h"
#include "share.h"
#include "signals.h"
#include "writer.h"

static const int64_t interval_default_ns = 100 * NS_PER_MS;
/* Own lines are gathered this long when ticks come faster. */
static const int64_t gather_ns = 50 * NS_PER_MS;
/* Nobody waits at the end of a file, and each piece wakes the writer. */
static const int64_t gather_for_file_ns = 250 * NS_PER_MS;
/* A start told by a record this old is history. */
static const int64_t start_fresh_ns = 5 * NS_PER_S;
static const size_t gather_bytes = 16 * 1024;
/* A server found by port or name may be starting again. */
static const int64_t comeback_ns = 5 * NS_PER_S;
/* Fork events are of the whole machine: on a busy one they are taken in
 * batches.  None is lost, they wait in their socket. */
static const int64_t events_pause_ns = 10 * NS_PER_MS;
/* A reader that does not read gets this long after a second signal. */
static const int64_t leave_ns = 500 * NS_PER_MS;

/* ---- sampling ------------------------------------------------------------------ */

static void
start_sampling(struct loop *l, int64_t now_ns)
{
	if (l->timer_fd != -1)
		return;
	l->sampler.options.interval_ns = l->interval_ns;
	l->ticks = (struct ticks){ .start_ns = now_ns,
	    .interval_ns = l->interval_ns };
	l->timer_fd = plat_timer_start(l->plat, now_ns + l->interval_ns,
	    l->interval_ns);
}

static void
show(struct loop *l, const struct sample *m)
{
	struct buf *out = pass_own(&l->pass);

	session_sample(&l->session, m, &l->sampler.tree);
	if (l->view.kind == VIEW_CSV)
		view_csv(&l->view, out, m, l->sampler.tree.n,
		    l->session.start_ns);
	else if (l->view.kind == VIEW_LIVE)
		view_live(&l->view, out, m, l->sampler.tree.n,
		    &l->session.peak);
}

static void
watch_target(struct loop *l, int64_t now_ns)
{
	char text[64];
	bool alive = tree_roots(&l->sampler.tree) > 0;

	if (l->sampler.tree.n > 0)
		l->gone_ns = 0;
	else if (l->gone_ns == 0)
		l->gone_ns = now_ns;
	if (!target_is_set(&l->sampler.target) || l->opts->command != NULL ||
	    l->is_managed)		/* it comes and goes as it should */
		return;
	if (!alive && !l->missing_noted) {
		l->missing_noted = true;
		session_note(&l->session, now_ns, "warn", "target_missing",
		    "%s: %s", target_text(&l->sampler.target, text,
		    sizeof(text)), l->sampler.is_hidden ?
		    "its process belongs to another user and cannot be seen" :
		    "no process to sample (yet)");
	} else if (alive && l->missing_noted) {
		l->missing_noted = false;
		session_note(&l->session, now_ns, "info", "root_back",
		    "%s: sampling process %d", target_text(&l->sampler.target,
		    text, sizeof(text)), l->sampler.tree.v[0]->id.pid);
	}
}

static void
take_sample(struct loop *l, int64_t now_ns, int64_t late_ns, int64_t missed,
    bool is_full)
{
	int64_t cpu_ns = plat_thread_cpu_ns(), read_ns;
	struct sample m;

	sampler_take(&l->sampler, now_ns, is_full, &m);
	m.late_ns = late_ns;
	m.missed = missed;
	read_ns = plat_thread_cpu_ns();
	m.cost_ns = read_ns - cpu_ns + l->emit_cost_ns;
	show(l, &m);
	if (l->opts->share != NULL && now_ns - l->shared_ns >= NS_PER_S / 2) {
		share_write(l->opts->share, &m, now_ns - l->session.origin_ns);
		l->shared_ns = now_ns;
	}
	watch_target(l, now_ns);
	session_settle(&l->session, now_ns, false);
	l->emit_cost_ns = plat_thread_cpu_ns() - read_ns;
}

static void
tick(struct loop *l, int64_t now_ns)
{
	int64_t late_ns, missed;
	bool is_due = ticks_take(&l->ticks, now_ns, &late_ns, &missed);

	plat_timer_ack(l->plat, ticks_due_ns(&l->ticks, l->ticks.taken + 1));
	if (is_due)
		take_sample(l, now_ns, late_ns, missed, false);
}

/* ---- the stream ------------------------------------------------------------------- */

static void
use_run(struct loop *l, const struct sniff_record *r, int64_t now_ns)
{
	if (l->opts->interval_ns == -1 && r->memory_interval_ns >=
	    OPTS_INTERVAL_MIN_NS && l->timer_fd == -1)
		l->interval_ns = r->memory_interval_ns;
	l->had_run = true;
	l->is_managed = r->is_later;
	if (r->version != RECORD_VERSION)
		diag_warnx("standard input: run record of version %lld, "
		    "expected %d: passing it on", (long long)r->version,
		    RECORD_VERSION);
	(void)now_ns;
}

/* Nothing on the command line says whom to sample: the stream does. */
static bool
follows_stream(const struct loop *l)
{
	return l->opts->target.pid == 0 && l->opts->target.name == NULL &&
	    l->opts->target.n_ports == 0;
}

/*
 * A server that was started just now: it is sampled before it listens.  In a
 * recording played back the pid is somebody else's by now.
 */
static void
saw_start(struct loop *l, const struct sniff_record *r, int64_t now_ns)
{
	int64_t age_ns = now_ns - (l->session.origin_ns + r->t_ns);

	l->is_managed = true;
	if (l->session.is_live && r->t_ns >= 0 && age_ns < start_fresh_ns &&
	    age_ns > -start_fresh_ns)
		sampler_take_root(&l->sampler, r->pid, now_ns);
}

static void
saw_record(void *arg, const struct sniff_record *r)
{
	struct loop *l = arg;
	int64_t now_ns = clock_mono_ns();
	bool is_new_port = false;

	session_saw(&l->session, r, now_ns);
	if (r->type == RECORD_RUN)
		use_run(l, r, now_ns);
	if (r->port > 0 && follows_stream(l)) {
		if (target_url_is_local(r->url))
			is_new_port = target_add_port(&l->sampler.target,
			    r->port);
		else if (r->type == RECORD_RUN)
			session_note(&l->session, now_ns, "warn",
			    "target_missing", "%s is on another machine: "
			    "only this machine's own memory is sampled",
			    r->url);
	}
	if (r->type == RECORD_LOAD && !r->is_end && r->pid > 0 &&
	    follows_stream(l))
		saw_start(l, r, now_ns);
	if (r->type == RECORD_LOAD && !r->is_end)
		sampler_load_begins(&l->sampler);
	if (r->type == RECORD_LOAD && r->is_end && r->is_ok)
		sampler_load_ended(&l->sampler, now_ns);
	if (l->had_run && l->timer_fd == -1) {
		/* Finding the owner of a port takes milliseconds: the first
		 * tick is due after it. */
		if (target_is_set(&l->sampler.target))
			sampler_lookup(&l->sampler, now_ns);
		now_ns = clock_mono_ns();
		start_sampling(l, now_ns);
		take_sample(l, now_ns, 0, 0, true);
	} else if (is_new_port) {
		sampler_lookup(&l->sampler, now_ns);
	}
}

static void
read_input(struct loop *l)
{
	switch (pass_read(&l->pass, saw_record, l)) {
	case PASS_DATA:
		break;
	case PASS_ERROR:
		l->interrupted = true;
		l->done = true;
		break;
	case PASS_END:
		l->done = true;
		break;
	}
}

/* ---- ends ---------------------------------------------------------------------------- */

static void
reap(struct loop *l)
{
	int status;

	if (l->child > 0 && waitpid(l->child, &status, WNOHANG) == l->child) {
		l->child = 0;
		l->child_status = status;
		sampler_events(&l->sampler, clock_mono_ns());
		l->done = true;
	}
}

static void
take_signals(struct loop *l)
{
	struct signals s;

	signals_take(&s);
	l->signals += s.ended;
	if (s.ended > 0 && l->child > 0) {
		/* The terminal's own signal has reached the command, too. */
		if (l->signals > 1)
			kill(l->child, SIGKILL);
		else if (s.from_process)
			kill(l->child, s.last);
	} else if (s.ended > 0 && !l->is_filter) {
		l->done = true;
	} else if (l->signals > 1) {
		/* The first one reached the upstream as well: it ends its
		 * stream, and nothing of it may be lost. */
		l->done = true;
		l->interrupted = true;
	}
	if (s.child)
		reap(l);
}

/* Alone, without a command: has the target ended, or the time? */
static void
check_ends(struct loop *l, int64_t now_ns)
{
	int64_t grace;

	if (l->opts->for_ns >= 0 && now_ns - l->session.start_ns >=
	    l->opts->for_ns) {
		if (l->child > 0) {
			kill(l->child, SIGTERM);
			return;
		}
		l->done = true;
	}
	if (l->is_filter || l->opts->command != NULL || l->gone_ns == 0)
		return;
	grace = l->opts->wait_ns;
	if (l->sampler.had_root && l->opts->target.pid == 0 &&
	    grace < comeback_ns)
		grace = comeback_ns;
	if (now_ns - l->gone_ns >= grace)
		l->done = true;
}

/* ---- the loop ------------------------------------------------------------------------- */

enum { AT_SIGNAL, AT_INPUT, AT_OUTPUT, AT_TIMER, AT_EVENTS, AT_COUNT };

static void
wait_for_something(struct loop *l, struct pollfd fds[AT_COUNT])
{
	int64_t pause_ns = l->events_ns + events_pause_ns - clock_mono_ns();
	int timeout_ms = pause_ns <= 0 ? -1 :
	    (int)((pause_ns + NS_PER_MS - 1) / NS_PER_MS);

	memset(fds, 0, AT_COUNT * sizeof(*fds));
	fds[AT_SIGNAL] = (struct pollfd){ .fd = l->signal_fd,
	    .events = POLLIN };
	fds[AT_INPUT] = (struct pollfd){ .fd = pass_wants_input(&l->pass) ?
	    l->pass.in_fd : -1, .events = POLLIN };
	fds[AT_OUTPUT] = (struct pollfd){ .fd = outq_pending(&l->pass.out) > 0
	    ? l->pass.out.fd : -1, .events = POLLOUT };
	fds[AT_TIMER] = (struct pollfd){ .fd = l->timer_fd, .events = POLLIN };
	fds[AT_EVENTS] = (struct pollfd){ .fd = pause_ns > 0 ? -1 :
	    plat_event_fd(l->plat), .events = POLLIN };
	if (poll(fds, AT_COUNT, timeout_ms) == -1)
		for (int i = 0; i < AT_COUNT; i++)
			fds[i].revents = 0;
}

/* Own lines join the queue, and what the reader takes leaves it. */
static void
send_output(struct loop *l, int64_t now_ns, bool has_data)
{
	if (!has_data && l->interval_ns < l->gather_ns &&
	    l->pass.own.len < gather_bytes &&
	    now_ns - l->flushed_ns < l->gather_ns && !l->done)
		return;
	pass_merge(&l->pass);
	l->flushed_ns = now_ns;
	if (outq_flush_some(&l->pass.out) == -1) {
		l->done = true;
		if (l->pass.out.error != EPIPE) {
			errno = l->pass.out.error;
			diag_warn("standard output");
		}
	}
}

static void
run(struct loop *l)
{
	struct pollfd fds[AT_COUNT];
	int64_t now_ns;

	while (!l->done) {
		wait_for_something(l, fds);
		now_ns = clock_mono_ns();
		/* Ticks first: whatever else is waiting must not delay them. */
		if (fds[AT_TIMER].revents != 0)
			tick(l, now_ns);
		if (fds[AT_EVENTS].revents != 0) {
			sampler_events(&l->sampler, now_ns);
			l->events_ns = now_ns;
		}
		if (fds[AT_INPUT].revents != 0)
			read_input(l);
		if (fds[AT_SIGNAL].revents != 0)
			take_signals(l);
		if (l->timer_fd != -1)
			check_ends(l, now_ns);
		send_output(l, now_ns, fds[AT_INPUT].revents != 0 ||
		    outq_pending(&l->pass.out) > 0);
	}
}

/* ---- begin and end ---------------------------------------------------------------------- */

/* Start the command.  It runs its own program when this returns 0. */
static int
begin_command(struct loop *l)
{
	const struct opts *o = l->opts;

	l->child = command_start(o->command, o->output != NULL ||
	    l->view.kind == VIEW_NONE);
	if (l->child == -1)
		return -1;
	l->sampler.target.pid = l->child;
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
		session_begin(&l->session, &l->sampler.target, l->interval_ns);
	if (!sampler_lookup(&l->sampler, now_ns) && o->wait_ns == 0 &&
	    o->command == NULL) {
		diag_warnx("%s: %s", target_text(&l->sampler.target, text,
		    sizeof(text)), l->sampler.is_hidden ?
		    "its process belongs to another user: try as that user" :
		    o->target.n_ports > 0 ? "nothing listens there; start "
		    "the server first, or give --wait" :
		    "there is no such process; start it first, or give --wait");
		return -1;
	}
	start_sampling(l, now_ns);
	take_sample(l, now_ns, 0, 0, true);
	return 0;
}

/* The command has ended or must: nothing we started stays behind. */
static void
stop_child(struct loop *l)
{
	int64_t until = clock_mono_ns() + 2 * NS_PER_S;
	int sig = SIGTERM;

	while (l->child > 0) {
		kill(l->child, sig);
		clock_sleep_until(clock_mono_ns() + 10 * NS_PER_MS);
		reap(l);
		if (clock_mono_ns() > until)
			sig = SIGKILL;
	}
}

static void
summarize(struct loop *l, int64_t now_ns)
{
	struct buf out = BUF_INIT;
	struct rusage u;
	int64_t cpu_ns = -1;

	if (getrusage(RUSAGE_CHILDREN, &u) == 0)
		cpu_ns = (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * NS_PER_S +
		    (u.ru_utime.tv_usec + u.ru_stime.tv_usec) * NS_PER_US;
	view_summary(&out, &l->session, &(struct view_command){
	    .name = l->opts->command[0], .status = l->child_status,
	    .wall_ns = now_ns - l->session.start_ns, .cpu_ns = cpu_ns });
	fputs(buf_cstr(&out), stderr);
	buf_fini(&out);
}

/* What waits for the disk is written.  Returns 0, or -1 after a message. */
static int
close_writer(struct loop *l, int64_t until)
{
	int error;

	if (l->writer_fd == -1)
		return 0;
	outq_fini(&l->pass.out);
	close(l->writer_fd);
	if ((error = writer_close(until)) == 0)
		return 0;
	if (error != EPIPE) {
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
	if (l->timer_fd != -1 && (l->is_filter || l->sampler.tree.n > 0))
		take_sample(l, now_ns, 0, 0, true);
	if (l->view.kind == VIEW_RECORDS)
		session_end(&l->session, now_ns, l->interrupted,
		    l->child_status);
	else if (l->view.kind == VIEW_LIVE)
		buf_addc(pass_own(&l->pass), '\n');
	if (l->interrupted)
		until = clock_mono_ns() + leave_ns;
	pass_merge(&l->pass);
	is_broken = l->pass.out.is_broken;
	outq_drain(&l->pass.out, until);
	if (l->pass.out.is_broken && !is_broken &&
	    l->pass.out.error != EPIPE) {
		errno = l->pass.out.error;
		diag_warn("standard output");
	}
	is_broken = close_writer(l, until) == -1 || l->pass.out.is_broken;
	if (l->opts->share != NULL)
		share_remove(l->opts->share);
	if (l->opts->command != NULL)
		summarize(l, now_ns);
	if (is_broken || l->interrupted)
		return EXIT_SYSTEM;
	if (l->is_filter && !l->had_run) {
		diag_warnx("standard input: no run record, so nothing was "
		    "sampled; is it the output of 'lmsdrive run'?");
		return EXIT_INPUT;
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

int
loop_main(const struct opts *o, bool is_filter, int out_fd)
{
	struct loop l = { .opts = o, .is_filter = is_filter, .timer_fd = -1,
	    .child_status = -1 };
	struct sampler_options so = { .reset_peak = o->reset_peak,
	    .want_pages = o->pss };
	struct plat_options po = { .no_events = o->no_events };
	int status = EXIT_SYSTEM, fd;

	if ((l.plat = plat_open(&po)) == NULL)
		return EXIT_SYSTEM;
	if ((l.signal_fd = signals_open()) == -1) {
		diag_warn("signals");
		plat_close(l.plat);
		return EXIT_SYSTEM;
	}
	l.interval_ns = o->interval_ns != -1 ? o->interval_ns :
	    interval_default_ns;
	l.view.kind = view_for(o, is_filter, out_fd);
	fd = writer_open(out_fd);
	l.writer_fd = fd != out_fd ? fd : -1;
	l.gather_ns = l.writer_fd != -1 && !isatty(out_fd) ?
	    gather_for_file_ns : gather_ns;
	pass_init(&l.pass, is_filter ? STDIN_FILENO : -1, fd);
	session_init(&l.session, pass_own(&l.pass), is_filter);
	l.session.per_process = o->per_process;
	sampler_init(&l.sampler, l.plat, &so, session_event, &l.session);
	l.sampler.target = o->target;
	if (o->realtime && (l.session.realtime =
	    plat_realtime(l.interval_ns)) == NULL)
		l.session.realtime = "";
	if (is_filter || begin_alone(&l) == 0) {
		run(&l);
		status = finish(&l);
	} else if (l.opts->share != NULL) {
		share_remove(l.opts->share);
	}
	sampler_fini(&l.sampler);
	session_fini(&l.session);
	pass_fini(&l.pass);
	plat_close(l.plat);
	return status;
}
