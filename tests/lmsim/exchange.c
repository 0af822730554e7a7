#include "exchange.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "job.h"
#include "sim.h"
#include "xalloc.h"

struct exchange *
exchange_new(struct sim *sim, struct MHD_Connection *conn,
    const char *method, const char *path, bool is_http11)
{
	struct exchange *x = xcalloc(1, sizeof(*x));

	x->sim = sim;
	x->conn = conn;
	x->method = xstrdup(method);
	x->path = xstrdup(path);
	x->is_http11 = is_http11;
	x->content_type = "application/json; charset=utf-8";
	x->next = sim->exchanges;
	if (x->next != NULL)
		x->next->prev = x;
	sim->exchanges = x;
	return x;
}

void
exchange_free(struct exchange *x)
{
	if (x->prev != NULL)
		x->prev->next = x->next;
	else
		x->sim->exchanges = x->next;
	if (x->next != NULL)
		x->next->prev = x->prev;
	free(x->path);
	free(x->method);
	buf_fini(&x->body);
	buf_fini(&x->reply);
	wire_fini(&x->wire);
	free(x);
}

static void
suspend(struct exchange *x)
{
	if (!x->is_suspended) {
		x->is_suspended = true;
		MHD_suspend_connection(x->conn);
	}
}

static void
resume(struct exchange *x)
{
	if (x->is_suspended) {
		x->is_suspended = false;
		MHD_resume_connection(x->conn);
		x->sim->has_resumed = true;
	}
}

void
exchange_wait(struct exchange *x)
{
	x->state = X_WAITING;
}

void
exchange_reply(struct exchange *x, int status)
{
	x->status = status;
	x->state = X_REPLIED;
	resume(x);
}

void
exchange_stream(struct exchange *x)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(x->conn,
	    MHD_CONNECTION_INFO_CONNECTION_FD);

	wire_init(&x->wire, info->connect_fd, x->is_http11);
	x->status = MHD_HTTP_OK;
	x->state = X_STREAMING;
	resume(x);
}

void
exchange_end(struct exchange *x, enum stream_end end)
{
	x->end = end;
	x->state = X_ENDING;
	/* What still waits for the socket goes first (see sim.c). */
	if (x->wire.is_open &&
	    (wire_waiting(&x->wire) == 0 || x->wire.is_gone))
		resume(x);
}

/* libmicrohttpd asks for body bytes: after the header, and at the end. */
static ssize_t
read_stream(void *arg, uint64_t pos, char *out, size_t max)
{
	struct exchange *x = arg;

	(void)pos;
	(void)out;
	(void)max;
	if (!x->wire.is_open)
		wire_open(&x->wire);
	if (x->wire.is_gone)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (x->state == X_ENDING && wire_waiting(&x->wire) == 0)
		return x->end == STREAM_OK ? MHD_CONTENT_READER_END_OF_STREAM :
		    MHD_CONTENT_READER_END_WITH_ERROR;
	suspend(x);
	return 0;
}

/* As it stands, or the date in two seconds. */
static void
add_retry_after(struct MHD_Response *r, const char *value)
{
	time_t then = time(NULL) + 2;
	char date[64];
	struct tm tm;

	if (strcmp(value, "date") == 0) {
		strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT",
		    gmtime_r(&then, &tm));
		value = date;
	}
	MHD_add_response_header(r, "Retry-After", value);
}

static void
add_headers(struct MHD_Response *r, const struct exchange *x)
{
	MHD_add_response_header(r, "Server",
	    x->sim->catalogue->imitates == AS_MLX_LM ?
	    "BaseHTTP/0.6 lmsim" : "lmsim");
	MHD_add_response_header(r, "Content-Type", x->content_type);
	if (x->location != NULL)
		MHD_add_response_header(r, "Location", x->location);
	if (x->retry_after != NULL)
		add_retry_after(r, x->retry_after);
}

int
exchange_queue(struct exchange *x)
{
	struct MHD_Response *r;
	enum MHD_Result rc;

	if (x->state == X_WAITING || x->state == X_HANDLED) {
		suspend(x);
		return MHD_YES;
	}
	if (x->state == X_STREAMING || x->state == X_ENDING) {
		x->content_type = x->job != NULL &&
		    x->job->dialect->stream_type != NULL ?
		    x->job->dialect->stream_type : "text/event-stream";
		r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024,
		    read_stream, x, NULL);
		if (r != NULL)
			MHD_add_response_header(r, "Cache-Control",
			    "no-cache");
	} else {
		x->state = X_QUEUED;
		r = MHD_create_response_from_buffer(x->reply.len,
		    x->reply.data, MHD_RESPMEM_MUST_COPY);
	}
	if (r == NULL)
		return MHD_NO;
	add_headers(r, x);
	rc = MHD_queue_response(x->conn, (unsigned)x->status, r);
	MHD_destroy_response(r);
	return (int)rc;
}
