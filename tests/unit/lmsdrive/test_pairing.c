#include <stdlib.h>

#include "init/naming.h"
#include "init/pairing.h"
#include "init/proposal.h"
#include "tap.h"

static struct model
model(const char *key, const char *format, double bits, const char *params,
    const char *architecture, int64_t bytes)
{
	return (struct model){ .key = (char *)(uintptr_t)key,
	    .format = (char *)(uintptr_t)format, .bits_per_weight = bits,
	    .params = (char *)(uintptr_t)params,
	    .architecture = (char *)(uintptr_t)architecture,
	    .size_bytes = bytes, .max_context_length = -1, .exit_code = -1 };
}

static void
bases(void)
{
	static const char *const table[][2] = {
		{ "mlx-community/Llama-3.3-70B-Instruct-4bit",
		    "llama-3.3-70b-instruct" },
		{ "llama-3.3-70b-instruct@q4_k_m", "llama-3.3-70b-instruct" },
		{ "bartowski/Meta-Llama-3.1-8B-Instruct-GGUF",
		    "llama-3.1-8b-instruct" },
		{ "qwen/qwen3-30b-a3b-2507", "qwen3-30b-a3b-2507" },
		{ "unsloth/Qwen3-30B-A3B-2507-UD-Q4_K_XL.gguf",
		    "qwen3-30b-a3b-2507" },
		{ "gemma-3-4b-it-qat", "gemma-3-4b-it-qat" },
		{ "Phi-4-mini-4-bit-mlx", "phi-4-mini" },
		{ "llama3.2:3b-instruct-q8_0", "llama3.2-3b-instruct" },
		{ "llama3.2:latest", "llama3.2" },
		{ "mlx-community/gpt-oss-20b-MXFP4-Q8", "gpt-oss-20b" },
		{ "x/4bit", "x/4bit" },
	};
	char *got;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		got = naming_base(table[i][0]);
		is_text(got, table[i][1], table[i][0]);
		free(got);
	}
}

static void
formats_and_bits(void)
{
	static const struct {
		const char *key, *format, *is;
		double bits;
	} table[] = {
		{ "a/b-4bit", NULL, "mlx", 4 },
		{ "mlx-community/b", NULL, "mlx", NAN },
		{ "b-Q4_K_M.gguf", NULL, "gguf", 4 },
		{ "b-iq3_xs", NULL, "gguf", 3 },
		{ "b-q6_k", "MLX", "mlx", 6 },
		{ "b", "safetensors", "mlx", NAN },
		{ "b-f16", NULL, NULL, 16 },
		{ "b-int4", NULL, NULL, 4 },
		{ "b-4bit", "onnx", NULL, 4 },
		{ "b-8b", NULL, NULL, NAN },
	};
	struct model m;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		m = model(table[i].key, table[i].format, NAN, NULL, NULL, -1);
		is_text(naming_format(&m), table[i].is, table[i].key);
		ok(isnan(table[i].bits) ? isnan(naming_bits(&m)) :
		    naming_bits(&m) == table[i].bits, "%s: bits",
		    table[i].key);
	}
	m = model("b", NULL, NAN, "8x7B", NULL, INT64_C(28) * 1000000000);
	ok(fabs(naming_bits(&m) - 4) < 1e-9, "bits from size and parameters");
	m = model("b-q4_0", NULL, 4.5, NULL, NULL, -1);
	ok(naming_bits(&m) == 4.5, "what is told comes first");
}

/* "pair: gguf mlx; ..." of what was found. */
static void
is_found(struct model *v, size_t n, const char *want, const char *name)
{
	const struct models list = { v, n };
	struct buf got = BUF_INIT;
	struct pairings p;

	pairings_find(&p, &list);
	for (size_t i = 0; i < p.n; i++) {
		buf_addf(&got, "%s%s:", i > 0 ? "; " : "", p.v[i].name);
		for (size_t k = 0; k < p.v[i].n_sides; k++)
			buf_addf(&got, " %s", p.v[i].side[k].model->key);
		if (p.v[i].is_moe)
			buf_adds(&got, " moe");
	}
	is_text(buf_cstr(&got), want, name);
	buf_fini(&got);
	pairings_fini(&p);
}

static void
pairs(void)
{
	struct model near[] = {
		model("m-1b@q8_0", "gguf", 8.5, "1B", "llama", 1100),
		model("m-1b@q4_k_m", "gguf", 4.85, "1B", "llama", 700),
		model("mlx/m-1b-4bit", "mlx", 4.5, "1B", "llama", 650),
		model("mlx/m-1b-8bit", "mlx", 8.5, "1B", "llama", 1000),
	}, apart[] = {
		model("a-1b-gguf", "gguf", 4, "1B", "llama", 1),
		model("a-1b-mlx", "mlx", 4, "3B", "llama", 1),
		model("b-gguf", "gguf", 4, NULL, "qwen2", 1),
		model("b-mlx", "mlx", 4, NULL, "llama", 1),
		model("c-gguf", "gguf", 4, NULL, "qwen3moe", 9),
		model("c-mlx", "mlx", 4, "8.03B", "qwen3_moe", 9),
	}, others[] = {
		model("Qwen/Qwen3-Embedding-4B-GGUF", "gguf", 4, NULL, NULL, 1),
		model("bge-Reranker-x-mlx", "mlx", 4, NULL, NULL, 1),
		model("far-gguf", "gguf", 4, NULL, NULL, 1),
		model("far-mlx", "mlx", 4, NULL, NULL, 1),
	};

	is_found(near, 4, "m-1b-4.85bit: m-1b@q4_k_m mlx/m-1b-4bit; "
	    "m-1b: m-1b@q8_0 mlx/m-1b-8bit", "the nearest bits, each once, "
	    "the smallest first");
	is_found(apart, 6, "c: c-gguf c-mlx moe; a-1b: a-1b-gguf; "
	    "a-1b-4bit: a-1b-mlx; b: b-gguf; b-4bit: b-mlx",
	    "other parameters or another architecture are no pair");
	others[3].is_remote = true;
	is_found(others, 4, "far: far-gguf", "no embeddings, no other device");
	is_found(others, 0, "", "no models");
}

/* 8 GiB of memory: what context does a model of these bytes get? */
static void
contexts(void)
{
	static const struct {
		int64_t bytes, most, want;
	} table[] = {
		{ 1000000000, -1, 8192 }, { 1000000000, 4096, 4096 },
		{ 5500000000, -1, 4096 }, { 6500000000, -1, 2048 },
		{ 9000000000, -1, 2048 }, { -1, -1, 8192 },
	};
	struct proposal o = { "x", "u", "", NULL, NULL, "make", true,
	    INT64_C(8) << 30, -1 };
	struct model m;
	const struct model *one = &m;
	struct pairings p;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		m = model("m", "gguf", 4, NULL, NULL, table[i].bytes);
		m.max_context_length = table[i].most;
		pairings_given(&p, &one, 1);
		ok(proposal_context(&o, &p.v[0]) == table[i].want,
		    "context of %lld bytes", (long long)table[i].bytes);
		ok(proposal_fits(&o, &p.v[0]) == (table[i].bytes < 7700000000),
		    "does it fit?");
		pairings_fini(&p);
	}
}

int
main(void)
{
	bases();
	formats_and_bits();
	pairs();
	contexts();
	return tap_done();
}
