#include "cooldown.h"

#include <math.h>

#include "clock.h"

static const double near_degrees = 3, settled_degrees = 0.5;
static const int64_t settled_ns = 20 * NS_PER_S, longest_ns = 300 * NS_PER_S;

void
cooldown_init(struct cooldown *c)
{
	c->reference_celsius = NAN;
	c->begun_ns = c->checked_ns = 0;
	c->checked_celsius = NAN;
}

void
cooldown_begin(struct cooldown *c, const struct thermal *t, int64_t now_ns)
{
	if (isnan(c->reference_celsius))
		c->reference_celsius = t->celsius;
	c->begun_ns = c->checked_ns = now_ns;
	c->checked_celsius = t->celsius;
}

enum cooldown_verdict
cooldown_check(struct cooldown *c, const struct thermal *t, int64_t now_ns)
{
	if (isnan(t->celsius) && t->level < 0)
		return COOLDOWN_UNKNOWN;
	if (now_ns - c->begun_ns >= longest_ns)
		return COOLDOWN_GAVE_UP;
	if (t->level > 0)
		return COOLDOWN_WAIT;
	if (isnan(t->celsius) || t->celsius <= c->reference_celsius +
	    near_degrees)
		return COOLDOWN_COOL;
	if (now_ns - c->checked_ns < settled_ns)
		return COOLDOWN_WAIT;
	if (!(c->checked_celsius - t->celsius >= settled_degrees))
		return COOLDOWN_SETTLED;
	c->checked_ns = now_ns;
	c->checked_celsius = t->celsius;
	return COOLDOWN_WAIT;
}
