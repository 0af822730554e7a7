#include "self.h"

#include <mach-o/dyld.h>
#include <stdint.h>

int
self_path(char *out, size_t cap)
{
	uint32_t len = (uint32_t)cap;

	return _NSGetExecutablePath(out, &len) == 0 ? 0 : -1;
}

void
self_sharp_timers(void)
{
	/* Timers of an ordinary thread are at most 1 ms late here. */
}
