/* pressure, energy: what the machine had to do, by phase. */
#include <math.h>

#include "emit.h"
#include "join/energy.h"
#include "judge/strain.h"

/* Does the phase belong to a variant's stay, load to unload? */
static bool
is_whole(enum phase ph)
{
	return ph >= PH_LOAD && ph != PH_AFTER_UNLOAD;
}

/* The sample of the server of a visit that m was taken with. */
static const struct mem_row *
own_sample(const struct view *v, size_t visit, const struct mem_row *m)
{
	const struct mem_list *l = v->r->visits[visit].mem;
	size_t i = tables_mem_at(l, m->t_ns);

	return i < l->n && l->v[i].t_ns == m->t_ns ? &l->v[i] : NULL;
}

static void
put_pressure(struct view *v, const struct variant *va, enum phase ph,
    const struct pressure *p)
{
	struct row_pressure row;
	struct others others;

	emit_init_variant(ROW_PRESSURE, &row, va);
	row.phase = phase_name(ph);
	row.n = (double)p->n;
	row.own_swap_bytes = p->own_swap;
	row.swap_grew_bytes = p->swap_grew;
	row.pressed = (double)p->pressed;
	row.pressure_max = p->worst;
	if (ph == PH_WHOLE) {
		others = others_of(v->r, va);
		row.other_cpu_cores = others.mean;
		row.other_cpu_cores_max = others.most;
	}
	emit_row(v, ROW_PRESSURE, &row, 0);
}

static void
put_pressures(struct view *v, const struct variant *va)
{
	struct pressure row[PH_WHOLE + 1];
	const struct mem_row *m = v->r->mems, *own;
	const struct phase_span *s;
	double swap = NAN;
	size_t hint = 0;
	enum phase ph;

	for (ph = 0; ph <= PH_WHOLE; ph++)
		row[ph] = pressure_of(v->r);
	for (size_t i = 0; i < v->r->n_mems; i++) {
		s = phases_at(&v->p, m[i].t_ns, &hint);
		if (s != NULL && variant_visited(va,
		    &v->r->visits[s->visit])) {
			own = own_sample(v, s->visit, &m[i]);
			pressure_add(&row[s->phase], &m[i], own, swap);
			if (is_whole(s->phase))
				pressure_add(&row[PH_WHOLE], &m[i], own, swap);
		}
		if (!isnan(m[i].sys_swap))
			swap = m[i].sys_swap;
	}
	for (ph = 0; ph <= PH_WHOLE; ph++)
		if (row[ph].n > 0)
			put_pressure(v, va, ph, &row[ph]);
}

void
emit_pressure(struct view *v)
{
	for (size_t i = 0; i < v->g.n_variants; i++)
		put_pressures(v, &v->g.variants[i]);
}

/* One counter of one variant, by phase. */
struct by_phase {
	struct energy e[PH_WHOLE + 1];
	int64_t ns[PH_WHOLE + 1];	/* how long the phase was */
	int64_t spans[PH_WHOLE + 1];	/* and how often it came */
};

static void
add(struct by_phase *b, enum phase ph, const struct energy *e, int64_t ns)
{
	b->e[ph].joules += e->joules;
	b->e[ph].covered_ns += e->covered_ns;
	b->e[ph].readings += e->readings;
	b->ns[ph] += ns;
	b->spans[ph]++;
}

static void
put_energy(struct view *v, const struct variant *va, enum energy_counter c,
    enum phase ph, const struct by_phase *b)
{
	const struct energy *e = &b->e[ph];
	struct row_energy row;

	emit_init_variant(ROW_ENERGY, &row, va);
	row.phase = phase_name(ph);
	row.counter = energy_counter_name(c);
	row.phase_s = (double)b->ns[ph] / 1e9;
	row.covered_s = (double)e->covered_ns / 1e9;
	row.spans = (double)b->spans[ph];
	row.readings = (double)e->readings;
	if (e->covered_ns > 0)
		row.energy_j = e->joules;
	row.mean_w = e->joules / row.covered_s;
	emit_row(v, ROW_ENERGY, &row, 0);
}

static void
energy_of(struct view *v, const struct variant *va, enum energy_counter c)
{
	struct by_phase b = { { { 0, 0, 0 } }, { 0 }, { 0 } };
	const struct phase_span *s;
	struct energy e;
	enum phase ph;

	for (size_t i = 0; i < v->p.n; i++) {
		s = &v->p.spans[i];
		if (!variant_visited(va, &v->r->visits[s->visit]))
			continue;
		e = energy_between(v->r, c, s->from, s->to);
		add(&b, s->phase, &e, s->to - s->from);
		if (is_whole(s->phase))
			add(&b, PH_WHOLE, &e, s->to - s->from);
	}
	for (ph = 0; ph <= PH_WHOLE; ph++)
		if (b.ns[ph] > 0)
			put_energy(v, va, c, ph, &b);
}

void
emit_energy(struct view *v)
{
	enum energy_counter c;

	for (size_t i = 0; i < v->g.n_variants; i++)
		for (c = 0; c < E_COUNT; c++)
			if (energy_has(v->r, c))
				energy_of(v, &v->g.variants[i], c);
}
