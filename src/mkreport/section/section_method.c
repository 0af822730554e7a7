/* method: how it was measured, and what each name means. */
#include <math.h>

#include "section.h"
#include "verdict/verdict.h"

/* "gguf, mlx, mlx, gguf" of each pair: the order of the visits. */
static void
visits(const struct report *r, const struct subject *p)
{
	const struct row_key key = { .pair = p->pair };
	const struct row_phase *f = NULL;
	const char *last = NULL;
	double block = NAN;
	size_t shown = 0;

	buf_adds(r->out, "- Order of visits to ");
	md_name(r->out, p->pair);
	buf_adds(r->out, ": ");
	while ((f = evidence_find(r->ev, ROW_PHASE, &key, f)) != NULL) {
		if (isnan(f->block) ||
		    (same(f->variant, last) && f->block == block))
			continue;
		buf_adds(r->out, shown++ == 0 ? "" : ", ");
		md_name_cut(r->out, f->variant, 24);
		last = f->variant;
		block = f->block;
	}
	buf_adds(r->out, shown == 0 ? "not recorded\n" : "\n");
}

static const char definitions[] =
    "- **Time to first token** (`ttft_s`): from the last byte of the request "
    "handed to the socket to the first chunk with text in it. Chunks that "
    "carry only a role, nothing or progress do not count.\n"
    "- **Decode** (`decode_tps`): tokens over the time from the first to "
    "the last chunk with text, without those that came with the first: one, "
    "or its share of the bytes where chunks hold several. Token counts come "
    "from the server; where they do not, a finding says so.\n"
    "- **Prefill** (`prefill_tps`): prompt tokens that were not cached over "
    "the prefill time, from the server's progress events where it sends "
    "them, else the time to first token.\n"
    "- **Effective** (`effective_tps`): completion tokens over the time from "
    "sending to the last chunk.\n"
    "- **Cold** prompts were never sent before and share no long run of text "
    "with one that was; **warm** ones were sent before.\n"
    "- Quantiles are of type 7 (Hyndman and Fan); the 95 % interval of a "
    "median is by order statistics. A percentile is printed only when the "
    "sample is large enough for it.\n"
    "- Variants are compared by rounds, see [Verdict](#verdict). E is the "
    "scale-invariant t test martingale with a normal mixture over the "
    "standardised effect, variances 1 and 25 (Perez-Ortiz, Lardy, de Heide "
    "and Grunwald 2024; Rouder et al. 2009); an interval holds every "
    "ratio for which E is below 20.\n"
    "- Leaks: floors between requests, regression with autocorrelated "
    "errors, against a logarithm and against a step; a straight line alone "
    "is no leak.\n"
    "- Nothing is removed as an outlier. Warm-up requests are the ones the "
    "plan marks as such.\n";

void
section_method(const struct report *r)
{
	const struct row_run *run = evidence_run(r->ev);
	const char *const *rule;
	char text[QUANTITY_CAP];

	buf_adds(r->out, "## Method\n\n");
	for (size_t i = 0; i < r->subjects.n; i++)
		visits(r, &r->subjects.v[i]);
	buf_addf(r->out, "- Memory is sampled every %s; chunks are timed by ",
	    quantity(text, QUANTITY_SECONDS, run->memory_interval_ns / 1e9));
	buf_adds(r->out, same(run->clock, "kernel") ?
	    "the kernel's receive time stamp.\n" :
	    same(run->clock, "callback") ?
	    "a clock read first thing after the read.\n" :
	    "a clock the records do not name.\n");
	buf_addf(r->out, "- Every prompt, seed, repeat and the order of all "
	    "requests stand in `plan.ndjson`.\n%s\n", definitions);
	buf_adds(r->out, "### How the verdicts are found\n\n");
	for (rule = VERDICT_RULES; *rule != NULL; rule++)
		buf_addf(r->out, "- %s\n", *rule);
	buf_addc(r->out, '\n');
}
