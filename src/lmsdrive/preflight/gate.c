#include "gate.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "plan/summary.h"
#include "preflight.h"

struct gate {
	struct run *r;
	bool anyway;
};

static void
tell(void *arg, enum preflight_mark mark, const char *line)
{
	struct gate *g = arg;

	if (mark == PREFLIGHT_NO && !g->anyway) {
		progress_clear(g->r->progress);
		diag_warnx("%s", line);
	} else if (mark != PREFLIGHT_OK)
		progress_say(g->r->progress, "%s", line);
}

/* Each server once. */
static void
ask_servers(struct run *r, struct preflight *p, bool is_whole)
{
	struct client *c;
	size_t k;

	for (size_t i = 0; i < p->n; i++) {
		c = run_client(r, p->wants[i].first);
		if (c->is_gone && p->status == EXIT_DONE)
			p->status = EXIT_SYSTEM;	/* said already */
		if (c->managed.command == NULL && !c->is_gone)
			p->wants[i].client = c;
	}
	for (size_t i = 0; i < p->n && !run_is_over(r); i++) {
		c = p->wants[i].client;
		for (k = 0; p->wants[k].client != c;)
			k++;
		if (c == NULL || k != i)
			continue;
		preflight_server(p, c);
		if (is_whole)
			preflight_look(p, &p->wants[i].first->server);
	}
}

static void
ask_machine(struct preflight *p, const char *state)
{
	const char *slash = strrchr(state, '/');
	char folder[1024];

	snprintf(folder, sizeof(folder), "%.*s", slash != NULL ?
	    (int)(slash + 1 - state) : 1, slash != NULL ? state : ".");
	if (!p->has_looked)
		preflight_look(p, NULL);
	preflight_power(p);
	preflight_room(p, folder);
}

/* Worth a question, worth a line. */
static const double short_s = 60;

/* The answer of whoever is at the terminal; a signal is a no. */
static bool
is_yes(struct run *r)
{
	struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
	char answer[64];

	while (!run_is_over(r))
		if (poll(&in, 1, 200) == 1)
			return fgets(answer, sizeof(answer), stdin) != NULL &&
			    strchr("nN", answer[0]) == NULL;
	return false;
}

/* Say how long it takes; whoever is there may find it too long. */
static bool
is_agreed(struct run *r, const struct preflight *p, bool anyway)
{
	double seconds = 0, bytes = 0;
	int64_t budget_ns = r->budget_ns;
	char takes[64];

	summary_cost(p->steps, p->n_steps, &seconds, &bytes);
	if (budget_ns < 0 && p->n_steps > 0)
		budget_ns = p->steps[0].budget_ns;
	if (budget_ns >= 0)
		seconds = fmin(seconds, (double)budget_ns / (double)NS_PER_S);
	if (seconds < short_s)
		return true;
	progress_say(r->progress, "at most about %s if models write %d and "
	    "read %d tokens per second%s; a pair ends when it is decided",
	    summary_duration(takes, sizeof(takes), seconds),
	    SUMMARY_DECODE_TPS, SUMMARY_PREFILL_TPS,
	    run_client(r, &p->steps[0])->simulated ?
	    " (simulated ones may be far faster)" : "");
	if (seconds < SUMMARY_LONG_S || anyway || !isatty(STDIN_FILENO) ||
	    !isatty(STDERR_FILENO))
		return true;
	fprintf(stderr, "Begin? (%s suite BUDGET=45m ends in time, %s "
	    "quick asks one question) [Y/n] ", diag_front(),
	    diag_front());
	return is_yes(r);
}

int
gate_check(struct run *r, bool anyway, const struct step *steps, size_t n)
{
	const char *state = r->decided.path;
	struct gate g = { r, anyway };
	struct preflight p;

	preflight_init(&p, tell, &g, steps, n);
	ask_servers(r, &p, state != NULL);
	preflight_pairs(&p);
	if (state != NULL && !run_is_over(r))
		ask_machine(&p, state);
	preflight_fini(&p);
	if (run_is_over(r))
		return EXIT_DONE;
	if (p.status == EXIT_DONE || anyway)
		return state == NULL || is_agreed(r, &p, anyway) ||
		    run_is_over(r) ? EXIT_DONE : EXIT_NO;
	diag_warnx("nothing was loaded or measured; --anyway (make, lmgauge: "
	    "ANYWAY=1) measures all the same");
	return p.status;
}
