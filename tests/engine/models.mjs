// Writes the models of the engine tests: a Llama of random weights in f16 and
// in q8_0, a mixture of experts in both, and models.json, which lists them.
//
//   node models.mjs WORDS DIR
//
// WORDS is a source file; every string of five small letters in it becomes one
// token, so that the generated prompts of lmsdrive have one token per word.
// The weights are random but the work is real: a matrix of noise takes the
// engine as long as a trained one.  The same bytes come out everywhere.

import fs from "node:fs";
import path from "node:path";
import { GGML, GgufWriter } from "./gguf.mjs";

const VOCABULARY = 4096;
const CONTEXT = 16384;
const HEAD = 64;			// dimensions of one attention head

const DENSE = {
	name: "dense", layers: 7, width: 512, heads: 8, kvHeads: 2, ffn: 1408,
	experts: 0, used: 0, seed: 1,
};
const MOE = {
	name: "moe", layers: 6, width: 256, heads: 4, kvHeads: 2, ffn: 448,
	experts: 8, used: 2, seed: 2,
};
const FORMATS = [
	{ name: "f16", type: GGML.F16, fileType: 1, bits: 16 },
	{ name: "q8_0", type: GGML.Q8_0, fileType: 7, bits: 8.5 },
];

// ---- vocabulary -------------------------------------------------------------
const NORMAL = 1, UNKNOWN = 2, CONTROL = 3, BYTE = 6;
const CONTROLS = ["<s>", "</s>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"];
const SPACE = "\u2581";			// how SentencePiece writes a space

// A word is found by joining neighbours from the left, so every beginning of
// it must be a token too; nothing else is, so that no other join competes.
// The rest of the vocabulary is invented words, in the same way.
function vocabulary(words) {
	const tokens = new Map([["<unk>", UNKNOWN]]);
	const add = (text, type) => {
		if (!tokens.has(text))
			tokens.set(text, type);
	};

	for (const text of CONTROLS)
		add(text, CONTROL);
	for (let b = 0; b < 256; b++)
		add(`<0x${b.toString(16).toUpperCase().padStart(2, "0")}>`, BYTE);
	add(SPACE, NORMAL);
	for (let c = 0x21; c < 0x7f; c++)
		add(String.fromCharCode(c), NORMAL);
	for (const word of words)
		for (let n = 1; n <= word.length; n++)
			add(SPACE + word.slice(0, n), NORMAL);
	if (tokens.size > VOCABULARY)
		throw new Error(`${words.length} words need ${tokens.size} tokens, the models have ${VOCABULARY}`);
	for (let i = 0; tokens.size < VOCABULARY; i++) {
		const word = syllables(i);
		for (let n = 1; n <= word.length && tokens.size < VOCABULARY; n++)
			add(SPACE + word.slice(0, n), NORMAL);
	}
	return tokens;
}

// The i-th invented word of three syllables.
function syllables(i) {
	const consonants = "bcdfghjklmnprstvz", vowels = "aeiou";
	let word = "";

	for (let k = 0; k < 3; k++) {
		word += consonants[i % 17] + vowels[(i + k) % 5];
		i = Math.floor(i / 17) + 7 * k;
	}
	return word;
}

function wordsOf(source) {
	const text = fs.readFileSync(source, "utf8");
	const words = [...new Set([...text.matchAll(/"([a-z]{5})"/g)].map((m) => m[1]))];

	if (words.length < 100)
		throw new Error(`${source}: only ${words.length} five-letter words found`);
	return words;
}

// ---- weights ----------------------------------------------------------------
// SplitMix32-style generator: integers only, so the same on every platform.
function generator(seed) {
	let state = seed >>> 0;

	return () => {
		state = (state + 0x9e3779b9) >>> 0;
		let z = state;
		z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
		z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
		return (z ^ (z >>> 15)) >>> 0;
	};
}

// About normal, standard deviation 1: the sum of the four bytes of one draw,
// which has mean 510 and variance 4 (256^2 - 1) / 12.
const NORMALS = Float64Array.from({ length: 1021 },
    (_, sum) => (sum - 510) / Math.sqrt((256 * 256 - 1) / 3));

function normal(draw) {
	const z = draw();

	return NORMALS[(z & 255) + ((z >>> 8) & 255) + ((z >>> 16) & 255) + (z >>> 24)];
}

// Dimension 0 of the residual stream carries a constant, which no layer writes
// to; the output rows of tokens that must not be generated look at nothing
// else and give a logit far below every other.  What is left is words with
// their leading space: a random model never ends its answer early, never
// breaks UTF-8, and the text of an answer has the tokens it was made of.
const CONSTANT = 4, NEVER = -40;

function fillers(tokens, draw) {
	const isWord = [...tokens.keys()].map((t) => t.startsWith(SPACE) && t.length > 1);
	const random = (scale) => (r, row) => {
		for (let i = 0; i < row.length; i++)
			row[i] = scale * normal(draw);
	};

	return {
		random,
		ones: (r, row) => row.fill(1),
		embedding: (r, row) => {
			random(1)(r, row);
			row[0] = CONSTANT;
		},
		// Row r of n writes dimension r of the stream.
		toStream: (scale, n) => (r, row) => {
			random(scale)(r, row);
			if (r % n === 0)
				row.fill(0);
		},
		output: (scale) => (r, row) => {
			random(scale)(r, row);
			row[0] = 0;
			if (!isWord[r]) {
				row.fill(0);
				row[0] = NEVER;
			}
		},
	};
}

function addTensors(file, m, tokens, type) {
	const draw = generator(m.seed);
	const f = fillers(tokens, draw);
	const kv = m.kvHeads * HEAD;
	const inner = 1 / Math.sqrt(m.width);
	const put = (name, dims, fill) => file.tensor(name, type, dims, fill);
	const put32 = (name, dims, fill) => file.tensor(name, GGML.F32, dims, fill);

	put("token_embd.weight", [m.width, VOCABULARY], f.embedding);
	for (let l = 0; l < m.layers; l++) {
		const b = `blk.${l}`;
		put32(`${b}.attn_norm.weight`, [m.width], f.ones);
		put(`${b}.attn_q.weight`, [m.width, m.heads * HEAD], f.random(1.5 * inner));
		put(`${b}.attn_k.weight`, [m.width, kv], f.random(1.5 * inner));
		put(`${b}.attn_v.weight`, [m.width, kv], f.random(inner));
		put(`${b}.attn_output.weight`, [m.heads * HEAD, m.width], f.toStream(2 * inner, m.width));
		put32(`${b}.ffn_norm.weight`, [m.width], f.ones);
		addFeedForward(f, m, b, put, put32);
	}
	put32("output_norm.weight", [m.width], f.ones);
	put("output.weight", [m.width, VOCABULARY], f.output(2 * inner));
}

function addFeedForward(f, m, b, put, put32) {
	const inner = 1 / Math.sqrt(m.width), back = 1 / Math.sqrt(m.ffn);
	const experts = m.experts > 0 ? [m.experts] : [];
	const suffix = m.experts > 0 ? "_exps.weight" : ".weight";

	if (m.experts > 0)
		put32(`${b}.ffn_gate_inp.weight`, [m.width, m.experts], f.random(2 * inner));
	put(`${b}.ffn_gate${suffix}`, [m.width, m.ffn, ...experts], f.random(inner));
	put(`${b}.ffn_up${suffix}`, [m.width, m.ffn, ...experts], f.random(inner));
	put(`${b}.ffn_down${suffix}`, [m.ffn, m.width, ...experts], f.toStream(2 * back, m.width));
}

// ---- one file -----------------------------------------------------------------
function addMetadata(file, m, tokens, format) {
	const number = (key, x) => file.meta(`llama.${key}`, "uint32", x);
	const texts = [...tokens.keys()];

	file.meta("general.architecture", "string", "llama");
	file.meta("general.name", "string", `lmgauge ${m.name} ${format.name}, random weights`);
	file.meta("general.file_type", "uint32", format.fileType);
	file.meta("general.quantization_version", "uint32", 2);
	number("context_length", CONTEXT);
	number("embedding_length", m.width);
	number("block_count", m.layers);
	number("feed_forward_length", m.ffn);
	number("attention.head_count", m.heads);
	number("attention.head_count_kv", m.kvHeads);
	number("rope.dimension_count", HEAD);
	number("vocab_size", VOCABULARY);
	file.meta("llama.attention.layer_norm_rms_epsilon", "float32", 1e-5);
	if (m.experts > 0) {
		number("expert_count", m.experts);
		number("expert_used_count", m.used);
	}
	file.meta("tokenizer.ggml.model", "string", "llama");
	file.meta("tokenizer.ggml.tokens", ["string"], texts);
	file.meta("tokenizer.ggml.scores", ["float32"], texts.map((_, i) => -i));
	file.meta("tokenizer.ggml.token_type", ["int32"], [...tokens.values()]);
	file.meta("tokenizer.ggml.unknown_token_id", "uint32", 0);
	file.meta("tokenizer.ggml.bos_token_id", "uint32", texts.indexOf("<s>"));
	file.meta("tokenizer.ggml.eos_token_id", "uint32", texts.indexOf("</s>"));
	file.meta("tokenizer.ggml.add_bos_token", "bool", true);
	file.meta("tokenizer.ggml.add_eos_token", "bool", false);
	file.meta("tokenizer.ggml.add_space_prefix", "bool", false);
}

const millions = (n) => `${Math.round(n / 1e6)}M`;

function writeModel(m, format, tokens, dir) {
	const name = `${m.name}-${format.name}.gguf`;
	const file = new GgufWriter(path.join(dir, name));

	addMetadata(file, m, tokens, format);
	addTensors(file, m, tokens, format.type);
	file.write();

	const total = file.parameters;
	const idle = m.layers * 3 * m.width * m.ffn * (m.experts - m.used);
	return {
		key: `engine/${m.name}-${format.name}`,
		file: name,
		display_name: `${m.name} ${format.name}`,
		architecture: "llama",
		quantization: { name: format.name.toUpperCase(), bits_per_weight: format.bits },
		size_bytes: fs.statSync(path.join(dir, name)).size,
		parameters: total,
		params_string: m.experts > 0 ? `${millions(total)}-A${millions(total - idle)}` : millions(total),
		experts: m.experts,
		max_context_length: CONTEXT,
	};
}

function main(source, dir) {
	if (dir === undefined) {
		console.error("usage: node models.mjs WORDS DIR");
		process.exit(2);
	}
	fs.mkdirSync(dir, { recursive: true });
	const tokens = vocabulary(wordsOf(source));
	const models = [DENSE, MOE].flatMap(
	    (m) => FORMATS.map((format) => writeModel(m, format, tokens, dir)));
	const list = path.join(dir, "models.json");
	fs.writeFileSync(`${list}.tmp`, JSON.stringify(models, null, "\t") + "\n");
	fs.renameSync(`${list}.tmp`, list);
}

main(process.argv[2], process.argv[3]);
