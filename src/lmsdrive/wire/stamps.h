#ifndef LMG_LMSDRIVE_WIRE_STAMPS_H
#define LMG_LMSDRIVE_WIRE_STAMPS_H

/*
 * The receive time that the kernel keeps of every packet, of what waits in a
 * socket, on the monotonic clock.  stamps_linux.c: SO_TIMESTAMPNS, converted
 * from the wall clock; stamps_darwin.c: XNU stamps datagrams only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { STAMP_NONE = -1, STAMP_RESET = -2 };

struct stamps {
	int keeper;		/* asks for stamps, and stays open */
	int64_t offset_ns;	/* monotonic minus wall clock */
	bool has_offset;
	bool has_any;		/* a packet had one */
};

/* Returns -1 where there are none for TCP; s needs no stamps_close() then. */
int stamps_open(struct stamps *s);
void stamps_close(struct stamps *s);

/* Ask for stamps on the new TCP socket fd, before it connects. */
void stamps_ask(int fd);

/* As arrival_sync(). */
void stamps_sync(struct stamps *s, int64_t now_ns);

/*
 * Copy at most len of the bytes that wait in fd, and leave them there; bytes
 * NULL: count them only.  *got: how many.  Returns the stamp of the last
 * packet that they are from; STAMP_NONE where nothing waits, or the stamp
 * cannot be true (later than now, or over a minute old: the wall clock was
 * stepped); STAMP_RESET when the connection was reset.
 */
int64_t stamps_peek(struct stamps *s, int fd, char *bytes, size_t len,
    size_t *got);

/* How many segments with data came to fd so far, modulo 2^32; *waiting: how
 * many bytes wait, -1: not known. */
uint32_t stamps_segments(int fd, int *waiting);

#endif
