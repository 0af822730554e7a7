/*
 * A server that sends its clients to a second host, and that second host:
 * passes everything between its clients and a server on a loopback port, but
 * answers requests for a path that begins with PATH (behind the method) with
 * STATUS and "Location: SCHEME//second-host/...".  Whatever reaches the second
 * host, be it a connection without a byte, is appended to WITNESS.
 *
 *	redirect PORT-FILE WITNESS SERVER-PORT STATUS SCHEME PATH
 *
 * SCHEME is "http:", "https:" or "".  PORT-FILE gets the port to talk to, and
 * in its second line address and port of the second host.  Each request sent
 * away is a line on standard error.  All its processes are one group.
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct setup {
	const char *status, *scheme, *path;
	char second[64];	/* address:port */
	int server_port;
};

static int
open_socket(uint32_t address, int port, int is_server)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(address);
	a.sin_port = htons((in_port_t)port);
	if (fd != -1 && (is_server ?
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    listen(fd, 64) == 0 :
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0))
		return fd;
	close(fd);
	return -1;
}

static void
name_of(int fd, char *out, size_t cap)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	char text[INET_ADDRSTRLEN];

	getsockname(fd, (struct sockaddr *)&a, &len);
	inet_ntop(AF_INET, &a.sin_addr, text, sizeof(text));
	snprintf(out, cap, "%s:%d", text, ntohs(a.sin_port));
}

/* Everything that comes to the second host goes into the file. */
static void
witness(int listener, int file)
{
	char bytes[65536];
	int fd;
	ssize_t n;

	while ((fd = accept(listener, NULL, NULL)) != -1) {
		dprintf(file, "a connection\n");
		while ((n = read(fd, bytes, sizeof(bytes))) > 0)
			(void)!write(file, bytes, (size_t)n);
		close(fd);
	}
}

/* Is it the beginning of a request for the path? */
static int
is_sent_away(const struct setup *s, const char *bytes)
{
	const char *target = strchr(bytes, ' ');

	return target != NULL && strncmp(target + 1, s->path,
	    strlen(s->path)) == 0;
}

static void
send_away(const struct setup *s, int client)
{
	dprintf(STDERR_FILENO, "sent away: %s\n", s->path);
	dprintf(client, "HTTP/1.1 %s Elsewhere\r\nLocation: %s//%s%s\r\n"
	    "Content-Length: 0\r\nConnection: close\r\n\r\n", s->status,
	    s->scheme, s->second, s->path);
}

static void
serve(const struct setup *s, int client)
{
	int server = open_socket(INADDR_LOOPBACK, s->server_port, 0);
	struct pollfd p[2] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };
	static char bytes[65536];
	ssize_t n;

	while (server != -1 && poll(p, 2, -1) > 0)
		for (int i = 0; i < 2; i++) {
			if (p[i].revents == 0)
				continue;
			n = read(p[i].fd, bytes, sizeof(bytes) - 1);
			if (n <= 0)
				return;
			bytes[n] = '\0';
			if (i == 0 && is_sent_away(s, bytes)) {
				send_away(s, client);
				return;
			}
			(void)!write(p[1 - i].fd, bytes, (size_t)n);
		}
}

int
main(int argc, char *argv[])
{
	struct setup s;
	char first[64];
	int front, second, client, file;
	FILE *f;

	if (argc != 7) {
		fputs("usage: redirect PORT-FILE WITNESS SERVER-PORT STATUS "
		    "SCHEME PATH\n", stderr);
		return 2;
	}
	s = (struct setup){ .server_port = atoi(argv[3]), .status = argv[4],
	    .scheme = argv[5], .path = argv[6] };
	setpgid(0, 0);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	front = open_socket(INADDR_LOOPBACK, 0, 1);
	/* macOS has no 127.0.0.2 unless it is made: another port then. */
	if ((second = open_socket(INADDR_LOOPBACK + 1, 0, 1)) == -1)
		second = open_socket(INADDR_LOOPBACK, 0, 1);
	name_of(second, s.second, sizeof(s.second));
	name_of(front, first, sizeof(first));
	file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND, 0600);
	f = fopen(argv[1], "w");
	if (front == -1 || second == -1 || file == -1 || f == NULL)
		return 1;
	fprintf(f, "%s\n%s\n", strchr(first, ':') + 1, s.second);
	fclose(f);
	if (fork() == 0) {
		witness(second, file);
		return 0;
	}
	while ((client = accept(front, NULL, NULL)) != -1) {
		if (fork() == 0) {
			serve(&s, client);
			_exit(0);
		}
		close(client);
	}
	return 1;
}
