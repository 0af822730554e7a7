#ifndef LMG_MEMSAMPLE_TREE_COUNTERS_H
#define LMG_MEMSAMPLE_TREE_COUNTERS_H

/*
 * What is measured.  A counter that was not read, now or ever, is -1 and is
 * written as null: never 0, never the last value again.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "raw.h"

/* Of one process, or summed over the tree: the lists of raw.h.  COUNTER_RSS
 * is anonymous, file and shared memory; the peaks are the kernel's high-water
 * marks. */
#define COUNTER_CODE(code, key, what) COUNTER_##code,
enum counter { MEM_COUNTERS(COUNTER_CODE, COUNTER_CODE) COUNTER_N };
#undef COUNTER_CODE

/* Of the whole machine. */
#define SYS_CODE(code, key, what) SYS_##code,
enum sys_counter {
	SYS_COUNTERS(SYS_CODE)
	SYS_PRESSURE,		/* hundredths, see lmgauge-records(5) */
	SYS_N
};
#undef SYS_CODE

struct counters {
	int64_t v[COUNTER_N];
};

struct sys_counters {
	int64_t v[SYS_N];
	bool is_read;		/* anything read in this sample? */
	int64_t slow_at_ns;	/* monotonic: when a thread of its own saw
				 * what takes too long for a tick; 0: nothing
				 * of that here */
};

/* One row per counter: its key in records, and what it is. */
struct counter_info {
	const char *key;
	const char *what;
	bool is_optional;	/* left out when not known */
};

extern const struct counter_info counter_infos[COUNTER_N];
extern const struct counter_info sys_counter_infos[SYS_N];

/* Everything unknown. */
void counters_clear(struct counters *c);
void sys_counters_clear(struct sys_counters *s);

/*
 * Add c to *sum: what c knows counts, a sum stays unknown until one process
 * is known.
 */
void counters_add(struct counters *sum, const struct counters *c);

/* Take over what c knows, keep the rest. */
void counters_merge(struct counters *into, const struct counters *c);

/*
 * The size by which processes are compared: footprint or rss, whichever is
 * larger (a mapped model is in one, a Metal buffer in the other); -1 unknown.
 */
int64_t counters_size(const struct counters *c);

/* Write members, of what is known only. */
void counters_write_known(struct json *j, const struct counters *c);

/*
 * Write members: null where unknown; those that only an option or a driver
 * gives are left out when unknown.
 */
void counters_write(struct json *j, const struct counters *c);

/* Write the member "sys" of a sample taken at at_ns: an object, or null when
 * nothing was read. */
void sys_counters_write(struct json *j, const struct sys_counters *s,
    int64_t at_ns);

#endif
