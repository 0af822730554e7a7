/*
 * Any bytes as a line: what the hot path accepts, cJSON reads as the same
 * chunk record.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "in/fastscan.h"
#include "in/take.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct chunk_event fast, slow;
	struct chunk a, b;
	const char *why;
	cJSON *o;

	if (!fastscan_chunk((const char *)data, len, &fast))
		return 0;
	o = json_parse((const char *)data, len);
	if (o == NULL || !cJSON_IsObject(o) ||
	    record_type_of(json_get_str(o, "type", NULL)) != RECORD_CHUNK ||
	    !take_chunk_event(o, &slow, &why))
		abort();
	a = chunk_pack(&fast);
	b = chunk_pack(&slow);
	if (memcmp(&a, &b, sizeof(a)) != 0 || fast.req != slow.req ||
	    fast.run_len != slow.run_len ||
	    memcmp(fast.run, slow.run, fast.run_len) != 0)
		abort();
	cJSON_Delete(o);
	return 0;
}
