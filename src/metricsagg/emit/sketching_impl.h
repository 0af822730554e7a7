#ifndef LMG_SKETCHING_IMPL_H
#define LMG_SKETCHING_IMPL_H

/* What sketching.c collects and emit_sketch.c writes. */

#include "audit.h"
#include "emit.h"
#include "sketching.h"
#include "stats/sketch.h"

struct sk_group {
	struct group g;			/* its names; no requests */
	struct sketch *m[M_COUNT], *server[M_OF_REQUEST], *load_server;
	uint64_t from_events, from_ttft;
};

struct sk_variant {
	struct variant v;
	struct raw_span info;		/* of its first good load */
	struct sketch *mem[PH_WHOLE + 1][C_COUNT];
	struct stability stability;
};

struct run_state {
	struct run *r;
	struct sk_group *groups;
	struct sk_variant *variants;
	size_t n_groups, cap_groups, n_variants, cap_variants;
	struct sketch *idle[C_COUNT];	/* since the last unload */
	enum phase now;
	size_t current;			/* variant loaded last, SIZE_MAX: none */
	size_t n_done;			/* rows below that are finished */
	int64_t load_begin;		/* of the load under way */
	double swap;
	struct findings f;
	int64_t requests, failed;
	uint64_t orphans, lost, backwards, contradictory, samples;
};

struct sketching {
	struct tables *t;
	struct run_state **states;
	size_t n_states, cap_states;
};

#endif
