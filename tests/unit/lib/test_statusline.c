/* The line that is redrawn: whole parts that fit, wide characters, colour. */
#include "clock.h"
#include "statusline.h"
#include "tap.h"

static const char *
drawn_with(struct buf *out, size_t columns, bool is_dim, const char *text,
    const char *last)
{
	struct statusline s = { .columns = columns, .is_dim = is_dim };

	buf_clear(out);
	statusline_put(&s, out, text, last, 1);
	return buf_cstr(out);
}

static const char *
drawn(struct buf *out, size_t columns, bool is_dim, const char *text)
{
	return drawn_with(out, columns, is_dim, text, "");
}

static void
test_fit(struct buf *out)
{
	static const char text[] = "[1/2] pair gguf  TTFT 0.52 s  512 MiB";

	is_text(drawn(out, 38, false, text), "\r[1/2] pair gguf  TTFT 0.52 s  "
	    "512 MiB\033[K", "all of it, and one column free");
	is_text(drawn(out, 37, false, text), "\r[1/2] pair gguf  TTFT 0.52 s"
	    "\033[K", "a part that does not fit is left out whole");
	is_text(drawn(out, 29, false, text), "\r[1/2] pair gguf  TTFT 0.52 s"
	    "\033[K", "the space behind a part takes none");
	is_text(drawn(out, 28, false, text), "\r[1/2] pair gguf\033[K",
	    "and the part before it");
	is_text(drawn(out, 11, false, text), "\r[1/2] pair\033[K",
	    "the first part is cut");
	is_text(drawn(out, 1, false, text), "\r[\033[K", "one column");
	is_text(drawn(out, 6, false, "\xe6\x97\xa5\xe6\x97\xa5\xe6\x97\xa5"),
	    "\r\xe6\x97\xa5\xe6\x97\xa5\033[K", "two columns each");
}

static void
test_last(struct buf *out)
{
	static const char text[] = "[1/2] pair gguf  TTFT 0.52 s";

	is_text(drawn_with(out, 38, false, text, "  ETA 9s"), "\r[1/2] pair "
	    "gguf  TTFT 0.52 s  ETA 9s\033[K", "all of it");
	is_text(drawn_with(out, 36, false, text, "  ETA 9s"), "\r[1/2] pair "
	    "gguf  ETA 9s\033[K", "what is last stays");
	is_text(drawn_with(out, 15, false, text, "  ETA 9s"), "\r[1/2]   ETA "
	    "9s\033[K", "also where the first part is cut");
	is_text(drawn_with(out, 9, false, text, "  ETA 9s"), "\r[1/2] pa"
	    "\033[K", "unless nothing else would fit");
}

static void
test_harmless(struct buf *out)
{
	is_text(drawn(out, 80, true, "name\033[31m\n"),
	    "\r\033[2mname?[31m?\033[0m\033[K",
	    "dim, and no control of a name's");
}

static void
test_due(struct buf *out)
{
	struct statusline s = { .columns = 80 };

	ok(statusline_is_due(&s, 1), "due at first");
	statusline_put(&s, out, "x", "", NS_PER_S);
	ok(!statusline_is_due(&s, NS_PER_S + 199 * NS_PER_MS) &&
	    statusline_is_due(&s, NS_PER_S + 200 * NS_PER_MS),
	    "then five times a second");
}

int
main(void)
{
	struct buf out = BUF_INIT;

	test_fit(&out);
	test_last(&out);
	test_harmless(&out);
	test_due(&out);
	buf_fini(&out);
	return tap_done();
}
