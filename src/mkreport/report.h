#ifndef LMG_REPORT_H
#define LMG_REPORT_H

/*
 * The report in Markdown, one section per file (section_*.c), in the order in
 * which a reader asks: which one, is it fair, how fast, how much memory, how
 * stable, and then everything a sceptic checks.
 */

#include "read/subject.h"
#include "text/markdown.h"
#include "text/quantity.h"

struct report {
	struct buf *out;		/* borrowed */
	const struct evidence_set *set;
	const struct evidence *ev;	/* the run being reported */
	struct subjects subjects;
	const char *plots;		/* where plots are looked for, or NULL */
};

/* Append the report on everything in set.  plots may be NULL. */
void report_write(struct buf *out, const struct evidence_set *set,
    const char *plots);

/*
 * Append its details, a document of their own: the report is to fit into an
 * issue or a comment of GitHub's (65 536 characters).
 */
void report_details(struct buf *out, const struct evidence_set *set);

/* ---- for the sections --------------------------------------------------- */

/*
 * Embed plots/NAME.svg (or .png) with alt as its text, when it exists;
 * number > 0 makes that NAME-number.  Returns whether it does.
 */
bool report_plot(const struct report *r, const char *name, size_t number,
    const char *alt);

/* "### `pair`" with the pair's name. */
void report_pair_heading(const struct report *r, const struct subject *p);

/* The one run's sections; the first has no heading. */
void section_short(const struct report *r);
void section_verdict(const struct report *r);
void section_parity(const struct report *r);
void section_speed(const struct report *r);
void section_memory(const struct report *r);
void section_energy(const struct report *r);
void section_moe(const struct report *r);
void section_stability(const struct report *r);
void section_findings(const struct report *r);
void section_method(const struct report *r);
void section_machine(const struct report *r);
void section_cost(const struct report *r);
void section_reproduce(const struct report *r);
void section_details(const struct report *r);
void section_raw(const struct report *r);

/* Several runs side by side; written when the input has more than one. */
void section_runs(const struct report *r);

#endif
