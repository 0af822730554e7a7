#ifndef LMG_LMSDRIVE_PREFLIGHT_PREFLIGHT_H
#define LMG_LMSDRIVE_PREFLIGHT_PREFLIGHT_H

/*
 * What is asked before the first load, by "lmsdrive doctor" and by "lmsdrive
 * run" alike: can what the plan wants be measured, here and now?
 *
 *	steps -> wants (one per variant) -> servers.c: token, models, context
 *	                                 -> machine.c: memory, load, power, disk
 *
 * What is wrong is told and refused; what only makes figures worse is a
 * warning.
 */

#include <stdbool.h>
#include <stddef.h>

#include "step/step.h"
#include "server/client.h"

enum preflight_mark { PREFLIGHT_OK, PREFLIGHT_WARN, PREFLIGHT_NO };

typedef void preflight_tell_fn(void *arg, enum preflight_mark mark,
    const char *line);

/* A variant, as the plan uses it. */
struct want {
	const struct step *first;	/* its pair, model, server */
	const struct step *longest;	/* the request with the longest
					 * prompt, or NULL */
	struct client *client;		/* NULL: it does not run yet */
	double nominal_bits, effective_bits;	/* per weight: as told, and
					 * size by parameters; NAN: not known */
	int64_t size_bytes;		/* -1: not known */
};

struct preflight {
	preflight_tell_fn *tell;
	void *arg;
	int status;			/* EXIT_DONE, or why it is refused:
					 * EXIT_USAGE before EXIT_SYSTEM */
	const struct step *steps;	/* borrowed */
	size_t n_steps;
	struct want *wants;
	size_t n, cap;
	bool has_looked;		/* at the machine */
};

/* To preflight_fini().  The clients of the wants are for the caller to set. */
void preflight_init(struct preflight *p, preflight_tell_fn *tell, void *arg,
    const struct step *steps, size_t n);
void preflight_fini(struct preflight *p);

/* One thing that was looked at; status counts when it is a PREFLIGHT_NO. */
void preflight_say(struct preflight *p, enum preflight_mark mark, int status,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/*
 * Ask c, of which it is known what it is: does it take our token, does it have
 * the models of its wants, do their prompts fit?
 */
void preflight_server(struct preflight *p, struct client *c);

/* The variants of each pair against each other. */
void preflight_pairs(struct preflight *p);

/* ---- machine.c ---------------------------------------------------------- */

/* The program of this name, as a shell finds it, into file.  Returns false
 * when there is none. */
bool preflight_find_program(const char *name, char *file, size_t cap);

/*
 * The processes and the machine, as memsample sees them for a moment: whose
 * is server s (NULL: none runs yet), may its memory be read, and (the first
 * time) who else is at work?
 */
void preflight_look(struct preflight *p, const struct step_server *s);

/* Battery, low-power mode, governor, heat. */
void preflight_power(struct preflight *p);

/* How long the plan takes, and whether its records have room in folder (or
 * where it will be). */
void preflight_room(struct preflight *p, const char *folder);

#endif
