/* Findings from the requests of a group: what does not fit together. */

#include "audit.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "join/derive.h"
#include "stats/summary.h"
#include "xalloc.h"

/* A finding when our figure and the server's differ by more than this: than
 * that share, and a time by more than what is on its way for so long. */
#define SERVER_DIFFERS 0.1
#define ON_ITS_WAY_S 0.005

enum { CHUNKS_LIE, IMPLAUSIBLE, COALESCED, UNSURE_FIGURES, CACHED, UNCACHED,
	EVICTED, FEW_FRESH, LATE, LATE_MERGED, N_TOLD, ONE_BURST = N_TOLD,
	UNSURE, FAILED, GOOD, N_COUNTS };

#define NO_TTFT "time to first token was not measured in"
#define OUR_READER " our own reader was over a millisecond late;"

/* What is said of so many requests: the words before their number and
 * behind. */
static const struct told {
	enum finding_level level;
	const char *code, *before, *behind;
} told[N_TOLD] = {
	[CHUNKS_LIE] = { FINDING_ERROR, "chunk_count", "in", " there is "
	    "another number of token chunks than the response says: records "
	    "are missing" },
	[IMPLAUSIBLE] = { FINDING_WARN, "implausible_tokens", "in", " there "
	    "are far more token chunks than tokens: part of the text is not "
	    "the model's, or the count not of this answer; no rate is taken" },
	[COALESCED] = { FINDING_WARN, "coalesced_chunks", "in", " the server "
	    "sent most chunks several at once: gaps are those between its "
	    "writes" },
	[UNSURE_FIGURES] = { FINDING_WARN, "unsure_times", "in", " we read too "
	    "late to know when a chunk came, to 1 ms or 1 %: the figures made "
	    "of it are left out; lmsdrive reads in time where it may run in "
	    "real time (CAP_SYS_NICE or an rtprio limit)" },
	/* What was in the prompt cache, against what was meant. */
	[CACHED] = { FINDING_WARN, "cold_cached", NO_TTFT, ": much of a prompt "
	    "that was to be cold was in the server's cache; where an earlier "
	    "run put it there, restart the server, or set order.seed" },
	[UNCACHED] = { FINDING_WARN, "warm_not_cached", NO_TTFT, ": most of a "
	    "prompt that was sent before was not in the server's cache" },
	[EVICTED] = { FINDING_WARN, "evicted", NO_TTFT, ": the model was not "
	    "in memory, or not as a whole, and was loaded for the request (an "
	    "idle limit, another model, a machine short of memory)" },
	[FEW_FRESH] = { FINDING_INFO, "prefill_cached", "prefill was not "
	    "measured in", ": all but a few tokens of the prompt were in the "
	    "server's cache" },
	/* Known only where the kernel stamps arrivals. */
	[LATE] = { FINDING_INFO, "late_reads", "in", OUR_READER " the times "
	    "are the kernel's and do not suffer" },
	[LATE_MERGED] = { FINDING_INFO, "late_reads", "in", OUR_READER " no "
	    "gap is taken where the kernel merged what came meanwhile, all "
	    "other times are its own" },
};

static void
count_request(const struct request_row *q, uint64_t n[N_COUNTS])
{
	if (!q->is_done)
		return;
	if (!tables_is_good(q)) {
		n[FAILED] += tables_was_tried(q);
		return;
	}
	n[GOOD]++;
	n[CHUNKS_LIE] += q->d.lacks_chunks;
	n[ONE_BURST] += q->d.doubt == RATE_UNRESOLVED;
	n[IMPLAUSIBLE] += q->d.doubt == RATE_IMPLAUSIBLE;
	n[names_cmp(q->asked->cache, "warm") == 0 ? UNCACHED : CACHED] +=
	    q->d.is_miscached;
	n[FEW_FRESH] += q->d.is_prefill_cached && !q->asked->warmup;
	n[EVICTED] += q->d.is_evicted && !q->asked->warmup;
	n[COALESCED] += q->d.is_coalesced;
	n[LATE] += q->d.is_late;
	n[UNSURE] += q->d.has_unsure;
	n[UNSURE_FIGURES] += q->d.is_unsure;
}

/* The most bursts of an answer whose decode was not resolved. */
static int64_t
bursts_of(const struct group *g)
{
	int64_t most = 0;

	for (size_t i = 0; i < g->n; i++)
		if (g->q[i]->d.doubt == RATE_UNRESOLVED &&
		    g->q[i]->d.bursts > most)
			most = g->q[i]->d.bursts;
	return most;
}

static void
audit_counts(struct view *v, struct finding f, const uint64_t n[N_COUNTS],
    int64_t bursts)
{
	f.level = n[GOOD] == 0 ? FINDING_ERROR : FINDING_WARN;
	f.code = n[GOOD] == 0 ? "all_failed" : "failed_requests";
	findings_add(&v->f, &f, n[FAILED], "%" PRIu64 " of %" PRIu64
	    " requests failed", n[FAILED], n[FAILED] + n[GOOD]);
	f.level = FINDING_WARN;
	f.code = "one_burst";
	findings_add(&v->f, &f, n[ONE_BURST], "decode was not measured in %"
	    PRIu64 " request%s: the answer came in %" PRId64 " burst%s",
	    n[ONE_BURST], FINDINGS_S(n[ONE_BURST]), bursts,
	    FINDINGS_S(bursts));
	for (size_t i = 0; i < N_TOLD; i++) {
		f.level = told[i].level;
		f.code = told[i].code;
		findings_add(&v->f, &f, n[i], "%s %" PRIu64 " request%s%s",
		    told[i].before, n[i], FINDINGS_S(n[i]), told[i].behind);
	}
}

/* Bursts of several tokens: what the gaps are, and what a token takes. */
static void
audit_bursts(struct view *v, struct finding f, const struct group *g)
{
	double *x = xreallocarray(NULL, g->n + 1, sizeof(*x)), p50[3];
	static const enum metric shown[] = { M_TOKENS_PER_BURST, M_BURST,
		M_TPOT };
	size_t i, n = 0, all = 0;

	for (size_t k = 0; k < 3; k++) {
		for (i = n = all = 0; i < g->n; i++) {
			all += group_counts(g->q[i]);
			if (group_counts(g->q[i]) && g->q[i]->d.is_bursty)
				x[n++] = request_v(g->q[i], shown[k]);
		}
		p50[k] = summary_of(x, n).p50;
	}
	free(x);
	if (2 * n <= all)	/* a few are the machine's */
		return;
	f.level = FINDING_INFO;
	f.code = "token_bursts";
	findings_add(&v->f, &f, n, "in %zu of %zu request%s the tokens came in "
	    "bursts of about %.3g, as those do that were guessed: the gaps are "
	    "those between bursts, %.3g ms from one to the next, a token takes "
	    "%.3g ms", n, all, FINDINGS_S(all), p50[0], 1e3 * p50[1],
	    1e3 * p50[2]);
}

/* How far ours is off.  Some servers count all tokens in their rate, others
 * leave out the first: what lies between the two is none; nor is the way from
 * us to the server and back, which its time is without. */
static double
off(const struct request_row *q, enum metric m, double ours, double theirs)
{
	double tokens = (double)q->completion_tokens, all = ours;

	if (m == M_DECODE_TPS && tokens >= 2)
		all *= tokens / (tokens - 1);
	if (m == M_TTFT && ours > theirs && ours - theirs < ON_ITS_WAY_S)
		return 0;
	return theirs > all ? (all - theirs) / theirs :
	    theirs < ours ? (ours - theirs) / theirs : 0;
}

/* Is ours of the same tokens as theirs?  Not where many came with the first, or
 * were merged with it on our side. */
static bool
is_of_the_same(const struct request_row *q, enum metric m)
{
	return m != M_DECODE_TPS || q->d.has_whole_rate;
}

/* How far ours is off the server's: the median over requests that have
 * both. */
static void
audit_server(struct view *v, struct finding f, const struct group *g,
    enum metric m, const char *which)
{
	double *d = xreallocarray(NULL, g->n + 1, sizeof(*d)), ours, theirs;
	struct summary s;
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++) {
		ours = request_v(g->q[i], m);
		theirs = derive_servers(g->q[i], m);
		if (group_counts(g->q[i]) && !isnan(ours) && theirs > 0 &&
		    is_of_the_same(g->q[i], m))
			d[n++] = off(g->q[i], m, ours, theirs);
	}
	s = summary_of(d, n);
	free(d);
	if (s.n == 0 || fabs(s.p50) <= SERVER_DIFFERS)
		return;
	f.level = FINDING_WARN;
	f.code = m == M_TTFT ? "server_ttft_differs" : "server_rate_differs";
	if (s.p50 >= 1)
		findings_add(&v->f, &f, s.n, "our %s%s is %.3g times the "
		    "server's own figure (median of %zu requests)",
		    metric_name(m), which, 1 + s.p50, s.n);
	else
		findings_add(&v->f, &f, s.n, "our %s%s is %+.1f %% off "
		    "the server's own figure (median of %zu requests)",
		    metric_name(m), which, 100 * s.p50, s.n);
}

/* The first request that counts, against the others of its group. */
static void
audit_first(struct view *v, struct finding f, const struct group *g,
    const char *which)
{
	double *x = xreallocarray(NULL, g->n + 1, sizeof(*x));
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		if (group_counts(g->q[i]))
			x[n++] = request_v(g->q[i], M_TTFT);
	f.level = FINDING_INFO;
	f.code = "first_slower";
	if (summary_first_slower(x, n))
		findings_add(&v->f, &f, 1, "the first request%s took longer to "
		    "its first token (%.3g s) than the others; only what the "
		    "plan marks as warm-up is left out", which, x[0]);
	free(x);
}

/* What was left out of a pair, whose first group is g. */
static void
audit_decided(struct view *v, const struct group *g)
{
	const struct group *end = v->g.groups + v->g.n_groups;
	struct finding f = { .level = FINDING_INFO, .code = "decided",
	    .pair = g->pair };
	uint64_t n = 0;

	for (; g < end && g->pair == f.pair; g++)
		for (size_t k = 0; k < g->n; k++)
			n += g->q[k]->is_decided;
	findings_add(&v->f, &f, n, "%" PRIu64 " request%s of further rounds "
	    "%s not sent: what is tested was decided, and what "
	    "comes after a decision does not change it", n, FINDINGS_S(n),
	    n == 1 ? "was" : "were");
}

/* What a cold prompt and a warm one do not have in common. */
static void
audit_times(struct view *v, struct finding f, const struct group *g,
    bool is_whole)
{
	char which[32] = "";

	if (!is_whole) {
		f.apart = g->cache;
		snprintf(which, sizeof(which), " of %.12s prompts",
		    g->cache != NULL ? g->cache : "other");
	}
	audit_server(v, f, g, M_TTFT, which);
	audit_first(v, f, g, which);
}

void
audit_requests(struct view *v)
{
	const struct group *at = v->g.groups;
	struct group g;
	size_t next;

	for (size_t i = 0; i < v->g.n_groups; i = next) {
		uint64_t n[N_COUNTS] = { 0 };
		struct finding f = { .pair = at[i].pair,
		    .variant = at[i].variant, .scenario = at[i].scenario };

		if (i == 0 || at[i].pair != at[i - 1].pair)
			audit_decided(v, &at[i]);
		next = group_whole_scenario(&v->g, i, &g);
		for (size_t k = 0; k < g.n; k++)
			count_request(g.q[k], n);
		if (n[UNSURE] > 0) {
			n[LATE_MERGED] = n[LATE];
			n[LATE] = 0;
		}
		audit_counts(v, f, n, bursts_of(&g));
		audit_bursts(v, f, &g);
		audit_server(v, f, &g, M_DECODE_TPS, "");
		for (size_t k = i; k < next; k++)
			audit_times(v, f, &at[k], at[k].n == g.n);
	}
}
