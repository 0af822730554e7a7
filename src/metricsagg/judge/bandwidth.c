#include "bandwidth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "versus.h"

static bool
guesses(const struct variant *va)
{
	return va->draft_tokens > 0;
}

static enum bandwidth_verdict
judge(const struct bandwidth *b)
{
	double lo = fmin(1, b->bytes_ratio) / (1 + BANDWIDTH_MARGIN);
	double hi = fmax(1, b->bytes_ratio) * (1 + BANDWIDTH_MARGIN);

	if (isnan(b->bytes_ratio))
		return BANDWIDTH_SIZE_UNKNOWN;
	if (b->ci.lo > hi || b->ci.hi < lo)
		return BANDWIDTH_BEYOND;
	return b->ci.lo >= lo && b->ci.hi <= hi ? BANDWIDTH_WITHIN :
	    BANDWIDTH_CANNOT_TELL;
}

/* What both did decides; false: that has no decode speed of both. */
static bool
observe(struct view *v, const struct versus *at, struct bandwidth *b)
{
	struct sides s = versus_observe(v, at, D_ALL, NULL, M_DECODE_TPS);
	struct rounds r = rounds_judge(s.visits, s.n_visits,
	    versus_tests(v, at, M_DECODE_TPS));
	bool both = s.n_values[0] > 0 && s.n_values[1] > 0;

	b->base = at->base;
	b->new = at->new;
	for (size_t i = 0; i < 2; i++)
		b->decode[i] = quantile_median(s.values[i], s.n_values[i]);
	b->ratio = r.ratio;
	b->ci = r.ci;
	sides_fini(&s);
	return both;
}

bool
bandwidth_of(struct view *v, const struct variant *base,
    const struct variant *new, struct bandwidth *out)
{
	const struct variant *side[] = { base, new };
	struct versus *at;
	size_t n = versus_of(v, base, new, &at), i;
	bool any = false;

	for (i = 0; i < n; i++)
		if (at[i].is_deciding)
			any = observe(v, &at[i], out);
	free(at);
	if (!any)
		return false;
	for (i = 0; i < 2; i++)
		out->bytes[i] = side[i]->info != NULL ? tables_known(
		    side[i]->info->size_bytes) : (double)NAN;
	out->is_sparse = base->kind != NULL && strcmp(base->kind, "moe") == 0;
	out->bytes_ratio = out->bytes[0] / out->bytes[1];
	out->verdict = guesses(base) || guesses(new) ? BANDWIDTH_SPECULATION :
	    judge(out);
	return true;
}

static void
audit_two(struct view *v, const struct variant *base,
    const struct variant *new, void *arg)
{
	struct finding f = { .level = FINDING_INFO, .code = "beyond_bytes",
	    .pair = base->pair, .variant = new->variant,
	    .apart = base->variant };
	struct bandwidth b;

	(void)arg;
	if (bandwidth_of(v, base, new, &b))
		findings_add(&v->f, &f, b.verdict == BANDWIDTH_BEYOND,
		    "decodes %.2f times [%.2f, %.2f] as fast as %s, whose file "
		    "has %.2f times its bytes: that is not a matter of bytes, "
		    "but of how the engine computes", b.ratio, b.ci.lo,
		    b.ci.hi, base->variant, b.bytes_ratio);
}

void
audit_bandwidth(struct view *v)
{
	versus_each(v, NULL, audit_two, NULL);
}
