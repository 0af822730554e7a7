#include "stamps.h"

/* XNU stamps datagrams only: nothing but stamps_open() is called. */

int
stamps_open(struct stamps *s)
{
	(void)s;
	return -1;
}

void
stamps_close(struct stamps *s)
{
	(void)s;
}

void
stamps_ask(int fd)
{
	(void)fd;
}

void
stamps_sync(struct stamps *s, int64_t now_ns)
{
	(void)s;
	(void)now_ns;
}

int64_t
stamps_peek(struct stamps *s, int fd, char *bytes, size_t len, size_t *got)
{
	(void)s;
	(void)fd;
	(void)bytes;
	(void)len;
	*got = 0;
	return STAMP_NONE;
}

uint32_t
stamps_segments(int fd, int *waiting)
{
	(void)fd;
	*waiting = -1;
	return 0;
}
