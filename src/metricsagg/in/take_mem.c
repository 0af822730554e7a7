/* A memory sample: its counters, those of each server, and energy readings. */
#include "take.h"

#include <math.h>

static void
take_reading(struct take *c, int64_t nj, enum energy_counter counter,
    int64_t age_ns)
{
	if (nj != -1)
		*tables_reading(c->r) = (struct energy_row){ counter,
		    c->t_ns - (age_ns > 0 ? age_ns : 0), nj };
}

/*
 * The energy counters.  What a thread of its own reads has its age: the GPU's,
 * and on macOS, where there are footprints, all of the machine's.
 */
static void
take_energy(struct take *c, const struct raw_mem *row)
{
	int64_t age = row->sys_slow_age_ns;
	int64_t cpu_age = row->footprint_bytes == -1 ? 0 : age;

	take_reading(c, row->sys_cpu_energy_nj, E_CPU, cpu_age);
	take_reading(c, row->sys_dram_energy_nj, E_DRAM, cpu_age);
	take_reading(c, row->sys_gpu_energy_nj, E_GPU, age);
	take_reading(c, row->cpu_energy_nj, E_SERVER_CPU, 0);
}

static void
take_counters(struct mem_row *m, const struct raw_mem *row)
{
#define TAKE(code, name) m->v[C_##code] = tables_known(row->name##_bytes);
	COUNTERS_READ(TAKE)
#undef TAKE
	m->v[C_ANON_SWAP] = NAN;		/* link.h adds them up */
	m->port = row->port;
	m->n_procs = row->n_procs;
}

/* Of each server: the same sample but for its counters. */
static void
take_servers(struct take *c, const struct mem_row *of_all)
{
	static const struct field_reader plain = { .where = NULL };
	const cJSON *o, *servers = json_get(c->o, "servers");
	struct mem_row m = *of_all;
	struct raw_mem row;

	cJSON_ArrayForEach(o, servers) {
		raw_init(RECORD_MEM, &row);
		(void)field_read(raw_schema(RECORD_MEM), &row, o, &plain);
		take_counters(&m, &row);
		if (m.port > 0)
			tables_add_sample(tables_server(c->r, m.port), &m);
	}
}

/* What is available now, and what is not because the servers have it: all but
 * what others use. */
static void
take_room(struct run *r, const struct mem_row *m, const struct raw_mem *row)
{
	double own = m->v[C_FOOTPRINT];

	if (isnan(own))
		own = m->v[C_ANON] + fmax(0, m->v[C_SHMEM]);
	if (row->sys_available_bytes >= 0 && !isnan(own) &&
	    (row->vram_bytes <= 0 || row->footprint_bytes >= 0))
		r->room = fmin(r->room, own +
		    (double)row->sys_available_bytes);
}

int
take_mem(struct take *c)
{
	struct mem_row *m = tables_mem(c->r);
	const struct raw_mem *row = &c->row->mem;

	m->t_ns = c->t_ns;
	take_counters(m, row);
	m->sys_swap = tables_known(row->sys_swap_used_bytes);
	m->sys_pressure = row->sys_pressure;
	m->others_ns = row->cpu_ns >= 0 && row->sys_cpu_ns >= 0 ?
	    (double)(row->sys_cpu_ns - row->cpu_ns) : NAN;
	m->late_ns = row->late_ns;
	m->missed = row->missed;
	take_room(c->r, m, row);
	take_servers(c, m);
	take_energy(c, row);
	return 0;
}
