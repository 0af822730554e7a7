#include "odds.h"

#include <math.h>
#include <stdio.h>

#include "rng.h"

/* Mean 0, standard deviation 1: the sum of twelve. */
static double
normal(uint64_t *rng)
{
	double sum = -6;

	for (int i = 0; i < 12; i++)
		sum += rng_unit(rng);
	return sum;
}

static void
sort(struct odds *o)
{
	double ln_p;
	int token;

	for (int i = 1; i < ODDS_TOKENS; i++)
		for (int k = i; k > 0 && o->ln_p[k] > o->ln_p[k - 1]; k--) {
			ln_p = o->ln_p[k];
			token = o->token[k];
			o->ln_p[k] = o->ln_p[k - 1];
			o->token[k] = o->token[k - 1];
			o->ln_p[k - 1] = ln_p;
			o->token[k - 1] = token;
		}
}

void
odds_of(struct odds *o, const char *model, const char *prompt, double noise)
{
	uint64_t common = rng_seed(1, prompt);
	uint64_t own = rng_seed(common, model);
	double sum = 0;

	for (int i = 0; i < ODDS_TOKENS; i++) {
		o->token[i] = i;
		o->ln_p[i] = 2 * normal(&common) + noise * normal(&own);
		sum += exp(o->ln_p[i]);
	}
	for (int i = 0; i < ODDS_TOKENS; i++)
		o->ln_p[i] -= log(sum);
	sort(o);
}

static void
write_one(struct json *j, const struct odds *o, int i)
{
	char text[16];

	snprintf(text, sizeof(text), "t%d", o->token[i]);
	json_str(j, "token", text);
	json_num(j, "logprob", o->ln_p[i]);
}

void
odds_write(struct json *j, const struct odds *o, int64_t n)
{
	json_object(j, "logprobs");
	json_array(j, "content");
	json_object(j, NULL);
	write_one(j, o, 0);
	json_array(j, "top_logprobs");
	for (int i = 0; i < ODDS_TOKENS && i < n; i++) {
		json_object(j, NULL);
		write_one(j, o, i);
		json_close(j);
	}
	json_close(j);
	json_close(j);
	json_close(j);
	json_close(j);
}

void
odds_log(struct json *j, const char *key, const struct odds *o)
{
	char text[16];

	json_object(j, key);
	for (int i = 0; i < ODDS_TOKENS; i++) {
		snprintf(text, sizeof(text), "t%d", o->token[i]);
		json_num(j, text, o->ln_p[i]);
	}
	json_close(j);
}
