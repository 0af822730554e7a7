#ifndef LMG_MEMSAMPLE_OPTS_H
#define LMG_MEMSAMPLE_OPTS_H

/* The command line. */

#include <stdbool.h>
#include <stdint.h>

#include "tree/watched.h"

enum opts_mode {
	MODE_AUTO,		/* a filter when stdin is a pipe */
	MODE_ALONE,
	MODE_COUNTERS,		/* --counters */
	MODE_SELF_CHECK		/* --self-check */
};

struct opts {
	enum opts_mode mode;
	struct watched watched;
	int64_t interval_ns;	/* -1: the run's, or 100 ms */
	int64_t for_ns;		/* -1: no limit */
	int64_t wait_ns;	/* how long a missing target is waited for */
	const char *output;	/* file for the records, NULL: stdout */
	const char *record;	/* --record FILE, or NULL */
	char **command;		/* argv of the command, or NULL */
	bool per_process, pss, reset_peak, csv;
};

#define OPTS_DEFAULT { .interval_ns = -1, .for_ns = -1 }

enum {
	OPTS_INTERVAL_MIN_NS = 1000000		/* 1 ms */
};

/*
 * Fill *o.  Leaves the process with EXIT_USAGE on misuse, and with EXIT_DONE
 * for --help and --version.
 */
void opts_parse(struct opts *o, int argc, char *argv[]);

#endif
