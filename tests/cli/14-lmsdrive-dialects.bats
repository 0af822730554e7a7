#!/usr/bin/env bats
# Which API a server speaks is found out, recorded, and used; tokens go only
# where they belong.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	stop_lmsim
}

# serve SERVER-LINE...: a stand-in with these settings and two models.
serve() {
	{ echo 'server:'; printf '  %s\n' "$@"
	  echo 'models:'
	  echo '  - {key: sim-gguf, format: gguf, memory: 1MiB, load_time: 50ms, context_length: 4096}'
	  echo '  - {key: sim-mlx, format: mlx, memory: 1MiB, load_time: 50ms}'; } >models.yaml
	start_lmsim --models models.yaml
}

# served_as API: a run by detection finds API and its request is ok.
served_as() {
	{ load_step; step '.step = 2'; load_step '.op = "unload" | .step = 3'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run .server.api)" = "$1" ]
	[ "$(of response '[.status, .completion_tokens] | @csv')" = '"ok",8' ]
	[ "$(of load 'select(.phase == "end").status')" = ok ]
}

@test "LM Studio with its v1 API" {
	serve 'api: [v1, v0, openai]'
	served_as lmstudio
	[ "$(of run .server.version)" = 0.4.21 ]
}

@test "the runtime, told only after the first answer, is in the metrics" {
	serve 'api: [v1, v0, openai]'
	{ load_step; step '.step = 2'; load_step '.op = "unload" | .step = 3'; } >plan
	lmsdrive run -q --no-calibration plan >raw
	[ "$(jq -r 'select(.type == "unload" and .phase == "begin").runtime' raw)" = 'llama.cpp-lmsim 2.37.0' ] || { cat raw; false; }
	for how in '' --sketch; do
		[ "$(metricsagg $how <raw | jq -r 'select(.type == "run").models[0].runtime')" = 'llama.cpp-lmsim 2.37.0' ]
	done
}

@test "an LM Studio before v1: v0, whose stream is OpenAI's" {
	serve 'api: [v0, openai]'
	served_as lmstudio-v0
	[ "$(codes)" = "" ]
	[ "$(of note .code)" = load_unsupported ]
	[ "$(of load 'select(.phase == "end").format')" = gguf ]
}

@test "a server that is only OpenAI-compatible" {
	serve 'api: [openai]'
	served_as openai
	[ "$(of note .code)" = load_unsupported ]
}

@test "llama-server's router: loading is asynchronous, and waited for" {
	serve 'api: [router, openai]'
	served_as llama-router
	[ "$(of note .code)" = "" ]
	# the load took as long as it takes, not as long as the call
	[ "$(jq -s 'map(select(.type == "load")) | .[1].t_ns - .[0].t_ns > 45000000' <<<"$output")" = true ]
	[ "$(of load 'select(.phase == "end").context_length')" = 4096 ]
	run -0 --separate-stderr lmsdrive models --server "$SIM_URL"
	[ "$(jq -r .status <<<"$output" | sort -u)" = unloaded ]
}

@test "a router whose load fails" {
	printf 'server: {api: [router, openai]}\nmodels:\n  - {key: sim-gguf, faults: [load_failed]}\n' >models.yaml
	start_lmsim --models models.yaml
	{ load_step '.timeouts.load_ns = 3000000000'; step '.step = 2'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(codes)" = "load_failed " ]
	[ "$(of response .status)" = skipped ]
}

@test "raw completions send the bare prompt: no template is counted" {
	serve 'api: [v1, v0, openai]'
	step '.raw_completion = true' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response '[.status, .prompt_tokens] | @csv')" = '"ok",2' ]
}

@test "api: in the plan goes before what would be detected" {
	serve 'api: [v1, v0, openai]'
	step '.server.api = "openai"' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run .server.api)" = openai ]
	step '.server.api = "llama-router"' >plan
	run -4 --separate-stderr lmsdrive run -q plan
	[ "$output" = "" ]
	[[ $stderr == *"no API we know"*"/models: HTTP "* ]]
}

@test "a token: asked for, refused, accepted; and in no record, no message, no log" {
	serve 'auth: sk-lm-secret'
	step >plan
	run -4 --separate-stderr env -u LM_API_TOKEN lmsdrive run -q plan
	[[ $stderr == *"wants an API token"*"LM_API_TOKEN" ]]
	run -4 --separate-stderr env LM_API_TOKEN=wrong-one lmsdrive run -q plan
	[[ $stderr == *"refuses the API token in LM_API_TOKEN" ]]
	[[ $stderr != *wrong-one* ]]
	run -0 --separate-stderr env LM_API_TOKEN=sk-lm-secret lmsdrive run -v --log log plan
	[ "$(of response .status)" = ok ]
	run -0 --separate-stderr env MINE=sk-lm-secret lmsdrive models --server "$SIM_URL" --token-env MINE
	run -1 grep -r sk-lm-secret log plan <<<"$output$stderr"
}

@test "a token goes to no other host: the redirect is not followed" {
	serve 'auth: sk-lm-secret'
	fault redirect >plan
	run -0 --separate-stderr env LM_API_TOKEN=sk-lm-secret lmsdrive run -q plan
	[ "$(of response '[.status, .http] | @csv')" = '"http_error",307' ]
}

@test "something that is no LLM server: said so, with what it answered" {
	serve 'api: []'
	step >plan
	run -4 --separate-stderr lmsdrive run plan
	[ "$output" = "" ]
}

@test "a URL with a slash at its end is the same server" {
	serve 'api: [v1]'
	{ step; step '.step = 2 | .server.url += "/"'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response .status | sort -u)" = ok ]
	[ "$(of step 'select(.op == "load").step' | wc -l)" -eq 1 ]
}
