#include <stdlib.h>

#include "buf.h"
#include "quiz.h"
#include "tap.h"

static struct quiz
quiz(const char *name, uint64_t seed)
{
	struct quiz q = { NULL, 0, 0 };

	if (quiz_parse(&q, name) == -1) {
		ok(0, "%s is a kind", name);
		exit(1);
	}
	q.seed = seed;
	return q;
}

static void
test_names(void)
{
	static const char *const bad[] = { "", "arithmetics", "needle_101",
	    "needle_", "needle_1x", "arithmetic_0", "arithmetic_10",
	    "choice_4", "json_-1", "copy_12_3" };
	struct quiz q;

	for (size_t i = 0; quiz_names[i] != NULL; i++)
		ok(quiz_parse(&q, quiz_names[i]) == 0, "%s", quiz_names[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ok(quiz_parse(&q, bad[i]) == -1, "no kind: '%s'", bad[i]);
	ok(quiz_parse(&q, "needle_0") == 0 && q.size == 0, "needle_0");
	ok(quiz_parse(&q, "arithmetic") == 0 && q.size == 3, "its size");
	ok(quiz_is_long(&(struct quiz){ &quiz_needle, 50, 0 }) &&
	    !quiz_is_long(&q), "only a needle is long");
}

/* Every kind and size: its own answer is right, another question's is not
 * often, and it asks the same every time. */
static void
test_own_answer(const char *name)
{
	struct buf right = BUF_INIT, ask = BUF_INIT, again = BUF_INIT;
	int own = 0, others = 0, same = 0;
	struct quiz q, other;

	for (int i = 0; i < 300; i++) {
		q = quiz(name, 1000 + (uint64_t)i);
		other = quiz(name, 5000 + (uint64_t)i);
		buf_clear(&right);
		buf_clear(&ask);
		buf_clear(&again);
		quiz_answer(&right, &q);
		quiz_ask(&ask, &q, 40);
		quiz_ask(&again, &q, 40);
		own += quiz_is_right(&q, buf_cstr(&right));
		others += quiz_is_right(&other, buf_cstr(&right));
		same += strcmp(buf_cstr(&ask), buf_cstr(&again)) == 0;
	}
	ok(own == 300, "%s: its answer is right", name);
	ok(others < (strcmp(name, "choice") == 0 ? 120 : 60),
	    "%s: another's is not (%d of 300)", name, others);
	ok(same == 300, "%s: the same question again", name);
	buf_fini(&right);
	buf_fini(&ask);
	buf_fini(&again);
}

/* Work out "What is A op B [- C]?" from the text of the question. */
static void
test_arithmetic(void)
{
	struct buf ask = BUF_INIT, right = BUF_INIT;
	int good = 0;
	long a, b, c;
	struct quiz q;
	char op;

	for (int i = 0; i < 300; i++) {
		q = quiz("arithmetic_4", (uint64_t)i);
		buf_clear(&ask);
		buf_clear(&right);
		quiz_ask(&ask, &q, 0);
		quiz_answer(&right, &q);
		c = 0;
		if (sscanf(strstr(buf_cstr(&ask), "What is"),
		    "What is %ld %c %ld - %ld", &a, &op, &b, &c) < 3)
			break;
		good += (op == '*' ? a * b : a + b - c) ==
		    atol(buf_cstr(&right));
	}
	ok(good == 300, "sums, differences and products are right");
	buf_fini(&ask);
	buf_fini(&right);
}

/* Where in the text does the fact stand? */
static void
test_needle(void)
{
	struct buf ask = BUF_INIT, right = BUF_INIT;
	static const char *const names[] = { "needle_0", "needle_50",
	    "needle_90", "needle_100" };
	static const double depth[] = { 0, 0.5, 0.9, 1 };
	const char *from, *at, *end;
	struct quiz q;

	for (size_t i = 0; i < 4; i++) {
		q = quiz(names[i], 7);
		buf_clear(&ask);
		buf_clear(&right);
		quiz_ask(&ask, &q, 1000);
		quiz_answer(&right, &q);
		from = strstr(buf_cstr(&ask), ".\n\n") + 3;
		end = strstr(from, "\n\n");
		at = strstr(from, "The code of the ");
		is_near((double)(at - from) / (double)(end - from), depth[i],
		    0.01, names[i]);
		at = strstr(at, buf_cstr(&right));
		ok(at != NULL && at < end && strstr(at + 1, buf_cstr(&right)) ==
		    NULL, "its code stands there, once");
	}
	buf_fini(&ask);
	buf_fini(&right);
}

/* What the seed of a question makes it ask. */
static void
test_question(void)
{
	struct buf ask = BUF_INIT;
	struct quiz q = quiz("arithmetic_2", 0x3fa9c1d200);

	quiz_ask(&ask, &q, 0);
	is_text(buf_cstr(&ask), "Question 3fa9c1d200, arithmetic_2.\n\n"
	    "What is 53 * 15? Answer with the number alone.", "the question");
	buf_fini(&ask);
}

static const struct judged {
	const char *name, *form;	/* @: the right answer */
	bool is_right;
} judged[] = {
	{ "arithmetic", "@", true },
	{ "arithmetic", " @.\n", true },
	{ "arithmetic", "The answer is **@**.", true },
	{ "arithmetic", "1 + 1 = 2, so it is @", true },
	{ "arithmetic", "@.0", true },
	{ "arithmetic", "-@", false },
	{ "arithmetic", "@1", false },
	{ "arithmetic", "@ or 5", false },
	{ "arithmetic", "@.5", false },
	{ "arithmetic", "", false },
	{ "arithmetic", "I do not know.", false },
	{ "strings", "\"@\"", true },
	{ "strings", "It is `@`.", true },
	{ "strings", "@s", false },
	{ "strings", "x", false },
	{ "copy", "```\n@\n```", true },
	{ "copy", "Here it is:\n\n  \"@\"  \n", true },
	{ "copy", "@ .", false },
	{ "copy", "so @", false },
	{ "json", "```json\n@\n```", true },
	{ "json", "Here: @ Done.", true },
	{ "json", "@}", false },
	{ "json", "[]", false },
	{ "json", "{}", false },
	{ "json", "{\"a\":", false },
	{ "schema", " @\n", true },
	{ "schema", "```json\n@\n```", false },
	{ "schema", "Here: @", false },
	{ "schema", "{}", false },
	{ "choice", "@", true },
	{ "choice", "**@)** 17", true },
	{ "choice", "The largest is @.", true },
	{ "choice", "(@)", true },
	{ "choice", "@\n\nA) and D) are smaller.", true },
	{ "choice", "A number is larger: @", true },
	{ "choice", "E", false },
	{ "choice", "@bout", false },
	{ "needle", "The code is @.", true },
	{ "needle", "The text was cut.", false },
};

static void
test_judged(void)
{
	struct buf right = BUF_INIT, text = BUF_INIT;
	const struct judged *j;
	const char *at;
	struct quiz q;

	for (size_t i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
		j = &judged[i];
		q = quiz(j->name, 11);
		buf_clear(&right);
		buf_clear(&text);
		quiz_answer(&right, &q);
		at = strchr(j->form, '@');
		if (at == NULL)
			buf_adds(&text, j->form);
		else
			buf_addf(&text, "%.*s%s%s", (int)(at - j->form),
			    j->form, buf_cstr(&right), at + 1);
		ok(quiz_is_right(&q, buf_cstr(&text)) == j->is_right,
		    "%s, %.*s (%zu): %s", j->name, (int)strcspn(j->form,
		    "\n"), j->form, i, j->is_right ? "right" : "wrong");
	}
	buf_fini(&right);
	buf_fini(&text);
}

/* One member: seed, what is said of it, an answer. */
static const struct {
	uint64_t seed;
	const char *member, *answer;
	bool is_right;
} objects[] = {
	{ 1, "\"drove\": the text \"voice\"", "{\"drove\":\"voice\"}", true },
	{ 1, "\"drove\"", "{\"drove\":\"Voice\"}", false },
	{ 1, "\"drove\"", "{\"drove\":\"voice\",\"x\":1}", false },
	{ 1, "\"drove\"", "{\"Drove\":\"voice\"}", false },
	{ 2, "\"build\": a whole number from 58 to 63", "{\"build\":58}",
	    true },
	{ 2, "\"build\"", "{\"build\":63}", true },
	{ 2, "\"build\"", "{\"build\":64}", false },
	{ 2, "\"build\"", "{\"build\":60.5}", false },
	{ 2, "\"build\"", "{\"build\":\"60\"}", false },
	{ 4, "\"games\": true or false", "{\"games\":false}", true },
	{ 4, "\"games\"", "{\"games\":null}", false },
	{ 6, "\"squad\": a list of 2 texts", "{\"squad\":[\"a\",\"\"]}", true },
	{ 6, "\"squad\"", "{\"squad\":[\"a\"]}", false },
	{ 6, "\"squad\"", "{\"squad\":[\"a\",2]}", false },
	{ 6, "\"squad\"", "{\"squad\":{\"a\":\"b\",\"c\":\"d\"}}", false },
};

static void
test_json(void)
{
	struct buf ask = BUF_INIT;
	struct quiz q;

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
		q = quiz("json_1", objects[i].seed);
		buf_clear(&ask);
		quiz_ask(&ask, &q, 0);
		ok(strstr(buf_cstr(&ask), objects[i].member) != NULL &&
		    quiz_is_right(&q, objects[i].answer) ==
		    objects[i].is_right, "%s: %s is %s", objects[i].member,
		    objects[i].answer, objects[i].is_right ? "right" :
		    "wrong");
	}
	buf_fini(&ask);
}

/* The form is a schema of all members, which the question does not tell. */
static void
test_form(void)
{
	struct buf ask = BUF_INIT, form = BUF_INIT;
	struct quiz q = quiz("schema_1", 6), heard;

	quiz_ask(&ask, &q, 0);
	is_text(buf_cstr(&ask), "Question 0000000006, schema_1.\n\n"
	    "Say something short about each of these: tribe.", "the question");
	ok(quiz_schema(&form, &q), "it has a form");
	is_text(buf_cstr(&form), "{\"type\":\"object\",\"properties\":{"
	    "\"tribe\":{\"type\":\"integer\"}},\"required\":[\"tribe\"],"
	    "\"additionalProperties\":false}", "the form");
	ok(quiz_heard(&heard, buf_cstr(&ask)) == 0 && heard.kind == q.kind &&
	    heard.size == 1 && heard.seed == 6, "heard again");
	ok(quiz_heard(&heard, "Question 6") == -1, "no question");
	ok(!quiz_schema(&form, &(struct quiz){ &quiz_json, 4, 6 }),
	    "json has none");
	buf_fini(&ask);
	buf_fini(&form);
}

int
main(void)
{
	static const char *const all[] = { "arithmetic", "arithmetic_9",
	    "strings", "strings_2", "copy", "copy_3", "json", "json_20",
	    "schema",
	    "choice", "needle_10" };

	test_names();
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		test_own_answer(all[i]);
	test_arithmetic();
	test_needle();
	test_question();
	test_judged();
	test_json();
	test_form();
	return tap_done();
}
