/*
 * Real time for a reader that was late: for how long, how much, and given back
 * also by who may not do what root may.
 */
#define _GNU_SOURCE		/* SCHED_RESET_ON_FORK */
#include "wire/poller.h"

#include <sys/wait.h>

#include <sched.h>
#include <time.h>
#include <unistd.h>

#include "clock.h"
#include "tap.h"

static bool
is_pressed(void)
{
	return sched_getscheduler(0) == (SCHED_FIFO | SCHED_RESET_ON_FORK);
}

static bool
is_ordinary(void)
{
	return sched_getscheduler(0) == (SCHED_OTHER | SCHED_RESET_ON_FORK);
}

static void
burn(int64_t cpu_ns)
{
	struct timespec t;

	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	while (t.tv_sec * NS_PER_S + t.tv_nsec < cpu_ns);
}

/* As text what is wrong, in a process of its own: the state is the process's.
 * With an rtprio limit one is pressed, too, and may do less then than root. */
static const char *
press(bool as_nobody)
{
	int64_t t = 100 * NS_PER_S;

	poller_press(false, t);
	if (is_pressed())
		return "pressed though it was in time";
	poller_press(true, t);
	if (!is_pressed())
		return "not pressed";
	for (int i = 1; i < 30; i++)
		poller_press(false, t + i * NS_PER_S);
	if (!is_pressed())
		return "not for half a minute";
	if (as_nobody && setuid(65534) == -1)
		return NULL;
	poller_press(false, t += 31 * NS_PER_S);
	if (!is_ordinary())
		return "not given back";
	if (as_nobody)
		return NULL;
	poller_press(true, t += 10 * NS_PER_S);
	if (!is_pressed())
		return "not pressed again";
	burn(NS_PER_S * 7 / 10);
	poller_press(true, t += NS_PER_S * 5 / 4);
	if (!is_ordinary())
		return "kept, though it took more than half of a second";
	poller_press(true, t += NS_PER_S);
	if (!is_ordinary())
		return "pressed again at once, though it took too much";
	poller_press(true, t + 61 * NS_PER_S);
	return is_pressed() ? NULL : "not pressed once more";
}

static void
test_press(bool as_nobody, const char *name)
{
	const char *wrong;
	int status = -1;
	pid_t pid;

	fflush(stdout);
	if ((pid = fork()) == 0) {
		poller_hurry();
		if ((wrong = press(as_nobody)) != NULL)
			printf("# %s\n", wrong);
		fflush(stdout);
		_exit(wrong != NULL);
	}
	ok(waitpid(pid, &status, 0) == pid && status == 0, "%s", name);
}

/* May this machine's processes be served in real time at all? */
static bool
is_permitted(void)
{
	const struct sched_param p = { .sched_priority = 1 }, none = { 0 };

	return sched_setscheduler(0, SCHED_FIFO, &p) == 0 &&
	    sched_setscheduler(0, SCHED_OTHER, &none) == 0;
}

int
main(void)
{
	if (!is_permitted()) {
		ok(1, "real time # SKIP not permitted");
		return tap_done();
	}
	test_press(false, "in real time for a while, and while it takes "
	    "little");
	test_press(true, "given back also by who is not root");
	return tap_done();
}
