#define _GNU_SOURCE
#include "linux/powercap_linux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xalloc.h"

struct powercap_zone {
	int fd;				/* energy_uj, kept open */
	int kind;
	int64_t last_uj, range_uj;	/* counts up to range_uj, then from 0 */
};

static int64_t
read_number(int fd)
{
	char text[32], *end;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);
	long long v;

	if (n <= 0)
		return -1;
	text[n] = '\0';
	errno = 0;
	v = strtoll(text, &end, 10);
	return end == text || errno != 0 || v < 0 ? -1 : v;
}

static int
open_in(const char *root, const char *zone, const char *file)
{
	char path[512];
	int n = snprintf(path, sizeof(path), "%s/%s/%s", root, zone, file);

	if (n < 0 || (size_t)n >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int
kind_of(const char *root, const char *zone)
{
	int fd = open_in(root, zone, "name");
	char name[64] = "";
	ssize_t n;

	if (fd == -1)
		return -1;
	n = read(fd, name, sizeof(name) - 1);
	close(fd);
	name[n > 0 ? n : 0] = '\0';
	/* Others are parts of these ("core", "uncore"), or more than ours
	 * ("psys"). */
	if (strncmp(name, "package-", 8) == 0)
		return SYS_CPU_ENERGY;
	return strcmp(name, "dram\n") == 0 || strcmp(name, "dram") == 0 ?
	    SYS_DRAM_ENERGY : -1;
}

static void
add_zone(struct powercap *p, const char *root, const char *dir)
{
	struct powercap_zone z = { .kind = kind_of(root, dir) };
	int fd;

	if (z.kind == -1)
		return;
	if ((z.fd = open_in(root, dir, "energy_uj")) == -1) {
		p->is_denied[z.kind] |= errno == EACCES || errno == EPERM;
		return;
	}
	fd = open_in(root, dir, "max_energy_range_uj");
	z.range_uj = fd == -1 ? -1 : read_number(fd);
	if (fd != -1)
		close(fd);
	z.last_uj = read_number(z.fd);
	if (z.last_uj < 0 || z.range_uj <= 0) {
		close(z.fd);
		return;
	}
	p->is_known[z.kind] = true;
	p->zones = xgrow(p->zones, p->n_zones, &p->cap_zones, sizeof(z));
	p->zones[p->n_zones++] = z;
}

void
powercap_open(struct powercap *p, const char *root)
{
	struct dirent *e;
	DIR *d = opendir(root);

	*p = (struct powercap){ .zones = NULL };
	if (d == NULL)
		return;
	/* The same package may be told twice, by registers and by memory:
	 * the second way is left out. */
	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' &&
		    strncmp(e->d_name, "intel-rapl-mmio", 15) != 0)
			add_zone(p, root, e->d_name);
	closedir(d);
}

void
powercap_close(struct powercap *p)
{
	while (p->n_zones > 0)
		close(p->zones[--p->n_zones].fd);
	free(p->zones);
}

/* Two wraps between reads cannot be told from one: read it often enough (a
 * package wraps after minutes). */
static int64_t
step_of(const struct powercap_zone *z, int64_t now)
{
	return now >= z->last_uj ? now - z->last_uj :
	    now + z->range_uj - z->last_uj;
}

void
powercap_read(struct powercap *p, int64_t v[SYS_N])
{
	bool is_failed[SYS_N] = { false };
	struct powercap_zone *z;
	int64_t uj;

	for (size_t i = 0; i < p->n_zones; i++) {
		z = &p->zones[i];
		if ((uj = read_number(z->fd)) < 0) {
			is_failed[z->kind] = true;
			continue;
		}
		p->sum_nj[z->kind] += 1000 * step_of(z, uj);
		z->last_uj = uj;
	}
	for (int k = 0; k < SYS_N; k++)
		if (p->is_known[k] && !is_failed[k])
			v[k] = p->sum_nj[k];
}

const char *
powercap_missing(const struct powercap *p, enum sys_counter c)
{
	if (p->is_known[c])
		return NULL;
	return p->is_denied[c] ?
	    "/sys/class/powercap is there, but only root may read it" :
	    "no such zone in /sys/class/powercap";
}
