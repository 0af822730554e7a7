#include "digest.h"

#include <stdint.h>
#include <sys/types.h>
#include <sha2.h>

char *
digest_sha256(const void *data, size_t len, char out[DIGEST_CAP])
{
	return SHA256Data(data, len, out);
}
