#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "diag.h"

/* go: a byte lets the child run.  fault: its errno, or end of file once
 * execvp() has worked. */
static int go_fd = -1, fault_fd = -1, child = -1;
static const char *child_name;

static void
close_on_exec(int fd)
{
	fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void
run_child(char *const argv[], bool own_stdout, int go, int fault)
{
	char c;
	int error;

	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	if (!own_stdout)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	if (read(go, &c, 1) != 1)
		_exit(127);		/* memsample left before it began */
	execvp(argv[0], argv);
	error = errno;
	if (write(fault, &error, sizeof(error)) == -1)
		_exit(126);
	_exit(127);
}

int
command_start(char *const argv[], bool own_stdout)
{
	int go[2], fault[2];

	if (pipe(go) == -1)
		return diag_warn("pipe");
	if (pipe(fault) == -1) {
		diag_warn("pipe");
		close(go[0]);
		close(go[1]);
		return -1;
	}
	for (int i = 0; i < 2; i++) {
		close_on_exec(go[i]);
		close_on_exec(fault[i]);
	}
	child = fork();
	if (child == 0) {
		close(go[1]);
		close(fault[0]);
		run_child(argv, own_stdout, go[0], fault[1]);
	}
	close(go[0]);
	close(fault[1]);
	go_fd = go[1];
	fault_fd = fault[0];
	child_name = argv[0];
	if (child == -1) {
		diag_warn("%s", argv[0]);
		close(go_fd);
		close(fault_fd);
	}
	return child;
}

int
command_go(void)
{
	int error = 0;
	ssize_t n;

	if (write(go_fd, "", 1) == -1)
		diag_warn("%s", child_name);
	close(go_fd);
	while ((n = read(fault_fd, &error, sizeof(error))) == -1 &&
	    errno == EINTR)
		;
	close(fault_fd);
	if (n != sizeof(error))
		return 0;
	waitpid(child, NULL, 0);
	errno = error;
	return diag_warn("%s: cannot be run", child_name);
}
