#include "truth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "xalloc.h"

enum { FLUSH_AT = 1 << 20 };

struct truth {
	char *path;
	int fd;			/* -1: nobody listens, or a write failed */
	bool is_broken;
	struct buf out;
	struct json json;
};

struct truth *
truth_open(const char *path)
{
	struct truth *t = xcalloc(1, sizeof(*t));

	t->fd = -1;
	if (path == NULL)
		return t;
	t->path = xstrdup(path);
	t->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (t->fd == -1) {
		diag_warn("%s", path);
		free(t->path);
		free(t);
		return NULL;
	}
	return t;
}

void
truth_flush(struct truth *t)
{
	size_t done = 0;
	ssize_t n;

	while (t->fd != -1 && done < t->out.len) {
		n = write(t->fd, t->out.data + done, t->out.len - done);
		if (n >= 0) {
			done += (size_t)n;
		} else if (errno != EINTR) {
			diag_warn("%s: the truth log ends here", t->path);
			close(t->fd);
			t->fd = -1;
			t->is_broken = true;
		}
	}
	buf_clear(&t->out);
}

int
truth_close(struct truth *t)
{
	int rc;

	if (t == NULL)
		return 0;
	truth_flush(t);
	if (t->fd != -1 && close(t->fd) == -1) {
		diag_warn("%s", t->path);
		t->is_broken = true;
	}
	rc = t->is_broken ? -1 : 0;
	buf_fini(&t->out);
	free(t->path);
	free(t);
	return rc;
}

struct json *
truth_begin(struct truth *t, const char *type)
{
	json_init(&t->json, &t->out);
	json_object(&t->json, NULL);
	json_str(&t->json, "type", type);
	return &t->json;
}

void
truth_end(struct truth *t)
{
	json_end_line(&t->json);
	if (t->fd == -1)
		buf_clear(&t->out);
	else if (t->out.len > FLUSH_AT)
		truth_flush(t);
}

bool
truth_is_on(const struct truth *t)
{
	return t->fd != -1;
}
