/* Splitting a stream into lines, whatever the sizes of its pieces. */
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ndjson.h"
#include "tap.h"
#include "xalloc.h"

/* A reader over text, which a child writes in pieces of step bytes. */
static struct ndjson *
piped(const char *text, size_t len, size_t step)
{
	int fd[2];
	size_t n;

	if (pipe(fd) == -1)
		exit(4);
	if (fork() == 0) {
		close(fd[0]);
		for (size_t i = 0; i < len; i += n) {
			n = len - i < step ? len - i : step;
			if (write(fd[1], text + i, n) != (ssize_t)n)
				_exit(1);
		}
		_exit(0);
	}
	close(fd[1]);
	return ndjson_from_fd(fd[0], "pipe");
}

static void
test_pieces(void)
{
	static const char text[] = "one\n\nthree\nlast";
	static const char *const want[] = { "one", "", "three", "last" };
	struct ndjson *r;
	struct slice s;
	size_t i, good;

	for (size_t step = 1; step <= sizeof(text); step++) {
		r = piped(text, sizeof(text) - 1, step);
		good = 0;
		for (i = 0; ndjson_next(r, &s) == NDJSON_LINE; i++)
			good += i < 4 && s.len == strlen(want[i]) &&
			    memcmp(s.p, want[i], s.len) == 0;
		ok(good == 4 && i == 4 && ndjson_line_number(r) == 4 &&
		    ndjson_was_cut(r), "pieces of %zu bytes", step);
		ndjson_close(r);
		wait(NULL);
	}
}

static void
test_long_line(void)
{
	size_t len = (size_t)NDJSON_LINE_MAX * 3;
	char *text = xmalloc(len);
	struct ndjson *r;
	struct slice s;

	memset(text, 'x', len);
	memcpy(text, "a\n", 2);
	memcpy(text + len - 3, "\nb\n", 3);
	r = piped(text, len, 65536);
	ok(ndjson_next(r, &s) == NDJSON_LINE && s.len == 1,
	    "the line before a monster");
	ok(ndjson_next(r, &s) == NDJSON_TOO_LONG && ndjson_line_number(r) == 2,
	    "the monster is skipped and counted");
	ok(ndjson_next(r, &s) == NDJSON_LINE && s.len == 1 && s.p[0] == 'b',
	    "the line after it arrives whole");
	ok(ndjson_next(r, &s) == NDJSON_END, "then the end");
	ndjson_close(r);
	free(text);
	wait(NULL);
}

/* Whether a line is too long does not depend on the pieces it comes in. */
static void
test_bound(void)
{
	size_t len = (size_t)NDJSON_LINE_MAX + 2;
	char *text = xmalloc(len);
	struct ndjson *r;
	struct slice s;
	int good = 1;

	memset(text, 'x', len);
	text[len - 1] = '\n';
	for (size_t step = 4096; step <= len; step *= 32) {
		r = piped(text, len, step);
		good &= ndjson_next(r, &s) == NDJSON_TOO_LONG &&
		    ndjson_next(r, &s) == NDJSON_END;
		ndjson_close(r);
		r = piped(text + 1, len - 1, step);
		good &= ndjson_next(r, &s) == NDJSON_LINE;
		ndjson_close(r);
		while (wait(NULL) > 0)
			continue;
	}
	ok(good, "a byte more than the longest line, in any pieces");
	free(text);
}

/* A file that still grows: what is incomplete is kept back. */
static void
test_follow(void)
{
	char path[] = "/tmp/test_ndjson.XXXXXX";
	int fd = mkstemp(path), good;
	struct ndjson *r;
	struct slice s;

	if (fd == -1 || (r = ndjson_open(path)) == NULL)
		exit(4);
	unlink(path);
	ndjson_follow(r);
	ok(ndjson_next(r, &s) == NDJSON_END, "nothing yet");
	good = write(fd, "one\ntw", 6) == 6;
	ok(good && ndjson_next(r, &s) == NDJSON_LINE && s.len == 3 &&
	    memcmp(s.p, "one", 3) == 0, "a line that came later");
	ok(ndjson_next(r, &s) == NDJSON_END, "half a line is kept back");
	good = write(fd, "o\n", 2) == 2;
	ok(good && ndjson_next(r, &s) == NDJSON_LINE && s.len == 3 &&
	    memcmp(s.p, "two", 3) == 0 && ndjson_line_number(r) == 2,
	    "until it is whole");
	ok(ndjson_next(r, &s) == NDJSON_END, "and nothing more");
	ndjson_close(r);
	close(fd);
}

int
main(void)
{
	test_pieces();
	test_long_line();
	test_bound();
	test_follow();
	return tap_done();
}
