#include "arrival.h"

#include <stddef.h>

void
arrival_enable(int fd)
{
	(void)fd;	/* no time stamps on TCP sockets here */
}

struct arrival_watch *
arrival_watch_new(void)
{
	return NULL;
}

void
arrival_watch_free(struct arrival_watch *w)
{
	(void)w;
}

void
arrival_add(struct arrival_watch *w, int fd, int64_t *at_ns)
{
	(void)w;
	(void)fd;
	(void)at_ns;
}

void
arrival_forget(struct arrival_watch *w, int fd)
{
	(void)w;
	(void)fd;
}

void
arrival_look(struct arrival_watch *w)
{
	(void)w;
}
