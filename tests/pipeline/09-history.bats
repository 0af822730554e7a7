#!/usr/bin/env bats
# make history: the runs of a machine side by side.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	of_recipes
	cd "$BATS_TEST_TMPDIR"
	for i in 1 2 3; do mkdir -p "it's/$i"; run_of $i >"it's/$i/metrics.ndjson"; done
}

# The metric records of run N: decode 100 N, another runtime from the third on.
run_of() {
	jq -nc --argjson i "$1" '
		{run: "r\($i)", t_ns: 0} as $r
		| ($r + {type: "run", v: 1, stream: "metrics", tool: "t", wall: "2026-01-0\($i)T10:00:00Z", simulated: false,
		    complete: true, server: {name: "S", version: "1"}, models: (["gguf", "mlx"] | map({pair: "p", variant: ., model: "m",
		    quantization: "q4", runtime: (if $i > 2 then "new" else "old" end)}))}),
		(["gguf", "mlx"][] as $v
		 | ($r + {type: "metric", pair: "p", variant: $v, scenario: "s", cache: "cold", metric: "decode_tps", by: null,
		     n: 4, p50: (100 * $i), ci_lo: (99 * $i), ci_hi: (101 * $i)}),
		   ($r + {type: "metric", pair: "p", variant: $v, scenario: "s", cache: "cold", metric: "ttft_s", by: null,
		     n: 4, p50: 0.25, ci_lo: null, ci_hi: null}),
		   ($r + {type: "memory", pair: "p", variant: $v, phase: "whole", counter: "rss", max_bytes: 2147483648}),
		   ($r + {type: "stability", pair: "p", variant: $v, requests: 8, failed: ($i - 1)})),
		($r + {type: "compare", pair: "p", scenario: "s", metric: "ttft_s", headline: true, base: "gguf", new: "mlx"})'
}

history() {
	make --no-print-directory -C "$ROOT" RESULTS="$BATS_TEST_TMPDIR/it's/" history "$@"
}

@test "history: a row for each variant of each run, and what has changed" {
	run -0 --separate-stderr history
	[ "$(sed -n 2,4p <<<"$output" | tr -s ' ')" = "2026-01-01 10:00 p gguf 100 [99, 101] 250 ms 2.00 GiB 0 of 8 old, S 1
2026-01-01 10:00 p mlx 100 [99, 101] 250 ms 2.00 GiB 0 of 8 old, S 1
2026-01-02 10:00 p gguf 200 [198, 202] 250 ms 2.00 GiB 1 of 8 old, S 1" ]
	[ "$(sed -n 6p <<<"$output" | tr -s ' ')" = "2026-01-03 10:00 p gguf 300 [297, 303] 250 ms 2.00 GiB 2 of 8 new, S 1 other software" ]
	command -v gnuplot >/dev/null || skip "gnuplot is not installed"
	[ "$(tail -n 1 <<<"$output")" = "plots: $BATS_TEST_TMPDIR/it's/history/" ]
	grep -q 'new, S 1' "it's/history/history-1.svg"
	for axis in 'Decode (tok/s)' 'First token (ms)' 'Peak memory (GiB)'; do grep -q ">$axis<" "it's/history/history-1.svg"; done
	# The folder of the plots is no run.
	run -0 history
	[ "$(grep -c '2026-' <<<"$output")" -eq 6 ]
	# The page has the table and the plots, and a point tells its run.
	command -v cmark-gfm >/dev/null || skip "cmark-gfm is not installed"
	grep -q '^<td>2026-01-03 10:00</td>$' "it's/history/history.html"
	chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome) && command -v node >/dev/null || skip "no node, or no chromium"
	run -0 node --input-type=module -e '
		const { open } = await import(process.argv[1]);
		const page = await open(process.argv[2], "profile");
		await page.go(process.argv[3]);
		await page.value("document.querySelector(\"svg[tabindex]\").focus()");
		for (const key of ["Home", "ArrowRight", "ArrowRight"]) {
			await page.press(key);
			console.log(await page.value("document.querySelector(\".tip\").innerText"));
		}
		await page.close();' "$ROOT/tests/helpers/browser.mjs" "$chromium" "$PWD/it's/history/history.html"
	[ "$output" = "gguf, 2026-01-01 10:00, old, S 1
Decode: 100 [99, 101] tok/s
gguf, 2026-01-02 10:00, old, S 1
Decode: 200 [198, 202] tok/s
gguf, 2026-01-03 10:00, new, S 1
Decode: 300 [297, 303] tok/s" ]
}

@test "history: rows for programs, Markdown, one database, one pair" {
	run -0 --separate-stderr history FORMAT=json
	[ "$(jq -s 'map([.decode_tps.p50, .changed]) | map(select(.[1] != [])) | tojson' -r <<<"$output")" = '[[300,["software"]],[300,["software"]]]' ]
	run -0 --separate-stderr history FORMAT=md
	[ "${lines[1]}" = "|---|---|---|---|---|---|---|---|---|" ]
	[ "${lines[2]}" = "| 2026-01-01 10:00 | p | gguf | 100 [99, 101] | 250 ms | 2.00 GiB | 0 of 8 | old, S 1 |  |" ]
	run --separate-stderr history PAIR=other
	[ "$status" -ne 0 ]
	[[ ${stderr_lines[0]} == *"no run in "*" has the pair other and a model that was measured" ]]
	run --separate-stderr history FORMAT=xml
	[[ ${stderr_lines[0]} == *"FORMAT=xml: it is text, md, json or sql" ]]
	run --separate-stderr history RESULTS="$BATS_TEST_TMPDIR/none"
	[[ ${stderr_lines[0]} == *"no run in $BATS_TEST_TMPDIR/none"* ]]
	command -v sqlite3 >/dev/null || skip "sqlite3 is not installed"
	history FORMAT=sql | sqlite3 all.db
	# The manual's five queries run.
	[ "$(sqlite3 all.db "select count(distinct run_id) from lmgauge_run")" -eq 3 ]
	sed -n '/^sqlite3 -box/,/"$/p' "$ROOT/pipelines/command/lmgauge.1" | sed 's/^sqlite3 -box/sqlite3/' >queries
	[ "$(grep -c '^sqlite3' queries)" -eq 5 ]
	bash -eu queries >answers
	grep -qx '2026-01-03T10:00:00Z|p|mlx|s|300.0' answers
	grep -qE '^new\|gguf\|1\|0\.25' answers
}
