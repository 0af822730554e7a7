#ifndef LMG_LMSDRIVE_RUN_THERMAL_H
#define LMG_LMSDRIVE_RUN_THERMAL_H

/* How hot the machine is, where the platform tells.  thermal_linux.c and
 * thermal_darwin.c implement it. */

struct thermal {
	double celsius;		/* the hottest sensor; NAN: unknown */
	int level;		/* how hard the system throttles, 0: not at all;
				 * -1: unknown */
};

/* Read *t.  root is a folder that stands before /sys, "" but in tests. */
void thermal_read(struct thermal *t, const char *root);

#endif
