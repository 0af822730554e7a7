#ifndef LMG_LIB_NDJSON_H
#define LMG_LIB_NDJSON_H

/*
 * Lines from a file, a pipe or memory, without copying: the reader of every
 * NDJSON stream.  It splits lines and bounds them; it does not parse.
 */

#include <stddef.h>
#include <stdint.h>

/* A longer line is not a record of ours: it is skipped and reported. */
enum { NDJSON_LINE_MAX = 4 * 1024 * 1024 };

struct slice {
	const char *p;
	size_t len;
};

enum ndjson_result {
	NDJSON_LINE,	/* *line is the next line, without its newline */
	NDJSON_TOO_LONG,	/* a line over NDJSON_LINE_MAX was skipped */
	NDJSON_END,		/* end of input */
	NDJSON_ERROR		/* read error, already reported */
};

struct ndjson;

/*
 * Open path, or standard input for "-".  Returns the reader (free with
 * ndjson_close()) or NULL after a message.
 */
struct ndjson *ndjson_open(const char *path);

/* A reader over an open descriptor, borrowed; name is for messages (copied). */
struct ndjson *ndjson_from_fd(int fd, const char *name);

/*
 * From now on the end of input is not final: NDJSON_END means nothing more at
 * the moment, and an incomplete last line is kept back until it is complete.
 */
void ndjson_follow(struct ndjson *r);

void ndjson_close(struct ndjson *r);

/*
 * The next line.  The slice is valid until the next call.  A last line
 * without a newline is delivered like any other; ndjson_was_cut() tells.
 */
enum ndjson_result ndjson_next(struct ndjson *r, struct slice *line);

/* Did the last line delivered lack its newline (a stream that was cut)? */
int ndjson_was_cut(const struct ndjson *r);

/* For messages: the input's name, and the number (from 1) of the last line. */
const char *ndjson_name(const struct ndjson *r);
uint64_t ndjson_line_number(const struct ndjson *r);

#endif
