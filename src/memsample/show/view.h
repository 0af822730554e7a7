#ifndef LMG_MEMSAMPLE_SHOW_VIEW_H
#define LMG_MEMSAMPLE_SHOW_VIEW_H

/*
 * Samples for people and spreadsheets: the live line on a terminal, CSV, and
 * the summary at the end of a command.  Pure text; the loop writes it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "show/session.h"
#include "statusline.h"
#include "tree/sampler.h"

enum view_kind { VIEW_RECORDS, VIEW_CSV, VIEW_LIVE, VIEW_NONE };

struct view {
	enum view_kind kind;
	bool has_header;	/* CSV: written */
	struct statusline line;	/* LIVE */
	struct counters last;	/* the latest value of each: a line for
				 * people does not flicker */
	int64_t available_bytes, pressure;
	int64_t trend_ns, trend_bytes;	/* a sample some seconds ago */
	bool has_trend;
	double trend_per_s;	/* bytes per second since then */
};

/* "1.23 GiB"; "-" when unknown.  Returns out (at least 16 bytes). */
char *view_bytes(char *out, int64_t bytes);

/* One CSV row (and the header before the first). */
void view_csv(struct view *v, struct buf *out, const struct sample *m,
    int64_t origin_ns);

/* The live line, when it is due; nothing is appended otherwise. */
void view_live(struct view *v, struct buf *out, const struct sample *m,
    const struct counters *peak);

/* The summary of a command that ended with status (as of wait(2), -1 unknown):
 * peaks by counter and when, wall, CPU (-1 unknown). */
void view_summary(struct buf *out, const struct session *s, const char *name,
    int status, int64_t wall_ns, int64_t cpu_ns);

#endif
