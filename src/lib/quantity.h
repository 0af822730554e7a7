#ifndef LMG_LIB_QUANTITY_H
#define LMG_LIB_QUANTITY_H

/*
 * Numbers as people read them: three significant digits, and never a digit
 * that the interval does not support.  Every function writes to out, which
 * holds QUANTITY_CAP bytes, and returns it; a value that is not finite gives
 * "not measured".
 */

#include <stddef.h>

enum { QUANTITY_CAP = 96 };

enum quantity_unit {
	QUANTITY_PLAIN,		/* a number without a unit */
	QUANTITY_SECONDS,	/* shown in us, ms, s or min */
	QUANTITY_BYTES,		/* shown in B, KiB, MiB, GiB or TiB */
	QUANTITY_RATE,		/* tokens per second */
	QUANTITY_BYTE_RATE,	/* bytes per second, shown in B/s */
	QUANTITY_TOKENS,
	QUANTITY_JOULES,	/* shown in mJ, J, kJ or MJ */
	QUANTITY_WATTS,		/* shown in mW or W */
	QUANTITY_RATIO		/* 0..1, shown in per cent */
};

/* The unit that a metric record's unit or the end of a key's name means. */
enum quantity_unit quantity_unit_of(const char *unit_or_key);

/*
 * The decimal place to which v is rounded: three significant digits, but not
 * below the place of half of half_width (half the interval's width; NAN or 0
 * when there is none).  Returned as a power of ten: -1 means tenths.
 */
int quantity_place(double v, double half_width);

/* v in a unit that suits it: "412 ms", "7.61 s", "1.25 GiB", "41.3 tok/s". */
char *quantity(char *out, enum quantity_unit unit, double v);

/* The same to the place that the interval lo..hi supports, which is not shown:
 * as quantity_interval() begins.  Without one (NAN) as quantity(). */
char *quantity_within(char *out, enum quantity_unit unit, double v, double lo,
    double hi);

/*
 * v with its interval, all three in one unit: "7.6 s [6.4, 8.9]".  v is
 * rounded to the place the interval supports, but keeps two digits; the
 * bounds are rounded outwards to the same place, or to their own first digit
 * where that would make them 0.  Without an interval (NAN) as quantity().
 */
char *quantity_interval(char *out, enum quantity_unit unit, double v,
    double lo, double hi);

/* v to the place that suits the interval lo..hi, without unit: "1.52". */
char *quantity_number(char *out, double v, double lo, double hi);

/*
 * A ratio with its interval, as quantity_interval() without a unit: "1.52
 * [1.42, 1.61]".  A bound beside 1 is not rounded onto it: it has one digit
 * more, 1.3 [1.02, 1.8], or says only its side, 1.01 [>1, 1.03].
 */
char *quantity_range(char *out, double v, double lo, double hi);

/* The two bounds as quantity_range() prints them; both must be finite. */
void quantity_bounds(char *out_lo, char *out_hi, double v, double lo,
    double hi);

/* A p value: "0.031", "< 0.001", or "not computed". */
char *quantity_p(char *out, double p);

/*
 * A change as a share of what was: "-34 %", "+48.1 %", from the double on "2.4
 * times"; "not computed" where it is not finite, or less than all is left.
 */
char *quantity_change(char *out, double change);

/* An integer with thin grouping: "12 345"; "not measured" for NAN. */
char *quantity_count(char *out, double n);

/* "1 round", "12 rounds" of "round". */
char *quantity_counted(char *out, double n, const char *one);

/* A whole number that is an estimate: two digits of it, "14", "520". */
char *quantity_about(char *out, double n);

/* A duration in words: "48 s", "3 min 20 s", "2 h 5 min". */
char *quantity_duration(char *out, double seconds);

#endif
