/* Bodies of requests, in every dialect: the first byte picks one. */

#include <stdint.h>
#include <stdlib.h>

#include "../lmsim/dialect.h"
#include "../lmsim/fault.h"
#include "../lmsim/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look(struct ask *a)
{
	uint32_t *hashes = NULL;
	size_t n = 0, cap = 0;

	if (a->texts.len == 0)
		return;
	fault_in_prompt(a->texts.data, a->texts.len);
	text_hash_words(a->texts.data, a->texts.len, &hashes, &n, &cap);
	if ((int64_t)n != text_count_words(a->texts.data, a->texts.len))
		abort();
	free(hashes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct dialect *all[] = { &dialect_v1, &dialect_v0,
	    &dialect_openai, &dialect_completions, &dialect_v0_completions,
	    &dialect_messages, &dialect_responses, &dialect_ollama };
	const struct dialect *d;
	struct buf out = BUF_INIT;
	struct problem p;
	struct ask a;
	cJSON *o;

	if (size == 0)
		return 0;
	d = all[data[0] % (sizeof(all) / sizeof(all[0]))];
	o = json_parse((const char *)data + 1, size - 1);
	ask_init(&a);
	if (cJSON_IsObject(o)) {
		if (d->parse(&a, o, &p) == -1)
			d->problem(&out, &p);
		look(&a);
	}
	ask_fini(&a);
	cJSON_Delete(o);
	buf_fini(&out);
	return 0;
}
