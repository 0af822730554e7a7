#include "show/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "host.h"
#include "raw.h"
#include "version.h"

static const char tool[] = "memsample " LMGAUGE_VERSION;

/* The stream arrives a little after what it tells: a death waits this long
 * for the unload that explains it. */
static const int64_t death_grace_ns = 400 * NS_PER_MS;
static const int64_t unload_grace_ns = 5 * NS_PER_S;

void
session_init(struct session *s, struct buf *out, bool is_filter)
{
	*s = (struct session){ .out = out, .is_filter = is_filter,
	    .managed_ns = -1, .loading = { .until_ns = -1 } };
	s->start_ns = clock_mono_ns();
	s->start_cpu_ns = clock_cpu_ns(RUSAGE_SELF);
	counters_clear(&s->peak);
}

void
session_fini(struct session *s)
{
	buf_fini(&s->late_note);
	buf_fini(&s->late_root);
}

static int64_t
t_of(const struct session *s, int64_t now_ns)
{
	return now_ns > s->origin_ns ? now_ns - s->origin_ns : 0;
}

static void
begin(struct session *s, struct json *j, const char *type, int64_t now_ns)
{
	record_begin(j, s->out, type, s->run, t_of(s, now_ns));
	s->records++;
}

static void
write_row(struct session *s, enum record_type type, int64_t now_ns,
    const void *row, unsigned cases)
{
	raw_write(s->out, type, s->run, t_of(s, now_ns), row, cases);
	s->records++;
}

void
session_begin(struct session *s, const struct watched *t, int64_t interval_ns)
{
	char wall[CLOCK_WALL_CAP], origin[24];
	struct host h;
	struct json j;

	host_read(&h);
	record_new_run_id(s->run);
	s->has_run = true;
	s->origin_ns = s->start_ns;
	snprintf(origin, sizeof(origin), "%lld", (long long)s->origin_ns);
	begin(s, &j, "run", s->origin_ns);
	json_int(&j, "v", RECORD_VERSION);
	json_str(&j, "stream", "raw");
	json_str(&j, "tool", tool);
	json_str(&j, "wall", clock_wall(wall));
	json_str(&j, "origin_ns", origin);
	json_str(&j, "boot_id", h.boot_id[0] != '\0' ? h.boot_id : NULL);
	host_write(&j, &h);
	if (t->n_ports > 0) {
		json_object(&j, "server");
		json_null(&j, "url");
		json_int(&j, "port", t->ports[0]);
		json_close(&j);
	} else {
		json_null(&j, "server");
	}
	json_bool(&j, "simulated", false);
	json_int(&j, "memory_interval_ns", interval_ns);
	json_end_line(&j);
}

/* ---- the stream --------------------------------------------------------- */

static void
saw_run(struct session *s, const struct sniff_record *r, int64_t now_ns)
{
	struct host h;

	snprintf(s->run, sizeof(s->run), "%s", r->run);
	host_read(&h);
	if (r->origin_ns >= 0 && r->origin_ns <= now_ns && (r->boot_id[0] ==
	    '\0' || strcmp(r->boot_id, h.boot_id) == 0)) {
		s->origin_ns = r->origin_ns;
		s->has_run = s->is_live = true;
		return;
	}
	/* A recording played back: its clock is not ours. */
	s->origin_ns = now_ns;
	s->has_run = true;
	session_note(s, now_ns, "warn", "clock_replaced",
	    "the stream was recorded on another clock: memory times count "
	    "from the moment it passed here");
}

/* From then on lmsdrive ends the server of the step. */
static void
begin_ending(struct session *s, int64_t from_ns)
{
	s->ending[s->n_endings++ % SESSION_ENDINGS] =
	    (struct session_span){ from_ns, INT64_MAX, s->port };
}

static size_t
endings(const struct session *s)
{
	return s->n_endings < SESSION_ENDINGS ? s->n_endings : SESSION_ENDINGS;
}

static void
end_endings(struct session *s, int64_t until_ns)
{
	for (size_t i = 0; i < endings(s); i++)
		if (s->ending[i].until_ns > until_ns)
			s->ending[i].until_ns = until_ns;
}

/*
 * Is it lmsdrive that ended the root?  What ended before or after was not
 * ended by it, however late the record comes; when exactly it ended is known
 * to a sample, and told later, perhaps, than the end of the next server.
 */
static bool
is_explained(const struct session *s)
{
	const struct session_span *e, *d = &s->late_root_span;

	for (e = s->ending; e < s->ending + endings(s); e++)
		if (d->until_ns >= e->from_ns && d->from_ns <= e->until_ns &&
		    (d->port == 0 || e->port == 0 || d->port == e->port))
			return true;
	return false;
}

/* A server that is started for a load goes again when that fails. */
static void
saw_load(struct session *s, const struct sniff_record *r)
{
	s->loading.until_ns = r->is_end ? r->t_ns : INT64_MAX;
	if (!r->is_end) {
		s->loading.from_ns = r->t_ns;
		end_endings(s, r->t_ns);
		s->managed_ns = r->pid > 0 ? r->t_ns : -1;
	} else if (r->is_ok) {
		s->loaded++;
		s->awaits_swap = r->is_untimed;
	} else if (s->managed_ns != -1)
		begin_ending(s, s->managed_ns);
}

static void
saw_unload(struct session *s, const struct sniff_record *r, int64_t now_ns)
{
	s->is_unloading = !r->is_end;
	s->unload_at_ns = now_ns;
	if (!r->is_end) {
		if (t_of(s, s->late_note_at_ns) >= r->t_ns)
			buf_clear(&s->late_note);	/* explained */
		if (r->ends_server)
			begin_ending(s, r->t_ns);
		return;
	}
	end_endings(s, r->t_ns);
	if (s->loaded > 0)
		s->loaded--;
}

void
session_saw(struct session *s, const struct sniff_record *r, int64_t now_ns)
{
	switch (r->type) {
	case RECORD_RUN:
		saw_run(s, r, now_ns);
		break;
	case RECORD_STEP:
		s->step = r->step > 0 ? r->step : 0;
		s->port = r->port;
		if (s->awaits_swap)
			s->swap_at_ns = now_ns;
		s->awaits_swap = false;
		break;
	case RECORD_LOAD:
		saw_load(s, r);
		break;
	case RECORD_UNLOAD:
		saw_unload(s, r, now_ns);
		break;
	default:
		break;
	}
	if (is_explained(s))
		buf_clear(&s->late_root);
}

void
session_stream_ends(struct session *s, int64_t now_ns)
{
	int64_t from_ns = now_ns - death_grace_ns;

	if (s->managed_ns == -1)
		return;
	s->is_unloading = true;
	s->port = 0;			/* each of them */
	begin_ending(s, t_of(s, from_ns));
	if (is_explained(s))
		buf_clear(&s->late_root);
	if (s->late_note_at_ns >= from_ns)
		buf_clear(&s->late_note);
}

/* ---- peaks -------------------------------------------------------------- */

void
session_peak(struct session *s, enum counter c, int64_t value, int64_t at_ns)
{
	if (value <= s->peak.v[c])
		return;
	s->peak.v[c] = value;
	s->peak_at_ns[c] = at_ns;
}

/* ---- processes ---------------------------------------------------------- */

static const char *
event_name(enum sampler_event event)
{
	switch (event) {
	case SAMPLER_APPEAR:
		return "appear";
	case SAMPLER_EXEC:
		return "exec";
	case SAMPLER_EXIT:
		return "exit";
	default:
		return "worker";
	}
}

/* How it ended: one of the two, or neither. */
static void
take_status(int status, int64_t *exit_code, int64_t *signal)
{
	*exit_code = status >= 0 && WIFEXITED(status) ?
	    WEXITSTATUS(status) : -1;
	*signal = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void
write_proc(struct session *s, const char *event, const struct tree_proc *p,
    int64_t at_ns, int status)
{
	bool is_exit = strcmp(event, "exit") == 0;
	unsigned cases;
	struct raw_proc row = {
		.event = event, .pid = p->id.pid, .ppid = p->id.ppid,
		.name = p->id.name, .exe = p->exe,
		.role = tree_role_name(p->role),
		.port = p->port > 0 ? p->port : -1, .options = p->options,
		.peak_rss_bytes = p->last.v[COUNTER_PEAK_RSS],
		.peak_footprint_bytes = p->last.v[COUNTER_PEAK_FOOTPRINT],
		.cpu_ns = p->last.v[COUNTER_CPU]
	};
	char start[24];

	/* 64 bits: text, as no JSON number keeps them all. */
	snprintf(start, sizeof(start), "%llu", (unsigned long long)p->id.start);
	if (p->id.start != 0)
		row.start = start;
	take_status(status, &row.exit_code, &row.signal);
	if (is_exit)
		cases = row.peak_footprint_bytes < 0 ? PROC_EXIT :
		    PROC_EXIT | PROC_FOOTPRINT;
	else if (p->options != NULL)
		cases = PROC_OPTIONS | PROC_PORT;
	else
		cases = p->is_root && p->port > 0 ? PROC_PORT : 0;
	write_row(s, RECORD_PROC, at_ns, &row, cases);
}

static void
how_it_ended(char *out, size_t cap, int status)
{
	if (status >= 0 && WIFSIGNALED(status))
		snprintf(out, cap, "killed by signal %d", WTERMSIG(status));
	else if (status >= 0 && WIFEXITED(status))
		snprintf(out, cap, "exit code %d", WEXITSTATUS(status));
	else
		snprintf(out, cap, "it is not known how");
}

/*
 * Is the worker one of a model that was unloaded, and not the next one?  Then
 * it may stay until there is another one, as far as the stream knows, or a
 * little longer; what loads by itself swaps models with the first request.
 */
static bool
is_done_with(const struct session *s, const struct tree_proc *p, int64_t at_ns)
{
	int64_t since_ns = s->swap_at_ns > s->unload_at_ns ? s->swap_at_ns :
	    s->unload_at_ns;

	return s->is_unloading || (s->unload_at_ns > 0 &&
	    p->seen_ns <= s->unload_at_ns &&
	    (s->loaded == 0 || at_ns - since_ns < unload_grace_ns));
}

/*
 * Did it come and go while a model was loaded (a look at the devices, a trial)
 * without a crash that is known of?  How the load ended says the rest.
 */
static bool
is_of_load(const struct session *s, const struct tree_proc *p, int64_t at_ns,
    int status)
{
	return (status < 0 || (WIFEXITED(status) &&
	    WEXITSTATUS(status) == 0)) && t_of(s, at_ns) <=
	    s->loading.until_ns && t_of(s, p->seen_ns) >= s->loading.from_ns;
}

/* A root or a worker has ended: is it a finding? */
static void
note_death(struct session *s, const struct tree_proc *p, int64_t at_ns,
    int status)
{
	bool is_root = p->is_root;
	char how[48];

	if (!s->has_run || (is_root && s->is_command))
		return;
	if (!is_root && (is_done_with(s, p, at_ns) ||
	    is_of_load(s, p, at_ns, status)))
		return;
	if (is_root) {
		s->late_root_span = (struct session_span){ t_of(s,
		    p->read_ns > 0 ? p->read_ns : p->seen_ns), t_of(s, at_ns),
		    p->port };
		if (is_explained(s))
			return;
	} else
		s->late_note_at_ns = at_ns;
	how_it_ended(how, sizeof(how), status);
	record_note(is_root ? &s->late_root : &s->late_note, s->run,
	    t_of(s, at_ns), "warn",
	    is_root ? "root_exit" : "worker_exit", s->step,
	    "%s (pid %d, %s) ended: %s", p->id.name, p->id.pid,
	    tree_role_name(p->role), how);
	s->late_note_due_ns = at_ns + death_grace_ns;
}

void
session_event(void *arg, enum sampler_event event, const struct tree_proc *p,
    int64_t at_ns, int status)
{
	struct session *s = arg;

	/* A process that ends may have been larger than any sample saw. */
	if (event == SAMPLER_EXIT)
		session_peak(s, COUNTER_PEAK_RSS, p->last.v[COUNTER_PEAK_RSS],
		    at_ns);
	if (!s->has_run)
		return;
	if (event == SAMPLER_DENIED) {
		session_note(s, at_ns, s->has_denied ? "warn" : "error",
		    "counter_denied", "%s (pid %d): its counters may not be "
		    "read by this user, so its memory is not measured",
		    p->id.name, p->id.pid);
		s->has_denied = true;
		return;
	}
	write_proc(s, event_name(event), p, at_ns, status);
	if (event == SAMPLER_EXIT && (p->is_root || p->role == TREE_WORKER))
		note_death(s, p, at_ns, status);
}

static void
settle(struct session *s, struct buf *note)
{
	buf_add(s->out, note->data, note->len);
	for (size_t i = 0; i < note->len; i++)
		s->deaths += note->data[i] == '\n';
	buf_clear(note);
}

void
session_settle(struct session *s, int64_t now_ns, bool is_end)
{
	if (!is_end && now_ns < s->late_note_due_ns)
		return;
	settle(s, &s->late_note);
	settle(s, &s->late_root);
}

/* ---- samples ------------------------------------------------------------ */

static void
write_procs(struct json *j, const struct tree *t)
{
	json_array(j, "procs");
	for (size_t i = 0; i < t->n; i++) {
		if (t->v[i]->gone_ns != 0)
			continue;
		json_object(j, NULL);
		json_int(j, "pid", t->v[i]->id.pid);
		counters_write(j, &t->v[i]->now);
		json_close(j);
	}
	json_close(j);
}

/* Of several servers each; of one, the figures are its own. */
static void
write_servers(struct json *j, const struct sample *m)
{
	if (m->port != 0)
		json_int(j, "port", m->port);
	if (m->n_servers == 0)
		return;
	json_array(j, "servers");
	for (size_t i = 0; i < m->n_servers; i++) {
		json_object(j, NULL);
		json_int(j, "port", m->servers[i].port);
		json_int(j, "n_procs", (int64_t)m->servers[i].n_procs);
		counters_write_known(j, &m->servers[i].sum);
		json_close(j);
	}
	json_close(j);
}

void
session_sample(struct session *s, const struct sample *m,
    const struct tree *t)
{
	struct json j;

	s->samples++;
	s->missed += (uint64_t)m->missed;
	if (m->late_ns > s->worst_late_ns)
		s->worst_late_ns = m->late_ns;
	for (int i = 0; i < COUNTER_N; i++)
		session_peak(s, (enum counter)i, m->sum.v[i], m->at_ns);
	if (!s->has_run)
		return;
	begin(s, &j, "mem", m->at_ns);
	json_array(&j, "pids");
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i]->gone_ns == 0)
			json_int(&j, NULL, t->v[i]->id.pid);
	json_close(&j);
	json_int(&j, "n_procs", (int64_t)m->n_procs);
	if (m->unread > 0)
		json_int(&j, "unread", (int64_t)m->unread);
	counters_write(&j, &m->sum);
	write_servers(&j, m);
	sys_counters_write(&j, &m->sys, m->at_ns);
	if (s->per_process)
		write_procs(&j, t);
	json_int(&j, "late_ns", m->late_ns);
	json_int(&j, "missed", m->missed);
	json_int(&j, "cost_ns", m->cost_ns);
	json_end_line(&j);
}

void
session_note(struct session *s, int64_t now_ns, const char *level,
    const char *code, const char *fmt, ...)
{
	char message[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	if (!s->has_run || strcmp(level, "error") == 0)
		diag_warnx("%s", message);
	if (!s->has_run)
		return;
	record_note(s->out, s->run, t_of(s, now_ns), level, code, s->step,
	    "%s", message);
	s->records++;
}

void
session_end(struct session *s, int64_t now_ns, bool interrupted,
    int command_status)
{
	unsigned cases = END_SAMPLER;
	struct raw_end row;

	if (!s->has_run)
		return;
	session_settle(s, now_ns, true);
	raw_init(RECORD_END, &row);
	row.tool = tool;
	row.records = (int64_t)s->records + s->deaths + 1;
	row.interrupted = interrupted;
	take_status(command_status, &row.exit_code, &row.signal);
	row.cpu_ns = clock_cpu_ns(RUSAGE_SELF) - s->start_cpu_ns;
	row.max_rss_bytes = host_own_peak_rss_bytes();
	row.wall_ns = now_ns - s->start_ns;
	row.samples = (int64_t)s->samples;
	row.missed = (int64_t)s->missed;
	row.worst_late_ns = s->worst_late_ns;
	cases |= command_status != -1 ? END_COMMAND : 0;
	write_row(s, RECORD_END, now_ns, &row, cases);
}
