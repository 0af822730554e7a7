/*
 * lmsdrive: drives a local LLM server and times what comes back.
 *
 *	config -> plan -> step			lmsdrive plan
 *	step -> steps -> schedule -> body -> transfer -> arrival
 *	     -> sse -> dialect -> exchange -> output	lmsdrive run
 */

#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "diag.h"
#include "nearest.h"
#include "version.h"

static const struct command {
	const char *name;
	int (*run)(int argc, char *argv[]);
	const char *what;
} commands[] = {
	{ "plan", cmd_plan, "CONFIG: what would be done, one step per line" },
	{ "run", cmd_run, "[PLAN]: do the steps, write records" },
	{ "init", cmd_init, "a configuration for what the server has" },
	{ "models", cmd_models, "the server's models" },
	{ "load", cmd_load, "MODEL: load it, and say what was loaded" },
	{ "unload", cmd_unload, "INSTANCE: unload it" },
	{ "doctor", cmd_doctor, "[CONFIG]: can this run? what is missing?" },
	{ "calibrate", cmd_calibrate, "how exact is the client here?" },
};

enum { N_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int
help(void)
{
	puts("usage: lmsdrive COMMAND [OPTION...] [ARGUMENT...]\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-9s %s\n", commands[i].name, commands[i].what);
	puts("\nlmsdrive COMMAND --help tells its options; lmsdrive(1) all.");
	return EXIT_DONE;
}

static int
unknown(const char *word)
{
	const char *names[N_COMMANDS + 1] = { NULL }, *near;

	for (size_t i = 0; i < N_COMMANDS; i++)
		names[i] = commands[i].name;
	near = nearest_word(word, names);
	if (word[0] == '-')
		diag_warnx("there is no option '%s'", word);
	else if (near != NULL)
		diag_warnx("unknown command \"%s\": did you mean %s?", word,
		    near);
	else
		diag_warnx("unknown command \"%s\"", word);
	diag_usage();
}

int
main(int argc, char *argv[])
{
	diag_init(argv[0]);
	if (argc < 2) {
		diag_warnx("a command is missing");
		diag_usage();
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return diag_finish(help());
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		version_print();
		return diag_finish(EXIT_DONE);
	}
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return diag_finish(commands[i].run(argc - 1, argv + 1));
	return unknown(argv[1]);
}
