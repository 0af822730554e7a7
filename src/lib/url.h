#ifndef LMG_LIB_URL_H
#define LMG_LIB_URL_H

/*
 * The address of a server, http://HOST[:PORT][/PATH], and whose it is.  Pure:
 * no name is resolved.
 */

#include <stdbool.h>

/* NULL when text is such an address, else what is expected, for people. */
const char *url_problem(const char *text);

/* The port (80 and 443 by scheme), or -1 when text is no such address. */
int url_port(const char *text);

/* Behind host and port: "" or "/...". */
const char *url_path(const char *text);

/* Is it localhost, an address of the loopback interface, or the one that
 * stands for all of this machine's (0.0.0.0, ::)? */
bool url_is_loopback(const char *text);

/*
 * Is it the machine whose name is hostname?  Loopback, or its name: whole, its
 * first label alone, or with ".local".  vm2, vm-studio and vm.example.org are
 * not vm.
 */
bool url_is_host(const char *text, const char *hostname);

#endif
