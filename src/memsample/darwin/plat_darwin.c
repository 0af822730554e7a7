/*
 * macOS: which processes there are, their births and ends, who listens on a
 * port, and time.  Counters are in counters_darwin.c.
 */
#define _DARWIN_C_SOURCE
#include "darwin/plat_darwin.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <libproc.h>
#include <mach/mach.h>
#include <mach/mach_time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/event.h>
#include <sys/proc_info.h>
#include <sys/resource.h>
#include <sys/sysctl.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "xalloc.h"

/*
 * PROC_PIDUNIQIDENTIFIERINFO: declared in XNU's private header only, where
 * it is called API and its size is asserted.  p_uniqueid is never used
 * again, p_puniqueid is the process it was born of, whatever became of that.
 */
enum { DARWIN_UNIQUE_ID_INFO = 17, DARWIN_ZOMBIE = 5, LIST_SPARE = 32,
	ARGUMENTS_MAX = 1024 * 1024 };

struct darwin_unique_id {
	uint8_t uuid[16];
	uint64_t unique_id, parent_unique_id;
	int32_t id_version, orig_parent_id_version;
	uint64_t reserved[2];
};

_Static_assert(sizeof(struct darwin_unique_id) == 56, "as in XNU");
_Static_assert(offsetof(struct darwin_unique_id, unique_id) == 16, "");
_Static_assert(sizeof(struct proc_bsdshortinfo) == 64, "as in XNU");

struct plat *
plat_open(void)
{
	struct plat *p = xcalloc(1, sizeof(*p));

	if ((p->timer_kq = kqueue()) == -1) {
		diag_warn("timer");
		free(p);
		return NULL;
	}
	p->kq = kqueue();
	p->total_bytes = darwin_sysctl("hw.memsize");
	p->page_bytes = sysconf(_SC_PAGESIZE);
	if (mach_timebase_info(&p->base) != 0)
		p->base.denom = 0;
	darwin_slow_open(&p->slow);
	return p;
}

void
plat_close(struct plat *p)
{
	if (p == NULL)
		return;
	darwin_slow_close(&p->slow);
	if (p->kq != -1)
		close(p->kq);
	close(p->timer_kq);
	scan_fini(&p->scan);
	free(p);
}

/* ---- which processes ---------------------------------------------------- */

int
plat_identify(struct plat *p, int pid, struct plat_id *out)
{
	struct proc_bsdshortinfo info;
	struct darwin_unique_id unique;

	(void)p;
	/* Both need no right on the target: root's processes are seen, too. */
	if (proc_pidinfo(pid, PROC_PIDT_SHORTBSDINFO, 0, &info,
	    (int)sizeof(info)) != (int)sizeof(info))
		return -1;
	memset(out, 0, sizeof(*out));
	out->pid = pid;
	out->ppid = (int)info.pbsi_ppid;
	out->is_zombie = info.pbsi_status == DARWIN_ZOMBIE;
	snprintf(out->name, sizeof(out->name), "%.*s",
	    (int)sizeof(info.pbsi_comm), info.pbsi_comm);
	if (proc_pidinfo(pid, DARWIN_UNIQUE_ID_INFO, 0, &unique,
	    (int)sizeof(unique)) == (int)sizeof(unique)) {
		out->start = unique.unique_id;
		out->parent_start = unique.parent_unique_id;
	}
	return 0;
}

void
plat_exe(struct plat *p, int pid, char *out, size_t cap)
{
	char path[PROC_PIDPATHINFO_MAXSIZE];
	int n = proc_pidpath(pid, path, sizeof(path));

	(void)p;
	snprintf(out, cap, "%.*s", n > 0 ? n : 0, path);
}

/* The kernel tells: how many, the path, NULs, and then each with its NUL.  All
 * of it, the environment too, must find room. */
size_t
plat_arguments(struct plat *p, int pid, char *out, size_t cap)
{
	int mib[] = { CTL_KERN, KERN_PROCARGS2, pid };
	size_t len = ARGUMENTS_MAX, at = sizeof(int), from, got = 0;
	char *raw = xcalloc(1, len + 1);
	int n = 0;

	(void)p;
	if (sysctl(mib, 3, raw, &len, NULL, 0) == 0 && len > sizeof(n)) {
		memcpy(&n, raw, sizeof(n));
		at += strlen(raw + at);
		while (at < len && raw[at] == '\0')
			at++;
		for (from = at; n > 0 && at < len; n--)
			at += strlen(raw + at) + 1;
		got = at - from < cap ? at - from : cap;
		memcpy(out, raw + from, got);
	}
	free(raw);
	return got;
}

/* Every pid, into p->scan.pids.  Returns how many. */
static size_t
list_pids(struct plat *p)
{
	struct scan *s = &p->scan;
	int n = proc_listallpids(NULL, 0);

	s->n = 0;
	if (n <= 0)
		return 0;
	/* More may be born before the second call. */
	if ((size_t)n + LIST_SPARE > s->cap) {
		s->cap = (size_t)n + 2 * LIST_SPARE;
		s->pids = xreallocarray(s->pids, s->cap, sizeof(int));
	}
	n = proc_listallpids(s->pids, (int)(s->cap * sizeof(int)));
	return s->n = n > 0 ? (size_t)n : 0;
}

size_t
plat_scan(struct plat *p, bool all, const struct plat_id **out)
{
	list_pids(p);
	return scan_identify(&p->scan, p, all, out);
}

int64_t
plat_safety_scan_period(void)
{
	return NS_PER_S;	/* a child may be born before it is watched */
}

bool
plat_may_have_forked(struct plat *p)
{
	(void)p;
	return true;		/* there is no cheap look */
}

/* ---- ports: the sockets of every process that we may look into ---------- */

static bool
is_listener(int pid, int fd, int port)
{
	struct socket_fdinfo si;

	if (proc_pidfdinfo(pid, fd, PROC_PIDFDSOCKETINFO, &si,
	    (int)sizeof(si)) != (int)sizeof(si))
		return false;
	return si.psi.soi_kind == SOCKINFO_TCP &&
	    si.psi.soi_proto.pri_tcp.tcpsi_state == TSI_S_LISTEN &&
	    ntohs((uint16_t)si.psi.soi_proto.pri_tcp.tcpsi_ini.insi_lport) ==
	    port;
}

static bool
owns_listener(int pid, int port)
{
	int bytes = proc_pidinfo(pid, PROC_PIDLISTFDS, 0, NULL, 0), n;
	struct proc_fdinfo *fds;
	bool owns = false;

	if (bytes <= 0)
		return false;		/* another user's, or gone */
	fds = xmalloc((size_t)bytes);
	n = proc_pidinfo(pid, PROC_PIDLISTFDS, 0, fds, bytes) /
	    (int)sizeof(*fds);
	for (int i = 0; !owns && i < n; i++)
		owns = fds[i].proc_fdtype == PROX_FDTYPE_SOCKET &&
		    is_listener(pid, fds[i].proc_fd, port);
	free(fds);
	return owns;
}

int
plat_port_owners(struct plat *p, int port, const int **pids)
{
	size_t n = list_pids(p);
	int found = 0;

	for (size_t i = 0; i < n; i++)
		if (p->scan.pids[i] > 0 &&
		    owns_listener(p->scan.pids[i], port))
			p->scan.pids[found++] = p->scan.pids[i];
	*pids = p->scan.pids;
	return found;
}

/* ---- events ------------------------------------------------------------- */

const char *
plat_events_missing(struct plat *p)
{
	return p->kq == -1 ? "kqueue was not opened" : NULL;
}

void
darwin_watch(struct plat *p, int pid)
{
	struct kevent ev;

	if (p->kq == -1)
		return;
	EV_SET(&ev, (uintptr_t)pid, EVFILT_PROC, EV_ADD | EV_CLEAR,
	    NOTE_FORK | NOTE_EXEC | NOTE_EXIT | NOTE_EXITSTATUS, 0, NULL);
	if (kevent(p->kq, &ev, 1, NULL, 0, NULL) == 0 || errno != EACCES)
		return;		/* or ended already: the next read says so */
	/* Another user's: its exit status is not ours to know. */
	ev.fflags &= ~(uint32_t)NOTE_EXITSTATUS;
	(void)kevent(p->kq, &ev, 1, NULL, 0, NULL);
}

static void
push_event(struct plat *p, enum plat_event_kind kind, int pid, int status)
{
	p->events[p->n_events++] = (struct plat_event){ .kind = kind,
	    .pid = pid, .status = status };
}

/* Fetch what waits; one kevent may mean three of ours. */
static void
fetch_events(struct plat *p)
{
	struct kevent ev[DARWIN_EVENTS_MAX / 3];
	static const struct timespec at_once;
	int n = kevent(p->kq, NULL, 0, ev, DARWIN_EVENTS_MAX / 3, &at_once);

	p->n_events = p->events_at = 0;
	for (int i = 0; i < n; i++) {
		/* It carries no pid of the child: look for it. */
		if ((ev[i].fflags & NOTE_FORK) != 0)
			push_event(p, PLAT_RESCAN, (int)ev[i].ident, -1);
		if ((ev[i].fflags & NOTE_EXEC) != 0)
			push_event(p, PLAT_EXEC, (int)ev[i].ident, -1);
		if ((ev[i].fflags & NOTE_EXIT) != 0)
			push_event(p, PLAT_EXIT, (int)ev[i].ident,
			    (ev[i].fflags & NOTE_EXITSTATUS) != 0 ?
			    (int)ev[i].data : -1);
	}
}

bool
plat_next_event(struct plat *p, struct plat_event *e)
{
	if (p->kq == -1)
		return false;
	if (p->events_at == p->n_events)
		fetch_events(p);
	if (p->events_at == p->n_events)
		return false;
	*e = p->events[p->events_at++];
	return true;
}

/* ---- time --------------------------------------------------------------- */

/* Have timer_kq become readable once, at the instant. */
static void
arm(struct plat *p, int64_t at_ns)
{
	int64_t left = at_ns - clock_mono_ns();
	struct kevent ev;

	EV_SET(&ev, 1, EVFILT_TIMER, EV_ADD | EV_ONESHOT,
	    NOTE_NSECONDS | NOTE_CRITICAL, left > 0 ? left : 0, NULL);
	(void)kevent(p->timer_kq, &ev, 1, NULL, 0, NULL);
}

static void
disarm(struct plat *p)
{
	static const struct timespec at_once;
	struct kevent ev;

	(void)kevent(p->timer_kq, NULL, 0, &ev, 1, &at_once);
}

/* Each birth calls for a scan: a burst of them for one. */
static const int64_t events_pause_ns = 10 * NS_PER_MS;

/* poll(2) counts in milliseconds, a kqueue's timer in nanoseconds. */
bool
plat_wait(struct plat *p, struct pollfd *fds, size_t n, int64_t until_ns)
{
	int64_t events_ns = p->events_ns + events_pause_ns;
	bool want_events = clock_mono_ns() >= events_ns, has_timer;
	struct pollfd all[PLAT_WAIT_MAX + 2];

	assert(n <= PLAT_WAIT_MAX);
	if (!want_events && events_ns < until_ns)
		until_ns = events_ns;
	has_timer = until_ns != INT64_MAX;
	memcpy(all, fds, n * sizeof(*fds));
	all[n] = (struct pollfd){ .fd = want_events ? p->kq : -1,
	    .events = POLLIN };
	all[n + 1] = (struct pollfd){ .fd = has_timer ? p->timer_kq : -1,
	    .events = POLLIN };
	if (has_timer)
		arm(p, until_ns);
	if (poll(all, (nfds_t)n + 2, -1) == -1)
		for (size_t i = 0; i < n + 2; i++)
			all[i].revents = 0;
	if (all[n + 1].revents != 0)
		disarm(p);
	memcpy(fds, all, n * sizeof(*fds));
	if (all[n].revents == 0)
		return false;
	p->events_ns = clock_mono_ns();
	return true;
}

int64_t
plat_children_peak_bytes(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_CHILDREN, &u) == -1 || u.ru_maxrss <= 0)
		return -1;
	return (int64_t)u.ru_maxrss;
}
