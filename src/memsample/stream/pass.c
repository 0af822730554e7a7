#include "stream/pass.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"

void
pass_init(struct pass *p, int in_fd, int out_fd)
{
	*p = (struct pass){ .in_fd = in_fd, .at_line_start = true };
	outq_init(&p->out, out_fd);
	sniff_init(&p->sniff);
}

void
pass_fini(struct pass *p)
{
	outq_fini(&p->out);
	buf_fini(&p->own);
	sniff_fini(&p->sniff);
}

bool
pass_wants_input(const struct pass *p)
{
	return p->in_fd != -1 && outq_pending(&p->out) < PASS_HIGH_WATER;
}

void
pass_merge(struct pass *p)
{
	struct buf *q;

	if (p->own.len == 0 || !p->at_line_start)
		return;
	q = outq_buf(&p->out);
	buf_add(q, p->own.data, p->own.len);
	buf_clear(&p->own);
}

/* The n bytes at the end of q are new and begin within a line: put our own
 * lines behind the first newline among them. */
static void
insert_own(struct pass *p, struct buf *q, size_t n)
{
	size_t at = q->len - n, tail;
	char *nl = memchr(q->data + at, '\n', n);

	if (nl == NULL)
		return;
	at = (size_t)(nl - q->data) + 1;
	tail = q->len - at;
	buf_reserve(q, p->own.len);
	memmove(q->data + at + p->own.len, q->data + at, tail);
	memcpy(q->data + at, p->own.data, p->own.len);
	q->len += p->own.len;
	buf_clear(&p->own);
}

void
pass_end_line(struct pass *p)
{
	if (!p->at_line_start)
		buf_addc(outq_buf(&p->out), '\n');
	p->at_line_start = true;
}

static enum pass_result
at_end(struct pass *p)
{
	p->in_fd = -1;
	pass_end_line(p);
	return PASS_END;
}

enum pass_result
pass_read(struct pass *p, sniff_fn *fn, void *arg)
{
	struct buf *q = outq_buf(&p->out);
	char *to = buf_reserve(q, PASS_CHUNK);
	ssize_t n = read(p->in_fd, to, PASS_CHUNK);
	bool ends_line;

	if (n == -1) {
		if (errno == EINTR || errno == EAGAIN)
			return PASS_DATA;
		diag_warn("standard input");
		at_end(p);
		return PASS_ERROR;
	}
	if (n == 0)
		return at_end(p);
	p->had_input = true;
	ends_line = to[n - 1] == '\n';
	sniff_feed(&p->sniff, to, (size_t)n, fn, arg);
	q->len += (size_t)n;
	if (p->own.len > 0 && !p->at_line_start)
		insert_own(p, q, (size_t)n);
	p->at_line_start = ends_line;
	return PASS_DATA;
}
