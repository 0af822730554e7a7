#ifndef LMG_LIB_DIAG_H
#define LMG_LIB_DIAG_H

/*
 * Messages for people, and exit statuses.
 *
 * stderr is for people: every message is one line "tool: where: what, and
 * what to do".  Whoever first detects an error prints it once and returns -1;
 * nobody above prints it again; main() turns it into a status.
 */

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Exit statuses, the same in every tool (see each man page, EXIT STATUS). */
enum diag_exit {
	EXIT_DONE = 0,		/* done */
	EXIT_NO = 1,		/* done, and the answer is no */
	EXIT_USAGE = 2,		/* usage or configuration */
	EXIT_INPUT = 3,		/* input not understood */
	EXIT_SYSTEM = 4,	/* system or server failure */
	EXIT_UNSURE = 5		/* cannot tell */
};

/*
 * Remember the tool's name (the part of argv0 behind the last slash) for all
 * messages.  argv0 must outlive the process.  Call first in main().
 */
void diag_init(const char *argv0);

/* The name given to diag_init(), or "lmgauge" before that. */
const char *diag_tool(void);

/*
 * How to call this tool again from where we are: its name where the shell finds
 * that, else its path, from the current folder where it lies below that.
 */
const char *diag_called(void);

/* What the user calls for a suite: "lmgauge", or "make" in the source tree. */
const char *diag_front(void);

/*
 * The folder of what is installed with the tools: that of the lmgauge that
 * called this one ($LMGAUGE_SHARE), else ../share/lmgauge of this tool's own;
 * NULL in the source tree.
 */
const char *diag_share(void);

/*
 * Print "tool: " and the formatted message and a newline to stderr.  Control
 * characters in the result (names may come from a server) are shown as '?',
 * so that no message can drive a terminal.  Returns -1, for a return.
 */
int diag_warnx(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* As diag_warnx(), with ": " and strerror(errno) appended. */
int diag_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Copy s (NUL-terminated) to out (cap >= 1 bytes), cut to fit at a UTF-8
 * boundary, with control characters, DEL, C1 controls, bidirectional
 * controls and invalid UTF-8 shown as '?'.  Returns out.
 */
char *diag_clean(char *out, size_t cap, const char *s);

/* The command of the tool whose --help diag_usage() names ("plan"), or NULL. */
void diag_command(const char *name);

/*
 * Print "Try 'tool --help'." after a usage message already printed, and leave
 * with EXIT_USAGE.
 */
void diag_usage(void) __attribute__((noreturn));

/*
 * Silence diag_warn() and diag_warnx() (for fuzz targets).
 */
void diag_quiet(bool quiet);

/*
 * Flush and close stdout; a failed write is reported ("write error") and
 * turns status into EXIT_SYSTEM.  EPIPE is not reported: the reader had
 * enough.  After a write that failed earlier errno should still say why.
 * Returns the status main() should return.
 */
int diag_finish(int status);

#endif
