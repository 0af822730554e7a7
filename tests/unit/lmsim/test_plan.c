#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "plan.h"
#include "sim.h"
#include "tap.h"

/* 2 ms for each prompt token, 10 ms for each answer token, round factors. */
static const char yaml[] =
    "models:\n"
    "  - {key: m, prefill_overhead: 100ms, prefill_tps: 500, decode_tps: 100,"
    " template_tokens: 6, depth_slowdown: 1, batch_slowdown: 0.5,"
    " drift: 0.1, drift_max: 0.5, tokens_per_chunk: 3,"
    " reasoning_tokens: 4, cache_budget: 1MiB, kv_bytes_per_token: 1B,"
    " domains: {math: {factor: 2, words: [prove]}}}\n"
    "  - {key: short, output_tokens: 5, jitter: 0.2, prefill_min: 1s}\n";

static struct catalogue *catalogue;
static struct sim sim;
static struct instance inst;

/* A job of model i for the text, planned. */
static void
plan(struct job *job, size_t i, const char *text, int64_t max_tokens,
    fault_set faults)
{
	memset(job, 0, sizeof(*job));
	job->sim = &sim;
	job->inst = &inst;
	job->model = &catalogue->models[i];
	job->context_length = 4096;
	job->active_at_start = 1;
	job->req = 1;
	job->faults = faults;
	ask_init(&job->ask);
	ask_add_text(&job->ask, text);
	job->ask.max_tokens = max_tokens;
	job->ask.is_greedy = true;
	plan_tokens(job);
}

static void
done(struct job *job)
{
	ask_fini(&job->ask);
	free(job->words);
}

static fault_set
bit(enum fault f)
{
	return UINT64_C(1) << f;
}

static void
counts(void)
{
	struct job job;

	plan(&job, 0, "a b c d", 20, 0);
	ok(job.prompt_tokens == 10 && job.prompt_said == 10 &&
	    job.cached_tokens == 0, "four words and six of the template");
	ok(job.total_target == 20 && job.reasoning_target == 4 &&
	    strcmp(job.finish, "length") == 0, "as long as allowed");
	ok(plan_prefill(&job) == 120000000, "100 ms and 10 times 2 ms");
	ok(plan_chunk_tokens(&job) == 3, "three tokens to a chunk");
	job.tokens = 3;
	ok(plan_chunk_tokens(&job) == 1, "but never two kinds in one");
	job.tokens = 19;
	ok(plan_chunk_tokens(&job) == 1, "nor more than are left");
	cache_keep(&inst.cache, job.words, job.n_words);
	done(&job);

	plan(&job, 0, "a b c e", 20, 0);
	ok(job.cached_tokens == 3 && plan_prefill(&job) == 84000000,
	    "three of ten cached: seven tenths of the overhead, 7 times 2 ms");
	done(&job);
	plan(&job, 0, "a b c d", 20, 0);
	ok(job.cached_tokens == 9, "all but one token of a known prompt");
	done(&job);
	plan(&job, 0, "z y x w v u", -1, bit(FAULT_TRUNCATE_PROMPT));
	ok(job.prompt_tokens == 3 && job.total_target == 256,
	    "a quarter of twelve; 256 when nobody says");
	done(&job);
	plan(&job, 0, "q", 5000, 0);
	ok(job.total_target == 4096 - 7, "no further than the context");
	done(&job);
	plan(&job, 1, "q", 100, 0);
	ok(job.total_target == 5 && strcmp(job.finish, "stop") == 0,
	    "an answer of natural length stops");
	ok(plan_prefill(&job) == 1000000000, "the shortest prefill");
	done(&job);
	plan(&job, 0, "q", 8, bit(FAULT_SHORT));
	ok(job.total_target == 4, "half");
	done(&job);
	plan(&job, 0, "q", 8, bit(FAULT_EMPTY));
	ok(job.total_target == 0, "nothing");
	done(&job);
}

static void
speeds(void)
{
	struct job job, again;
	double sum = 0;

	plan(&job, 0, "a b c d", 20, 0);
	ok(plan_gap(&job, 90) == 11000000, "10 ms and a tenth at depth 100");
	done(&job);
	plan(&job, 0, "prove b c d", 20, 0);
	ok(plan_gap(&job, 90) == 5500000 && strcmp(job.domain, "math") == 0,
	    "twice as fast in its domain");
	done(&job);
	inst.served = 3;
	plan(&job, 0, "a", 20, 0);
	is_near(job.gap_ns, 13e6, 1, "three requests served: 30 % slower");
	done(&job);
	inst.served = 30;
	plan(&job, 0, "a", 20, 0);
	is_near(job.gap_ns, 15e6, 1, "but not beyond drift_max");
	done(&job);
	inst.served = 0;
	plan(&job, 1, "a", 20, 0);
	plan(&again, 1, "a", 20, 0);
	ok(plan_gap(&job, 7) == plan_gap(&again, 7) &&
	    plan_gap(&job, 7) != plan_gap(&job, 8), "jitter has a seed");
	for (int64_t i = 1; i <= 20000; i++)
		sum += (double)plan_gap(&job, i);
	is_near(sum / 20000 / job.gap_ns, 1, 0.005, "and mean zero");
	done(&job);
	done(&again);
}

int
main(void)
{
	catalogue = catalogue_parse("test", yaml, sizeof(yaml) - 1, 0);
	if (!ok(catalogue != NULL, "the models"))
		return tap_done();
	sim.catalogue = catalogue;
	cache_init(&inst.cache, 1 << 20, 1, 0);
	counts();
	speeds();
	cache_fini(&inst.cache);
	catalogue_free(catalogue);
	return tap_done();
}
