/* Idle steps. */
#include "steps.h"

#include <math.h>
#include <stdio.h>

#include "clock.h"
#include "cooldown.h"

#define LOOK_NS (200 * NS_PER_MS)

static const char *const reasons[] = {
	[COOLDOWN_WAIT] = "interrupted",
	[COOLDOWN_COOL] = "cool",
	[COOLDOWN_SETTLED] = "warmer than at the start, but settled",
	[COOLDOWN_GAVE_UP] = "still hot, but the time is over",
	[COOLDOWN_UNKNOWN] = "unknown"
};

/* "61.2 C, pressure 1" of what is known. */
static char *
describe(char *out, size_t cap, const struct thermal *t)
{
	char celsius[32] = "", level[32] = "";

	if (!isnan(t->celsius))
		snprintf(celsius, sizeof(celsius), "%.1f C", t->celsius);
	if (t->level >= 0)
		snprintf(level, sizeof(level), "%sthermal pressure %d",
		    celsius[0] != '\0' ? ", " : "", t->level);
	snprintf(out, cap, "%s%s", celsius, level);
	return out;
}

/* After the idle time of s: wait until the machine is cool. */
static void
cool_down(struct run *r, const struct step *s)
{
	enum cooldown_verdict verdict;
	char before[80], after[80];
	struct thermal t;
	int64_t begun = clock_mono_ns();

	thermal_read(&t, "");
	cooldown_begin(&r->cooldown, &t, begun);
	describe(before, sizeof(before), &t);
	while ((verdict = cooldown_check(&r->cooldown, &t, clock_mono_ns())) ==
	    COOLDOWN_WAIT && !run_is_over(r)) {
		run_wait(r, clock_mono_ns() + NS_PER_S);
		thermal_read(&t, "");
	}
	if (verdict == COOLDOWN_UNKNOWN) {
		if (!r->is_thermal_noted)
			output_note(r->out, "info", "cooldown", s->step, "the "
			    "thermal state of this machine cannot be read: "
			    "nothing was waited for beyond the idle time");
		r->is_thermal_noted = true;
		return;
	}
	if (verdict == COOLDOWN_COOL && clock_mono_ns() - begun < NS_PER_S)
		return;
	output_note(r->out, verdict == COOLDOWN_GAVE_UP ? "warn" : "info",
	    "cooldown", s->step, "%s after %.0f s: %s, before %s",
	    reasons[verdict], (double)(clock_mono_ns() - begun) / NS_PER_S,
	    describe(after, sizeof(after), &t), before);
}

/*
 * Wait, and see whether the server stays: one that a supervisor starts again at
 * once answers at the end as if nothing had been.
 */
static void
idle_until(struct run *r, struct client *c, int64_t number, int64_t until_ns)
{
	/* Ours is stopped between loads. */
	bool is_up = c->managed.command == NULL || c->managed.group != 0;
	int64_t now;

	while ((now = clock_mono_ns()) < until_ns && !run_is_over(r)) {
		run_wait(r, until_ns - now < LOOK_NS ? until_ns :
		    now + LOOK_NS);
		if (is_up && !c->is_gone && client_is_deserted(c))
			run_server_gone(r, c, number, "it went away while "
			    "idle");
	}
	if (is_up && !run_is_over(r))
		run_check_server(r, c, number, "it went away while idle");
}

void
step_idle(struct run *r, const struct step *s, struct client *c)
{
	struct raw_span row = { .step = s->step, .phase = "begin" };

	output_row(r->out, RECORD_IDLE, clock_mono_ns(), &row, IDLE_PHASE);
	idle_until(r, c, s->step, clock_mono_ns() + s->idle_ns);
	if (s->idle_cooldown)
		cool_down(r, s);
	row.phase = "end";
	row.status = run_is_over(r) ? "cancelled" : "ok";
	output_row(r->out, RECORD_IDLE, clock_mono_ns(), &row, IDLE_PHASE);
	run_check_return(r, c, s->step);
	run_check_loaded(r, c, s->step);
	run_check_awake(r, c);
}
