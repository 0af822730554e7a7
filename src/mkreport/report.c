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
    "then is below; what is missing is said to be missing. `make resume` goes "
    "on with it.\n\n";
static const char cut[] =
    "> **CUT OFF.** The records end without the closing line of every tool: "
    "a tool was killed, the disk was full, or the file is a part of a run. "
    "What is there was analysed. `make resume` goes on with a run.\n\n";

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
		    "understood** and are not in this report.\n\n",
		    r->set->bad);
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
    "[Quality](#quality) · ";
static const char contents_behind[] =
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

/* ---- what fits ---------------------------------------------------------- */

/*
 * GitHub takes 65 536 characters; this many bytes leave room for what people
 * write around it, MOVED are what stays of a part that goes.  Several runs
 * share them.
 */
enum { ROOM = 63000, MOVED = 150 };

/* In the order of the report; those with the highest rank are the first that
 * go to the details where there is no room. */
static const struct part {
	void (*write)(const struct report *);
	int rank;
} parts[] = {
	{ section_verdict, 1 }, { section_parity, 8 }, { section_speed, 5 },
	{ section_memory, 6 }, { section_energy, 10 }, { section_moe, 7 },
	{ section_stability, 4 }, { section_quality, 2 },
	{ section_turns, 9 }, { section_next, 10 }, { section_findings, 3 },
	{ section_method, 12 }, { section_machine, 0 },
	{ section_cost, 11 }, { section_reproduce, 0 }, { section_raw, 0 }
};
enum { N_PARTS = sizeof(parts) / sizeof(parts[0]) };

/* All parts as texts without pictures, how long they are with all pictures
 * (report and details must decide alike), and which stay in the report. */
struct layout {
	struct buf text[N_PARTS];
	size_t len[N_PARTS];
	bool is_moved[N_PARTS];
};

static size_t
length(const struct layout *l)
{
	size_t sum = 0;

	for (size_t i = 0; i < N_PARTS; i++)
		sum += l->is_moved[i] ? MOVED : l->len[i];
	return sum;
}

/* The part to move next, or N_PARTS. */
static size_t
least_needed(const struct layout *l)
{
	size_t best = N_PARTS;

	for (size_t i = 0; i < N_PARTS; i++)
		if (parts[i].rank > 0 && !l->is_moved[i] && (best == N_PARTS ||
		    parts[i].rank > parts[best].rank))
			best = i;
	return best;
}

/* What comes before the parts. */
static void
head(const struct report *r)
{
	title(r, "Local LLM server, measured");
	banners(r);
	section_short(r);
	lead(r);
	if (r->set->n == 1)		/* the anchors are unique then */
		buf_addf(r->out, "%s%s%s%s", contents, section_turns_any(r) ?
		    "[Conversations](#conversations) · " : "",
		    section_next_any(r) ? "[Next size and bandwidth]"
		    "(#next-size-and-bandwidth) · " : "", contents_behind);
}

static size_t
length_of(void (*write)(const struct report *), const struct report *r)
{
	struct report part = *r;
	struct buf text = BUF_INIT;
	size_t len;

	part.out = &text;
	part.plots = section_all_plots;
	write(&part);
	len = text.len;
	buf_fini(&text);
	return len;
}

static void
lay_out(struct layout *l, const struct report *r)
{
	struct report part = *r;
	size_t i, before = length_of(head, r);

	memset(l, 0, sizeof(*l));
	part.plots = NULL;
	for (i = 0; i < N_PARTS; i++) {
		part.out = &l->text[i];
		parts[i].write(&part);
		l->len[i] = length_of(parts[i].write, r);
	}
	while (before + length(l) > ROOM / r->set->n &&
	    (i = least_needed(l)) < N_PARTS)
		l->is_moved[i] = true;
}

static void
layout_fini(struct layout *l)
{
	for (size_t i = 0; i < N_PARTS; i++)
		buf_fini(&l->text[i]);
}

/* Its heading, and where the rest is. */
static void
put_moved(struct buf *out, const struct buf *text)
{
	const char *nl = text->len > 0 ? memchr(text->data, '\n', text->len) :
	    NULL;

	if (nl == NULL)
		return;
	buf_add(out, text->data, (size_t)(nl - text->data));
	buf_adds(out, "\n\nIn [Details](details.md): with it this file would "
	    "not fit into an issue.\n\n");
}

/* Once more where there are pictures. */
static void
put_part(struct report *r, const struct layout *l, size_t i)
{
	if (r->plots != NULL)
		parts[i].write(r);
	else if (l->text[i].len > 0)
		buf_add(r->out, l->text[i].data, l->text[i].len);
}

static void
one_run(struct report *r)
{
	struct layout l;

	r->subjects = subjects_of(r->ev);
	if (r->set->n > 1 && r->subjects.n == 0) {
		title(r, "Local LLM server, measured");
		buf_adds(r->out, "Nothing was measured.\n\n");
		section_findings(r);
		return;
	}
	head(r);
	lay_out(&l, r);
	for (size_t i = 0; i < N_PARTS; i++)
		if (l.is_moved[i])
			put_moved(r->out, &l.text[i]);
		else
			put_part(r, &l, i);
	layout_fini(&l);
	subjects_fini(&r->subjects);
}

void
report_write(struct buf *out, const struct evidence_set *set,
    const char *plots)
{
	struct report r = { out, set, NULL, { NULL, 0, 0 }, plots };

	if (set->n > 1) {
		r.plots = NULL;		/* plots belong to one run */
		section_runs(&r);
	}
	for (size_t i = 0; i < set->n; i++) {
		r.ev = &set->v[i];
		one_run(&r);
	}
}

void
report_details(struct buf *out, const struct evidence_set *set)
{
	struct report r = { out, set, NULL, { NULL, 0, 0 }, NULL };
	struct layout l;

	for (size_t i = 0; i < set->n; i++) {
		r.ev = &set->v[i];
		r.subjects = subjects_of(r.ev);
		title(&r, "Details");
		lay_out(&l, &r);
		for (size_t k = 0; k < N_PARTS; k++)
			if (l.is_moved[k])
				buf_add(out, l.text[k].data, l.text[k].len);
		layout_fini(&l);
		section_details(&r);
		subjects_fini(&r.subjects);
	}
}
