#include "condense.h"

#include <stdlib.h>

#include "aggregate.h"
#include "diag.h"
#include "in/fastscan.h"
#include "in/partial.h"
#include "join/link.h"
#include "ndjson.h"
#include "xalloc.h"

enum { FLUSH = 64 * 1024 };

static int
pass(struct tables *t, struct buf *out, const char *path)
{
	struct ndjson *in = ndjson_open(path);
	enum ndjson_result result;
	struct chunk_event e;
	struct slice line;

	if (in == NULL)
		return EXIT_SYSTEM;
	while ((result = ndjson_next(in, &line)) == NDJSON_LINE ||
	    result == NDJSON_TOO_LONG) {
		if (result == NDJSON_TOO_LONG) {
			t->tally.too_long++;
			continue;
		}
		if (fastscan_chunk(line.p, line.len, &e)) {
			tables_chunk(t, &e);
			continue;
		}
		if (input_is_cut(in, line)) {
			t->tally.cut++;
			continue;
		}
		buf_add(out, line.p, line.len);
		buf_addc(out, '\n');
		if (out->len >= FLUSH)
			aggregate_flush(out);
	}
	ndjson_close(in);
	return result == NDJSON_ERROR ? EXIT_SYSTEM : EXIT_DONE;
}

static void
put_chunks(struct buf *out, const struct run *r, int64_t req,
    const struct chunk *c, size_t n)
{
	int64_t i = 0, t = chunk_t(c[0]);
	struct json j;

	record_begin(&j, out, "chunks", r->id, t);
	json_int(&j, "req", req);
	json_array(&j, "data");
	for (size_t k = 0; k < n; k++) {
		json_int(&j, NULL, (int64_t)c[k].i - i);
		json_int(&j, NULL, chunk_t(c[k]) - t);
		json_int(&j, NULL, (int64_t)chunk_kind(c[k]) << 8 |
		    chunk_flags(c[k]));
		json_int(&j, NULL, c[k].bytes);
		i = c[k].i;
		t = chunk_t(c[k]);
	}
	json_end_line(&j);
}

static void
put_request(struct buf *out, const struct run *r, struct request_row *q)
{
	size_t n;
	struct chunk *c = chunk_list_sorted(&q->chunks, &n);

	for (size_t i = 0; i < n; i += PARTIAL_CHUNKS) {
		put_chunks(out, r, q->req, c + i,
		    n - i < PARTIAL_CHUNKS ? n - i : PARTIAL_CHUNKS);
		aggregate_flush(out);
	}
	free(c);
	chunk_list_fini(&q->chunks);
}

int
condense_write(const struct input *in)
{
	struct buf out = BUF_INIT;
	struct tables t;
	int status = EXIT_DONE, one;
	struct json j;

	tables_init(&t);
	for (int i = 0; i < in->n; i++)
		if ((one = pass(&t, &out, in->files[i])) != EXIT_DONE)
			status = one;
	if (in->n == 0)
		status = pass(&t, &out, "-");
	for (size_t k = 0; k < t.n_runs; k++)
		for (size_t q = 0; q < t.runs[k]->n_requests; q++)
			put_request(&out, t.runs[k], &t.runs[k]->requests[q]);
	if (t.tally.too_long + t.tally.cut > 0) {
		record_begin(&j, &out, "partial", NULL, 0);
		json_int(&j, "too_long", (int64_t)t.tally.too_long);
		json_int(&j, "cut", (int64_t)t.tally.cut);
		json_end_line(&j);
	}
	aggregate_flush(&out);
	buf_fini(&out);
	tables_fini(&t);
	return status;
}
