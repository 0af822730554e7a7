#ifndef LMG_MEMSAMPLE_LINUX_CONNECTOR_LINUX_H
#define LMG_MEMSAMPLE_LINUX_CONNECTOR_LINUX_H

/*
 * The process connector: a netlink socket on which the kernel tells of every
 * fork, exec and exit.  Needs no privilege on recent kernels, CAP_NET_ADMIN
 * on older ones, and the initial pid and network namespaces.
 */

#include <linux/connector.h>
#include <linux/netlink.h>

enum {
	CONNECTOR_MESSAGE_AT = NLMSG_HDRLEN + sizeof(struct cn_msg),
	CONNECTOR_DATAGRAM_MAX = 1024
};

/*
 * A socket that hears from here on.  Returns it, or -1 with *why set to what
 * is in the way.
 */
int connector_open(const char **why);

#endif
