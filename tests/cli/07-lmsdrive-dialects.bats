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
	[ "$(metricsagg <raw | jq -r 'select(.type == "run").models[0].runtime')" = 'llama.cpp-lmsim 2.37.0' ]
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
	# and a load that was none has no load time
	[ "$(of load 'select(.phase == "end").timed')" = false ]
	[ "$(metricsagg <<<"$output" | jq 'select(.metric == "load_s" and .n > 0)')" = "" ]
}

@test "llama-server's router: loading is asynchronous, and waited for" {
	serve 'api: [router, openai]'
	served_as llama-router
	[ "$(of note .code)" = "" ]
	# the load took as long as it takes, not as long as the call
	[ "$(jq -s 'map(select(.type == "load")) | .[1].t_ns - .[0].t_ns > 45000000' <<<"$output")" = true ]
	# its list does not tell the context, /props does
	[ "$(of load 'select(.phase == "end") | [.context_length, .parallel] | @csv')" = 4096,4 ]
	[ "$(of run .server.name)" = llama-server ]
	run -0 --separate-stderr lmsdrive models --server "$SIM_URL"
	[ "$(jq -r .status <<<"$output" | sort -u)" = unloaded ]
	run -0 --separate-stderr lmsdrive load --server "$SIM_URL" sim-gguf
	[ "$(jq -r '[.context_length, .parallel] | @csv' <<<"$output")" = 4096,4 ]
}

@test "a router's load that takes too long is called off" {
	printf 'server: {api: [router, openai]}\nmodels:\n  - {key: sim-gguf, memory: 1MiB, load_time: 30s}\n' >models.yaml
	start_lmsim --models models.yaml
	{ load_step '.timeouts.load_ns = 200000000'; step '.step = 2'; } >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(codes)" = "load_failed " ]
	[[ $(of note 'select(.code == "load_failed").message') == *"says of sim-gguf: loading, and not loaded in time" ]]
	[ "$(lmsdrive models --server "$SIM_URL" | jq -r .status)" = unloaded ]
	# a signal meanwhile: the same
	load_step >plan
	lmsdrive run -q plan >out 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do [ "$(lmsdrive models --server "$SIM_URL" | jq -r .status)" = loading ] && break; sleep 0.05; done
	kill -INT $pid
	rc=0; wait $pid || rc=$?
	[ "$rc" -eq 4 ]
	[ "$(lmsdrive models --server "$SIM_URL" | jq -r .status)" = unloaded ]
}

@test "what a router cannot be told at a load is a finding" {
	serve 'api: [router, openai]'
	{ load_step '.context_length = 8192 | .load_options = {context_length: 8192, flash_attention: true}'; step '.step = 2'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(codes)" = "context_mismatch load_options_ignored " ]
	[[ $(of note 'select(.code == "context_mismatch").message') == *"8192 was asked for, 4096 is loaded" ]]
	[[ $(of note 'select(.code == "load_options_ignored").message') == *"no load options: flash_attention stand"* ]]
	run -2 --separate-stderr lmsdrive load --server "$SIM_URL" -c 8192 sim-gguf
	[[ $stderr == *"takes no load options"* ]]
	run -0 --separate-stderr lmsdrive load --server "$SIM_URL" sim-gguf
	run -4 --separate-stderr lmsdrive load --server "$SIM_URL" sim-gguf
	[[ $stderr == *"already running"* ]]
	# someone else's model now
	step >plan
	run -4 --separate-stderr lmsdrive run -q plan
	[[ $stderr == *"sim-gguf is loaded already, by someone else"* ]]
}

@test "llama-server: named, its build, its context and slots read back, its prefill timed" {
	start_lmsim --models <(printf 'server: {api: [openai], imitate: llama-server}\nmodels: [{key: sim-gguf, format: gguf, memory: 1MiB, load_time: 10ms, prefill_min: 500ms, context_length: 4096, preloaded: true}]\n')
	{ load_step '.context_length = 2048 | .load_options = {context_length: 2048}'; step '.step = 2'
	  load_step '.op = "unload" | .step = 3'; load_step '.step = 4'; step '.step = 5'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run '.server | [.api, .name, .version] | @csv')" = '"openai","llama-server","b1-lmsim"' ]
	# progress from 0 to 1 in each answer, and the time between is the prefill
	[ "$(of chunk 'select(.kind == "prefill").progress' | sort -u | tr '\n' ' ')" != "" ]
	[ "$(jq -s 'map(select(.kind == "prefill")) | group_by(.req) | map([.[0].progress, .[-1].progress]) | unique | @json' -r <<<"$output")" = '[[0,1]]' ]
	[ "$(of chunk 'select(.kind == "role").i' | wc -l)" -eq 2 ]
	[ "$(metricsagg <<<"$output" | jq -r 'select(.metric == "prefill_tps" and .by == null).source')" = events ]
	# the second load is of a server that has its model
	[ "$(of load 'select(.phase == "end" and .step == 4) | [.context_length, .parallel] | @csv')" = 4096,4 ]
	[ "$(codes)" = "context_mismatch " ]
	[ "$(metricsagg <<<"$output" | jq -r 'select(.type == "run").models[0].runtime')" = 'llama-server b1-lmsim' ]
}

@test "mlx_lm.server: named, its keep-alives are its prefill" {
	serve 'api: [openai]' 'imitate: mlx_lm'
	{ step '.sampling.seed = 42'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run '.server | [.api, .name] | @csv')" = '"openai","mlx_lm.server"' ]
	[ "$(of response '[.status, .completion_tokens, .cached_tokens] | @csv')" = '"ok",8,0' ]
	[ "$(jq -s 'map(select(.kind == "prefill")) | [.[0].progress, .[-1].progress] | @json' -r <<<"$output")" = '[0,1]' ]
}

@test "told not to reason, each server does not, in its own words" {
	for ways in 'imitate: llama-server' 'imitate: mlx_lm' 'imitate: vllm' 'imitate: lmstudio'; do
		start_lmsim --models <(printf 'server: {api: [openai], %s}\nmodels: [{key: sim-gguf, memory: 1MiB, load_time: 10ms, reasoning_tokens: 4}]\n' "$ways")
		{ step '.sampling.reasoning = "off"'; step '.step = 2'; } >plan
		run -0 --separate-stderr lmsdrive run -q --no-calibration plan
		stop_lmsim
		[ "$(of response '[.req, .status, .reasoning_tokens // 0] | @csv' | tr '\n' ' ')" = '1,"ok",0 2,"ok",4 ' ] || { echo "$ways"; of response .; false; }
	done
}

@test "vLLM: named, its version, its context" {
	serve 'api: [openai]' 'imitate: vllm' 'version: "0.26.0"'
	{ load_step '.context_length = 4096'; step '.step = 2'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run '.server | [.api, .name, .version] | @csv')" = '"openai","vLLM","0.26.0"' ]
	[ "$(of load 'select(.phase == "end").context_length')" = 4096 ]
	[ "$(of response .status)" = ok ]
	[ "$(codes)" = "" ]
}

# path API SERVER-LINE...: a conversation, and two requests at once, over this
# path of a server that is loaded in its own way; $output is the run.
path() {
	local api=$1 counts="[.prompt_tokens, ${CACHED:-.cached_tokens}, .completion_tokens]" s='.server.api = "'$1'" | .sampling.seed = 1'
	shift
	{ printf 'server: {%s}\n' "$*"
	  echo 'models: [{key: sim-gguf, format: gguf, memory: 1MiB, load_time: 10ms, preloaded: '$PRELOADED', cache_budget: 1MiB, kv_bytes_per_token: 100B}]'; } >models.yaml
	start_lmsim --models models.yaml --truth truth
	{ load_step "$s"; step "$s"' | .step = 2 | .turn = 1 | .turns = 2 | .prompt.system = "be brief"'
	  step "$s"' | .step = 3 | .turn = 2 | .turns = 2 | .prompt.system = "be brief" | .prompt.text = "and then"'
	  step "$s"' | .step = 4 | .requests = 2 | .concurrency = 2'; load_step "$s"' | .op = "unload" | .step = 5'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	stop_lmsim
	[ "$(of run .server.api)" = $api ]
	[ "$(of load 'select(.phase == "end") | [.status, .api] | @csv')" = '"ok","'$api'"' ]
	[ "$(of response '[.status, .finish, .tokens_from] | @csv' | sort -u)" = '"ok","length","usage"' ]
	# what the server did is what is recorded, cached tokens told apart
	jq -c 'select(.type == "request" and .dialect == "'$api'" and .status == "ok") | '"$counts" truth | sort >did
	of response "$counts" | sort | diff did -
	# the second turn has the first within it
	[ "$(of response '.prompt_tokens' | sed -n 2p)" -eq $((10 + 2 + 2 + 8 + 2)) ]
}

@test "messages and responses: other paths of whatever server it is" {
	local api
	for api in messages responses; do
		PRELOADED=false path $api 'cached_tokens: true'
		[ "$(of run .server.name)" = "LM Studio" ]
		[ "$(of response .cached_tokens | sed -n 2p)" -eq 12 ] || { of response '[.req, .prompt_tokens, .cached_tokens]'; false; }
		# a number that the path takes none of is a finding, not of the server's own API
		[[ $(of note 'select(.code == "sampling_ignored").message') != *lmstudio* ]]
		PRELOADED=true path $api "api: [openai, $api], imitate: llama-server"
		[ "$(of run .server.name)" = llama-server ]
		[ "$(of response 'select(.server.prefill_s == null).req' | wc -l)" -eq $([ $api = messages ] && echo 4 || echo 0) ]
		# what was cached is not told: unknown, not none
		CACHED=0 PRELOADED=true path $api "api: [openai, $api], imitate: vllm"
		[ "$(of response .cached_tokens | sort -u)" = null ] || { of response .; false; }
	done
}

@test "two variants of one model that differ in the path alone are loaded as one server's" {
	local i=1 v
	start_lmsim --truth truth
	for v in auto messages responses; do
		for op in load request unload; do
			step ".op = \"$op\" | .server.api = \"$v\" | .variant = \"$v\" | .step = $((i++))"
		done
	done >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of load 'select(.phase == "end") | [.status, .api] | @csv' | tr '\n' ' ')" = '"ok","lmstudio" "ok","messages" "ok","responses" ' ]
	[ "$(jq -r 'select(.type == "request" and .status == "ok" and .dialect != "v0").dialect' truth | tr '\n' ' ')" = 'v1 messages responses ' ]
	[ "$(codes)" = "" ]
	metricsagg <<<"$output" | jq -r 'select(.type == "run").models[] | [.variant, .api] | @csv' >apis
	[ "$(tr '\n' ' ' <apis)" = '"auto","lmstudio" "messages","messages" "responses","responses" ' ]
}

@test "two variants of one server, each by the API that it names" {
	local i=1 v
	start_lmsim --models <(printf 'server: {api: [v1, v0, openai], jit: true}\nmodels: [{key: sim-gguf, format: gguf, memory: 1MiB, load_time: 10ms}]\n') --truth truth
	for v in lmstudio lmstudio-v0 openai; do
		for op in load request unload; do
			step ".op = \"$op\" | .server.api = \"$v\" | .variant = \"$v\" | .step = $((i++))"
		done
	done >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of load 'select(.phase == "end") | [.status, .api] | @csv' | tr '\n' ' ')" = '"ok","lmstudio" "ok","lmstudio-v0" "ok","openai" ' ]
	[ "$(of response .status | xargs)" = "ok ok ok" ]
	jq -r 'select(.type == "request" and .stream).dialect' truth | xargs >did
	[ "$(cat did)" = "v1 v0 openai" ] || { cat did; false; }
	metricsagg <<<"$output" | jq -r 'select(.type == "run").models[] | [.variant, .api] | @csv' >apis
	[ "$(tr '\n' ' ' <apis)" = '"lmstudio","lmstudio" "lmstudio-v0","lmstudio-v0" "openai","openai" ' ]
}

@test "a path that the server does not have is said before the run, and by doctor" {
	local api
	for api in messages responses; do
		for apis in '[v1, v0, openai]' '[openai]'; do
			start_lmsim --models <(printf 'server: {api: %s}\nmodels: [{key: sim-gguf, format: gguf, memory: 1MiB, load_time: 10ms}]\n' "$apis")
			load_step '.server.api = "'$api'"' >plan
			step '.server.api = "'$api'" | .step = 2' >>plan
			run -4 --separate-stderr lmsdrive run -q --no-calibration plan
			[[ $stderr == *"p gguf: "*" has no /v1/$api: leave out api: $api, or take a newer version of it"* ]] || { echo "$stderr"; false; }
			stop_lmsim
		done
	done
}

@test "Ollama: loads and unloads through its own API, names with and without a tag" {
	cat >models.yaml <<-'E'
		server: {api: [ollama, openai], version: "0.24.0", lenient_names: true}
		models:
		  - {key: "sim:latest", format: gguf, memory: 1MiB, load_time: 200ms, context_length: 4096}
		  - {key: "sim:mlx", format: mlx, memory: 1MiB, load_time: 50ms}
		  - {key: "cloud:latest", memory: 1MiB, device: "https://ollama.com"}
		  - {key: "bad:latest", memory: 1MiB, faults: [load_failed]}
	E
	start_lmsim --models models.yaml
	run -0 --separate-stderr lmsdrive models --server "$SIM_URL"
	[ "$(jq -r '[.key, .format, .status, .remote] | @csv' <<<"$output" | head -n 3)" = '"sim:latest","gguf","unloaded",false
"sim:mlx","mlx","unloaded",false
"cloud:latest","gguf","unloaded",true' ]
	{ load_step '.model = "sim"'; step '.step = 2 | .model = "sim"'; load_step '.model = "sim" | .op = "unload" | .step = 3'
	  load_step '.model = "bad" | .step = 4'; } >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run '.server | [.api, .name, .version] | @csv')" = '"ollama","Ollama","0.24.0"' ]
	[ "$(of load 'select(.phase == "end" and .step == 1) | [.status, .format, .context_length] | @csv')" = '"ok","gguf",4096' ]
	[ "$(jq -s 'map(select(.type == "load" and .step == 1)) | .[1].t_ns - .[0].t_ns >= 200000000' <<<"$output")" = true ]
	[ "$(of response .status)" = ok ]
	[ "$(of unload 'select(.phase == "end").status')" = ok ]
	[ "$(codes)" = "load_failed remote_model " ]
	run -0 --separate-stderr lmsdrive models --server "$SIM_URL"
	[ "$(jq -r .status <<<"$output" | sort -u)" = unloaded ]
}

@test "a model that the server does not list is a finding" {
	serve 'api: [openai]' 'lenient_names: true'
	{ load_step '.model = "other"'; step '.step = 2 | .model = "other"'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[[ $(codes) == *"model_not_listed "* ]]
}

@test "a router whose load fails" {
	printf 'server: {api: [router, openai]}\nmodels:\n  - {key: sim-gguf, faults: [load_failed]}\n' >models.yaml
	start_lmsim --models models.yaml
	{ load_step '.timeouts.load_ns = 3000000000'; step '.step = 2'; } >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
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
	# a line end behind it is not part of it, one within it is no header of ours
	run -0 --separate-stderr env LM_API_TOKEN=$'sk-lm-secret\r\n' lmsdrive models --server "$SIM_URL"
	run -4 --separate-stderr env LM_API_TOKEN=$'sk-lm-secret\nX-More: 1' lmsdrive run -q plan
	[ "$stderr" = "lmsdrive: $SIM_URL: the API token in LM_API_TOKEN has spaces or characters that no token has; nothing was sent" ]
	run -0 --separate-stderr env MINE=sk-lm-secret lmsdrive models --server "$SIM_URL" --token-env MINE
	run -1 grep -r sk-lm-secret log plan <<<"$output$stderr"
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

@test "an unload that does not come about has a time limit of its own" {
	start_lmsim --models <(printf 'server: {api: [router, openai]}\nmodels: [{key: sim-gguf, memory: 1MiB, load_time: 10ms, faults: [unload_stays]}]\n')
	{ load_step; load_step '.op = "unload" | .step = 2 | .timeouts.unload_ns = 200000000'; } >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of unload 'select(.phase == "end").status')" = failed ]
	[[ $(of unload 'select(.phase == "end").error') == *"not unloaded in time" ]]
	[ "$(jq -s 'map(select(.type == "unload")) | .[1].t_ns - .[0].t_ns < 30000000000' <<<"$output")" = true ]
}

@test "servers of OpenAI's API are known by the owner of their models, the rest are unknown" {
	for who in omlx:oMLX rapid-mlx:Rapid-MLX vllm-mlx:vllm-mlx mlx-serve:mlx-serve; do
		serve 'api: [openai]' "owned_by: ${who%:*}"
		{ load_step; step '.step = 2'; } >plan
		run -0 --separate-stderr lmsdrive run -q --no-calibration plan
		[ "$(of run '.server | [.api, .name] | @csv')" = "\"openai\",\"${who#*:}\"" ]
		[ "$(of response .status)" = ok ]
		stop_lmsim
	done
	serve 'api: [openai]'
	step >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run .server.name)" = 'OpenAI-compatible, unknown (lmsim)' ]
}

@test "oMLX: its own times are the server's figures, the load that a request waited for among them" {
	start_lmsim --models <(printf 'server: {api: [openai], imitate: omlx, jit: true}\nmodels: [{key: sim-gguf, memory: 1MiB, load_time: 1100ms, prefill_min: 40ms}]\n')
	{ step; step '.step = 2'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run .server.name)" = oMLX ]
	of response '.server | [.ttft_s, .prefill_s, .tokens_per_s] | @json' >said
	jq -c 'select(.type == "request" and .stream) | [(.first_ns - .received_ns) / 1e9, (.prefill_end_ns - .prefill_ns) / 1e9, .tokens_per_s]' "$SIM_TRUTH" >true
	jq -es '(length == 4) and ([.[:2], .[2:]] | transpose | all(transpose | all((.[0] / .[1] - 1) | fabs < 1e-6)))' said true
	# Less than a second is a look at what is there.
	[ "$(of response '.server.load_s >= 1.1')" = $'true\nfalse' ]
	[[ "$(codes)" == *"loaded_by_request"* ]]
}

@test "who imitates Ollama or llama.cpp is not taken for it" {
	# mlx-serve: Ollama's lists, and a meta object, which is no GGUF
	start_lmsim --models <(printf 'server: {api: [ollama, openai], imitate: llama-server, owned_by: mlx-serve}\nmodels: [{key: sim-gguf, memory: 1MiB, load_time: 10ms}]\n')
	{ load_step; step '.step = 2'; load_step '.op = "unload" | .step = 3'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run '.server | [.api, .name] | @csv')" = '"openai","mlx-serve"' ]
	[ "$(of load 'select(.phase == "end").format')" = null ]
	[ "$(of unload 'select(.phase == "end").status')" = ok ]
	[ "$(codes)" = "" ]
	# unless the configuration says so
	step '.server.api = "ollama" | .server.keep_loaded = true' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run '.server | [.api, .name] | @csv')" = '"ollama","Ollama"' ]
	stop_lmsim
	# the owner's name, and nothing else of llama-server
	serve 'api: [openai]' 'owned_by: llamacpp'
	{ load_step; step '.step = 2'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run '.server | [.api, .name] | @csv')" = '"openai","OpenAI-compatible, unknown (lmsim)"' ]
	[ "$(of load 'select(.phase == "end").format')" = null ]
}
