/* The output queue: it never blocks, loses nothing, and notices the end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "outq.h"
#include "rng.h"
#include "tap.h"

enum { TOTAL = 3 * 1024 * 1024 };

static int fd[2];

/* Read everything and compare it with the bytes of the generator. */
static int
reader(void)
{
	static unsigned char data[65536];
	uint64_t state = 7;
	size_t seen = 0;
	ssize_t n, i;

	while ((n = read(fd[0], data, sizeof(data))) > 0)
		for (i = 0; i < n; i++, seen++)
			if (data[i] != (unsigned char)rng_next(&state))
				return 1;
	return seen != TOTAL;
}

static void
test_stalled_then_whole(void)
{
	uint64_t state = 7;
	struct outq q;
	int status;
	pid_t pid;

	if (pipe(fd) == -1)
		exit(4);
	outq_init(&q, fd[1]);
	for (int i = 0; i < TOTAL; i++)
		buf_addc(outq_buf(&q), (char)rng_next(&state));
	ok(outq_flush_some(&q) == 0 && outq_pending(&q) > 0 &&
	    outq_pending(&q) < TOTAL, "a stalled reader takes a pipe full, "
	    "and the call comes back");
	if ((pid = fork()) == 0) {
		outq_fini(&q);
		close(fd[1]);
		_exit(reader());
	}
	ok(outq_drain(&q, INT64_MAX) == 0 && outq_pending(&q) == 0,
	    "the rest goes when it reads again");
	outq_fini(&q);
	close(fd[0]);
	close(fd[1]);
	waitpid(pid, &status, 0);
	ok(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "every byte arrived, in order");
}

static void
test_reader_gone(void)
{
	struct outq q;

	if (pipe(fd) == -1)
		exit(4);
	close(fd[0]);
	outq_init(&q, fd[1]);
	buf_adds(outq_buf(&q), "x\n");
	ok(outq_flush_some(&q) == -1 && q.error == EPIPE,
	    "a reader that went away is EPIPE");
	buf_adds(outq_buf(&q), "y\n");
	ok(outq_pending(&q) == 0 && outq_flush_some(&q) == -1,
	    "and nothing piles up behind it");
	close(fd[1]);
	outq_fini(&q);
}

static void
test_full_disk(void)
{
	int full = open("/dev/full", O_WRONLY);
	struct outq q;

	if (full == -1) {
		ok(1, "a full disk # SKIP no /dev/full here");
		return;
	}
	outq_init(&q, full);
	buf_adds(outq_buf(&q), "x\n");
	ok(outq_drain(&q, INT64_MAX) == -1 && q.error == ENOSPC,
	    "a full disk is ENOSPC");
	close(full);
	outq_fini(&q);
}

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_stalled_then_whole();
	test_reader_gone();
	test_full_disk();
	return tap_done();
}
