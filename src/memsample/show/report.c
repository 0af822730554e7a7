#define _DEFAULT_SOURCE	/* MAP_ANONYMOUS */
#include "show/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "tree/plat.h"

static void
row(const char *key, const char *what, const char *missing)
{
	if (missing == NULL)
		printf("  %-30s yes   %s\n", key, what);
	else
		printf("  %-30s no    %s: %s\n", key, what, missing);
}

int
report_counters(void)
{
	struct plat *p = plat_open();

	if (p == NULL)
		return EXIT_SYSTEM;
	puts("Of each process and of the tree:");
	for (int i = 0; i < COUNTER_N; i++)
		row(counter_infos[i].key, counter_infos[i].what,
		    plat_counter_missing(p, (enum counter)i));
	puts("Of the machine (sys):");
	for (int i = 0; i < SYS_N; i++)
		row(sys_counter_infos[i].key, sys_counter_infos[i].what,
		    plat_sys_counter_missing(p, (enum sys_counter)i));
	puts("How births and ends are noticed:");
	row("fork events", "no child is missed, however short",
	    plat_events_missing(p));
	plat_close(p);
	return EXIT_DONE;
}

/* ---- self check --------------------------------------------------------- */

enum { CHECK_BYTES = 64 * 1024 * 1024, SLACK_BYTES = 2 * 1024 * 1024 };

static int disagreements;

static void
verdict(const char *what, bool agrees, int64_t got, int64_t want)
{
	printf("  %-52s %s  (got %lld, expected %lld)\n", what,
	    agrees ? "agrees" : "DIFFERS", (long long)got, (long long)want);
	disagreements += !agrees;
}

static void
near(const char *what, int64_t got, int64_t want)
{
	int64_t off = got > want ? got - want : want - got;

	verdict(what, off <= SLACK_BYTES, got, want);
}

static void
read_self(struct plat *p, struct plat_proc *h, struct counters *c)
{
	counters_clear(c);
	plat_proc_read(p, h, TIER_FAST | TIER_MAIN | TIER_CPU | TIER_PAGES |
	    TIER_SLOW, c, NULL);
}

static void
compare_growth(const struct counters *before, const struct counters *after,
    const char *verb, int64_t want)
{
	static const enum counter grow[] = {
		COUNTER_RSS, COUNTER_ANON, COUNTER_FOOTPRINT, COUNTER_PSS,
		COUNTER_USS
	};
	char what[96];

	for (size_t i = 0; i < sizeof(grow) / sizeof(grow[0]); i++) {
		enum counter c = grow[i];

		if (before->v[c] < 0 || after->v[c] < 0)
			continue;
		snprintf(what, sizeof(what), "%s after 64 MiB %s",
		    counter_infos[c].key, verb);
		near(what, after->v[c] - before->v[c], want);
	}
}

static void
check_parts(const struct counters *c)
{
	int64_t parts = c->v[COUNTER_ANON] + c->v[COUNTER_FILE];

	if (c->v[COUNTER_ANON] < 0 || c->v[COUNTER_FILE] < 0 ||
	    c->v[COUNTER_SHMEM] < 0)
		return;
	near("rss = anon + file + shmem", c->v[COUNTER_RSS],
	    parts + c->v[COUNTER_SHMEM]);
}

static void
check_peak(const char *what, int64_t peak, int64_t now)
{
	if (peak >= 0)
		verdict(what, peak >= now + CHECK_BYTES - SLACK_BYTES, peak,
		    now + CHECK_BYTES);
}

int
report_self_check(void)
{
	struct plat *p = plat_open();
	struct counters before, with, after;
	struct plat_proc *h;
	char *block;

	if (p == NULL)
		return EXIT_SYSTEM;
	h = plat_proc_open(p, getpid());
	puts("Counters against a known allocation of 64 MiB in this process:");
	fflush(stdout);
	read_self(p, h, &before);
	block = mmap(NULL, CHECK_BYTES, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (block == MAP_FAILED) {
		diag_warn("64 MiB cannot be had for the check");
		return EXIT_SYSTEM;
	}
	memset(block, 0x5a, CHECK_BYTES);
	read_self(p, h, &with);
	munmap(block, CHECK_BYTES);
	read_self(p, h, &after);
	compare_growth(&before, &with, "touched", CHECK_BYTES);
	compare_growth(&before, &after, "given back", 0);
	check_parts(&with);
	check_peak("peak of rss keeps what was given back",
	    after.v[COUNTER_PEAK_RSS], after.v[COUNTER_RSS]);
	check_peak("peak of footprint keeps what was given back",
	    after.v[COUNTER_PEAK_FOOTPRINT], after.v[COUNTER_FOOTPRINT]);
	plat_self_check(p, verdict);
	plat_proc_close(h);
	plat_close(p);
	printf("%s\n", disagreements == 0 ? "All agree." :
	    "Some differ: their figures are not to be trusted here.");
	return disagreements == 0 ? EXIT_DONE : EXIT_NO;
}
