#ifndef LMG_LMSDRIVE_RUN_POWER_H
#define LMG_LMSDRIVE_RUN_POWER_H

/* What the machine lives on and whether it saves, where the platform tells.
 * power_linux.c and power_darwin.c read it. */

struct power {
	int on_battery;		/* 1, 0; -1: unknown */
	int low_power;		/* a mode that saves energy: 1, 0; -1 */
	char governor[32];	/* of the CPU's frequency; "": none */
};

/* What is worse now than it was before, for people; NULL: nothing. */
const char *power_worse(const struct power *before, const struct power *now);

/* Read *w.  root is a folder that stands before /sys, "" but in tests. */
void power_read(struct power *w, const char *root);

#endif
