/*
 * A line of a plan: what step_read() takes, step_write() writes so that it
 * reads the same again, and prompt_build() can make its text.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "plan/prompt.h"
#include "step/step.h"

static void
check(const struct step *s)
{
	struct buf first = BUF_INIT, second = BUF_INIT, text = BUF_INIT;
	char key[PROMPT_KEY_CAP];
	struct step again;

	step_write(&first, s);
	if (step_read(&again, first.data, first.len, "again") == -1)
		abort();
	step_write(&second, &again);
	if (first.len != second.len ||
	    memcmp(first.data, second.data, first.len) != 0)
		abort();
	step_fini(&again);
	if (s->op == OP_REQUEST && s->prompt.words < 5000) {
		prompt_build(&text, s, 3);
		prompt_key(key, sizeof(key), s, 3);
	}
	buf_fini(&first);
	buf_fini(&second);
	buf_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct step s;

	diag_quiet(true);
	if (step_read(&s, (const char *)data, len, "fuzz") == 0) {
		check(&s);
		step_fini(&s);
	}
	return 0;
}
