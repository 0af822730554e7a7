# Shared by the Bats files: start_lmsim and its end.

# start_lmsim [ARGS...]: a stand-in LM Studio on a free port.  Sets SIM_PID,
# SIM_PORT, SIM_URL and SIM_TRUTH (its truth log).
start_lmsim() {
	local dir=$BATS_TEST_TMPDIR
	[ -n "$dir" ] || dir=$BATS_FILE_TMPDIR
	SIM_TRUTH=$dir/truth.ndjson
	rm -f "$dir/port"
	SIM_PORT=
	# ASan keeps what is freed for a while; that would look like a leak.
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=0:thread_local_quarantine_size_kb=0 \
		lmsim --port 0 --port-file "$dir/port" --truth "$SIM_TRUTH" "$@" >"$dir/lmsim.log" 2>&1 3>&- </dev/null &
	SIM_PID=$!
	for _ in {1..200}; do
		[ -s "$dir/port" ] && break
		kill -0 "$SIM_PID" 2>/dev/null || break
		sleep 0.05
	done
	if [ ! -s "$dir/port" ]; then
		cat "$dir/lmsim.log" >&2
		return 1
	fi
	SIM_PORT=$(cat "$dir/port")
	SIM_URL=http://127.0.0.1:$SIM_PORT
}

# End the lmsim that start_lmsim started, and wait for it.
stop_lmsim() {
	[ -n "${SIM_PID:-}" ] || return 0
	kill "$SIM_PID" 2>/dev/null || true
	wait "$SIM_PID" 2>/dev/null || true
	SIM_PID=
}

# known_suite DIR: the suite whose truth is known is there; known_server is its
# stand-in LM Studio.
known_suite() {
	local top=$BATS_TEST_DIRNAME/../..
	cp "$top"/config/{scenarios,prompts}.yaml "$top/tests/pipeline/truth-suite.yaml" "$1"
}

known_server() {
	start_lmsim --models "$BATS_TEST_DIRNAME/../pipeline/truth-models.yaml"
}

# of_recipes: tested are the recipes, of $ROOT, with the programs of bin/: once is
# enough.  A make of the test's own is the outermost one.
of_recipes() {
	[ "$LMG_VARIANT" = release ] || skip "bin/ holds the release programs"
	unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
}

# on_terminal COMMAND: run it on a terminal of its own; what that shows goes to
# stdout.  script(1) is another one on BSD and macOS.
on_terminal() {
	command -v script >/dev/null || skip "script(1) is not installed"
	if [ "$(uname -s)" = Linux ]; then
		script -qec "$1" /dev/null </dev/null
	else
		script -q /dev/null bash -c "$1" </dev/null
	fi
}

# result_files: what analyze makes of any run, besides its plots.
result_files() {
	local t
	echo metrics.ndjson report.md details.md report.html test_results.json
	for t in $(sed -n '/^TABLES :=/,/[^\\]$/{ s/^TABLES :=//; s/\\$//; p; }' "$BATS_TEST_DIRNAME/../../pipelines/30-analyze.mk"); do
		echo metrics/$t.csv metrics/$t.json
	done
}
