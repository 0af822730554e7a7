#ifndef LMG_LIB_NUMBER_H
#define LMG_LIB_NUMBER_H

/*
 * Checked text to number.  Every function takes the whole string s (no
 * leading or trailing space, nothing left over), returns 0 and stores the
 * value, or returns -1 and leaves *out alone.  They print nothing: the caller
 * knows the place and names the option or key.
 */

#include <stdint.h>

/* A decimal integer, lo <= value <= hi. */
int number_int(const char *s, int64_t lo, int64_t hi, int64_t *out);

/* A finite decimal number, lo <= value <= hi. */
int number_double(const char *s, double lo, double hi, double *out);

/*
 * A duration with its unit, ns us ms s m h d ("100ms", "1.5s"), in
 * nanoseconds, 0 <= value < 2^62.  "0" needs no unit.
 */
int number_duration(const char *s, int64_t *out_ns);

/*
 * A size with its unit, B kB MB GB TB (powers of 1000) or KiB MiB GiB TiB
 * (powers of 1024), in bytes.  A bare integer is bytes.
 */
int number_size(const char *s, int64_t *out_bytes);

#endif
