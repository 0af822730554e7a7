/* Records to a file that holds whole lines, whatever happens to the disk. */
#define _DEFAULT_SOURCE
#include "stream/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"

/* The offset behind the last newline at or before end, 0: there is none. */
static off_t
last_line_end(int fd, off_t end)
{
	char piece[4096];
	off_t at;
	ssize_t n;

	while (end > 0) {
		at = end > (off_t)sizeof(piece) ?
		    end - (off_t)sizeof(piece) : 0;
		n = pread(fd, piece, (size_t)(end - at), at);
		if (n <= 0)
			return 0;
		for (; n > 0; n--)
			if (piece[n - 1] == '\n')
				return at + n;
		end = at;
	}
	return 0;
}

int
recorder_open(struct recorder *r, const char *path)
{
	*r = (struct recorder){ .path = path };
	r->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (r->fd == -1 && errno == EINVAL)	/* a pipe with a name */
		r->fd = open(path, O_WRONLY | O_CLOEXEC);
	if (r->fd == -1)
		return diag_warn("%s", path);
	if (flock(r->fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK) {
		diag_warnx("%s: another run is writing to it; wait for it, or "
		    "name another file", path);
		close(r->fd);
		return -1;
	}
	return 0;
}

static void
note_written(struct recorder *r, const char *data, size_t n)
{
	size_t tail = 0;

	while (tail < n && data[n - tail - 1] != '\n')
		tail++;
	r->size += (off_t)n;
	if (tail < n)
		r->whole = r->size - (off_t)tail;
}

/* Readers of what was recorded find whole lines. */
static int
stop(struct recorder *r, int error)
{
	struct stat st;

	if (fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size > r->whole && ftruncate(r->fd, r->whole) == -1)
		diag_warn("%s: its last line stays cut off", r->path);
	return error;
}

/* A process that was killed, or a full disk, may have left half a line: it
 * must not take the next record with it. */
static int
begin(struct recorder *r)
{
	r->is_begun = true;
	if ((r->size = lseek(r->fd, 0, SEEK_END)) == -1)
		return 0;	/* a pipe or a device: nothing before us */
	r->whole = last_line_end(r->fd, r->size);
	if (r->whole == r->size)
		return 0;
	diag_warnx("%s: its last line was cut off; what follows begins on a "
	    "line of its own", r->path);
	return recorder_write(r, "\n", 1);
}

int
recorder_write(struct recorder *r, const char *data, size_t n)
{
	struct stat st;
	ssize_t w;
	int error;

	if (!r->is_begun && (error = begin(r)) != 0)
		return error;
	if (fstat(r->fd, &st) == 0 && st.st_nlink == 0)
		return ENOENT;
	while (n > 0) {
		w = write(r->fd, data, n);
		if (w == -1 && errno != EINTR && errno != EAGAIN)
			return stop(r, errno);
		if (w <= 0)
			continue;
		note_written(r, data, (size_t)w);
		data += w;
		n -= (size_t)w;
	}
	return 0;
}

int
recorder_close(struct recorder *r)
{
	int error = close(r->fd) == -1 ? errno : 0;

	r->fd = -1;
	return error;
}
