#include "spawn_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "self.h"
#include "worker.h"
#include "xalloc.h"

extern char **environ;

/* Both ends above the descriptors that a worker gets, closed on exec. */
static int
make_pair(int pair[2])
{
	int raw[2], i;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, raw) == -1)
		return -1;
	for (i = 0; i < 2; i++) {
		pair[i] = fcntl(raw[i], F_DUPFD_CLOEXEC, 10);
		close(raw[i]);
	}
	if (pair[0] == -1 || pair[1] == -1)
		return -1;
	return fcntl(pair[0], F_SETFL, O_NONBLOCK);
}

static int
start(const char *path, const char *name, const char *key, int fd, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	char *argv[] = { xstrdup(name), xstrdup(WORKER_OPTION), xstrdup(key),
	    NULL };
	int rc;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, WORKER_FD);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY,
	    0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY,
	    0);
	rc = posix_spawn(pid, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	for (int i = 0; argv[i] != NULL; i++)
		free(argv[i]);
	return rc;
}

pid_t
spawn_worker(const char *name, const char *key, int *fd)
{
	char self[4096], dir[] = "/tmp/lmsim.XXXXXX", path[128];
	int pair[2], rc;
	pid_t pid = -1;

	if (self_path(self, sizeof(self)) == -1 || make_pair(pair) == -1)
		return -1;
	/* A process is named after the file it was started from. */
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	rc = symlink(self, path) == -1 ? errno :
	    start(path, name, key, pair[1], &pid);
	unlink(path);
	rmdir(dir);
	close(pair[1]);
	if (rc != 0) {
		close(pair[0]);
		errno = rc;
		return -1;
	}
	*fd = pair[0];
	return pid;
}
