/* From the records of one request to its metrics: exact values. */
#include <math.h>
#include <stdlib.h>

#include "join/derive.h"
#include "join/instants.h"
#include "tap.h"

#define MS INT64_C(1000000)

static struct request_row q;
static struct request_asked asked;
static struct request_answered answered;
static struct chunk_faults faults;
static uint32_t next_i;

/* A request sent at 1 s, with 101 prompt tokens of which 1 was cached. */
static void
start(int32_t completion_tokens)
{
	memset(&q, 0, sizeof(q));
	memset(&asked, 0, sizeof(asked));
	memset(&answered, 0, sizeof(answered));
	memset(&faults, 0, sizeof(faults));
	q.asked = &asked;
	q.answered = &answered;
	q.t_sent = 1000 * MS;
	q.scheduled_ns = 990 * MS;
	q.first_byte = 1050 * MS;
	q.t_done = 2000 * MS;
	q.status = STATUS_OK;
	q.prompt_tokens = 101;
	q.cached_tokens = 1;
	q.completion_tokens = completion_tokens;
	q.server_tps = 50;
	q.server_ttft_s = 0.2;
	q.server_prefill_s = NAN;
	next_i = 0;
}

static void
chunk_i(uint32_t i, int64_t at_ms, enum chunk_kind kind, int64_t bytes,
    unsigned flags)
{
	struct chunk_event e = { .t_ns = at_ms * MS, .i = i, .kind = kind,
	    .bytes = bytes, .flags = flags };

	chunk_list_add(&q.chunks, chunk_pack(&e));
}

static void
chunk(int64_t at_ms, enum chunk_kind kind, int64_t bytes)
{
	chunk_i(next_i++, at_ms, kind, bytes, 0);
}

static void
finish(void)
{
	free(q.d.v);
}

static void
test_all(void)
{
	start(5);
	chunk(1060, CHUNK_ROLE, 0);		/* says nothing about tokens */
	chunk(1100, CHUNK_CONTENT, 0);		/* empty: does not count */
	chunk(1200, CHUNK_REASONING, 3);
	chunk(1220, CHUNK_REASONING, 3);
	chunk(1260, CHUNK_CONTENT, 3);
	chunk(1280, CHUNK_CONTENT, 3);
	chunk(1300, CHUNK_USAGE, 0);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_TTFB), 0.05, 0, "ttfb_s");
	is_near(request_v(&q, M_TTFT), 0.2, 1e-15, "ttft_s: first token chunk");
	is_near(request_v(&q, M_TTFA), 0.26, 1e-15,
	    "ttfa_s: first answer chunk");
	is_near(request_v(&q, M_QUEUE), 0.01, 0, "queue_s");
	is_near(request_v(&q, M_E2E), 0.3, 1e-15,
	    "e2e_s: last chunk of any kind");
	ok(q.d.n_gaps == 3, "three gaps between four token chunks");
	is_near(request_v(&q, M_MEDIAN_ICL), 0.02, 1e-15, "their median");
	is_near(request_v(&q, M_STALL), 0.04, 1e-15, "and their longest");
	is_near(request_v(&q, M_TPOT), 0.02, 1e-15,
	    "tpot_s: 80 ms over 4 tokens");
	is_near(request_v(&q, M_DECODE_TPS), 50, 1e-12, "decode_tps");
	is_near(request_v(&q, M_PREFILL_TPS), 500, 1e-12,
	    "prefill_tps: 100 fresh tokens in ttft");
	ok(!q.d.prefill_from_events, "and it says so");
	is_near(request_v(&q, M_EFFECTIVE_TPS), 5 / 0.3, 1e-12,
	    "effective_tps");
	is_near(request_v(&q, M_TOKENS_PER_CHUNK), 1.25, 0, "tokens per chunk");
	is_near(derive_servers(&q, M_DECODE_TPS), 50, 0,
	    "the server's own rate");
	ok(q.d.token_chunks == 4 && faults.lost == 0 && faults.backwards == 0,
	    "nothing is wrong with it");
	finish();
}

/* A token that may have come up to early_ms before. */
static void
unsure(int64_t at_ms, int64_t early_ms, unsigned flags)
{
	chunk_i(next_i++, at_ms, CHUNK_CONTENT, 1,
	    flags | chunk_unsure(early_ms * MS));
}

static void
test_unsure_kept(void)
{
	struct chunk_event e = { .flags = chunk_unsure(MS) };

	ok(chunk_unsure_ns(chunk_pack(&e)) == MS, "1 ms is 1 ms");
	e.flags = chunk_unsure(MS + 1);
	ok(chunk_unsure_ns(chunk_pack(&e)) == 2 * MS, "more is rounded up");
	e.flags = chunk_unsure(-1) | CHUNK_LATE;
	ok(chunk_unsure_ns(chunk_pack(&e)) == 0, "none is none");
	e.flags = chunk_unsure(3600 * 1000 * MS) | CHUNK_LATE;
	ok(chunk_unsure_ns(chunk_pack(&e)) == 2048 * MS &&
	    (chunk_flags(chunk_pack(&e)) & 15) == CHUNK_LATE,
	    "2 s at most, beside the flags");
}

/* The first two tokens were merged with the third: the first one's time, and
 * the gaps between them, are not known; the third one's is. */
static void
test_unsure_first(void)
{
	struct instants t;

	start(6);
	unsure(1200, 150, 0);
	unsure(1200, 150, CHUNK_COALESCED);
	unsure(1200, 0, CHUNK_COALESCED);
	chunk(1220, CHUNK_CONTENT, 1);
	chunk(1240, CHUNK_CONTENT, 1);
	chunk(1260, CHUNK_CONTENT, 1);
	instants_of(&t, &q.chunks);
	derive_request(&q, &faults);
	ok(isnan(request_v(&q, M_TTFT)) && isnan(request_v(&q, M_TTFA)) &&
	    q.d.is_unsure && q.d.has_unsure && t.n_unsure == 2, "no ttft_s");
	is_near(request_v(&q, M_E2E), 0.26, 1e-15, "e2e_s has its end");
	ok(q.d.n_gaps == 3, "gaps between known instants");
	is_near(request_v(&q, M_MEDIAN_ICL), 0.02, 1e-15, "are right");
	is_near(request_v(&q, M_DECODE_TPS), 50, 1e-9,
	    "decode_tps is of what came after the third");
	ok(!q.d.has_whole_rate, "three of five tokens");
	ok(t.n_coalesced == 1, "only what is of one instant was sent so");
	instants_fini(&t);
	finish();
}

static void
test_unsure_last(void)
{
	start(5);
	chunk(1200, CHUNK_CONTENT, 1);
	chunk(1220, CHUNK_CONTENT, 1);
	unsure(1280, 60, 0);
	unsure(1280, 60, CHUNK_COALESCED);
	unsure(1280, 0, CHUNK_COALESCED);
	chunk(1300, CHUNK_CONTENT, 1);
	unsure(1340, 40, 0);
	chunk(1340, CHUNK_USAGE, 0);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_TTFT), 0.2, 1e-15, "ttft_s is known");
	ok(q.d.n_gaps == 2, "two gaps of known ends");
	is_near(request_v(&q, M_STALL), 0.02, 1e-15,
	    "stall_s: 60 ms over three gaps is 20 ms at least");
	ok(isnan(request_v(&q, M_DECODE_TPS)) && q.d.is_unsure,
	    "no rate up to a token without an instant");
	finish();
}

static void
test_unsure_stall(void)
{
	start(4);
	chunk(1200, CHUNK_CONTENT, 1);
	chunk(1210, CHUNK_CONTENT, 1);
	unsure(1510, 300, 0);
	unsure(1510, 0, CHUNK_COALESCED);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_STALL), 0.15, 1e-15,
	    "stall_s: one of two gaps in 300 ms is 150 ms at least");
	is_near(request_v(&q, M_DECODE_TPS), 3 / 0.31, 1e-9,
	    "the rate is known");
	finish();

	start(4);
	unsure(3000, 15, 0);
	unsure(3100, 0, 0);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_TTFT), 2, 0,
	    "15 ms, 16 rounded up, of 2 s are no matter");
	finish();
}

static void
test_prefill_events(void)
{
	start(2);
	chunk_i(0, 1010, CHUNK_PREFILL, 0, CHUNK_START);
	chunk_i(1, 1030, CHUNK_PREFILL, 0, 0);
	chunk_i(2, 1110, CHUNK_PREFILL, 0, CHUNK_FINISH);
	chunk_i(3, 1200, CHUNK_CONTENT, 1, 0);
	chunk_i(4, 1210, CHUNK_CONTENT, 1, 0);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_PREFILL_TPS), 1000, 1e-9,
	    "100 fresh tokens between the server's prefill events");
	ok(q.d.prefill_from_events, "and it says so");
	finish();
}

static void
test_few(void)
{
	start(1);
	chunk(1200, CHUNK_CONTENT, 1);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_TTFT), 0.2, 1e-15, "one chunk has a ttft");
	ok(isnan(request_v(&q, M_TPOT)) && isnan(request_v(&q, M_DECODE_TPS)) &&
	    isnan(request_v(&q, M_MEDIAN_ICL)) && isnan(request_v(&q, M_STALL)),
	    "but neither gaps nor a decode speed");
	finish();
	start(10);
	chunk(1200, CHUNK_CONTENT, 30);
	derive_request(&q, &faults);
	ok(isnan(request_v(&q, M_DECODE_TPS)),
	    "ten tokens in one piece have no speed");
	is_near(request_v(&q, M_TOKENS_PER_CHUNK), 10, 0,
	    "they were ten to a chunk");
	finish();
	start(-1);
	derive_request(&q, &faults);
	ok(isnan(request_v(&q, M_TTFT)) && isnan(request_v(&q, M_E2E)) &&
	    isnan(request_v(&q, M_COMPLETION_TOKENS)) && q.d.n_gaps == 0,
	    "no chunk at all: nothing is measured, nothing is zero");
	finish();
	start(2);
	q.cached_tokens = 101;
	chunk(1200, CHUNK_CONTENT, 1);
	chunk(1210, CHUNK_CONTENT, 1);
	derive_request(&q, &faults);
	ok(isnan(request_v(&q, M_PREFILL_TPS)), "all cached: no prefill speed");
	finish();
}

static void
test_order(void)
{
	start(3);
	chunk_i(2, 1240, CHUNK_CONTENT, 1, 0);
	chunk_i(0, 1200, CHUNK_CONTENT, 1, 0);
	chunk_i(1, 1220, CHUNK_CONTENT, 1, 0);
	chunk_i(1, 1220, CHUNK_CONTENT, 1, 0);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_TPOT), 0.02, 1e-15, "chunks in any order");
	ok(faults.repeated == 1 && q.d.token_chunks == 3,
	    "a copy is counted, not used");
	finish();
	start(3);
	chunk_i(0, 1200, CHUNK_CONTENT, 1, 0);
	chunk_i(1, 1220, CHUNK_CONTENT, 1, 0);
	chunk_i(1, 1230, CHUNK_CONTENT, 1, 0);
	chunk_i(4, 1240, CHUNK_CONTENT, 1, 0);
	derive_request(&q, &faults);
	ok(faults.contradictory == 1 && faults.lost == 2,
	    "copies that differ, and chunks that are missing");
	finish();
	start(3);
	chunk_i(0, 1220, CHUNK_CONTENT, 1, 0);
	chunk_i(1, 1200, CHUNK_CONTENT, 1, 0);
	derive_request(&q, &faults);
	ok(faults.backwards == 1 && request_gaps(&q)[0] >= 0,
	    "a clock that ran backwards is counted, no gap is negative");
	finish();
	start(3);
	chunk(900, CHUNK_CONTENT, 1);
	derive_request(&q, &faults);
	ok(isnan(request_v(&q, M_TTFT)) && faults.backwards > 0,
	    "an answer before the question is not measured");
	finish();
}

/* n token chunks of some bytes each, the first at from_ms, gap_us apart. */
static void
stream(int64_t n, int64_t from_ms, int64_t gap_us, enum chunk_kind kind,
    int64_t bytes)
{
	struct chunk_event e = { .kind = kind, .bytes = bytes };
	int64_t k;

	for (k = 0; k < n; k++) {
		e.i = next_i++;
		e.t_ns = from_ms * MS + k * gap_us * 1000;
		chunk_list_add(&q.chunks, chunk_pack(&e));
	}
}

/* What came first took no time of the decode. */
static void
test_first_tokens(void)
{
	start(64);
	stream(8, 1050, 80000, CHUNK_CONTENT, 32);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_DECODE_TPS), 100, 1e-9,
	    "8 tokens a chunk, every 80 ms");
	finish();
	start(64);
	stream(64, 1050, 10000, CHUNK_CONTENT, 4);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_DECODE_TPS), 100, 1e-9,
	    "the same speed, one a chunk");
	finish();
	start(20);
	stream(2, 1300, 200000, CHUNK_REASONING, 40);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_DECODE_TPS), 50, 1e-9, "two bursts of ten");
	finish();
	start(30);
	stream(1, 1100, 0, CHUNK_CONTENT, 80);
	stream(10, 1200, 100000, CHUNK_CONTENT, 4);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_DECODE_TPS), 10, 1e-9,
	    "a first chunk of twenty");
	finish();
	start(12);
	stream(3, 1100, 0, CHUNK_CONTENT, 4);
	stream(9, 1110, 10000, CHUNK_CONTENT, 4);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_DECODE_TPS), 100, 1e-9,
	    "three chunks at one instant, then one by one");
	finish();
}

/* A span that is not resolved, and a flush, give no rate. */
static void
test_unresolved(void)
{
	start(60);
	stream(3, 1600, 1000, CHUNK_CONTENT, 80);
	derive_request(&q, &faults);
	ok(isnan(request_v(&q, M_DECODE_TPS)) && isnan(request_v(&q, M_TPOT)) &&
	    q.d.doubt == RATE_UNRESOLVED && q.d.bursts == 3,
	    "flushed in three writes: no decode rate");
	is_near(request_v(&q, M_TTFT), 0.6, 1e-12, "what was timed stays");
	finish();
	start(5);
	stream(5, 1010, 400, CHUNK_CONTENT, 4);
	derive_request(&q, &faults);
	ok(isnan(request_v(&q, M_DECODE_TPS)), "1.6 ms is not resolved");
	finish();
	start(6);
	stream(6, 1010, 400, CHUNK_CONTENT, 4);
	stream(1, 1012, 0, CHUNK_USAGE, 0);
	derive_request(&q, &faults);
	is_near(request_v(&q, M_DECODE_TPS), 2500, 1e-6, "2 ms is");
	finish();
}

/* Guessed tokens: three come at a time, 41 us apart, every 12.9 ms. */
static void
test_bursts(void)
{
	int64_t k;

	start(60);
	answered.draft_tokens = 80;
	answered.accepted_tokens = 40;
	for (k = 0; k < 20; k++)
		stream(3, 1100 + 13 * k, 41, CHUNK_CONTENT, 5);
	derive_request(&q, &faults);
	ok(q.d.is_bursty && q.d.bursts == 20 && q.d.n_gaps == 19,
	    "twenty bursts, and the gaps between them");
	is_near(request_v(&q, M_MEDIAN_ICL), 0.013 - 0.000082, 1e-9,
	    "of that length");
	is_near(request_v(&q, M_TPOT), (19 * 0.013 + 0.000082) / 57, 1e-9,
	    "a token takes 4.3 ms");
	is_near(request_v(&q, M_TOKENS_PER_BURST), 3, 0, "tokens in a burst");
	is_near(request_v(&q, M_BURST), (19 * 0.013 + 0.000082) / 19, 1e-9,
	    "from one to the next");
	is_near(request_v(&q, M_ACCEPT), 0.5, 0,
	    "half of what was guessed was right");
	is_near(request_v(&q, M_BYTES_PER_S), 57 * 5 / (19 * 0.013 + 0.000082),
	    1e-6,
	    "bytes of text, without those of the first burst");
	finish();
	start(60);
	stream(60, 1100, 4300, CHUNK_CONTENT, 5);
	derive_request(&q, &faults);
	ok(!q.d.is_bursty && q.d.bursts == 60 && q.d.n_gaps == 59 &&
	    isnan(request_v(&q, M_ACCEPT)), "one by one: each on its own");
	is_near(request_v(&q, M_TPOT), 0.0043, 1e-12, "the same speed");
	finish();
}

/* More chunks than a count of tokens can have. */
static void
test_implausible(void)
{
	start(2);
	stream(40, 1100, 20000, CHUNK_CONTENT, 4);
	derive_request(&q, &faults);
	ok(q.d.doubt == RATE_IMPLAUSIBLE &&
	    isnan(request_v(&q, M_DECODE_TPS)) &&
	    isnan(request_v(&q, M_PREFILL_TPS)) &&
	    isnan(request_v(&q, M_EFFECTIVE_TPS)),
	    "2 tokens in 40 chunks: no rate at all");
	finish();
	start(20);
	stream(25, 1000, 40000, CHUNK_REASONING, 2);
	stream(20, 2300, 10000, CHUNK_CONTENT, 4);
	derive_request(&q, &faults);
	ok(q.d.doubt == RATE_IMPLAUSIBLE && isnan(request_v(&q, M_DECODE_TPS)),
	    "status lines sent as reasoning");
	finish();
	start(20);
	stream(30, 1100, 10000, CHUNK_CONTENT, 2);
	derive_request(&q, &faults);
	ok(q.d.doubt == RATE_IS_FINE && request_v(&q, M_DECODE_TPS) > 0,
	    "a chunk may hold less than a token");
	finish();
}

static const struct {
	const char *what, *cache;
	int32_t prompt, cached, warmup, turn;
	bool has_ttft, has_prefill;
} caches[] = {
	{ "cold, not cached", "cold", 1012, 0, 0, -1, true, true },
	{ "cold, a template cached", "cold", 1012, 20, 0, -1, true, true },
	{ "cold, a quarter cached", "cold", 1012, 253, 0, -1, false, false },
	{ "cold, not told", "cold", 1012, -1, 0, -1, true, true },
	{ "warm, cached", "warm", 1012, 1000, 0, -1, true, false },
	{ "warm, not cached", "warm", 1012, 0, 0, -1, false, false },
	{ "warm, but its first time", "warm", 1012, 0, 1, -1, true, true },
	{ "warm, half cached", "warm", 1012, 506, 0, -1, true, true },
	{ "a single token that was not", "warm", 1012, 1011, 0, -1, true,
	    false },
	{ "a second turn", "cold", 1012, 600, 0, 2, true, true },
	{ "too short to be judged", "warm", 12, 0, 0, -1, true, true }
};

static void
test_caches(void)
{
	size_t i;

	for (i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
		start(20);
		asked.cache = caches[i].cache;
		q.prompt_tokens = caches[i].prompt;
		q.cached_tokens = caches[i].cached;
		asked.warmup = caches[i].warmup;
		asked.turn = caches[i].turn;
		stream(20, 1100, 10000, CHUNK_CONTENT, 4);
		derive_request(&q, &faults);
		ok(!isnan(request_v(&q, M_TTFT)) == caches[i].has_ttft &&
		    !isnan(request_v(&q,
		    M_PREFILL_TPS)) == caches[i].has_prefill &&
		    !isnan(request_v(&q, M_E2E)) == caches[i].has_ttft &&
		    !isnan(request_v(&q, M_EFFECTIVE_TPS)) ==
		    caches[i].has_ttft &&
		    request_v(&q, M_DECODE_TPS) > 0, "%s", caches[i].what);
		finish();
	}
}

int
main(void)
{
	test_caches();
	test_first_tokens();
	test_unresolved();
	test_implausible();
	test_bursts();
	test_all();
	test_unsure_kept();
	test_unsure_first();
	test_unsure_last();
	test_unsure_stall();
	test_prefill_events();
	test_few();
	test_order();
	return tap_done();
}
