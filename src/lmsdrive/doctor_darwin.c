#include "doctor.h"

#include <sys/sysctl.h>

#include <stddef.h>

#include "diag.h"

void
doctor_platform(struct preflight *p)
{
	int translated = 0;
	size_t len = sizeof(translated);

	/* Under Rosetta the CPU times of processes are in wrong units. */
	if (sysctlbyname("sysctl.proc_translated", &translated, &len, NULL,
	    0) == 0 && translated == 1)
		preflight_say(p, PREFLIGHT_NO, EXIT_SYSTEM, "lmsdrive runs "
		    "translated (Rosetta): build it for arm64");
	else
		preflight_say(p, PREFLIGHT_OK, 0, "processes: those of your "
		    "own user can be measured; run LM Studio as the same "
		    "user");
}
