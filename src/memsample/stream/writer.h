#ifndef MS_WRITER_H
#define MS_WRITER_H

/*
 * A file or a terminal takes a write when it likes: a disk that is behind
 * may hold it for a tenth of a second, and no poll(2) tells.  For these, a
 * thread writes what comes out of a pipe, so that the loop has a pipe to
 * write to, which it never waits for.
 */

/*
 * The descriptor to write to instead of fd: fd itself when it is a pipe, a
 * socket or a device that does not block (or no thread is to be had).
 */
int writer_open(int fd);

/*
 * After the writing end is closed: wait until everything is written, at most
 * until deadline_ns (monotonic, INT64_MAX for ever).  Returns 0, or the errno
 * of the write that failed (ETIMEDOUT: not written in time).
 */
int writer_close(long long deadline_ns);

#endif
