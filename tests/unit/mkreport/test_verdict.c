#include "tap.h"

#include "diag.h"
#include "verdict/verdict.h"

/* Evidence from lines of JSON, as mkreport reads it. */
static struct evidence_set
evidence(const char *const *lines)
{
	struct evidence_set set = EVIDENCE_SET_INIT;
	struct slice s;

	for (; *lines != NULL; lines++) {
		s.p = *lines;
		s.len = strlen(*lines);
		ok(evidence_add(&set, s) == EVIDENCE_OK, "a record is read");
	}
	return set;
}

static struct answer
ask(const struct evidence_set *set, enum question q)
{
	return verdict_answer(&set->v[0], "p", "a", "b", q);
}

static void
test_speed(void)
{
	static const char *const lines[] = {
		"{\"type\":\"compare\",\"run\":\"r\",\"pair\":\"p\","
		    "\"scenario\":\"long\",\"cache\":\"cold\","
		    "\"metric\":\"ttft_s\",\"base\":\"a\",\"new\":\"b\","
		    "\"rounds\":50,\"ratio\":2,\"ratio_lo\":1.9,"
		    "\"ratio_hi\":2.1,\"verdict\":\"different\","
		    "\"better\":\"a\"}",
		"{\"type\":\"compare\",\"run\":\"r\",\"pair\":\"p\","
		    "\"scenario\":\"simple_gen\",\"cache\":\"cold\","
		    "\"metric\":\"ttft_s\",\"headline\":true,\"base\":\"a\","
		    "\"new\":\"b\",\"rounds\":10,\"ratio\":0.8,"
		    "\"ratio_lo\":0.75,\"ratio_hi\":0.85,"
		    "\"verdict\":\"different\",\"better\":\"b\"}",
		"{\"type\":\"compare\",\"run\":\"r\",\"pair\":\"p\","
		    "\"scenario\":\"simple_gen\",\"cache\":\"warm\","
		    "\"metric\":\"ttft_s\",\"base\":\"a\",\"new\":\"b\","
		    "\"rounds\":90,\"ratio\":9,\"ratio_lo\":9,\"ratio_hi\":9,"
		    "\"verdict\":\"different\",\"better\":\"a\"}",
		"{\"type\":\"compare\",\"run\":\"r\",\"pair\":\"p\","
		    "\"scenario\":\"simple_gen\",\"cache\":\"cold\","
		    "\"metric\":\"decode_tps\",\"headline\":true,"
		    "\"base\":\"a\",\"new\":\"b\",\"rounds\":10,\"ratio\":0.8,"
		    "\"ratio_lo\":0.5,\"ratio_hi\":1.25,"
		    "\"verdict\":\"inconclusive\",\"better\":null,"
		    "\"further_rounds\":12}",
		NULL
	};
	struct evidence_set set = evidence(lines);
	struct answer a = ask(&set, QUESTION_TTFT);

	ok(a.kind == ANSWER_WINNER, "different: there is a winner");
	is_text(a.winner, "b", "what is tested decides, not what is described");
	is_near(a.ratio, 0.8, 1e-12, "the ratio is winner over other");
	a = verdict_answer(&set.v[0], "p", "b", "a", QUESTION_TTFT);
	is_text(a.winner, "b", "asked the other way round, the same winner");
	is_near(a.ratio, 0.8, 1e-12, "and the same ratio");
	a = ask(&set, QUESTION_DECODE);
	ok(a.kind == ANSWER_UNSURE, "inconclusive: cannot tell");
	is_near(a.further, 12, 0, "and how many rounds more");
	a = verdict_answer(&set.v[0], "p", "b", "a", QUESTION_DECODE);
	is_near(a.ratio, 1.25, 1e-12, "without a winner: new over base");
	is_near(a.lo, 0.8, 1e-12, "lower end");
	is_near(a.hi, 2, 1e-12, "upper end");
	ok(ask(&set, QUESTION_MEMORY).kind == ANSWER_MISSING, "no memory");
	ok(ask(&set, QUESTION_STABLE).kind == ANSWER_MISSING, "no stability");
	evidence_fini(&set);
}

#define MEM(v, c, max) "{\"type\":\"memory\",\"run\":\"r\",\"pair\":\"p\"," \
	"\"variant\":\"" v "\",\"phase\":\"decode\",\"counter\":\"" c "\"," \
	"\"max_bytes\":" max "}"
#define PEAKS(level, verdict, better) "{\"type\":\"compare\",\"run\":\"r\"," \
	"\"pair\":\"p\",\"metric\":\"peak_bytes\",\"by\":\"counter\"," \
	"\"level\":\"" level "\",\"headline\":true,\"base\":\"a\"," \
	"\"new\":\"b\",\"p50_base\":1000,\"p50_new\":1250,\"ratio\":1.25," \
	"\"verdict\":\"" verdict "\",\"better\":" better "}"

static void
test_memory(void)
{
	static const char *const rss[] = {
		PEAKS("rss", "different", "\"a\""), NULL
	};
	static const char *const close[] = {
		PEAKS("rss", "equivalent", "null"), NULL
	};
	static const char *const mapped[] = {
		PEAKS("footprint", "different", "\"a\""),
		PEAKS("footprint+file", "different", "\"b\""), NULL
	};
	static const char *const clear[] = {
		PEAKS("footprint", "different", "\"a\""),
		PEAKS("footprint+file", "different", "\"a\""), NULL
	};
	static const char *const once[] = {
		PEAKS("rss", "confounded-by-order", "null"), NULL
	};
	struct evidence_set set = evidence(rss);
	struct answer a = ask(&set, QUESTION_MEMORY);

	is_text(a.winner, "a", "the rounds of peaks decide");
	is_near(a.ratio, 0.8, 1e-12, "the winner's ratio");
	evidence_fini(&set);
	set = evidence(close);
	a = ask(&set, QUESTION_MEMORY);
	ok(a.kind == ANSWER_SAME, "equivalent is no difference");
	evidence_fini(&set);
	set = evidence(mapped);
	a = ask(&set, QUESTION_MEMORY);
	is_text(a.counter, "footprint", "macOS: footprint decides");
	ok(a.kind == ANSWER_UNSURE && a.winner == NULL && a.why != NULL,
	    "a mapped GGUF may be more or less: cannot tell");
	evidence_fini(&set);
	set = evidence(clear);
	a = ask(&set, QUESTION_MEMORY);
	is_text(a.winner, "a", "less even with its whole file counted");
	evidence_fini(&set);
	set = evidence(once);
	ok(ask(&set, QUESTION_MEMORY).kind == ANSWER_CONFOUNDED,
	    "one visit each: not compared");
	evidence_fini(&set);
}

#define STABLE(v, n, f, lo, hi, w) "{\"type\":\"stability\",\"run\":\"r\"," \
	"\"pair\":\"p\",\"variant\":\"" v "\",\"requests\":" n \
	",\"failed\":" f ",\"fail_lo\":" lo ",\"fail_hi\":" hi \
	",\"worker_exits\":" w "}"

#define LEAK_OF(v, cache) "{\"type\":\"leak\",\"run\":\"r\",\"pair\":\"p\"," \
	"\"variant\":\"" v "\",\"deciding\":true,\"verdict\":\"leak\"," \
	"\"within_cache_budget\":null,\"cache_budget_bytes\":" cache "}"
#define LEAK(v) LEAK_OF(v, "0")

static void
test_both_leak(void)
{
	static const char *const lines[] = {
		STABLE("a", "50", "0", "0", "0.07", "0"),
		STABLE("b", "50", "0", "0", "0.07", "0"), LEAK("a"), LEAK("b"),
		NULL
	};
	struct evidence_set set = evidence(lines);
	struct answer a = ask(&set, QUESTION_STABLE);

	ok(a.kind == ANSWER_SAME && a.leaks, "neither wins if both leak");
	is_text(a.why, "both leak memory", "and it is said so");
	evidence_fini(&set);
}

static void
test_leak_or_cache(void)
{
	static const char *const lines[] = {
		STABLE("a", "50", "0", "0", "0.07", "0"),
		STABLE("b", "50", "0", "0", "0.07", "0"), LEAK_OF("a", "null"),
		NULL
	};
	struct evidence_set set = evidence(lines);
	struct answer a = ask(&set, QUESTION_STABLE);

	ok(a.kind == ANSWER_UNSURE && a.is_cache_unknown,
	    "growth of a server whose cache nobody knows decides nothing");
	evidence_fini(&set);
}

static void
test_stable(void)
{
	static const char *const apart[] = {
		STABLE("a", "50", "0", "0", "0.07", "0"),
		STABLE("b", "50", "20", "0.28", "0.54", "0"), NULL
	};
	static const char *const against[] = {
		STABLE("a", "50", "0", "0", "0.07", "6"),
		STABLE("b", "50", "20", "0.28", "0.54", "0"), NULL
	};
	static const char *const once[] = {
		STABLE("a", "50", "0", "0", "0.07", "5"),
		STABLE("b", "50", "0", "0", "0.07", "0"), NULL
	};
	static const char *const often[] = {
		STABLE("a", "50", "0", "0", "0.07", "6"),
		STABLE("b", "50", "0", "0", "0.07", "0"), NULL
	};
	static const char *const dead[] = {
		STABLE("a", "5", "5", "0.5", "1", "0"),
		STABLE("b", "50", "2", "0.01", "0.1", "0"), NULL
	};
	static const char *const never[] = {
		STABLE("a", "0", "0", "null", "null", "0"),
		STABLE("b", "50", "2", "0.01", "0.1", "0"),
		"{\"type\":\"memory\",\"run\":\"r\",\"pair\":\"p\","
		    "\"variant\":\"a\",\"phase\":\"load\",\"counter\":\"rss\","
		    "\"max_bytes\":5}",
		MEM("b", "rss", "1000"), NULL
	};
	struct evidence_set set = evidence(apart);
	struct answer a[QUESTIONS];
	struct advice advice;

	is_text(ask(&set, QUESTION_STABLE).winner, "a", "fewer failures");
	evidence_fini(&set);
	set = evidence(against);
	ok(ask(&set, QUESTION_STABLE).kind == ANSWER_UNSURE,
	    "signs both ways cancel");
	evidence_fini(&set);
	/* 2 / 2^5 is 0.063, 2 / 2^6 is 0.031 */
	set = evidence(once);
	ok(ask(&set, QUESTION_STABLE).kind == ANSWER_UNSURE,
	    "five workers lost against none may be chance");
	evidence_fini(&set);
	set = evidence(often);
	is_text(ask(&set, QUESTION_STABLE).winner, "b", "six are none");
	evidence_fini(&set);
	set = evidence(never);
	for (size_t q = 0; q < QUESTIONS; q++)
		a[q] = ask(&set, (enum question)q);
	ok(a[QUESTION_MEMORY].kind == ANSWER_MISSING,
	    "memory beside a model that never loaded decides nothing");
	advice = verdict_advice(a, QUESTIONS);
	ok(advice.kind == ADVICE_ONLY, "one was never asked: only one worked");
	is_text(advice.take, "b", "take that one");
	evidence_fini(&set);
	set = evidence(dead);
	for (size_t q = 0; q < QUESTIONS; q++)
		a[q] = ask(&set, (enum question)q);
	advice = verdict_advice(a, QUESTIONS);
	ok(advice.kind == ADVICE_ONLY, "only one worked");
	is_text(advice.take, "b", "take that one");
	evidence_fini(&set);
}

#define TESTED(metric, better) "{\"type\":\"compare\",\"run\":\"r\"," \
	"\"pair\":\"p\",\"scenario\":\"s\",\"cache\":\"cold\"," \
	"\"metric\":\"" metric "\",\"headline\":true,\"base\":\"a\"," \
	"\"new\":\"b\",\"rounds\":5,\"ratio\":2,\"p50_base\":1," \
	"\"p50_new\":2,\"verdict\":\"different\",\"better\":\"" better "\"}"

/* A headline of its own decides as the questions do. */
static void
test_other(void)
{
	static const char *const lines[] = {
		TESTED("decode_tps", "b"), TESTED("e2e_s", "a"),
		"{\"type\":\"metric\",\"run\":\"r\",\"pair\":\"p\","
		"\"variant\":\"b\",\"scenario\":\"s\",\"cache\":\"cold\","
		"\"metric\":\"e2e_s\",\"n\":9,\"p50\":2,\"ci_lo\":1.2,"
		"\"ci_hi\":2.8}",
		STABLE("a", "50", "0", "0", "0.07", "0"),
		STABLE("b", "50", "0", "0", "0.07", "0"), NULL
	};
	struct evidence_set set = evidence(lines);
	struct answer a[ANSWERS];
	char text[QUANTITY_CAP];
	size_t n = verdict_answers(a, &set.v[0], "p", "a", "b");

	ok(n == QUESTIONS + 1, "one more answer");
	is_text(a[QUESTIONS].winner, "a", "of e2e_s");
	is_text(verdict_figure_text(text, &set.v[0], &a[QUESTIONS], "b"),
	    "2.0 s", "with the digits that its interval supports");
	is_text(verdict_figure_text(text, &set.v[0], &a[QUESTION_DECODE], "b"),
	    "2.00 tok/s", "without one, with three");
	ok(verdict_advice(a, n).kind == ADVICE_TRADE,
	    "no one loses on nothing that was decided");
	evidence_fini(&set);
}

#define QUESTIONS_OF(check, verdict, better, right_base, right_new) \
	"{\"type\":\"quality_compare\",\"run\":\"r\",\"pair\":\"p\"," \
	"\"base\":\"a\",\"new\":\"b\",\"check\":" check ",\"items\":40," \
	"\"right_base\":" right_base ",\"right_new\":" right_new "," \
	"\"verdict\":\"" verdict "\",\"better\":" better "}"

/* All kinds together hide none that says otherwise. */
static void
test_kinds(void)
{
	static const char *const lines[] = {
		QUESTIONS_OF("null", "different", "\"b\"", "0.5", "0.7"),
		QUESTIONS_OF("\"json_4\"", "different", "\"b\"", "0.2", "0.9"),
		QUESTIONS_OF("\"copy_12\"", "inconclusive", "null", "0.5",
		    "0.5"),
		QUESTIONS_OF("\"agent\"", "different", "\"a\"", "0.9", "0.5"),
		QUESTIONS_OF("\"schema_4\"", "inconclusive", "null", "0.4",
		    "0.425"),
		STABLE("a", "50", "0", "0", "0.07", "0"),
		STABLE("b", "50", "0", "0", "0.07", "0"), NULL
	};
	struct evidence_set set = evidence(lines);
	struct kind_score part[OF_KINDS];
	struct answer a[ANSWERS];

	verdict_answers(a, &set.v[0], "p", "b", "a");
	ok(verdict_depends(&set.v[0], "p", a), "it depends on the kind");
	is_text(a[QUESTION_QUALITY].winner, "b", "who has more of all");
	is_text(verdict_favours(&set.v[0], "p", &a[QUESTION_QUALITY],
	    "a").quality->check, "agent", "and what the other does better");
	ok(verdict_quality_parts(part, &set.v[0], &a[QUESTION_QUALITY]),
	    "not all kinds point the same way");
	is_near(part[OF_KNOWLEDGE].items, 80, 0, "questions of all sorts");
	is_near(part[OF_KNOWLEDGE].right[0], 56, 0, "  right in b");
	is_near(part[OF_KNOWLEDGE].right[1], 28, 0, "  in a");
	is_near(part[OF_CALLS].right[1], 36, 0, "tool calls");
	is_near(part[OF_FORMS].right[0], 17, 0, "and forms apart");
	evidence_fini(&set);
}

/* A draw of all that is none of a kind, and one that is. */
static void
test_draw(void)
{
	static const char *lines[] = {
		QUESTIONS_OF("null", "equivalent", "null", "0.8", "0.8"),
		QUESTIONS_OF("\"json_4\"", "inconclusive", "null", "0.8",
		    "0.825"),
		QUESTIONS_OF("\"agent\"", "different", "\"a\"", "0.9", "0.5"),
		NULL
	};
	struct evidence_set set = evidence(lines);
	struct answer a = ask(&set, QUESTION_QUALITY);

	ok(a.kind == ANSWER_UNSURE && a.winner == NULL, "no draw");
	is_text(a.why, "it depends on the kind of questions", "and why");
	evidence_fini(&set);
	lines[2] = NULL;
	set = evidence(lines);
	ok(ask(&set, QUESTION_QUALITY).kind == ANSWER_SAME, "a draw");
	evidence_fini(&set);
}

static void
test_advice(void)
{
	struct answer a[QUESTIONS];
	struct advice advice;
	struct row_compare of_2_s = { .round_s = 2 };

	memset(a, 0, sizeof(a));
	for (size_t q = 0; q < QUESTIONS; q++) {
		a[q].kind = ANSWER_SAME;
		a[q].base = "a";
		a[q].new = "b";
		a[q].further = NAN;
	}
	ok(verdict_advice(a, QUESTIONS).kind == ADVICE_EITHER,
	    "all the same: either");
	a[0].kind = a[1].kind = ANSWER_UNSURE;
	a[0].compare = a[1].compare = &of_2_s;
	a[0].further = 7;
	a[1].further = 4;
	advice = verdict_advice(a, QUESTIONS);
	ok(advice.kind == ADVICE_UNSURE, "one open, none won: cannot tell");
	is_near(advice.further, 7, 0, "with what is needed");
	is_near(advice.round_s, 2, 0, "  and how long a round takes");
	a[1].further = NAN;
	advice = verdict_advice(a, QUESTIONS);
	ok(isnan(advice.further) && advice.round_s == 2,
	    "where one does not tell, the pair does not");
	a[1].kind = ANSWER_SAME;
	a[1].kind = ANSWER_WINNER;
	a[1].winner = a[1].new;
	advice = verdict_advice(a, QUESTIONS);
	ok(advice.kind == ADVICE_TAKE, "one won, none lost: take it");
	is_text(advice.take, "b", "the winner");
	a[2].kind = ANSWER_WINNER;
	a[2].winner = a[2].base;
	ok(verdict_advice(a, QUESTIONS).kind == ADVICE_TRADE,
	    "each won: a trade-off");
	a[1].kind = a[2].kind = a[0].kind = ANSWER_MISSING;
	a[QUESTION_QUALITY].kind = ANSWER_MISSING;
	ok(verdict_advice(a, QUESTIONS).kind == ADVICE_UNSURE,
	    "nothing measured");
}

int
main(void)
{
	test_speed();
	test_memory();
	test_both_leak();
	test_leak_or_cache();
	test_stable();
	test_other();
	test_kinds();
	test_draw();
	test_advice();
	return tap_done();
}
