#ifndef LMG_METRICSAGG_CMD_COMPARE_H
#define LMG_METRICSAGG_CMD_COMPARE_H

/*
 * metricsagg compare BASE NEW: a verdict, as exit status too, and a table of
 * what changed.  argv[0] is "compare".  Returns the status for main().
 */
int cmd_compare(int argc, char *argv[]);

#endif
