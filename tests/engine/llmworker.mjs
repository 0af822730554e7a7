// Holds one loaded model: the engine, a context, its slots.  One process per
// model, as LM Studio does it: when the process ends, its memory is back.
//
//   parent -> worker   load {...}, generate {id, ...}, cancel {id}, quit
//   worker -> parent   progress, loaded | failed; then for each generate:
//                      start, prefill*, prefilled, token*, end | error
//
// Every time is taken here, next to the engine, on the monotonic clock.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

process.env.NODE_LLAMA_CPP_SKIP_DOWNLOAD = "true";
process.on("disconnect", () => process.exit(0));	// no parent, no work
process.on("SIGINT", () => {});				// the parent decides

const now = () => Number(process.hrtime.bigint());
const say = (message) => process.connected && process.send(message);

let llama = null, model = null, context = null;
let special = null;			// role -> token
let GrammarState = null;		// the engine's class
const slots = [];			// {sequence, busy, used}
const waiting = [];			// generate messages, first come first served
const running = new Map();		// id -> {cancelled}

// The engine tells of every tensor; every twentieth part is enough.
let toldProgress = 0;
function tellProgress(progress) {
	if (progress < 1 && progress - toldProgress < 0.05)
		return;
	toldProgress = progress;
	say({ type: "progress", progress });
}

async function load({ engineDir, file, config, threads }) {
	const at = createRequire(path.join(engineDir, "package.json")).resolve("node-llama-cpp");
	const { getLlama, LlamaGrammarEvaluationState } = await import(pathToFileURL(at));
	const metal = process.platform === "darwin" && process.arch === "arm64";
	GrammarState = LlamaGrammarEvaluationState;
	llama = await getLlama({
		gpu: metal ? "metal" : false, build: "never", skipDownload: true,
		progressLogs: false, logLevel: "error", maxThreads: threads,
	});

	model = await llama.loadModel({
		modelPath: file, useMmap: true,
		onLoadProgress: (progress) => tellProgress(progress),
	});
	context = await model.createContext({
		contextSize: config.context_length, sequences: config.parallel,
		batchSize: config.eval_batch_size, flashAttention: config.flash_attention,
		threads,
	});
	for (let i = 0; i < config.parallel; i++)
		slots.push({ sequence: context.getSequence(), busy: false, used: 0 });
	special = Object.fromEntries(["system", "user", "assistant", "end"].map(
	    (name) => [name, model.tokenize(`<|${name}|>`, true)[0]]));
	say({
		type: "loaded", batch: context.batchSize, context: context.contextSize,
		runtime: llama.llamaCppRelease.release,
	});
}

// The tokens of a text; a word's token includes the space before it.
function textTokens(text) {
	return model.tokenize(/^\s/.test(text) || text === "" ? text : ` ${text}`);
}

function promptTokens({ prompt, messages }) {
	const tokens = [model.tokens.bos];

	if (prompt !== undefined)
		return tokens.concat(textTokens(prompt));
	for (const { role, content } of messages)
		tokens.push(special[role], ...textTokens(content), special.end);
	tokens.push(special.assistant);
	return tokens;
}

const sharedPrefix = (slot, tokens) =>
	slot.sequence.compareContextTokens(tokens).firstDifferentIndex;

// The free slot whose context begins like the prompt, else the oldest.
function takeSlot(tokens) {
	const free = slots.filter((s) => !s.busy);

	free.sort((a, b) => sharedPrefix(b, tokens) - sharedPrefix(a, tokens) || a.used - b.used);
	return free[0] ?? null;
}

function startWaiting() {
	while (waiting.length > 0) {
		const slot = takeSlot(waiting[0].tokens);
		if (slot === null)
			return;
		const job = waiting.shift();
		slot.busy = true;
		slot.used = now();
		generate(job, slot).catch((error) => {
			say({ type: "error", id: job.id, message: error.message });
		}).finally(() => {
			slot.busy = false;
			running.delete(job.id);
			startWaiting();
		});
	}
}

function accept(message) {
	const job = { ...message, received: now(), cancelled: false };
	const room = context.contextSize - 1;

	job.tokens = promptTokens(message);
	if (job.tokens.length >= room) {
		say({
			type: "error", id: job.id, code: "context_length_exceeded",
			message: `The prompt has ${job.tokens.length} tokens, the context length is ${context.contextSize}`,
		});
		return;
	}
	job.limit = Math.min(job.maxTokens ?? Infinity, room - job.tokens.length);
	running.set(job.id, job);
	waiting.push(job);
	startWaiting();
}

// The prompt but its last token, batch by batch; what the slot still holds of
// it is not done again.  Returns the number of tokens taken from the cache.
async function prefill(job, sequence) {
	const { tokens } = job;
	const batch = context.batchSize;

	await sequence.adaptStateToTokens(tokens.slice(0, -1), false);
	const cached = sequence.nextTokenIndex;
	for (let at = cached; at < tokens.length - 1 && !job.cancelled; at += batch) {
		const part = tokens.slice(at, Math.min(at + batch, tokens.length - 1));
		await sequence.evaluateWithoutGeneratingNewTokens(part);
		say({ type: "prefill", id: job.id, progress: (at + part.length) / tokens.length });
	}
	return cached;
}

// The last 64 tokens are punished, as llama.cpp has it.
function samplingOf({ penalty, ...sampling }, recent) {
	return penalty === 1 ? sampling : { ...sampling,
		repeatPenalty: { penalty, punishTokens: () => recent.slice(-64) } };
}

// The form that the answer is held to, when one is asked for.
async function formOf({ schema }) {
	return schema === undefined ? {} : { grammarEvaluationState: new GrammarState({
		model, grammar: await llama.createGrammarForJsonSchema(schema),
	}) };
}

// The answer's tokens; with logprobs one, and of all that could have come the
// text and the logarithm of its probability, the likeliest first.  From the
// logits: what is sampled by has been cut and scaled.
async function* answerOf(job, sequence, sampling) {
	const last = job.tokens.slice(-1);

	if (!job.logprobs) {
		for await (const token of sequence.evaluate(last, sampling))
			yield { token };
		return;
	}
	const [{ next }] = await sequence.controlledEvaluate([[last[0], { generateNext: {
		token: true, logits: true, totalLogitWeight: true, options: sampling,
	} }]]);
	const all = [...next.logits], weight = Math.log(next.totalLogitWeight);
	yield { token: next.token, choices: all.map(([token, logit]) =>
		[model.detokenize([token], false, job.tokens), logit - all[0][1] - weight]) };
}

async function generate(job, { sequence }) {
	const { id, tokens, limit } = job;
	const recent = [...tokens];
	const sampling = { ...samplingOf(job.sampling, recent), ...await formOf(job) };
	const started = now();
	const times = [];

	say({ type: "start", id });
	const cached = await prefill(job, sequence);
	const prefilled = now();
	say({ type: "prefilled", id });
	if (!job.cancelled && limit > 0) {
		for await (const { token, choices } of answerOf(job, sequence, sampling)) {
			times.push(now());
			recent.push(token);
			say({ type: "token", id, text: model.detokenize([token], false, tokens), choices });
			if (times.length >= limit || job.cancelled)
				break;
		}
	}
	say({
		type: "end", id, finish: times.length >= limit ? "length" : "stop",
		inputTokens: tokens.length, cachedTokens: cached, outputTokens: times.length,
		received: job.received, started, prefilled, times,
	});
}

process.on("message", (message) => {
	switch (message.type) {
	case "load":
		load(message).catch((error) => {
			say({ type: "failed", message: error.message });
			process.disconnect();
		});
		break;
	case "generate":
		accept(message);
		break;
	case "quit":
		process.exit(0);
		break;
	case "cancel": {
		const job = running.get(message.id);
		if (job !== undefined)
			job.cancelled = true;
		break;
	}
	}
});
