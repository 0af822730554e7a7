#ifndef LMG_MEMSAMPLE_TREE_WATCHED_H
#define LMG_MEMSAMPLE_TREE_WATCHED_H

/*
 * What the user named (a port, a pid, a name, a command), and finding the
 * root processes that it means now.
 */

#include <stdbool.h>
#include <stddef.h>

#include "tree/plat.h"

enum { WATCHED_PORTS_MAX = 64 };

struct watched {
	int pid;			/* 0: none */
	const char *name;		/* shell pattern, or NULL */
	int ports[WATCHED_PORTS_MAX];
	char processes[WATCHED_PORTS_MAX][PLAT_NAME_CAP];
				/* in place of the port's owner: a pid, a name,
				 * or "-" for none; "": the owner */
	size_t n_ports;
};

/* A root, and the port that led to it (0: none did). */
struct watched_root {
	struct plat_id id;
	int port;
};

struct watched_roots {
	struct watched_root *v;		/* the caller frees it */
	size_t n, cap;
};

/* Is anything named at all? */
bool watched_is_set(const struct watched *t);

/* Add a port (once).  Returns false when it was there or there is no room. */
bool watched_add_port(struct watched *t, int port);

/* Whose memory is meant by a port that was added.  Returns true when that is
 * another than before. */
bool watched_set_process(struct watched *t, int port, const char *process);

/*
 * The roots, now, into the empty roots.  A port's owner that belongs to an
 * application of several processes (LM Studio) stands for the topmost of them.
 * A name matches a process's name or its executable's base name; we ourselves
 * are never meant.  Returns false when there is none, but a port is taken by a
 * process that cannot be seen.
 */
bool watched_find(const struct watched *t, struct plat *p,
    struct watched_roots *roots);

/*
 * Workers of the application (LM Studio) that one of roots is the main process
 * of, which lost their parent before we came: no tree leads to them.  Into the
 * empty out, with that root's port; none for other servers.
 */
void watched_orphans(struct plat *p, const struct watched_roots *roots,
    struct watched_roots *out);

/* "port 1234", "process 17", "name node", for messages.  Returns out. */
char *watched_text(const struct watched *t, char *out, size_t cap);

#endif
