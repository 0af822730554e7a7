/*
 * Any kind, seed and answer: the first line names the kind, the rest is the
 * answer.  It is judged; the right answer is always right.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "quiz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct buf text = BUF_INIT, right = BUF_INIT;
	char *answer;
	struct quiz q;

	buf_add(&text, data, len);
	buf_addc(&text, '\0');
	answer = strchr(text.data, '\n');
	if (answer != NULL)
		*answer++ = '\0';
	if (quiz_parse(&q, text.data) == 0) {
		q.seed = len;
		(void)quiz_is_right(&q, answer != NULL ? answer : "");
		quiz_answer(&right, &q);
		if (!quiz_is_right(&q, buf_cstr(&right)))
			abort();
		quiz_ask(&right, &q, 20);
	}
	buf_fini(&text);
	buf_fini(&right);
	return 0;
}
