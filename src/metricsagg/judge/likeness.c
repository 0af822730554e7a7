/*
 * Did the variants of a pair do the same work?  What they were sent, how they
 * were loaded and whether tokens were guessed for them, one against the other.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "versus.h"

static cJSON *
object(const char *text)
{
	return text != NULL ? json_parse(text, strlen(text)) : NULL;
}

/* Of a number of the sampling: as sent, else as the server says; NULL: not
 * known. */
static const cJSON *
in_force(const cJSON *sent, const cJSON *servers, const char *key)
{
	const cJSON *v = json_get(sent, key);

	return v != NULL && !cJSON_IsNull(v) ? v : json_get(servers, key);
}

/* At temperature 0 nothing is drawn. */
static bool
is_of_draw(const char *key)
{
	return strcmp(key, "top_p") == 0 || strcmp(key, "top_k") == 0 ||
	    strcmp(key, "min_p") == 0 || strcmp(key, "seed") == 0;
}

/* A value of key in both; NULL: it has none. */
static void
add_difference(struct buf *out, const char *key, const cJSON *a,
    const cJSON *b)
{
	char *of_a = a != NULL ? cJSON_PrintUnformatted(a) : NULL;
	char *of_b = b != NULL ? cJSON_PrintUnformatted(b) : NULL;

	buf_addf(out, "%s%s %s and %s", out->len > 0 ? "; " : "", key,
	    of_a != NULL ? of_a : "none", of_b != NULL ? of_b : "none");
	free(of_a);
	free(of_b);
}

static void
report(struct view *v, const char *code, const struct variant *a,
    const struct variant *b, struct buf *differences, const char *what)
{
	struct finding f = { .level = FINDING_WARN, .code = code,
	    .pair = b->pair, .variant = b->variant };

	findings_add(&v->f, &f, differences->len > 0, "%s and %s %s: %s",
	    a->variant, b->variant, what, buf_cstr(differences));
	buf_fini(differences);
}

static const char *
servers_own(const struct variant *va)
{
	return va->info != NULL ? va->info->server_sampling : NULL;
}

/* A difference where both are known; one that nobody knows is in the report. */
static void
compare_sampling(struct view *v, const struct variant *a,
    const struct variant *b)
{
	cJSON *sent_a = object(a->sampling), *sent_b = object(b->sampling);
	cJSON *own_a = object(servers_own(a)), *own_b = object(servers_own(b));
	bool is_greedy = json_get_num(sent_a, "temperature", 1) == 0 &&
	    json_get_num(sent_b, "temperature", 1) == 0;
	const cJSON *item, *x, *y;
	struct buf out = BUF_INIT;

	cJSON_ArrayForEach(item, sent_a) {
		x = in_force(sent_a, own_a, item->string);
		y = in_force(sent_b, own_b, item->string);
		if (x != NULL && y != NULL && !cJSON_Compare(x, y, true) &&
		    !(is_greedy && is_of_draw(item->string)))
			add_difference(&out, item->string, x, y);
	}
	report(v, "sampling_differs", a, b, &out,
	    "did not sample in the same way");
	cJSON_Delete(sent_a);
	cJSON_Delete(sent_b);
	cJSON_Delete(own_a);
	cJSON_Delete(own_b);
}

/* Of one kind of engine, and told in one way: then what one does not have is a
 * difference, too. */
static bool
is_same_kind(const struct variant *a, const struct variant *b)
{
	return a->info != NULL && b->info != NULL &&
	    (a->options_from == NULL) == (b->options_from == NULL) &&
	    a->info->server_name == b->info->server_name &&
	    a->info->format == b->info->format;
}

static void
compare_options(struct view *v, const struct variant *a,
    const struct variant *b)
{
	cJSON *of_a = object(a->options), *of_b = object(b->options);
	bool all = is_same_kind(a, b);
	struct buf out = BUF_INIT;
	const cJSON *x, *y;

	cJSON_ArrayForEach(x, of_a) {
		y = json_get(of_b, x->string);
		if (y != NULL ? !cJSON_Compare(x, y, true) : all)
			add_difference(&out, x->string, x, y);
	}
	cJSON_ArrayForEach(y, of_b)
		if (all && json_get(of_a, y->string) == NULL)
			add_difference(&out, y->string, NULL, y);
	report(v, "load_options_differ", a, b, &out, "were loaded differently");
	cJSON_Delete(of_a);
	cJSON_Delete(of_b);
}

static void
compare_speculation(struct view *v, const struct variant *a,
    const struct variant *b)
{
	const struct variant *who = a->draft_tokens > 0 ? a : b;
	struct buf out = BUF_INIT;

	if ((a->draft_tokens > 0) != (b->draft_tokens > 0))
		buf_addf(&out, "%s had %lld tokens drafted, %lld of them "
		    "accepted; the other none", who->variant,
		    (long long)who->draft_tokens,
		    (long long)who->accepted_tokens);
	report(v, "speculation_differs", a, b, &out, "did not guess alike");
}

/* What failed on one side, or was cut off by a time limit. */
static void
compare_work(struct view *v, const struct variant *a, const struct variant *b)
{
	struct finding f = { .level = FINDING_WARN, .code = "work_differs",
	    .pair = b->pair, .variant = b->variant };
	struct versus *at;
	size_t n = versus_of(v, a, b, &at), of_a, of_b;

	for (size_t i = 0; i < n; i++) {
		if (!at[i].is_unlike)
			continue;
		of_a = versus_alone(at[i].base, at[i].new);
		of_b = versus_alone(at[i].new, at[i].base);
		f.scenario = at[i].base->scenario;
		findings_add(&v->f, &f, of_a + of_b, "%s answered %zu "
		    "request%s that %s did not, %s %zu that %s did not (they "
		    "failed, or were not sent): the rounds leave them out, the "
		    "medians do not", a->variant, of_a, FINDINGS_S(of_a),
		    b->variant, b->variant, of_b, a->variant);
	}
	free(at);
}

void
audit_likeness(struct view *v)
{
	const struct variant *first = v->g.variants, *va;

	for (va = first; va < v->g.variants + v->g.n_variants; va++) {
		if (va->pair != first->pair)
			first = va;
		if (va == first)
			continue;
		compare_sampling(v, first, va);
		compare_options(v, first, va);
		compare_speculation(v, first, va);
		compare_work(v, first, va);
	}
}
