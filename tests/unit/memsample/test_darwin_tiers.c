/* macOS: how often what is rationed is read, and time. */
#include "darwin_stage.h"

static void
test_rationed(void)
{
	struct sample m;
	int fresh = 0, split = 0;

	begin();
	sampler_lookup(&s, 1);
	for (int i = 0; i < 20; i++) {		/* two seconds */
		m = take(1 + i * INT64_C(100000000), false);
		fresh += m.sys.v[SYS_WIRED] >= 0;
		split += m.sum.v[COUNTER_ANON] >= 0;
	}
	ok(host_calls == 4 && fresh == 4, "host statistics twice a second, "
	    "and never repeated as fresh (%d calls, %d shown)", host_calls,
	    fresh);
	ok(split == 4, "the split no more often");
	end();
}

static void
test_time(void)
{
	begin();
	ok(darwin_ticks_to_ns(&plat->base, UINT64_C(24000000) * 86400 * 365) ==
	    INT64_C(1000000000) * 86400 * 365, "a year of ticks is exact");
	end();
}

static void
test_waiting(void)
{
	struct pollfd fds[1] = { { .fd = -1, .events = POLLIN } };
	int64_t asked_ns;
	int ends[2];

	begin();
	ok(!plat_wait(plat, fds, 1, clock_mono_ns() + NS_PER_S) &&
	    timer_ns == -1, "a wait ends with its timer, which is taken");
	if (pipe(ends) == -1 || write(ends[1], "", 1) != 1)
		abort();
	fds[0].fd = ends[0];
	ok(!plat_wait(plat, fds, 1, INT64_MAX) &&
	    (fds[0].revents & POLLIN) != 0, "with a descriptor");
	fds[0].fd = -1;
	fake_ring(plat->kq);
	ok(plat_wait(plat, fds, 1, INT64_MAX), "with an event");
	plat->events_ns = clock_mono_ns() + NS_PER_S;
	ok(!plat_wait(plat, fds, 1, clock_mono_ns() + NS_PER_S),
	    "unless there was one just now: a burst wakes once");
	asked_ns = clock_mono_ns();
	arm(plat, asked_ns + NS_PER_S);
	ok(timer_ns > 0 && timer_ns <= NS_PER_S,
	    "the timer counts from now, in ns");
	disarm(plat);
	close(ends[0]);
	close(ends[1]);
	end();
}

int
main(void)
{
	test_rationed();
	test_time();
	test_waiting();
	return tap_done();
}
