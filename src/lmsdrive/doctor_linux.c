#include "doctor.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The first word of a file, or "". */
static void
first_word(const char *path, char *out, size_t cap)
{
	FILE *f = fopen(path, "re");

	out[0] = '\0';
	if (f == NULL)
		return;
	if (fgets(out, (int)cap, f) == NULL)
		out[0] = '\0';
	out[strcspn(out, " \n")] = '\0';
	fclose(f);
}

static void
check_processes(doctor_tell_fn *tell, void *arg)
{
	if (access("/proc/1/stat", R_OK) == 0)
		tell(arg, DOCTOR_OK, "processes: /proc shows those of all "
		    "users");
	else
		tell(arg, DOCTOR_WARN, "processes: /proc shows only your own "
		    "(hidepid): a server of another user has no memory "
		    "records");
}

static void
check_governor(doctor_tell_fn *tell, void *arg)
{
	char word[64], line[160];

	first_word("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
	    word, sizeof(word));
	if (word[0] == '\0' || strcmp(word, "performance") == 0)
		return;
	snprintf(line, sizeof(line), "cpu: the frequency governor is %s: "
	    "speeds vary more than with performance", word);
	tell(arg, DOCTOR_WARN, line);
}

void
doctor_platform(doctor_tell_fn *tell, void *arg)
{
	check_processes(tell, arg);
	check_governor(tell, arg);
}
