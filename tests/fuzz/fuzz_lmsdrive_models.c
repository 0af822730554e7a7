/* Any JSON as the list of models of every API; every model has a key. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/models.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cJSON *o = json_parse((const char *)data, len);
	struct buf out = BUF_INIT;
	struct models m;
	struct json j;
	size_t i;
	int api;

	for (api = API_LMSTUDIO; api <= API_LLAMA_ROUTER; api++) {
		models_parse(&m, (enum api)api, o);
		for (i = 0; i < m.n; i++) {
			if (models_find(&m, m.v[i].key) == NULL)
				abort();
			json_init(&j, &out);
			json_object(&j, NULL);
			model_write(&j, &m.v[i]);
			json_end_line(&j);
		}
		models_fini(&m);
	}
	cJSON_Delete(o);
	buf_fini(&out);
	return 0;
}
