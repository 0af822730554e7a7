#ifndef LMG_TESTS_TAP_H
#define LMG_TESTS_TAP_H

/* TAP in twenty lines: ok(condition, name), then return tap_done(). */

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int tap_n, tap_failed;

__attribute__((format(printf, 2, 3))) static inline int
ok(int pass, const char *fmt, ...)
{
	va_list ap;

	printf("%sok %d - ", pass ? "" : "not ", ++tap_n);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	tap_failed += !pass;
	return pass;
}

/* got and want must be the same text (both may be NULL). */
static inline int
is_text(const char *got, const char *want, const char *name)
{
	int pass = got == want ||
	    (got != NULL && want != NULL && strcmp(got, want) == 0);

	ok(pass, "%s", name);
	if (!pass)
		printf("# got:  %s\n# want: %s\n", got ? got : "(null)",
		    want ? want : "(null)");
	return pass;
}

/* |got - want| <= tolerance; two NANs are equal. */
static inline int
is_near(double got, double want, double tolerance, const char *name)
{
	int pass = (isnan(got) && isnan(want)) || fabs(got - want) <= tolerance;

	ok(pass, "%s", name);
	if (!pass)
		printf("# got:  %.17g\n# want: %.17g +- %g\n", got, want,
		    tolerance);
	return pass;
}

static inline int
tap_done(void)
{
	printf("1..%d\n", tap_n);
	return tap_failed != 0;
}

#endif
