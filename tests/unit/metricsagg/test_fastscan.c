/* The hot path: what it reads, and what it leaves to cJSON. */
#include <stdlib.h>

#include "in/fastscan.h"
#include "in/intake.h"
#include "tap.h"

static int
scan(const char *line, struct chunk_event *e)
{
	return fastscan_chunk(line, strlen(line), e);
}

static void
test_reads(void)
{
	struct chunk_event e;

	ok(scan("{\"type\":\"chunk\",\"run\":\"R1\",\"t_ns\":123456789012345,"
	    "\"req\":7,\"i\":42,\"kind\":\"reasoning\",\"bytes\":5,"
	    "\"progress\":null}", &e), "a chunk line of lmsdrive is read");
	ok(e.run_len == 2 && memcmp(e.run, "R1", 2) == 0 &&
	    e.t_ns == 123456789012345 && e.req == 7 && e.i == 42 &&
	    e.kind == CHUNK_REASONING && e.bytes == 5 && e.flags == 0,
	    "with every value");
	ok(scan("{\"type\":\"chunk\",\"run\":\"\",\"t_ns\":0,\"req\":0,\"i\":0,"
	    "\"kind\":\"content\",\"bytes\":0,\"coalesced\":true,"
	    "\"callback_ns\":2000000}", &e) &&
	    e.flags == (CHUNK_COALESCED | CHUNK_LATE), "and its two flags");
	ok(scan("{\"type\":\"chunk\",\"run\":\"\",\"t_ns\":0,\"req\":0,\"i\":0,"
	    "\"kind\":\"content\",\"bytes\":0,\"progress\":null,"
	    "\"early_ns\":1000000}", &e) &&
	    e.flags == chunk_unsure(1000000), "and how early it may have come");
}

static void
test_leaves(void)
{
	static const struct {
		const char *line, *what;
	} rows[] = {
		{ "", "nothing" },
		{ "{\"type\":\"chunk\",", "a line that is cut" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":1,\"req\":1,"
		    "\"i\":0,\"kind\":\"content\"}", "a missing key" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"run\":\"R\",\"t_ns\":1,"
		  "\"req\":1,\"i\":0,\"kind\":\"content\",\"bytes\":1}",
		  "a repeated key" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":1,\"req\":1,"
		    "\"i\":0,\"kind\":\"content\",\"bytes\":1,\"x\":1}",
		    "an unknown key" },
		{ "{\"type\":\"chunk\",\"run\":\"\\u0052\",\"t_ns\":1,"
		    "\"req\":1,\"i\":0,\"kind\":\"content\",\"bytes\":1}",
		    "an escape" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":1.5,\"req\":1,"
		  "\"i\":0,\"kind\":\"content\",\"bytes\":1}", "a fraction" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":1e3,\"req\":1,"
		  "\"i\":0,\"kind\":\"content\",\"bytes\":1}", "an exponent" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":-1,\"req\":1,"
		  "\"i\":0,\"kind\":\"content\",\"bytes\":1}", "a sign" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":01,\"req\":1,"
		  "\"i\":0,\"kind\":\"content\",\"bytes\":1}",
		      "a leading zero" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":1234567890123456,"
		  "\"req\":1,\"i\":0,\"kind\":\"content\",\"bytes\":1}",
		  "a number of 16 digits" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":1,\"req\":1,"
		  "\"i\":4294967296,\"kind\":\"content\",\"bytes\":1}",
		  "an index over 32 bits" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":1,\"req\":1,"
		    "\"i\":0,\"kind\":\"content\",\"bytes\":1} ",
		    "text behind it" },
		{ "{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":1,\"req\":1,"
		    "\"i\":0,\"kind\":\"prefill\",\"bytes\":0,"
		    "\"progress\":0.5}",
		  "progress" },
		{ "{\"type\": \"chunk\",\"run\":\"R\",\"t_ns\":1,\"req\":1,"
		    "\"i\":0,\"kind\":\"content\",\"bytes\":1}",
		    "white space" },
	};
	struct chunk_event e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		ok(!scan(rows[i].line, &e), "%s is left to cJSON",
		    rows[i].what);
}

/* Both ways into the tables end in the same sixteen bytes. */
/* What is kept in a word, and what is not, comes back as it was. */
static void
test_list(void)
{
	static const struct chunk_event e[] = {	/* by i */
		{ .t_ns = 5, .i = 0, .kind = CHUNK_ROLE },
		{ .t_ns = 5, .i = 1, .kind = CHUNK_CONTENT, .bytes = 127,
		    .flags = CHUNK_COALESCED },
		{ .t_ns = 4, .i = 2, .kind = CHUNK_CONTENT, .bytes = 1 },
		{ .t_ns = INT64_C(1) << 44, .i = 3, .kind = CHUNK_TOOL,
		    .bytes = 128 },
		{ .t_ns = INT64_C(1) << 45, .i = 4, .kind = CHUNK_CONTENT },
		{ .t_ns = RECORD_T_MAX - 1, .i = 9, .kind = CHUNK_UNKNOWN,
		    .bytes = INT32_MAX, .flags = CHUNK_UNSURE },
		{ .t_ns = 0, .i = UINT32_MAX, .kind = CHUNK_USAGE },
	};
	enum { N = sizeof(e) / sizeof(e[0]) };
	struct chunk *c, want;
	size_t n, good = 0;

	for (size_t from = 0; from < N; from++) {	/* in N orders */
		struct chunk_list l = { NULL, 0, 0 };

		for (size_t i = 0; i < N; i++)
			chunk_list_add(&l, chunk_pack(&e[(from + i) % N]));
		c = chunk_list_sorted(&l, &n);
		for (size_t i = 0; i < n; i++) {
			want = chunk_pack(&e[i]);
			good += memcmp(&c[i], &want, sizeof(want)) == 0;
		}
		free(c);
		chunk_list_fini(&l);
	}
	ok(good == N * N, "a list tells what was added, in order");
}

static void
test_same(void)
{
	static const char line[] = "{\"type\":\"chunk\",\"run\":\"R\","
	    "\"t_ns\":99,\"req\":3,\"i\":1,\"kind\":\"content\",\"bytes\":7,"
	    "\"coalesced\":true}";
	struct slice s = { line, sizeof(line) - 1 };
	struct chunk *a, *b;
	struct tables t;
	const char *why;
	size_t n;

	tables_init(&t);
	ok(intake_line(&t, s, &why) == INTAKE_OK, "fast");
	a = chunk_list_sorted(&t.runs[0]->requests[0].chunks, &n);
	ok(n == 1, "one chunk");
	tables_fini(&t);
	tables_init(&t);
	ok(intake_line_slow(&t, s, &why) == INTAKE_OK &&
	    t.runs[0]->of_type[RECORD_CHUNK] == 1, "slow: one chunk");
	b = chunk_list_sorted(&t.runs[0]->requests[0].chunks, &n);
	tables_fini(&t);
	ok(memcmp(a, b, sizeof(*a)) == 0 && chunk_t(*a) == 99 &&
	    chunk_kind(*a) == CHUNK_CONTENT &&
	    chunk_flags(*a) == CHUNK_COALESCED && a->i == 1 && a->bytes == 7,
	    "and it is the same");
	free(a);
	free(b);
}

#define STEP "{\"type\":\"step\",\"run\":\"R\",\"t_ns\":1,\"step\":2," \
	"\"op\":\"request\",\"rate_per_s\":"
#define REQUEST "{\"type\":\"request\",\"run\":\"R\",\"t_ns\":1,\"req\":7," \
	"\"step\":2,\"warmup\":true,\"sampling\":"

static bool
scan_record(struct tables *t, const char *line, struct fastrecord *r)
{
	return fastscan_record(&t->fast, (struct slice){ line, strlen(line) },
	    r);
}

static void
test_records(void)
{
	static const char *const left[] = {
		STEP "1.5,\"op\":\"load\"}", STEP "1.5} ",
		STEP "1.5", STEP "1.5,}", STEP "\"1\"}", STEP "1.5.2}",
		STEP "+1}", STEP "1e999}", STEP "1,\"implied\":1}",
		STEP "1\"implied\":true}", STEP "1, \"implied\":true}",
		STEP "1,\"server_url\":\"\\u0041\"}", STEP "1,\"x\":null}",
		REQUEST "{\"a\":}}", REQUEST "[1]}", REQUEST "{\"a\":1}",
		"{\"type\":\"note\",\"run\":\"R\",\"t_ns\":1,\"code\":\"x\"}",
		"{\"type\":\"mem\",\"run\":\"R\",\"t_ns\":1,\"pids\":[1,]}",
		"{\"type\":\"mem\",\"run\":\"R\",\"t_ns\":1,\"sys\":{}}}",
	};
	struct fastrecord r;
	struct tables t;

	tables_init(&t);
	ok(scan_record(&t, STEP "0.1,\"implied\":true}", &r) &&
	    r.type == RECORD_STEP && strcmp(r.run, "R") == 0 && r.t_ns == 1 &&
	    r.row.step.step == 2 && strcmp(r.row.step.op, "request") == 0 &&
	    r.row.step.rate_per_s == 0.1 && r.row.step.implied &&
	    r.row.step.block == -1 && r.row.step.pair == NULL,
	    "a step is read, what it does not say is not measured");
	ok(scan_record(&t, STEP "900.15655522808543}", &r) &&
	    r.row.step.rate_per_s == 900.15655522808543,
	    "and every digit of a number");
	for (size_t i = 0; i < 2; i++)
		ok(scan_record(&t, REQUEST "{\"a\": 1.0,\"b\":[]}}", &r) &&
		    strcmp(r.row.request.sampling, "{\"a\":1,\"b\":[]}") == 0,
		    "an object as it is written, look %zu", i + 1);
	ok(scan_record(&t, "{\"type\":\"mem\",\"run\":\"R\",\"t_ns\":1,"
	    "\"pids\":[12,13],\"n_procs\":2,\"cpu_energy_nj\":null,"
	    "\"port\":1234,\"sys\":{\"pressure\":3},"
	    "\"missed\":4}", &r) && r.row.mem.n_procs == 2 &&
	    r.row.mem.port == 1234 &&
	    r.row.mem.sys_pressure == 3 && r.row.mem.missed == 4,
	    "a sample with a part of the machine");
	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++)
		ok(!scan_record(&t, left[i], &r), "left to cJSON: %s",
		    left[i]);
	tables_fini(&t);
}

int
main(void)
{
	test_reads();
	test_records();
	test_leaves();
	test_same();
	test_list();
	return tap_done();
}
