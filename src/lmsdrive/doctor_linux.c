#include "doctor.h"

#include <unistd.h>

void
doctor_platform(struct preflight *p)
{
	if (access("/proc/1/stat", R_OK) == 0)
		preflight_say(p, PREFLIGHT_OK, 0, "processes: /proc shows "
		    "those of all users");
	else
		preflight_say(p, PREFLIGHT_WARN, 0, "processes: /proc shows "
		    "only your own (hidepid): a server of another user has no "
		    "memory records");
}
