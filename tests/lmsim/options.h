#ifndef LMG_TESTS_LMSIM_OPTIONS_H
#define LMG_TESTS_LMSIM_OPTIONS_H

/* The command line; see options.c for the text of --help. */

#include <stdint.h>

struct options {
	int64_t port, seed;
	const char *bind, *models, *truth, *port_file;
	double scale;		/* 0: the file's own */
};

/* Fill *o; leaves with EXIT_USAGE on misuse, 0 on --help and --version. */
void options_parse(struct options *o, int argc, char *argv[]);

#endif
