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
#include <time.h>
#include <unistd.h>

#include "append.h"
#include "buf.h"
#include "clock.h"
#include "diag.h"
#include "xalloc.h"

/* No descriptor of ours is higher. */
enum { FDS_MAX = 65536 };

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
spawn(struct managed *m, char **argv, int log_fd)
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
	posix_spawn_file_actions_adddup2(&files, log_fd, 1);
	posix_spawn_file_actions_adddup2(&files, 1, 2);
	rc = posix_spawnp(&m->pid, argv[0], &files, &attr, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return rc;
}

/* End what is left of the group: politely, five seconds later for good. */
static void
end_group(pid_t group)
{
	const struct timespec pause = { .tv_nsec = 10 * NS_PER_MS };

	kill(-group, SIGTERM);
	for (int i = 0; i < 500 && kill(-group, 0) == 0; i++)
		nanosleep(&pause, NULL);
	kill(-group, SIGKILL);
}

/*
 * The watcher: a process that does nothing but wait for our end, which it sees
 * as the end of a pipe whose other end nobody but us holds.  So a server does
 * not outlive us, not even when we are killed; this works wherever there are
 * pipes.  Nothing else of ours may stay open in it: the reader of our output
 * waits for its end.
 */
static void
watch(int life_fd, pid_t group)
{
	long fd, n = sysconf(_SC_OPEN_MAX);
	char byte;

	setsid();			/* Ctrl-C is for us, not for it */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	for (fd = 0; fd < (n < FDS_MAX ? n : FDS_MAX); fd++)
		if (fd != life_fd)
			close((int)fd);
	while (read(life_fd, &byte, 1) == -1 && errno == EINTR)
		continue;
	end_group(group);
	_exit(0);
}

/* One pipe for all watchers: each holds its reading end, we its writing. */
static int
start_watcher(struct managed *m)
{
	static int life[2] = { -1, -1 };

	if (life[0] == -1) {
		if (pipe(life) == -1)
			return -1;
		fcntl(life[0], F_SETFD, FD_CLOEXEC);
		fcntl(life[1], F_SETFD, FD_CLOEXEC);
	}
	if ((m->watcher = fork()) == 0)
		watch(life[0], m->pid);
	return m->watcher > 0 ? 0 : -1;
}

static void
reap(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) == -1 && errno == EINTR)
		continue;
}

int
managed_start(struct managed *m, const char *log)
{
	int rc, log_fd = append_open(log != NULL ? log : "/dev/null");
	size_t n = 0;
	char **argv;

	if (log_fd == -1)
		return -1;
	managed_stop(m);		/* what one that died has left */
	while (m->command[n] != NULL)
		n++;
	argv = xcalloc(n + 1, sizeof(char *));
	for (size_t i = 0; i < n; i++)
		argv[i] = fill_port(m->command[i], m->port);
	rc = spawn(m, argv, log_fd);
	close(log_fd);
	for (size_t i = 0; i < n; i++)
		free(argv[i]);
	free(argv);
	if (rc != 0) {
		m->pid = 0;
		errno = rc;
		return -1;
	}
	m->group = m->pid;
	if (start_watcher(m) == 0)
		return 0;
	rc = errno;
	managed_stop(m);
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
managed_leave(struct managed *m)
{
	if (m->watcher > 0) {
		kill(m->watcher, SIGKILL);
		reap(m->watcher, NULL);
	}
	m->pid = m->group = m->watcher = 0;
}

void
managed_stop(struct managed *m)
{
	int64_t until = clock_mono_ns() + 5 * NS_PER_S;

	if (m->group == 0)
		return;
	kill(-m->group, SIGTERM);
	while (managed_is_running(m) && clock_mono_ns() < until)
		clock_sleep_until(clock_mono_ns() + 10 * NS_PER_MS);
	kill(-m->group, SIGKILL);	/* of it, or of what it left behind */
	if (m->pid != 0)
		reap(m->pid, &m->exit_status);
	managed_leave(m);
}
