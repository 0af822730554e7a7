#include "digest.h"

#include <inttypes.h>
#include <string.h>
#include <sys/types.h>
#include <sha2.h>

char *
digest_sha256(const void *data, size_t len, char out[DIGEST_CAP])
{
	return SHA256Data(data, len, out);
}

void
digest_words(struct buf *out, const char *text)
{
	static const char gaps[] = " \t\r\n";
	uint32_t h = UINT32_C(2166136261);

	for (text += strspn(text, gaps); *text != '\0';
	    text += strspn(text, gaps)) {
		for (; strchr(gaps, *text) == NULL; text++)
			h = (h ^ (unsigned char)*text) * UINT32_C(16777619);
		h = (h ^ ' ') * UINT32_C(16777619);
		buf_addf(out, "%08" PRIx32, h);
	}
}
