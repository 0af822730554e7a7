/* Nearest words, cleaned messages, UTF-8, digests and random numbers. */
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "digest.h"
#include "nearest.h"
#include "record.h"
#include "rng.h"
#include "tap.h"
#include "utf8.h"

static void
test_nearest(void)
{
	static const char *const words[] = { "scenarios", "server", "sampling",
	    "results", NULL };

	is_text(nearest_word("senarios", words), "scenarios", "a lost letter");
	is_text(nearest_word("sevrer", words), "server", "swapped letters");
	is_text(nearest_word("Results", words), "results", "another case");
	is_text(nearest_word("zebra", words), NULL, "nothing near");
	is_text(nearest_word("", words), NULL, "the empty word");
}

static void
test_clean(void)
{
	char out[16];

	is_text(diag_clean(out, sizeof(out), "a\x1b[31mb"), "a?[31mb",
	    "an escape sequence is disarmed");
	is_text(diag_clean(out, sizeof(out), "x\xe2\x80\xaey"), "x?y",
	    "a right-to-left override is shown");
	is_text(diag_clean(out, 4, "ab\xc3\xa9"), "ab",
	    "a cut never splits a character");
}

static void
test_utf8(void)
{
	uint32_t c = 0;

	ok(utf8_decode("\xf0\x9f\x98\x80", 4, &c) == 4 && c == 0x1f600,
	    "four bytes");
	ok(utf8_decode("\xc0\x80", 2, &c) == 0, "overlong form");
	ok(utf8_decode("\xed\xa0\x80", 3, &c) == 0, "surrogate");
	ok(utf8_decode("\xe2\x82", 2, &c) == 0, "cut short");
	ok(utf8_decode("\xf4\x90\x80\x80", 4, &c) == 0, "beyond U+10FFFF");
	ok(utf8_columns('a') == 1 && utf8_columns(0xe9) == 1 &&
	    utf8_columns(0x3b1) == 1, "letters take a column");
	ok(utf8_columns(0x65e5) == 2 && utf8_columns(0xd55c) == 2 &&
	    utf8_columns(0xff21) == 2, "ideographs and the like take two");
	ok(utf8_columns(0x1f600) == 2, "emoji, too");
}

static void
test_rng(void)
{
	uint64_t s = 1234567;
	char hex[DIGEST_CAP];

	/* The reference output of SplitMix64 for this seed (Vigna). */
	ok(rng_next(&s) == UINT64_C(6457827717110365317) &&
	    rng_next(&s) == UINT64_C(3203168211198807973) &&
	    rng_next(&s) == UINT64_C(9817491932198370423),
	    "SplitMix64 gives the reference sequence");
	is_text(digest_sha256("abc", 3, hex), "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad", "SHA-256 of abc (FIPS 180-4)");
}

static void
test_vocabulary(void)
{
	ok(record_type_of("run") == RECORD_RUN &&
	    record_type_of("end") == RECORD_END, "record types");
	for (int i = 0; i < CHUNK_UNKNOWN; i++)
		ok((int)chunk_kind_of(chunk_kind_name((enum chunk_kind)i)) == i,
		    "chunk kind %s", chunk_kind_name((enum chunk_kind)i));
	for (int i = 0; i < STATUS_UNKNOWN; i++)
		ok((int)response_status_of(response_status_name(
		    (enum response_status)i)) == i, "status %s",
		    response_status_name((enum response_status)i));
	ok(record_type_of("nonsense") == RECORD_UNKNOWN &&
	    record_type_of(NULL) == RECORD_UNKNOWN, "anything else is unknown");
}

int
main(void)
{
	test_nearest();
	test_clean();
	test_utf8();
	test_rng();
	test_vocabulary();
	return tap_done();
}
