#include "diag.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "utf8.h"

static const char *tool = "lmgauge", *called = "lmgauge", *command;
static bool is_quiet;

void
diag_init(const char *argv0)
{
	const char *slash;

	if (argv0 == NULL || argv0[0] == '\0')
		return;
	slash = strrchr(argv0, '/');
	called = argv0;
	tool = slash != NULL ? slash + 1 : argv0;
}

const char *
diag_tool(void)
{
	return tool;
}

enum { PATH_CAP = 4096 };

/* The one that the shell finds by its name. */
static bool
look_up(char file[PATH_CAP])
{
	const char *p = getenv("PATH");
	int n;

	for (; p != NULL && *p != '\0'; p += n + (p[n] == ':')) {
		n = (int)strcspn(p, ":");
		snprintf(file, PATH_CAP, "%.*s/%s", n, p, tool);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

/* Is what was called the one that the shell finds? */
static bool
is_found(void)
{
	struct stat own, st;
	char file[PATH_CAP];

	if (stat(called, &own) == -1)
		return true;
	return look_up(file) && stat(file, &st) == 0 &&
	    st.st_ino == own.st_ino && st.st_dev == own.st_dev;
}

const char *
diag_called(void)
{
	char folder[PATH_CAP];
	size_t len;

	if (tool == called || is_found())
		return tool;
	if (getcwd(folder, sizeof(folder)) == NULL)
		return called;
	len = strlen(folder);
	return strncmp(called, folder, len) == 0 && called[len] == '/' ?
	    called + len + 1 : called;
}

const char *
diag_front(void)
{
	const char *by = getenv("LMGAUGE");

	return (by != NULL && *by != '\0') || diag_share() != NULL ?
	    "lmgauge" : "make";
}

/* The file that was called, from the root on. */
static bool
own_file(char file[PATH_CAP])
{
	char folder[PATH_CAP];

	if (tool == called)
		return look_up(file) && file[0] == '/';
	if (called[0] == '/')
		return snprintf(file, PATH_CAP, "%s", called) < PATH_CAP;
	return getcwd(folder, sizeof(folder)) != NULL &&
	    snprintf(file, PATH_CAP, "%s/%s", folder, called) < PATH_CAP;
}

const char *
diag_share(void)
{
	static char share[PATH_CAP + 64];
	const char *given = getenv("LMGAUGE_SHARE");
	char file[PATH_CAP];

	if (given != NULL && *given == '/')
		return given;
	if (!own_file(file))
		return NULL;
	*strrchr(file, '/') = '\0';
	snprintf(share, sizeof(share), "%s/../share/lmgauge", file);
	return access(share, F_OK) == 0 ? share : NULL;
}

void
diag_quiet(bool quiet)
{
	is_quiet = quiet;
}

char *
diag_clean(char *out, size_t cap, const char *s)
{
	size_t len = strlen(s), i = 0, o = 0, n;
	uint32_t c;

	while (i < len) {
		n = utf8_decode(s + i, len - i, &c);
		if (n == 0 || utf8_is_control(c)) {
			if (o + 1 >= cap)
				break;
			out[o++] = '?';
			i += n == 0 ? 1 : n;
			continue;
		}
		if (o + n >= cap)
			break;
		memcpy(out + o, s + i, n);
		o += n;
		i += n;
	}
	out[o] = '\0';
	return out;
}

__attribute__((format(printf, 2, 0))) static void
print_line(const char *reason, const char *fmt, va_list ap)
{
	char raw[2048], clean[2048];

	if (is_quiet)
		return;
	vsnprintf(raw, sizeof(raw), fmt, ap);
	diag_clean(clean, sizeof(clean), raw);
	if (reason != NULL)
		fprintf(stderr, "%s: %s: %s\n", tool, clean, reason);
	else
		fprintf(stderr, "%s: %s\n", tool, clean);
}

int
diag_warnx(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_line(NULL, fmt, ap);
	va_end(ap);
	return -1;
}

int
diag_warn(const char *fmt, ...)
{
	const char *reason = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	print_line(reason, fmt, ap);
	va_end(ap);
	return -1;
}

void
diag_command(const char *name)
{
	command = name;
}

void
diag_usage(void)
{
	fprintf(stderr, "Try '%s%s%s --help'.\n", tool, command != NULL ?
	    " " : "", command != NULL ? command : "");
	exit(EXIT_USAGE);
}

int
diag_finish(int status)
{
	bool failed = ferror(stdout) != 0;
	int error = failed ? errno : 0;		/* of a write long before */

	errno = 0;
	if (fflush(stdout) != 0)
		failed = true;
	if (fclose(stdout) != 0)
		failed = true;
	if (!failed)
		return status;
	if (errno == 0)
		errno = error;
	if (errno != EPIPE)
		diag_warn("standard output: write error");
	return EXIT_SYSTEM;
}
