#ifndef LMG_TERMINAL_H
#define LMG_TERMINAL_H

#include <stddef.h>

/* How many characters fit on a line of the terminal at fd now; 80 when it
 * does not tell. */
size_t terminal_columns(int fd);

#endif
