#ifndef LMG_TESTS_LMSIM_HTTP_IN_H
#define LMG_TESTS_LMSIM_HTTP_IN_H

/*
 * Just enough HTTP/1.1 for the generator of known schedule (blast.h), which
 * must not spend its time in a library: one request at a time, a body with
 * Content-Length.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_in {
	char method[8];
	char path[128];		/* without query, cut to fit */
	size_t head_len;	/* with the empty line */
	size_t body_len;
	bool wants_continue;	/* Expect: 100-continue */
	bool wants_close;	/* Connection: close, or HTTP/1.0 */
};

enum http_in_result { HTTP_IN_MORE, HTTP_IN_DONE, HTTP_IN_BAD };

/* Bounds on what a request may have. */
enum { HTTP_IN_HEAD_MAX = 65536, HTTP_IN_BODY_MAX = 64 * 1024 * 1024 };

/*
 * Look at the len bytes that have come.  _MORE: the header is not complete, or
 * (*h filled, head_len > 0) the body is not.  _DONE: head_len + body_len bytes
 * are one request.  _BAD: not HTTP as we speak it.
 */
enum http_in_result http_in_parse(struct http_in *h, const char *data,
    size_t len);

#endif
