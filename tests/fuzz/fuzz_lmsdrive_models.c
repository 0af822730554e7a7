/* Any JSON as the list of models of every API; every model has a key. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/api.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cJSON *o = json_parse((const char *)data, len);
	struct buf out = BUF_INIT;
	struct models m;
	struct json j;
	const struct server_api *const *api;

	for (api = server_apis; *api != NULL; api++) {
		models_parse(&m, *api, o);
		for (size_t i = 0; i < m.n; i++) {
			if (models_find(&m, m.v[i].key) == NULL)
				abort();
			json_begin(&j, &out);
			model_write(&j, &m.v[i]);
			json_end_line(&j);
		}
		models_fini(&m);
	}
	cJSON_Delete(o);
	buf_fini(&out);
	return 0;
}
