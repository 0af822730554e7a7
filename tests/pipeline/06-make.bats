#!/usr/bin/env bats
# What a user types: the make targets around the pipe, with the programs of
# bin/ (so once is enough: not again under ASan).

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	of_recipes
	OUT=$BATS_TEST_TMPDIR/results
	CONF=$BATS_TEST_TMPDIR/conf
	mkdir "$CONF"
	known_suite "$CONF"
	cd "$ROOT"
}

teardown() {
	stop_lmsim
}

# mk TARGET...: make with this test's configuration, server and folder.
mk() {
	make --no-print-directory CONFIG="$CONF/truth-suite.yaml" SERVER="${SIM_URL:-}" RESULTS="$OUT" "$@" </dev/null
}

@test "suite without a server: one message that says what to do, status 4, no folder" {
	SIM_URL=http://127.0.0.1:9
	run --separate-stderr mk suite
	[ "$status" -ne 0 ]
	[[ ${stderr_lines[0]} == "lmsdrive: http://127.0.0.1:9: no server answers"*"lms server start"* ]]
	[[ ${stderr_lines[1]} == *"Error 4" ]]
	[ "${#stderr_lines[@]}" -eq 2 ]
	[ -z "$(ls -A "$OUT" 2>/dev/null)" ]
	# Asked what it would do, it does nothing.
	run -0 --separate-stderr mk -n suite
	[[ $output == *"own_folder; "*"plan "*"record "*"report make "*" analyze" && -z $stderr && ! -e $OUT/20* ]]
}

@test "a mistake in the configuration: file, line, nearest word, status 2, no folder" {
	sed -i.bak 's/^sampling:/samplng:/' "$CONF/truth-suite.yaml"
	run --separate-stderr mk suite
	[ "$status" -ne 0 ]
	[[ ${stderr_lines[0]} == *"truth-suite.yaml:4:1: "*"did you mean 'sampling'?" ]]
	# A slip in the name of a variable is one, too: make itself would say nothing.
	for target in suite doctor config single; do
		run -2 --separate-stderr mk $target SEVER=http://127.0.0.1:9 CC=cc
		[[ $stderr == *"*** SEVER= is nothing that is read here: make help lists what can be given."* ]]
	done
	[ -z "$(ls -A "$OUT" 2>/dev/null)" ]
}

@test "single: one cell, and a results folder that is complete" {
	known_server
	run mk single PAIR=known VARIANT=gguf SCENARIO=simple_gen
	echo "$output"
	[ "$status" -eq 0 ]
	local dir
	dir=$(echo "$OUT"/*)
	for f in plan.ndjson raw.ndjson metrics.ndjson test_results.json report.md report.html run.log \
	    metrics/requests.csv metrics/metrics.json plots/speed.svg; do
		[ -s "$dir/$f" ] || { echo "$f is missing"; false; }
	done
	[ "$(jq -r 'select(.type == "step" and .op == "request") | "\(.pair)/\(.variant)/\(.scenario)"' "$dir/raw.ndjson" | sort -u)" = known/gguf/simple_gen ]
	for f in "$dir"/report.md "$dir"/report.html "$dir"/plots/*.svg; do
		grep -q SIMULATED "$f" || { echo "$f does not say SIMULATED"; false; }
	done
	# Once more from the records alone: the same bytes.
	cp -r "$dir" "$BATS_TEST_TMPDIR/first"
	find "$dir" -type f ! -name raw.ndjson ! -name plan.ndjson ! -name run.log -delete
	mk analyze RUN="$dir"
	diff -r -x run.log "$BATS_TEST_TMPDIR/first" "$dir"
}

@test "suite: a restart between the driver's looks is on the terminal, in run.log and in the report, status 4" {
	printf 'server: {api: [openai]}\nmodels: [{key: m, format: gguf, memory: 8MiB, preloaded: true}]\n' >"$CONF/models.yaml"
	start_lmsim --models "$CONF/models.yaml"
	printf '%s\n' "server: {url: $SIM_URL, api: openai}" 'pairs: [{name: p, variants: {gguf: {model: m, format: gguf}}}]' \
	    'order: {rounds: 1, idle: 0s}' 'scenarios: [{memory_leak: {repeat: 2, warmup: 0, gap: 4s, max_tokens: 4}}]' >"$CONF/suite.yaml"
	bin/lmgauge suite "$CONF/suite.yaml" RESULTS="$OUT" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- </dev/null &
	local job=$! rc=0 dir
	for _ in {1..200}; do grep -qs '"type":"response"' "$OUT"/*/raw.ndjson && break; sleep 0.05; done
	kill -KILL "$SIM_PID"
	wait "$SIM_PID" || true	# it has its port until then
	start_lmsim --port "$SIM_PORT" --models "$CONF/models.yaml"
	wait $job || rc=$?
	cat "$BATS_TEST_TMPDIR"/{out,err}
	[ "$rc" -eq 4 ]
	dir=$(echo "$OUT"/*)
	# The driver had two answers, and nothing to say.
	[ "$(jq -r 'select(.type == "response").status' "$dir/raw.ndjson" | sort | uniq -c | tr -d " ")" = 2ok ]
	[ "$(jq -r 'select(.type == "note") | select(.code | IN("root_exit", "server_gone", "server_back")).code' "$dir/raw.ndjson")" = root_exit ]
	for f in "$BATS_TEST_TMPDIR/err" "$dir/run.log"; do
		[ "$(grep -c '^memsample: processes of the server ended that were to stay: 1 ' "$f")" -eq 1 ]
	done
	grep -q '^| .*`root_exit` | 1 |' "$dir/report.md"
	grep -q '^| `p` | `gguf` | 2 | 0 | .* | 1 |$' "$dir/report.md"
	grep -q '^lmgauge: suite: ended early or in part (status 4' "$BATS_TEST_TMPDIR/err"
}

@test "interrupted and resumed: every step of the plan is answered once" {
	known_server
	# What Ctrl-C does: SIGINT to the whole group of processes.
	set -m
	mk suite >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- &
	local job=$! dir
	set +m
	sleep 4
	kill -INT -- -$job
	wait $job || true
	cat "$BATS_TEST_TMPDIR/log"
	dir=$(echo "$OUT"/*)
	grep -q INTERRUPTED "$dir/report.md"
	[ "$(jq -r 'select(.type == "end") | "\(.tool | split(" ")[0]) \(.interrupted)"' "$dir/raw.ndjson" | head -1)" = "lmsdrive true" ]
	[ "$(curl -s "$SIM_URL/api/v1/models" | jq '[.models[].loaded_instances[]] | length')" -eq 0 ]
	mk resume RUN="$dir"
	[ "$(jq -s 'map(select(.op == "request").requests) | add' "$dir/plan.ndjson")" -eq \
	    "$(jq -s 'map(select(.type == "response" and .status == "ok").step) | unique | length' "$dir/raw.ndjson")" ]
	run ! grep -q INTERRUPTED "$dir/report.md"
}

@test "install and uninstall: what is installed runs, and nothing stays" {
	make --no-print-directory install DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/usr >/dev/null
	# What is in git is installed, and no suite of the user's own.
	if [ -e .git ] && command -v git >/dev/null; then
		[ "$(ls "$BATS_TEST_TMPDIR/root/usr/share/lmgauge/config")" = "$(git ls-files config | LC_ALL=C sort | sed 's|config/||')" ]
	fi
	for t in lmsdrive memsample metricsagg mkreport; do
		"$BATS_TEST_TMPDIR/root/usr/bin/$t" --version | grep -q "^$t [0-9]"
		[ -s "$BATS_TEST_TMPDIR/root/usr/share/man/man1/$t.1" ]
	done
	"$BATS_TEST_TMPDIR/root/usr/bin/lmsdrive" plan "$BATS_TEST_TMPDIR/root/usr/share/lmgauge/config/suite.yaml" | head -1 | jq -e '.type == "plan"'
	make --no-print-directory uninstall DESTDIR="$BATS_TEST_TMPDIR/root" PREFIX=/usr
	[ -z "$(find "$BATS_TEST_TMPDIR/root" -type f)" ]
}

@test "what is built is hardened, as far as CFLAGS lets it" {
	[ "$(uname -s)" = Linux ] || skip "another linker, another C library"
	make -s B="$BATS_TEST_TMPDIR/b" "$BATS_TEST_TMPDIR/b/src/lib/buf.o"
	nm "$BATS_TEST_TMPDIR/b/src/lib/buf.o" >"$BATS_TEST_TMPDIR/symbols"
	grep -q '__stack_chk_fail' "$BATS_TEST_TMPDIR/symbols"
	grep -q '__vsnprintf_chk' "$BATS_TEST_TMPDIR/symbols"
	run -0 make -n VERBOSE=1 -W src/lib/buf.c build/release/bin/mkreport
	[[ $output == *'-fPIE -pie -Wl,-z,relro,-z,now '*" -o build/release/bin/mkreport" ]]
	# Without an optimiser it cannot be had, and glibc would warn of it.
	run -0 make -n VERBOSE=1 -W src/lib/buf.c CFLAGS=-O0 build/release/src/lib/buf.o
	[[ $output == *-fstack-protector-strong* && $output != *_FORTIFY_SOURCE* ]]
	run -0 make -n VERBOSE=1 -W src/lib/buf.c BUILD=asan build/asan/src/lib/buf.o
	[[ $output != *-fstack-protector-strong* && $output != *_FORTIFY_SOURCE* ]]
}

@test "check with a word that no test has says so and fails" {
	run -2 --separate-stderr make --no-print-directory check ONLY=no-such-test
	[ -z "$(grep passed <<<"$output")" ]
	[ "${stderr_lines[0]}" = "tests/run: no test has 'no-such-test' in its path" ]
}

@test "help names every target that the README shows; its lines, tables apart, are read in a terminal" {
	awk 'length > 132 && !/^\|/ { print FILENAME ":" FNR ": " length " columns"; n++ } END { exit n > 0 }' README.md
	make --no-print-directory help >"$BATS_TEST_TMPDIR/help"
	run -0 awk 'length > 80' "$BATS_TEST_TMPDIR/help" <(bin/lmgauge help)
	[ "$output" = "" ]
	for t in $(grep -o '\$ make [a-z-]*' README.md | awk '{print $3}' | sort -u); do
		grep -q "^make $t " "$BATS_TEST_TMPDIR/help" || { echo "$t is not in make help"; false; }
	done
}

@test "README: what suite and demo measure is what they plan, and every scenario is named" {
	planned() { lmsdrive plan "$1" | jq -r '.scenario // empty' | sort -u; }
	# row COMMAND: the scenarios of its row.
	row() { sed -n "s/^| \(.*\) | .make $1. |$/\1/p" README.md | grep -o '`[a-z_]*`' | tr -d '`'; }
	diff <(row suite | sort) <(planned config/suite.yaml)
	diff <({ row suite; row demo; } | sort) <(planned config/demo.yaml)
	run -0 comm -23 <(sed -n 's/^\([a-z_]*\): {.*/\1/p' config/scenarios.yaml | sort) <(grep -o '`[a-z_]*`' README.md | tr -d '`' | sort -u)
	[ "$output" = "" ]
}
