#ifndef LMG_LMSDRIVE_DOCTOR_H
#define LMG_LMSDRIVE_DOCTOR_H

/* What "lmsdrive doctor" asks of the platform (doctor_linux.c,
 * doctor_darwin.c). */

#include "preflight/preflight.h"

/* Look at what makes measurements wrong or impossible here. */
void doctor_platform(struct preflight *p);

#endif
