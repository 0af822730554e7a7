/* Linux: which process listens on a port: /proc/net/tcp gives the socket's
 * inode, the descriptors of every process are searched for it. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux/plat_linux.h"
#include "linux/proctext.h"

enum { INODES_MAX = 64 };

/* Sockets that listen on port, from one table.  Returns how many in all. */
static size_t
find_inodes(const char *path, int port, uint64_t *inodes, size_t n)
{
	char line[512];
	FILE *fp = fopen(path, "re");
	uint64_t inode;

	if (fp == NULL)
		return n;
	while (n < INODES_MAX && fgets(line, sizeof(line), fp) != NULL)
		if ((inode = proctext_tcp_listener(line, strlen(line),
		    port)) != 0)
			inodes[n++] = inode;
	fclose(fp);
	return n;
}

static bool
owns_one_of(int pid, const uint64_t *inodes, size_t n)
{
	char path[64], link[64];
	struct dirent *e;
	bool owns = false;
	uint64_t inode;
	ssize_t len;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	if ((d = opendir(path)) == NULL)
		return false;
	while (!owns && (e = readdir(d)) != NULL) {
		len = readlinkat(dirfd(d), e->d_name, link, sizeof(link));
		if (len <= 0 || (inode = proctext_socket_inode(link,
		    (size_t)len)) == 0)
			continue;
		for (size_t i = 0; i < n; i++)
			owns = owns || inodes[i] == inode;
	}
	closedir(d);
	return owns;
}

int
plat_port_owners(struct plat *p, int port, int *pids, int cap)
{
	uint64_t inodes[INODES_MAX];
	struct dirent *e;
	size_t n = 0;
	int found = 0, pid;

	n = find_inodes("/proc/net/tcp", port, inodes, n);
	n = find_inodes("/proc/net/tcp6", port, inodes, n);
	if (n == 0)
		return 0;
	rewinddir(p->proc);
	while (found < cap && (e = readdir(p->proc)) != NULL) {
		pid = atoi(e->d_name);
		if (pid > 0 && owns_one_of(pid, inodes, n))
			pids[found++] = pid;
	}
	return found > 0 ? found : -1;
}
