#include "progress.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "metric.h"
#include "quantity.h"
#include "statusline.h"
#include "xalloc.h"

struct progress {
	enum progress_level level;
	bool is_terminal, has_begun;
	struct statusline line;
	FILE *log;
	const struct decisions *decided;
	const struct step *steps;
	size_t n, at;
	const struct step *request_step;	/* the last one begun */
	size_t n_cases, i_case;		/* cases: runs of steps alike */
	int64_t begun_ns, origin_ns;	/* this part; the whole run */
	int64_t weight_total, weight_done;	/* requests and loads */
	int64_t step_weight_done;
	int64_t responses[STATUS_UNKNOWN + 1];	/* by status */
	int64_t before, loads_failed, not_needed;
	int64_t case_n;			/* of the case being run */
	double ttft_s, tps;		/* of the last request, NAN */
};

/* How much of the work a step is: a load counts as much as four requests. */
static int64_t
weight(const struct step *s)
{
	return s->op == OP_REQUEST ? s->requests : s->op == OP_LOAD ? 4 : 1;
}

struct progress *
progress_new(enum progress_level level, const struct step *steps, size_t n,
    const struct decisions *decided, FILE *log)
{
	struct progress *p = xcalloc(1, sizeof(*p));
	const struct step *before = NULL;

	p->level = level;
	p->steps = steps;
	p->n = n;
	p->decided = decided;
	p->log = log;
	p->is_terminal = statusline_init(&p->line, STDERR_FILENO);
	p->begun_ns = p->origin_ns = clock_mono_ns();
	p->ttft_s = p->tps = NAN;
	for (size_t i = 0; i < n; i++) {
		p->weight_total += weight(&steps[i]);
		if (steps[i].op != OP_REQUEST)
			continue;
		p->n_cases += !step_is_same_case(before, &steps[i]);
		before = &steps[i];
	}
	return p;
}

void
progress_free(struct progress *p)
{
	free(p);
}

void
progress_clear(struct progress *p)
{
	statusline_clear(&p->line);
}

static void
duration_text(char out[24], double s)
{
	if (s < 100)
		snprintf(out, 24, "%.0fs", s);
	else if (s < 6000)
		snprintf(out, 24, "%.0fm%02.0fs", floor(s / 60), fmod(s, 60));
	else
		snprintf(out, 24, "%.0fh%02.0fm", floor(s / 3600),
		    fmod(s / 60, 60));
}

/* The server's memory: "12.3 GiB", or "". */
static void
memory_text(const struct progress *p, char out[32])
{
	double bytes = decisions_memory(p->decided);

	out[0] = '\0';
	if (bytes >= 1073741824.0)
		snprintf(out, 32, "%.1f GiB", bytes / 1073741824.0);
	else if (isfinite(bytes))
		snprintf(out, 32, "%.0f MiB", bytes / 1048576.0);
}

static const char *
or_dash(const char *s)
{
	return s != NULL ? s : "-";
}

/* The requests that the report counts: what was never tried is no request. */
static int64_t
tried(const struct progress *p)
{
	int64_t n = 0;

	for (int i = 0; i <= STATUS_UNKNOWN; i++)
		n += p->responses[i];
	return n - p->responses[STATUS_CANCELLED] -
	    p->responses[STATUS_SKIPPED];
}

/* An answer that was cut has times that count; it is told apart. */
static int64_t
failed(const struct progress *p)
{
	return tried(p) - p->responses[STATUS_OK] -
	    p->responses[STATUS_TRUNCATED];
}

/* "  TTFT 520 ms  18.1 tok/s": of the last request, what of it is known. */
static void
add_speed(const struct progress *p, struct buf *line)
{
	char text[QUANTITY_CAP];

	if (isfinite(p->ttft_s))
		buf_addf(line, "  TTFT %s",
		    quantity(text, QUANTITY_SECONDS, p->ttft_s));
	if (isfinite(p->tps))
		buf_addf(line, "  %s", quantity(text, QUANTITY_RATE, p->tps));
}

/* "[3/24] llama gguf simple_gen  TTFT 520 ms  18.1 tok/s  512 MiB  TTFT
 * decided, decode not yet" */
static void
compose(const struct progress *p, struct buf *line)
{
	const struct step *s = &p->steps[p->at];
	char text[64];

	buf_addf(line, "[%zu/%zu] %s %s %s", p->i_case, p->n_cases,
	    or_dash(s->pair), or_dash(s->variant), s->scenario != NULL ?
	    s->scenario : step_op_words[s->op]);
	add_speed(p, line);
	memory_text(p, text);
	if (text[0] != '\0')
		buf_addf(line, "  %s", text);
	if (failed(p) > 0)
		buf_addf(line, "  %lld failed", (long long)failed(p));
	decisions_text(p->decided, s->pair, text, sizeof(text));
	if (text[0] != '\0')
		buf_addf(line, "  %s", text);
}

/* "  ETA 40s", or "". */
static void
compose_eta(const struct progress *p, char out[40])
{
	double elapsed = (double)(clock_mono_ns() - p->begun_ns) / 1e9;
	int64_t done = p->weight_done + p->step_weight_done;
	char text[24];

	out[0] = '\0';
	if (done <= 0 || done >= p->weight_total)
		return;
	duration_text(text, elapsed / (double)done *
	    (double)(p->weight_total - done));
	snprintf(out, 40, "  ETA %s", text);
}

static void
draw(struct progress *p)
{
	struct buf line = BUF_INIT;
	char eta[40];

	compose(p, &line);
	compose_eta(p, eta);
	statusline_show(&p->line, buf_cstr(&line), eta);
	buf_fini(&line);
}

void
progress_tick(struct progress *p)
{
	if (p->level == PROGRESS_QUIET || !p->is_terminal ||
	    !statusline_is_due(&p->line, clock_mono_ns()))
		return;
	draw(p);
}

/* A line for people: to stderr if shown, and to the log. */
static void
say(struct progress *p, bool is_shown, const char *raw)
{
	char line[1024];

	diag_clean(line, sizeof(line), raw);
	if (p->log != NULL) {
		fprintf(p->log, "%s\n", line);
		fflush(p->log);
	}
	if (!is_shown)
		return;
	progress_clear(p);
	fprintf(stderr, "%s\n", line);
}

void
progress_say(struct progress *p, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	say(p, p->level > PROGRESS_QUIET, line);
}

/* A case is over: one plain line with its last request's figures. */
static void
close_case(struct progress *p)
{
	struct buf line = BUF_INIT;

	if (p->case_n == 0)
		return;
	compose(p, &line);
	/* On a terminal the line that is redrawn has said it. */
	say(p, p->level > PROGRESS_QUIET && !p->is_terminal, buf_cstr(&line));
	buf_fini(&line);
	p->case_n = 0;
}

void
progress_step(struct progress *p, size_t i)
{
	bool is_request = p->steps[i].op == OP_REQUEST;
	bool is_new = is_request && !step_is_same_case(p->request_step,
	    &p->steps[i]);

	if (p->has_begun)
		p->weight_done += weight(&p->steps[p->at]);
	p->has_begun = true;
	p->step_weight_done = 0;
	if (is_new || !is_request)
		close_case(p);
	p->at = i;
	if (is_request)
		p->request_step = &p->steps[i];
	if (is_new) {
		p->i_case++;
		p->ttft_s = p->tps = NAN;
	}
	if (p->level > PROGRESS_QUIET && p->is_terminal)
		draw(p);
}

void
progress_not_needed(struct progress *p, size_t i)
{
	const struct step *s = &p->steps[i];

	p->weight_total -= weight(s);
	if (s->op != OP_REQUEST)
		return;
	p->not_needed += s->requests;
	p->i_case += !step_is_same_case(p->request_step, s);
	p->request_step = s;
}

/* Shown when asked for, or when it failed; always in the log. */
static void
request_line(struct progress *p, const struct exchange *x)
{
	struct buf line = BUF_INIT;

	buf_addf(&line, "  req %lld  %s %s %s  %s",
	    (long long)x->req, or_dash(x->step->pair),
	    or_dash(x->step->variant), or_dash(x->step->scenario),
	    response_status_name(x->status));
	add_speed(p, &line);
	if (x->facts.prompt_tokens >= 0)
		buf_addf(&line, "  %lld in",
		    (long long)x->facts.prompt_tokens);
	if (x->facts.completion_tokens >= 0)
		buf_addf(&line, "  %lld out",
		    (long long)x->facts.completion_tokens);
	if (x->error[0] != '\0')
		buf_addf(&line, "  %s", x->error);
	say(p, p->level == PROGRESS_VERBOSE || (x->status != STATUS_OK &&
	    p->level > PROGRESS_QUIET), buf_cstr(&line));
	buf_fini(&line);
}

void
progress_response(struct progress *p, const struct exchange *x)
{
	double tokens = (double)x->facts.completion_tokens;
	double decode_s = (double)(x->last_token_ns - x->first_token_ns) / 1e9;
	double e2e_s = (double)(x->last_event_ns - x->sent_ns) / 1e9;

	p->responses[x->status]++;
	p->case_n++;
	p->step_weight_done++;
	p->ttft_s = x->first_token_ns >= 0 ?
	    (double)(x->first_token_ns - x->sent_ns) / 1e9 : NAN;
	p->tps = tokens > 1 && !metric_is_unresolved(decode_s, e2e_s) ?
	    (tokens - fmax(1, tokens / (double)x->token_chunks)) / decode_s :
	    NAN;
	request_line(p, x);
}

void
progress_skipped(struct progress *p)
{
	p->responses[STATUS_SKIPPED]++;
	p->step_weight_done++;
}

void
progress_load_failed(struct progress *p)
{
	p->loads_failed++;
}

void
progress_resume(struct progress *p, const int64_t before[],
    int64_t not_needed, int64_t origin_ns)
{
	for (int i = 0; i <= STATUS_UNKNOWN; i++)
		p->responses[i] += before[i];
	p->origin_ns = origin_ns;
	p->before = tried(p);
	p->not_needed = not_needed;
}

void
progress_finish(struct progress *p, bool was_interrupted)
{
	static const char *const what[] = { "truncated", "cancelled",
	    "skipped", "loads failed", "not needed: decided" };
	const int64_t n[] = { p->responses[STATUS_TRUNCATED],
	    p->responses[STATUS_CANCELLED], p->responses[STATUS_SKIPPED],
	    p->loads_failed, p->not_needed };
	struct buf line = BUF_INIT;
	char text[32];
	int64_t now = clock_mono_ns();

	close_case(p);
	progress_clear(p);
	duration_text(text, (double)(now - p->begun_ns) / 1e9);
	buf_addf(&line, "%s after %s",
	    was_interrupted ? "interrupted" : "done", text);
	if (p->begun_ns - p->origin_ns >= NS_PER_S) {
		duration_text(text, (double)(now - p->origin_ns) / 1e9);
		buf_addf(&line, " (%s since the run began)", text);
	}
	buf_addf(&line, ": %lld request%s", (long long)tried(p),
	    tried(p) == 1 ? "" : "s");
	if (p->before > 0)
		buf_addf(&line, " (%lld before it was resumed)",
		    (long long)p->before);
	buf_addf(&line, ", %lld failed", (long long)failed(p));
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		if (n[i] > 0)
			buf_addf(&line, ", %lld %s", (long long)n[i],
			    n[i] == 1 && i == 3 ? "load failed" : what[i]);
	say(p, p->level > PROGRESS_QUIET, buf_cstr(&line));
	buf_fini(&line);
}
