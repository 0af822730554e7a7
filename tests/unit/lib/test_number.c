#include <stdint.h>

#include "number.h"
#include "tap.h"

static const struct {
	const char *text;
	int rc;
	int64_t want;
} durations[] = {
	{ "100ms", 0, 100000000 }, { "2s", 0, 2000000000 },
	{ "5m", 0, 300000000000 }, { "1.5s", 0, 1500000000 }, { "0", 0, 0 },
	{ "0.1us", 0, 100 }, { "1d", 0, 86400000000000 },
	{ "5", -1, 0 }, { "-1s", -1, 0 }, { "", -1, 0 }, { "s", -1, 0 },
	{ "1e300s", -1, 0 }, { "infs", -1, 0 }, { "0x1s", -1, 0 },
	{ "5 s", -1, 0 }, { "5sec", -1, 0 }
}, sizes[] = {
	{ "8GiB", 0, 8589934592 }, { "1kB", 0, 1000 }, { "17", 0, 17 },
	{ "1.5KiB", 0, 1536 }, { "8gib", -1, 0 }, { "-1", -1, 0 }
};

int
main(void)
{
	int64_t v;
	double d;

	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		v = 0;
		ok(number_duration(durations[i].text, &v) == durations[i].rc &&
		    v == durations[i].want, "duration '%s'",
		    durations[i].text);
	}
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		v = 0;
		ok(number_size(sizes[i].text, &v) == sizes[i].rc &&
		    v == sizes[i].want, "size '%s'", sizes[i].text);
	}
	ok(number_int("42", 0, 100, &v) == 0 && v == 42, "an integer");
	ok(number_int("101", 0, 100, &v) == -1 && v == 42, "out of range");
	ok(number_int("4x", 0, 100, &v) == -1, "trailing text");
	ok(number_int("99999999999999999999", 0, INT64_MAX, &v) == -1,
	    "overflow");
	ok(number_double("0.25", 0, 1, &d) == 0 && d == 0.25, "a number");
	ok(number_double("nan", 0, 1, &d) == -1, "nan is not a number");
	return tap_done();
}
