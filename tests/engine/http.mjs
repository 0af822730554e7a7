// The HTTP side: routes, JSON bodies, errors, and streams whose every event
// leaves in its own packet the moment it is made.

import http from "node:http";

const BODY_MAX = 32 << 20;

export class EventStream {
	#response;
	#named;
	began = false;

	// named: every event has an "event:" line with its type.
	constructor(response, { named }) {
		this.#response = response;
		this.#named = named;
	}

	#begin() {
		this.began = true;
		this.#response.socket?.setNoDelay(true);
		this.#response.writeHead(200, {
			"Content-Type": "text/event-stream", "Cache-Control": "no-cache",
			Connection: "keep-alive",
		});
	}

	#write(text) {
		if (!this.began)
			this.#begin();
		if (!this.#response.destroyed)
			this.#response.write(text);
	}

	send(event) {
		const data = `data: ${JSON.stringify(event)}\n\n`;

		this.#write(this.#named ? `event: ${event.type}\n${data}` : data);
	}

	end(last) {
		if (last !== undefined)
			this.#write(`data: ${last}\n\n`);
		this.#response.end();
	}
}

function readBody(request) {
	return new Promise((resolve, reject) => {
		const parts = [];
		let size = 0;

		request.on("data", (part) => {
			size += part.length;
			if (size > BODY_MAX)
				reject(Object.assign(new Error("the body is too long"), { status: 413 }));
			else
				parts.push(part);
		});
		request.on("end", () => resolve(Buffer.concat(parts).toString("utf8")));
		request.on("error", reject);
	});
}

async function jsonBody(request) {
	if (request.method !== "POST")
		return {};
	const text = await readBody(request);
	try {
		const body = JSON.parse(text);
		if (body === null || typeof body !== "object" || Array.isArray(body))
			throw new Error("not an object");
		return body;
	} catch {
		throw Object.assign(new Error("The body is not a JSON object"), { status: 400, type: "invalid_request" });
	}
}

function sendJson(response, status, value) {
	const body = JSON.stringify(value);

	response.writeHead(status, {
		"Content-Type": "application/json", "Content-Length": Buffer.byteLength(body),
	});
	response.end(body);
}

async function handle(routes, request, response) {
	const { pathname } = new URL(request.url, "http://localhost");
	const route = routes[`${request.method} ${pathname}`];

	if (route === undefined)
		return sendJson(response, 200,
		    { error: `Unexpected endpoint or method. (${request.method} ${pathname})` });
	const value = await route(await jsonBody(request), response);
	if (value !== undefined)
		sendJson(response, 200, value);
}

function fail(response, error) {
	const { status = 500, type = "internal_error", message, code, param } = error;

	if (!response.headersSent)
		sendJson(response, status, { error: { type, message, code, param } });
	else if (!response.writableEnded)
		response.end(`data: ${JSON.stringify({ error: { type, message, code } })}\n\n`);
}

export function createServer(routes) {
	const server = http.createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
		handle(routes, request, response).catch((error) => fail(response, error));
	});

	server.requestTimeout = 0;
	return server;
}
