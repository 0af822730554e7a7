#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct unit {
	const char *name;
	double factor;
};

static const struct unit durations[] = {
	{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 },
	{ "m", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 }, { NULL, 0 }
};

static const struct unit sizes[] = {
	{ "", 1 }, { "B", 1 }, { "kB", 1e3 }, { "MB", 1e6 }, { "GB", 1e9 },
	{ "TB", 1e12 }, { "KiB", 1024 }, { "MiB", 1048576 },
	{ "GiB", 1073741824.0 }, { "TiB", 1099511627776.0 }, { NULL, 0 }
};

int
number_int(const char *s, int64_t lo, int64_t hi, int64_t *out)
{
	const char *digits = s[0] == '-' ? s + 1 : s;
	char *end;
	long long v;

	if (!isdigit((unsigned char)digits[0]))
		return -1;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (errno != 0 || *end != '\0' || v < lo || v > hi)
		return -1;
	*out = v;
	return 0;
}

/* Parse the decimal number at s (no hex, inf or nan); *end is behind it. */
static int
decimal(const char *s, double *out, const char **end)
{
	const char *p = s;
	char *stop;

	if (*p == '-')
		p++;
	if (!isdigit((unsigned char)*p) || (p[0] == '0' &&
	    (p[1] == 'x' || p[1] == 'X')))
		return -1;
	*out = strtod(s, &stop);
	*end = stop;
	return isfinite(*out) ? 0 : -1;
}

int
number_double(const char *s, double lo, double hi, double *out)
{
	const char *end;
	double v;

	if (decimal(s, &v, &end) == -1 || *end != '\0' || v < lo || v > hi)
		return -1;
	*out = v;
	return 0;
}

static int
with_unit(const char *s, const struct unit *units, int64_t *out)
{
	const char *end;
	double v;

	if (decimal(s, &v, &end) == -1 || v < 0)
		return -1;
	for (; units->name != NULL; units++) {
		if (strcmp(end, units->name) != 0)
			continue;
		v = v * units->factor + 0.5;
		if (v >= 4611686018427387904.0)		/* 2^62 */
			return -1;
		*out = (int64_t)v;
		return 0;
	}
	return -1;
}

int
number_duration(const char *s, int64_t *out_ns)
{
	if (strcmp(s, "0") == 0) {
		*out_ns = 0;
		return 0;
	}
	return with_unit(s, durations, out_ns);
}

int
number_size(const char *s, int64_t *out_bytes)
{
	return with_unit(s, sizes, out_bytes);
}
