// What a reader does with a page, in a real browser: one line a check, "ok NAME"
// or "not ok NAME: why".
//   node page.mjs CHROMIUM PROFILE FOLDER, with base, six, one and empty in it
import { deepStrictEqual as same, ok } from "node:assert";
import { readFileSync } from "node:fs";
import { open } from "./browser.mjs";

const [program, profile, folder] = process.argv.slice(2);
const page = await open(program, profile);
const check = async (name, does) => {
	try {
		await does();
		console.log(`ok ${name}`);
	} catch (error) {
		console.log(`not ok ${name}: ${String(error.message).replace(/\s+/g, " ")}`);
	}
};
const go = (which, width = 1280, height = 900) => page.size(width, height).then(() => page.go(`${folder}/${which}/report.html`));
const query = JSON.stringify;
// The middle of an element that was brought into sight; its box.
const middle = (css, i = 0) => page.value(`(async () => {
	const e = document.querySelectorAll(${query(css)})[${i}];
	e.scrollIntoView({ block: "center", behavior: "instant" });
	for (let frame = 0; frame < 2; frame++)
		await new Promise(requestAnimationFrame);
	const r = e.getBoundingClientRect();
	return [r.left + r.width / 2, r.top + r.height / 2];
})()`);
const click = async (css, i) => {
	const at = await middle(css, i);
	await page.mouse("mousePressed", ...at, 1);
	await page.mouse("mouseReleased", ...at);
};
const tip = () => page.value(`(() => {
	const shown = [...document.querySelectorAll(".tip")].filter(t => !t.hidden);
	return shown.length ? [...shown[0].children].map(c => c.textContent) : null;
})()`);
const focus = css => page.value(`document.querySelector(${query(css)}).focus()`);
const style = (css, property) => page.value(`getComputedStyle(document.querySelector(${query(css)})).getPropertyValue(${query(property)})`);
const figure4 = value => String(Number(value.toPrecision(4)));

await go("base");
const records = readFileSync(`${folder}/base/metrics.ndjson`, "utf8").trim().split("\n").map(line => JSON.parse(line));

// Where a number stands on the upright axis of the first panel, from its ticks.
const on_axis = y => page.value(`(() => {
	const ticks = [...document.querySelectorAll("figure svg")[0].querySelectorAll("text")]
		.map(t => [Number(t.textContent), t.getBoundingClientRect()])
		.filter(([n]) => !Number.isNaN(n)).map(([n, r]) => [n, r.top + r.height / 2]);
	const [a, b] = ticks;
	return a[0] + (b[0] - a[0]) * (${y} - a[1]) / (b[1] - a[1]);
})()`);

await check("a dot tells value, request and time", async () => {
	for (const i of [3, 12, 15]) {
		const at = await middle("figure:first-of-type svg use", i + await page.value(`document.querySelectorAll("figure:first-of-type svg defs use").length`));
		await page.mouse("mouseMoved", ...at);
		const lines = await tip(), [, label, pair] = lines[0].match(/^([^,]*), (.*)$/);
		const [, req, sent] = lines[2].match(/^Request (\d+), sent (\S+) s after the start$/);
		const record = records.find(r => r.type === "sample" && r.pair === pair && r.variant === label &&
			r.req === Number(req) && r.scenario === "simple_gen" && figure4(r.sent_s) === sent);
		same(lines[1], `Time to first token: ${figure4(record.ttft_s)} s`);
		const shown = await on_axis(at[1]);
		ok(Math.abs(shown / record.ttft_s - 1) < 0.05, `${shown} is drawn for ${record.ttft_s}`);
	}
});

await check("a median tells its interval", async () => {
	await focus("figure svg");
	await page.press("End");
	await page.press("Home");
	const m = records.find(r => r.type === "metric" && r.metric === "ttft_s" && r.scenario === "simple_gen" && r.by == null && r.cache !== "warm");
	let lines;
	for (let i = 0; i < 40 && !/median/.test((lines = await tip())[0]); i++)
		await page.press("ArrowRight");
	same(lines, [`${m.variant}, ${m.pair}, median`, `Time to first token: ${figure4(m.p50)} [${figure4(m.ci_lo)}, ${figure4(m.ci_hi)}] s`]);
});

await check("a floor tells growth, request and time", async () => {
	const leak = records.find(r => r.type === "leak" && r.deciding), [nth, , req] = leak.points[2];
	await focus('svg[aria-label^="Memory floor"]');
	for (const key of ["Home", "ArrowRight", "ArrowRight"])
		await page.press(key);
	same(await tip(), [leak.variant, `Growth since the first floor: ${figure4((leak.points[2][1] - leak.points[0][1]) / 2 ** 20)} MiB`, `Request: ${nth}`,
		`Request ${req}, sent ${figure4(records.find(r => r.type === "sample" && r.pair === leak.pair && r.req === req).sent_s)} s after the start`]);
});

await check("keys go through the points of a plot", async () => {
	await focus("svg.zooms");
	await page.press("ArrowRight");
	const first = await tip();
	same(first[0].split(", ").slice(1), ["rss"]);
	same(first[2], "Time since the first visit: 0 min");
	await page.press("ArrowRight");
	same((await tip())[2], "Time since the first visit: 0.01667 min");
	await page.press("ArrowDown");
	ok((await tip())[0] !== first[0]);
	await page.press("Escape");
	same(await tip(), null);
});

const zoomed = `document.querySelector("svg.zooms")`;
// The labels below the memory over time that are to be seen.
const ticks = () => page.value(`(() => {
	const svg = ${zoomed}, box = svg.plot.panel;
	return [...svg.querySelectorAll("text")].filter(t => t.checkVisibility() && !t.closest("[style*=none]")).filter(t => {
		const [, y] = t.parentNode.getAttribute("transform").match(/[-\\d.]+/g);
		return y > box.bottom + 10 && y < box.bottom + 30;
	}).map(t => Number(t.textContent));
})()`);
const drag = async (from, to) => {
	await middle("svg.zooms");
	const [left, right, y] = await page.value(`(() => {
		const r = ${zoomed}.getBoundingClientRect(), k = r.width / 900, p = ${zoomed}.plot.panel;
		return [r.left + k * p.left, r.left + k * p.right, r.top + k * (p.top + p.bottom) / 2];
	})()`);
	const x = part => left + part * (right - left);
	await page.mouse("mousePressed", x(from), y, 1);
	await page.mouse("mouseMoved", x((from + to) / 2), y, 1);
	await page.mouse("mouseMoved", x(to), y, 1);
	await page.mouse("mouseReleased", x(to), y);
};
const all = await ticks(), last = Math.max(...records.filter(r => r.type === "timeline" && r.pair === records[0].models[0].pair).map(r => r.t_s)) -
	Math.min(...records.filter(r => r.type === "timeline" && r.pair === records[0].models[0].pair).map(r => r.t_s));

await check("a drag zooms the memory over time, a button shows all again", async () => {
	ok(all.length > 3 && all[0] === 0, `ticks ${all}`);
	await drag(0.25, 0.5);
	const near = await ticks();
	ok(near.length >= 3 && Math.min(...near) >= 0.24 * last / 60 && Math.max(...near) <= 0.51 * last / 60, `ticks ${near} of ${last / 60}`);
	// The line moved with them: it leaves the window on both sides.
	ok(await page.value(`(() => {
		const line = ${zoomed}.querySelector(".stretched").getBoundingClientRect(), all = ${zoomed}.getBoundingClientRect();
		return line.left < all.left && line.right > all.right && line.width > 3 * all.width;
	})()`));
	await click(".zoom button", 4);
	same(await ticks(), all);
	same(await page.value(`document.querySelectorAll(".zoom button")[4].disabled`), true);
});

await check("keys zoom, too", async () => {
	await focus("svg.zooms");
	await page.press("+");
	await page.press("+");
	const near = await ticks(), width = near[near.length - 1] - near[0];
	ok(width < last / 60 / 4 && width > last / 60 / 12, `ticks ${near}`);
	await page.press("ArrowRight", 8);
	const later = await ticks();
	ok(later[0] > near[0] || later[later.length - 1] > near[near.length - 1], `${near} then ${later}`);
	await page.press("-");
	await page.press("0");
	same(await ticks(), all);
});

// The first table of the page that has this heading, and what stands below it.
const column = heading => page.value(`(() => {
	const table = [...document.querySelectorAll("main table")].find(t => [...t.tHead.rows[0].cells].some(c => c.textContent.trim() === ${query(heading)}));
	table.setAttribute("data-test", "");
	const c = [...table.tHead.rows[0].cells].findIndex(c => c.textContent.trim() === ${query(heading)});
	return { column: c, sort: table.tHead.rows[0].cells[c].getAttribute("aria-sort"),
		first: [...table.tBodies[0].rows].map(r => r.cells[0].textContent.trim()), cells: [...table.tBodies[0].rows].map(r => r.cells[c].textContent.trim()) };
})()`);

await check("a heading sorts its table, by click and by key", async () => {
	const before = await column("Metric");
	ok(before.first.includes("") && new Set(before.cells).size > 3, "rows that go on a row above");
	await page.value(`document.querySelector("table[data-test] th:nth-child(${before.column + 1}) button").focus()`);
	await page.press("Enter");
	const up = await column("Metric");
	same(up.sort, "ascending");
	same(up.cells, [...before.cells].sort((a, b) => a.localeCompare(b, "en", { numeric: true })));
	ok(!up.first.includes(""), "a row says what it belongs to");
	await click(`table[data-test] th:nth-child(${before.column + 1}) button`);
	const down = await column("Metric");
	same([down.sort, down.cells], ["descending", [...up.cells].sort((a, b) => b.localeCompare(a, "en", { numeric: true }))]);
	await click(`table[data-test] th:nth-child(${before.column + 1}) button`);
	same(await column("Metric"), before);
});

await check("figures are sorted by what they are worth", async () => {
	const worth = ["900 µs", "57.6 ms", "1 s", "1 min 17 s", "2 min", "11 100 s", "1 d", "-"], mixed = [5, 2, 7, 0, 6, 3, 1, 4];
	const sorted = await page.value(`(() => {
		const table = [...document.querySelectorAll("main table")].find(t => t.tBodies[0].rows.length >= 8 && !t.state);
		const rows = [...table.tBodies[0].rows];
		rows.splice(8).forEach(row => row.remove());
		rows.forEach((row, i) => { row.cells[0].textContent = ${query(mixed.map(i => worth[i]))}[i]; });
		table.tHead.querySelector("button").click();
		return [...table.tBodies[0].rows].map(r => r.cells[0].textContent);
	})()`);
	same(sorted, worth);
});

await check("a command is copied", async () => {
	await page.send("Browser.grantPermissions", { permissions: ["clipboardReadWrite", "clipboardSanitizedWrite"] }).catch(() => {});
	const n = await page.value(`document.querySelectorAll("main pre").length`);
	ok(n > 0 && n === await page.value(`document.querySelectorAll(".copied .copy").length`));
	await click(".copy");
	// It says so for two seconds, once the clipboard has it.
	same(await page.value(`new Promise(said => {
		const button = document.querySelector(".copy"), look = () => button.textContent === "Copy" ? setTimeout(look, 10) : said(button.textContent);
		look();
	})`), "Copied");
	same(await page.value(`navigator.clipboard.readText()`), await page.value(`document.querySelector("main pre").textContent`));
});

await check("equal attributes unfold", async () => {
	same(await page.value(`document.querySelector("details.same").open`), false);
	await click("details.same summary");
	same(await page.value(`document.querySelector("details.same").open`), true);
	const [said, items] = await page.value(`[document.querySelector("details.same summary").textContent, document.querySelectorAll("details.same")[0].querySelectorAll("li").length]`);
	same(said, `The same in all: ${items} attributes`);
});

const ground = "figure svg > g > rect", series = `figure svg use[color="#0072b2"]`;
await check("plots are dark on a dark screen, light on paper", async () => {
	same([await style(ground, "fill"), await style(series, "color")], ["rgb(250, 250, 250)", "rgb(0, 114, 178)"]);
	await page.media("dark");
	same([await style(ground, "fill"), await style(series, "color"), await style("body", "background-color")],
		["rgb(21, 24, 28)", "rgb(93, 183, 240)", "rgb(21, 24, 28)"]);
	await page.media("dark", "print");
	same([await style(ground, "fill"), await style(series, "color"), await style("body", "background-color")],
		["rgb(250, 250, 250)", "rgb(0, 114, 178)", "rgb(255, 255, 255)"]);
});

await check("nothing that is to be pressed is printed", async () => {
	await page.media("light", "print");
	same(await page.value(`[...document.querySelectorAll(".zoom, .copy, .tip, nav")].filter(e => e.checkVisibility()).length`), 0);
	await page.media("light");
});

await check("without scripts all of it is there to be read", async () => {
	const words = `document.querySelector("main").innerText.replace(/\\s+/g, " ").length`;
	await go("base");
	const svg = await page.value(`document.querySelectorAll("figure svg").length`);
	await page.send("Emulation.setScriptExecutionDisabled", { value: true });
	await go("base");
	same(await page.value(`document.querySelectorAll("button, .tip").length`), 0);
	same(await page.value(`document.querySelectorAll("figure svg").length`), svg);
	ok(await page.value(words) > 5000);
	await page.send("Emulation.setScriptExecutionDisabled", { value: false });
});

for (const which of ["base", "six"])
	await check(`${which} never scrolls sideways`, async () => {
		for (const width of [360, 500, 645, 768, 1000, 1280]) {
			const wider = css => page.value(`[...document.querySelectorAll("${css}")].map(e => e.scrollWidth > e.clientWidth)`);
			await go(which, width);
			same([width, await wider("html")], [width, [false]]);
			// The verdicts are to be seen whole; on a wide screen, all is.
			same([width, (await wider(width < 1280 ? ".cards" : ".scroll")).includes(true)], [width, false]);
			ok(width >= 640 || (await wider(".scroll")).includes(true));
		}
	});

await check("no line breaks between a number and its unit", async () => {
	await go("base", 360);
	same(await page.value(`document.querySelector("main").innerText.match(/[0-9] (tok\\/s|[MG]iB|ms|%)/g)?.length ?? 0`), 0);
	ok(await page.value(`document.querySelector("main").innerText.match(/[0-9]\u00a0(tok\\/s|[MG]iB|ms|%)/g).length`) > 100);
	// What is copied has plain blanks.
	same(await page.value(`document.querySelectorAll("pre, code").values().some(e => e.textContent.includes("\u00a0"))`), false);
});

await check("what is told under a finger stays on a phone", async () => {
	await go("base", 360);
	const at = await middle("figure:first-of-type svg use", 20);
	await page.mouse("mousePressed", ...at, 1);
	const [left, right] = await page.value(`(() => { const r = [...document.querySelectorAll(".tip")].find(t => !t.hidden).getBoundingClientRect(); return [r.left, r.right]; })()`);
	ok(left >= 0 && right <= 360, `from ${left} to ${right}`);
	await page.mouse("mouseReleased", ...at);
});

const complaints = () => page.heard.filter(({ method, params }) => method === "Runtime.exceptionThrown" || method === "Runtime.consoleAPICalled" ||
	method === "Log.entryAdded" || (method === "Network.requestWillBeSent" && !params.request.url.startsWith("data:") && !params.request.url.endsWith("/report.html")));
await check("no page says anything in the console or asks for anything", async () => {
	for (const which of ["base", "six", "one", "empty"]) {
		await go(which);
		same([which, complaints().map(c => c.method)], [which, []]);
	}
	// It would be seen.
	await page.value(`console.error("seen"); fetch("http://127.0.0.1:9/x").catch(() => 1)`);
	same([...new Set(complaints().map(c => c.method))].includes("Runtime.consoleAPICalled"), true);
	// And what is not in the page is not fetched.
	same(complaints().filter(c => c.method === "Network.requestWillBeSent"), []);
});

await page.close();
