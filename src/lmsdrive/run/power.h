#ifndef LMG_LMSDRIVE_RUN_POWER_H
#define LMG_LMSDRIVE_RUN_POWER_H

/* What the machine lives on, whether it saves and how hot it is, where the
 * platform tells.  power_linux.c and power_darwin.c read it. */

struct power {
	int on_battery;		/* 1, 0; -1: unknown */
	int low_power;		/* a mode that saves energy: 1, 0; -1 */
	char governor[32];	/* of the CPU's frequency; "": none */
};

/* What is worse now than it was before, for people; NULL: nothing. */
const char *power_worse(const struct power *before, const struct power *now);

struct thermal {
	double celsius;		/* the hottest sensor; NAN: unknown */
	int level;		/* how hard the system throttles, 0: not at all;
				 * -1: unknown */
};

/* Read them.  root is a folder that stands before /sys, "" but in tests. */
void power_read(struct power *w, const char *root);
void thermal_read(struct thermal *t, const char *root);

#endif
