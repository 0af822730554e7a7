/* Every parser of /proc text; the first byte picks one. */
#include <stddef.h>
#include <stdint.h>

#include "linux/proctext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct proctext_status status;
	struct proctext_meminfo meminfo;
	struct proctext_rollup rollup;
	struct proctext_statm statm;
	struct proctext_stat st;
	struct proctext_drm drm;
	const char *text = (const char *)data + 1;

	if (len == 0)
		return 0;
	len--;
	switch (data[0] % 10) {
	case 0:
		proctext_stat(text, len, &st);
		break;
	case 1:
		proctext_statm(text, len, &statm);
		break;
	case 2:
		proctext_status(text, len, &status);
		break;
	case 3:
		proctext_meminfo(text, len, &meminfo);
		break;
	case 4:
		proctext_pressure(text, len);
		break;
	case 5:
		proctext_tcp_listener(text, len, 1234);
		break;
	case 6:
		proctext_socket_inode(text, len);
		break;
	case 7:
		proctext_rollup(text, len, &rollup);
		break;
	case 8:
		proctext_drm(text, len, &drm);
		break;
	default:
		proctext_last_pid(text, len);
	}
	return 0;
}
