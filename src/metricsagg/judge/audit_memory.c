/* Findings from the samples: what the machine was short of, and whose memory it
 * was. */

#include "audit.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "holding.h"
#include "join/evicted.h"
#include "strain.h"

#define SWAP_GREW 0x1p26	/* 64 MiB */
#define SWAPPED 0.01		/* of what it holds: less was idle */

static void
swapped(struct view *v, struct finding f, const struct mem_list *own)
{
	double most = 0, held = 0;

	for (size_t i = 0; i < own->n; i++) {
		most = fmax(most, own->v[i].v[C_SWAP]);
		held = fmax(held, evicted_held(&own->v[i]));
	}
	f.level = FINDING_WARN;
	f.code = "swapped";
	findings_add(&v->f, &f, most > SWAPPED * held, "up to %.0f MiB of the server were "
	    "swapped out: times and memory are those of a machine that is too "
	    "small", most / 0x1p20);
}

/* Which server was swapped out?  Where there are several, each variant's. */
static void
audit_swapped(struct view *v)
{
	const struct variant *va = v->g.variants;
	const struct mem_list *own;
	const struct visit *at;

	if (v->r->n_servers == 0) {
		swapped(v, (struct finding){ .count = 0 }, &v->r->all);
		return;
	}
	for (; va < v->g.variants + v->g.n_variants; va++) {
		own = NULL;
		at = NULL;
		while ((at = variant_visit(va, v->r, at)) != NULL) {
			if (at->mem == own)
				continue;
			own = at->mem;
			swapped(v, (struct finding){ .pair = va->pair,
			    .variant = va->variant }, own);
		}
	}
}

/* Did the machine run short of memory while it was measured? */
static void
audit_pressure(struct view *v)
{
	const struct mem_row *m = v->r->mems;
	struct pressure p = pressure_of(v->r);
	double first = NAN, most = NAN;

	for (size_t i = 0; i < v->r->n_mems; i++) {
		if (isnan(first))
			first = m[i].sys_swap;
		most = fmax(most, m[i].sys_swap);
		pressure_add(&p, &m[i], &m[i], NAN);
	}
	findings_add(&v->f, OF_RUN(WARN, "swap_grew"),
	    most - first > SWAP_GREW, "the machine's swap grew by %.0f MiB "
	    "during the run", (most - first) / 0x1p20);
	findings_add(&v->f, OF_RUN(WARN, "memory_pressure"), p.pressed,
	    "the system reported memory pressure in %" PRIu64 " sample%s",
	    p.pressed, FINDINGS_S(p.pressed));
}

/* The owner of the port does not hold the model: who does, and how is it
 * known? */
static void
audit_elsewhere(struct view *v, const struct variant *va)
{
	struct finding f = { .level = FINDING_WARN,
	    .code = "memory_elsewhere", .pair = va->pair,
	    .variant = va->variant };
	const char *forwarder = holding_forwarder(v->r, va);
	struct holding h = holding_of(v->r, va);
	char for_it[64] = "";

	if (h.grew < h.most)
		snprintf(for_it, sizeof(for_it), ", and grew by %.0f MiB for "
		    "it", h.grew / 0x1p20);
	if (forwarder != NULL)
		findings_add(&v->f, &f, 1, "the port belongs to %s, which "
		    "passes requests on: its memory is not the model's, so it "
		    "is not compared; name the engine in server.url or "
		    "server.memory.process", forwarder);
	else
		findings_add(&v->f, &f, holding_is_elsewhere(v->r, va),
		    "the processes sampled held at most %.0f MiB of a model "
		    "of %.0f MiB%s: the owner of the port does not hold the "
		    "model (a proxy, a container?), so memory is not "
		    "compared; name the engine in server.url or "
		    "server.memory.process", h.most / 0x1p20, va->info != NULL ?
		    (double)va->info->size_bytes / 0x1p20 : 0, for_it);
}

/* Memory that is not, or not only, that of the variant. */
static void
audit_whose_memory(struct view *v)
{
	const struct variant *va = v->g.variants;

	findings_add(&v->f, OF_RUN(WARN, "memory_summed"),
	    v->r->is_summed, "every sample is the sum over the servers of all "
	    "variants: no variant's memory is known, none is compared; record "
	    "again with this memsample, which tells them apart");
	for (; va < v->g.variants + v->g.n_variants; va++) {
		struct finding shared = { .level = FINDING_WARN,
		    .code = "memory_shared", .pair = va->pair,
		    .variant = va->variant };

		findings_add(&v->f, &shared, holding_is_shared(v->r, va),
		    "its server held another variant at the same time (order: "
		    "{reload: false}): whose memory a sample is, nobody can "
		    "tell, so memory is not compared; give each variant a "
		    "server of its own, or reload");
		if (!v->r->is_summed)
			audit_elsewhere(v, va);
	}
}

/* Programs that were at work beside the server. */
static void
audit_others(struct view *v)
{
	const struct variant *va = v->g.variants;

	for (; va < v->g.variants + v->g.n_variants; va++) {
		struct finding f = { .level = FINDING_WARN,
		    .code = "others_busy", .pair = va->pair,
		    .variant = va->variant };
		struct others is = others_of(v->r, va);

		findings_add(&v->f, &f, is.felt, "other programs kept up to "
		    "%.1f cores busy in %" PRIu64 " of %" PRIu64 " visit%s: its "
		    "times may be theirs", is.most, is.felt, is.seen,
		    FINDINGS_S(is.seen));
	}
}

void
audit_memory(struct view *v)
{
	const struct run *r = v->r;
	double missed = 0;

	audit_swapped(v);
	audit_pressure(v);
	audit_whose_memory(v);
	audit_others(v);
	for (size_t i = 0; i < r->n_mems; i++)
		missed += r->mems[i].missed > 0 ? (double)r->mems[i].missed : 0;
	if (missed > 0.01 * (double)r->n_mems)
		findings_add(&v->f, OF_RUN(WARN, "missed_samples"),
		    (uint64_t)missed, "memsample lost %.0f ticks beside %zu "
		    "samples: short peaks may be missing", missed, r->n_mems);
}
