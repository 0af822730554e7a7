/*
 * Any bytes as raw records, as far as the reader goes: what it takes, and how
 * that is joined, is the same whatever the order of the lines.  What is made
 * of it is fuzz_metricsagg_metrics.c, a hundred times as slow.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "in/intake.h"
#include "join/link.h"
#include "lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
read_lines(struct tables *t, const struct slice *lines, size_t n,
    int backwards)
{
	const char *why;
	size_t i;

	tables_init(t);
	for (i = 0; i < n; i++)
		intake_line(t, lines[backwards ? n - 1 - i : i], &why);
	link_sort_runs(t);
	for (i = 0; i < t->n_runs; i++)
		if (!t->runs[i]->is_refused)
			link_run(t->runs[i]);
}

static int
is_same_request(const struct request_row *a, const struct request_row *b)
{
	double x, y;

	for (unsigned i = 0; i < V_COUNT; i++) {
		x = request_v(a, i);
		y = request_v(b, i);
		if (memcmp(&x, &y, sizeof(x)) != 0)
			return 0;
	}
	return a->req == b->req && a->t_sent == b->t_sent &&
	    a->status == b->status && a->d.token_chunks == b->d.token_chunks;
}

static void
compare(const struct run *a, const struct run *b)
{
	size_t i;

	if (a->is_refused != b->is_refused)
		abort();
	if (a->is_refused)	/* what comes behind that is not read */
		return;
	if (a->n_steps != b->n_steps || a->n_requests != b->n_requests ||
	    a->n_visits != b->n_visits || a->n_mems != b->n_mems)
		abort();
	for (i = 0; i < a->n_requests; i++)
		if (!is_same_request(&a->requests[i], &b->requests[i]))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct slice lines[LINES_MAX];
	size_t n = split((const char *)data, len, lines), i;
	struct tables one, two;

	read_lines(&one, lines, n, 0);
	read_lines(&two, lines, n, 1);
	if (one.n_runs != two.n_runs)
		abort();
	for (i = 0; i < one.n_runs; i++)
		compare(one.runs[i], two.runs[i]);
	tables_fini(&one);
	tables_fini(&two);
	return 0;
}
