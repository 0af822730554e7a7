#include "self.h"

#include <sys/prctl.h>
#include <unistd.h>

int
self_path(char *out, size_t cap)
{
	ssize_t n = readlink("/proc/self/exe", out, cap - 1);

	if (n <= 0)
		return -1;
	out[n] = '\0';
	return 0;
}

void
self_sharp_timers(void)
{
	prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}
