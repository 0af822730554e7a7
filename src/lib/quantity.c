#include "quantity.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char missing[] = "not measured";

struct scale {
	double over;		/* used for values of at least this size */
	double factor;		/* shown value = v * factor */
	const char *suffix;
};

static const struct scale seconds[] = {
	{ 600, 1.0 / 60, " min" }, { 1, 1, " s" }, { 1e-3, 1e3, " ms" },
	{ 0, 1e6, " \xc2\xb5s" }
};
static const struct scale bytes[] = {
	{ 1099511627776.0, 1 / 1099511627776.0, " TiB" },
	{ 1073741824.0, 1 / 1073741824.0, " GiB" },
	{ 1048576.0, 1 / 1048576.0, " MiB" },
	{ 1024.0, 1 / 1024.0, " KiB" }, { 0, 1, " B" }
};
static const struct scale plain[] = { { 0, 1, "" } };
static const struct scale rate[] = { { 0, 1, " tok/s" } };
static const struct scale byte_rate[] = { { 0, 1, " B/s" } };
static const struct scale tokens[] = { { 0, 1, " tokens" } };
static const struct scale joules[] = {
	{ 1e6, 1e-6, " MJ" }, { 1e3, 1e-3, " kJ" }, { 1, 1, " J" },
	{ 0, 1e3, " mJ" }
};
static const struct scale watts[] = { { 1, 1, " W" }, { 0, 1e3, " mW" } };
static const struct scale ratio[] = { { 0, 100, " %" } };

static const struct scale *const scales[] = {
	[QUANTITY_PLAIN] = plain, [QUANTITY_SECONDS] = seconds,
	[QUANTITY_BYTES] = bytes, [QUANTITY_RATE] = rate,
	[QUANTITY_BYTE_RATE] = byte_rate,
	[QUANTITY_TOKENS] = tokens, [QUANTITY_JOULES] = joules,
	[QUANTITY_WATTS] = watts, [QUANTITY_RATIO] = ratio
};

static const struct scale *
scale_of(enum quantity_unit unit, double v)
{
	const struct scale *s = scales[unit];

	/* A value that would round up to the next unit is shown in it. */
	while (fabs(v) * 1.0005 < s->over)
		s++;
	return s;
}

static int
ends_with(const char *s, const char *tail)
{
	size_t n = strlen(s), m = strlen(tail);

	return n >= m && strcmp(s + n - m, tail) == 0;
}

enum quantity_unit
quantity_unit_of(const char *u)
{
	if (u == NULL)
		return QUANTITY_PLAIN;
	if (strcmp(u, "bytes_per_s") == 0 || strcmp(u, "bytes/s") == 0)
		return QUANTITY_BYTE_RATE;
	if (strcmp(u, "accept_ratio") == 0)
		return QUANTITY_RATIO;
	if (strcmp(u, "s") == 0 || ends_with(u, "_s"))
		return QUANTITY_SECONDS;
	if (ends_with(u, "bytes") || strcmp(u, "B") == 0)
		return QUANTITY_BYTES;
	if (strcmp(u, "J") == 0 || ends_with(u, "_j"))
		return QUANTITY_JOULES;
	if (strcmp(u, "W") == 0 || ends_with(u, "_w"))
		return QUANTITY_WATTS;
	if (ends_with(u, "tps") || strcmp(u, "tok/s") == 0 ||
	    strcmp(u, "tokens/s") == 0 || strcmp(u, "tokens_per_s") == 0)
		return QUANTITY_RATE;
	if (ends_with(u, "tokens"))
		return QUANTITY_TOKENS;
	return QUANTITY_PLAIN;
}

int
quantity_place(double v, double half_width)
{
	int place = v == 0 ? 0 : (int)floor(log10(fabs(v)) + 1e-12) - 2;
	int limit;

	/* 9.996 with three digits is 10.0. */
	if (v != 0 && fabs(v) >= (1000 - 0.5) * pow(10, place))
		place++;
	if (isfinite(half_width) && half_width > 0) {
		limit = (int)floor(log10(half_width / 2) + 1e-12);
		if (limit > place)
			place = limit;
	}
	return place;
}

/*
 * v rounded to place as text, without an exponent and without "-0", five
 * digits and more in groups of three.
 */
static void
rounded(char out[QUANTITY_CAP], double v, int place)
{
	double unit = pow(10, place);

	if (place > 0)
		v = round(v / unit) * unit;
	if (fabs(v) >= 10000) {
		quantity_count(out, v);
		return;
	}
	snprintf(out, QUANTITY_CAP, "%.*f", place < 0 ? -place : 0, v);
	if (*out == '-' && out[strspn(out, "-0.")] == '\0')
		memmove(out, out + 1, strlen(out));
}

/* As quantity_place(), but v keeps at least two significant digits. */
static int
place_within(double v, double half_width)
{
	int place = quantity_place(v, half_width);
	int second = v == 0 ? place : (int)floor(log10(fabs(v)) + 1e-12) - 1;

	return place > second ? second : place;
}

/*
 * The bound v of an interval, rounded away from its middle (up or down): what
 * is printed holds at least what was computed.  A bound that would become 0
 * is rounded to its own first digit.
 */
static void
rounded_out(char out[QUANTITY_CAP], double v, int place, bool up)
{
	double unit, steps;

	if (v != 0 && fabs(v) < pow(10, place) && (v > 0) != up)
		place = (int)floor(log10(fabs(v)) + 1e-12);
	unit = pow(10, place);
	/* A bound that is a multiple already stays: 0.7 / 0.1 is not 7. */
	steps = v / unit;
	if (fabs(steps - round(steps)) > 1e-6)
		v = (up ? ceil(steps) : floor(steps)) * unit;
	rounded(out, v, place);
}

char *
quantity(char *out, enum quantity_unit unit, double v)
{
	return quantity_within(out, unit, v, NAN, NAN);
}

/* The place of v, shown in s, that the interval supports. */
static int
place_shown(const struct scale *s, enum quantity_unit unit, double v,
    double lo, double hi)
{
	int place = place_within(v * s->factor, (hi - lo) * s->factor / 2);

	/* Whole bytes and tokens have no fractions worth printing. */
	return place < 0 && unit == QUANTITY_BYTES && s->factor == 1 ? 0 :
	    place;
}

char *
quantity_within(char *out, enum quantity_unit unit, double v, double lo,
    double hi)
{
	const struct scale *s;
	char text[QUANTITY_CAP];

	if (!isfinite(v)) {
		snprintf(out, QUANTITY_CAP, "%s", missing);
		return out;
	}
	s = scale_of(unit, v);
	rounded(text, v * s->factor, place_shown(s, unit, v, lo, hi));
	snprintf(out, QUANTITY_CAP, "%.40s%s", text, s->suffix);
	return out;
}

char *
quantity_interval(char *out, enum quantity_unit unit, double v, double lo,
    double hi)
{
	char tv[QUANTITY_CAP], tl[QUANTITY_CAP], th[QUANTITY_CAP];
	const struct scale *s;
	int place;

	quantity_within(tv, unit, v, lo, hi);
	if (!isfinite(v) || !isfinite(lo) || !isfinite(hi))
		return strcpy(out, tv);
	s = scale_of(unit, v);
	place = place_shown(s, unit, v, lo, hi);
	rounded_out(tl, lo * s->factor, place, false);
	rounded_out(th, hi * s->factor, place, true);
	snprintf(out, QUANTITY_CAP, "%.40s [%.24s, %.24s]", tv, tl, th);
	return out;
}

char *
quantity_number(char *out, double v, double lo, double hi)
{
	if (!isfinite(v))
		snprintf(out, QUANTITY_CAP, "%s", missing);
	else
		rounded(out, v, place_within(v, (hi - lo) / 2));
	return out;
}

/*
 * The bound v of a ratio.  Rounded onto 1 it would say "no difference": it gets
 * one digit more then, and where that is not enough says on which side it is.
 */
static void
bound_beside_one(char out[QUANTITY_CAP], double v, int place, bool up)
{
	int last = place - 1;

	for (; place >= last; place--) {
		rounded_out(out, v, place, up);
		if (v == 1 || strtod(out, NULL) != 1)
			return;
	}
	snprintf(out, QUANTITY_CAP, "%s1", v < 1 ? "<" : ">");
}

void
quantity_bounds(char *out_lo, char *out_hi, double v, double lo, double hi)
{
	int place = place_within(v, (hi - lo) / 2);

	bound_beside_one(out_lo, lo, place, false);
	bound_beside_one(out_hi, hi, place, true);
}

char *
quantity_range(char *out, double v, double lo, double hi)
{
	char tv[QUANTITY_CAP], tl[QUANTITY_CAP], th[QUANTITY_CAP];

	if (!isfinite(v) || !isfinite(lo) || !isfinite(hi))
		return quantity_number(out, v, lo, hi);
	quantity_number(tv, v, lo, hi);
	quantity_bounds(tl, th, v, lo, hi);
	snprintf(out, QUANTITY_CAP, "%.28s [%.28s, %.28s]", tv, tl, th);
	return out;
}

char *
quantity_p(char *out, double p)
{
	if (!isfinite(p))
		snprintf(out, QUANTITY_CAP, "not computed");
	else if (p < 0.001)
		snprintf(out, QUANTITY_CAP, "< 0.001");
	else
		snprintf(out, QUANTITY_CAP, "%.*f", p < 0.1 ? 3 : 2, p);
	return out;
}

char *
quantity_change(char *out, double change)
{
	char text[QUANTITY_CAP];

	if (!isfinite(change) || change < -1)
		snprintf(out, QUANTITY_CAP, "not computed");
	else if (change >= 1)
		snprintf(out, QUANTITY_CAP, "%.80s times",
		    quantity_number(text, 1 + change, NAN, NAN));
	else
		snprintf(out, QUANTITY_CAP, "%s%.80s %%", change > 0 ? "+" : "",
		    quantity_number(text, 100 * change, NAN, NAN));
	return out;
}

char *
quantity_count(char *out, double n)
{
	char digits[32];
	size_t len, o = 0;

	if (!isfinite(n)) {
		snprintf(out, QUANTITY_CAP, "%s", missing);
		return out;
	}
	if (fabs(n) > 1e15)
		n = n < 0 ? -1e15 : 1e15;
	len = (size_t)snprintf(digits, sizeof(digits), "%.0f", n);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-' &&
		    len > 4)
			out[o++] = ' ';
		out[o++] = digits[i];
	}
	out[o] = '\0';
	return out;
}

char *
quantity_counted(char *out, double n, const char *one)
{
	char text[QUANTITY_CAP];

	snprintf(out, QUANTITY_CAP, "%.40s %.40s%s", quantity_count(text, n),
	    one, n == 1 ? "" : "s");
	return out;
}

char *
quantity_about(char *out, double n)
{
	double unit = n >= 100 ? pow(10, floor(log10(n)) - 1) : 1;

	return quantity_count(out, round(n / unit) * unit);
}

char *
quantity_duration(char *out, double s)
{
	double minutes = floor(s / 60), hours = floor(s / 3600);

	if (!isfinite(s))
		snprintf(out, QUANTITY_CAP, "%s", missing);
	else if (s < 60)
		quantity(out, QUANTITY_SECONDS, s);
	else if (s < 3600)
		snprintf(out, QUANTITY_CAP, "%.0f min %.0f s", minutes,
		    floor(s - 60 * minutes));
	else
		snprintf(out, QUANTITY_CAP, "%.0f h %.0f min",
		    hours < 1e9 ? hours : 1e9, floor((s - 3600 * hours) / 60));
	return out;
}
