#include "host.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysctl.h>
#include <sys/types.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

static void
sysctl_text(const char *name, char *out, size_t cap)
{
	size_t len = cap - 1;

	memset(out, 0, cap);
	if (sysctlbyname(name, out, &len, NULL, 0) != 0)
		out[0] = '\0';
}

void
host_read(struct host *h)
{
	struct utsname u;
	char version[64];
	uint64_t bytes = 0;
	size_t len = sizeof(bytes);

	memset(h, 0, sizeof(*h));
	snprintf(h->os, sizeof(h->os), "macOS");
	if (uname(&u) == 0) {
		snprintf(h->kernel, sizeof(h->kernel), "%.127s", u.release);
		snprintf(h->arch, sizeof(h->arch), "%.31s", u.machine);
	}
	sysctl_text("kern.osproductversion", version, sizeof(version));
	snprintf(h->os_version, sizeof(h->os_version), "macOS %s", version);
	sysctl_text("machdep.cpu.brand_string", h->cpu, sizeof(h->cpu));
	sysctl_text("kern.bootsessionuuid", h->boot_id, sizeof(h->boot_id));
	h->cores = (int)sysconf(_SC_NPROCESSORS_ONLN);
	h->page_bytes = sysconf(_SC_PAGESIZE);
	h->memory_bytes = -1;
	if (sysctlbyname("hw.memsize", &bytes, &len, NULL, 0) == 0)
		h->memory_bytes = (int64_t)bytes;
}

int64_t
host_own_peak_rss_bytes(void)
{
	struct rusage u;

	/* Bytes here, where Linux has KiB; and each exec starts anew. */
	return getrusage(RUSAGE_SELF, &u) == 0 ? (int64_t)u.ru_maxrss : -1;
}
