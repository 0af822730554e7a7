#include "arrival.h"

/* XNU stamps datagrams only: the write callback's clock it is. */

bool
arrival_init(void)
{
	return false;
}

void
arrival_enable(int fd)
{
	(void)fd;
}

void
arrival_sync(int64_t now_ns)
{
	(void)now_ns;
}

int64_t
arrival_peek_last(int fd, int64_t now_ns)
{
	return arrival_peek(fd, now_ns);
}

int64_t
arrival_peek(int fd, int64_t now_ns)
{
	(void)fd;
	(void)now_ns;
	return -1;
}
