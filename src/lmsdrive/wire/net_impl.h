#ifndef LMG_LMSDRIVE_WIRE_NET_IMPL_H
#define LMG_LMSDRIVE_WIRE_NET_IMPL_H

/*
 * What net.c (the loop around libcurl's multi handle) and transfer.c (one
 * exchange: an easy handle) know of each other.  For nobody else.
 */

#include <curl/curl.h>

#include "transfer.h"

enum { POOL_MAX = 64 };

struct net {
	CURLM *multi;
	struct loop *loop;
	struct arrivals *arrivals;	/* NULL: the callback's clock */
	int64_t curl_at_ns;	/* when libcurl wants to be called */
	int64_t asleep_ns, awake_ns;	/* of this turn */
	bool is_late;		/* it began late */
	size_t served;		/* in the one before */
	uint64_t reads;
	int read_fd;		/* being read just now, else -1 */
	bool is_looked_at;	/* by arrival_look(), before it was read */
	struct transfer *live;
	CURL *pool[POOL_MAX];	/* handles to use again */
	size_t n_pool;
};

struct transfer {
	struct net *net;
	struct transfer *next, *prev;
	struct transfer_request rq;
	CURL *easy;
	struct curl_slist *headers;
	size_t sent;
	int64_t sent_ns;	/* the last byte, last time; 0: not yet */
	int64_t last_ns;	/* when the latest bytes of the body arrived */
	int retries;
	size_t header_bytes;
	int fd;
	bool is_answer_due;	/* on_answer is still to be called */
	bool is_plain;		/* no TLS: the kernel's stamp is usable */
	bool is_crowded;	/* there was no descriptor for it */
	bool is_reset;		/* by the server; libcurl sees an end */
	struct transfer_headers answer;
	char error[CURL_ERROR_SIZE];
};

/* It is over: tell the user, then take the handle back and free t. */
void transfer_finish(struct transfer *t, CURLcode code);

#endif
