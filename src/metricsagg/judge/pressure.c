#include "pressure.h"

#include <math.h>

#define PRESSED_MACOS 2
#define PRESSED_LINUX 10

void
pressure_add(struct pressure *p, const struct mem_row *m,
    const struct mem_row *own, double swap)
{
	double limit = isnan(m->v[C_FOOTPRINT]) ? PRESSED_LINUX :
	    PRESSED_MACOS;

	p->n++;
	p->pressed += m->sys_pressure >= limit;
	if (own != NULL && own->v[C_SWAP] > p->own_swap)
		p->own_swap = own->v[C_SWAP];
	if (m->sys_swap > swap)
		p->swap_grew += m->sys_swap - swap;
	if (!(m->sys_pressure <= p->worst) && !isnan(m->sys_pressure))
		p->worst = m->sys_pressure;
}
