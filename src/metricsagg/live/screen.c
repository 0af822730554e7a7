#include "screen.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "diag.h"
#include "statusline.h"
#include "utf8.h"

enum { LINE_CAP = 1024, INDENT = 2 };

bool
screen_init(struct screen *s, int fd)
{
	struct statusline line;

	*s = (struct screen){ .fd = fd };
	return statusline_init(&line, fd);
}

void
screen_fini(struct screen *s)
{
	buf_fini(&s->shown);
}

static size_t
width_of(const char *s, size_t len)
{
	size_t n, width = 0;
	uint32_t c;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(s + i, len - i, &c);
		width += n == 0 ? 1 : (size_t)utf8_columns(c);
		n += n == 0;
	}
	return width;
}

/* Rows that are being laid out. */
struct rows {
	struct buf *out;
	size_t columns, max, n;
	size_t used;		/* columns of the last */
};

static void
begin_row(struct rows *r, size_t indent)
{
	if (r->n++ > 0)
		buf_addc(r->out, '\n');
	if (indent + 8 > r->columns)	/* no room for it */
		indent = 0;
	buf_addf(r->out, "%*s", (int)indent, "");
	r->used = indent;
}

/* One part: behind the last one where it fits, else in a row of its own. */
static void
put_part(struct rows *r, const char *p, size_t indent)
{
	size_t len = strlen(p), width = width_of(p, len);
	bool is_first = r->used <= indent;

	if (!is_first && r->used + 2 + width > r->columns) {
		begin_row(r, indent + INDENT);
		is_first = true;
	}
	if (!is_first) {
		buf_adds(r->out, "  ");
		r->used += 2;
	}
	if (r->used + width > r->columns)
		len = statusline_fit(p, r->columns - r->used);
	buf_add(r->out, p, len);
	r->used += width_of(p, len);
}

static void
put_line(struct rows *r, char *line)
{
	size_t indent = strspn(line, " ");
	char *next, *p = line + indent;

	for (begin_row(r, indent); p != NULL; p = next) {
		if ((next = strstr(p, "  ")) != NULL) {
			*next = '\0';
			next += 2;
		}
		put_part(r, p, indent);
	}
}

/* Cut to the rows there are; the last one says that there is more. */
static void
cut_rows(struct rows *r, size_t from)
{
	char *p = r->out->data + from, *end = p + r->out->len - from;
	size_t more = r->n - r->max + 1;

	for (size_t i = 1; i < r->max; i++)
		p = (char *)memchr(p, '\n', (size_t)(end - p)) + 1;
	r->out->len = (size_t)(p - r->out->data);
	buf_addf(r->out, "... %zu more", more);
	r->n = r->max;
}

/*
 * Append to out the lines of text (each ends with '\n'), laid out in rows of
 * less than so many columns, at most max rows (more are told of in the last).
 * Control characters become '?'.  Returns how many rows.
 */
static size_t
lay(struct buf *out, const char *text, size_t columns, size_t max)
{
	/* One column stays free: a full row would wrap. */
	struct rows r = { .out = out, .columns = columns > 1 ? columns - 1 : 1,
	    .max = max };
	char line[LINE_CAP], clean[LINE_CAP];
	size_t from = out->len, len;

	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		put_line(&r, diag_clean(clean, sizeof(clean), line));
	}
	if (r.n > max)
		cut_rows(&r, from);
	buf_addc(out, '\n');
	return r.n;
}

/* The size of the terminal now.  Returns whether it is another. */
static bool
measure(struct screen *s)
{
	struct winsize w;
	size_t columns = 80, rows = 24;
	bool is_other;

	if (ioctl(s->fd, TIOCGWINSZ, &w) != -1 && w.ws_col > 0) {
		columns = w.ws_col;
		rows = w.ws_row > 2 ? w.ws_row : w.ws_row > 0 ? 2 : rows;
	}
	is_other = s->columns != columns || s->rows != rows;
	s->columns = columns;
	s->rows = rows;
	return is_other;
}

/* Every row ends with the erasure of what stood behind it. */
static void
put_rows(struct buf *out, const char *rows)
{
	size_t len;

	for (; *rows != '\0'; rows += len + 1) {
		len = strcspn(rows, "\n");
		buf_add(out, rows, len);
		buf_adds(out, "\033[K\n");
	}
	buf_adds(out, "\033[J");
}

void
screen_draw(struct screen *s, const char *text)
{
	struct buf rows = BUF_INIT, out = BUF_INIT;
	bool is_resized = measure(s);

	if (!is_resized && strcmp(buf_cstr(&s->shown), text) == 0)
		return;
	buf_clear(&s->shown);
	buf_adds(&s->shown, text);
	/* How a terminal of another size shows old rows, nobody knows. */
	if (s->drawn > 0 && is_resized)
		buf_adds(&out, "\033[H\033[2J");
	else if (s->drawn > 0)
		buf_addf(&out, "\r\033[%zuA", s->drawn);
	s->drawn = lay(&rows, text, s->columns, s->rows - 1);
	put_rows(&out, buf_cstr(&rows));
	dprintf(s->fd, "%s", buf_cstr(&out));
	buf_fini(&rows);
	buf_fini(&out);
}
