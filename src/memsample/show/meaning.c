/*
 * What the stream means: when lmsdrive starts, ends and changes what is there,
 * and whether the end of a process is a finding or what it wanted.
 */
#include "show/session.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"
#include "host.h"

/* The stream arrives a little after what it tells: a death waits this long
 * for the unload that explains it. */
static const int64_t death_grace_ns = 400 * NS_PER_MS;
static const int64_t unload_grace_ns = 5 * NS_PER_S;

static void
saw_run(struct session *s, const struct sniff_record *r, int64_t now_ns)
{
	struct host h;

	snprintf(s->run, sizeof(s->run), "%s", r->run);
	host_read(&h);
	s->has_run = true;
	s->is_live = r->origin_ns >= 0 && r->origin_ns <= now_ns &&
	    (r->boot_id[0] == '\0' || strcmp(r->boot_id, h.boot_id) == 0);
	s->origin_ns = s->is_live ? r->origin_ns : now_ns;
	/* A recording played back: its clock is not ours. */
	if (!s->is_live)
		session_note(s, now_ns, "warn", "clock_replaced",
		    "the stream was recorded on another clock: memory times "
		    "count from the moment it passed here");
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
		if (session_t(s, s->late_note_at_ns) >= r->t_ns)
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
	begin_ending(s, session_t(s, from_ns));
	if (is_explained(s))
		buf_clear(&s->late_root);
	if (s->late_note_at_ns >= from_ns)
		buf_clear(&s->late_note);
}

/* ---- deaths ------------------------------------------------------------- */

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
	    WEXITSTATUS(status) == 0)) &&
	    session_t(s, at_ns) <= s->loading.until_ns &&
	    session_t(s, p->seen_ns) >= s->loading.from_ns;
}

/* A root or a worker has ended: is it a finding? */
void
session_died(struct session *s, const struct tree_proc *p, int64_t at_ns,
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
		s->late_root_span = (struct session_span){ session_t(s,
		    p->read_ns > 0 ? p->read_ns : p->seen_ns),
		    session_t(s, at_ns), p->port };
		if (is_explained(s))
			return;
	} else
		s->late_note_at_ns = at_ns;
	how_it_ended(how, sizeof(how), status);
	record_note(is_root ? &s->late_root : &s->late_note, s->run,
	    session_t(s, at_ns), "warn",
	    is_root ? "root_exit" : "worker_exit", s->step,
	    "%s (pid %d, %s) ended: %s", p->id.name, p->id.pid,
	    tree_role_name(p->role), how);
	s->late_note_due_ns = at_ns + death_grace_ns;
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
