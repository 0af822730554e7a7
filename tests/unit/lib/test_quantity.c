#include "tap.h"

#include "quantity.h"

struct one {
	enum quantity_unit unit;
	double v, lo, hi;
	const char *want;
};

static const struct one rows[] = {
	{ QUANTITY_SECONDS, 0.4123, NAN, NAN, "412 ms" },
	{ QUANTITY_SECONDS, 7.612, NAN, NAN, "7.61 s" },
	{ QUANTITY_SECONDS, 7.612, 6.41, 8.81, "7.6 s [6.4, 8.9]" },
	{ QUANTITY_SECONDS, 41.27, 38.3, 44.3, "41 s [38, 45]" },
	{ QUANTITY_SECONDS, 41.27, 41.06, 41.46, "41.3 s [41.0, 41.5]" },
	{ QUANTITY_SECONDS, 7.6123, 7.6121, 7.6125, "7.61 s [7.61, 7.62]" },
	{ QUANTITY_SECONDS, 0.00002, NAN, NAN, "20.0 \xc2\xb5s" },
	{ QUANTITY_SECONDS, 0, NAN, NAN, "0 \xc2\xb5s" },
	{ QUANTITY_SECONDS, 0.99996, NAN, NAN, "1.00 s" },
	{ QUANTITY_SECONDS, 1234, NAN, NAN, "20.6 min" },
	{ QUANTITY_SECONDS, NAN, NAN, NAN, "not measured" },
	{ QUANTITY_SECONDS, INFINITY, NAN, NAN, "not measured" },
	{ QUANTITY_BYTES, 1342177280, NAN, NAN, "1.25 GiB" },
	{ QUANTITY_BYTES, 1073741823, NAN, NAN, "1.00 GiB" },
	{ QUANTITY_BYTES, 524288, NAN, NAN, "512 KiB" },
	{ QUANTITY_BYTES, 12, NAN, NAN, "12 B" },
	{ QUANTITY_BYTES, -2097152, NAN, NAN, "-2.00 MiB" },
	{ QUANTITY_RATE, 4.4996, 4.38, 4.62, "4.50 tok/s [4.38, 4.62]" },
	{ QUANTITY_RATE, 1234.5, NAN, NAN, "1230 tok/s" },
	{ QUANTITY_RATE, 10612345, NAN, NAN, "10 600 000 tok/s" },
	{ QUANTITY_RATIO, 0.0546, NAN, NAN, "5.46 %" },
	{ QUANTITY_RATE, 3, -40, 46, "3.0 tok/s [-40.0, 46.0]" },
	{ QUANTITY_SECONDS, 0.2437, 0.0042, 1.19, "240 ms [4, 1190]" },
	{ QUANTITY_RATE, 131.6, 0.31, 497.2, "130 tok/s [0.3, 500]" },
	{ QUANTITY_SECONDS, 0.1316, 0.0744, 0.3631, "130 ms [70, 370]" },
	{ QUANTITY_RATE, 891, 878, 897, "891 tok/s [878, 897]" },
	{ QUANTITY_BYTES, 100, 0, 300, "100 B [0, 300]" },
	{ QUANTITY_PLAIN, -250, -900, -3, "-250 [-900, -3]" },
	{ QUANTITY_PLAIN, 0.77, 0.7, 1.2, "0.77 [0.70, 1.20]" }
};

static void
test_place(void)
{
	ok(quantity_place(123.4, NAN) == 0, "three digits of 123.4: units");
	ok(quantity_place(1.234, NAN) == -2, "three digits of 1.234");
	ok(quantity_place(9.996, NAN) == -1, "9.996 is 10.0 with three digits");
	ok(quantity_place(1.234, 0.3) == -1, "an interval of +-0.3: tenths");
	ok(quantity_place(1.234, 0.1) == -2,
	    "an interval of +-0.1: hundredths");
	ok(quantity_place(0, NAN) == 0, "zero");
}

static void
test_words(void)
{
	char out[QUANTITY_CAP], lo[QUANTITY_CAP], hi[QUANTITY_CAP];

	is_text(quantity_about(out, 518), "520", "an estimate");
	is_text(quantity_about(out, 14), "14", "a small one");
	is_text(quantity_about(out, 99.6), "100", "one that rounds up");
	is_text(quantity_count(out, 1234567), "1 234 567", "a grouped count");
	is_text(quantity_counted(out, 1, "round"), "1 round", "one");
	is_text(quantity_counted(out, 12, "round"), "12 rounds", "many");
	is_text(quantity_count(out, 8192), "8192", "four digits stay together");
	is_text(quantity_count(out, -12345), "-12 345", "a negative count");
	is_text(quantity_count(out, NAN), "not measured", "no count");
	is_text(quantity_count(out, 1e300), "1 000 000 000 000 000",
	    "an absurd count is cut");
	is_text(quantity_p(out, 0.0004), "< 0.001", "a small p");
	is_text(quantity_p(out, 0.0312), "0.031", "a middling p");
	is_text(quantity_p(out, 0.5), "0.50", "a large p");
	is_text(quantity_p(out, NAN), "not computed", "no p");
	is_text(quantity_change(out, -0.34), "-34.0 %", "a third less");
	is_text(quantity_change(out, 0.481), "+48.1 %", "half as much more");
	is_text(quantity_change(out, 0), "0 %", "no change");
	is_text(quantity_change(out, -1), "-100 %", "all is gone");
	is_text(quantity_change(out, 1.38), "2.38 times", "more than double");
	is_text(quantity_change(out, -2.38), "not computed",
	    "nothing falls by more than all");
	is_text(quantity_change(out, NAN), "not computed", "no change known");
	is_text(quantity_duration(out, 200), "3 min 20 s", "minutes");
	is_text(quantity_duration(out, 7500), "2 h 5 min", "hours");
	is_text(quantity_duration(out, 1e300), "1000000000 h 0 min",
	    "an absurd duration does not overflow");
	is_text(quantity_number(out, 1.5234, 1.42, 1.61), "1.52",
	    "a ratio to the digits of its interval");
	is_text(quantity_number(out, -0.0001, -1, 1), "-0.00010",
	    "two digits always stay");
	quantity_bounds(lo, hi, 0.827, 0.8266, 0.8274);
	is_text(lo, "0.826", "a lower bound is rounded down");
	is_text(hi, "0.828", "an upper bound up");
	is_text(quantity_range(out, 1.3, 1.02, 1.77), "1.3 [1.02, 1.8]",
	    "a bound above 1 is not rounded onto 1");
	is_text(quantity_range(out, 0.77, 0.59, 0.993), "0.77 [0.59, 0.993]",
	    "nor one below");
	is_text(quantity_range(out, 1.3, 0.96, 1.77), "1.3 [0.9, 1.8]",
	    "an interval that holds 1 needs no more digits");
	is_text(quantity_range(out, 1.3, 1, 1.77), "1.3 [1.0, 1.8]",
	    "exactly 1 is 1");
	is_text(quantity_range(out, 1.3, 1.00000001, 1.77), "1.3 [>1, 1.8]",
	    "digits end somewhere");
	is_text(quantity_range(out, 0.827, 0.8266, NAN), "0.827",
	    "half an interval is none");
}

static void
test_units(void)
{
	ok(quantity_unit_of("ttft_s") == QUANTITY_SECONDS, "ttft_s is a time");
	ok(quantity_unit_of("decode_tps") == QUANTITY_RATE, "_tps is a rate");
	ok(quantity_unit_of("size_bytes") == QUANTITY_BYTES, "_bytes");
	ok(quantity_unit_of("tokens/s") == QUANTITY_RATE, "tokens/s");
	ok(quantity_unit_of("prompt_tokens") == QUANTITY_TOKENS, "_tokens");
	ok(quantity_unit_of(NULL) == QUANTITY_PLAIN, "no unit");
}

int
main(void)
{
	char out[QUANTITY_CAP];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		is_text(quantity_interval(out, rows[i].unit, rows[i].v,
		    rows[i].lo, rows[i].hi), rows[i].want, rows[i].want);
	test_place();
	test_words();
	test_units();
	return tap_done();
}
