// A real inference engine behind LM Studio's API, on the loopback interface.
//
//   node server.mjs [--port N] [--models DIR] [--engine DIR] [--parallel N]
//                   [--threads N] [--truth FILE] [--port-file FILE]
//
//   http.mjs -> lmstudio.mjs, openai.mjs -> instances.mjs -> llmworker.mjs
//
// Port 0 takes a free one; the port is printed, and written to --port-file once
// the server answers.  SIGINT, SIGTERM: unload everything and end with 0.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { createServer } from "./http.mjs";
import { Instances } from "./instances.mjs";
import { LmStudio } from "./lmstudio.mjs";
import { OpenAi } from "./openai.mjs";

const BUILD = path.resolve(import.meta.dirname, "../../build/engine");

function usage(message) {
	console.error(`server.mjs: ${message}`);
	process.exit(2);
}

function whole(name, text, min, max) {
	const n = Number(text);

	if (!Number.isInteger(n) || n < min || n > max)
		usage(`--${name} ${text}: expected a whole number from ${min} to ${max}`);
	return n;
}

// Half the cores by default: the engine's threads spin while they wait for each
// other, and on a full machine one that was put aside holds up all of them.
function options() {
	let values;

	try {
		({ values } = parseArgs({ options: {
			port: { type: "string", default: "0" },
			"port-file": { type: "string" },
			models: { type: "string", default: path.join(BUILD, "models") },
			engine: { type: "string", default: BUILD },
			parallel: { type: "string", default: "2" },
			threads: { type: "string", default: String(Math.max(1, Math.min(4, os.cpus().length >> 1))) },
			truth: { type: "string" },
		} }));
	} catch (error) {
		usage(error.message);
	}
	return {
		port: whole("port", values.port, 0, 65535), portFile: values["port-file"],
		modelsDir: values.models, engineDir: path.resolve(values.engine),
		parallel: whole("parallel", values.parallel, 1, 4),
		threads: whole("threads", values.threads, 1, 64), truth: values.truth,
	};
}

function main() {
	const o = options();
	const instances = new Instances(o);
	const server = createServer({
		...new LmStudio(instances).routes(), ...new OpenAi(instances).routes(),
	});
	let stopping = false;

	for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
		process.on(signal, async () => {
			if (stopping)
				return;
			stopping = true;
			server.close();
			server.closeAllConnections();
			await instances.stop();
			process.exit(0);
		});
	server.on("error", (error) => {
		console.error(`server.mjs: port ${o.port}: ${error.message}`);
		process.exit(4);
	});
	server.listen(o.port, "127.0.0.1", () => {
		const { port } = server.address();

		console.log(`http://127.0.0.1:${port}`);
		if (o.portFile !== undefined) {
			fs.writeFileSync(`${o.portFile}.tmp`, `${port}\n`);
			fs.renameSync(`${o.portFile}.tmp`, o.portFile);
		}
	});
}

main();
