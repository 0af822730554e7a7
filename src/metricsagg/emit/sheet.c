#include "sheet.h"

#include <stdlib.h>
#include <string.h>

#include "stats/order.h"
#include "xalloc.h"

int
sheet_cmp(const void *pa, const void *pb)
{
	const struct sheet_row *a = pa, *b = pb;
	int c = names_cmp(a->q->at->scenario, b->q->at->scenario);

	return c != 0 ? c : CMP(a->q->prompt_key, b->q->prompt_key);
}

static int
cmp_time(const void *pa, const void *pb)
{
	const struct sheet_row *a = pa, *b = pb;
	int c = sheet_cmp(a, b);

	return c != 0 ? c : visit_cmp_sent(&a->q, &b->q);
}

/* All requests that are wanted, in order; free() them. */
static struct sheet_row *
take(const struct view *v, const struct variant *of,
    const struct sheet_form *form, size_t *n)
{
	const struct group *g = v->g.groups;
	struct sheet_row *all = NULL;
	size_t cap = 0;

	*n = 0;
	for (; g < v->g.groups + v->g.n_groups; g++) {
		if (g->pair != of->pair || g->variant != of->variant ||
		    (form->skips != NULL && form->skips(v, g)))
			continue;
		for (size_t i = 0; i < g->n; i++) {
			if (!form->wants(g->q[i]))
				continue;
			all = xgrow(all, *n, &cap, sizeof(*all));
			all[(*n)++].q = g->q[i];
		}
	}
	order_rows(all, *n, sizeof(*all), cmp_time);
	return all;
}

static struct sheet
sheet_of(const struct view *v, const struct variant *of,
    const struct sheet_form *form)
{
	size_t n;
	struct sheet_row *all = take(v, of, form, &n);
	struct sheet s = { of, xcalloc(n + 1, form->size), 0 };
	char *row = s.rows;		/* behind the last */

	for (size_t i = 0; i < n; i++)
		if (s.n == 0 || sheet_cmp(&all[i - 1], &all[i]) != 0) {
			memcpy(row, &all[i], sizeof(all[i]));
			row += form->size;
			s.n++;
		} else if (form->again != NULL)
			form->again(row - form->size, all[i].q);
	free(all);
	return s;
}

struct sheet *
sheets_of(const struct view *v, const struct variant *va, size_t n,
    const struct sheet_form *form)
{
	struct sheet *s = xcalloc(n, sizeof(*s));

	for (size_t i = 0; i < n; i++)
		s[i] = sheet_of(v, &va[i], form);
	return s;
}

void
sheets_free(struct sheet *s, size_t n)
{
	while (n > 0)
		free(s[--n].rows);
	free(s);
}

static double
size_of(const struct variant *of)
{
	return of->info != NULL ? (double)of->info->size_bytes : -1;
}

struct sheet_reference
sheet_reference(const struct sheet *s, size_t n)
{
	struct sheet_reference r = { 0, "largest", s->of->reference };

	while (r.at + 1 < n && s[r.at].n == 0)
		r.at++;
	for (size_t i = 0; i < n; i++)
		if (s[i].n > 0 && size_of(s[i].of) < 0)
			r.from = "first";
	for (size_t i = 0; i < n && strcmp(r.from, "largest") == 0; i++)
		if (s[i].n > 0 && size_of(s[i].of) > size_of(s[r.at].of))
			r.at = i;
	for (size_t i = 0; i < n; i++)
		if (s[i].n > 0 && s[i].of->variant == s->of->reference)
			r = (struct sheet_reference){ i, "named", NULL };
	return r;
}
