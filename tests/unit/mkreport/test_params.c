#include "tap.h"

#include <math.h>
#include <stdio.h>

#include "read/params.h"

struct one {
	const char *text;
	bool told;
	double total, active, experts, expert;
};

static const struct one rows[] = {
	{ "30B-A3B", true, 30e9, 3e9, NAN, NAN },
	{ "20M-A7M", true, 20e6, 7e6, NAN, NAN },
	{ "235b-a22b", true, 235e9, 22e9, NAN, NAN },
	{ "1.6T-A32.5B", true, 1.6e12, 32.5e9, NAN, NAN },
	{ "17Bx16E", true, NAN, 17e9, 16, NAN },
	{ "8x22B", true, NAN, NAN, 8, 22e9 },
	{ "8x7b", true, NAN, NAN, 8, 7e9 },
	{ "70B", false, NAN, NAN, NAN, NAN },
	{ "", false, NAN, NAN, NAN, NAN },
	{ NULL, false, NAN, NAN, NAN, NAN },
	{ "3B-A30B", false, NAN, NAN, NAN, NAN },
	{ "30B-A3", false, NAN, NAN, NAN, NAN },
	{ "30B-A3Bx", false, NAN, NAN, NAN, NAN },
	{ "8x22B-Instruct", false, NAN, NAN, NAN, NAN },
	{ "8.5x22B", false, NAN, NAN, NAN, NAN },
	{ "0x22B", false, NAN, NAN, NAN, NAN },
	{ "0x16B", false, NAN, NAN, NAN, NAN },
	{ "17Bx16", false, NAN, NAN, NAN, NAN },
	{ "17Bx1.5E", false, NAN, NAN, NAN, NAN },
	{ "1e9x2B", false, NAN, NAN, NAN, NAN },
	{ "1.2.3B-A1B", false, NAN, NAN, NAN, NAN },
	{ "infB-A1B", false, NAN, NAN, NAN, NAN },
	{ "-8x22B", false, NAN, NAN, NAN, NAN },
	{ "9999999999B-A1B", false, NAN, NAN, NAN, NAN },
	{ "8.x22B", false, NAN, NAN, NAN, NAN }
};

static bool
equal(double a, double b)
{
	return (isnan(a) && isnan(b)) || fabs(a - b) <= 1e-9 * fabs(b);
}

int
main(void)
{
	struct params p;
	bool told;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		told = params_read(&p, rows[i].text);
		ok(told == rows[i].told && equal(p.total, rows[i].total) &&
		    equal(p.active, rows[i].active) &&
		    equal(p.experts, rows[i].experts) &&
		    equal(p.expert, rows[i].expert), "%s",
		    rows[i].text != NULL ? rows[i].text : "(none)");
	}
	return tap_done();
}
