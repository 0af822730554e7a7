/* cost: what our tools take, and how exact they are. */
#include <math.h>

#include "section.h"

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
	const struct row_key key = { .metric = "queue_s", .by = evidence_none };
	const struct row_metric *m = NULL, *worst = NULL;

	while ((m = evidence_find(r->ev, ROW_METRIC, &key, m)) != NULL)
		if (m->max >= 0 && (worst == NULL || m->max > worst->max))
			worst = m;
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
	size_t n;

	buf_adds(r->out, "## What our tools cost\n\n");
	s = evidence_rows(r->ev, ROW_SELF, &n);
	if (n == 0) {
		buf_adds(r->out, "Not measured.\n\n");
		return;
	}
	md_table_begin(&t, r->out, "Tool|CPU time:|Share of one core:|"
	    "Peak resident set:|Memory samples:|Missed:|Worst lateness:");
	for (size_t i = 0; i < n; i++) {
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
