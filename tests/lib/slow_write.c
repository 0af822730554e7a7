/*
 * A disk that is behind, for LD_PRELOAD (22-memsample-alone.bats): a write to
 * a regular file takes 400 ms.
 */
#define _GNU_SOURCE
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t
write(int fd, const void *data, size_t n)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		usleep(400000);
	return syscall(SYS_write, fd, data, n);
}
