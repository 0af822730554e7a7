#ifndef LMG_MKREPORT_REPORT_H
#define LMG_MKREPORT_REPORT_H

/*
 * The report in Markdown: its sections (section/) in the order in which a
 * reader asks: which one, is it fair, how fast, how much memory, how stable,
 * and then everything a sceptic checks.
 */

#include "buf.h"
#include "read/evidence.h"

/* Append the report on everything in set.  plots may be NULL. */
void report_write(struct buf *out, const struct evidence_set *set,
    const char *plots);

/*
 * Append its details, a document of their own: the report is to fit into an
 * issue or a comment of GitHub's (65 536 characters).
 */
void report_details(struct buf *out, const struct evidence_set *set);

/*
 * Append the first run's verdict as one block of at most 40 lines, without
 * names of hosts, users and folders; arg is not used.
 */
void report_share(struct buf *out, const struct evidence_set *set,
    const char *arg);

#endif
