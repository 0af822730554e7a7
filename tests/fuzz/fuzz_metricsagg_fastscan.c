/*
 * Any bytes as a line: what the hot paths accept, cJSON reads as the same
 * chunk record, or the same row of another type.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "in/take.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static cJSON *
parse(const uint8_t *data, size_t len, enum record_type type)
{
	cJSON *o = json_parse((const char *)data, len);

	if (o == NULL || !cJSON_IsObject(o) ||
	    record_type_of(json_get_str(o, "type", NULL)) != type)
		abort();
	return o;
}

static void
check_record(const uint8_t *data, size_t len)
{
	struct buf one = BUF_INIT, two = BUF_INIT;
	const struct slice line = { (const char *)data, len };
	struct fastrecord fast;
	union raw_any slow;
	struct tables t;
	struct take c = { .t = &t, .row = &slow };
	cJSON *o;

	tables_init(&t);
	/* The second time it is known what an object is kept as. */
	if (fastscan_record(&t.fast, line, &fast)) {
		if (!fastscan_record(&t.fast, line, &fast))
			abort();
		c.type = fast.type;
		c.o = o = parse(data, len, fast.type);
		take_read(&c);
		raw_write(&one, fast.type, fast.run, fast.t_ns, &fast.row,
		    ~0u);
		raw_write(&two, fast.type, json_get_str(o, "run", NULL),
		    take_t_ns(o), &slow, ~0u);
		if (one.len != two.len ||
		    memcmp(one.data, two.data, one.len) != 0)
			abort();
		cJSON_Delete(o);
	}
	buf_fini(&one);
	buf_fini(&two);
	tables_fini(&t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct chunk_event fast, slow;
	struct chunk a, b;
	const char *why;
	cJSON *o;

	check_record(data, len);
	if (!fastscan_chunk((const char *)data, len, &fast))
		return 0;
	o = parse(data, len, RECORD_CHUNK);
	if (!take_chunk_event(o, &slow, &why))
		abort();
	a = chunk_pack(&fast);
	b = chunk_pack(&slow);
	if (memcmp(&a, &b, sizeof(a)) != 0 || fast.req != slow.req ||
	    fast.run_len != slow.run_len ||
	    memcmp(fast.run, slow.run, fast.run_len) != 0)
		abort();
	cJSON_Delete(o);
	return 0;
}
