/* The sniffer finds its records however the stream is cut. */
#include <stdlib.h>

#include "stream/sniff.h"
#include "tap.h"

static const char stream[] =
"{\"type\":\"run\",\"run\":\"R\",\"t_ns\":0,\"v\":1,"
    "\"origin_ns\":\"12345678901234\",\"boot_id\":\"b\","
    "\"server\":{\"url\":\"http://127.0.0.1:1234\",\"port\":1234},"
"\"memory_interval_ns\":50000000}\n"
"{\"type\":\"chunk\",\"run\":\"R\",\"t_ns\":1,"
    "\"text\":\"{\\\"type\\\":\\\"run\\\"}\"}\n"
"{\"type\":\"step\",\"run\":\"R\",\"t_ns\":2,\"step\":7,\"port\":99}\n"
"{ \"type\" : \"load\", \"run\":\"R\", \"t_ns\":3, \"phase\":\"end\", "
    "\"status\":\"ok\"}\n"
"{\"type\":\"runner\",\"run\":\"R\",\"t_ns\":4}\n"
"{\"type\":\"run\",\"run\":\n"
"\n"
"{\"type\":\"unload\",\"run\":\"R\",\"t_ns\":5,\"phase\":\"begin\","
    "\"status\":null}\n";

struct seen {
	int n;
	struct sniff_record r[16];
};

static void
keep(void *arg, const struct sniff_record *r)
{
	struct seen *s = arg;

	if (s->n < 16)
		s->r[s->n++] = *r;
}

/* Feed the stream in two pieces, cut at the byte at; each piece in memory of
 * exactly its size. */
static void
feed(struct seen *seen, size_t at)
{
	size_t len = sizeof(stream) - 1;
	struct sniff s;
	char *a = malloc(at + 1), *b = malloc(len - at + 1);

	*seen = (struct seen){ 0 };
	memcpy(a, stream, at);
	memcpy(b, stream + at, len - at);
	sniff_init(&s);
	sniff_feed(&s, a, at, keep, seen);
	sniff_feed(&s, b, len - at, keep, seen);
	sniff_fini(&s);
	free(a);
	free(b);
}

static int
is_right(const struct seen *s)
{
	return s->n == 4 && s->r[0].type == RECORD_RUN &&
	    s->r[0].origin_ns == INT64_C(12345678901234) &&
	    s->r[0].port == 1234 && s->r[0].memory_interval_ns == 50000000 &&
	    s->r[1].type == RECORD_STEP && s->r[1].step == 7 &&
	    s->r[1].port == 99 && s->r[2].type == RECORD_LOAD &&
	    s->r[2].is_end && s->r[2].is_ok && s->r[3].type == RECORD_UNLOAD &&
	    !s->r[3].is_end;
}

static void
test_cuts(void)
{
	struct seen seen;
	size_t bad = 0;

	for (size_t at = 0; at < sizeof(stream); at++) {
		feed(&seen, at);
		bad += !is_right(&seen);
	}
	ok(bad == 0, "the same four records, cut at any of %zu places",
	    sizeof(stream));
}

static void
test_bytewise(void)
{
	struct seen seen = { 0 };
	struct sniff s;

	sniff_init(&s);
	for (size_t i = 0; i + 1 < sizeof(stream); i++)
		sniff_feed(&s, stream + i, 1, keep, &seen);
	sniff_fini(&s);
	ok(is_right(&seen), "the same, byte by byte");
}

static void
test_long_line(void)
{
	size_t len = 3 * SNIFF_LINE_MAX;
	char *line = malloc(len);
	struct seen seen = { 0 };
	struct sniff s;

	memset(line, 'x', len);
	memcpy(line, "{\"type\":\"run\",\"run\":\"", 21);
	sniff_init(&s);
	for (size_t i = 0; i < len; i += 4096)
		sniff_feed(&s, line + i, len - i < 4096 ? len - i : 4096, keep,
		    &seen);
	ok(seen.n == 0 && s.carry.cap <= 2 * SNIFF_LINE_MAX + 8192,
	    "an endless line is not gathered");
	sniff_feed(&s, "\n", 1, keep, &seen);
	sniff_feed(&s, stream, sizeof(stream) - 1, keep, &seen);
	ok(is_right(&seen), "and what follows it is understood");
	sniff_fini(&s);
	free(line);
}

static void
test_ports(void)
{
	static const struct {
		const char *url;
		int port;
	} rows[] = {
		{ "http://localhost:8080/v1", 8080 }, { "http://h", 80 },
		{ "https://h/x", 443 }, { "http://[::1]:99", 99 },
		{ "nonsense", 0 }, { "http://h:99999", 0 },
	};
	char line[256];
	int bad = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen seen = { 0 };
		struct sniff s;

		snprintf(line, sizeof(line), "{\"type\":\"run\",\"run\":\"R\","
		    "\"server\":{\"url\":\"%s\"}}\n", rows[i].url);
		sniff_init(&s);
		sniff_feed(&s, line, strlen(line), keep, &seen);
		sniff_fini(&s);
		if (seen.n != 1 || seen.r[0].port != rows[i].port) {
			printf("# %s: %d\n", rows[i].url, seen.r[0].port);
			bad++;
		}
	}
	ok(bad == 0, "the port of a URL stands in for a missing one");
}

int
main(void)
{
	test_cuts();
	test_bytewise();
	test_long_line();
	test_ports();
	return tap_done();
}
