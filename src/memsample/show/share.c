#include "show/share.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "json.h"
#include "xalloc.h"

void
share_write(const char *path, const struct sample *m, int64_t t_ns)
{
	char *tmp = xasprintf("%s.%d.tmp", path, (int)getpid());
	struct buf out = BUF_INIT;
	struct json j;
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	json_init(&j, &out);
	json_object(&j, NULL);
	json_count(&j, "rss_bytes", m->sum.v[COUNTER_RSS]);
	json_count(&j, "footprint_bytes", m->sum.v[COUNTER_FOOTPRINT]);
	json_int(&j, "t_ns", t_ns);
	json_end_line(&j);
	if (fd != -1) {
		bool ok = write(fd, out.data, out.len) == (ssize_t)out.len;

		if (close(fd) == -1 || !ok || rename(tmp, path) == -1)
			unlink(tmp);
	}
	buf_fini(&out);
	free(tmp);
}

void
share_remove(const char *path)
{
	unlink(path);
}
