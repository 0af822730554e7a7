#define _GNU_SOURCE
#include "linux/gpu_linux.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "linux/plat_linux.h"
#include "linux/proctext.h"
#include "xalloc.h"

void
gpu_open(struct gpu *g)
{
	*g = (struct gpu){ .nvml = nvml_open(),
	    .has_kfd = access("/sys/class/kfd/kfd/proc", R_OK | X_OK) == 0,
	    .has_drm = access("/dev/dri", R_OK | X_OK) == 0 };
}

void
gpu_close(struct gpu *g)
{
	nvml_close(g->nvml);
	g->nvml = NULL;
}

const char *
gpu_missing(const struct gpu *g)
{
	return g->nvml != NULL || g->has_kfd || g->has_drm ? NULL :
	    "no libnvidia-ml.so.1, no /sys/class/kfd, no /dev/dri";
}

/* The files vram_GPUID hold bytes. */
static int64_t
kfd_bytes(int pid)
{
	char path[320], text[32];
	int64_t sum = -1, v;
	struct dirent *e;
	long n;
	DIR *d;

	snprintf(path, sizeof(path), "/sys/class/kfd/kfd/proc/%d", pid);
	if ((d = opendir(path)) == NULL)
		return -1;
	while ((e = readdir(d)) != NULL) {
		if (strncmp(e->d_name, "vram_", 5) != 0)
			continue;
		snprintf(path, sizeof(path),
		    "/sys/class/kfd/kfd/proc/%d/%.200s",
		    pid, e->d_name);
		n = procfile_read(path, text, sizeof(text) - 1);
		if (n <= 0)
			continue;
		text[n] = '\0';
		v = strtoll(text, NULL, 10);
		if (v >= 0)
			sum = (sum < 0 ? 0 : sum) + v;
	}
	closedir(d);
	return sum;
}

static bool
is_render_node(int dir, const char *fd)
{
	char link[64];
	ssize_t n = readlinkat(dir, fd, link, sizeof(link));

	return n >= 9 && memcmp(link, "/dev/dri/", 9) == 0;
}

struct clients {
	struct proctext_drm *v;
	size_t n, cap;
};

/* Several descriptors may be one client: each counts once. */
static bool
is_new_client(struct clients *seen, const struct proctext_drm *d)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->v[i].client == d->client &&
		    strcmp(seen->v[i].pdev, d->pdev) == 0)
			return false;
	seen->v = xgrow(seen->v, seen->n, &seen->cap, sizeof(*seen->v));
	seen->v[seen->n++] = *d;
	return true;
}

static int64_t
drm_bytes(int pid)
{
	struct clients seen = { .v = NULL };
	struct proctext_drm drm;
	char path[320], text[4096];
	int64_t sum = -1;
	struct dirent *e;
	long len;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	if ((d = opendir(path)) == NULL)
		return -1;
	while ((e = readdir(d)) != NULL) {
		if (!is_render_node(dirfd(d), e->d_name))
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.20s", pid,
		    e->d_name);
		len = procfile_read(path, text, sizeof(text));
		if (len > 0 && proctext_drm(text, (size_t)len, &drm) == 0 &&
		    drm.vram >= 0 && is_new_client(&seen, &drm))
			sum = (sum < 0 ? 0 : sum) + drm.vram;
	}
	free(seen.v);
	closedir(d);
	return sum;
}

int64_t
gpu_process_bytes(const struct gpu *g, int pid)
{
	int64_t bytes = -1;
	struct nvml_machine m;

	if (gpu_peek(g, &m) == 0 && m.at_ns != g->shown_at_ns)
		bytes = nvml_process_bytes(g->nvml, pid);
	if (bytes < 0 && g->has_kfd)
		bytes = kfd_bytes(pid);
	if (bytes < 0 && g->has_drm)
		bytes = drm_bytes(pid);
	return bytes;
}

int
gpu_peek(const struct gpu *g, struct nvml_machine *out)
{
	if (g->nvml == NULL)
		return -1;
	nvml_machine(g->nvml, out);
	return 0;
}

int
gpu_machine(struct gpu *g, struct nvml_machine *out)
{
	if (gpu_peek(g, out) == -1 || out->at_ns == g->shown_at_ns)
		return -1;
	g->shown_at_ns = out->at_ns;
	return 0;
}
