// What the page can do beyond being read: points of plots are told under the
// pointer and by the arrow keys, the memory over time can be zoomed, tables are
// sorted by a heading, what one types or posts is copied.
(() => {
"use strict";

const element = (name, properties, ...children) => {
	const e = Object.assign(document.createElement(name), properties);
	e.append(...children);
	return e;
};
const drawn = (name, attributes) => {
	const e = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const key in attributes)
		e.setAttribute(key, attributes[key]);
	return e;
};

// ---- figures ---------------------------------------------------------------
// Four digits, from 10 000 in threes, as the report has it.
const figure = value => {
	const [whole, part] = String(Number(value.toPrecision(4))).split(".");
	const threes = whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, "\u00a0");
	return part ? threes + "." + part : threes;
};

// "Decode (tokens per second)" and 57.6: "Decode: 57.6 tokens per second".
const named = (axis, text) => {
	const [, name, unit] = axis.match(/^(.*?)(?: \(([^()]*)\))?$/);
	return `${name}: ${text}${unit ? " " + unit : ""}`;
};

const UNITS = { ns: 1e-9, "µs": 1e-6, us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86400,
	B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
const QUANTITY = /^[<>≤≥~±+ ]*([-−]?(?:\d{1,3}(?:[ \u00a0]\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:e[-+]?\d+)?)[ \u00a0]?([a-zµ]+)?/i;

// "1 min 17 s" is 77, "11 100 tok/s" 11100, "simple" nothing.
const quantity = text => {
	const match = text.match(QUANTITY);
	if (!match)
		return null;
	const value = Number(match[1].replace(/[ \u00a0]/g, "").replace("−", "-")) * (UNITS[match[2]] ?? 1);
	const more = UNITS[match[2]] >= 60 && quantity(text.slice(match[0].length).trim());
	return more ? value + more : value;
};

// ---- plots -----------------------------------------------------------------
const share = (value, low, high, log) => log
	? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);

// A panel: where it lies (box, in the picture's units), what it spans (from, to,
// low, high), its axes and points.
const panels_of = data => data.panels.map((panel, k) => {
	const [left, top, right, bottom, from, to, low, high] = data.boxes[k];
	return { ...panel, left, top, right, bottom, from, to, low, high, all: [from, to] };
});

const place = (panel, [x, y]) => [
	panel.left + (panel.right - panel.left) * share(x, panel.from, panel.to, panel.log[0]),
	panel.bottom - (panel.bottom - panel.top) * share(y, panel.low, panel.high, panel.log[1])];

const is_within = (panel, x, y) => x >= panel.left - 1 && x <= panel.right + 1 &&
	y >= panel.top - 1 && y <= panel.bottom + 1;

const lines_about = (labels, panel, [x, y, label, request, sent, note, low, high]) => {
	const about = [labels[label - 1]];
	if (panel.groups)
		about.push(panel.groups[Math.floor(x)]);
	if (note != null && panel.notes[note])
		about.push(panel.notes[note]);
	const lines = [about.join(", "),
		named(panel.y, figure(y) + (low == null ? "" : ` [${figure(low)}, ${figure(high)}]`))];
	if (panel.x)
		lines.push(named(panel.x, figure(x)));
	if (request != null)
		lines.push(`Request ${request}` + (sent == null ? "" : `, sent ${figure(sent)} s after the start`));
	return lines;
};

class Plot {
	constructor(svg, data) {
		this.svg = svg;
		this.labels = data.labels;
		this.panels = panels_of(data);
		this.tip = element("output", { className: "tip", hidden: true });
		this.ring = drawn("circle", { r: 7, fill: "none", stroke: "#222222", "stroke-width": 2, visibility: "hidden" });
		svg.append(this.ring);
		svg.after(this.tip);
		this.frame = svg.parentNode;
		svg.setAttribute("tabindex", "0");
		svg.addEventListener("pointermove", event => this.over(event));
		svg.addEventListener("pointerdown", event => this.over(event));
		svg.addEventListener("pointerleave", () => this.hide());
		svg.addEventListener("blur", () => this.hide());
		svg.addEventListener("keydown", event => this.key(event));
		// In the order of reading: panel, label, from left to right.
		this.points = this.panels.flatMap(panel => panel.points.map(point => ({ panel, point })));
		this.points.sort((a, b) => this.panels.indexOf(a.panel) - this.panels.indexOf(b.panel) ||
			a.point[2] - b.point[2] || a.point[0] - b.point[0]);
	}

	// The pointer in the picture's units, and how many of them a pixel is.
	at(event) {
		const matrix = this.svg.getScreenCTM();
		return [(event.clientX - matrix.e) / matrix.a, (event.clientY - matrix.f) / matrix.d, 1 / matrix.a];
	}

	visible() {
		return this.points.filter(({ panel, point }) => is_within(panel, ...place(panel, point)));
	}

	over(event) {
		const [x, y, unit] = this.at(event);
		let nearest = null, least = (28 * unit) ** 2;
		for (const p of this.visible()) {
			const [px, py] = place(p.panel, p.point);
			const distance = (px - x) ** 2 + (py - y) ** 2;
			if (distance < least)
				[nearest, least] = [p, distance];
		}
		if (nearest)
			this.show(nearest);
		else
			this.hide();
	}

	show(which) {
		const { panel, point } = this.shown = which;
		const [x, y] = place(panel, point);
		this.ring.setAttribute("cx", x);
		this.ring.setAttribute("cy", y);
		this.ring.setAttribute("visibility", "visible");
		this.tip.replaceChildren(...lines_about(this.labels, panel, point).map(line => element("div", { textContent: line })));
		this.tip.hidden = false;
		// Right of the point, else left of it, else where there is room.
		const scale = this.svg.clientWidth / this.svg.viewBox.baseVal.width;
		const first = this.frame.scrollLeft, room = first + this.frame.clientWidth - this.tip.offsetWidth;
		const left = x * scale + 14, other = x * scale - 14 - this.tip.offsetWidth;
		this.tip.style.left = Math.max(first, left <= room ? left : Math.min(room, other)) + "px";
		this.tip.style.top = Math.max(0, y * scale - this.tip.offsetHeight - 10) + "px";
	}

	hide() {
		this.shown = null;
		this.tip.hidden = true;
		this.ring.setAttribute("visibility", "hidden");
	}

	// The next point, or with a step of the series (up, down) the nearest of it.
	step(by, of_series) {
		const points = this.visible();
		let i = this.shown ? points.findIndex(p => p.point === this.shown.point) : -1;
		const series = p => this.panels.indexOf(p.panel) * 100 + p.point[2];
		if (i === -1 || !of_series)
			i = Math.min(points.length - 1, Math.max(0, i === -1 ? 0 : i + by));
		else {
			const here = points[i], others = points.filter(p => (series(p) - series(here)) * by > 0);
			const next = others.length && series(others[by > 0 ? 0 : others.length - 1]);
			const those = others.filter(p => series(p) === next);
			those.sort((a, b) => Math.abs(a.point[0] - here.point[0]) - Math.abs(b.point[0] - here.point[0]));
			i = those.length ? points.indexOf(those[0]) : i;
		}
		if (points[i])
			this.show(points[i]);
	}

	key(event) {
		const does = { ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1),
			ArrowDown: () => this.step(1, true), ArrowUp: () => this.step(-1, true),
			Home: () => this.step(-Infinity), End: () => this.step(Infinity), Escape: () => this.hide() }[event.key];
		if (!does || event.ctrlKey || event.metaKey || event.altKey)
			return;
		does();
		event.preventDefault();
	}
}

// The first panel of a plot over time, which can be zoomed: what is drawn is
// stretched behind a window, the ticks are made anew.
class Timeline extends Plot {
	constructor(svg, data, name) {
		super(svg, data);
		this.panel = this.panels[0];
		const { left, top, right, bottom } = this.panel;
		const window_of = drawn("clipPath", { id: name });
		window_of.append(drawn("rect", { x: left, y: top, width: right - left, height: bottom - top }));
		this.drawing = drawn("g", { class: "stretched" });
		const framed = drawn("g", { "clip-path": `url(#${name})` });
		const groups = [...svg.querySelectorAll("g[id]")].filter(g => /gnuplot_plot_\d+a$/.test(g.id));
		groups[0].before(window_of, framed);
		framed.append(this.drawing);
		this.drawing.append(...groups);
		this.ticks = [...svg.querySelectorAll("g[transform] > text")].map(text => text.parentNode).filter(g => {
			const [x, y] = this.position(g);
			return y > bottom + 10 && y < bottom + 30 && x > left - 20 && x < right + 20;
		}).map(g => g.parentNode);
		this.made = drawn("g", {});
		this.chosen = drawn("rect", { y: top, height: bottom - top, fill: "#0072b2", "fill-opacity": .2, visibility: "hidden" });
		svg.append(this.made, this.chosen);
		svg.classList.add("zooms");
		svg.addEventListener("pointerdown", event => this.begin(event));
		svg.addEventListener("pointermove", event => this.drag(event));
		svg.addEventListener("pointerup", event => this.end(event));
		svg.addEventListener("pointercancel", () => this.end());
		const button = (text, does) => element("button", { type: "button", textContent: text, onclick: does });
		this.frame.after(element("div", { className: "zoom" },
			button("Zoom in", () => this.zoom(.5)), button("Zoom out", () => this.zoom(2)),
			button("Earlier", () => this.pan(-.5)), button("Later", () => this.pan(.5)),
			this.reset = button("All", () => this.view(...this.panel.all)),
			element("span", { textContent: "or drag over the plot; keys + and -, Shift and an arrow, 0" })));
		this.view(...this.panel.all);
	}

	position(g) { return g.getAttribute("transform").match(/[-\d.]+/g).map(Number); }

	// Shows from a to b, at least a thousandth and at most all of it.
	view(a, b) {
		const p = this.panel, [first, last] = p.all;
		const width = Math.min(last - first, Math.max((last - first) / 1000, b - a));
		p.from = Math.min(Math.max(first, a), last - width);
		p.to = p.from + width;
		const scale = (last - first) / width;
		const shift = p.left - scale * (p.left + (p.right - p.left) * share(p.from, first, last));
		this.drawing.setAttribute("transform", `matrix(${scale} 0 0 1 ${shift} 0)`);
		this.hide();
		const is_all = width === last - first;
		this.reset.disabled = is_all;
		for (const tick of this.ticks)
			tick.style.display = is_all ? "" : "none";
		this.made.replaceChildren(...is_all ? [] : this.new_ticks());
	}

	new_ticks() {
		const p = this.panel, rough = (p.to - p.from) / 6, ten = 10 ** Math.floor(Math.log10(rough));
		const step = ten * [1, 2, 5, 10].find(m => m * ten >= rough);
		const ticks = [];
		for (let i = Math.ceil(p.from / step); i * step <= p.to && this.ticks.length; i++) {
			const tick = this.ticks[0].cloneNode(true), label = tick.querySelector("g");
			const x = p.left + (p.right - p.left) * share(i * step, p.from, p.to);
			tick.style.display = "";
			tick.querySelector("path").setAttribute("d", `M${x},${p.bottom} L${x},${p.bottom - 9}`);
			label.setAttribute("transform", `translate(${x},${this.position(label)[1]})`);
			label.querySelector("text").textContent = String(Number((i * step).toPrecision(6)));
			ticks.push(tick);
		}
		return ticks;
	}

	zoom(by) {
		const p = this.panel, middle = this.shown ? this.shown.point[0] : (p.from + p.to) / 2;
		const half = (p.to - p.from) * by / 2;
		this.view(middle - half, middle + half);
	}

	pan(by) {
		const p = this.panel, width = (p.to - p.from) * by;
		this.view(p.from + width, p.to + width);
	}

	key(event) {
		const does = { "+": () => this.zoom(.5), "=": () => this.zoom(.5), "-": () => this.zoom(2), "0": () => this.view(...this.panel.all) }[event.key] ||
			(event.shiftKey && { ArrowLeft: () => this.pan(-.25), ArrowRight: () => this.pan(.25) }[event.key]);
		if (!does || event.ctrlKey || event.metaKey || event.altKey)
			return super.key(event);
		does();
		event.preventDefault();
	}

	begin(event) {
		const [x, y] = this.at(event);
		// A finger scrolls the page, and has the buttons.
		if (event.pointerType !== "touch" && event.button === 0 && is_within(this.panel, x, y)) {
			this.start = x;
			this.svg.setPointerCapture(event.pointerId);
		}
	}

	drag(event) {
		if (this.start == null)
			return;
		const x = Math.min(this.panel.right, Math.max(this.panel.left, this.at(event)[0]));
		this.chosen.setAttribute("x", Math.min(x, this.start));
		this.chosen.setAttribute("width", Math.abs(x - this.start));
		this.chosen.setAttribute("visibility", "visible");
	}

	end(event) {
		const p = this.panel, start = this.start;
		this.start = null;
		this.chosen.setAttribute("visibility", "hidden");
		if (start == null || !event)
			return;
		const ends = [start, this.at(event)[0]].map(x => Math.min(p.right, Math.max(p.left, x))).sort((a, b) => a - b);
		const value = x => p.from + (p.to - p.from) * (x - p.left) / (p.right - p.left);
		if (ends[1] - ends[0] > 8)
			this.view(value(ends[0]), value(ends[1]));
	}
}

document.querySelectorAll("figure svg").forEach((svg, i) => {
	const said = svg.querySelector("metadata");
	if (!said)
		return;
	const data = JSON.parse(said.textContent);
	svg.plot = data.panels[0].zoom ? new Timeline(svg, data, "window" + i) : new Plot(svg, data);
});

// ---- tables ----------------------------------------------------------------
const text_of = cell => cell ? cell.textContent.trim() : "";

// A row that leaves its first cells empty means those of the row above.
const fill_down = rows => rows.forEach((row, i) => {
	for (let c = 0; i > 0 && c < row.cells.length && text_of(row.cells[c]) === ""; c++)
		row.cells[c].innerHTML = rows[i - 1].cells[c].innerHTML;
});

const compare_by = (rows, column) => {
	const texts = new Map(rows.map(row => [row, text_of(row.cells[column])]));
	const told = [...texts.values()].filter(text => text !== "" && text !== "-");
	const is_number = told.filter(text => quantity(text) != null).length > told.length / 2;
	const key = row => {
		const text = texts.get(row);
		return text === "" || text === "-" ? null : is_number ? quantity(text) : text;
	};
	// What has no value comes last in both directions.
	return direction => (a, b) => {
		const [x, y] = [key(a), key(b)];
		if (x == null || y == null)
			return (x == null) - (y == null);
		return direction * (is_number ? x - y : x.localeCompare(y, "en", { numeric: true }));
	};
};

const sort_by = (table, column) => {
	const heading = table.tHead.rows[0].cells[column], body = table.tBodies[0];
	const state = table.state ??= { rows: [...body.rows], html: [...body.rows].map(row => row.innerHTML) };
	const next = { ascending: "descending", descending: null }[heading.getAttribute("aria-sort")];
	for (const cell of table.tHead.rows[0].cells)
		cell.removeAttribute("aria-sort");
	state.rows.forEach((row, i) => { row.innerHTML = state.html[i]; });
	let rows = state.rows;
	if (next !== null) {
		heading.setAttribute("aria-sort", next ?? "ascending");
		fill_down(rows);
		rows = [...rows].sort(compare_by(rows, column)(next ? -1 : 1));
	}
	body.append(...rows);
};

for (const table of document.querySelectorAll("main table")) {
	if (!table.tHead || !table.tBodies[0] || table.tBodies[0].rows.length < 2)
		continue;
	[...table.tHead.rows[0].cells].forEach((cell, column) => {
		if (text_of(cell) === "")
			return;
		const button = element("button", { type: "button", className: "sort", title: "Sort by this column" }, ...cell.childNodes);
		button.addEventListener("click", () => sort_by(table, column));
		cell.append(button);
	});
}

// ---- copies ----------------------------------------------------------------
const copy = async (pre, button) => {
	const text = pre.textContent;
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		getSelection().selectAllChildren(pre);
		document.execCommand("copy");
	}
	button.textContent = "Copied";
	setTimeout(() => { button.textContent = "Copy"; }, 2000);
};

for (const pre of document.querySelectorAll("main pre")) {
	const button = element("button", { type: "button", className: "copy", textContent: "Copy" });
	button.setAttribute("aria-live", "polite");
	button.addEventListener("click", () => copy(pre, button));
	const around = element("div", { className: "copied" });
	pre.before(around);
	around.append(pre, button);
}
})();
