/*
 * A connection that breaks at a known moment: passes everything between its
 * clients and a server on a loopback port, but for what the mode says.
 *
 *	flaky PORT-FILE SERVER-PORT drop:MS	a chat request that is not the
 *		first on its connection gets no answer: MS milliseconds later
 *		the connection is closed
 *	flaky PORT-FILE SERVER-PORT busy:N	the first N connections get
 *		"503 Service Unavailable" and are closed
 *	flaky PORT-FILE SERVER-PORT later:S	every connection gets that,
 *		with "Retry-After: S"
 *	flaky PORT-FILE SERVER-PORT path:P	the same, without that, for
 *		each GET of the path P
 *	flaky PORT-FILE SERVER-PORT cut:N	the first N connections are
 *		closed as soon as the request is there
 */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char busy[128] = "HTTP/1.1 503 Service Unavailable\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n";

static int
loopback(int port, int is_server)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a.sin_port = htons((in_port_t)port);
	if (fd == -1 || (is_server ?
	    bind(fd, (struct sockaddr *)&a, sizeof(a)) == -1 ||
	    listen(fd, 64) == -1 :
	    connect(fd, (struct sockaddr *)&a, sizeof(a)) == -1)) {
		perror("flaky");
		exit(1);
	}
	return fd;
}

static void
tell_port(int fd, const char *path)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);
	FILE *f = fopen(path, "w");

	if (f == NULL || getsockname(fd, (struct sockaddr *)&a, &len) == -1) {
		perror(path);
		exit(1);
	}
	fprintf(f, "%d\n", ntohs(a.sin_port));
	fclose(f);
}

/* Pass on what is there; 0 at the end of the stream. */
static int
pass(int from, int to, char *bytes, size_t cap)
{
	ssize_t n = read(from, bytes, cap), done = 0, k;

	while (done < n) {
		if ((k = write(to, bytes + done, (size_t)(n - done))) <= 0)
			return 0;
		done += k;
	}
	return n > 0;
}

/* Has the request that is there this in its first line, or near? */
static int
is_for(int fd, const char *words)
{
	char start[64] = "";

	recv(fd, start, sizeof(start) - 1, MSG_PEEK);
	return strstr(start, words) != NULL;
}

/* A client that is not to be served. */
static void
turn_away(int client, int is_polite)
{
	char bytes[65536];

	(void)!read(client, bytes, sizeof(bytes));
	if (is_polite)
		(void)!write(client, busy, strlen(busy));
}

static void
serve(int client, int port, int drop_ms, const char *closed)
{
	int server = loopback(port, 0), requests = 0, is_answered = 1;
	struct pollfd p[2] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };
	static char bytes[65536];

	while (poll(p, 2, -1) > 0) {
		if (p[0].revents != 0) {
			requests += is_answered;
			is_answered = 0;
			if (drop_ms >= 0 && requests > 1 &&
			    is_for(client, "/chat")) {
				poll(NULL, 0, drop_ms);
				break;
			}
			if (closed[0] != '\0' && is_for(client, closed)) {
				turn_away(client, 1);
				break;
			}
			if (!pass(client, server, bytes, sizeof(bytes)))
				break;
		}
		if (p[1].revents != 0) {
			is_answered = 1;
			if (!pass(server, client, bytes, sizeof(bytes)))
				break;
		}
	}
}

int
main(int argc, char *argv[])
{
	int listener, client, n = 0, arg, port, drop_ms, is_later;
	char closed[64] = "";
	const char *colon;

	if (argc != 4 || (colon = strchr(argv[3], ':')) == NULL) {
		fputs("usage: flaky PORT-FILE SERVER-PORT MODE:WHAT\n",
		    stderr);
		return 2;
	}
	arg = atoi(colon + 1);
	port = atoi(argv[2]);
	drop_ms = argv[3][0] == 'd' ? arg : -1;
	is_later = argv[3][0] == 'l';
	if (argv[3][0] == 'p')
		snprintf(closed, sizeof(closed), "GET %s ", colon + 1);
	if (is_later)
		snprintf(busy + strlen(busy) - 2, 40, "Retry-After: %d\r\n"
		    "\r\n", arg);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	listener = loopback(0, 1);
	tell_port(listener, argv[1]);
	while ((client = accept(listener, NULL, NULL)) != -1) {
		if (is_later || (drop_ms < 0 && n++ < arg)) {
			turn_away(client, is_later || argv[3][0] == 'b');
		} else if (fork() == 0) {
			close(listener);
			serve(client, port, drop_ms, closed);
			_exit(0);
		}
		close(client);
	}
	return 1;
}
