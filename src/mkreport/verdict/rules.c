/* The rules of the verdicts in words; those in C are beside them. */
#include "verdict.h"

#include <stddef.h>

const char *const VERDICT_RULES[] = {
	"**A round** is the unit of evidence: one visit of each variant, next to "
	    "each other, the order reversed from round to round. Requests of "
	    "one visit share its load and its stretch of time; ten of them "
	    "are not ten witnesses. From every round comes one ratio, of the "
	    "medians of its two visits.",
	"**Speed** is decided on requests with a cold prompt: `ttft_s` and "
	    "`decode_tps` of scenario `simple_gen`, or, where it was not run, "
	    "of the scenario with the most requests in a visit. A variant is "
	    "faster when "
	    "the evidence E against \"no difference\" has reached 40 (20 for "
	    "each metric that is tested: these two, or what `headline` of "
	    "the configuration names): if the variants are twins, the chance "
	    "that it ever does, looked at after every round, is below 1 in "
	    "40 for each of the two, so below 1 in 20 for both. That is why a run may stop as soon as it "
	    "is certain: the ratio (the geometric mean over the rounds), its "
	    "interval and E are of the first round that decided, and later "
	    "rounds change nothing.",
	"**No difference** is said when the 95 % interval of the ratio lies "
	    "within 3 % of 1, also where a smaller difference is certain.",
	"**Cannot tell** is said in every other case, with the number of "
	    "further rounds that would probably settle it, where that can be "
	    "told within a factor of two in 9 of 10 cases. Variants of which "
	    "one came first too often, or by too long, are not compared: "
	    "drift would look the same.",
	"Every other metric, scenario and level is described, with the same "
	    "kind of interval, and not tested. Fewer than three rounds have "
	    "no interval.",
	"**Memory** is decided by the same rounds, from the highest sample of "
	    "the process tree in each visit (E of 20): `footprint` on macOS, "
	    "`rss` on Linux. `footprint` does not count the weights of a GGUF "
	    "that is mapped from its file, so it is compared with the file "
	    "added, too; both must say the same.",
	"**Stability**: a variant is more stable when the Wilson 95 % "
	    "intervals of the failure ratios do not overlap, when only the "
	    "other lost worker processes, or had answers cut off, and so often "
	    "that it is no chance "
	    "(six times where both had as many requests), or when only "
	    "the other has a leak "
	    "(verdict `leak`, and more than a cache that fills would "
	    "explain). Signs that point both ways cancel. That nothing failed "
	    "in fewer than 16 requests says nothing.",
	"**As good**: both answer the same questions, made for the run, of which "
	    "a program knows the answer. A variant is better when it has more "
	    "right answers and the exact test over the questions that only "
	    "one of them answered rightly (McNemar) has p < 0.05; that they "
	    "are as good is said when the 95 % interval of the difference lies "
	    "within 5 points, and one of them has a quarter of the answers "
	    "right: where next to none is right, one that answers nothing "
	    "lies within them, too. No answer, or none before the limit, is not right; "
	    "a request that failed is no answer and is left out. A question "
	    "that was asked again counts once, by its first answer. Where "
	    "a kind of questions is certain by itself (adjusted for all "
	    "kinds), all together are no draw, and a kind that favours the "
	    "other is said first. How near the next token, or a whole "
	    "answer, is to that of a reference decides nothing: it is "
	    "described.",
	"**Recommendation**: a variant that wins at least one question and "
	    "loses none is recommended; when each wins something, the "
	    "trade-off is named; when nothing is won, the report says whether "
	    "that is because they are equal or because it cannot tell. It "
	    "depends where a cold scenario or level favours one and another "
	    "the other, each with its whole interval, or a kind of "
	    "questions one and another the other. \"With reserve\" "
	    "names what else differs and moves such answers, so that it may "
	    "not be the format that wins.",
	NULL
};
