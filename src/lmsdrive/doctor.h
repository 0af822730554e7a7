#ifndef LMG_DOCTOR_H
#define LMG_DOCTOR_H

/* What "lmsdrive doctor" asks of the platform (doctor_linux.c,
 * doctor_darwin.c). */

enum doctor_mark { DOCTOR_OK, DOCTOR_WARN, DOCTOR_FAIL };

typedef void doctor_tell_fn(void *arg, enum doctor_mark mark,
    const char *line);

/* Look at what makes measurements wrong or impossible here. */
void doctor_platform(doctor_tell_fn *tell, void *arg);

#endif
