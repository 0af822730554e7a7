/* macOS: which process listens on a port, by the sockets of every process
 * that this user may look into. */
#define _DARWIN_C_SOURCE
#include <arpa/inet.h>
#include <libproc.h>
#include <stdlib.h>
#include <sys/proc_info.h>

#include "darwin/plat_darwin.h"
#include "xalloc.h"

static bool
is_listener(int pid, int fd, int port)
{
	struct socket_fdinfo si;

	if (proc_pidfdinfo(pid, fd, PROC_PIDFDSOCKETINFO, &si,
	    (int)sizeof(si)) != (int)sizeof(si))
		return false;
	return si.psi.soi_kind == SOCKINFO_TCP &&
	    si.psi.soi_proto.pri_tcp.tcpsi_state == TSI_S_LISTEN &&
	    ntohs((uint16_t)si.psi.soi_proto.pri_tcp.tcpsi_ini.insi_lport) ==
	    port;
}

static bool
owns_listener(int pid, int port)
{
	int bytes = proc_pidinfo(pid, PROC_PIDLISTFDS, 0, NULL, 0), n;
	struct proc_fdinfo *fds;
	bool owns = false;

	if (bytes <= 0)
		return false;		/* another user's, or gone */
	fds = xmalloc((size_t)bytes);
	n = proc_pidinfo(pid, PROC_PIDLISTFDS, 0, fds, bytes) /
	    (int)sizeof(*fds);
	for (int i = 0; !owns && i < n; i++)
		owns = fds[i].proc_fdtype == PROX_FDTYPE_SOCKET &&
		    is_listener(pid, fds[i].proc_fd, port);
	free(fds);
	return owns;
}

int
plat_port_owners(struct plat *p, int port, int *pids, int cap)
{
	size_t n = darwin_list(p);
	int found = 0;

	for (size_t i = 0; i < n && found < cap; i++)
		if (p->pids[i] > 0 && owns_listener(p->pids[i], port))
			pids[found++] = p->pids[i];
	return found;
}
