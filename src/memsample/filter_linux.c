#define _GNU_SOURCE
#include "filter_linux.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <sys/socket.h>

static void
put(struct filter *f, int op, unsigned k, int jt, int jf)
{
	f->code[f->n++] = (struct sock_filter){ .code = (unsigned short)op,
	    .jt = (unsigned char)jt, .jf = (unsigned char)jf, .k = k };
}

static void
put_load(struct filter *f, unsigned at)
{
	put(f, BPF_LD | BPF_W | BPF_ABS, at, 0, 0);
}

void
filter_return(struct filter *f, unsigned bytes)
{
	put(f, BPF_RET | BPF_K, bytes, 0, 0);
}

void
filter_drop_others(struct filter *f, unsigned at, unsigned bits)
{
	put_load(f, at);
	put(f, BPF_JMP | BPF_JSET | BPF_K, htonl(bits), 1, 0);
	filter_return(f, 0);
}

void
filter_same(struct filter *f, unsigned at, unsigned other_at)
{
	put_load(f, at);
	put(f, BPF_MISC | BPF_TAX, 0, 0, 0);
	put_load(f, other_at);
	put(f, BPF_JMP | BPF_JEQ | BPF_X, 0, 1, 0);
	filter_return(f, 0);
}

/* Skip to filter_end() unless what was loaded is value. */
static int
begin(struct filter *f, unsigned value)
{
	put(f, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
	put(f, BPF_JMP | BPF_JA, 0, 0, 0);
	return f->n - 1;
}

int
filter_begin_if(struct filter *f, unsigned at, unsigned value)
{
	put_load(f, at);
	return begin(f, htonl(value));		/* BPF loads big-endian */
}

int
filter_begin_if_half(struct filter *f, unsigned at, unsigned short value)
{
	put(f, BPF_LD | BPF_H | BPF_ABS, at, 0, 0);
	return begin(f, htons(value));
}

void
filter_end(struct filter *f, int begin_at)
{
	f->code[begin_at].k = (unsigned)(f->n - begin_at - 1);
}

void
filter_take_pids(struct filter *f, unsigned at, const struct filter_pids *pids)
{
	if (pids->n > FILTER_PIDS_MAX) {
		filter_return(f, FILTER_ALL);
		return;
	}
	put_load(f, at);
	for (size_t i = 0; i < pids->n; i++) {
		put(f, BPF_JMP | BPF_JEQ | BPF_K,
		    htonl((unsigned)pids->v[i]), 0, 1);
		filter_return(f, FILTER_ALL);
	}
}

void
filter_take_newer(struct filter *f, unsigned at, int limit)
{
	bool is_little = htonl(1) != 1;

	/* Byte by byte, the highest first: pids have three. */
	for (unsigned i = 0; i < 3; i++) {
		put(f, BPF_LD | BPF_B | BPF_ABS,
		    is_little ? at + 2 - i : at + 1 + i, 0, 0);
		if (i > 0)
			put(f, BPF_ALU | BPF_OR | BPF_X, 0, 0, 0);
		if (i < 2) {
			put(f, BPF_ALU | BPF_LSH | BPF_K, 8, 0, 0);
			put(f, BPF_MISC | BPF_TAX, 0, 0, 0);
		}
	}
	put(f, BPF_JMP | BPF_JGT | BPF_K, limit > 0 ? (unsigned)limit : 0, 0,
	    1);
	filter_return(f, FILTER_ALL);
}

void
filter_attach(struct filter *f, int fd)
{
	struct sock_fprog prog = { .len = f->n,
	    .filter = f->code };

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}
