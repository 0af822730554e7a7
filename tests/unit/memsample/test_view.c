/* What people read: sizes, the live line, CSV, the summary. */
#include "clock.h"
#include "show/view.h"
#include "tap.h"

enum { MIB = 1024 * 1024 };

static struct sample
sample_of(int64_t at_ns, int64_t rss, int64_t anon)
{
	struct sample m = { .at_ns = at_ns, .n_procs = 2 };

	counters_clear(&m.sum);
	sys_counters_clear(&m.sys);
	m.sum.v[COUNTER_RSS] = rss;
	m.sum.v[COUNTER_ANON] = anon;
	return m;
}

static void
test_bytes(void)
{
	char out[16];

	is_text(view_bytes(out, -1), "-", "unknown");
	is_text(view_bytes(out, 0), "0 B", "none");
	is_text(view_bytes(out, 1536), "1.50 KiB", "small");
	is_text(view_bytes(out, 50 * MIB), "50.0 MiB", "middling");
	is_text(view_bytes(out, INT64_C(300) << 30), "300 GiB", "large");
}

static void
test_live(void)
{
	struct view v = { .kind = VIEW_LIVE, .line = { .columns = 120 } };
	struct counters peak;
	struct buf out = BUF_INIT;
	struct sample m = sample_of(NS_PER_S, 50 * MIB, 40 * MIB);

	counters_clear(&peak);
	peak.v[COUNTER_PEAK_RSS] = 70 * MIB;
	m.sys.v[SYS_PRESSURE] = 150;
	view_live(&v, &out, &m, &peak);
	is_text(buf_cstr(&out), "\rrss 50.0 MiB  peak 70.0 MiB  anon 40.0 MiB  "
	    "file -  2 proc  pressure 1.50\033[K", "live line");
	buf_clear(&out);
	m = sample_of(NS_PER_S + 100 * NS_PER_MS, 50 * MIB, -1);
	view_live(&v, &out, &m, &peak);
	ok(out.len == 0, "at most five times a second");
	m = sample_of(NS_PER_S * 7, 110 * MIB, -1);
	view_live(&v, &out, &m, &peak);
	is_text(buf_cstr(&out), "\rrss 110 MiB  peak 70.0 MiB  +10.0 MiB/s  "
	    "anon 40.0 MiB  file -  2 proc  pressure 1.50\033[K",
	    "the trend, and what this sample did not read stays");
	buf_clear(&out);
	m.at_ns += NS_PER_S;
	v.line.columns = 40;
	view_live(&v, &out, &m, &peak);
	is_text(buf_cstr(&out), "\rrss 110 MiB  peak 70.0 MiB  +10.0 MiB/s"
	    "\033[K", "a narrow terminal loses whole parts, the last first");
	buf_clear(&out);
	m.at_ns += NS_PER_S;
	v.line.columns = 39;
	view_live(&v, &out, &m, &peak);
	is_text(buf_cstr(&out), "\rrss 110 MiB  peak 70.0 MiB\033[K",
	    "one column stays free");
	buf_fini(&out);
}

static void
test_csv(void)
{
	struct view v = { .kind = VIEW_CSV };
	struct buf out = BUF_INIT;
	struct sample m = sample_of(150, 7, -1);
	size_t commas[2] = { 0, 0 }, row = 0;

	m.sys.v[SYS_PRESSURE] = 25;
	view_csv(&v, &out, &m, 50);
	for (size_t i = 0; i < out.len; i++) {
		commas[row] += out.data[i] == ',';
		if (out.data[i] == '\n' && i + 1 < out.len)
			row++;
	}
	ok(row == 1 && commas[0] == commas[1], "as many cells as names");
	ok(strncmp(strchr(buf_cstr(&out), '\n') + 1, "100,2,7,,,", 10) == 0,
	    "unknown is an empty cell");
	ok(strstr(buf_cstr(&out), ",0.25,0,0,0\n") != NULL,
	    "pressure has its decimals");
	buf_fini(&out);
}

int
main(void)
{
	test_bytes();
	test_live();
	test_csv();
	return tap_done();
}
