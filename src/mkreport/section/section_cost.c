/* cost: what our tools take, and how exact they are. */
#include <math.h>

#include "row_table.h"

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

static const struct row_table tools = {
	.type = ROW_SELF,
	.none = "Not measured.\n\n",
	.columns = {
		COLUMN("Tool", NAME, tool), COLUMN("CPU time:", NS, cpu_ns),
		COLUMN("Share of one core:", RATIO, cpu_ratio),
		COLUMN("Peak resident set:", BYTES, max_rss_bytes),
		COLUMN_OR("Memory samples:", COUNT, samples, ""),
		COLUMN_OR("Missed:", COUNT, missed, ""),
		COLUMN_OR("Worst lateness:", NS, worst_late_ns, "")
	}
};

void
section_cost(const struct report *r)
{
	buf_adds(r->out, "## What our tools cost\n\n");
	if (!row_table(r, NULL, &tools))
		return;
	noise_floor(r->out, evidence_run(r->ev));
	client_queue(r);
}
