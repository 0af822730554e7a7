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

void
arrival_glance(int fd, int64_t now_ns)
{
	(void)fd;
	(void)now_ns;
}

void
arrival_forget(void)
{
}

int64_t
arrival_look(int fd)
{
	(void)fd;
	return -1;
}

size_t
arrival_of(const char *bytes, size_t len, int64_t now_ns, struct arrival *a)
{
	(void)bytes;
	*a = (struct arrival){ now_ns, now_ns };
	return len;
}
