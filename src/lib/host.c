#include "host.h"

#include <string.h>
#include <unistd.h>

#include "url.h"

static const char *
known(const char *s)
{
	return s[0] != '\0' ? s : NULL;
}

void
host_write(struct json *j, const struct host *h)
{
	json_object(j, "host");
	json_str(j, "os", known(h->os));
	json_str(j, "os_version", known(h->os_version));
	json_str(j, "kernel", known(h->kernel));
	json_str(j, "arch", known(h->arch));
	json_str(j, "cpu", known(h->cpu));
	json_count(j, "cores", h->cores);
	json_count(j, "memory_bytes", h->memory_bytes);
	json_count(j, "page_bytes", h->page_bytes);
	json_close(j);
}

bool
host_is_at(const char *url)
{
	char name[256] = "";

	if (gethostname(name, sizeof(name) - 1) == -1)
		name[0] = '\0';
	return url_problem(url) != NULL || url_is_host(url, name);
}

bool
host_passes_on(const char *process)
{
	static const char *const names[] = {
		"docker-proxy", "com.docker.backend", "rootlessport",
		"rootlesskit", "gvproxy", "slirp4netns", "pasta", "passt",
		"OrbStack Helper", "nginx", "haproxy", "envoy", "caddy",
		"traefik", "socat", "ssh", "sshd", "sshd-session", "ncat",
		"stunnel", "stunnel4", "kubectl", "systemd-socket-proxyd"
	};

	/* Of a name the system keeps fifteen characters. */
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(process, names[i], 15) == 0)
			return true;
	return false;
}
