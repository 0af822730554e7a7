#define _GNU_SOURCE
#include "gpu_linux.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "nvml_linux.h"
#include "procfile_linux.h"
#include "proctext.h"

enum { CLIENTS_MAX = 64 };

static bool has_nvml, has_kfd, has_drm;
static int64_t shown_at_ns;		/* the look that was shown last */

void
gpu_open(void)
{
	shown_at_ns = 0;
	has_nvml = nvml_open() == 0;
	has_kfd = access("/sys/class/kfd/kfd/proc", R_OK | X_OK) == 0;
	has_drm = access("/dev/dri", R_OK | X_OK) == 0;
}

void
gpu_close(void)
{
	nvml_close();
	has_nvml = false;
}

const char *
gpu_missing(void)
{
	return has_nvml || has_kfd || has_drm ? NULL :
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
		snprintf(path, sizeof(path), "/sys/class/kfd/kfd/proc/%d/%.200s",
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

/* Several descriptors may be one client: each counts once. */
static bool
is_new_client(struct proctext_drm *seen, size_t *n,
    const struct proctext_drm *d)
{
	for (size_t i = 0; i < *n; i++)
		if (seen[i].client == d->client &&
		    strcmp(seen[i].pdev, d->pdev) == 0)
			return false;
	if (*n == CLIENTS_MAX)
		return false;
	seen[(*n)++] = *d;
	return true;
}

static int64_t
drm_bytes(int pid)
{
	struct proctext_drm seen[CLIENTS_MAX], drm;
	char path[320], text[4096];
	int64_t sum = -1;
	struct dirent *e;
	size_t n = 0;
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
		    drm.vram >= 0 && is_new_client(seen, &n, &drm))
			sum = (sum < 0 ? 0 : sum) + drm.vram;
	}
	closedir(d);
	return sum;
}

int64_t
gpu_process_bytes(int pid)
{
	int64_t bytes = -1;
	struct gpu_machine m;

	if (has_nvml && gpu_peek(&m) == 0 && m.at_ns != shown_at_ns)
		bytes = nvml_process_bytes(pid);
	if (bytes < 0 && has_kfd)
		bytes = kfd_bytes(pid);
	if (bytes < 0 && has_drm)
		bytes = drm_bytes(pid);
	return bytes;
}

int
gpu_peek(struct gpu_machine *out)
{
	struct nvml_machine m;

	if (!has_nvml)
		return -1;
	nvml_machine(&m);
	*out = (struct gpu_machine){ .at_ns = m.at_ns, .used_bytes = m.used,
	    .energy_nj = m.energy_nj };
	return 0;
}

int
gpu_machine(struct gpu_machine *out)
{
	if (gpu_peek(out) == -1 || out->at_ns == shown_at_ns)
		return -1;
	shown_at_ns = out->at_ns;
	return 0;
}
