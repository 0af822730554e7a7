#define _DARWIN_C_SOURCE
#include "managed.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "clock.h"
#include "diag.h"
#include "xalloc.h"

extern char **environ;

int
managed_free_port(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0), port = -1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd != -1 && bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 &&
	    getsockname(fd, (struct sockaddr *)&a, &len) == 0)
		port = ntohs(a.sin_port);
	else
		diag_warn("loopback port");
	if (fd != -1)
		close(fd);
	return port;
}

/* argument with every "{port}" replaced, heap string. */
static char *
fill_port(const char *argument, int port)
{
	struct buf out = BUF_INIT;
	const char *at;

	while ((at = strstr(argument, "{port}")) != NULL) {
		buf_add(&out, argument, (size_t)(at - argument));
		buf_addf(&out, "%d", port);
		argument = at + strlen("{port}");
	}
	buf_adds(&out, argument);
	return buf_steal(&out);
}

static int
spawn(struct managed *m, char **argv, const char *log)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t defaults;
	int rc;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
	    POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigdefault(&attr, &defaults);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1,
	    log != NULL ? log : "/dev/null", O_WRONLY | O_CREAT | O_APPEND,
	    0644);
	posix_spawn_file_actions_adddup2(&files, 1, 2);
	rc = posix_spawnp(&m->pid, argv[0], &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return rc;
}

int
managed_start(struct managed *m, const char *log)
{
	size_t i, n = 0;
	char **argv;
	int rc;

	while (m->command[n] != NULL)
		n++;
	argv = xcalloc(n + 1, sizeof(char *));
	for (i = 0; i < n; i++)
		argv[i] = fill_port(m->command[i], m->port);
	rc = spawn(m, argv, log);
	for (i = 0; i < n; i++)
		free(argv[i]);
	free(argv);
	if (rc == 0)
		return 0;
	m->pid = 0;
	errno = rc;
	return -1;
}

bool
managed_is_running(struct managed *m)
{
	if (m->pid == 0)
		return false;
	if (waitpid(m->pid, &m->exit_status, WNOHANG) != m->pid)
		return true;
	m->pid = 0;
	return false;
}

void
managed_stop(struct managed *m)
{
	int64_t until = clock_mono_ns() + 5 * NS_PER_S;
	pid_t group = m->pid;

	if (!managed_is_running(m))
		return;
	kill(-group, SIGTERM);
	while (managed_is_running(m) && clock_mono_ns() < until)
		clock_sleep_until(clock_mono_ns() + 10 * NS_PER_MS);
	if (m->pid == 0)
		return;
	kill(-group, SIGKILL);
	while (waitpid(m->pid, &m->exit_status, 0) == -1 && errno == EINTR)
		continue;
	m->pid = 0;
}
