#ifndef LMG_TESTS_LMSIM_LISTEN_H
#define LMG_TESTS_LMSIM_LISTEN_H

/* The listening socket: loopback only, whatever one asks for. */

/* Is address one of this machine's loopback?  0, or -1 after a message. */
int listen_check(const char *address);

/*
 * Listen on address (one that listen_check() lets pass), port 0: any.
 * Returns the descriptor (non-blocking) and stores the port, or -1 after a
 * message.
 */
int listen_on(const char *address, int port, int *actual);

#endif
