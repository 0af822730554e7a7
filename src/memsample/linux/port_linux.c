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

static size_t
find_listeners(int port, uint64_t *inodes)
{
	size_t n = find_inodes("/proc/net/tcp", port, inodes, 0);

	return find_inodes("/proc/net/tcp6", port, inodes, n);
}

static int
find_owners(struct plat *p, const uint64_t *inodes, size_t n, int *pids,
    int cap)
{
	struct dirent *e;
	int found = 0, pid;

	rewinddir(p->proc);
	while (found < cap && (e = readdir(p->proc)) != NULL) {
		pid = atoi(e->d_name);
		if (pid > 0 && owns_one_of(pid, inodes, n))
			pids[found++] = pid;
	}
	return found;
}

/* Only the sockets that still listen stay.  Returns how many. */
static size_t
keep_listening(int port, uint64_t *inodes, size_t n)
{
	uint64_t now[INODES_MAX];
	size_t k, n_now = find_listeners(port, now), kept = 0;

	for (size_t i = 0; i < n; i++) {
		for (k = 0; k < n_now && now[k] != inodes[i];)
			k++;
		if (k < n_now)
			inodes[kept++] = inodes[i];
	}
	return kept;
}

/* A process that ends between the two looks is not hidden: its socket is gone
 * then, too.  One that is about to end hides its descriptors a little before:
 * so twice. */
int
plat_port_owners(struct plat *p, int port, int *pids, int cap)
{
	uint64_t inodes[INODES_MAX];
	size_t n = find_listeners(port, inodes);
	int found;

	for (int tries = 0; tries < 2 && n > 0; tries++) {
		found = find_owners(p, inodes, n, pids, cap);
		if (found > 0)
			return found;
		n = keep_listening(port, inodes, n);
	}
	return n > 0 ? -1 : 0;
}
