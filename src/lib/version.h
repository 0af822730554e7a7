#ifndef LMG_LIB_VERSION_H
#define LMG_LIB_VERSION_H

/* The release, recorded in every run; the one place that has it. */
#define LMGAUGE_VERSION "0.1.0"

/* Print "TOOL VERSION (COMMIT)" to stdout; without the commit where the
 * sources do not know it. */
void version_print(void);

#endif
