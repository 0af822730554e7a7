/* Writing and reading JSON: what comes out is what went in. */
#include <math.h>
#include <stdlib.h>

#include "json.h"
#include "rng.h"
#include "tap.h"

static struct buf out = BUF_INIT;

static const char *
written(const char *s, size_t len)
{
	struct json j;

	buf_clear(&out);
	json_begin(&j, &out);
	json_strn(&j, "s", s, len);
	json_close(&j);
	return buf_cstr(&out);
}

static void
test_strings(void)
{
	is_text(written("a\"b\\c\n\x01\x7f", 8),
	    "{\"s\":\"a\\\"b\\\\c\\n\\u0001\\u007f\"}",
	    "quotes, backslashes and controls are escaped");
	is_text(written("\xc3\xa9\xf0\x9f\x98\x80", 6),
	    "{\"s\":\"\xc3\xa9\xf0\x9f\x98\x80\"}", "UTF-8 stays as it is");
	is_text(written("x\xff\xc3", 3),
	    "{\"s\":\"x\xef\xbf\xbd\xef\xbf\xbd\"}",
	    "broken UTF-8 becomes U+FFFD");
	is_text(written("a\0b", 3), "{\"s\":\"a\\u0000b\"}",
	    "a NUL byte survives as an escape");
}

static void
test_shape(void)
{
	struct json j;

	buf_clear(&out);
	json_begin(&j, &out);
	json_int(&j, "i", INT64_MIN);
	json_count(&j, "c", -1);
	json_num(&j, "n", 0.1);
	json_num(&j, "z", -0.0);
	json_num(&j, "nan", NAN);
	json_num(&j, "inf", INFINITY);
	json_array(&j, "a");
	json_bool(&j, NULL, true);
	json_null(&j, NULL);
	json_object(&j, NULL);
	json_end_line(&j);
	is_text(buf_cstr(&out), "{\"i\":-9223372036854775808,\"c\":null,"
	    "\"n\":0.1,\"z\":0,\"nan\":null,\"inf\":null,"
	    "\"a\":[true,null,{}]}\n", "nesting, commas, and null for NaN");
}

static void
test_numbers(void)
{
	uint64_t seed = 1, bits;
	char text[32];
	double v;
	int bad = 0;

	for (int i = 0; i < 20000; i++) {
		bits = rng_next(&seed);
		memcpy(&v, &bits, sizeof(v));
		if (isfinite(v) && strtod(json_number_text(text, v), NULL) != v)
			bad++;
	}
	ok(bad == 0, "20000 random doubles read back as themselves");
	is_text(json_number_text(text, 0.1 + 0.2), "0.30000000000000004",
	    "and the digits are no more than needed");
}

static void
test_reading(void)
{
	const char *text = "{\"a\":1,\"A\":2,\"s\":\"x\",\"f\":1.5,"
	    "\"big\":9007199254740993,\"n\":null,\"b\":true}  ";
	cJSON *o = json_parse(text, strlen(text));

	ok(o != NULL, "white space behind a value is allowed");
	ok(json_get_int(o, "a", -1) == 1 && json_get_int(o, "A", -1) == 2,
	    "keys are case-sensitive");
	ok(json_get_int(o, "f", -1) == -1 && json_get_int(o, "big", -1) == -1 &&
	    json_get_int(o, "n", -1) == -1 && json_get_int(o, "s", -1) == -1,
	    "what is no exact integer gives the fallback");
	is_text(json_get_str(o, "s", NULL), "x", "a string member");
	is_text(json_get_str(o, "a", "no"), "no", "a number is no string");
	ok(json_get_bool(o, "b", false) && !json_get_bool(o, "a", false),
	    "booleans");
	cJSON_Delete(o);
	ok(json_parse("{} x", 4) == NULL, "text behind a value is an error");
	ok(json_parse("", 0) == NULL && json_parse("{", 1) == NULL,
	    "and so is half a value");
}

int
main(void)
{
	test_strings();
	test_shape();
	test_numbers();
	test_reading();
	buf_fini(&out);
	return tap_done();
}
