/*
 * memsample: the memory truth of a server's process tree.
 * opts -> watched -> sampler (tree, counters by plat) -> session -> pass
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "job.h"
#include "opts.h"
#include "show/report.h"
#include "stream/recorder.h"

/*
 * Is stdin a stream to pass on?  A socket counts only when nothing else says
 * what to sample: editors and job runners hand one out as an idle stdin.
 */
static bool
stdin_is_stream(const struct opts *o)
{
	struct stat st;

	if (o->mode == MODE_ALONE || o->command != NULL ||
	    fstat(STDIN_FILENO, &st) == -1)
		return false;
	if (S_ISSOCK(st.st_mode))
		return !watched_is_set(&o->watched);
	return S_ISFIFO(st.st_mode) || S_ISREG(st.st_mode);
}

static int
sample(const struct opts *o)
{
	bool is_filter = stdin_is_stream(o);
	struct recorder recorder = { .fd = -1 };
	int fd = STDOUT_FILENO, status, error;

	if (!is_filter && o->command == NULL && !watched_is_set(&o->watched)) {
		diag_warnx("nothing to sample: give --port, -p, -n or a "
		    "command, or pipe the output of 'lmsdrive run' in");
		diag_usage();
	}
	if (is_filter && o->csv) {
		diag_warnx("--csv: not as a filter, the records have to go on");
		diag_usage();
	}
	if (o->output != NULL) {
		fd = open(o->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0666);
		if (fd == -1) {
			diag_warn("%s", o->output);
			return EXIT_SYSTEM;
		}
	}
	if (o->record != NULL && recorder_open(&recorder, o->record) == -1)
		return EXIT_SYSTEM;
	status = job_run(o, is_filter, fd, recorder.fd != -1 ? &recorder :
	    NULL);
	if (recorder.fd != -1 && (error = recorder_close(&recorder)) != 0) {
		errno = error;
		diag_warn("%s", o->record);
		status = EXIT_SYSTEM;
	}
	if (fd != STDOUT_FILENO && close(fd) == -1) {
		diag_warn("%s", o->output);
		status = EXIT_SYSTEM;
	}
	return status;
}

int
main(int argc, char *argv[])
{
	struct opts o = OPTS_DEFAULT;

	diag_init(argv[0]);
	opts_parse(&o, argc, argv);
	if (o.mode == MODE_COUNTERS)
		return diag_finish(report_counters());
	if (o.mode == MODE_SELF_CHECK)
		return diag_finish(report_self_check());
	return sample(&o);
}
