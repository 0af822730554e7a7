#include "host.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The value behind key in a "key<sep>value" file, without quotes. */
static void
read_value(const char *path, const char *key, char sep, char *out, size_t cap)
{
	char line[512], *v;
	FILE *fp = fopen(path, "re");

	out[0] = '\0';
	if (fp == NULL)
		return;
	while (fgets(line, sizeof(line), fp) != NULL) {
		if (strncmp(line, key, strlen(key)) != 0 ||
		    (v = strchr(line, sep)) == NULL)
			continue;
		v += 1 + strspn(v + 1, " \t\"");
		v[strcspn(v, "\"\n")] = '\0';
		snprintf(out, cap, "%s", v);
		break;
	}
	fclose(fp);
}

static void
read_line(const char *path, char *out, size_t cap)
{
	FILE *fp = fopen(path, "re");

	out[0] = '\0';
	if (fp == NULL)
		return;
	if (fgets(out, (int)cap, fp) == NULL)
		out[0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	fclose(fp);
}

void
host_read(struct host *h)
{
	struct utsname u;
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	memset(h, 0, sizeof(*h));
	snprintf(h->os, sizeof(h->os), "Linux");
	if (uname(&u) == 0) {
		snprintf(h->kernel, sizeof(h->kernel), "%s", u.release);
		snprintf(h->arch, sizeof(h->arch), "%.31s", u.machine);
	}
	read_value("/etc/os-release", "PRETTY_NAME", '=', h->os_version,
	    sizeof(h->os_version));
	read_value("/proc/cpuinfo", "model name", ':', h->cpu, sizeof(h->cpu));
	read_line("/proc/sys/kernel/random/boot_id", h->boot_id,
	    sizeof(h->boot_id));
	h->cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
	h->page_bytes = page;
	h->memory_bytes = pages > 0 && page > 0 ? (int64_t)pages * page : -1;
}

int64_t
host_own_peak_rss_bytes(void)
{
	char text[64];
	long long kib;

	read_value("/proc/self/status", "VmHWM", ':', text, sizeof(text));
	return sscanf(text, "%lld", &kib) == 1 ? kib * 1024 : -1;
}
