#include <stdint.h>

#include "../lmsim/models.h"
#include "diag.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	diag_quiet(true);
	catalogue_free(catalogue_parse("fuzz", (const char *)data, size, 0));
	return 0;
}
