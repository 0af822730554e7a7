#ifndef LMG_MEMSAMPLE_STREAM_WRITER_H
#define LMG_MEMSAMPLE_STREAM_WRITER_H

/*
 * A file or a terminal takes a write when it likes: a disk that is behind
 * may hold it for a tenth of a second, and no poll(2) tells.  For these, a
 * thread writes what comes out of a pipe, so that the loop has a pipe to
 * write to, which it never waits for.
 */

#include "stream/recorder.h"

/*
 * The descriptor to write to instead of fd: fd itself when it is a pipe, a
 * socket or a device that does not block (or no thread is to be had).  With a
 * recorder (or NULL) everything is recorded first and then written to fd;
 * a reader of fd that goes away does not end the recording, a record that
 * cannot be kept ends everything.  Returns -1 with errno set when a recorder
 * cannot have its thread.
 */
int writer_open(int fd, struct recorder *recorder);

/*
 * After the writing end is closed: wait until everything is written, at most
 * until deadline_ns (monotonic, INT64_MAX for ever).  Returns 0, or the errno
 * of the write that failed (ETIMEDOUT: not written in time).
 */
int writer_close(long long deadline_ns);

#endif
