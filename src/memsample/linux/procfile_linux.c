#include "linux/procfile_linux.h"

#include <fcntl.h>
#include <unistd.h>

#include "linux/proctext.h"

long
procfile_read(const char *path, char *out, size_t cap)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, out, cap);
	close(fd);
	return (long)n;
}

long long
procfile_newest_pid(int loadavg_fd)
{
	char text[128];
	ssize_t n = pread(loadavg_fd, text, sizeof(text), 0);

	return n <= 0 ? -1 : proctext_last_pid(text, (size_t)n);
}
