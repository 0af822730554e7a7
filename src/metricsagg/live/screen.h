#ifndef LMG_METRICSAGG_LIVE_SCREEN_H
#define LMG_METRICSAGG_LIVE_SCREEN_H

/*
 * Some lines that are redrawn in place on a terminal.  Each is made of parts
 * with two spaces between them; what is too long goes on in the next row,
 * whole parts at a time, indented.  The cursor stays below the lines, and no
 * setting of the terminal is changed: whatever ends the program leaves it sane.
 */

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct screen {
	int fd;
	size_t columns, rows;		/* of the terminal, when last drawn */
	size_t drawn;			/* rows */
	struct buf shown;		/* the text, when last drawn */
};

/* At fd.  Returns false where nothing can be redrawn. */
bool screen_init(struct screen *s, int fd);
void screen_fini(struct screen *s);

/* Show text in place of what was shown, unless that is the same. */
void screen_draw(struct screen *s, const char *text);

#endif
