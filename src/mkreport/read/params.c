#include "params.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 9 };

/* A plain decimal number at *s, of which *s is moved behind; else NAN. */
static double
take_number(const char **s)
{
	size_t n = strspn(*s, "0123456789."), len = strspn(*s, "0123456789");
	char text[DIGITS_MAX + 1];
	double v;

	/* strtod() alone would take "1e9", "inf" and "0x22", too. */
	if (len == 0 || n > DIGITS_MAX || (*s)[n - 1] == '.')
		return NAN;
	memcpy(text, *s, n);
	text[n] = '\0';
	if (strchr(text, '.') != strrchr(text, '.'))
		return NAN;
	v = strtod(text, NULL);
	*s += n;
	return v > 0 ? v : NAN;
}

/* A number with its unit, as 22B. */
static double
take_count(const char **s)
{
	static const char units[] = "KMBT";
	double v = take_number(s);
	const char *u;

	if (isnan(v) || **s == '\0' ||
	    (u = strchr(units, toupper((unsigned char)**s))) == NULL)
		return NAN;
	(*s)++;
	return v * pow(1000, (double)(u - units + 1));
}

static bool
take(const char **s, char c)
{
	if (tolower((unsigned char)**s) != c)
		return false;
	(*s)++;
	return true;
}

/* "30B-A3B" */
static bool
total_active(struct params *p, const char *s)
{
	p->total = take_count(&s);
	if (isnan(p->total) || !take(&s, '-') || !take(&s, 'a'))
		return false;
	p->active = take_count(&s);
	return !isnan(p->active) && *s == '\0' && p->active <= p->total;
}

/* "17Bx16E" */
static bool
active_experts(struct params *p, const char *s)
{
	p->active = take_count(&s);
	if (isnan(p->active) || !take(&s, 'x'))
		return false;
	p->experts = take_number(&s);
	return p->experts == floor(p->experts) && take(&s, 'e') && *s == '\0';
}

/* "8x22B" */
static bool
experts_of(struct params *p, const char *s)
{
	p->experts = take_number(&s);
	if (p->experts != floor(p->experts) || !take(&s, 'x'))
		return false;
	p->expert = take_count(&s);
	return !isnan(p->expert) && *s == '\0';
}

bool
params_read(struct params *p, const char *text)
{
	static bool (*const forms[])(struct params *, const char *) = {
		total_active, active_experts, experts_of
	};
	static const struct params none = { NAN, NAN, NAN, NAN };

	for (size_t i = 0; text != NULL && i < sizeof(forms) / sizeof(forms[0]);
	    i++) {
		*p = none;
		if (forms[i](p, text))
			return true;
	}
	*p = none;
	return false;
}
