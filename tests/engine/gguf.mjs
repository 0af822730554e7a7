// Writes a GGUF file (version 3): metadata, tensor directory, tensor data.
//
//   const file = new GgufWriter(path);
//   file.meta("general.architecture", "string", "llama");
//   file.tensor("output.weight", GGML.F16, [cols, rows], fill);
//   file.write();
//
// fill(row, out) puts one row of "cols" numbers into the Float32Array out; it
// is called row after row, so that a tensor is never in memory as a whole.
// Layout: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md

import fs from "node:fs";

export const GGML = { F32: 0, F16: 1, Q8_0: 8 };

const META = {
	uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9, uint64: 10,
};
const ALIGNMENT = 32;
const Q8_BLOCK = 32;		// weights in a q8_0 block: an f16 scale, 32 int8
const Q8_BYTES = 2 + Q8_BLOCK;

const single = new Float32Array(1);
const singleBits = new Uint32Array(single.buffer);

// The bits of x as an IEEE half, rounded to nearest even; |x| must be < 65520.
export function toHalf(x) {
	single[0] = x;
	const bits = singleBits[0];
	const sign = (bits >>> 31) << 15;
	const exponent = Math.max(((bits >>> 23) & 255) - 127, -14);
	const steps = Math.abs(single[0]) * 2 ** (10 - exponent);	// exact
	const rest = steps - Math.floor(steps);
	let whole = Math.floor(steps);

	if (rest > 0.5 || (rest === 0.5 && whole % 2 === 1))
		whole++;
	// A subnormal (whole < 1024) has no hidden bit; a carry out of the
	// fraction moves into the exponent by itself.
	return sign | (whole + (exponent + 14) * 1024);
}

export function rowBytes(type, cols) {
	switch (type) {
	case GGML.F32: return 4 * cols;
	case GGML.F16: return 2 * cols;
	case GGML.Q8_0: return cols / Q8_BLOCK * Q8_BYTES;
	default: throw new Error(`gguf: tensor type ${type} cannot be written`);
	}
}

const encode = {
	[GGML.F32](row, out, at) {
		for (let i = 0; i < row.length; i++)
			at = out.writeFloatLE(row[i], at);
		return at;
	},
	[GGML.F16](row, out, at) {
		for (let i = 0; i < row.length; i++)
			at = out.writeUInt16LE(toHalf(row[i]), at);
		return at;
	},
	// x is stored as round(x / d), d = max |x| / 127 of its block.
	[GGML.Q8_0](row, out, at) {
		for (let b = 0; b < row.length; b += Q8_BLOCK) {
			let max = 0;
			for (let i = b; i < b + Q8_BLOCK; i++)
				max = Math.max(max, Math.abs(row[i]));
			const d = max / 127;
			at = out.writeUInt16LE(toHalf(d), at);
			for (let i = b; i < b + Q8_BLOCK; i++)
				at = out.writeInt8(d === 0 ? 0 : Math.round(row[i] / d), at);
		}
		return at;
	},
};

// Growing bytes for the part of the file before the tensor data.
class Bytes {
	parts = [];
	length = 0;

	push(buffer) {
		this.parts.push(buffer);
		this.length += buffer.length;
	}
	number(type, x) {
		const b = Buffer.alloc(8);
		switch (type) {
		case "uint32": b.writeUInt32LE(x); break;
		case "int32": b.writeInt32LE(x); break;
		case "float32": b.writeFloatLE(x); break;
		case "uint64": b.writeBigUInt64LE(BigInt(x)); break;
		case "bool": b.writeUInt8(x ? 1 : 0); break;
		default: throw new Error(`gguf: no such type: ${type}`);
		}
		this.push(b.subarray(0, { uint64: 8, bool: 1 }[type] ?? 4));
	}
	string(s) {
		const b = Buffer.from(s, "utf8");
		this.number("uint64", b.length);
		this.push(b);
	}
	value(type, x) {
		if (type === "string")
			this.string(x);
		else
			this.number(type, x);
	}
}

export class GgufWriter {
	#path;
	#meta = [];
	#tensors = [];
	#end = 0;

	constructor(path) {
		this.#path = path;
	}

	// type: a name of META, or ["string"] for an array of strings, ...
	meta(key, type, value) {
		this.#meta.push({ key, type, value });
	}

	// dims: GGUF order, the contiguous dimension first.
	tensor(name, type, dims, fill) {
		const rows = dims.slice(1).reduce((a, b) => a * b, 1);
		const bytes = rows * rowBytes(type, dims[0]);

		this.#tensors.push({ name, type, dims, fill, rows, at: this.#end });
		this.#end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
	}

	get parameters() {
		return this.#tensors.reduce((n, t) => n + t.rows * t.dims[0], 0);
	}

	// The file appears under its name only when it is complete.
	write() {
		const temporary = `${this.#path}.tmp`;
		const fd = fs.openSync(temporary, "w");

		fs.writeSync(fd, this.#header());
		for (const t of this.#tensors)
			this.#data(fd, t);
		fs.closeSync(fd);
		fs.renameSync(temporary, this.#path);
	}

	#header() {
		const out = new Bytes();

		out.push(Buffer.from("GGUF"));
		out.number("uint32", 3);
		out.number("uint64", this.#tensors.length);
		out.number("uint64", this.#meta.length);
		for (const { key, type, value } of this.#meta) {
			out.string(key);
			if (Array.isArray(type)) {
				out.number("uint32", META.array);
				out.number("uint32", META[type[0]]);
				out.number("uint64", value.length);
				for (const x of value)
					out.value(type[0], x);
			} else {
				out.number("uint32", META[type]);
				out.value(type, value);
			}
		}
		for (const t of this.#tensors) {
			out.string(t.name);
			out.number("uint32", t.dims.length);
			for (const d of t.dims)
				out.number("uint64", d);
			out.number("uint32", t.type);
			out.number("uint64", t.at);
		}
		out.push(Buffer.alloc((ALIGNMENT - out.length % ALIGNMENT) % ALIGNMENT));
		return Buffer.concat(out.parts);
	}

	#data(fd, { name, type, dims, fill, rows }) {
		const row = new Float32Array(dims[0]);
		const bytes = rowBytes(type, dims[0]);
		const many = Math.max(1, Math.floor((1 << 20) / bytes));
		const block = Buffer.alloc(many * bytes);
		let at = 0, total = 0;

		for (let r = 0; r < rows; r++) {
			fill(r, row, name);
			at = encode[type](row, block, at);
			if (at === block.length || r === rows - 1) {
				fs.writeSync(fd, block, 0, at);
				total += at;
				at = 0;
			}
		}
		fs.writeSync(fd, Buffer.alloc((ALIGNMENT - total % ALIGNMENT) % ALIGNMENT));
	}
}
