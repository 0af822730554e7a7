#include "step_command.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "server/loading.h"
#include "step_server.h"

/* How it ended, for people; 0 when well. */
static int
say_end(char *error, size_t cap, const struct managed *m, const char *what,
    const char *log)
{
	int status = m->exit_status;	/* macOS's macros cast its address */

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		snprintf(error, cap, "%s: %s was ended by signal %d", what,
		    m->command[0], WTERMSIG(status));
	else
		snprintf(error, cap, "%s: %s exited with status %d", what,
		    m->command[0], WEXITSTATUS(status));
	step_server_add_words(error, cap, log);
	return -1;
}

int
step_command(struct run *r, const struct step *s, struct client *c,
    char **argv, const char *what, int64_t timeout_ns, char *error,
    size_t cap)
{
	struct managed m = { .command = argv, .port = c->port };
	bool was_over = run_is_over(r);	/* then it is to clean up */
	int64_t begun_ns = clock_mono_ns();
	char *log = step_server_log(r, s);
	int rc = managed_start(&m, log);

	if (rc == -1)
		snprintf(error, cap, "%s: %s: %s", what, argv[0],
		    strerror(errno));
	while (rc == 0 && managed_is_running(&m)) {
		loading_let_pass(c, begun_ns, was_over);
		if (clock_mono_ns() - begun_ns < timeout_ns &&
		    (was_over || !run_is_over(r)))
			continue;
		snprintf(error, cap, "%s: %s did not end in time", what,
		    argv[0]);
		managed_stop(&m);
		rc = -1;
	}
	if (rc == 0) {
		managed_leave(&m);
		rc = say_end(error, cap, &m, what, log);
	}
	free(log);
	return rc;
}
