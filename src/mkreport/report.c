#include "report.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "section/section.h"

static const char simulated[] =
    "> **SIMULATED.** These records come from a stand-in server, not from a "
    "model. The numbers show what the toolkit does; they say nothing about "
    "any model or format.\n\n";
static const char interrupted[] =
    "> **INTERRUPTED.** The run was ended early. What it had measured until "
    "then is below; what is missing is said to be missing.\n\n";
static const char cut[] =
    "> **CUT OFF.** The records end without the closing line of every tool: "
    "a tool was killed, the disk was full, or the file is a part of a run. "
    "What is there was analysed.\n\n";

static void
banners(const struct report *r)
{
	const struct row_run *run = evidence_run(r->ev);
	bool no_end = r->ev->rows[ROW_END].n == 0;

	if (run->simulated == 1)
		buf_adds(r->out, simulated);
	if (run->interrupted == 1)
		buf_adds(r->out, interrupted);
	else if (run->complete == 0 || r->set->cut || no_end)
		buf_adds(r->out, cut);
	if (r->set->bad > 0)
		buf_addf(r->out, "> **%zu lines of the input were not "
		    "understood** and are not in this report.\n\n", r->set->bad);
}

/* "Requests: 720. Time: ..." in one paragraph: how much, on what. */
static void
lead(const struct report *r)
{
	const struct row_run *run = evidence_run(r->ev);
	char text[QUANTITY_CAP];

	if (r->subjects.n == 0)
		buf_adds(r->out, "No model was measured. ");
	buf_addf(r->out, "Requests: %s", quantity_count(text, run->requests));
	if (run->failed > 0)
		buf_addf(r->out, ", of which failed: %s",
		    quantity_count(text, run->failed));
	if (run->duration_s == run->duration_s)
		buf_addf(r->out, ". Time: %s",
		    quantity_duration(text, run->duration_s));
	buf_adds(r->out, ". Machine: ");
	md_name(r->out, run->cpu);
	buf_addf(r->out, ", %s", quantity(text, QUANTITY_BYTES,
	    run->memory_bytes));
	buf_adds(r->out, ". Server: ");
	section_server(r);
	buf_adds(r->out, ".\n\n");
}

static const char contents[] =
    "[Verdict](#verdict) · [Like for like?](#like-for-like) · "
    "[Speed](#speed) · [Memory](#memory) · "
    "[Energy](#energy) · [Mixture of experts](#mixture-of-experts) · [Stability](#stability) · "
    "[Findings](#findings) · [Method](#method) · [Machine](#machine) · "
    "[What our tools cost](#what-our-tools-cost) · "
    "[How to reproduce](#how-to-reproduce) · [Raw data](#raw-data) · "
    "[Details](details.md)\n\n";

/* "# TEXT: `host`, `run`" */
static void
title(const struct report *r, const char *text)
{
	const struct row_run *run = evidence_run(r->ev);

	buf_addf(r->out, "# %s: ", text);
	if (run->host_name != NULL) {
		md_name(r->out, run->host_name);
		buf_adds(r->out, ", ");
	}
	md_name(r->out, r->ev->run);
	buf_adds(r->out, "\n\n");
}

static void
one_run(struct report *r)
{
	static void (*const sections[])(const struct report *) = {
		section_verdict, section_parity, section_speed,
		section_memory, section_energy, section_moe, section_stability,
		section_findings, section_method, section_machine,
		section_cost, section_reproduce, section_raw
	};
	size_t i;

	r->subjects = subjects_of(r->ev);
	title(r, "Local LLM server, measured");
	if (r->set->n > 1 && r->subjects.n == 0) {
		buf_adds(r->out, "Nothing was measured.\n\n");
		section_findings(r);
		return;
	}
	banners(r);
	section_short(r);
	lead(r);
	if (r->set->n == 1)		/* the anchors are unique then */
		buf_adds(r->out, contents);
	for (i = 0; i < sizeof(sections) / sizeof(sections[0]); i++)
		sections[i](r);
	subjects_fini(&r->subjects);
}

void
report_write(struct buf *out, const struct evidence_set *set,
    const char *plots)
{
	struct report r = { out, set, NULL, { NULL, 0, 0 }, plots };
	size_t i;

	if (set->n > 1) {
		r.plots = NULL;		/* plots belong to one run */
		section_runs(&r);
	}
	for (i = 0; i < set->n; i++) {
		r.ev = &set->v[i];
		one_run(&r);
	}
}

void
report_details(struct buf *out, const struct evidence_set *set)
{
	struct report r = { out, set, NULL, { NULL, 0, 0 }, NULL };
	size_t i;

	for (i = 0; i < set->n; i++) {
		r.ev = &set->v[i];
		r.subjects = subjects_of(r.ev);
		title(&r, "Details");
		section_details(&r);
		subjects_fini(&r.subjects);
	}
}
