#include "power.h"

#include <dirent.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

/* The first word of folder/name/file, "" when it cannot be read. */
static void
read_word(char *out, size_t cap, const char *folder, const char *name,
    const char *file)
{
	char path[640];
	FILE *fp;

	out[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s/%s", folder, name, file);
	if ((fp = fopen(path, "re")) == NULL)
		return;
	if (fgets(out, (int)cap, fp) == NULL)
		out[0] = '\0';
	out[strcspn(out, " \n")] = '\0';
	fclose(fp);
}

/* One of /sys/class/power_supply: a mouse has a battery, too. */
static void
take_supply(struct power *w, bool *has_mains, const char *folder,
    const char *name)
{
	char type[32], status[32], online[32], scope[32];

	read_word(type, sizeof(type), folder, name, "type");
	read_word(status, sizeof(status), folder, name, "status");
	read_word(online, sizeof(online), folder, name, "online");
	read_word(scope, sizeof(scope), folder, name, "scope");
	if (strcmp(scope, "Device") == 0)
		return;
	if (strcmp(type, "Battery") != 0 && online[0] != '\0') {
		*has_mains |= online[0] != '0';
		if (w->on_battery == -1)
			w->on_battery = 0;
	} else if (strcmp(type, "Battery") == 0 && status[0] != '\0' &&
	    w->on_battery != 1)
		w->on_battery = strcmp(status, "Discharging") == 0;
}

static void
read_supplies(struct power *w, const char *root)
{
	bool has_mains = false;
	char folder[256];
	struct dirent *e;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/sys/class/power_supply", root);
	if ((dir = opendir(folder)) == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if (e->d_name[0] != '.')
			take_supply(w, &has_mains, folder, e->d_name);
	closedir(dir);
	/* Discharging on the mains: the supply is weak, or the battery
	 * rests. */
	if (has_mains)
		w->on_battery = 0;
}

void
power_read(struct power *w, const char *root)
{
	char folder[256], profile[32];

	*w = (struct power){ .on_battery = -1, .low_power = -1 };
	read_supplies(w, root);
	snprintf(folder, sizeof(folder), "%s/sys/firmware", root);
	read_word(profile, sizeof(profile), folder, "acpi",
	    "platform_profile");
	if (profile[0] != '\0')
		w->low_power = strcmp(profile, "low-power") == 0;
	snprintf(folder, sizeof(folder), "%s/sys/devices/system/cpu", root);
	read_word(w->governor, sizeof(w->governor), folder, "cpu0/cpufreq",
	    "scaling_governor");
}

/* A zone in degrees, or NAN: what it says is not to be believed outside of
 * (0, 150), the range of sensors that work. */
static double
read_zone(const char *folder, const char *zone)
{
	double millidegrees = -1;
	char word[32];

	read_word(word, sizeof(word), folder, zone, "temp");
	return number_double(word, 1, 150000, &millidegrees) == -1 ?
	    (double)NAN : millidegrees / 1000;
}

void
thermal_read(struct thermal *t, const char *root)
{
	char folder[256];
	struct dirent *e;
	double celsius;
	DIR *dir;

	t->celsius = NAN;
	t->level = -1;
	snprintf(folder, sizeof(folder), "%s/sys/class/thermal", root);
	if ((dir = opendir(folder)) == NULL)
		return;
	while ((e = readdir(dir)) != NULL) {
		if (strncmp(e->d_name, "thermal_zone", 12) != 0)
			continue;
		celsius = read_zone(folder, e->d_name);
		if (!isnan(celsius) && !(celsius <= t->celsius))
			t->celsius = celsius;
	}
	closedir(dir);
}
