#ifndef LMG_METRICSAGG_EMIT_EMIT_H
#define LMG_METRICSAGG_EMIT_EMIT_H

/*
 * The metric records of one run, in the order of the functions below; what
 * they carry is in lmgauge-records(5).
 */

#include "judge/view.h"
#include "stats/cluster.h"
#include "stats/summary.h"

void emit_run(struct view *v);
void emit_findings(struct view *v);
void emit_metrics(struct view *v);
void emit_samples(struct view *v);
void emit_memory(struct view *v);
void emit_pressure(struct view *v);
void emit_energy(struct view *v);
void emit_timeline(struct view *v);	/* timeline, then phase */
void emit_leaks(struct view *v);
void emit_moe(struct view *v);
void emit_compares(struct view *v);
void emit_stability(struct view *v);
void emit_quality(struct view *v);	/* quality, quality_compare, calls */
void emit_fidelity(struct view *v);
void emit_agreement(struct view *v);
void emit_turns(struct view *v);	/* prompt_cache, then turn */
void emit_next(struct view *v);	/* prediction, crossing, bandwidth */
void emit_drift(struct view *v);
void emit_determinism(struct view *v);
void emit_ecdf(struct view *v);
void emit_self(struct view *v);

/* ---- shared by the above ------------------------------------------------ */

/* Begin a row: nothing measured, and about g, or about va. */
void emit_init(enum row_type type, void *row, const struct group *g);
void emit_init_variant(enum row_type type, void *row,
    const struct variant *va);

/* Let put write what there is of each pair: its n variants, from va on. */
void emit_pairs(struct view *v, void (*put)(struct view *v,
    const struct variant *va, size_t n));

/* Write it as a record of the view's run; cases as in field_write(). */
void emit_row(struct view *v, enum row_type type, const void *row,
    unsigned cases);

/*
 * The values of metric m (one per request that counts, NAN where it was not
 * measured) of group g, by t_sent.  Returns how many; *out is the caller's to
 * free().
 */
size_t emit_values(const struct group *g, enum metric m, double **out);

#endif
