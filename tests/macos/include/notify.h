#ifndef LMG_MACOS_NOTIFY_H
#define LMG_MACOS_NOTIFY_H

/* The part of <notify.h> that we use, for check-macos: the compiler brings
 * libSystem's symbols but not this header.  See notify(3) on a Mac. */

#include <stdint.h>

#define NOTIFY_STATUS_OK 0

uint32_t notify_register_check(const char *name, int *out_token);
uint32_t notify_get_state(int token, uint64_t *state64);
uint32_t notify_cancel(int token);

#endif
