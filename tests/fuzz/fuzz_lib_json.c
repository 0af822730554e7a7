/*
 * Any bytes as one JSON value: if it parses, its strings are written again as
 * JSON that parses.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cJSON *tree = json_parse((const char *)data, len), *again;
	const cJSON *item;
	struct buf out = BUF_INIT;
	struct json j;

	json_begin(&j, &out);
	json_strn(&j, "raw", (const char *)data, len);
	cJSON_ArrayForEach(item, tree) {
		if (item->string == NULL)	/* of an array */
			continue;
		if (cJSON_IsString(item))
			json_str(&j, item->string, item->valuestring);
		else if (cJSON_IsNumber(item))
			json_num(&j, item->string, item->valuedouble);
		(void)json_get_int(tree, item->string, 0);
	}
	json_end_line(&j);
	if ((again = json_parse(out.data, out.len)) == NULL)
		abort();
	cJSON_Delete(again);
	cJSON_Delete(tree);
	buf_fini(&out);
	return 0;
}
