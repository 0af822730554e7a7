#ifndef LMG_LIB_CMDLINE_H
#define LMG_LIB_CMDLINE_H

/*
 * The command line: what a program (or a command of it) takes is a table, a
 * row for each option, from which it is read and --help is written.  A row
 * goes into the manual page, too (tests/cli/38-house.bats compares them).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cmdline_kind {
	CMDLINE_FLAG,		/* bool: true */
	CMDLINE_WORD,		/* an enum: lo */
	CMDLINE_TEXT,		/* const char *: the value, borrowed; not "" */
	CMDLINE_LIST,		/* char **: names parted by commas, up to a
				 * NULL, behind those of the option before;
				 * field_free_texts() */
	CMDLINE_INTEGER,	/* int64_t: lo to hi; hi 0: no limit */
	CMDLINE_DURATION,	/* int64_t in ns: lo or more */
	CMDLINE_NUMBER,		/* double: lo to hi */
	CMDLINE_TAKE		/* take() does it, and leaves on misuse */
};

struct cmdline_option {
	char letter;		/* 0: none */
	const char *name;	/* NULL: only the letter */
	const char *value;	/* what help calls it; NULL: none is taken */
	const char *help;	/* one line, or several */
	enum cmdline_kind kind;
	size_t at;		/* offset of what it sets */
	int64_t lo, hi;
	void (*take)(void *into, char *value);
};

struct cmdline {
	const char *command;	/* "plan" of "lmsdrive plan", or NULL */
	const char *head, *tail;	/* of --help, around the options */
	const struct cmdline_option *options;
	size_t n_options;
	int min, max;		/* operands; max -1: no limit */
	const char *wants;	/* said of fewer than min */
	bool passes_on;		/* the first operand is a command, and all
				 * that is behind it the command's */
};

/* The options of a command, by the name of their table. */
#define CMDLINE_OPTIONS(table) \
	.options = (table), .n_options = sizeof(table) / sizeof((table)[0])

/*
 * Read argv into the struct at into; -h and --help are there without a row,
 * as -V and --version are where command is NULL.  Returns the index
 * of the first operand (argv gets sorted).  Leaves the process with EXIT_DONE
 * behind help and version, with EXIT_USAGE on misuse.
 */
int cmdline_read(const struct cmdline *c, void *into, int argc, char *argv[]);

#endif
