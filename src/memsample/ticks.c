#include "ticks.h"

int64_t
ticks_due_ns(const struct ticks *t, int64_t n)
{
	return t->start_ns + n * t->interval_ns;
}

bool
ticks_take(struct ticks *t, int64_t now_ns, int64_t *late_ns, int64_t *missed)
{
	int64_t n = (now_ns - t->start_ns) / t->interval_ns;

	if (n <= t->taken)
		return false;
	*late_ns = now_ns - ticks_due_ns(t, n);
	*missed = n - t->taken - 1;
	t->taken = n;
	return true;
}
