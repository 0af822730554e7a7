#ifndef LMG_MEMSAMPLE_LINUX_EVENTS_LINUX_H
#define LMG_MEMSAMPLE_LINUX_EVENTS_LINUX_H

/*
 * Births and ends by the process connector, which tells of the whole
 * machine.  They wait in the socket and wake nobody; who is due to look
 * takes them all, so that no child is lost, however short it lived.
 */

#include <stdint.h>

#include "tree/plat.h"

struct events {
	int fd;				/* -1: not to be had */
	const char *why;		/* then the reason */
	int64_t taken_ns;		/* when the socket was found empty */
};

/* Connect, or say why not.  The tree has to be looked for after this. */
void events_open(struct events *ev);
void events_close(struct events *ev);

#endif
