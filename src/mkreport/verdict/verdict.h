#ifndef LMG_MKREPORT_VERDICT_VERDICT_H
#define LMG_MKREPORT_VERDICT_VERDICT_H

/*
 * The answers a reader decides from, and the rules they follow.  Pure: reads
 * evidence, prints nothing.  VERDICT_RULES holds the rules in words, as the
 * report prints them; the other files are those rules in C.
 */

#include <stdbool.h>

#include "quantity.h"
#include "read/subject.h"

enum question {
	QUESTION_TTFT,		/* faster to first token */
	QUESTION_DECODE,	/* faster decode */
	QUESTION_MEMORY,	/* less memory */
	QUESTION_STABLE,	/* more stable */
	QUESTION_QUALITY,	/* as good: more right answers */
	QUESTIONS,
	QUESTION_OTHER = QUESTIONS,	/* of a headline of its own */
	ANSWERS = QUESTIONS + 4		/* with those, at most */
};

enum answer_kind {
	ANSWER_WINNER,		/* winner is better */
	ANSWER_SAME,		/* equivalent, or nothing seen on both sides */
	ANSWER_UNSURE,		/* cannot tell; further says how much more */
	ANSWER_CONFOUNDED,	/* cannot tell: one came first too often */
	ANSWER_DESCRIBED,	/* measured, by what decides nothing */
	ANSWER_MISSING		/* not measured on both sides */
};

struct answer {
	enum question question;
	enum answer_kind kind;
	const char *base, *new;		/* the variants compared */
	const char *winner;		/* base or new, or NULL */
	double ratio, lo, hi;		/* winner / other (new / base without
					 * a winner); NAN when not known */
	double further;			/* more rounds that would settle it;
					 * NAN when not known */
	const struct row_compare *compare;	/* the record behind it */
	const struct row_quality_compare *quality;	/* of quality */
	const char *reference;		/* what base and new are held against,
					 * one of them or a third, or NULL */
	const struct row_fidelity *nearness[2];	/* of base, of new: the next
					 * token; of the reference NULL */
	const struct row_agreement *sameness[2];	/* else: of whole
					 * answers */
	const char *nearer;		/* base or new, or NULL */
	const char *counter;
	const struct row_stability *st_base, *st_new;
	double cut_off[2];		/* how many answers of base, of new
					 * ended before their end */
	bool leaks;			/* stability: one of them leaks */
	const char *leaks_by[2];	/* the counter that says so of base, of
					 * new, where the deciding one does
					 * not; else NULL */
	bool is_cache_unknown;		/* of a server whose memory grows */
	const char *why;		/* a clause for ANSWER_*, constant
					 * text */
};

/*
 * The median that was compared of variant (a's base or new), of quality the
 * share of right answers; NAN where there is none, as of stability.
 */
double verdict_figure(const struct answer *a, const char *variant);

/* The same in its unit, with the digits that the table of speeds gives it:
 * "40.6 tok/s". */
char *verdict_figure_text(char out[QUANTITY_CAP], const struct evidence *ev,
    const struct answer *a, const char *variant);

/* Compare variants base and new of a pair on one question. */
struct answer verdict_answer(const struct evidence *ev, const char *pair,
    const char *base, const char *new, enum question q);

/*
 * All of them, a[q] to question q, and behind them those about the other
 * metrics that were tested between the two.  Returns how many.
 */
size_t verdict_answers(struct answer a[ANSWERS], const struct evidence *ev,
    const char *pair, const char *base, const char *new);

/*
 * What says that a variant is better: of time to first token or decode speed
 * the answer, or else the first description of a cold scenario or level whose
 * whole interval does; of quality the answer, or else the first kind of
 * questions of which it is certain.  Both NULL: nothing.
 */
struct favour {
	const struct row_compare *compare;
	const struct row_quality_compare *quality;
};

struct favour verdict_favours(const struct evidence *ev, const char *pair,
    const struct answer *a, const char *variant);
bool verdict_is_favour(struct favour f);

/* Does something favour the one, and something else the other, in one
 * question? */
bool verdict_depends(const struct evidence *ev, const char *pair,
    const struct answer answers[QUESTIONS]);

/* The questions by what they ask for, and how many of each base and new
 * answered rightly, of those that both answered. */
enum questions_of { OF_KNOWLEDGE, OF_CALLS, OF_FORMS, OF_KINDS };

struct kind_score {
	double items, right[2];
};

/* Of each; is it in one base that has more right answers, in another new? */
bool verdict_quality_parts(struct kind_score part[OF_KINDS],
    const struct evidence *ev, const struct answer *a);

enum advice_kind {
	ADVICE_TAKE,		/* winner wins something and loses nothing */
	ADVICE_TRADE,		/* each wins something */
	ADVICE_EITHER,		/* no difference of a size that matters */
	ADVICE_UNSURE,		/* more measurements needed */
	ADVICE_ONLY,		/* only one of them worked at all */
	ADVICE_NEITHER		/* no request to either succeeded */
};

struct advice {
	enum advice_kind kind;
	const char *take;		/* for TAKE and ONLY */
	double further;			/* rounds: the largest of the answers',
					   NAN where one does not tell */
	double round_s;			/* how long one takes */
	bool is_confounded;		/* rounds of which one came first */
};

/* verdict_answer() of quality, into a. */
void verdict_quality(struct answer *a, const struct evidence *ev,
    const char *pair);

/* The first kind of questions in which it is certain that better is, or
 * NULL. */
const struct row_quality_compare *verdict_quality_kind(
    const struct evidence *ev, const char *pair, const struct answer *a,
    const char *better);

/* Why the questions tell nothing, constant text; NULL where they could. */
const char *verdict_quality_why(const struct row_quality_compare *c);

/* answer.why where most answers ended at the limit of tokens. */
extern const char verdict_quality_cut[];

/* Why there is none of what could be drift, constant text. */
const char *verdict_order(const struct row_compare *c);

/* What follows from all n answers about base and new. */
struct advice verdict_advice(const struct answer *answers, size_t n);

/* The counter that decides "less memory" on this host and in this data. */
const char *verdict_counter(const struct evidence *ev, const char *pair);

/* The largest value of counter over all phases; NULL when not measured. */
const struct row_memory *verdict_peak(const struct evidence *ev,
    const char *pair, const char *variant, const char *counter);

/* The rules in words: one per line of Markdown list, NULL at the end. */
extern const char *const VERDICT_RULES[];

#endif
