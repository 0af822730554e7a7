#include "darwin/mach_darwin.h"

#include <stddef.h>
#include <string.h>
#include <sys/sysctl.h>

int64_t
darwin_ticks_to_ns(const mach_timebase_info_data_t *base, uint64_t ticks)
{
	/* Apple Silicon counts 24 MHz: 125/3 ns each. */
	if (base->denom == 0)
		return -1;
	return (int64_t)(ticks / base->denom * base->numer +
	    ticks % base->denom * base->numer / base->denom);
}

int64_t
darwin_sysctl(const char *name)
{
	unsigned char raw[8] = { 0 };
	size_t len = sizeof(raw);
	uint32_t v32;
	uint64_t v64;

	if (sysctlbyname(name, raw, &len, NULL, 0) != 0)
		return -1;
	if (len == sizeof(v32)) {
		memcpy(&v32, raw, sizeof(v32));
		return (int64_t)v32;
	}
	if (len != sizeof(v64))
		return -1;
	memcpy(&v64, raw, sizeof(v64));
	return v64 <= INT64_MAX ? (int64_t)v64 : -1;
}
