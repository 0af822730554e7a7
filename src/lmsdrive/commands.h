#ifndef LMG_LMSDRIVE_COMMANDS_H
#define LMG_LMSDRIVE_COMMANDS_H

/*
 * The subcommands of lmsdrive, as lmsdrive(1) describes them.  Each gets the
 * arguments from its own name on (argv[0] is "plan") and returns an
 * exit status of diag.h.
 */

int cmd_plan(int argc, char *argv[]);
int cmd_run(int argc, char *argv[]);
int cmd_init(int argc, char *argv[]);
int cmd_models(int argc, char *argv[]);
int cmd_load(int argc, char *argv[]);
int cmd_unload(int argc, char *argv[]);
int cmd_doctor(int argc, char *argv[]);
int cmd_calibrate(int argc, char *argv[]);

#endif
