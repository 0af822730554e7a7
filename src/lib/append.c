#include "append.h"

#include <fcntl.h>
#include <unistd.h>

int
append_open(const char *path)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	off_t end;
	char last;

	if (fd == -1)
		return -1;
	end = lseek(fd, 0, SEEK_END);	/* -1: a pipe, a terminal */
	if (end > 0 && pread(fd, &last, 1, end - 1) == 1 && last != '\n' &&
	    write(fd, "\n", 1) != 1) {
		close(fd);
		return -1;
	}
	return fd;
}
