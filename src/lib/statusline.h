#ifndef LMG_LIB_STATUSLINE_H
#define LMG_LIB_STATUSLINE_H

/*
 * What is going on, for people: one line that is redrawn in place on a
 * terminal, at most five times a second.  Its text is made of parts with two
 * spaces between them, the most telling first: a narrow terminal loses whole
 * parts, the last first.
 */

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct statusline {
	int fd;			/* the terminal */
	size_t columns;		/* 0: as many as it has when it is drawn */
	bool is_dim;		/* beside other output; NO_COLOR forbids it */
	bool is_drawn;
	int64_t drawn_ns;	/* when it was last; 0: never */
};

/* The line at fd.  Returns false where none can be redrawn. */
bool statusline_init(struct statusline *s, int fd);

/* Is it time to draw it again? */
bool statusline_is_due(const struct statusline *s, int64_t now_ns);

/*
 * Append to out what shows text; control characters in it become '?'.  Behind
 * it stands last (in ASCII), which a narrow terminal does not lose.
 */
void statusline_put(struct statusline *s, struct buf *out, const char *text,
    const char *last, int64_t now_ns);

/* The same to stderr, at once. */
void statusline_show(struct statusline *s, const char *text, const char *last);

/* How many bytes of text fit into so many columns: whole parts, or what there
 * is of the first. */
size_t statusline_fit(const char *text, size_t columns);

/* Take it off the terminal at stderr, before other output. */
void statusline_clear(struct statusline *s);

#endif
