#ifndef LMG_TESTS_LMSIM_OPTIONS_H
#define LMG_TESTS_LMSIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* The command line; see options.c for the text of --help. */
struct options {
	int port;
	const char *bind, *models, *truth, *port_file;
	uint64_t seed;
	double scale;		/* 0: the file's own */
	int64_t paced_ns;	/* -1: the simulation; else the generator of
				 * blast.h, one token every paced_ns */
	int64_t first_ns, tokens;
	bool has_role_chunk;
};

/* Fill *o; leaves with EXIT_USAGE on misuse, 0 on --help and --version. */
void options_parse(struct options *o, int argc, char *argv[]);

#endif
