/* Chunk records are written by hand: as their table would. */
#include <math.h>
#include <unistd.h>

#include "run/output.h"
#include "tap.h"

static void
check(struct output *o, const struct chunk_record *c, const char *name)
{
	const struct raw_chunk row = { .req = c->req, .i = c->i,
	    .kind = chunk_kind_name(c->kind), .bytes = (int64_t)c->bytes,
	    .progress = c->progress, .coalesced = c->coalesced,
	    .callback_ns = c->callback_ns, .early_ns = c->early_ns };
	unsigned cases = (c->coalesced ? CHUNK_IS_COALESCED : 0) |
	    (c->callback_ns >= 0 ? CHUNK_HAS_DELAY : 0) |
	    (c->early_ns >= 0 ? CHUNK_HAS_EARLY : 0);
	struct buf want = BUF_INIT, *got = outq_buf(&o->q);

	buf_clear(got);
	output_chunk(o, c);
	raw_write(&want, RECORD_CHUNK, o->run, output_t(o, c->at_ns), &row,
	    cases);
	is_text(buf_cstr(got), buf_cstr(&want), name);
	buf_fini(&want);
	buf_clear(got);
}

int
main(void)
{
	struct output o;
	struct chunk_record c = { .req = 7, .i = 42, .kind = CHUNK_CONTENT,
	    .bytes = 5, .progress = NAN, .callback_ns = -1,
	    .early_ns = -1 };

	output_init(&o, STDOUT_FILENO);
	c.at_ns = o.origin_ns + INT64_C(1234567890123);
	check(&o, &c, "a token");
	c.coalesced = true;
	check(&o, &c, "one that came with another");
	c.callback_ns = 2000000;
	check(&o, &c, "and was read late");
	c.early_ns = 3000000;
	check(&o, &c, "and is not known exactly");
	c.coalesced = false;
	c.kind = CHUNK_PREFILL;
	c.progress = 0.1;
	check(&o, &c, "progress");
	c.progress = 1;
	c.at_ns = o.origin_ns;
	c.req = c.i = 0;
	check(&o, &c, "the end of it, at once");
	output_fini(&o);
	return tap_done();
}
