#ifndef LMG_MEMSAMPLE_STREAM_RECORDER_H
#define LMG_MEMSAMPLE_STREAM_RECORDER_H

/*
 * The file that keeps every record (--record): what a run is worth.  It holds
 * whole lines only, whatever happens to the disk, and belongs to one process
 * at a time.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct recorder {
	const char *path;
	int fd;			/* -1: none */
	bool is_begun;		/* something was written */
	off_t whole;		/* bytes up to the end of the last line */
	off_t size;		/* bytes written */
};

/*
 * Open the file for appending, made if it is not there.  path must outlive r.
 * Returns 0, or -1 after a message.
 */
int recorder_open(struct recorder *r, const char *path);

/*
 * Append n bytes; before the first of them, a line that was left unfinished is
 * ended, with a message (not sooner: who resumes a run mends the file before
 * it sends a record).  Returns 0 or an errno (ENOENT: the file was removed);
 * then the unfinished line at the end is cut off.
 */
int recorder_write(struct recorder *r, const char *data, size_t n);

/* Returns 0, or the errno of a write that failed late. */
int recorder_close(struct recorder *r);

#endif
