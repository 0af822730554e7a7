#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "section.h"
#include "version.h"

/* Findings of one code in more places than this share one row. */
enum { PLACES_MAX = 3 };
/* More rows than this are counted, the gravest being shown. */
enum { FINDINGS_MAX = 15 };

/* The findings like f[first]: how many, their counts, the largest of them. */
struct alike_findings {
	size_t n;
	double count;
	const struct row_integrity *largest;
};

static double
count_of(const struct row_integrity *f)
{
	return isnan(f->count) ? 1 : f->count;
}

static struct alike_findings
findings_like(const struct row_integrity *f, size_t n, size_t first)
{
	struct alike_findings a = { 0, 0, &f[first] };
	size_t i;

	for (i = 0; i < n; i++)
		if (same(f[i].level, f[first].level) &&
		    alike(f[i].code, f[first].code)) {
			a.n++;
			a.count += count_of(&f[i]);
			if (count_of(&f[i]) > count_of(a.largest))
				a.largest = &f[i];
		}
	return a;
}

static bool
is_first_of_code(const struct row_integrity *f, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (same(f[k].level, f[i].level) &&
		    alike(f[k].code, f[i].code))
			return false;
	return true;
}

static void
finding_row(struct md_table *t, const struct row_integrity *f, double count,
    size_t places)
{
	const char *const where[] = { f->pair, f->variant, f->scenario };
	char text[QUANTITY_CAP];
	const char *sep = "";
	size_t i;

	md_cell(t, same(f->level, "error") ? "**%s**" : "%s", f->level);
	md_cell_begin(t);
	md_name_cut(t->out, f->code, 32);
	md_cell_end(t);
	md_cell(t, "%s", quantity_count(text, count));
	md_cell_begin(t);
	if (places > 1) {
		buf_addf(t->out, "%zu places, most in", places);
		sep = " ";
	}
	for (i = 0; i < sizeof(where) / sizeof(where[0]); i++)
		if (where[i] != NULL) {
			buf_adds(t->out, sep);
			sep = " ";
			md_name_cut(t->out, where[i], 32);
		}
	md_cell_end(t);
	md_cell_text(t, f->message);
	md_row_end(t);
}

/* The rows of one level; what is over the limit is counted.  Returns how many
 * rows that is. */
static size_t
level_rows(struct md_table *t, const struct row_integrity *f, size_t n,
    const char *level, size_t *shown)
{
	struct alike_findings a;
	size_t i, left = 0;

	for (i = 0; i < n; i++) {
		if (!same(f[i].level, level))
			continue;
		a = findings_like(f, n, i);
		if (a.n > PLACES_MAX && !is_first_of_code(f, i))
			continue;
		if (*shown == FINDINGS_MAX) {
			left++;
			continue;
		}
		++*shown;
		if (a.n <= PLACES_MAX)
			finding_row(t, &f[i], count_of(&f[i]), 1);
		else
			finding_row(t, a.largest, a.count, a.n);
	}
	return left;
}

void
section_findings(const struct report *r)
{
	static const char *const levels[] = { "error", "warn", "info" };
	enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };
	const struct row_integrity *f;
	const char *sep = "Not shown: ";
	size_t l, n, shown = 0, left[LEVELS];
	struct md_table t;

	buf_adds(r->out, "## Findings\n\n");
	f = evidence_rows(r->ev, ROW_INTEGRITY, &n);
	if (n == 0) {
		buf_adds(r->out, "Nothing was found that speaks against the "
		    "numbers above.\n\n");
		return;
	}
	md_table_begin(&t, r->out, "Level|What|Count:|Where|Message");
	for (l = 0; l < LEVELS; l++)
		left[l] = level_rows(&t, f, n, levels[l], &shown);
	md_table_end(&t);
	for (l = 0; l < LEVELS; l++)
		if (left[l] > 0) {
			buf_addf(r->out, "%s%zu more of level %s", sep,
			    left[l], levels[l]);
			sep = ", ";
		}
	buf_adds(r->out, sep[0] == ',' ? ". " : "");
	buf_adds(r->out, "Each finding by itself stands in "
	    "`test_results.json`.\n\n");
}

/* "gguf, mlx, mlx, gguf" of each pair: the order of the visits. */
static void
visits(const struct report *r, const struct subject *p)
{
	const struct row_phase *f;
	const char *last = NULL;
	double block = NAN;
	size_t i, n, shown = 0;

	f = evidence_rows(r->ev, ROW_PHASE, &n);
	buf_adds(r->out, "- Order of visits to ");
	md_name(r->out, p->pair);
	buf_adds(r->out, ": ");
	for (i = 0; i < n; i++) {
		if (!same(f[i].pair, p->pair) || isnan(f[i].block) ||
		    (same(f[i].variant, last) && f[i].block == block))
			continue;
		buf_adds(r->out, shown++ == 0 ? "" : ", ");
		md_name_cut(r->out, f[i].variant, 24);
		last = f[i].variant;
		block = f[i].block;
	}
	buf_adds(r->out, shown == 0 ? "not recorded\n" : "\n");
}

static const char definitions[] =
    "- **Time to first token** (`ttft_s`): from the last byte of the request "
    "handed to the socket to the first chunk with text in it. Chunks that "
    "carry only a role, nothing or progress do not count.\n"
    "- **Decode** (`decode_tps`): (completion tokens - 1) over the time from "
    "the first to the last chunk with text. Token counts come from the "
    "server; where they do not, a finding says so.\n"
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
	char text[QUANTITY_CAP];
	size_t i;

	buf_adds(r->out, "## Method\n\n");
	for (i = 0; i < r->subjects.n; i++)
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
}

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

/* of_run, or what the models' field at offset says. */
static void
server_fact(struct md_table *t, const struct report *r, const char *label,
    const char *of_run, size_t offset)
{
	char *said = subject_server(r->ev, of_run, offset);

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
	    offsetof(struct row_model, server_name));
	server_fact(&t, r, "Server version", run->server_version,
	    offsetof(struct row_model, server_version));
	server_fact(&t, r, "API", run->server_api,
	    offsetof(struct row_model, api));
	server_fact(&t, r, "Address", run->server_url,
	    offsetof(struct row_model, server_url));
	fact(&t, "Started", run->wall);
	md_table_end(&t);
}

/* How exact the client is on this machine, as the run itself measured it. */
static void
noise_floor(struct buf *out, const struct row_run *run)
{
	char a[QUANTITY_CAP], b[QUANTITY_CAP], c[QUANTITY_CAP];

	if (run == NULL || isnan(run->noise_p50_ns))
		return;
	buf_addf(out, "How exact the client was just before the run, against a "
	    "sender of its own with a known schedule: a chunk was stamped %s "
	    "after it was sent (median; %s at the 99th percentile), and the "
	    "time to first token was within %s of the sender's. Smaller "
	    "differences than these are not the server's.\n\n",
	    quantity(a, QUANTITY_SECONDS, run->noise_p50_ns / 1e9),
	    quantity(b, QUANTITY_SECONDS, run->noise_p99_ns / 1e9),
	    quantity(c, QUANTITY_SECONDS, run->noise_ttft_ns / 1e9));
}

/* Waiting in the client, from when a request was due to when it left. */
static void
client_queue(const struct report *r)
{
	char most[QUANTITY_CAP], middle[QUANTITY_CAP];
	const struct row_metric *m, *worst = NULL;
	size_t i, n;

	m = evidence_rows(r->ev, ROW_METRIC, &n);
	for (i = 0; i < n; i++)
		if (same(m[i].metric, "queue_s") && m[i].by == NULL &&
		    m[i].max >= 0 &&
		    (worst == NULL || m[i].max > worst->max))
			worst = &m[i];
	if (worst == NULL)
		return;
	buf_addf(r->out, "No request left the client more than %s after it "
	    "was due; that was in ", quantity(most, QUANTITY_SECONDS,
	    worst->max));
	md_name(r->out, worst->scenario);
	buf_adds(r->out, " of ");
	md_name(r->out, worst->variant);
	buf_addf(r->out, ", whose median is %s. Times count from when it left "
	    "(`queue_s` is the wait).\n\n", quantity(middle,
	    QUANTITY_SECONDS, worst->p50));
}

void
section_cost(const struct report *r)
{
	const struct row_self *s;
	char a[QUANTITY_CAP], b[QUANTITY_CAP], c[QUANTITY_CAP];
	struct md_table t;
	size_t i, n;

	buf_adds(r->out, "## What our tools cost\n\n");
	s = evidence_rows(r->ev, ROW_SELF, &n);
	if (n == 0) {
		buf_adds(r->out, "Not measured.\n\n");
		return;
	}
	md_table_begin(&t, r->out, "Tool|CPU time:|Share of one core:|"
	    "Peak resident set:|Memory samples:|Missed:|Worst lateness:");
	for (i = 0; i < n; i++) {
		md_cell_name(&t, s[i].tool);
		md_cell(&t, "%s", quantity(a, QUANTITY_SECONDS,
		    s[i].cpu_ns / 1e9));
		md_cell(&t, "%s", quantity(a, QUANTITY_RATIO,
		    s[i].cpu_ratio));
		md_cell(&t, "%s", quantity(a, QUANTITY_BYTES,
		    s[i].max_rss_bytes));
		md_cell(&t, "%s", isnan(s[i].samples) ? "" :
		    quantity_count(a, s[i].samples));
		md_cell(&t, "%s", isnan(s[i].samples) ? "" :
		    quantity_count(b, s[i].missed));
		md_cell(&t, "%s", isnan(s[i].samples) ? "" :
		    quantity(c, QUANTITY_SECONDS, s[i].worst_late_ns / 1e9));
		md_row_end(&t);
	}
	md_table_end(&t);
	noise_floor(r->out, evidence_run(r->ev));
	client_queue(r);
}

void
section_reproduce(const struct report *r)
{
	const struct row_run *run = evidence_run(r->ev);
	struct md_table t;

	buf_adds(r->out, "## How to reproduce\n\n"
	    "The same measurement again, from the plan in this folder, which "
	    "holds every prompt, seed and order:\n\n"
	    "```sh\n"
	    "lmsdrive run plan.ndjson | memsample | tee raw.ndjson |\n"
	    "    metricsagg | tee metrics.ndjson | mkreport >report.md\n"
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
