// LM Studio's own dialects: /api/v1 (list, load, unload, chat with named
// events) and the one call of /api/v0 that tells the runtime.

import crypto from "node:crypto";
import { ApiError } from "./instances.mjs";
import { EventStream } from "./http.mjs";

const CHAT_KEYS = [
	"model", "input", "system_prompt", "integrations", "stream", "temperature",
	"top_p", "top_k", "min_p", "repeat_penalty", "max_output_tokens", "reasoning",
	"context_length", "store", "previous_response_id",
];
const LOAD_KEYS = [
	"model", "context_length", "eval_batch_size", "flash_attention", "num_experts",
	"offload_kv_cache_to_gpu", "echo_load_config",
];
const STORED_MAX = 256;

// A body is refused for a key it should not have, as LM Studio does.
function checkKeys(body, keys, required) {
	const unknown = Object.keys(body).filter((k) => !keys.includes(k));

	if (unknown.length > 0)
		throw new ApiError(400, "invalid_request",
		    `Unrecognized key(s) in object: ${unknown.map((k) => `'${k}'`).join(", ")}`,
		    "unrecognized_keys");
	if (typeof body[required] !== "string")
		throw new ApiError(400, "invalid_request", `'${required}' is required`,
		    "missing_required_parameter", required);
}

function checkTypes(body, types) {
	for (const [key, type] of Object.entries(types))
		if (body[key] !== undefined && typeof body[key] !== type)
			throw new ApiError(400, "invalid_request", `'${key}' must be a ${type}`, "invalid_type", key);
}

export function samplingOf(body) {
	return {
		temperature: body.temperature ?? 0.8, topP: body.top_p, topK: body.top_k,
		minP: body.min_p, seed: body.seed,
		// What it applies when nobody asks.
		penalty: body.repeat_penalty ?? 1.1,
	};
}

function loadConfigOf(instance) {
	const { context_length, eval_batch_size, flash_attention } = instance.config;

	return { context_length, eval_batch_size, flash_attention };
}

export class LmStudio {
	#instances;
	#stored = new Map();		// response id -> messages

	constructor(instances) {
		this.#instances = instances;
	}

	routes() {
		return {
			"GET /lmstudio-greeting": () => ({
				lmstudio: true, name: "llama.cpp behind LM Studio's API",
				version: `node-llama-cpp ${this.#instances.engineVersion}`,
			}),
			"GET /api/v1/models": () => ({ models: this.#list() }),
			"POST /api/v1/models/load": (body) => this.#load(body),
			"POST /api/v1/models/unload": (body) => this.#unload(body),
			"POST /api/v1/chat": (body, response) => this.#chat(body, response),
			"GET /api/v0/models": () => ({ object: "list", data: this.#listV0() }),
			"POST /api/v0/chat/completions": (body, response) => this.#chatV0(body, response),
		};
	}

	#list() {
		return this.#instances.models.map((m) => ({
			type: "llm", publisher: "engine", key: m.key, display_name: m.display_name,
			architecture: m.architecture, quantization: m.quantization,
			size_bytes: m.size_bytes, params_string: m.params_string,
			loaded_instances: m.loaded.filter((i) => i.loadSeconds !== undefined).map((i) => ({
				id: i.id, config: { ...loadConfigOf(i), parallel: i.config.parallel },
			})),
			max_context_length: m.max_context_length, format: "gguf",
			capabilities: { vision: false, trained_for_tool_use: false },
			description: null,
		}));
	}

	#listV0() {
		return this.#instances.models.map((m) => ({
			id: m.key, object: "model", type: "llm", publisher: "engine",
			arch: m.architecture, compatibility_type: "gguf",
			quantization: m.quantization.name,
			state: m.loaded.length > 0 ? "loaded" : "not-loaded",
			max_context_length: m.max_context_length,
			...(m.loaded.length > 0 && { loaded_context_length: m.loaded[0].config.context_length }),
		}));
	}

	async #load(body) {
		checkKeys(body, LOAD_KEYS, "model");
		checkTypes(body, {
			context_length: "number", eval_batch_size: "number",
			flash_attention: "boolean", echo_load_config: "boolean",
		});
		const config = {};
		for (const key of ["context_length", "eval_batch_size", "flash_attention"])
			if (body[key] !== undefined)
				config[key] = body[key];
		const instance = await this.#instances.load(body.model, config);
		return {
			type: "llm", instance_id: instance.id, load_time_seconds: instance.loadSeconds,
			status: "loaded",
			...(body.echo_load_config && { load_config: loadConfigOf(instance) }),
		};
	}

	async #unload(body) {
		checkKeys(body, ["instance_id"], "instance_id");
		await this.#instances.unload(body.instance_id);
		return { instance_id: body.instance_id };
	}

	#messages(body) {
		const messages = [...(this.#stored.get(body.previous_response_id) ?? [])];
		const input = typeof body.input === "string" ? [{ content: body.input }] : body.input;

		if (!Array.isArray(input))
			throw new ApiError(400, "invalid_request", "'input' is required",
			    "missing_required_parameter", "input");
		if (body.system_prompt !== undefined && messages.length === 0)
			messages.push({ role: "system", content: body.system_prompt });
		for (const item of input)
			messages.push({ role: "user", content: String(item.content ?? "") });
		return messages;
	}

	#store(messages, text) {
		const id = `resp_${crypto.randomBytes(24).toString("hex")}`;

		this.#stored.set(id, [...messages, { role: "assistant", content: text }]);
		if (this.#stored.size > STORED_MAX)
			this.#stored.delete(this.#stored.keys().next().value);
		return id;
	}

	async #chat(body, response) {
		checkKeys(body, CHAT_KEYS, "model");
		checkTypes(body, {
			stream: "boolean", temperature: "number", max_output_tokens: "number",
			store: "boolean", system_prompt: "string", previous_response_id: "string",
		});
		if (body.reasoning !== undefined && body.reasoning !== "off")
			throw new ApiError(400, "invalid_request",
			    "This model does not support the reasoning setting", undefined, "reasoning");
		const messages = this.#messages(body);
		const stream = body.stream ? new EventStream(response, { named: true }) : null;
		try {
			const result = await this.#answer(body, messages, stream, response);
			if (stream === null)
				return result;
			stream.send({ type: "chat.end", result });
		} catch (error) {
			if (stream === null || !stream.began)
				throw error;
			const { type = "internal_error", message, code } = error;
			stream.send({ type: "error", error: { type, message, code } });
			stream.send({ type: "chat.end", result: { model_instance_id: body.model, output: [], stats: {} } });
		}
		stream.end();
	}

	async #answer(body, messages, stream, response) {
		const known = this.#instances.get(body.model)
		    ?? this.#instances.models.find((m) => m.key === body.model);
		if (known === undefined)
			throw new ApiError(404, "model_not_found", `Model ${body.model} not found in downloaded models`);
		const send = (type, rest = {}) => stream?.send({ type, ...rest });

		send("chat.start", { model_instance_id: body.model });
		let loadSeconds;
		const instance = await this.#instances.need(body.model, {
			onLoad: (id) => send("model_load.start", { model_instance_id: id }),
			onProgress: (progress) => send("model_load.progress", { model_instance_id: body.model, progress }),
			onLoaded: (i) => {
				loadSeconds = i.loadSeconds;
				send("model_load.end", { model_instance_id: i.id, load_time_seconds: loadSeconds });
			},
		});
		let text = "";
		const end = await this.#instances.generate(instance, {
			messages, sampling: samplingOf(body), maxTokens: body.max_output_tokens,
			streamed: stream !== null,
		}, (m) => {
			if (m.type === "start")
				send("prompt_processing.start");
			else if (m.type === "prefill")
				send("prompt_processing.progress", { progress: m.progress });
			else if (m.type === "prefilled")
				send("prompt_processing.end");
			else if (m.type === "token") {
				if (text === "")
					send("message.start");
				text += m.text;
				send("message.delta", { content: m.text });
			}
		}, (cancel) => response.once("close", cancel));
		if (text !== "")
			send("message.end");
		return {
			model_instance_id: instance.id,
			output: [{ type: "message", content: text }],
			stats: {
				...end.stats,
				...(loadSeconds !== undefined && { model_load_time_seconds: loadSeconds }),
			},
			...(body.store !== false && { response_id: this.#store(messages, text) }),
		};
	}

	// Not streamed; the only call that names the engine and its version.
	async #chatV0(body, response) {
		if (body.stream)
			throw new ApiError(400, "not_implemented", "/api/v0 does not stream here: use /v1 or /api/v1");
		const instance = await this.#instances.need(String(body.model));
		let text = "";
		const end = await this.#instances.generate(instance, {
			messages: body.messages, sampling: samplingOf(body),
			maxTokens: body.max_tokens > 0 ? body.max_tokens : undefined,
		}, (m) => {
			if (m.type === "token")
				text += m.text;
		}, (cancel) => response.once("close", cancel));
		const { model, config, runtime } = instance;
		return {
			id: `chatcmpl-${crypto.randomBytes(8).toString("hex")}`, object: "chat.completion",
			created: Math.floor(Date.now() / 1000), model: instance.id,
			choices: [{
				index: 0, logprobs: null, finish_reason: end.finish,
				message: { role: "assistant", content: text },
			}],
			usage: {
				prompt_tokens: end.inputTokens, completion_tokens: end.outputTokens,
				total_tokens: end.inputTokens + end.outputTokens,
			},
			stats: {
				tokens_per_second: end.stats.tokens_per_second,
				time_to_first_token: end.stats.time_to_first_token_seconds,
				generation_time: (end.times.at(-1) - end.prefilled) / 1e9,
				stop_reason: end.finish === "length" ? "maxPredictedTokensReached" : "eosFound",
			},
			model_info: {
				arch: model.architecture, quant: model.quantization.name, format: "gguf",
				context_length: config.context_length,
			},
			runtime: {
				name: `llama.cpp-${process.platform}-${process.arch}`, version: runtime,
				supported_formats: ["gguf"],
			},
		};
	}
}
