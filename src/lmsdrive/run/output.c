#include "output.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clock.h"

void
output_init(struct output *o, int fd)
{
	memset(o, 0, sizeof(*o));
	outq_init(&o->q, fd);
	record_new_run_id(o->run);
	o->origin_ns = clock_mono_ns();
}

void
output_fini(struct output *o)
{
	outq_fini(&o->q);
}

int64_t
output_t(const struct output *o, int64_t at_ns)
{
	if (at_ns < 0)
		return -1;
	return at_ns > o->origin_ns ? at_ns - o->origin_ns : 0;
}

void
output_begin(struct output *o, struct json *j, const char *type,
    int64_t at_ns)
{
	record_begin(j, outq_buf(&o->q), type, o->run, output_t(o, at_ns));
}

void
output_end(struct output *o, struct json *j)
{
	json_end_line(j);
	o->records++;
}

void
output_row(struct output *o, enum record_type type, int64_t at_ns,
    const void *row, unsigned cases)
{
	raw_write(outq_buf(&o->q), type, o->run, output_t(o, at_ns), row,
	    cases);
	o->records++;
}

void
output_note(struct output *o, const char *level, const char *code,
    int64_t step, const char *fmt, ...)
{
	char message[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	record_note(outq_buf(&o->q), o->run,
	    output_t(o, clock_mono_ns()), level, code, step, "%s", message);
	o->records++;
}

/* v (not negative) as decimal at p; returns the end. */
static char *
put_count(char *p, int64_t v)
{
	char digits[20];
	int n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	while (n > 0)
		*p++ = digits[--n];
	return p;
}

static char *
put_text(char *p, const char *s)
{
	size_t n = strlen(s);

	memcpy(p, s, n);
	return p + n;
}

void
output_chunk(struct output *o, const struct chunk_record *c)
{
	struct buf *out = outq_buf(&o->q);
	char *start = buf_reserve(out, 320), *p = start, text[32];

	p = put_text(p, "{\"type\":\"chunk\",\"run\":\"");
	p = put_text(p, o->run);
	p = put_text(p, "\",\"t_ns\":");
	p = put_count(p, output_t(o, c->at_ns));
	p = put_text(p, ",\"req\":");
	p = put_count(p, c->req);
	p = put_text(p, ",\"i\":");
	p = put_count(p, c->i);
	p = put_text(p, ",\"kind\":\"");
	p = put_text(p, chunk_kind_name(c->kind));
	p = put_text(p, "\",\"bytes\":");
	p = put_count(p, (int64_t)c->bytes);
	p = put_text(p, ",\"progress\":");
	p = put_text(p, isfinite(c->progress) ?
	    json_number_text(text, c->progress) : "null");
	if (c->coalesced)
		p = put_text(p, ",\"coalesced\":true");
	if (c->callback_ns >= 0) {
		p = put_text(p, ",\"callback_ns\":");
		p = put_count(p, c->callback_ns);
	}
	if (c->early_ns >= 0) {
		p = put_text(p, ",\"early_ns\":");
		p = put_count(p, c->early_ns);
	}
	p = put_text(p, "}\n");
	out->len += (size_t)(p - start);
	o->records++;
}
