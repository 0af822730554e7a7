/* speed: times and rates of each scenario, a column for each variant. */

#include <math.h>

#include "speed_table.h"
#include "verdict/verdict.h"

static const struct speed_row rows[] = {
	{ "load_s", "Load time", ROW_ALWAYS },
	{ "ttft_s", "Time to first token", ROW_ALWAYS },
	{ "ttfa_s", "Time to first answer token", ROW_IF_OTHER },
	{ "prefill_tps", "Prefill", ROW_ALWAYS },
	{ "decode_tps", "Decode", ROW_ALWAYS },
	{ "bytes_per_s", "Decode, bytes of text", ROW_IF_COUNTED_APART },
	{ "accept_ratio", "Guessed tokens accepted", ROW_ALWAYS },
	{ "tokens_per_burst", "Tokens in a burst", ROW_IF_BURSTS },
	{ "burst_s", "Time of a burst", ROW_IF_BURSTS },
	{ "effective_tps", "Effective", ROW_UNVARIED },
	{ "throughput_tps", "Throughput of all requests together", ROW_ALWAYS }
};
enum { N_ROWS = sizeof(rows) / sizeof(rows[0]) };

/* Say which scenarios are not in the table, so that nobody misses them. */
static void
sessions(const struct report *r, const struct subject *p)
{
	struct row_key key = { .pair = p->pair };
	const struct row_compare *c;
	const struct row_leak *l = NULL;
	const char *last = NULL;

	while ((l = evidence_find(r->ev, ROW_LEAK, &key, l)) != NULL) {
		if (same(l->scenario, last) ||
		    !speed_is_session(r, p->pair, l->scenario))
			continue;
		last = l->scenario;
		key.scenario = last;
		c = evidence_find(r->ev, ROW_COMPARE, &key, NULL);
		key.scenario = NULL;
		md_name_cut(r->out, last, 32);
		buf_addf(r->out, " is not compared: %s. Its figures stand "
		    "under [Details](details.md).\n\n", c->rounds > 1 ?
		    verdict_order(c) :
		    "it is one long visit of each variant, not rounds");
	}
}

/* How far the server's own figures are from ours, at most. */
static void
disagreement(const struct report *r, const struct subject *p)
{
	const struct row_key key = { .pair = p->pair, .by = evidence_none };
	const struct row_metric *m = NULL, *most = NULL;
	char text[QUANTITY_CAP];

	while ((m = evidence_find(r->ev, ROW_METRIC, &key, m)) != NULL)
		if (isfinite(m->server_rel_diff) && (most == NULL ||
		    fabs(m->server_rel_diff) > fabs(most->server_rel_diff)))
			most = m;
	if (most == NULL) {
		buf_adds(r->out, "The server told no figures of its own.\n\n");
		return;
	}
	buf_addf(r->out, "Ours against the server's own figures: at most %s "
	    "apart (", quantity(text, QUANTITY_RATIO,
	    fabs(most->server_rel_diff)));
	md_name_cut(r->out, most->metric, 24);
	if (most->scenario != NULL) {
		buf_adds(r->out, " of ");
		md_name_cut(r->out, most->scenario, 32);
	}
	buf_adds(r->out, ", ");
	md_name_cut(r->out, most->variant, 32);
	buf_adds(r->out, "); side by side under [Details](details.md).\n\n");
}

static void
pair_plots(const struct report *r, size_t number)
{
	section_plot(r, "scenarios", number, "Time to first token and decode "
	    "speed by scenario and variant, every sample a dot, with the "
	    "median and how far these requests spread it (95 %, as if no two "
	    "were alike) where a scenario has one length and load");
	section_plot(r, "prompt", number, "Time to first token against the "
	    "number of prompt tokens: a dot for each request outside of a "
	    "conversation, the line through the medians of each length asked "
	    "for");
	section_plot(r, "depth", number, "Decode speed against the number of "
	    "tokens in the context, dots and line as above");
	section_plot(r, "concurrency", number, "Throughput and time to first "
	    "token against the number of concurrent requests: the median and "
	    "how far these requests spread it (95 %, as if no two were "
	    "alike)");
	section_plot(r, "ecdf", number, "Share of the gaps between chunks that "
	    "are at most so long, one curve per variant");
}

static const char introduction[] = "## Speed\n\n"
    "Medians with their 95 % interval in brackets and the number of samples n; "
    "no interval is given for fewer than 6. It takes requests for independent: "
    "those of one visit are alike, so from few visits it is too narrow, and two "
    "that lie apart decide nothing. Warm-up and failed requests are "
    "left out. For times less is better, for tokens per second (tok/s) more. "
    "Effective is what the user waits for: all tokens over the whole time. "
    "The time to the first answer token has a row where it differs from the "
    "time to the first token (a model that reasons), bytes of text where the "
    "variants count the tokens of one prompt differently, bursts where several "
    "tokens come at a time (guessed ones, or large chunks). A scenario that varies "
    "something is shown level by level; the row of all levels has the ratio "
    "between requests that are alike. Domain by domain it stands under "
    "[Mixture of experts](#mixture-of-experts), and in full under "
    "[Details](details.md).\n\n"
    "The last column: the mean ratio of the rounds, which need not be that of "
    "the medians, with its 95 % interval, and the verdict where it is decided. A ratio without a verdict is a description.\n\n";

void
section_speed(const struct report *r)
{
	const struct subject *p;

	buf_adds(r->out, introduction);
	for (size_t i = 0; i < r->subjects.n; i++) {
		p = &r->subjects.v[i];
		section_pair_heading(r, p);
		if (r->ev->rows[ROW_METRIC].n == 0) {
			buf_adds(r->out, "Not measured: no request "
			    "succeeded.\n\n");
			continue;
		}
		if (speed_table(r, p, rows, N_ROWS, SPEED_COMPARED) == 0)
			buf_adds(r->out, "Not measured.\n\n");
		sessions(r, p);
		disagreement(r, p);
		pair_plots(r, i + 1);
	}
}
