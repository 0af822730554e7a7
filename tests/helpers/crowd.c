/*
 * A crowd under a port: N processes, of which the first listens on a free
 * loopback port, which it writes to a file, and the others sleep.  All end
 * with standard input.
 * Usage: crowd PORTFILE N
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int
listen_somewhere(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in at;
	socklen_t len = sizeof(at);

	memset(&at, 0, sizeof(at));
	at.sin_family = AF_INET;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 || bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    listen(fd, 4) == -1 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) == -1)
		return -1;
	return ntohs(at.sin_port);
}

/* Until the other end, which the first process alone holds, is closed. */
static void
sleep_until_closed(const int ends[2])
{
	char c;

	close(ends[1]);
	while (read(ends[0], &c, 1) > 0)
		continue;
	_exit(0);
}

int
main(int argc, char *argv[])
{
	int ends[2], port = listen_somewhere(), n;
	char c;
	FILE *fp;

	if (argc != 3 || port == -1 || pipe(ends) == -1)
		return 4;
	for (n = atoi(argv[2]); n > 1; n--)
		switch (fork()) {
		case -1:
			return 4;
		case 0:
			sleep_until_closed(ends);
		}
	if ((fp = fopen(argv[1], "w")) == NULL)
		return 4;
	fprintf(fp, "%d\n", port);
	fclose(fp);
	while (read(STDIN_FILENO, &c, 1) > 0)
		continue;
	return 0;
}
