#include "section.h"

#include <stdio.h>
#include <unistd.h>

bool
section_plot(const struct report *r, const char *name, size_t number,
    const char *alt)
{
	static const char *const kinds[] = { "svg", "png" };
	char file[64], path[4096];
	size_t i;

	if (r->plots == NULL)
		return false;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (number > 0)
			snprintf(file, sizeof(file), "%s-%zu.%s", name, number,
			    kinds[i]);
		else
			snprintf(file, sizeof(file), "%s.%s", name, kinds[i]);
		snprintf(path, sizeof(path), "%s/%s", r->plots, file);
		if (access(path, R_OK) == 0) {
			buf_addf(r->out, "![%s](plots/%s)\n\n", alt, file);
			return true;
		}
	}
	return false;
}

void
section_pair_heading(const struct report *r, const struct subject *p)
{
	buf_adds(r->out, "### ");
	md_name(r->out, p->pair);
	buf_adds(r->out, "\n\n");
}
