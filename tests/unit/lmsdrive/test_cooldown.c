#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "run/cooldown.h"
#include "tap.h"

/* Seconds until cooldown_check() says something else than wait, and what. */
static int
wait_of(struct cooldown *c, double (*celsius)(int), int (*level)(int),
    enum cooldown_verdict *verdict)
{
	const int64_t start = 1000 * NS_PER_S;
	struct thermal t;
	int s;

	for (s = 0; s < 1000; s++) {
		t.celsius = celsius(s);
		t.level = level(s);
		if (s == 0)
			cooldown_begin(c, &t, start);
		*verdict = cooldown_check(c, &t, start + s * NS_PER_S);
		if (*verdict != COOLDOWN_WAIT)
			break;
	}
	return s;
}

static double unknown(int s) { (void)s; return NAN; }
static double cold(int s) { (void)s; return 40; }
static double falling(int s) { return 40 + 40 * exp(-s / 30.0); }
static double settling(int s) { return 60 + 20 * exp(-s / 10.0); }
static double sinking(int s) { return 90 - s * 0.05; }
static int no_level(int s) { (void)s; return -1; }
static int no_pressure(int s) { (void)s; return 0; }
static int pressure(int s) { return s < 70 ? 2 : 0; }
static int always(int s) { (void)s; return 1; }

static const struct {
	const char *name;
	double (*celsius)(int);
	int (*level)(int);
	int wait_s;
	enum cooldown_verdict verdict;
} cases[] = {
	{ "nothing to read", unknown, no_level, 0, COOLDOWN_UNKNOWN },
	{ "as cool as before", cold, no_level, 0, COOLDOWN_COOL },
	/* 40 exp(-s/30) <= 3 from s = 77.7 on */
	{ "cooling down to what it was", falling, no_level, 78,
	    COOLDOWN_COOL },
	/* 2.71 degrees from 20 s to 40 s, then 0.37 to 60 s */
	{ "settling at a higher temperature", settling, no_level, 60,
	    COOLDOWN_SETTLED },
	/* 1 degree in 20 s */
	{ "cooling very slowly", sinking, no_level, 300, COOLDOWN_GAVE_UP },
	{ "no pressure, no degrees", unknown, no_pressure, 0, COOLDOWN_COOL },
	{ "pressure for 70 s", unknown, pressure, 70, COOLDOWN_COOL },
	{ "pressure though cool", cold, pressure, 70, COOLDOWN_COOL },
	{ "pressure all the time", cold, always, 300, COOLDOWN_GAVE_UP },
};

static void
test_policy(void)
{
	enum cooldown_verdict verdict;
	struct cooldown c;
	int s;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cooldown_init(&c);
		wait_of(&c, cold, no_level, &verdict);	/* the reference */
		s = wait_of(&c, cases[i].celsius, cases[i].level, &verdict);
		ok(s == cases[i].wait_s && verdict == cases[i].verdict,
		    "%s: %d s", cases[i].name, s);
	}
}

static void
test_first(void)
{
	enum cooldown_verdict verdict;
	struct cooldown c;
	int s;

	cooldown_init(&c);
	s = wait_of(&c, falling, no_level, &verdict);
	ok(s == 0 && verdict == COOLDOWN_COOL, "the first wait only takes "
	    "the temperature");
}

static void
put_zone(const char *root, int i, const char *text)
{
	static const char *const folders[] = { "", "/sys", "/sys/class",
	    "/sys/class/thermal" };
	char path[512];
	FILE *fp;

	for (size_t k = 0; k < 4; k++) {
		snprintf(path, sizeof(path), "%s%s", root, folders[k]);
		mkdir(path, 0700);
	}
	snprintf(path, sizeof(path), "%s/sys/class/thermal/thermal_zone%d",
	    root, i);
	mkdir(path, 0700);
	strcat(path, "/temp");
	if ((fp = fopen(path, "w")) != NULL) {
		fputs(text, fp);
		fclose(fp);
	}
}

/* Where there is no /sys (macOS) only the pressure is read. */
static void
test_zones(void)
{
	static const char *const zones[] = { "45000\n", "61250\n", "-274000\n",
	    "999000\n", "junk\n", "" };
	char root[] = "/tmp/lmg-thermal.XXXXXX", path[512];
	struct thermal t;

	if (mkdtemp(root) == NULL)
		return;
	for (int i = 0; i < 6; i++)
		put_zone(root, i, zones[i]);
	thermal_read(&t, root);
	ok(t.celsius == 61.25 || (isnan(t.celsius) && t.level >= 0),
	    "the hottest zone that can be believed");
	for (int i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "%s/sys/class/thermal/"
		    "thermal_zone%d/temp", root, i);
		unlink(path);
		*strrchr(path, '/') = '\0';
		rmdir(path);
	}
	thermal_read(&t, root);
	ok(isnan(t.celsius), "no zones, no degrees");
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/sys%s", root, i == 0 ?
		    "/class/thermal" : i == 1 ? "/class" : "");
		rmdir(path);
	}
	rmdir(root);
}

int
main(void)
{
	test_policy();
	test_first();
	test_zones();
	return tap_done();
}
