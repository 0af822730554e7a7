// The OpenAI-compatible dialect: /v1/models, /v1/chat/completions and
// /v1/completions (the raw prompt, no chat template).  Unknown keys are fine.

import crypto from "node:crypto";
import { ApiError } from "./instances.mjs";
import { EventStream } from "./http.mjs";
import { samplingOf } from "./lmstudio.mjs";

const usageOf = (end) => ({
	prompt_tokens: end.inputTokens,
	completion_tokens: end.outputTokens,
	total_tokens: end.inputTokens + end.outputTokens,
	prompt_tokens_details: { cached_tokens: end.cachedTokens },
});

// What differs between the two calls: the shape of a choice.
const CHAT = {
	id: "chatcmpl", whole: "chat.completion", part: "chat.completion.chunk",
	full: (text) => ({ message: { role: "assistant", content: text } }),
	delta: (text) => ({ delta: { role: "assistant", content: text } }),
	last: () => ({ delta: {} }),
};
const RAW = {
	id: "cmpl", whole: "text_completion", part: "text_completion",
	full: (text) => ({ text }),
	delta: (text) => ({ text }),
	last: () => ({ text: "" }),
};

export class OpenAi {
	#instances;

	constructor(instances) {
		this.#instances = instances;
	}

	routes() {
		return {
			"GET /v1/models": () => ({
				object: "list",
				data: this.#instances.models.map((m) => ({
					id: m.key, object: "model", owned_by: "organization_owner",
				})),
			}),
			"POST /v1/chat/completions": (body, response) => {
				if (!Array.isArray(body.messages))
					throw new ApiError(400, "invalid_request_error", "'messages' field is required", null, "messages");
				const messages = body.messages.map(({ role, content }) => ({
					role: ["system", "assistant"].includes(role) ? role : "user",
					content: textOf(content),
				}));
				return this.#complete(CHAT, body, { messages }, response);
			},
			"POST /v1/completions": (body, response) => {
				if (typeof body.prompt !== "string")
					throw new ApiError(400, "invalid_request_error", "'prompt' field is required", null, "prompt");
				return this.#complete(RAW, body, { prompt: body.prompt }, response);
			},
		};
	}

	async #complete(shape, body, prompt, response) {
		const instance = await this.#instances.need(String(body.model));
		const head = {
			id: `${shape.id}-${crypto.randomBytes(8).toString("hex")}`,
			created: Math.floor(Date.now() / 1000), model: instance.id,
			system_fingerprint: instance.id,
		};
		const stream = body.stream ? new EventStream(response, { named: false }) : null;
		const choice = (rest, finish) => [{ index: 0, ...rest, logprobs: null, finish_reason: finish }];
		let text = "";

		const end = await this.#instances.generate(instance, {
			...prompt, sampling: samplingOf(body),
			maxTokens: body.max_tokens > 0 ? body.max_tokens : undefined,
			streamed: Boolean(body.stream),
		}, (m) => {
			if (m.type !== "token")
				return;
			text += m.text;
			stream?.send({ ...head, object: shape.part, choices: choice(shape.delta(m.text), null) });
		}, (cancel) => response.once("close", cancel));
		if (stream === null)
			return { ...head, object: shape.whole, choices: choice(shape.full(text), end.finish), usage: usageOf(end) };
		stream.send({ ...head, object: shape.part, choices: choice(shape.last(), end.finish) });
		if (body.stream_options?.include_usage)
			stream.send({ ...head, object: shape.part, choices: [], usage: usageOf(end) });
		stream.end("[DONE]");
	}
}

// Content is a text, or parts of which some are text.
function textOf(content) {
	return Array.isArray(content) ? content.map((part) => part.text ?? "").join("") : String(content ?? "");
}
