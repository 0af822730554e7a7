/* energy: what a request and a token take, where counters tell. */

#include <math.h>

#include "memory_table.h"
#include "speed_table.h"

/* What the counters of energy records count. */
static const struct {
	const char *counter, *label;
} counters[] = {
	{ "cpu", "CPU, whole machine" }, { "gpu", "GPU, whole machine" },
	{ "dram", "memory, whole machine" },
	{ "server_cpu", "CPU, the server's processes" }
};
enum { N_COUNTERS = sizeof(counters) / sizeof(counters[0]) };

static const struct speed_row rows[] = {
	{ "energy_j", "Energy per request", ROW_ALWAYS },
	{ "energy_per_1000_tokens_j", "Energy per 1000 tokens", ROW_ALWAYS }
};
enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct row_energy *
energy_row(const struct report *r, const char *pair, const char *variant,
    const char *counter, const char *phase)
{
	return evidence_find(r->ev, ROW_ENERGY, &(struct row_key){
	    .pair = pair, .variant = variant, .counter = counter,
	    .phase = phase }, NULL);
}

/* "41.2 W (1.20 kJ)"; less than all of the phase is said.  Where a phase came
 * in spans shorter than two readings, the figure would be its neighbours'. */
static void
power_cell(struct md_table *t, const struct row_energy *e)
{
	char w[QUANTITY_CAP], j[QUANTITY_CAP], part[QUANTITY_CAP];
	double covered = e == NULL ? 0 : e->covered_s / e->phase_s;

	if (e == NULL || !(covered > 0)) {
		md_cell(t, "not measured");
		return;
	}
	if (e->readings < 2 * e->spans && !same(e->phase, "whole")) {
		md_cell(t, "too short for the readings");
		return;
	}
	quantity(w, QUANTITY_WATTS, e->mean_w);
	quantity(j, QUANTITY_JOULES, e->energy_j);
	if (covered < 0.99)
		md_cell(t, "%s (%s, over %s of the time)", w, j,
		    quantity(part, QUANTITY_RATIO, covered));
	else
		md_cell(t, "%s (%s)", w, j);
}

/* The phases that a reader decides from; the others are details. */
static bool
is_main(const char *phase)
{
	return same(phase, "loaded") || same(phase, "prefill") ||
	    same(phase, "decode") || same(phase, "whole");
}

static void
phase_rows(struct md_table *t, const struct report *r,
    const struct subject *p, size_t c, bool all)
{
	const char *counter = counters[c].counter;
	const char *phase;
	size_t k;
	bool any;

	for (size_t f = 0; (phase = memory_phase_name(f)) != NULL; f++) {
		for (any = false, k = 0; k < p->n_variants; k++)
			any = any || energy_row(r, p->pair, p->variants[k],
			    counter, phase) != NULL;
		if (!any || (!all && !is_main(phase)))
			continue;
		md_cell(t, "%s", counters[c].label);
		md_cell(t, "%s", memory_phase_label(phase));
		for (k = 0; k < p->n_variants; k++)
			power_cell(t, energy_row(r, p->pair, p->variants[k],
			    counter, phase));
		md_row_end(t);
	}
}

static bool
is_read(const struct report *r, const char *counter)
{
	return evidence_find(r->ev, ROW_ENERGY, &(struct row_key){
	    .counter = counter }, NULL) != NULL;
}

/* "CPU, memory" of what is read: what a request's figure is the sum of. */
static void
add_machine_counters(const struct report *r)
{
	static const char *const words[][2] = { { "cpu", "CPU" },
		{ "gpu", "GPU" }, { "dram", "memory" } };
	const char *sep = "";

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is_read(r, words[i][0])) {
			buf_addf(r->out, "%s%s", sep, words[i][1]);
			sep = ", ";
		}
}

void
energy_power_table(const struct report *r, const struct subject *p, bool all)
{
	struct md_table t;

	if (r->ev->rows[ROW_ENERGY].n == 0)
		return;
	buf_adds(r->out, "Mean power, and the energy of the phase:\n\n");
	md_table_begin_names(&t, r->out, "Counter|Phase", p->variants,
	    p->n_variants, NULL);
	for (size_t c = 0; c < N_COUNTERS; c++)
		phase_rows(&t, r, p, c, all);
	md_table_end(&t);
}

static void
pair_energy(const struct report *r, const struct subject *p)
{
	section_pair_heading(r, p);
	if (speed_table(r, p, rows, N_ROWS, SPEED_COMPARED) == 0)
		buf_adds(r->out, "By request: not measured, the counters were "
		    "read fewer than five times in each, or requests ran at "
		    "once.\n\n");
	energy_power_table(r, p, false);
}

void
section_energy(const struct report *r)
{
	buf_adds(r->out, "## Energy\n\n");
	if (r->ev->rows[ROW_ENERGY].n == 0) {
		buf_adds(r->out, "Not measured: no energy counter could be "
		    "read on this machine; `memsample --counters` says why of "
		    "each.\n\n");
		return;
	}
	buf_adds(r->out, "Of a request: what the machine (");
	add_machine_counters(r);
	buf_adds(r->out, ") used while it ran alone, idle power and other "
	    "programs included, also a second server's: the counters are the "
	    "machine's, not a server's; screen, disks and power supply are in "
	    "none of them. Less is better. Between two readings the power is taken as "
	    "even. Every phase: [Details](details.md).\n\n");
	for (size_t i = 0; i < r->subjects.n; i++)
		pair_energy(r, &r->subjects.v[i]);
}
