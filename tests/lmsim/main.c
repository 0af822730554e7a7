/* lmsim: a stand-in LM Studio whose truth is known.  See README.md. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "options.h"
#include "self.h"
#include "sim.h"
#include "worker.h"
#include "xalloc.h"

static int signal_pipe[2];

static void
on_signal(int number)
{
	char c = (char)number;
	int saved = errno;

	(void)!write(signal_pipe[1], &c, 1);
	errno = saved;
}

static int
catch_signals(void)
{
	struct sigaction sa;

	if (pipe(signal_pipe) == -1) {
		diag_warn("pipe");
		return -1;
	}
	for (int i = 0; i < 2; i++)
		fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC);
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	return 0;
}

static int
write_port_file(const char *path, int port)
{
	char *tmp = xasprintf("%s.tmp", path);
	FILE *fp = fopen(tmp, "w");
	int rc = -1;

	if (fp != NULL && fprintf(fp, "%d\n", port) > 0 && fclose(fp) == 0)
		rc = rename(tmp, path);
	if (rc == -1)
		diag_warn("%s", path);
	free(tmp);
	return rc;
}

/* Listening: tell whoever waits. */
static int
ready(void *arg, int port)
{
	const struct options *o = arg;

	if (o->port_file != NULL && write_port_file(o->port_file, port) == -1)
		return -1;
	fprintf(stderr, strchr(o->bind, ':') != NULL ?
	    "lmsim: listening on http://[%s]:%d\n" :
	    "lmsim: listening on http://%s:%d\n", o->bind, port);
	return 0;
}

static int
simulate(struct options *o, const struct catalogue *c, struct truth *truth)
{
	struct sim_options so = { .bind = o->bind, .port = (int)o->port,
	    .seed = (uint64_t)o->seed, .signal_fd = signal_pipe[0] };

	return sim_run(c, truth, &so, ready, o);
}

static int
run(struct options *o)
{
	struct catalogue *c = NULL;
	struct truth *truth = NULL;
	int status = EXIT_USAGE;

	c = o->models != NULL ? catalogue_load(o->models, o->scale) :
	    catalogue_default(o->scale);
	if (c == NULL)
		goto done;
	status = EXIT_SYSTEM;
	if ((truth = truth_open(o->truth)) == NULL || catch_signals() == -1)
		goto done;
	self_sharp_timers();
	if (simulate(o, c, truth) == 0)
		status = EXIT_DONE;
done:
	if (truth_close(truth) == -1)
		status = EXIT_SYSTEM;
	catalogue_free(c);
	return status;
}

int
main(int argc, char *argv[])
{
	struct options o;

	diag_init(argv[0]);
	if (argc == 3 && strcmp(argv[1], WORKER_OPTION) == 0)
		return worker_main();
	options_parse(&o, argc, argv);
	return diag_finish(run(&o));
}
