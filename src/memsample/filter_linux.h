#ifndef MS_FILTER_LINUX_H
#define MS_FILTER_LINUX_H

/*
 * Socket filters (classic BPF) that let the kernel drop what does not concern
 * the tree: a wake-up spared costs nothing.  A program is written piece by
 * piece; the words it looks at are 32 bits in the machine's order, at a
 * place counted from the start of the datagram.
 */

#include <linux/filter.h>
#include <stddef.h>

enum { FILTER_PIDS_MAX = 256, FILTER_ALL = 0x7fffffff };

/* Which processes: more than FILTER_PIDS_MAX mean every one. */
struct filter_pids {
	int v[FILTER_PIDS_MAX];
	size_t n;
};

struct filter {
	struct sock_filter code[64 + 4 * FILTER_PIDS_MAX];
	unsigned short n;
};

#define FILTER_INIT { .n = 0 }

/* Decide: bytes of the datagram are taken, 0: it is dropped. */
void filter_return(struct filter *f, unsigned bytes);

/* Drop it when its word at that place has none of these bits. */
void filter_drop_others(struct filter *f, unsigned at, unsigned bits);

/* Drop it unless the two words are equal. */
void filter_same(struct filter *f, unsigned at, unsigned other_at);

/*
 * What follows, up to filter_end(), is for datagrams whose word at that place
 * is value; whose half word at that place is.  Returns what filter_end()
 * wants.
 */
int filter_begin_if(struct filter *f, unsigned at, unsigned value);
int filter_begin_if_half(struct filter *f, unsigned at, unsigned short value);
void filter_end(struct filter *f, int begin);

/* Take it when the pid at that place is among pids; is above limit. */
void filter_take_pids(struct filter *f, unsigned at,
    const struct filter_pids *pids);
void filter_take_newer(struct filter *f, unsigned at, int limit);

/*
 * Have the socket use it.  A failure is none: everything comes then, at a
 * higher cost.
 */
void filter_attach(struct filter *f, int fd);

#endif
