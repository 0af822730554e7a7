#include "wire.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

void
wire_init(struct wire *w, int fd, bool is_chunked)
{
	int on = 1;

	memset(w, 0, sizeof(*w));
	w->fd = fd;
	w->is_chunked = is_chunked;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void
wire_fini(struct wire *w)
{
	buf_fini(&w->pending);
}

size_t
wire_waiting(const struct wire *w)
{
	return w->pending.len - w->start;
}

void
wire_flush(struct wire *w)
{
	ssize_t n;

	while (w->is_open && !w->is_gone && wire_waiting(w) > 0) {
		n = send(w->fd, w->pending.data + w->start, wire_waiting(w),
		    MSG_DONTWAIT);
		if (n >= 0)
			w->start += (size_t)n;
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			break;
		else if (errno != EINTR)
			w->is_gone = true;
	}
	if (w->is_gone || wire_waiting(w) == 0) {
		buf_clear(&w->pending);
		w->start = 0;
	} else if (w->start > 1 << 20) {
		buf_consume(&w->pending, w->start);
		w->start = 0;
	}
}

void
wire_open(struct wire *w)
{
	w->is_open = true;
	wire_flush(w);
}

static void
add_chunk(struct wire *w, const char *data, size_t len)
{
	if (w->is_chunked)
		buf_addf(&w->pending, "%zx\r\n", len);
	buf_add(&w->pending, data, len);
	if (w->is_chunked)
		buf_add(&w->pending, "\r\n", 2);
}

void
wire_send(struct wire *w, const char *data, size_t len)
{
	w->bytes += (int64_t)len;
	if (len == 0 || w->is_gone)
		return;
	if (w->is_split) {
		for (size_t i = 0; i < len; i++) {
			add_chunk(w, data + i, 1);
			wire_flush(w);
		}
	} else {
		add_chunk(w, data, len);
		wire_flush(w);
	}
}

bool
wire_check(struct wire *w)
{
	char c;
	ssize_t n;

	if (w->is_gone)
		return true;
	n = recv(w->fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EWOULDBLOCK &&
	    errno != EINTR))
		w->is_gone = true;
	return w->is_gone;
}

void
wire_reset(struct wire *w)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	struct sockaddr none;

	setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	/* Dissolving the association resets it, before anyone says FIN. */
	memset(&none, 0, sizeof(none));
	none.sa_family = AF_UNSPEC;
	(void)connect(w->fd, &none, sizeof(none));
	w->is_gone = true;
}
