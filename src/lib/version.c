/* --version: the only file that is compiled anew for each commit. */

#include "version.h"

#include <stdio.h>

#include "diag.h"

#ifndef LMGAUGE_COMMIT
#define LMGAUGE_COMMIT ""
#endif

void
version_print(void)
{
	static const char commit[] = LMGAUGE_COMMIT;

	printf("%s %s%s%s%s\n", diag_tool(), LMGAUGE_VERSION,
	    commit[0] != '\0' ? " (" : "", commit,
	    commit[0] != '\0' ? ")" : "");
}
