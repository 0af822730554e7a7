#ifndef LMG_MEMSAMPLE_TREE_PLAT_H
#define LMG_MEMSAMPLE_TREE_PLAT_H

/*
 * The seam: everything memsample asks of the operating system about
 * processes.  linux/ reads /proc and the process connector, darwin/ libproc,
 * kqueue and Mach.  What is above this header is the same on both and is
 * tested against a scripted fake of it.
 */

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tree/counters.h"

enum { PLAT_NAME_CAP = 64, PLAT_EXE_CAP = 1024, PLAT_ARGUMENTS_CAP = 8192 };

/*
 * A process, now.  (pid, start) is its identity: start is whatever the
 * kernel gives that a second process with the same pid cannot have (Linux:
 * start time in clock ticks since boot; macOS: p_uniqueid), 0 when unknown.
 */
struct plat_id {
	int pid, ppid;
	uint64_t start;
	uint64_t parent_start;	/* start of the process that it was born of,
				 * where starts are unique; 0 unknown */
	bool is_zombie;
	char name[PLAT_NAME_CAP];
};

struct plat;		/* kept descriptors and buffers */
struct plat_proc;	/* kept descriptors of one process */

/* Ready to observe, or NULL after a message. */
struct plat *plat_open(void);
void plat_close(struct plat *p);

/* ---- which processes -------------------------------------------------- */

/* Identify pid.  Returns 0, or -1 when there is no such process. */
int plat_identify(struct plat *p, int pid, struct plat_id *out);

/* The path of the executable into out, "" when it is not to be had. */
void plat_exe(struct plat *p, int pid, char *out, size_t cap);

/* The arguments it was started with, each with its NUL, into out; returns how
 * many bytes, 0 when they are not to be had. */
size_t plat_arguments(struct plat *p, int pid, char *out, size_t cap);

/*
 * Processes that were not there at the last scan, or all of them.  The array
 * belongs to p and is valid until the next call.  Returns how many.
 */
size_t plat_scan(struct plat *p, bool all, const struct plat_id **out);

/* With fork events: how often to scan all the same for what they lost, ns. */
int64_t plat_safety_scan_period(void);

/*
 * Could a process have been born since the last scan?  A cheap look that may
 * say yes for nothing, never no for something.
 */
bool plat_may_have_forked(struct plat *p);

/*
 * The processes that listen on TCP port of this machine.  The array belongs to
 * p and is valid until the next call or scan.  Returns how many; -1 when
 * something listens but its process cannot be seen (another user's).
 */
int plat_port_owners(struct plat *p, int port, const int **pids);

/* ---- events ----------------------------------------------------------- */

enum plat_event_kind {
	PLAT_FORK,		/* pid was born of ppid */
	PLAT_EXEC,		/* pid runs another program */
	PLAT_EXIT,		/* pid ended, with status as of wait(2), or -1;
				 * told after its memory is gone */
	PLAT_RESCAN		/* something happened, or events were lost */
};

struct plat_event {
	enum plat_event_kind kind;
	int pid, ppid, status;
	int64_t at_ns;		/* when it happened (monotonic), 0: just now */
};

/*
 * The next event waiting.  Returns false when there is none.  They may be of
 * any process of the machine.
 */
bool plat_next_event(struct plat *p, struct plat_event *e);

/* Why there are no events here, or NULL when there are. */
const char *plat_events_missing(struct plat *p);

/* ---- counters --------------------------------------------------------- */

/*
 * Groups of counters that one call reads.  A reader asks for several; each
 * fills what it has, and leaves the rest unknown.
 */
enum plat_tier {
	TIER_FAST = 1 << 0,	/* the cheapest: rss and its main split */
	TIER_MAIN = 1 << 1,	/* every memory counter that costs O(1) */
	TIER_CPU = 1 << 2,
	TIER_PAGES = 1 << 3,	/* pss, uss: O(pages) */
	TIER_SYS = 1 << 4,	/* whole machine */
	TIER_PRESSURE = 1 << 5,
	TIER_SLOW = 1 << 6	/* what the platform rations, at most 2 Hz */
};

enum { TIER_COUNT = 7 };

/* The shortest period at which a tier is worth its cost, by its place, in ns;
 * 0: always. */
extern const int64_t plat_tier_periods[TIER_COUNT];

enum plat_read {
	PLAT_READ,		/* *c holds what could be read */
	PLAT_GONE,		/* ended, or a zombie: no memory any more */
	PLAT_DENIED		/* there, but not ours to read */
};

/* Keep pid open for reading; its events come from now on.  Never NULL. */
struct plat_proc *plat_proc_open(struct plat *p, int pid);
void plat_proc_close(struct plat_proc *h);

/*
 * Read the tiers (an OR of them).  name, when not NULL, is set to the
 * process's present name when a tier that reads it is among them, else
 * untouched.
 */
enum plat_read plat_proc_read(struct plat *p, struct plat_proc *h,
    unsigned tiers, struct counters *c, char name[PLAT_NAME_CAP]);

/*
 * Begin a new interval for the peak counters.  Linux: writes to the target's
 * clear_refs (opt-in).  Returns 0, or -1 when it is not allowed.
 */
int plat_proc_reset_peak(struct plat_proc *h);

/* Whole-machine counters of the tiers. */
void plat_sys_read(struct plat *p, unsigned tiers, struct sys_counters *s);

/* Why the counter is not to be had here, or NULL when it is. */
const char *plat_counter_missing(struct plat *p, enum counter c);
const char *plat_sys_counter_missing(struct plat *p, enum sys_counter c);

/* ---- self check --------------------------------------------------------- */

/* What only this platform can compare; each result goes to verdict. */
void plat_self_check(struct plat *p, void (*verdict)(const char *what,
    bool agrees, int64_t got, int64_t want));

/* ---- time ------------------------------------------------------------- */

/* At most so many descriptors are waited for. */
enum { PLAT_WAIT_MAX = 4 };

/*
 * Sleep until one of the n descriptors is ready, as poll(2) does, until the
 * instant until_ns (monotonic, INT64_MAX: never), or until events must be
 * taken before that.  Returns true in that last case.
 */
bool plat_wait(struct plat *p, struct pollfd *fds, size_t n, int64_t until_ns);

/*
 * The largest resident memory of any process that we waited for, or that one
 * of these waited for, in bytes; -1 unknown.
 */
int64_t plat_children_peak_bytes(void);

#endif
