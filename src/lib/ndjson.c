#include "ndjson.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "diag.h"
#include "xalloc.h"

enum { READ_SIZE = 256 * 1024 };

struct ndjson {
	int fd;
	bool owns_fd, follows, at_end, was_cut;
	char *name;
	uint64_t line;
	struct buf in;
	size_t start;		/* first byte not yet delivered */
	size_t searched;	/* no newline in [start, searched) */
};

struct ndjson *
ndjson_from_fd(int fd, const char *name)
{
	struct ndjson *r = xcalloc(1, sizeof(*r));

	r->fd = fd;
	r->name = xstrdup(name);
	return r;
}

struct ndjson *
ndjson_open(const char *path)
{
	struct ndjson *r;
	int fd;

	if (strcmp(path, "-") == 0)
		return ndjson_from_fd(STDIN_FILENO, "standard input");
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		diag_warn("%s", path);
		return NULL;
	}
	r = ndjson_from_fd(fd, path);
	r->owns_fd = true;
	return r;
}

void
ndjson_follow(struct ndjson *r)
{
	r->follows = true;
}

void
ndjson_close(struct ndjson *r)
{
	if (r == NULL)
		return;
	if (r->owns_fd)
		close(r->fd);
	buf_fini(&r->in);
	free(r->name);
	free(r);
}

/* Read some more.  Returns 1, 0 at end of input, -1 after a message. */
static int
fill(struct ndjson *r)
{
	ssize_t n;

	if (r->start > 0) {
		buf_consume(&r->in, r->start);
		r->searched -= r->start;
		r->start = 0;
	}
	buf_reserve(&r->in, READ_SIZE);
	do
		n = read(r->fd, r->in.data + r->in.len, READ_SIZE);
	while (n == -1 && errno == EINTR);
	if (n == -1 && errno == EISDIR)
		return diag_warnx("%s: a folder: name the file in it", r->name);
	if (n == -1)
		return diag_warn("%s", r->name);
	r->in.len += (size_t)n;
	return n > 0;
}

static enum ndjson_result
deliver(struct ndjson *r, size_t len, size_t skip, struct slice *line)
{
	line->p = r->in.data + r->start;
	line->len = len;
	r->start += len + skip;
	r->searched = r->start;
	r->line++;
	r->was_cut = skip == 0;
	/* In whatever pieces it came. */
	return len > NDJSON_LINE_MAX ? NDJSON_TOO_LONG : NDJSON_LINE;
}

/* Throw away the rest of a line that is too long. */
static enum ndjson_result
skip_line(struct ndjson *r)
{
	char *nl;
	int more;

	do {
		r->start = r->searched = r->in.len;
		if ((more = fill(r)) == -1)
			return NDJSON_ERROR;
		nl = more ? memchr(r->in.data, '\n', r->in.len) : NULL;
	} while (more && nl == NULL);
	r->start = nl != NULL ? (size_t)(nl - r->in.data) + 1 : r->in.len;
	r->searched = r->start;
	r->at_end = !more;
	r->was_cut = !more;
	r->line++;
	return NDJSON_TOO_LONG;
}

enum ndjson_result
ndjson_next(struct ndjson *r, struct slice *line)
{
	char *nl;
	int more;

	for (;;) {
		nl = r->in.len == r->searched ? NULL :
		    memchr(r->in.data + r->searched, '\n',
		    r->in.len - r->searched);
		if (nl != NULL)
			return deliver(r,
			    (size_t)(nl - r->in.data) - r->start, 1, line);
		r->searched = r->in.len;
		if (r->in.len - r->start > NDJSON_LINE_MAX)
			return skip_line(r);
		if (r->at_end && r->follows) {
			r->at_end = false;
			return NDJSON_END;
		}
		if (r->at_end) {
			if (r->in.len == r->start)
				return NDJSON_END;
			return deliver(r, r->in.len - r->start, 0, line);
		}
		if ((more = fill(r)) == -1)
			return NDJSON_ERROR;
		r->at_end = !more;
	}
}

int
ndjson_was_cut(const struct ndjson *r)
{
	return r->was_cut;
}

const char *
ndjson_name(const struct ndjson *r)
{
	return r->name;
}

uint64_t
ndjson_line_number(const struct ndjson *r)
{
	return r->line;
}
