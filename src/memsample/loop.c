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
#include <string.h>
#include <sys/wait.h>

#include "clock.h"
#include "diag.h"
#include "host.h"
#include "signals.h"

static const size_t gather_bytes = 16 * 1024;
/* A start told by a record this old is history. */
static const int64_t start_fresh_ns = 5 * NS_PER_S;
/* A server found by port or name may be starting again. */
static const int64_t comeback_ns = 5 * NS_PER_S;
/* A window that closes, or a service that is stopped, sends two or three
 * signals at a time: within this long they are one. */
static const int64_t one_signal_ns = NS_PER_S;

/* ---- sampling ----------------------------------------------------------- */

static void
show(struct loop *l, const struct sample *m)
{
	struct buf *out = &l->pass.own;

	session_sample(&l->session, m, &l->sampler.tree);
	if (l->view.kind == VIEW_CSV)
		view_csv(&l->view, out, m, l->session.start_ns);
	else if (l->view.kind == VIEW_LIVE)
		view_live(&l->view, out, m, &l->session.peak);
}

static void
watch_target(struct loop *l, int64_t now_ns)
{
	char text[64];
	const struct tree_proc *root = tree_root(&l->sampler.tree);

	if (l->sampler.tree.n > 0)
		l->gone_ns = 0;
	else if (l->gone_ns == 0)
		l->gone_ns = now_ns;
	if (!watched_is_set(&l->sampler.watched) || l->opts->command != NULL ||
	    l->is_managed)		/* it comes and goes as it should */
		return;
	if (root == NULL && !l->missing_noted) {
		l->missing_noted = true;
		session_note(&l->session, now_ns, l->sampler.is_hidden ?
		    "error" : "warn", "target_missing",
		    "%s: %s", watched_text(&l->sampler.watched, text,
		    sizeof(text)), l->sampler.is_hidden ?
		    "its process belongs to another user, so its memory is "
		    "not measured: run as that user, or as root" :
		    "no process to sample (yet)");
	} else if (root != NULL && l->missing_noted) {
		l->missing_noted = false;
		session_note(&l->session, now_ns, "info", "root_back",
		    "%s: sampling process %d", watched_text(&l->sampler.watched,
		    text, sizeof(text)), root->id.pid);
	}
}

void
loop_take_sample(struct loop *l, int64_t now_ns, int64_t late_ns,
    int64_t missed, bool is_full)
{
	int64_t cpu_ns = clock_thread_cpu_ns(), read_ns;
	struct sample m;

	sampler_take(&l->sampler, now_ns, is_full, &m);
	m.late_ns = late_ns;
	m.missed = missed;
	read_ns = clock_thread_cpu_ns();
	m.cost_ns = read_ns - cpu_ns + l->emit_cost_ns;
	show(l, &m);
	watch_target(l, now_ns);
	session_settle(&l->session, now_ns, false);
	l->emit_cost_ns = clock_thread_cpu_ns() - read_ns;
}

void
loop_start_sampling(struct loop *l, int64_t now_ns)
{
	l->is_sampling = true;
	l->sampler.options.interval_ns = l->interval_ns;
	l->ticks = (struct ticks){ .start_ns = now_ns,
	    .interval_ns = l->interval_ns };
	loop_take_sample(l, now_ns, 0, 0, true);
}

int64_t
ticks_due_ns(const struct ticks *t, int64_t n)
{
	return t->start_ns + n * t->interval_ns;
}

bool
ticks_take(struct ticks *t, int64_t now_ns, int64_t *late_ns, int64_t *missed)
{
	int64_t n = (now_ns - t->start_ns) / t->interval_ns;

	if (n <= t->taken)
		return false;
	*late_ns = now_ns - ticks_due_ns(t, n);
	*missed = n - t->taken - 1;
	t->taken = n;
	return true;
}

static void
tick(struct loop *l, int64_t now_ns)
{
	int64_t late_ns, missed;

	if (ticks_take(&l->ticks, now_ns, &late_ns, &missed))
		loop_take_sample(l, now_ns, late_ns, missed, false);
}

/* ---- the stream --------------------------------------------------------- */

static void
use_run(struct loop *l, const struct sniff_record *r)
{
	if (l->opts->interval_ns == -1 && r->memory_interval_ns >=
	    OPTS_INTERVAL_MIN_NS && !l->is_sampling)
		l->interval_ns = r->memory_interval_ns;
	l->is_managed = r->is_later;
	if (r->version != RECORD_VERSION)
		diag_warnx("standard input: run record of version %lld, "
		    "expected %d: passing it on", (long long)r->version,
		    RECORD_VERSION);
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
	if (!l->has_process && l->session.is_live && r->t_ns >= 0 &&
	    age_ns < start_fresh_ns && age_ns > -start_fresh_ns)
		sampler_take_root(&l->sampler, r->pid, l->session.port,
		    now_ns);
}

/* Returns true when the target is another one than before. */
static bool
take_port(struct loop *l, const struct sniff_record *r)
{
	bool is_new = watched_add_port(&l->sampler.watched, r->port);

	if ((r->type == RECORD_RUN || r->type == RECORD_STEP) &&
	    watched_set_process(&l->sampler.watched, r->port, r->process)) {
		sampler_leave_port(&l->sampler, r->port);
		is_new = true;
	}
	return is_new;
}

static void
saw_record(void *arg, const struct sniff_record *r)
{
	struct loop *l = arg;
	int64_t now_ns = clock_mono_ns();
	/* Nothing on the command line says whom to sample: the stream does. */
	bool is_followed = !watched_is_set(&l->opts->watched);
	bool is_new_port = false;

	session_saw(&l->session, r, now_ns);
	if (r->type == RECORD_STEP)
		l->has_process = r->process[0] != '\0';
	if (r->type == RECORD_RUN)
		use_run(l, r);
	if (r->port > 0 && is_followed) {
		if (host_is_at(r->url))
			is_new_port = take_port(l, r);
		else if (r->type == RECORD_RUN)
			session_note(&l->session, now_ns, "warn",
			    "target_missing", "%s is on another machine: "
			    "only this machine's own memory is sampled",
			    r->url);
	}
	if (r->type == RECORD_LOAD && !r->is_end && r->pid > 0 && is_followed)
		saw_start(l, r, now_ns);
	if (r->type == RECORD_LOAD && !r->is_end)
		tree_mark_base(&l->sampler.tree);
	if (r->type == RECORD_LOAD && r->is_end && r->is_ok)
		sampler_load_ended(&l->sampler, now_ns);
	if (l->session.has_run && !l->is_sampling) {
		/* Finding the owner of a port takes milliseconds: the first
		 * tick is due after it. */
		if (watched_is_set(&l->sampler.watched))
			sampler_lookup(&l->sampler, now_ns);
		loop_start_sampling(l, clock_mono_ns());
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
		session_stream_ends(&l->session, clock_mono_ns());
		l->done = true;
		break;
	}
}

/* ---- ends --------------------------------------------------------------- */

void
loop_reap(struct loop *l)
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
take_signals(struct loop *l, int64_t now_ns)
{
	struct signals s;

	signals_take(&s);
	if (s.ended > 0 && l->signals == 0)
		l->first_signal_ns = now_ns;
	if (l->is_filter && now_ns - l->first_signal_ns < one_signal_ns)
		l->signals = s.ended > 0 || l->signals > 0;
	else
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
		loop_reap(l);
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
	if (l->sampler.had_root && l->opts->watched.pid == 0 &&
	    grace < comeback_ns)
		grace = comeback_ns;
	if (now_ns - l->gone_ns >= grace)
		l->done = true;
}

/* ---- the loop ----------------------------------------------------------- */

enum { AT_SIGNAL, AT_INPUT, AT_OUTPUT, AT_COUNT };
_Static_assert((int)AT_COUNT <= (int)PLAT_WAIT_MAX,
    "plat_wait() has room for them");

/* Returns true when events must be taken. */
static bool
wait_for_something(struct loop *l, struct pollfd fds[AT_COUNT])
{
	int64_t until_ns = l->is_sampling ?
	    ticks_due_ns(&l->ticks, l->ticks.taken + 1) : INT64_MAX;

	fds[AT_SIGNAL] = (struct pollfd){ .fd = l->signal_fd,
	    .events = POLLIN };
	fds[AT_INPUT] = (struct pollfd){ .fd = pass_wants_input(&l->pass) ?
	    l->pass.in_fd : -1, .events = POLLIN };
	fds[AT_OUTPUT] = (struct pollfd){ .fd = outq_pending(&l->pass.out) > 0
	    ? l->pass.out.fd : -1, .events = POLLOUT };
	return plat_wait(l->plat, fds, AT_COUNT, until_ns);
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

void
loop_run(struct loop *l)
{
	struct pollfd fds[AT_COUNT];
	bool has_events;
	int64_t now_ns;

	while (!l->done) {
		has_events = wait_for_something(l, fds);
		now_ns = clock_mono_ns();
		/* Ticks first: whatever else is waiting must not delay them. */
		if (l->is_sampling)
			tick(l, now_ns);
		if (has_events)
			sampler_events(&l->sampler, now_ns);
		if (fds[AT_INPUT].revents != 0)
			read_input(l);
		if (fds[AT_SIGNAL].revents != 0)
			take_signals(l, now_ns);
		if (l->is_sampling)
			check_ends(l, now_ns);
		send_output(l, now_ns, fds[AT_INPUT].revents != 0 ||
		    outq_pending(&l->pass.out) > 0);
	}
}
