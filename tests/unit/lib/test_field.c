/* A row by its table: begun, read, written, as a line of CSV, released. */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "field.h"
#include "tap.h"

enum colour { RED, GREEN };

struct row {
	char *name, *level, *list;
	char **words;
	double real;
	int64_t count, left;
	bool is_on;
	int flag;
	enum colour colour;
	const char *whole;
	double part;
};

static const char *const colours[] = { "red", "green", NULL };

#define M(k, m) .key = #m, .kind = FIELD_##k, .offset = offsetof(struct row, m)
static const struct field fields[] = {
	{ M(TEXT, name) }, { M(LABEL, level) }, { M(JSON, list) },
	{ M(TEXTS, words) }, { M(REAL, real), .group = "g" },
	{ M(COUNT, count), .group = "g", .lo = 1 }, { M(BOOL, is_on) },
	{ M(FLAG, flag) }, { M(WORD, colour), .words = colours },
	{ M(COUNT, left), .when = 2 },
	{ M(JSON, whole), .when = FIELD_WHOLE },
	{ M(REAL, part), .group = "whole", .when = FIELD_PART }
};
static const struct schema schema = { "row", sizeof(struct row), fields,
	sizeof(fields) / sizeof(fields[0]) };

static int
read_row(struct row *row, const char *json, const char *where)
{
	const struct field_reader reader = { .where = where };
	cJSON *o = json_parse(json, strlen(json));
	int rc;

	field_init(&schema, row);
	rc = field_read(&schema, row, o, &reader);
	cJSON_Delete(o);
	return rc;
}

static void
writes(const struct row *row, unsigned cases, const char *want,
    const char *name)
{
	struct buf out = BUF_INIT;
	struct json j;

	json_begin(&j, &out);
	field_write(&schema, row, cases, &j);
	json_close(&j);
	is_text(buf_cstr(&out), want, name);
	buf_fini(&out);
}

static void
is_csv(const struct row *row, const char *want, const char *name)
{
	struct buf out = BUF_INIT;

	field_csv(&schema, row, "r", &out);
	is_text(buf_cstr(&out), want, name);
	buf_fini(&out);
}

static const char full[] = "{\"name\":\"n\",\"level\":\"8\","
    "\"list\":{\"a\":[1,0.1]},\"words\":[\"x\",\"y\"],"
    "\"g\":{\"real\":0.1,\"count\":7},\"is_on\":true,\"flag\":false,"
    "\"colour\":\"green\"}";

static void
test_whole(void)
{
	struct row row;

	field_init(&schema, &row);
	writes(&row, 0, "{\"name\":null,\"level\":null,\"list\":null,"
	    "\"words\":null,\"g\":{\"real\":null,\"count\":null},"
	    "\"is_on\":false,\"flag\":null,\"colour\":\"red\"}",
	    "nothing is measured at first");
	is_csv(&row, "\"r\",,,,,,,false,,\"red\",,\n", "which is empty in CSV");
	ok(read_row(&row, full, "test") == 0, "an object is read");
	writes(&row, 0, full, "and written as it was");
	row.left = 3;
	row.whole = "[1]";
	writes(&row, 1, full, "without what stands in other cases");
	row.whole = NULL;
	field_fini(&schema, &row);
}

static void
test_order(void)
{
	struct row row;

	read_row(&row, "{\"colour\":\"green\",\"g\":{\"count\":7,\"real\":2},"
	    "\"x\":{\"real\":9},\"name\":\"n\",\"level\":8,"
	    "\"whole\":{\"part\":4}}", NULL);
	ok(row.colour == GREEN && row.count == 7 && row.real == 2,
	    "keys may stand in any order");
	is_text(row.level, "8", "a label may be a number");
	ok(row.part == 4 && row.whole == NULL,
	    "the part of an object is read, the whole is not");
	field_fini(&schema, &row);
}

static void
test_wrong(void)
{
	static const char *const lines[] = {
		"{\"name\":1}", "{\"g\":{\"count\":0}}",
		"{\"g\":{\"count\":1.5}}", "{\"g\":{\"real\":\"1\"}}",
		"{\"flag\":1}", "{\"words\":[\"a\",1]}", "{\"words\":[]}",
		"{\"colour\":\"blue\"}", "{\"list\":[1]}"
	};
	struct row row;

	diag_quiet(true);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		ok(read_row(&row, lines[i], "test") == -1, "%s is refused",
		    lines[i]);
		field_fini(&schema, &row);
		if (i == 8)		/* any list will do as a column */
			break;
		ok(read_row(&row, lines[i], NULL) == 0, "or not measured");
		writes(&row, 0, "{\"name\":null,\"level\":null,\"list\":null,"
		    "\"words\":null,\"g\":{\"real\":null,\"count\":null},"
		    "\"is_on\":false,\"flag\":null,\"colour\":\"red\"}",
		    "which leaves everything as it was");
		field_fini(&schema, &row);
	}
	ok(read_row(&row,
	    "{\"list\":{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}}",
	    "test") == -1,
	    "an object nested too deeply is refused");
	field_fini(&schema, &row);
}

static void
test_csv(void)
{
	struct buf names = BUF_INIT;
	struct row row;

	field_csv_names(&schema, "run", &names);
	is_text(buf_cstr(&names), "run,name,level,list,words,g.real,g.count,"
	    "is_on,flag,colour,left,whole.part\n", "the names of columns");
	buf_fini(&names);
	read_row(&row, "{\"name\":\"=1\\\"+\\u0007\\n\",\"g\":{\"real\":0.25},"
	    "\"flag\":true}", NULL);
	is_csv(&row, "\"r\",\"'=1\"\"+\xef\xbf\xbd \",,,,0.25,,false,true,"
	    "\"red\",,\n", "a text is made harmless");
	field_fini(&schema, &row);
}

int
main(void)
{
	test_whole();
	test_order();
	test_wrong();
	test_csv();
	return tap_done();
}
