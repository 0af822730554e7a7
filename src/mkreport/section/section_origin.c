/* machine, reproduce, raw: where the numbers come from. */
#include <stdlib.h>

#include "section.h"
#include "version.h"

static void
fact(struct md_table *t, const char *label, const char *value)
{
	md_cell(t, "%s", label);
	md_cell_begin(t);
	md_name_cut(t->out, value, 96);
	md_cell_end(t);
	md_row_end(t);
}

static void
fact_number(struct md_table *t, const char *label, const char *value)
{
	md_cell(t, "%s", label);
	md_cell(t, "%s", value);
	md_row_end(t);
}

/* of_run, or what the models' member key says. */
static void
server_fact(struct md_table *t, const struct report *r, const char *label,
    const char *of_run, const char *key)
{
	char *said = subject_server(r->ev, of_run, key);

	fact(t, label, said);
	free(said);
}

void
section_machine(const struct report *r)
{
	const struct row_run *run = evidence_run(r->ev);
	char text[QUANTITY_CAP];
	struct md_table t;

	buf_adds(r->out, "## Machine\n\n");
	md_table_begin(&t, r->out, "What|Value");
	fact(&t, "Operating system", run->os);
	fact(&t, "Version", run->os_version);
	fact(&t, "Kernel", run->kernel);
	fact(&t, "Architecture", run->arch);
	fact(&t, "Processor", run->cpu);
	fact_number(&t, "Cores", quantity_count(text, run->cores));
	fact_number(&t, "Memory", quantity(text, QUANTITY_BYTES,
	    run->memory_bytes));
	server_fact(&t, r, "Server", run->server_name,
	    "server_name");
	server_fact(&t, r, "Server version", run->server_version,
	    "server_version");
	server_fact(&t, r, "API", run->server_api,
	    "api");
	server_fact(&t, r, "Address", run->server_url,
	    "server_url");
	fact(&t, "Started", run->wall);
	md_table_end(&t);
}

void
section_reproduce(const struct report *r)
{
	const struct row_run *run = evidence_run(r->ev);
	struct md_table t;

	buf_adds(r->out, "## How to reproduce\n\n"
	    "The same measurement again, from the plan in this folder, which "
	    "holds every prompt, seed and order; a server that keeps prompts "
	    "in a cache is restarted first:\n\n"
	    "```sh\n"
	    "lmsdrive run plan.ndjson | memsample | tee again.ndjson |\n"
	    "    metricsagg | mkreport >again.md\n"
	    "```\n\n"
	    "The same numbers again, from the records:\n\n"
	    "```sh\n"
	    "metricsagg raw.ndjson | mkreport --plots plots >report.md\n"
	    "```\n\n");
	md_table_begin(&t, r->out, "What|Value");
	fact(&t, "Configuration", run->config);
	fact(&t, "SHA-256 of the configuration", run->config_sha256);
	fact(&t, "SHA-256 of the plan", run->plan_sha256);
	fact(&t, "Measured by", run->source);
	fact(&t, "Analysed by", run->tool);
	fact(&t, "Reported by", "mkreport " LMGAUGE_VERSION);
	md_table_end(&t);
}

void
section_raw(const struct report *r)
{
	buf_adds(r->out, "## Raw data\n\n"
	    "Beside this file: `details.md` holds the full tables; "
	    "`raw.ndjson` holds every event of the run and "
	    "is the only source of the numbers above; `metrics.ndjson` holds "
	    "the numbers with full digits, one line each; `metrics/` the same "
	    "as CSV and JSON tables; `test_results.json` the verdicts for a "
	    "machine to read; `plan.ndjson` what was to be done. The records "
	    "are described in lmgauge-records(5).\n\n");
	if (r->ev->points == 0)
		buf_adds(r->out, "There is no memory timeline and no "
		    "distribution in these records, so their plots are "
		    "missing.\n\n");
}
