#ifndef LMG_MEMSAMPLE_SHOW_REPORT_H
#define LMG_MEMSAMPLE_SHOW_REPORT_H

/* What this machine can tell, for people, on stdout. */

/* --counters: every counter, and why it is missing.  Returns the status. */
int report_counters(void);

/*
 * --self-check: compare the counters with each other and with a known
 * allocation of our own.  Returns EXIT_DONE when all agree, EXIT_NO when some
 * do not.
 */
int report_self_check(void);

#endif
