#include "commands.h"
#include "diag.h"
int cmd_doctor(int argc, char *argv[]) { (void)argc; (void)argv; return EXIT_DONE; }
