#!/usr/bin/env bats
# order.cooldown: waiting for the machine to cool never stops a run.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	lmsim --port 0 --port-file port 2>lmsim.log &
	SIM=$!
	for _ in {1..100}; do [ -s port ] && break; sleep 0.05; done
}

teardown() {
	kill "$SIM"
	wait "$SIM" || true
}

@test "cooldown: where nothing can be read, that is noted once and the run goes on" {
	compgen -G '/sys/class/thermal/thermal_zone*' >/dev/null && skip "this machine has sensors"
	[ "$(uname)" = Linux ] || skip "this machine tells its thermal pressure"
	cat >suite.yaml <<-'END'
		order: {blocks: 2, idle: 20ms, cooldown: true}
		pairs: [{name: p, variants: {a: {model: sim-gguf}}}]
		scenarios: [{s: {prompt_tokens: 10, repeat: 2, max_tokens: 4, warmup: 0}}]
	END
	lmsdrive plan --server "http://127.0.0.1:$(cat port)" suite.yaml | lmsdrive run >raw 2>err
	[ "$(jq -c 'select(.type=="idle" and .status=="ok")' raw | wc -l)" -eq 3 ]
	[ "$(jq -r 'select(.type=="note" and .code=="cooldown") | .level + " " + .message' raw)" = \
	    "info the thermal state of this machine cannot be read: nothing was waited for beyond the idle time" ]
	[ "$(jq -c 'select(.type=="response" and .status=="ok")' raw | wc -l)" -eq 2 ]
}
