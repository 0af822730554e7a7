#include "section.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char section_all_plots[] = "";

bool
section_plot(const struct report *r, const char *name, size_t number,
    const char *alt)
{
	static const char *const kinds[] = { "svg", "png" };
	char file[64], path[4096];

	if (r->plots == NULL)
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (number > 0)
			snprintf(file, sizeof(file), "%s-%zu.%s", name, number,
			    kinds[i]);
		else
			snprintf(file, sizeof(file), "%s.%s", name, kinds[i]);
		snprintf(path, sizeof(path), "%s/%s", r->plots, file);
		if (r->plots == section_all_plots ||
		    access(path, R_OK) == 0) {
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

void
section_server(const struct report *r)
{
	const struct row_run *run = evidence_run(r->ev);
	char *name = subject_server(r->ev, run->server_name,
	    "server_name");
	char *version = subject_server(r->ev, run->server_version,
	    "server_version");

	if (name == NULL)
		name = subject_server(r->ev, run->server_api,
		    "api");
	md_name(r->out, name);
	if (version != NULL) {
		buf_addc(r->out, ' ');
		md_name(r->out, version);
	}
	free(name);
	free(version);
}
