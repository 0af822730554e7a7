/* No drift: ten million ticks on a clock of our own. */
#include "tap.h"
#include "loop.h"

static const int64_t start = INT64_C(1234567890123457);
static const int64_t interval = 10000000;	/* 10 ms: 28 hours of it */
enum { TICKS = 10000000 };

/* How late tick n is taken: mostly a little, sometimes whole intervals. */
static int64_t
delay(int64_t n)
{
	uint64_t x = (uint64_t)n * UINT64_C(0x9e3779b97f4a7c15) >> 40;

	return x % 997 == 0 ? (int64_t)(x % 7) * interval + 123 :
	    (int64_t)(x % 9000000);
}

static void
test_years(void)
{
	struct ticks t = { .start_ns = start, .interval_ns = interval };
	int64_t n, now = start, late, missed, taken = 0, lost = 0, wrong = 0;
	int64_t due, clock = 0;

	while (t.taken < TICKS) {
		n = t.taken + 1;
		due = start + n * interval;
		wrong += ticks_due_ns(&t, n) != due;
		now = due + delay(n) > clock ? due + delay(n) : clock;
		clock = now;
		if (!ticks_take(&t, now, &late, &missed)) {
			wrong++;
			break;
		}
		taken++;
		lost += missed;
		/* What it says of this one is exact by the clock itself. */
		wrong += start + t.taken * interval + late != now;
		wrong += late < 0 || late >= interval;
		wrong += t.taken != taken + lost;
	}
	ok(wrong == 0 && t.taken >= TICKS, "tick n is due at start + n * "
	    "interval, and taken + lost = n, %d times", (int)taken);
	ok(lost > 1000, "whole ticks were lost on the way (%d)", (int)lost);
	ok(now - start == t.taken * interval + late && late < interval,
	    "after %d hours it is as late as its last tick", (int)((now -
	    start) / INT64_C(3600000000000)));
}

static void
test_edges(void)
{
	struct ticks t = { .start_ns = 100, .interval_ns = 10 };
	int64_t late = -1, missed = -1;

	ok(!ticks_take(&t, 99, &late, &missed) &&
	    !ticks_take(&t, 109, &late, &missed) && t.taken == 0,
	    "too early is no tick");
	ok(ticks_take(&t, 110, &late, &missed) && late == 0 && missed == 0,
	    "on time");
	ok(!ticks_take(&t, 119, &late, &missed), "each is taken once");
	ok(ticks_take(&t, 145, &late, &missed) && late == 5 && missed == 2 &&
	    t.taken == 4, "two lost, and the next one is due where it was");
	ok(ticks_due_ns(&t, t.taken + 1) == 150, "at its own instant");
}

int
main(void)
{
	test_years();
	test_edges();
	return tap_done();
}
