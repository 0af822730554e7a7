#include "failif.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

static const char *
skip_space(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

int
failif_parse(struct failif *f, const char *text)
{
	const char *s = skip_space(text), *p = s;
	char number[32];
	double percent;
	size_t len;

	while (isalnum((unsigned char)*p) || *p == '_')
		p++;
	len = (size_t)(p - s);
	if (len == 0 || len >= sizeof(f->metric))
		return -1;
	memcpy(f->metric, s, len);
	f->metric[len] = '\0';
	s = skip_space(p);
	if (*s != '<' && *s != '>')
		return -1;
	f->is_below = *s == '<';
	s = skip_space(s + 1);
	if (*s == '+')
		s++;
	len = strcspn(s, "% \t");
	if (len == 0 || len >= sizeof(number))
		return -1;
	memcpy(number, s, len);
	number[len] = '\0';
	s = skip_space(s + len);
	if (*s != '%' || *skip_space(s + 1) != '\0' ||
	    number_double(number, -100, 1e6, &percent) == -1)
		return -1;
	f->change = percent / 100;
	return 0;
}

enum failif_verdict
failif_decide(const struct failif *f, double ratio, struct interval ci,
    double p)
{
	double sign = f->is_below ? -1 : 1;
	double limit = sign * f->change;
	double change = sign * (ratio - 1);
	double worst = sign * ((f->is_below ? ci.lo : ci.hi) - 1);

	if (isnan(change))
		return FAILIF_UNSURE;
	if (change > limit)
		return p <= 0.05 ? FAILIF_FAIL : FAILIF_UNSURE;
	return worst <= limit ? FAILIF_PASS : FAILIF_UNSURE;
}
