#include "doctor.h"

#include <sys/sysctl.h>

#include <stddef.h>

void
doctor_platform(doctor_tell_fn *tell, void *arg)
{
	int translated = 0;
	size_t len = sizeof(translated);

	/* Under Rosetta the CPU times of processes are in wrong units. */
	if (sysctlbyname("sysctl.proc_translated", &translated, &len, NULL,
	    0) == 0 && translated == 1)
		tell(arg, DOCTOR_FAIL, "lmsdrive runs translated (Rosetta): "
		    "build it for arm64");
	else
		tell(arg, DOCTOR_OK, "processes: those of your own user can "
		    "be measured; run LM Studio as the same user");
}
