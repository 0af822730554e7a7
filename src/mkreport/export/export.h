#ifndef LMG_MKREPORT_EXPORT_EXPORT_H
#define LMG_MKREPORT_EXPORT_EXPORT_H

/*
 * The evidence in other forms.  Every writer appends to out; what cannot be
 * expressed in a format is left out, never made up.
 */

#include "buf.h"
#include "read/evidence.h"

struct export_format {
	const char *name;
	bool tables;		/* does it take a table's name? */
	/* arg: the table for csv and json, the plots folder for md; or NULL */
	void (*write)(struct buf *out, const struct evidence_set *set,
	    const char *arg);
};

/* The format called name, or NULL. */
const struct export_format *export_format_of(const char *name);

/* Is there a table of this name (requests, metrics, memory, leak, compare)? */
bool export_is_table(const char *name);

/* CSV (RFC 4180, LF) with a header line; table NULL means metrics. */
void export_csv(struct buf *out, const struct evidence_set *set,
    const char *table);

/* The table as a JSON array of objects; NULL means export_summary(). */
void export_json(struct buf *out, const struct evidence_set *set,
    const char *table);

/* test_results.json: what a CI job wants to know, one object. */
void export_summary(struct buf *out, const struct evidence_set *set);

/* SQL that makes and fills one table per row type (sqlite3, PostgreSQL). */
void export_sql(struct buf *out, const struct evidence_set *set,
    const char *arg);

#endif
