/*
 * Any bytes as raw records: the metrics are NDJSON, and the same whatever the
 * order of the lines.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "in/intake.h"
#include "emit/aggregate.h"
#include "lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
metrics(struct buf *out, const struct slice *lines, size_t n, int backwards)
{
	struct tables t;
	const char *why;

	tables_init(&t);
	for (size_t i = 0; i < n; i++)
		intake_line(&t, lines[backwards ? n - 1 - i : i], &why);
	aggregate_write(&t, SAMPLES_ALWAYS, out, NULL);
	tables_fini(&t);
}

static void
check(const struct buf *out)
{
	static struct slice lines[LINES_MAX];
	size_t n = split(out->data, out->len, lines);
	cJSON *o;

	for (size_t i = 0; i < n; i++) {
		o = json_parse(lines[i].p, lines[i].len);
		if (o == NULL || json_get_str(o, "type", NULL) == NULL)
			abort();
		cJSON_Delete(o);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct slice lines[LINES_MAX];
	struct buf one = BUF_INIT, two = BUF_INIT;
	size_t n = split((const char *)data, len, lines);

	diag_quiet(true);
	metrics(&one, lines, n, 0);
	metrics(&two, lines, n, 1);
	if (one.len != two.len || memcmp(one.data, two.data, one.len) != 0)
		abort();
	check(&one);
	buf_fini(&one);
	buf_fini(&two);
	return 0;
}
