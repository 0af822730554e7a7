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

void
session_init(struct session *s, struct buf *out)
{
	*s = (struct session){ .out = out,
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

int64_t
session_t(const struct session *s, int64_t now_ns)
{
	return now_ns > s->origin_ns ? now_ns - s->origin_ns : 0;
}

static void
begin(struct session *s, struct json *j, const char *type, int64_t now_ns)
{
	record_begin(j, s->out, type, s->run, session_t(s, now_ns));
	s->records++;
}

static void
write_row(struct session *s, enum record_type type, int64_t now_ns,
    const void *row, unsigned cases)
{
	raw_write(s->out, type, s->run, session_t(s, now_ns), row, cases);
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

/* How it ended: one of the two, or neither. */
static void
take_status(int status, int64_t *exit_code, int64_t *signal)
{
	*exit_code = status >= 0 && WIFEXITED(status) ?
	    WEXITSTATUS(status) : -1;
	*signal = status >= 0 && WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

static void
write_proc(struct session *s, enum sampler_event event,
    const struct tree_proc *p, int64_t at_ns, int status)
{
	static const char *const events[] = { [SAMPLER_APPEAR] = "appear",
		[SAMPLER_EXEC] = "exec", [SAMPLER_EXIT] = "exit",
		[SAMPLER_WORKER] = "worker" };
	unsigned cases;
	struct raw_proc row = {
		.event = events[event], .pid = p->id.pid, .ppid = p->id.ppid,
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
	if (event == SAMPLER_EXIT)
		cases = row.peak_footprint_bytes < 0 ? PROC_EXIT :
		    PROC_EXIT | PROC_FOOTPRINT;
	else if (p->options != NULL)
		cases = PROC_OPTIONS | PROC_PORT;
	else
		cases = p->is_root && p->port > 0 ? PROC_PORT : 0;
	write_row(s, RECORD_PROC, at_ns, &row, cases);
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
	write_proc(s, event, p, at_ns, status);
	if (event == SAMPLER_EXIT && (p->is_root || p->role == TREE_WORKER))
		session_died(s, p, at_ns, status);
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
	record_note(s->out, s->run, session_t(s, now_ns), level, code, s->step,
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
