/* The kernel's messages on processes that ended: whatever comes, no read
 * beyond it and no entry out of bounds. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ends_linux.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ends_process kept[ENDS_KEPT];
	struct ends e = { .fd = -1, .family = 31, .kept = kept };
	char *text = malloc(size + 1);	/* of its own: ASan sees its end */

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	ends_take(&e, text, size);
	free(text);
	return 0;
}
