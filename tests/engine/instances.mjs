// The models on disk and the ones in memory.  A loaded model is a child
// process (llmworker.mjs); what it sends about a request goes to the listener
// the request was started with.

import { fork } from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";

const WORKER = path.join(import.meta.dirname, "llmworker.mjs");
const STOP_MS = 2000;			// then the worker is killed
const LOAD_DEFAULTS = { context_length: 4096, eval_batch_size: 512, flash_attention: true };

// An error with what the API needs to tell: an HTTP status, a type, a code.
export class ApiError extends Error {
	constructor(status, type, message, code, param) {
		super(message);
		Object.assign(this, { status, type, code, param });
	}
}

class Instance {
	#child;
	#listeners = new Map();		// request id -> listener
	#next = 1;
	#exited;

	constructor(id, model, config) {
		Object.assign(this, { id, model, config });
	}

	// Resolves when the model is in memory, rejects when it cannot be loaded.
	start(options, onProgress) {
		const began = process.hrtime.bigint();

		this.#child = fork(WORKER, [], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
		this.#exited = new Promise((resolve) => this.#child.once("exit", resolve));
		this.#child.send({
			type: "load", file: this.model.path, config: this.config,
			engineDir: options.engineDir, threads: options.threads,
		});
		return new Promise((resolve, reject) => {
			const fail = (message) => reject(new ApiError(500, "model_load_failed", message));

			this.#child.on("message", (m) => {
				if (m.type === "progress")
					onProgress?.(m.progress);
				else if (m.type === "failed")
					fail(m.message);
				else if (m.type === "loaded") {
					this.loadSeconds = Number(process.hrtime.bigint() - began) / 1e9;
					this.runtime = m.runtime;
					this.config.context_length = m.context;
					this.config.eval_batch_size = m.batch;
					resolve(this);
				} else
					this.#listeners.get(m.id)?.(m);
			});
			this.#exited.then((code) => {
				fail(`the worker ended with status ${code}`);
				this.onExit?.();
				for (const listener of this.#listeners.values())
					listener({ type: "error", message: "The model has crashed" });
			});
		});
	}

	// Returns a function that cancels the request.
	generate(request, listener) {
		const id = this.#next++;

		this.#listeners.set(id, (message) => {
			if (message.type === "end" || message.type === "error")
				this.#listeners.delete(id);
			listener(message);
		});
		this.#child.send({ ...request, type: "generate", id });
		return () => this.#listeners.has(id) && this.#child.send({ type: "cancel", id });
	}

	// Resolves when the process is gone, and its memory with it.
	async stop() {
		const late = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);

		if (this.#child.connected)
			this.#child.send({ type: "quit" });
		await this.#exited;
		clearTimeout(late);
	}
}

export class Instances {
	#models;
	#loaded = new Map();		// instance id -> Instance
	#loading = new Map();		// model key -> promise of a load on demand
	#options;

	constructor(options) {
		const list = path.join(options.modelsDir, "models.json");

		this.#options = options;
		this.#models = JSON.parse(fs.readFileSync(list, "utf8")).map(
		    (m) => ({ ...m, path: path.resolve(options.modelsDir, m.file) }));
	}

	get engineVersion() {
		const file = path.join(this.#options.engineDir, "package.json");

		return JSON.parse(fs.readFileSync(file, "utf8")).dependencies["node-llama-cpp"];
	}

	get models() {
		return this.#models.map((model) => ({
			...model, loaded: [...this.#loaded.values()].filter((i) => i.model.key === model.key),
		}));
	}

	get(id) {
		return this.#loaded.get(id);
	}

	// A second load of the same key is a second instance, "key:2".
	async load(key, config = {}, onProgress = undefined) {
		const model = this.#models.find((m) => m.key === key);

		if (model === undefined)
			throw new ApiError(404, "model_not_found", `Model ${key} not found in downloaded models`);
		if (config.context_length > model.max_context_length)
			throw new ApiError(400, "invalid_request",
			    `context_length must be at most ${model.max_context_length}`, undefined, "context_length");
		let id = key;
		for (let n = 2; this.#loaded.has(id); n++)
			id = `${key}:${n}`;
		const instance = new Instance(id, model,
		    { ...LOAD_DEFAULTS, ...config, parallel: this.#options.parallel });
		instance.onExit = () => this.#loaded.delete(id);
		this.#loaded.set(id, instance);
		try {
			return await instance.start(this.#options, onProgress);
		} catch (error) {
			this.#loaded.delete(id);
			throw error;
		}
	}

	// The instance a request names, loaded first when it is a model's key.
	async need(name, { onLoad, onProgress, onLoaded } = {}) {
		const instance = this.#loaded.get(name);

		if (instance?.loadSeconds !== undefined)
			return instance;
		onLoad?.(name);
		if (!this.#loading.has(name))
			this.#loading.set(name, this.load(name, {}, onProgress).finally(() => this.#loading.delete(name)));
		const loaded = await this.#loading.get(name);
		onLoaded?.(loaded);
		return loaded;
	}

	async unload(id) {
		const instance = this.#loaded.get(id);

		if (instance === undefined)
			throw new ApiError(404, "model_not_found", `No loaded instance ${id}`, undefined, "instance_id");
		await instance.stop();
	}

	async stop() {
		await Promise.all([...this.#loaded.values()].map((i) => i.stop()));
	}

	// One request from start to end: listener sees every message; the truth
	// log gets one line.  Resolves with what the worker says at the end.
	generate(instance, request, listener, onCancel) {
		const hash = crypto.createHash("sha256");
		let text = "", choices;		// of the first token

		return new Promise((resolve, reject) => {
			const cancel = instance.generate(request, (m) => {
				if (m.type === "token") {
					hash.update(m.text);
					text += m.text;
					choices ??= m.choices;
				}
				if (m.type === "error")
					return reject(new ApiError(400, "invalid_request", m.message, m.code));
				listener(m);
				if (m.type === "end") {
					this.#truth(instance, request, m, {
					    output_sha256: hash.digest("hex"), choices, call: request.schema && text });
					resolve({ ...m, stats: statsOf(m) });
				}
			});
			onCancel(cancel);
		});
	}

	#truth(instance, request, m, answer) {
		if (this.#options.truth === undefined)
			return;
		fs.appendFileSync(this.#options.truth, JSON.stringify({
			type: "truth", model: instance.model.key, instance: instance.id,
			input_tokens: m.inputTokens, cached_tokens: m.cachedTokens,
			output_tokens: m.outputTokens, ...answer, finish: m.finish,
			streamed: request.streamed === true,
			received_ns: m.received, started_ns: m.started, prefilled_ns: m.prefilled,
			token_ns: m.times,
		}) + "\n");
	}
}

// The server's own figures, from the worker's clock.  n tokens take n steps
// from the end of the prompt to the last token.
function statsOf({ received, prefilled, times, inputTokens, outputTokens }) {
	const first = times[0], last = times.at(-1);

	return {
		input_tokens: inputTokens,
		total_output_tokens: outputTokens,
		reasoning_output_tokens: 0,
		tokens_per_second: outputTokens > 0 ? outputTokens / ((last - prefilled) / 1e9) : 0,
		time_to_first_token_seconds: outputTokens > 0 ? (first - received) / 1e9 : null,
	};
}
