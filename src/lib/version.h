#ifndef LMG_VERSION_H
#define LMG_VERSION_H

/* The release, printed by --version and recorded in every run. */
#define LMGAUGE_VERSION "0.1.0"

#endif
