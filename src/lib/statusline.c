#include "statusline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "utf8.h"

#define REDRAW_NS (200 * NS_PER_MS)

enum { TEXT_CAP = 1024 };

bool
statusline_init(struct statusline *s, int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	*s = (struct statusline){ .fd = fd,
	    .is_dim = no_color == NULL || no_color[0] == '\0' };
	return isatty(fd) != 0 && (term == NULL || strcmp(term, "dumb") != 0);
}

bool
statusline_is_due(const struct statusline *s, int64_t now_ns)
{
	return s->drawn_ns == 0 || now_ns - s->drawn_ns >= REDRAW_NS;
}

static size_t
columns_of(const struct statusline *s)
{
	struct winsize w;

	if (s->columns != 0)
		return s->columns;
	return ioctl(s->fd, TIOCGWINSZ, &w) == -1 || w.ws_col == 0 ? 80 :
	    w.ws_col;
}

size_t
statusline_fit(const char *text, size_t columns)
{
	size_t n, shown = 0, parts = 0, len = strlen(text);
	uint32_t c;

	for (size_t i = 0; i < len; i += n) {
		if ((n = utf8_decode(text + i, len - i, &c)) == 0)
			return i;
		if (strncmp(text + i, "  ", 2) == 0)
			parts = i;
		shown += (size_t)utf8_columns(c);
		if (shown > columns)
			return parts > 0 ? parts : i;
	}
	return len;
}

void
statusline_put(struct statusline *s, struct buf *out, const char *text,
    const char *last, int64_t now_ns)
{
	size_t columns = columns_of(s), len = strlen(last);
	char clean[TEXT_CAP];

	diag_clean(clean, sizeof(clean), text);
	buf_adds(out, s->is_dim ? "\r\033[2m" : "\r");
	/* One column stays free: a full line would wrap and not be redrawn. */
	len = len + 1 < columns ? len : 0;
	columns = columns > len + 1 ? columns - len - 1 : 1;
	buf_add(out, clean, statusline_fit(clean, columns));
	buf_add(out, last, len);
	buf_adds(out, s->is_dim ? "\033[0m\033[K" : "\033[K");
	s->is_drawn = true;
	s->drawn_ns = now_ns;
}

void
statusline_show(struct statusline *s, const char *text, const char *last)
{
	struct buf out = BUF_INIT;

	statusline_put(s, &out, text, last, clock_mono_ns());
	fputs(buf_cstr(&out), stderr);
	fflush(stderr);
	buf_fini(&out);
}

void
statusline_clear(struct statusline *s)
{
	if (s->is_drawn)
		fputs("\r\033[K", stderr);
	s->is_drawn = false;
}
