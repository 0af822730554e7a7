/* findings: what a reader must know, the gravest first. */
#include <math.h>

#include "section.h"

/* Findings of one code in more places than this share one row. */
enum { PLACES_MAX = 3 };
/* More rows than this are counted, the gravest being shown. */
enum { FINDINGS_MAX = 15 };
/* Characters of a message that are shown. */
enum { MESSAGE_MAX = 300 };

/* The findings like f[first]: how many, their counts, the largest of them. */
struct alike_findings {
	size_t n;
	double count;
	const struct row_integrity *largest;
};

static double
count_of(const struct row_integrity *f)
{
	return isnan(f->count) ? 1 : f->count;
}

static struct alike_findings
findings_like(const struct row_integrity *f, size_t n, size_t first)
{
	struct alike_findings a = { 0, 0, &f[first] };

	for (size_t i = 0; i < n; i++)
		if (same(f[i].level, f[first].level) &&
		    alike(f[i].code, f[first].code)) {
			a.n++;
			a.count += count_of(&f[i]);
			if (count_of(&f[i]) > count_of(a.largest))
				a.largest = &f[i];
		}
	return a;
}

static bool
is_first_of_code(const struct row_integrity *f, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (same(f[k].level, f[i].level) &&
		    alike(f[k].code, f[i].code))
			return false;
	return true;
}

/* The finding f; of more places than one it is that of the largest count, and
 * so is the message. */
static void
finding_row(struct md_table *t, const struct row_integrity *f, double count,
    size_t places)
{
	const char *const where[] = { f->pair, f->variant, f->scenario };
	char text[QUANTITY_CAP];
	const char *sep = "";

	md_cell(t, same(f->level, "error") ? "**%s**" : "%s", f->level);
	md_cell_begin(t);
	md_name_cut(t->out, f->code, 32);
	md_cell_end(t);
	md_cell(t, "%s", quantity_count(text, count));
	md_cell_begin(t);
	if (places > 1) {
		buf_addf(t->out, "%zu places, most in", places);
		sep = " ";
	}
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		if (where[i] != NULL) {
			buf_adds(t->out, sep);
			sep = " ";
			md_name_cut(t->out, where[i], 32);
		}
	md_cell_end(t);
	md_cell_begin(t);
	buf_adds(t->out, places > 1 ? "there: " : "");
	md_text(t->out, f->message != NULL ? f->message : "", MESSAGE_MAX);
	md_cell_end(t);
	md_row_end(t);
}

/* The rows of one level; what is over the limit is counted.  Returns how many
 * rows that is. */
static size_t
level_rows(struct md_table *t, const struct row_integrity *f, size_t n,
    const char *level, size_t *shown)
{
	struct alike_findings a;
	size_t left = 0;

	for (size_t i = 0; i < n; i++) {
		if (!same(f[i].level, level))
			continue;
		a = findings_like(f, n, i);
		if (a.n > PLACES_MAX && !is_first_of_code(f, i))
			continue;
		if (*shown == FINDINGS_MAX) {
			left++;
			continue;
		}
		++*shown;
		if (a.n <= PLACES_MAX)
			finding_row(t, &f[i], count_of(&f[i]), 1);
		else
			finding_row(t, a.largest, a.count, a.n);
	}
	return left;
}

void
section_findings(const struct report *r)
{
	static const char *const levels[] = { "error", "warn", "info" };
	enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };
	const struct row_integrity *f = r->ev->rows[ROW_INTEGRITY].v;
	size_t n = r->ev->rows[ROW_INTEGRITY].n, shown = 0, left[LEVELS];
	const char *sep = "Not shown: ";
	struct md_table t;

	buf_adds(r->out, "## Findings\n\n");
	if (n == 0) {
		buf_adds(r->out, "Nothing was found that speaks against the "
		    "numbers above.\n\n");
		return;
	}
	md_table_begin(&t, r->out, "Level|What|Count:|Where|Message");
	for (size_t l = 0; l < LEVELS; l++)
		left[l] = level_rows(&t, f, n, levels[l], &shown);
	md_table_end(&t);
	for (size_t l = 0; l < LEVELS; l++)
		if (left[l] > 0) {
			buf_addf(r->out, "%s%zu more of level %s", sep,
			    left[l], levels[l]);
			sep = ", ";
		}
	buf_adds(r->out, sep[0] == ',' ? ". " : "");
	buf_adds(r->out, "Each finding by itself stands in "
	    "`test_results.json`.\n\n");
}
