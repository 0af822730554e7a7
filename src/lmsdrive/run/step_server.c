/* The programs that a variant names: its server, and what loads or unloads. */
#include "steps.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "server/detect.h"
#include "server/loading.h"
#include "xalloc.h"

/* Where its output goes, beside the run's log: heap string, or NULL. */
static char *
log_path(const struct run *r, const struct step *s)
{
	const char *slash;
	char *path, *p;
	size_t folder;

	if (r->log == NULL)
		return NULL;
	slash = strrchr(r->log, '/');
	folder = slash != NULL ? (size_t)(slash + 1 - r->log) : 0;
	path = xasprintf("%.*sserver-%s.log", (int)folder, r->log,
	    s->variant != NULL ? s->variant : "");
	for (p = path + folder; *p != '\0'; p++)
		if (*p == '/')
			*p = '-';
	return path;
}

/* The last line of the file that is not empty, for people; else "". */
static const char *
last_line(char out[UNREAD_CAP], const char *path)
{
	char text[1024], *end, *nl;
	FILE *f = fopen(path, "r");
	size_t n = 0;

	out[0] = '\0';
	if (f == NULL)
		return out;
	if (fseek(f, -(long)(sizeof(text) - 1), SEEK_END) == -1)
		rewind(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	for (end = text + n; end > text && strchr("\r\n\t ", end[-1]) != NULL;)
		end--;
	*end = '\0';
	nl = strrchr(text, '\n');
	nl = nl != NULL ? nl + 1 : text;
	return end > nl ? dialect_show(out, nl, (size_t)(end - nl)) : out;
}

/* How it ended, for people, where its output is (NULL: nowhere), and how that
 * ends. */
static void
say_end(char *error, size_t cap, const char *what, const struct managed *m,
    const char *when, const char *log)
{
	int status = m->exit_status;	/* macOS's macros cast its address */
	char said[UNREAD_CAP];
	size_t n;

	if (WIFSIGNALED(status))
		snprintf(error, cap, "%s%s was ended by signal %d%s", what,
		    m->command[0], WTERMSIG(status), when);
	else
		snprintf(error, cap, "%s%s exited with status %d%s", what,
		    m->command[0], WEXITSTATUS(status), when);
	if (log == NULL)
		return;
	n = strlen(error);
	last_line(said, log);
	snprintf(error + n, cap - n, "; what it said is in %s%s%s", log,
	    said[0] != '\0' ? ", last: " : "", said);
}

/* Ask until it answers as a server does that has its model. */
static int
wait_for_it(struct run *r, const struct step *s, struct client *c,
    char *error, size_t cap)
{
	int64_t begun = clock_mono_ns(), until = begun + s->timeouts.load_ns;
	int64_t now;
	char why[1024], *log;

	for (;;) {
		/* Before it is asked: another one may answer in its place. */
		if (!managed_is_running(&c->managed)) {
			log = log_path(r, s);
			say_end(error, cap, "", &c->managed,
			    " before it answered", log);
			free(log);
			return -1;
		}
		if (detect_api(c, why, sizeof(why)) == DETECT_OK)
			return 0;
		if (run_is_over(r)) {
			snprintf(error, cap, "interrupted");
			return -1;
		}
		now = clock_mono_ns();
		if (now >= until) {
			snprintf(error, cap, "%s does not answer in time "
			    "(timeouts.load): %.400s", c->managed.command[0],
			    why);
			return -1;
		}
		/* What it takes is known to a thirtieth, or 5 ms. */
		run_wait(r, now + 5 * NS_PER_MS + (now - begun) / 32);
	}
}

int
step_server_start(struct run *r, const struct step *s, struct client *c,
    char *error, size_t cap)
{
	char *log;
	int rc;

	if (c->managed.command == NULL || managed_is_running(&c->managed))
		return 0;
	if (!run_is_over(r) && client_is_alive(c)) {
		snprintf(error, cap, "%s is in use already, by a server that "
		    "this run has not started: stop that one, or give this "
		    "one another port", c->url);
		return -1;
	}
	log = log_path(r, s);
	rc = managed_start(&c->managed, log);
	free(log);
	if (rc == -1)
		snprintf(error, cap, "%s: %s", c->managed.command[0],
		    strerror(errno));
	return rc;
}

int
step_server_wait(struct run *r, const struct step *s, struct client *c,
    char *error, size_t cap)
{
	int rc = c->managed.command == NULL ? 0 :
	    wait_for_it(r, s, c, error, cap);

	if (rc == -1)
		managed_stop(&c->managed);
	return rc;
}

int
step_command(struct run *r, const struct step *s, struct client *c,
    char **argv, const char *what, int64_t timeout_ns, char *error,
    size_t cap)
{
	struct managed m = { .command = argv, .port = c->port };
	bool was_over = run_is_over(r);	/* then it is to clean up */
	int64_t begun_ns = clock_mono_ns();
	char *log = log_path(r, s);
	int rc = managed_start(&m, log);

	if (rc == -1)
		snprintf(error, cap, "%s%s: %s", what, argv[0],
		    strerror(errno));
	while (rc == 0 && managed_is_running(&m)) {
		loading_let_pass(c, begun_ns, was_over);
		if (clock_mono_ns() - begun_ns < timeout_ns &&
		    (was_over || !run_is_over(r)))
			continue;
		snprintf(error, cap, "%s%s did not end in time", what,
		    argv[0]);
		managed_stop(&m);
		rc = -1;
	}
	if (rc == 0) {
		managed_leave(&m);
		rc = m.exit_status == 0 ? 0 : -1;
		if (rc == -1)
			say_end(error, cap, what, &m, "", log);
	}
	free(log);
	return rc;
}
