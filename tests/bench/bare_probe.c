/*
 * The least that a sampler of Linux processes can do: at each tick read the
 * same files as memsample does, kept open, and write a line.  What memsample
 * costs beyond it (finding processes, identity, peaks, JSON) is ours.
 *
 *	bare_probe INTERVAL_MS SECONDS all|statm PID...
 *
 * The last line, on stderr: how many samples, and the CPU time in ns.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { FILES_MAX = 4096, TEXT = 4096 };

static int files[FILES_MAX];
static size_t n_files;

static void
keep(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd != -1 && n_files < FILES_MAX)
		files[n_files++] = fd;
}

static void
keep_process(const char *pid, int all)
{
	static const char *const names[] = { "statm", "status", "stat" };
	char path[64];

	for (int i = 0; i < (all ? 3 : 1); i++) {
		snprintf(path, sizeof(path), "/proc/%s/%s", pid, names[i]);
		keep(path);
	}
}

static void
sample(int64_t n)
{
	char text[TEXT], line[256];
	int64_t sum = 0;

	for (size_t i = 0; i < n_files; i++) {
		ssize_t got = pread(files[i], text, sizeof(text) - 1, 0);

		text[got > 0 ? got : 0] = '\0';
		sum += strtoll(text, NULL, 10);
	}
	if (write(STDOUT_FILENO, line, (size_t)snprintf(line, sizeof(line),
	    "{\"type\":\"mem\",\"n\":%" PRId64 ",\"sum\":%" PRId64 "}\n", n,
	    sum)) == -1)
		exit(4);
}

int
main(int argc, char *argv[])
{
	int64_t interval_ns, samples, n;
	struct timespec at;
	struct rusage u;
	int all;

	if (argc < 5)
		return 2;
	interval_ns = strtoll(argv[1], NULL, 10) * 1000000;
	samples = strtoll(argv[2], NULL, 10) * 1000000000 / interval_ns;
	all = strcmp(argv[3], "all") == 0;
	for (int i = 4; i < argc; i++)
		keep_process(argv[i], all);
	if (all) {
		keep("/proc/meminfo");
		keep("/proc/pressure/memory");
		keep("/proc/loadavg");
	}
	clock_gettime(CLOCK_MONOTONIC, &at);
	for (n = 0; n < samples; n++) {
		at.tv_nsec += interval_ns;
		at.tv_sec += at.tv_nsec / 1000000000;
		at.tv_nsec %= 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		sample(n);
	}
	getrusage(RUSAGE_SELF, &u);
	fprintf(stderr, "%" PRId64 " %" PRId64 "\n", n,
	    (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000000 +
	    (int64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000);
	return 0;
}
