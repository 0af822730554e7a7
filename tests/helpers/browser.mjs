// A headless Chromium through its debugging pipe: nothing but node is needed.
//   const page = await open(PROGRAM, PROFILE); await page.go(FILE); ...; page.close();
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";

export const open = async (program, profile) => {
	const browser = spawn(program, ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
		"--remote-debugging-pipe", `--user-data-dir=${profile}`],
		{ stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
	const waiting = new Map(), heard = [];
	let id = 0, rest = "", session;
	browser.stdio[4].setEncoding("utf8").on("data", text => {
		const messages = (rest + text).split("\0");
		rest = messages.pop();
		for (const message of messages.map(m => JSON.parse(m))) {
			heard.push(message);
			waiting.get(message.id ?? message.method)?.(message);
		}
	});
	const hear = key => new Promise(resolve => waiting.set(key, resolve));
	const send = async (method, params = {}) => {
		browser.stdio[3].write(JSON.stringify({ id: ++id, method, params, sessionId: session }) + "\0");
		const { error, result } = await hear(id);
		if (error)
			throw new Error(`${method}: ${error.message}`);
		return result;
	};
	const { targetId } = await send("Target.createTarget", { url: "about:blank" });
	session = (await send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
	for (const domain of ["Page", "Runtime", "Network", "Log"])
		await send(`${domain}.enable`);

	const page = {
		heard, send,
		async go(file) {
			heard.length = 0;
			const loaded = hear("Page.loadEventFired");
			await send("Page.navigate", { url: `file://${file}` });
			await loaded;
		},
		async value(expression) {
			const { result, exceptionDetails } = await send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true, userGesture: true });
			if (exceptionDetails)
				throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
			return result.value;
		},
		size: (width, height = 900) => send("Emulation.setDeviceMetricsOverride",
			{ width, height, deviceScaleFactor: 1, mobile: false }),
		media: (scheme, media = "") => send("Emulation.setEmulatedMedia",
			{ media, features: [{ name: "prefers-color-scheme", value: scheme }] }),
		mouse: (type, x, y, buttons = 0) => send("Input.dispatchMouseEvent",
			{ type, x, y, buttons, button: type === "mouseMoved" && !buttons ? "none" : "left", clickCount: type === "mouseMoved" ? 0 : 1 }),
		async press(key, modifiers = 0) {
			const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
			await send("Input.dispatchKeyEvent", { type: "keyDown", key, modifiers, text, windowsVirtualKeyCode: key === "Enter" ? 13 : 0 });
			await send("Input.dispatchKeyEvent", { type: "keyUp", key, modifiers });
		},
		async picture(file, whole = false) {
			const { data } = await send("Page.captureScreenshot", { captureBeyondViewport: whole });
			writeFileSync(file, Buffer.from(data, "base64"));
		},
		async close() {
			const ended = once(browser, "exit");
			await send("Browser.close").catch(() => browser.kill());
			await ended;
		},
	};
	return page;
};
