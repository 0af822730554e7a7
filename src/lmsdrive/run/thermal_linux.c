#include "thermal.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "number.h"

/* A zone in degrees, or NAN: what it says is not to be believed outside of
 * (0, 150), the range of sensors that work. */
static double
read_zone(const char *folder, const char *zone)
{
	char path[640], line[32];
	double millidegrees = -1;
	FILE *fp;

	snprintf(path, sizeof(path), "%s/%s/temp", folder, zone);
	if ((fp = fopen(path, "r")) == NULL)
		return NAN;
	if (fgets(line, sizeof(line), fp) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (number_double(line, 1, 150000, &millidegrees) == -1)
			millidegrees = -1;
	}
	fclose(fp);
	return millidegrees > 0 ? millidegrees / 1000 : NAN;
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
