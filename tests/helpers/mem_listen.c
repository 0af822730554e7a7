/*
 * Listens on a free loopback port, which it writes to a file, and holds MIB
 * of anonymous memory in a child, like a server with a worker.  Each line on
 * standard input is a step: "grow" (the worker takes 32 MiB more), "kill"
 * (the worker is killed), "new" (another one begins), end of file ends
 * everything.
 * Usage: mem_listen PORTFILE [PORT]
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int
listen_on(int port)
{
	struct sockaddr_in at;
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	memset(&at, 0, sizeof(at));
	at.sin_family = AF_INET;
	at.sin_port = htons((uint16_t)port);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    listen(fd, 4) == -1 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) == -1)
		return -1;
	return ntohs(at.sin_port);
}

static void
work(int in)
{
	size_t bytes = (size_t)32 << 20;
	char c, *p;

	while (read(in, &c, 1) == 1) {
		if ((p = malloc(bytes)) == NULL)
			_exit(9);
		for (size_t i = 0; i < bytes; i += 4096)
			p[i] = 1;
	}
	_exit(0);
}

static pid_t
worker(const int pipefd[2])
{
	pid_t pid = fork();

	if (pid == 0) {
		close(pipefd[1]);
		work(pipefd[0]);
	}
	return pid;
}

int
main(int argc, char *argv[])
{
	int pipefd[2], port;
	char line[64];
	FILE *fp;
	pid_t pid;

	if (argc < 2 || pipe(pipefd) == -1)
		return 2;
	port = listen_on(argc > 2 ? atoi(argv[2]) : 0);
	if (port == -1 || (fp = fopen(argv[1], "w")) == NULL)
		return 4;
	pid = worker(pipefd);
	fprintf(fp, "%d\n", port);
	fclose(fp);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (strcmp(line, "grow\n") == 0 &&
		    write(pipefd[1], "g", 1) != 1)
			return 4;
		if (strcmp(line, "kill\n") == 0) {
			kill(pid, SIGKILL);
			waitpid(pid, NULL, 0);
		}
		if (strcmp(line, "new\n") == 0)
			pid = worker(pipefd);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return 0;
}
