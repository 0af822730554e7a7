#include "findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "in/names.h"
#include "stats/order.h"
#include "xalloc.h"

void
findings_fini(struct findings *fs)
{
	for (size_t i = 0; i < fs->n; i++)
		free(fs->f[i].message);
	free(fs->f);
	*fs = (struct findings){ NULL, 0, 0 };
}

/* By what two are the same finding. */
static int
cmp_place(const struct finding *a, const struct finding *b)
{
	int c;

	if ((c = strcmp(a->code, b->code)) != 0 ||
	    (c = names_cmp(a->pair, b->pair)) != 0 ||
	    (c = names_cmp(a->variant, b->variant)) != 0 ||
	    (c = names_cmp(a->scenario, b->scenario)) != 0)
		return c;
	return names_cmp(a->apart, b->apart);
}

void
findings_add(struct findings *fs, const struct finding *at, uint64_t count,
    const char *fmt, ...)
{
	struct finding *f;
	char message[1024];
	va_list ap;

	if (count == 0)
		return;
	for (size_t i = 0; i < fs->n; i++) {
		f = &fs->f[i];
		if (cmp_place(f, at) != 0)
			continue;
		f->count += count;
		if (at->level > f->level)
			f->level = at->level;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	fs->f = xgrow(fs->f, fs->n, &fs->cap, sizeof(*fs->f));
	f = &fs->f[fs->n++];
	*f = *at;
	f->count = count;
	f->message = xstrdup(message);
}

static int
cmp(const void *pa, const void *pb)
{
	const struct finding *a = pa, *b = pb;

	return a->level != b->level ? CMP(b->level, a->level) :
	    cmp_place(a, b);
}

void
findings_sort(struct findings *fs)
{
	order_rows(fs->f, fs->n, sizeof(*fs->f), cmp);
}
