#include "process.h"

#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "number.h"

extern char **environ;

#define ANSWER_NS (5 * NS_PER_S)

static pid_t
spawn(char *const argv[], int out_fd)
{
	posix_spawn_file_actions_t files;
	pid_t pid;
	int rc;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out_fd, 1);
	rc = posix_spawnp(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	return rc == 0 ? pid : -1;
}

/* What comes from fd until its end, the time's or the room's. */
static void
read_answer(int fd, char *out, size_t cap)
{
	int64_t until = clock_mono_ns() + ANSWER_NS, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t len = 0;
	ssize_t n;

	while (len + 1 < cap && (left = until - clock_mono_ns()) > 0 &&
	    poll(&p, 1, (int)(left / NS_PER_MS) + 1) > 0 &&
	    (n = read(fd, out + len, cap - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	out[strcspn(out, "\r\n")] = '\0';
}

static void
ask(char *const argv[], char *out)
{
	int64_t number;
	int fds[2];
	pid_t pid;

	out[0] = '\0';
	if (pipe(fds) == -1)
		return;
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	pid = spawn(argv, fds[1]);
	close(fds[1]);
	if (pid > 0) {
		read_answer(fds[0], out, PROCESS_CAP);
		kill(pid, SIGKILL);	/* it has said all we want */
		waitpid(pid, NULL, 0);
	}
	close(fds[0]);
	if (number_int(out, 1, INT32_MAX, &number) == -1)
		snprintf(out, PROCESS_CAP, "-");
}

char *
process_of(const struct step_server *s, char *out)
{
	if (s->process_command != NULL)
		ask(s->process_command, out);
	else
		snprintf(out, PROCESS_CAP, "%s",
		    s->process != NULL ? s->process : "");
	return out;
}
