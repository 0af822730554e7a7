#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "fault.h"
#include "heap.h"
#include "sse.h"
#include "tap.h"
#include "text.h"

static fault_set
bit(enum fault f)
{
	return UINT64_C(1) << f;
}

static void
faults(void)
{
	struct fault_rule rules[] = {
		{ FAULT_CUT, 0, 3, INT64_MAX }, { FAULT_RESET, 2, 1, 4 }
	};
	bool unknown = false;
	char text[64];
	int same = 0;
	const char *prompt = "say [[fault:crlf]] and [[fault:cut]] [[fault:x";

	for (int f = 0; f < FAULT_COUNT; f++)
		same += fault_find(fault_name((enum fault)f),
		    strlen(fault_name((enum fault)f))) == (enum fault)f;
	ok(same == FAULT_COUNT, "every fault is found by its name");
	ok(fault_find("cu", 2) == FAULT_COUNT, "half a name is no name");
	ok(fault_parse_list("cut, reset", &unknown) == (bit(FAULT_CUT) |
	    bit(FAULT_RESET)) && !unknown, "a list of faults");
	ok(fault_parse_list("cut,,nope", &unknown) == bit(FAULT_CUT) &&
	    unknown, "an unknown fault is told");
	ok(fault_in_prompt(prompt, strlen(prompt)) == (bit(FAULT_CRLF) |
	    bit(FAULT_CUT)), "faults in a prompt");
	ok(fault_due(rules, 2, 1) == 0, "request 1: none due");
	ok(fault_due(rules, 2, 3) == (bit(FAULT_CUT) | bit(FAULT_RESET)),
	    "request 3: every third, and all after the second");
	ok(fault_due(rules, 2, 4) == bit(FAULT_RESET), "request 4");
	ok(fault_due(rules, 2, 5) == 0, "request 5: that one is over");
	is_text(fault_text(text, sizeof(text), bit(FAULT_CUT) |
	    bit(FAULT_RESET)), "cut,reset", "a set as text");
}

static void
words(void)
{
	struct buf a = BUF_INIT, b = BUF_INIT;
	uint32_t *hashes = NULL;
	size_t n = 0, cap = 0;

	ok(text_count_words("", 0) == 0, "no words in nothing");
	ok(text_count_words(" a  b\n\tc ", 9) == 3, "three words");
	for (int64_t i = 0; i < 20; i++) {
		text_answer_word(&a, 7, i);
		text_answer_word(&b, 7, i);
	}
	is_text(buf_cstr(&a), buf_cstr(&b), "the same seed, the same words");
	ok(text_count_words(a.data, a.len) == 20, "20 tokens are 20 words");
	text_hash_words(a.data, a.len, &hashes, &n, &cap);
	buf_clear(&b);
	ok(n == 20 && hashes[0] == text_answer_word(&b, 7, 0),
	    "an answer hashes as a prompt would");
	free(hashes);
	buf_fini(&a);
	buf_fini(&b);
}

static void
prompt_cache(void)
{
	const uint32_t one[] = { 1, 2, 3 }, two[] = { 1, 2, 3, 4, 5 };
	const uint32_t other[] = { 9, 8 };
	struct cache c;

	cache_init(&c, 100, 10, 5);
	ok(cache_match(&c, one, 3) == 0, "an empty cache knows nothing");
	cache_keep(&c, one, 3);
	ok(cache_held(&c) == 35, "three words and an entry");
	ok(cache_match(&c, two, 5) == 3, "the common prefix is known");
	cache_keep(&c, two, 5);
	ok(c.n == 1 && cache_held(&c) == 55, "a continuation replaces");
	cache_keep(&c, other, 2);
	ok(c.n == 2 && cache_held(&c) == 80, "a second entry");
	ok(cache_match(&c, two, 5) == 5, "the first is now the more recent");
	cache_keep(&c, (const uint32_t[]){ 7, 7, 7 }, 3);
	ok(c.n == 2 && cache_held(&c) == 90 &&
	    cache_match(&c, other, 2) == 0, "the least recent one went");
	cache_keep(&c, (const uint32_t[]){ 6, 6, 6, 6, 6, 6, 6, 6, 6, 6 },
	    10);
	ok(cache_held(&c) <= 100, "never above the budget");
	cache_fini(&c);
	cache_init(&c, 0, 10, 5);
	cache_keep(&c, one, 3);
	ok(c.n == 0, "no budget, no cache");
	cache_fini(&c);
}

static void
timers(void)
{
	struct timer t[100];
	struct timer *got;
	struct heap h = { NULL, 0, 0 };
	int64_t last = -1;
	int n = 0, in_order = 1;

	memset(t, 0, sizeof(t));
	for (int i = 0; i < 100; i++)
		heap_set(&h, &t[i], (i * 37) % 100);
	heap_set(&h, &t[0], 1000);	/* moved */
	heap_clear(&h, &t[1]);		/* was due at 37 */
	heap_clear(&h, &t[1]);
	ok(heap_next(&h) == 1, "the earliest that is left");
	while ((got = heap_pop(&h, 99)) != NULL) {
		in_order &= got->due_ns > last;
		last = got->due_ns;
		n++;
	}
	ok(in_order && n == 98, "98 timers fire in order");
	ok(heap_next(&h) == 1000 && heap_pop(&h, 999) == NULL,
	    "the moved one waits");
	heap_fini(&h);
}

static const struct {
	enum fault fault;
	const char *want;
	size_t len;
} disturbed[] = {
	{ FAULT_COUNT, "event: e\ndata: {\"a\":\"@@: b\",\"c\":1}\n\n", 0 },
	{ FAULT_CRLF,
	    "event: e\r\ndata: {\"a\":\"@@: b\",\"c\":1}\r\n\r\n", 0 },
	{ FAULT_NO_SPACE, "event:e\ndata:{\"a\":\"@@: b\",\"c\":1}\n\n", 0 },
	{ FAULT_MULTI_DATA,
	    "event: e\ndata: {\"a\":\"@@: b\",\ndata: \"c\":1}\n\n", 0 },
	{ FAULT_COMMENTS, ": keep-alive\n\n:\n"
	    "event: e\ndata: {\"a\":\"@@: b\",\"c\":1}\n\n", 0 },
	{ FAULT_INVALID_UTF8,
	    "event: e\ndata: {\"a\":\"\xc3\x28\xff: b\",\"c\":1}\n\n", 0 },
	{ FAULT_NUL_BYTES,
	    "event: e\ndata: {\"a\":\"\0\0: b\",\"c\":1}\n\n", 36 }
};

static void
events(void)
{
	struct buf in = BUF_INIT, out = BUF_INIT;
	struct json j;
	size_t i, len;

	sse_begin(&j, &in, "e");
	json_str(&j, "a", "@@: b");
	json_int(&j, "c", 1);
	sse_end(&j);
	for (i = 0; i < sizeof(disturbed) / sizeof(disturbed[0]); i++) {
		buf_clear(&out);
		sse_disturb(&out, &in, disturbed[i].fault == FAULT_COUNT ? 0 :
		    bit(disturbed[i].fault));
		len = disturbed[i].len > 0 ? disturbed[i].len :
		    strlen(disturbed[i].want);
		ok(out.len == len && memcmp(out.data, disturbed[i].want,
		    len) == 0, "an event, %s", disturbed[i].fault ==
		    FAULT_COUNT ? "plain" : fault_name(disturbed[i].fault));
	}
	buf_fini(&in);
	buf_fini(&out);
}

int
main(void)
{
	faults();
	words();
	prompt_cache();
	timers();
	events();
	return tap_done();
}
