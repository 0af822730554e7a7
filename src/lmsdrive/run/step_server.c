#include "step_server.h"

#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "server/detect.h"
#include "xalloc.h"

char *
step_server_log(const struct run *r, const struct step *s)
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

void
step_server_add_words(char *error, size_t cap, const char *log)
{
	char said[UNREAD_CAP];
	size_t n = strlen(error);

	if (log == NULL)
		return;
	last_line(said, log);
	snprintf(error + n, cap - n, "; what it said is in %s%s%s", log,
	    said[0] != '\0' ? ", last: " : "", said);
}

static void
say_exit(char *error, size_t cap, const struct managed *m, char *log)
{
	int status = m->exit_status;	/* macOS's macros cast its address */

	if (WIFSIGNALED(status))
		snprintf(error, cap, "%s was ended by signal %d before it "
		    "answered", m->command[0], WTERMSIG(status));
	else
		snprintf(error, cap, "%s exited with status %d before it "
		    "answered", m->command[0], WEXITSTATUS(status));
	step_server_add_words(error, cap, log);
	free(log);
}

/* Ask until it answers as a server does that has its model. */
static int
wait_for_it(struct run *r, const struct step *s, struct client *c,
    char *error, size_t cap)
{
	int64_t begun = clock_mono_ns(), until = begun + s->timeouts.load_ns;
	int64_t now;
	char why[1024];

	for (;;) {
		/* Before it is asked: another one may answer in its place. */
		if (!managed_is_running(&c->managed)) {
			say_exit(error, cap, &c->managed,
			    step_server_log(r, s));
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
	log = step_server_log(r, s);
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
