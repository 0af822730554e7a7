#include "listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "diag.h"

enum { BACKLOG = 4096 };

static int
make_address(const char *address, int port, struct sockaddr_storage *ss,
    socklen_t *len)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, address, &in->sin_addr) == 1 &&
	    ntohl(in->sin_addr.s_addr) >> 24 == 127) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)port);
		*len = sizeof(*in);
		return 0;
	}
	if (inet_pton(AF_INET6, address, &in6->sin6_addr) == 1 &&
	    IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr)) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)port);
		*len = sizeof(*in6);
		return 0;
	}
	diag_warnx("--bind: %s is not a loopback address; this server is for "
	    "tests on one machine, use 127.0.0.1 or ::1", address);
	return -1;
}

int
listen_check(const char *address)
{
	struct sockaddr_storage ss;
	socklen_t len;

	return make_address(address, 0, &ss, &len);
}

int
listen_on(const char *address, int port, int *actual)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, on = 1;

	if (make_address(address, port, &ss, &len) == -1)
		return -1;
	fd = socket(ss.ss_family, SOCK_STREAM, 0);
	if (fd != -1) {
		fcntl(fd, F_SETFD, FD_CLOEXEC);
		fcntl(fd, F_SETFL, O_NONBLOCK);
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	}
	if (fd == -1 || bind(fd, (struct sockaddr *)&ss, len) == -1 ||
	    listen(fd, BACKLOG) == -1 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) == -1) {
		diag_warn("cannot listen on %s port %d", address, port);
		if (fd != -1)
			close(fd);
		return -1;
	}
	*actual = ntohs(ss.ss_family == AF_INET ?
	    ((struct sockaddr_in *)(void *)&ss)->sin_port :
	    ((struct sockaddr_in6 *)(void *)&ss)->sin6_port);
	return fd;
}

