#include "as_good.h"

#include <math.h>

static void
add_share(struct buf *out, bool is_brief, double v, double lo, double hi)
{
	char text[QUANTITY_CAP];

	buf_adds(out, is_brief ? quantity(text, QUANTITY_RATIO, v) :
	    quantity_interval(text, QUANTITY_RATIO, v, lo, hi));
}

static void
add_nearness(struct buf *out, const struct row_fidelity *f, bool is_brief)
{
	char text[QUANTITY_CAP];

	buf_adds(out, "same first choice ");
	add_share(out, is_brief, f->equal_ratio, f->equal_lo, f->equal_hi);
	buf_addf(out, ", divergence at least %s nat", is_brief ?
	    quantity(text, QUANTITY_PLAIN, f->kl_mean) :
	    quantity_interval(text, QUANTITY_PLAIN, f->kl_mean,
	    f->kl_mean_lo, f->kl_mean_hi));
}

void
as_good_described(struct buf *out, const struct answer *a, bool is_brief)
{
	const char *variant[] = { a->base, a->new }, *sep = "";
	const struct row_agreement *g;

	for (size_t i = 0; i < 2 && a->reference != NULL; i++) {
		g = a->sameness[i];
		if (g == NULL && a->nearness[i] == NULL)
			continue;
		buf_adds(out, sep);
		md_name_cut(out, variant[i], 32);
		buf_addc(out, ' ');
		if (g == NULL) {
			add_nearness(out, a->nearness[i], is_brief);
		} else {
			buf_adds(out, "same answers ");
			add_share(out, is_brief, g->equal_ratio, g->equal_lo,
			    g->equal_hi);
		}
		sep = "; ";
	}
	if (a->reference == NULL)
		return;
	buf_adds(out, ", against ");
	md_name_cut(out, a->reference, 32);
	if (a->nearer != NULL) {
		buf_adds(out, ", to which ");
		md_name_cut(out, a->nearer, 32);
		buf_adds(out, " is nearer");
	}
}

void
as_good_parts(struct buf *out, const char *before, const struct evidence *ev,
    const struct answer *a)
{
	static const char *const noun[OF_KINDS] = {
		[OF_KNOWLEDGE] = "questions", [OF_CALLS] = "tool calls",
		[OF_FORMS] = "prescribed forms"
	};
	struct kind_score part[OF_KINDS];
	char b[QUANTITY_CAP], n[QUANTITY_CAP];

	if (a->quality == NULL || !verdict_quality_parts(part, ev, a))
		return;
	for (size_t i = 0; i < OF_KINDS; i++) {
		if (!(part[i].items > 0))
			continue;
		buf_addf(out, "%s%s ", before, noun[i]);
		md_name_cut(out, a->base, 24);
		buf_addf(out, " %s, ", quantity(b, QUANTITY_RATIO,
		    part[i].right[0] / part[i].items));
		md_name_cut(out, a->new, 24);
		buf_addf(out, " %s", quantity(n, QUANTITY_RATIO,
		    part[i].right[1] / part[i].items));
		before = "; ";
	}
}
