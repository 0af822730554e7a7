#include <math.h>
#include <stdio.h>

#include "export.h"
#include "json.h"
#include "read/subject.h"

/*
 * llama-bench reports prompt processing ("pp", n_gen 0) and text generation
 * ("tg", n_prompt 0, n_depth tokens in the context) as two tests.  Here a
 * test is one pair, variant, scenario and prompt length, of single requests
 * with cold prompts: llama-bench knows no others.
 *
 * Its compare script joins two builds on every column that describes a test,
 * and null joins nothing.  So the variant is the build, what depends on it is
 * not among those columns, lengths are the same for all variants, and what
 * cannot be known from outside (threads, batch, offload) is an empty text.
 */

enum test_kind { TEST_PP, TEST_TG };

static bool
usable(const struct row_sample *s, enum test_kind kind)
{
	double ts = kind == TEST_PP ? s->prefill_tps : s->decode_tps;

	return s->warmup != 1 && isfinite(ts) && ts > 0 &&
	    !same(s->cache, "warm") && !(s->concurrency > 1) &&
	    (same(s->status, "ok") || same(s->status, "truncated")) &&
	    s->pair != NULL && s->variant != NULL;
}

/* The same test but for the variant. */
static bool
same_shape(const struct row_sample *a, const struct row_sample *b)
{
	return same(a->pair, b->pair) && alike(a->scenario, b->scenario) &&
	    (a->target_tokens == b->target_tokens ||
	    (isnan(a->target_tokens) && isnan(b->target_tokens)));
}

static bool
same_test(const struct row_sample *a, const struct row_sample *b)
{
	return same(a->variant, b->variant) && same_shape(a, b);
}

/* What one request took and did: tokens processed and their speed. */
static double
speed(const struct row_sample *s, enum test_kind kind)
{
	return kind == TEST_PP ? s->prefill_tps : s->decode_tps;
}

static double
tokens(const struct row_sample *s, enum test_kind kind)
{
	double cached = isnan(s->cached_tokens) ? 0 : s->cached_tokens;

	return kind == TEST_PP ? s->prompt_tokens - cached :
	    s->completion_tokens - 1;
}

struct totals {
	double n, mean_ts, m2_ts, mean_ns, m2_ns;	/* Welford */
	double prompt, gen;	/* lengths: the longest of any variant */
};

static void
welford(double n, double x, double *mean, double *m2)
{
	double d = x - *mean;

	*mean += d / n;
	*m2 += d * (x - *mean);
}

static void
put_samples(struct json *j, const struct row_sample *s, size_t n, size_t first,
    enum test_kind kind, bool ns)
{
	size_t k;

	json_array(j, ns ? "samples_ns" : "samples_ts");
	for (k = first; k < n; k++)
		if (usable(&s[k], kind) && same_test(&s[first], &s[k]))
			json_num(j, NULL, ns ? round(1e9 *
			    tokens(&s[k], kind) / speed(&s[k], kind)) :
			    speed(&s[k], kind));
	json_close(j);
}

static struct totals
total(const struct row_sample *s, size_t n, size_t first, enum test_kind kind)
{
	struct totals t = { 0, 0, 0, 0, 0, NAN, NAN };
	size_t k;

	for (k = 0; k < n; k++)
		if (usable(&s[k], kind) && same_shape(&s[first], &s[k])) {
			t.prompt = fmax(t.prompt, s[k].prompt_tokens);
			t.gen = fmax(t.gen, s[k].completion_tokens);
		}
	if (isfinite(s[first].target_tokens))
		t.prompt = s[first].target_tokens;
	for (k = first; k < n; k++) {
		if (!usable(&s[k], kind) || !same_test(&s[first], &s[k]))
			continue;
		t.n++;
		welford(t.n, speed(&s[k], kind), &t.mean_ts, &t.m2_ts);
		welford(t.n, 1e9 * tokens(&s[k], kind) / speed(&s[k], kind),
		    &t.mean_ns, &t.m2_ns);
	}
	return t;
}

static void
put_identity(struct json *j, const struct evidence *ev,
    const struct row_sample *s)
{
	static const char *const unknown[] = {
		"gpu_info", "n_batch", "n_ubatch", "n_threads", "cpu_mask",
		"cpu_strict", "poll", "type_k", "type_v",
		"split_mode", "main_gpu", "no_kv_offload", "flash_attn",
		"tensor_split", "tensor_buft_overrides", "use_mmap",
		"embeddings", "no_op_offload"
	};
	const struct row_model *m = subject_model(ev, s->pair, s->variant);
	const struct row_run *run = evidence_run(ev);
	size_t i;

	json_str(j, "build_commit", s->variant);
	json_null(j, "build_number");
	json_str(j, "cpu_info", run->cpu != NULL ? run->cpu : "");
	json_str(j, "backends", run->server_name != NULL ? run->server_name :
	    m != NULL && m->server_name != NULL ? m->server_name : "");
	json_str(j, "model_filename", s->pair);
	json_str(j, "model_type", s->pair);
	json_num(j, "model_size", m != NULL ? m->size_bytes : (double)NAN);
	json_null(j, "model_n_params");
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		json_str(j, unknown[i], "");
	/* Read as an integer by the compare script; -1: the engine decides. */
	json_int(j, "n_gpu_layers", -1);
}

/* What llama-bench has no column for; its readers ignore it. */
static void
put_rest(struct json *j, const struct evidence *ev, const struct row_sample *s)
{
	const struct row_model *m = subject_model(ev, s->pair, s->variant);

	json_str(j, "scenario", s->scenario);
	json_str(j, "model", m != NULL ? m->model : NULL);
	json_str(j, "runtime", m != NULL ? m->runtime : NULL);
	json_str(j, "run", ev->run);
}

static void
put_test(struct buf *out, const struct evidence *ev,
    const struct row_sample *s, size_t n, size_t first, enum test_kind kind)
{
	struct totals t = total(s, n, first, kind);
	double sd = t.n > 1 ? 1 / (t.n - 1) : (double)NAN;
	struct json j;

	json_init(&j, out);
	json_object(&j, NULL);
	put_identity(&j, ev, &s[first]);
	json_num(&j, "n_prompt", kind == TEST_PP ? t.prompt : 0);
	json_num(&j, "n_gen", kind == TEST_TG ? t.gen : 0);
	json_num(&j, "n_depth", kind == TEST_TG ? t.prompt : 0);
	json_str(&j, "test_time", evidence_run(ev)->wall);
	json_num(&j, "avg_ns", round(t.mean_ns));
	json_num(&j, "stddev_ns", round(sqrt(t.m2_ns * sd)));
	json_num(&j, "avg_ts", t.mean_ts);
	json_num(&j, "stddev_ts", sqrt(t.m2_ts * sd));
	put_samples(&j, s, n, first, kind, true);
	put_samples(&j, s, n, first, kind, false);
	put_rest(&j, ev, &s[first]);
	json_end_line(&j);
}

/* Is this the first usable sample of its test? */
static bool
begins_test(const struct row_sample *s, size_t i, enum test_kind kind)
{
	size_t k;

	if (!usable(&s[i], kind))
		return false;
	for (k = 0; k < i; k++)
		if (usable(&s[k], kind) && same_test(&s[k], &s[i]))
			return false;
	return true;
}

void
export_llama_bench(struct buf *out, const struct evidence_set *set,
    const char *arg)
{
	const struct row_sample *s;
	size_t i, k, n;

	(void)arg;
	for (i = 0; i < set->n; i++) {
		s = evidence_rows(&set->v[i], ROW_SAMPLE, &n);
		for (k = 0; k < n; k++) {
			if (begins_test(s, k, TEST_PP))
				put_test(out, &set->v[i], s, n, k, TEST_PP);
			if (begins_test(s, k, TEST_TG))
				put_test(out, &set->v[i], s, n, k, TEST_TG);
		}
	}
}
