#include "arrival.h"

#include <sys/socket.h>

#include "clock.h"

void
arrival_enable(int fd)
{
	(void)fd;	/* no time stamps on TCP sockets here */
}

ssize_t
arrival_recv(int fd, void *out, size_t cap, int64_t *at_ns)
{
	ssize_t n = recv(fd, out, cap, MSG_DONTWAIT);

	*at_ns = clock_mono_ns();
	return n;
}
