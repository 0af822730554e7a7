/*
 * Any bytes as a stream and as a whole body of each dialect: what comes out is
 * within its bounds, and adds up.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/api.h"
#include "server/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

struct context {
	const struct dialect *dialect;
	struct facts facts;
	size_t bytes;
};

static void
check(struct context *c, const struct piece *p, size_t n)
{
	if (n > PIECES_MAX)
		abort();
	for (size_t i = 0; i < n; i++) {
		if ((int)p[i].kind < 0 || p[i].kind >= CHUNK_UNKNOWN)
			abort();
		c->bytes += p[i].bytes;
	}
	if (c->bytes != c->facts.all_text.len ||
	    c->facts.text.len > c->facts.all_text.len)
		abort();
}

static int
on_event(void *arg, const char *name, const char *data, size_t len)
{
	struct context *c = arg;
	struct piece p[PIECES_MAX];

	check(c, p, dialect_event(&c->facts, c->dialect, name, data, len, p));
	return 0;
}

static void
on_comment(void *arg, const char *text, size_t len)
{
	struct context *c = arg;
	struct piece p[PIECES_MAX];

	check(c, p, c->dialect->take_comment(&c->facts, text, len, p));
}

static void
run(const struct dialect *d, const char *data, size_t len, int is_body)
{
	struct context c = { .dialect = d };
	struct piece p[PIECES_MAX];
	struct sse s;
	int n;

	facts_init(&c.facts);
	if (is_body) {
		n = dialect_body(&c.facts, d, data, len, p);
		check(&c, p, n > 0 ? (size_t)n : 0);
		dialect_error_body(&c.facts, 500, data, len);
		if (!c.facts.has_error)
			abort();
	} else {
		sse_init(&s);
		s.on_comment = d->take_comment != NULL ? on_comment : NULL;
		if (sse_feed(&s, data, len, on_event, &c) == 0)
			sse_end(&s, on_event, &c);
		sse_fini(&s);
	}
	facts_fini(&c.facts);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *p = (const char *)data;

	static const struct server_api *const all[] = { &api_openai,
	    &api_lmstudio, &api_messages, &api_responses, &api_ollama };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		run(all[i]->dialect, p, len, 0);
		run(all[i]->dialect, p, len, 1);
	}
	return 0;
}
