#ifndef LMG_MKREPORT_SECTION_SECTION_H
#define LMG_MKREPORT_SECTION_SECTION_H

/* The sections of the report, one per file, and what they share. */

#include "quantity.h"
#include "read/subject.h"
#include "text/markdown.h"

struct report {
	struct buf *out;		/* borrowed */
	const struct evidence_set *set;
	const struct evidence *ev;	/* the run being reported */
	struct subjects subjects;
	const char *plots;	/* where plots are looked for, or NULL */
};

/* As plots: all are taken to be there, to see how long the text becomes. */
extern const char section_all_plots[];

/*
 * Embed plots/NAME.svg (or .png) with alt as its text, when it exists;
 * number > 0 makes that NAME-number.  Returns whether it does.
 */
bool section_plot(const struct report *r, const char *name, size_t number,
    const char *alt);

/* "### `pair`" with the pair's name. */
void section_pair_heading(const struct report *r, const struct subject *p);

/* The server's name and version; without a name, its API. */
void section_server(const struct report *r);

/* The one run's sections; the first has no heading. */
void section_short(const struct report *r);
void section_verdict(const struct report *r);
void section_parity(const struct report *r);
void section_speed(const struct report *r);
void section_memory(const struct report *r);
void section_energy(const struct report *r);
void section_moe(const struct report *r);
void section_stability(const struct report *r);
void section_quality(const struct report *r);
void section_turns(const struct report *r);
void section_next(const struct report *r);
void section_findings(const struct report *r);
void section_method(const struct report *r);
void section_machine(const struct report *r);
void section_cost(const struct report *r);
void section_reproduce(const struct report *r);
void section_details(const struct report *r);
void section_raw(const struct report *r);

/* Its two tables of checked answers with every kind of questions. */
void section_quality_details(const struct report *r);

/* Are there conversations?  One sentence on those of a pair, or nothing. */
bool section_turns_any(const struct report *r);
void section_turns_sentence(const struct report *r, const char *pair);

/* Was there a ladder of prompts, or a speed to explain? */
bool section_next_any(const struct report *r);

/* Several runs side by side; written when the input has more than one. */
void section_runs(const struct report *r);

#endif
