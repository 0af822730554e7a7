#!/usr/bin/env bats
# Before the first load: what cannot be measured is refused, by doctor and by
# run in the same words; what only makes figures worse is a warning.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	cd "$BATS_TEST_TMPDIR"
	PID=
	printf 'q: {text: hello}\n' >prompts.yaml
	: >scenarios.yaml
}

teardown() {
	stop_lmsim
	[ -z "$PID" ] || kill "$PID" || true
}

# suite SCENARIO MODEL [MODEL]: one pair, variants a and b.
suite() {
	printf '%s\n' "server: {url: \"$SIM_URL\"}" "pairs: [{name: p, variants: {a: $2${3:+, b: $3}}}]" \
	    "scenarios: [{s: $1}]" 'order: {rounds: 1, idle: 0s}' >suite.yaml
	lmsdrive plan suite.yaml >plan
}

# refused STATUS TEXT [ARGS...]: run says so and that it did nothing, and
# doctor says it, too.
refused() {
	local status=$1 text=$2
	shift 2
	run "-$status" --separate-stderr lmsdrive run --no-calibration "$@" plan
	[ "$output" = "" ]
	[[ $'\n'$stderr$'\n' == *$'\n'"lmsdrive: $text"$'\n'* ]]
	[ "${stderr_lines[-1]}" = "lmsdrive: nothing was loaded or measured; --anyway (make, lmgauge: ANYWAY=1) measures all the same" ]
	run -1 --separate-stderr lmsdrive doctor suite.yaml
	[[ $'\n'$output$'\n' == *$'\n'"FAIL  $text"$'\n'* ]]
}

# warned TEXT: run says so and goes on, doctor warns.
warned() {
	run -0 --separate-stderr lmsdrive run --no-calibration plan
	[[ $'\n'$stderr$'\n' == *$'\n'"$1"$'\n'* ]]
	[ "$(of response .status | sort -u)" = ok ]
	run --separate-stderr lmsdrive doctor suite.yaml
	[[ $'\n'$output$'\n' == *$'\n'"warn  $1"$'\n'* ]]
}

@test "a model that is not there: the nearest key, nothing is loaded; --anyway tries" {
	start_lmsim
	suite '{prompts: [q], repeat: 1}' '{model: sim-gguf}' '{model: sim/sim-mxl}'
	refused 2 "p b: the server has no model sim/sim-mxl; did you mean 'sim/sim-mlx'?"
	[ "$(jq -c 'select(.event == "load")' "$SIM_TRUTH")" = "" ]
	run -4 --separate-stderr lmsdrive run --anyway --no-calibration plan
	[[ $stderr == *"p b: the server has no model sim/sim-mxl"* ]]
	[ "$(of response .status | sort -u | tr '\n' ' ')" = "ok skipped " ]
	suite '{prompts: [q]}' '{model: something-else-altogether}'
	refused 2 "p a: the server has no model something-else-altogether (lmsdrive models lists them)"
	suite '{prompts: [q]}' '{model: sim-gguf, format: mlx}'
	refused 2 "p a: sim-gguf is gguf, the configuration says mlx"
}

@test "a prompt that the model cannot take; an answer that is cut short" {
	printf 'models: [{key: m, max_context_length: 2048, load_time: 0ms, decode_tps: 5000}]\n' >models.yaml
	start_lmsim --models models.yaml
	suite '{prompt_tokens: 3000, max_tokens: 8}' '{model: m, load: {context_length: 8192}}'
	refused 2 "p a: scenario s: a prompt of about 3000 tokens does not fit into the context of 2048: shorten it, or load with a longer context"
	suite '{prompt_tokens: 2000, max_tokens: 100, repeat: 1}' '{model: m}'
	warned "p a: scenario s: a prompt of about 2000 tokens leaves of the context of 2048 less than the 100 tokens of its answer"
	suite '{prompt_tokens: 1000, max_tokens: 100, repeat: 1}' '{model: m}'
	run -0 --separate-stderr lmsdrive run --no-calibration plan
	[[ $stderr != *"scenario s:"* ]]
}

@test "a prompt that does not fit into what a llama-server was started with" {
	printf 'server: {api: [openai], imitate: llama-server}\nmodels: [{key: m, max_context_length: 32768, context_length: 1024, preloaded: true}]\n' >models.yaml
	start_lmsim --models models.yaml
	until curl -s "$SIM_URL/props" | jq -e '.default_generation_settings.n_ctx == 1024' >/dev/null; do sleep 0.05; done
	suite '{prompt_tokens: 3000, max_tokens: 8}' '{model: m}'
	refused 2 "p a: scenario s: a prompt of about 3000 tokens does not fit into the context of 1024: shorten it, or load with a longer context"
	# It serves any name, but not as another model.
	suite '{prompts: [q], repeat: 1, max_tokens: 4}' '{model: some-other}'
	run -0 --separate-stderr lmsdrive doctor suite.yaml
	[[ $'\n'$output$'\n' == *$'\n'"warn  p a: the server has no model some-other; all it lists is 'm'"$'\n'* ]]
}

@test "variants that differ in bits per weight" {
	printf 'models: [{key: g, bits_per_weight: 4.85, load_time: 0ms}, {key: m, format: mlx, bits_per_weight: 8.5, load_time: 0ms}, {key: n, bits_per_weight: 4.5}]\n' >models.yaml
	start_lmsim --models models.yaml
	suite '{prompts: [q], repeat: 1, max_tokens: 4}' '{model: g}' '{model: m}'
	warned "p: a has 4.85 bits per weight, b 8.5: the one with fewer reads less memory per token"
	suite '{prompts: [q], repeat: 1, max_tokens: 4}' '{model: g}' '{model: n}'
	run -0 --separate-stderr lmsdrive doctor suite.yaml
	[[ $output != *"bits per weight"* ]]
	# By what they weigh, where both tell that.
	stop_lmsim
	printf 'server: {api: [openai], imitate: llama-server}\nmodels: [{key: g, size: 6000000B, n_params: 8000000, preloaded: true}, {key: m, size: 4500000B, n_params: 8000000, preloaded: true}]\n' >models.yaml
	start_lmsim --models models.yaml
	suite '{prompts: [q], repeat: 1, max_tokens: 4}' '{model: g}' '{model: m}'
	run -0 --separate-stderr lmsdrive doctor suite.yaml
	[[ $output == *"warn  p: a has 6 bits per weight, b 4.5: the one with fewer reads"* ]]
}

@test "a token that is missing, wrong, or right: llama-server shows its list to everybody" {
	printf 'server: {api: [openai], auth: secret, imitate: llama-server}\nmodels: [{key: m, preloaded: true}]\n' >models.yaml
	start_lmsim --models models.yaml
	suite '{prompts: [q], repeat: 1, max_tokens: 4}' '{model: m}'
	unset LM_API_TOKEN
	refused 4 "$SIM_URL: the server wants an API token; put it into the environment variable LM_API_TOKEN"
	export LM_API_TOKEN=wrong
	refused 4 "$SIM_URL: the server refuses the API token in LM_API_TOKEN"
	LM_API_TOKEN=secret run -0 --separate-stderr lmsdrive run --no-calibration plan
	[ "$(of response .status | sort -u)" = ok ]
	LM_API_TOKEN=secret run -0 lmsdrive doctor suite.yaml
}

@test "a token that is refused three times in a row ends the steps of its server" {
	printf 'models: [{key: m, load_time: 0ms, decode_tps: 5000, faults: [{name: http_401, after: 2, until: 4}, {name: http_401, after: 6}]}]\n' >models.yaml
	start_lmsim --models models.yaml
	suite '{prompts: [q], repeat: 20, max_tokens: 4}' '{model: m}'
	LM_API_TOKEN=old run -4 --separate-stderr lmsdrive run --no-calibration plan
	[ "$(of response 'select(.status == "ok").req' | tr '\n' ' ')" = "1 2 5 6 " ]
	[ "$(of response 'select(.http == 401).req' | tr '\n' ' ')" = "3 4 7 8 9 " ]
	[ "$(of response 'select(.req > 9).status' | sort -u)" = skipped ]
	[ "$(of note 'select(.code == "token_refused").message')" = "$SIM_URL: the server refuses the API token in LM_API_TOKEN" ]
	[[ $stderr == *"lmsdrive: $SIM_URL: the server refuses the API token in LM_API_TOKEN; its steps are skipped"* ]]
}

@test "a disk too small for the plan's records, and how long it takes" {
	start_lmsim
	suite '{prompts: [q], repeat: 10000, max_tokens: 10000000}' '{model: sim-gguf}'
	jq -c 'select(.op != "request")' plan >few
	jq -c 'select(.op == "request") | .requests = 1000000' plan | head -n 1 >>few
	run -4 --separate-stderr lmsdrive run --no-calibration --decided ./state few
	[ "$output" = "" ]
	[[ $stderr == *"lmsdrive: disk: "*"iB free for ./, records and report take about "*" TiB"* ]]
	run -1 lmsdrive doctor suite.yaml
	[[ $output == *"ok    time: at most about "*" h "*" min, if the models"* ]]
	[[ $output == *"FAIL  disk: "*"iB free for results, records and report take about "*" TiB"* ]]
}

@test "a proxy in front of the engine: its memory is not the model's" {
	command -v socat >/dev/null || skip "socat is not installed"
	start_lmsim
	PORT=$((SIM_PORT > 60000 ? SIM_PORT - 1000 : SIM_PORT + 1000))
	socat "TCP-LISTEN:$PORT,bind=127.0.0.1,fork,reuseaddr" "TCP:127.0.0.1:$SIM_PORT" 2>/dev/null 3>&- &
	PID=$!
	SIM_URL=http://127.0.0.1:$PORT
	for _ in {1..100}; do curl -s "$SIM_URL/v1/models" >/dev/null && break; sleep 0.05; done
	suite '{prompts: [q], repeat: 1, max_tokens: 4}' '{model: sim-gguf}'
	refused 4 "memory: port $PORT belongs to socat (process $PID), which passes requests on: its memory is not the model's; name the engine in server.url or server.memory.process" --decided state
	# Without memsample beside it that is no matter.
	run -0 --separate-stderr lmsdrive run --no-calibration plan
	run -0 --separate-stderr lmsdrive run --no-calibration --anyway --decided state plan
	[[ $stderr == *"memory: port $PORT belongs to socat"* ]]
}

# elsewhere SERVER: its memory without a name for it, and what is found: the
# finding, and no peak, or the other way round.
elsewhere() {
	sed "s|^server: .*|server: {url: \"$1\"}|" suite.yaml >unnamed.yaml
	lmsdrive plan unnamed.yaml | lmsdrive run -q --no-calibration | memsample -i 10ms | metricsagg >metrics
	jq -rs 'map(select(.code == "memory_elsewhere").message | split(": ")[0])[]' metrics
}

# named PROCESS: the memory of sim-gguf's worker is seen through the proxy.
named() {
	sed "s|^server: .*|server: {url: \"$SIM_URL\", memory: {process: $1}}|" suite.yaml >named.yaml
	lmsdrive plan named.yaml | lmsdrive run -q --no-calibration --decided state | memsample -i 5ms >raw
	[ "$(jq -r 'select(.type == "proc" and .role == "root").name' raw | sort -u)" = lmsim ]
	[ "$(jq -s 'map(select(.type == "mem").anon_bytes // 0) | max > 30000000' raw)" = true ]
	[ -z "$(jq -c 'select(.code == "target_missing")' raw)" ]
	run -0 lmsdrive doctor named.yaml
	[[ $'\n'$output$'\n' == *$'\n'"ok    memory: memsample sees lmsim (process $SIM_PID, $(command -v lmsim)), which server.memory.process names"$'\n'* ]]
}

@test "a proxy in front of the engine, which is named: by pid, by name, by a command" {
	command -v socat >/dev/null || skip "socat is not installed"
	[ "$(uname -s)" = Linux ] || skip "the counters of Linux"
	printf 'models: [{key: m, format: mlx, memory: 32MiB, load_time: 50ms, decode_tps: 500}]\n' >models.yaml
	start_lmsim --models models.yaml
	PORT=$((SIM_PORT > 60000 ? SIM_PORT - 1000 : SIM_PORT + 1000))
	socat "TCP-LISTEN:$PORT,bind=127.0.0.1,fork,reuseaddr" "TCP:127.0.0.1:$SIM_PORT" 2>/dev/null 3>&- &
	PID=$!
	SIM_URL=http://127.0.0.1:$PORT
	for _ in {1..100}; do curl -s "$SIM_URL/v1/models" >/dev/null && break; sleep 0.05; done
	suite '{prompts: [q], repeat: 2, max_tokens: 100}' '{model: m}'
	[ "$(elsewhere "http://127.0.0.1:$SIM_PORT")" = "" ]
	[[ "$(elsewhere "$SIM_URL")" == "the port belongs to socat, which passes requests on" ]]
	named "$SIM_PID"
	[ "$(metricsagg raw | jq -r 'select(.code == "memory_elsewhere").code')" = "" ]
	named "[echo, $SIM_PID]"
	# By name: others of it may run beside, and end meanwhile.
	sed "s|^server: .*|server: {url: \"$SIM_URL\", memory: {process: 'lms[i]m'}}|" suite.yaml >named.yaml
	lmsdrive plan named.yaml | lmsdrive run -q --no-calibration --decided state | memsample -i 5ms >raw || [ $? -eq 4 ]
	jq -r 'select(.type == "proc" and .role == "root").pid' raw | grep -qx "$SIM_PID"
	# One that is not there, a command that names none, one that is no command.
	sed "s|^server: .*|server: {url: \"$SIM_URL\", memory: {process: [sh, -c, exit 1]}}|" suite.yaml >named.yaml
	run -1 lmsdrive doctor named.yaml
	[[ $output == *"FAIL  memory: the command of server.memory.process names no process"* ]]
	sed "s|^server: .*|server: {url: \"$SIM_URL\", memory: {process: no\$such}}|" suite.yaml >named.yaml
	run -1 lmsdrive doctor named.yaml
	[[ $output == *'FAIL  memory: name no$such: there is no such process'* ]]
	sed "s|^server: .*|server: {url: \"$SIM_URL\", memory: {pid: 1}}|" suite.yaml >named.yaml
	run -2 --separate-stderr lmsdrive doctor named.yaml
	[[ $stderr == "lmsdrive: named.yaml:1:"*"memory: expected {process: NAME}, a pid, or a list"* ]]
}

@test "doctor: who else is at work" {
	start_lmsim
	while :; do :; done 3>&- &
	PID=$!
	run -0 lmsdrive doctor --server "$SIM_URL"
	[[ $output == *"warn  cpu: other programs use "*" cores now"* ]]
}
