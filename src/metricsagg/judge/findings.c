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
		if (strcmp(f->code, at->code) != 0 || f->pair != at->pair ||
		    f->variant != at->variant || f->scenario != at->scenario)
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
	int c;

	if (a->level != b->level)
		return a->level > b->level ? -1 : 1;
	if ((c = strcmp(a->code, b->code)) != 0 ||
	    (c = names_cmp(a->pair, b->pair)) != 0 ||
	    (c = names_cmp(a->variant, b->variant)) != 0)
		return c;
	return names_cmp(a->scenario, b->scenario);
}

void
findings_sort(struct findings *fs)
{
	order_rows(fs->f, fs->n, sizeof(*fs->f), cmp);
}
