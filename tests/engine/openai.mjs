// The OpenAI-compatible dialect: /v1/models, /v1/chat/completions and
// /v1/completions (the raw prompt, no chat template).  Unknown keys are fine.
// Unlike LM Studio it tells log-probabilities, of an answer of one token; a
// tool call is made only where tool_choice requires one, by a grammar.

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
	wanted: (body) => body.logprobs ? body.top_logprobs ?? 0 : undefined,
	logprobs: (token, top) => ({ content: [{ ...token, top_logprobs: top }] }),
	full: (text) => ({ message: { role: "assistant", content: text } }),
	delta: (text) => ({ delta: { role: "assistant", content: text } }),
	last: () => ({ delta: {} }),
};
const RAW = {
	id: "cmpl", whole: "text_completion", part: "text_completion",
	wanted: (body) => body.logprobs ?? undefined,
	logprobs: ({ token, logprob }, top) => ({
		tokens: [token], token_logprobs: [logprob], text_offset: [0],
		top_logprobs: [Object.fromEntries(top.map((c) => [c.token, c.logprob]))],
	}),
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
				const messages = body.messages.map(({ role, content, tool_calls }) => ({
					role: ["system", "assistant"].includes(role) ? role : "user",
					content: textOf(content) + jsonOf(tool_calls),
				}));
				if (body.tools?.length > 0)
					messages.unshift({ role: "system", content: jsonOf(body.tools) });
				return this.#complete(CHAT, body, { messages, schema: callSchema(body) }, response);
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
		const wanted = shape.wanted(body);
		const choice = (rest, finish, logprobs = null) => [{ index: 0, ...rest, logprobs, finish_reason: finish }];
		const send = (choices) => stream?.send({ ...head, object: shape.part, choices });
		let text = "", logprobs = null;

		if (wanted !== undefined && body.max_tokens !== 1)
			throw new ApiError(400, "invalid_request_error", "'logprobs' needs 'max_tokens': 1 here", null, "logprobs");
		const end = await this.#instances.generate(instance, {
			...prompt, sampling: samplingOf(body), logprobs: wanted !== undefined,
			maxTokens: body.max_tokens > 0 ? body.max_tokens : undefined,
			streamed: Boolean(body.stream),
		}, (m) => {
			if (m.type !== "token")
				return;
			text += m.text;
			if (m.choices !== undefined)
				logprobs = logprobsOf(shape, m, wanted);
			if (prompt.schema === undefined)
				send(choice(shape.delta(m.text), null, logprobs));
		}, (cancel) => response.once("close", cancel));
		const calls = prompt.schema && callsOf(text);
		const finish = calls !== undefined ? "tool_calls" : end.finish;
		if (stream === null)
			return { ...head, object: shape.whole, usage: usageOf(end), choices: choice(calls !== undefined ?
			    { message: { role: "assistant", content: null, tool_calls: calls } } : shape.full(text), finish, logprobs) };
		// What is held to a form is sent when it is whole.
		if (calls !== undefined)
			send(choice({ delta: { role: "assistant", tool_calls: calls } }, null));
		else if (prompt.schema !== undefined)
			send(choice(shape.delta(text), null));
		send(choice(shape.last(), finish));
		if (body.stream_options?.include_usage)
			stream.send({ ...head, object: shape.part, choices: [], usage: usageOf(end) });
		stream.end("[DONE]");
	}
}

// Content is a text, or parts of which some are text.
function textOf(content) {
	return Array.isArray(content) ? content.map((part) => part.text ?? "").join("") : String(content ?? "");
}

const jsonOf = (value) => value === undefined ? "" : JSON.stringify(value);

function logprobsOf(shape, { text, choices }, n) {
	const of = ([token, logprob]) => ({ token, logprob, bytes: [...Buffer.from(token)] });

	return shape.logprobs(of(choices.find(([token]) => token === text)), choices.slice(0, n).map(of));
}

// A call of one of the tools, whatever the model makes of it.  Random weights
// never end a text or a list: both are kept short.
function callSchema({ tools, tool_choice }) {
	if (tool_choice !== "required" || !(tools?.length > 0))
		return undefined;
	return { oneOf: tools.map(({ function: f }) => ({ type: "object", properties: {
		name: { const: f.name }, arguments: shortened(f.parameters ?? { type: "object" }),
	} })) };
}

function shortened(schema) {
	const { type, properties, items } = schema;

	return schema.enum !== undefined ? { enum: schema.enum } :
	    type === "object" ? { type, properties: Object.fromEntries(
	        Object.entries(properties ?? {}).map(([name, of]) => [name, shortened(of)])) } :
	    type === "array" ? { type, items: shortened(items), maxItems: 2 } :
	    type === "string" ? { type, maxLength: 12 } : { type };
}

// A text that was cut is no call.
function callsOf(text) {
	try {
		const { name, arguments: of } = JSON.parse(text);
		return [{ index: 0, id: `call_${crypto.randomBytes(8).toString("hex")}`, type: "function",
			function: { name, arguments: JSON.stringify(of) } }];
	} catch {
		return undefined;
	}
}
