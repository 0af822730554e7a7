#!/usr/bin/env bats
# The same work on both sides: what is sent, read back and guessed is recorded,
# and what differs is said, in the findings and in the report.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	cd "$BATS_TEST_TMPDIR"
	OTHER_PID=
}

teardown() {
	stop_lmsim
	SIM_PID=$OTHER_PID
	stop_lmsim
}

# serve 'SERVER' 'MODEL'...: a stand-in with these settings.
serve() {
	{ echo "server: {$1}"; echo 'models:'; shift
	  printf '  - {memory: 1MiB, %s}\n' "$@"; } >models.yaml
	start_lmsim --models models.yaml
}

# serve_another: what stands now is kept beside the one that is served next.
serve_another() {
	OTHER_PID=$SIM_PID OTHER_URL=$SIM_URL OTHER_TRUTH=$BATS_TEST_TMPDIR/other.ndjson
	mv "$SIM_TRUTH" "$OTHER_TRUTH"
	serve "$@"
}

# visit NUMBER VARIANT URL [FILTER]: load, request, unload of sim-gguf there.
visit() {
	local f=".variant = \"$2\" | .server.url = \"$3\" | ${4:-.}"
	load_step ".step = $1 | $f"
	step ".step = $(($1 + 1)) | $f | .sampling += {min_p: 0, repeat_penalty: 1, presence_penalty: 0, frequency_penalty: 0}"
	load_step ".step = $(($1 + 2)) | .op = \"unload\" | $f"
}

# same TEXT: does the line of what is alike have it?
same() {
	mkreport metrics | sed -n '/^## Like for like/,/^## [^L]/p' | grep '^The same in all: ' | grep -qF "$1"
}

# row TEXT: the cells of the row of "Like for like?" that begins with it.
row() {
	mkreport metrics | sed -n '/^## Like for like/,/^## [^L]/p' | grep -F "| $1" | tr -s ' '
}

@test "sampling: all that each API takes arrives in its words, and is recorded in ours" {
	model='key: sim-gguf, format: gguf, preloaded: true'
	while read -r server want; do
		serve "${server//%/ }" "$model"
		visit 1 a "$SIM_URL" '.server.keep_loaded = true | .sampling.temperature = 0.5 | .sampling.top_k = 20' >plan
		run -0 --separate-stderr lmsdrive run -q --no-calibration plan
		stop_lmsim
		[ "$(of response .status)" = ok ]
		[ "$(jq -c 'select(.type == "request" and .stream).asked | del(.max_tokens, .max_output_tokens, .num_predict, .keep_alive, .draft_model)' "$SIM_TRUTH")" = "$want" ] || { echo "$server"; jq -c 'select(.type == "request").asked' "$SIM_TRUTH"; false; }
		[ "$(of request '.sampling | [.temperature, .top_k, .seed, .reasoning] | @json')" = '[0.5,20,null,null]' ]
		[ "$(of request .sampling.repeat_penalty)" = "$(jq -r 'if .repeat_penalty or .repetition_penalty then 1 else null end' <<<"$want")" ]
	done <<-'E'
		api:%[v1,v0,openai] {"temperature":0.5,"top_k":20,"min_p":0,"repeat_penalty":1}
		api:%[v0,openai] {"temperature":0.5,"top_k":20,"min_p":0,"repeat_penalty":1,"presence_penalty":0,"frequency_penalty":0}
		api:%[openai],%imitate:%llama-server {"temperature":0.5,"top_k":20,"min_p":0,"repeat_penalty":1,"presence_penalty":0,"frequency_penalty":0}
		api:%[openai],%imitate:%vllm {"temperature":0.5,"top_k":20,"min_p":0,"repetition_penalty":1,"presence_penalty":0,"frequency_penalty":0}
		api:%[openai],%imitate:%mlx_lm {"temperature":0.5,"top_k":20,"min_p":0,"repetition_penalty":0,"presence_penalty":0,"frequency_penalty":0}
		api:%[ollama,openai] {"temperature":0.5,"top_k":20,"min_p":0,"repeat_penalty":1,"presence_penalty":0,"frequency_penalty":0}
		api:%[openai],%owned_by:%omlx {"temperature":0.5,"top_k":20,"presence_penalty":0,"frequency_penalty":0}
		api:%[openai] {"temperature":0.5,"top_k":20,"presence_penalty":0,"frequency_penalty":0}
	E
}

@test "sampling: what an API does not take is said once, and only where it matters" {
	serve 'api: [v1, v0, openai]' 'key: sim-gguf, format: gguf'
	visit 1 a "$SIM_URL" >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(codes)" = "" ]
	{ visit 1 ba "$SIM_URL"; visit 4 a "$SIM_URL"; visit 7 a "$SIM_URL"; } | jq -c 'if .op == "request" then .sampling += {presence_penalty: 0.5, temperature: 0.5, seed: 7} else . end' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of note 'select(.code == "sampling_ignored").message' | grep -v ^ba:)" = "a: the lmstudio API takes no presence_penalty: 0.5 was asked for, and the server's own holds
a: the lmstudio API takes no seed: 7 was asked for, and the server's own holds" ]
	[ "$(of request .sampling.presence_penalty | sort -u)" = null ]
}

@test "sampling: read back from llama-server, one that differs is a finding and a row" {
	llama='api: [openai], imitate: llama-server'
	serve "$llama" "key: sim-gguf, format: gguf, preloaded: true, sampling: '{\"repeat_penalty\": 1.1, \"top_p\": 0.949999988079071, \"top_k\": 40}'"
	serve_another "$llama" "key: sim-gguf, format: gguf, preloaded: true, sampling: '{\"repeat_penalty\": 1.0, \"top_p\": 0.949999988079071, \"top_k\": 40, \"dry_multiplier\": 0.800000011920929, \"typical_p\": 1.0, \"repeat_last_n\": 64}'"
	{ visit 1 hot "$OTHER_URL"; visit 4 cool "$SIM_URL"; } >plan
	lmsdrive run -q --no-calibration plan >raw
	[ "$(jq -c 'select(.type == "load" and .phase == "end").server_sampling' raw | head -n 1)" = '{"top_p":0.95,"top_k":40,"repeat_penalty":1.1}' ]
	# sent on both sides, so that the servers' own does not hold
	metricsagg raw >metrics
	[ "$(jq -c 'select(.code == "sampling_differs")' metrics)" = "" ]
	same 'Sampling: `repeat_penalty`: 1'
	same "Sampling: \`top_p\`: 0.95, the server's own"
	# what no request says, as its command line would
	[ "$(row 'Option: `dry-multiplier`')" = '| Option: `dry-multiplier` | not known | 0.8 | not known of all |' ]
	[ "$(row 'Option: `typical-p`')$(row 'Option: `repeat-last-n`')" = "" ]
	# left to the servers, it does
	jq -c 'del(.sampling.repeat_penalty)' plan >left
	lmsdrive run -q --no-calibration left >raw
	metricsagg raw >metrics
	[ "$(jq -r 'select(.code == "sampling_differs") | [.level, .pair, .variant, .message] | @csv' metrics)" = '"warn","p","cool","hot and cool did not sample in the same way: repeat_penalty 1.1 and 1"' ]
	[ "$(row 'Sampling: `repeat_penalty`')" = "| Sampling: \`repeat_penalty\` | 1.1, the server's own | 1, the server's own | differs |" ]
}

@test "sampling: sent to one server, and another one's own is not the same" {
	serve 'api: [v1, v0, openai]' 'key: sim-gguf, format: gguf'
	serve_another 'api: [openai], imitate: llama-server' "key: sim-gguf, format: gguf, preloaded: true, sampling: '{\"min_p\": 0.05}'"
	{ visit 1 a "$OTHER_URL"; visit 4 b "$SIM_URL"; } | jq -c 'if .op == "request" then .sampling.temperature = 0.8 else . end |
		if .variant == "b" then del(.sampling.min_p) else . end' >plan
	lmsdrive run -q --no-calibration plan >raw
	metricsagg raw >metrics
	[ "$(jq -r 'select(.code == "sampling_differs").message' metrics)" = 'a and b did not sample in the same way: min_p 0 and 0.05' ]
	[ "$(row 'Sampling: `presence_penalty`')" = '| Sampling: `presence_penalty` | not sent | 0 | not known of all |' ]
	# at temperature 0 nothing is drawn
	jq -c 'if .op == "request" then .sampling.temperature = 0 else . end' plan >greedy
	lmsdrive run -q --no-calibration greedy | metricsagg >metrics
	[ "$(jq -r 'select(.code == "sampling_differs").message' metrics)" = "" ]
}

@test "sampling: read back from Ollama, with its parameters; its own figures beside ours" {
	serve 'api: [ollama, openai]' "key: \"sim-gguf:latest\", format: gguf, n_params: 8388608, size: 4MiB, sampling: '{\"repeat_penalty\": 1.1, \"num_ctx\": 4096}', reasoning_tokens: 2"
	visit 1 a "$SIM_URL" | jq -c 'if .op == "request" then del(.sampling.repeat_penalty) else . end' >plan
	lmsdrive run -q --no-calibration plan >raw
	[ "$(jq -c 'select(.type == "load" and .phase == "end") | [.status, .server_sampling, .parameters, .context_length]' raw)" = '["ok",{"repeat_penalty":1.1},8388608,4096]' ]
	[ "$(jq -c 'select(.type == "response") | [.status, .finish, .prompt_tokens, .completion_tokens, .tokens_from, .model_served, .server.tokens_per_s > 0, .server.prefill_s > 0, .server.load_s]' raw)" = '["ok","length",12,8,"stats","sim-gguf:latest",true,true,null]' ]
	[ "$(jq -sc 'map(select(.type == "chunk" and .bytes > 0).kind) | [.[0], .[1], .[2], .[-1], length]' raw)" = '["reasoning","reasoning","content","content",8]' ]
	metricsagg raw >metrics
	[ "$(row 'Sampling: `repeat_penalty`')" = "| Sampling: \`repeat_penalty\` | 1.1, the server's own | |" ]
	# raw completions have no word for it, and say so
	jq -c 'if .op == "request" then .raw_completion = true | .sampling.repeat_penalty = 1 else . end' plan >raw-plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration raw-plan
	[ "$(of response .status)" = ok ]
	[ "$(of note 'select(.code == "sampling_mismatch").message')" = "a: the ollama API takes no repeat_penalty: 1 was asked for, the server's own 1.1 holds" ]
}

@test "Ollama: what fails in its stream, and before it, is told" {
	serve 'api: [ollama, openai]' 'key: "sim-gguf:latest", format: gguf'
	for fault in error_late:stream_error error_openai:http_error cut:truncated broken_json:ok empty:empty; do
		{ load_step '.server.keep_loaded = true'; fault "${fault%:*}" '.step = 2 | .server.keep_loaded = true'; } >plan
		run --separate-stderr lmsdrive run -q --no-calibration plan
		[ "$(of response .status)" = "${fault#*:}" ] || { echo "$fault"; of response .; false; }
	done
}

@test "load options: everything that is echoed is recorded and stands side by side" {
	serve 'api: [v1, v0, openai]' "key: sim-gguf, format: gguf, options: '{\"llama_k_cache_quantization_type\": \"q8_0\", \"unified_kv_cache\": true}'"
	serve_another 'api: [v1, v0, openai]' "key: sim-gguf, format: gguf, options: '{\"llama_k_cache_quantization_type\": \"f16\", \"unified_kv_cache\": true}'"
	{ visit 1 a "$OTHER_URL"; visit 4 b "$SIM_URL" 'if .op == "load" then .load_options = {eval_batch_size: 1024, num_experts: 4} else . end'; } >plan
	lmsdrive run -q --no-calibration plan >raw
	[ "$(jq -c 'select(.type == "load" and .phase == "end") | .options' raw)" = '{"eval_batch_size":512,"flash_attention":true,"offload_kv_cache_to_gpu":true,"llama_k_cache_quantization_type":"q8_0","unified_kv_cache":true}
{"eval_batch_size":1024,"flash_attention":true,"num_experts":4,"offload_kv_cache_to_gpu":true,"llama_k_cache_quantization_type":"f16","unified_kv_cache":true}' ]
	[ "$(jq -c 'select(.type == "load" and .phase == "end") | [.context_length, .parallel]' raw | sort -u)" = '[4096,4]' ]
	metricsagg raw >metrics
	[ "$(jq -r 'select(.code == "load_options_differ").message' metrics)" = 'a and b were loaded differently: eval_batch_size 512 and 1024; llama_k_cache_quantization_type "q8_0" and "f16"; num_experts none and 4' ]
	[ "$(row 'Option: `eval_batch_size`')" = '| Option: `eval_batch_size` | 512 | 1024 | differs |' ]
	[ "$(row 'Option: `llama_k_cache_quantization_type`')" = '| Option: `llama_k_cache_quantization_type` | q8_0 | f16 | differs |' ]
	[ "$(row 'Option: `num_experts`')" = '| Option: `num_experts` | none | 4 | not on all sides |' ]
	same 'Option: `unified_kv_cache`: true'
}

@test "load options: one that did not take is a finding" {
	serve 'api: [v1, v0, openai]' 'key: sim-gguf, format: gguf, faults: [options_ignored]'
	visit 1 a "$SIM_URL" 'if .op == "load" then .load_options = {flash_attention: false, eval_batch_size: 512} else . end' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(codes)" = "load_option_mismatch " ]
	[ "$(of note .message)" = 'sim-gguf: flash_attention false was asked for, the server says true' ]
}

# started VARIANT OPTION...: load and request of a server that is started.
started() {
	local command
	command=$(jq -nc '["env", "PATH=" + env.PATH, "lmsim", "--port", "{port}", "--models", "models.yaml"] + $ARGS.positional' --args -- "${@:2}")
	SIM_URL=http://127.0.0.1:0 load_step ".variant = \"$1\" | .server.command = $command"
	SIM_URL=http://127.0.0.1:0 step ".step = 2 | .variant = \"$1\" | .server.command = $command"
	SIM_URL=http://127.0.0.1:0 load_step ".step = 3 | .op = \"unload\" | .variant = \"$1\" | .server.command = $command"
}

@test "load options: two started servers that differ in one word of their command" {
	printf 'models: [{key: sim-gguf, format: gguf, memory: 1MiB, load_time: 10ms, preloaded: true}]\nserver: {api: [openai], imitate: llama-server}\n' >models.yaml
	{ started a --seed=7; started b -s 8 --scale 1 | jq -c '.step += 3'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response .status)" = 'ok
ok' ]
	[ "$(of load 'select(.phase == "end").options')" = '{"models":"models.yaml","seed":"7","speculative":false}
{"models":"models.yaml","seed":"8","scale":"1","speculative":false}' ]
	metricsagg <<<"$output" >metrics
	[ "$(jq -r 'select(.code == "load_options_differ").message' metrics)" = 'a and b were loaded differently: seed "7" and "8"; scale none and "1"' ]
	[ "$(row 'Option: `seed`')" = '| Option: `seed` | 7 | 8 | differs |' ]
	[ "$(row 'Option: `scale`')" = '| Option: `scale` | none | 1 | not on all sides |' ]
}

@test "load options: of servers that were there before, from the command lines of their processes" {
	ln -s "$(command -v lmsim)" llama-server
	lmsim() { exec ./llama-server "$@"; }
	printf 'models: [{key: sim-gguf, format: gguf, memory: 1MiB, preloaded: true}]\nserver: {api: [openai], imitate: llama-server}\n' >models.yaml
	start_lmsim --models models.yaml --seed=7
	OTHER_PID=$SIM_PID OTHER_URL=$SIM_URL
	start_lmsim --models models.yaml --seed 8 --scale 1
	{ visit 1 a "$OTHER_URL"; visit 4 b "$SIM_URL"; } >plan
	lmsdrive run -q --no-calibration plan | memsample >raw
	[ "$(jq -c 'select(.type == "proc" and .event == "appear" and .options) | [.options.seed, .options.scale, .options.port, .port > 0]' raw | sort -u)" = '["7",null,null,true]
["8","1",null,true]' ]
	metricsagg raw >metrics
	[ "$(row 'Option: `seed`')" = '| Option: `seed` | 7 | 8 | differs |' ]
	[ "$(row 'Option: `scale`')" = '| Option: `scale` | none | 1 | not on all sides |' ]
	[[ $(jq -r 'select(.code == "load_options_differ").message' metrics) == *'seed "7" and "8"; scale none and "1"' ]]
	[ "$(jq -c 'select(.type == "run").models | map(.options_from)' metrics)" = '["process","process"]' ]

	# the one on another machine, whose processes are not seen: an option that it
	# does not tell is not one that it has not
	jq -c --argjson port "${SIM_URL##*:}" 'if .type == "proc" and .port == $port then .options = null
	    elif .type == "mem" then del(.servers) | .port = $here
	    elif .type == "load" and (.server_url // "" | endswith(":\($port)")) then .server_url = "http://mac.example:1" else . end' --argjson here "${OTHER_URL##*:}" raw >one
	metricsagg one >metrics
	[ "$(jq -r 'select(.type == "memory" and .counter == "rss") | .variant' metrics | sort -u)" = a ]
	run -1 grep -F memory_summed metrics
	[ "$(row 'Option: `seed`')" = '| Option: `seed` | 7 | not known (another machine) | not known of all |' ]
	[ "$(row 'Other options')" = '| Other options | all are here | not known (another machine) | not known of all |' ]
	run -1 grep -F load_options_differ metrics
	# both
	jq -c 'if .type == "proc" then .options = null elif .type == "mem" then del(.servers, .port) | .n_procs = 0 elif .server_url then .server_url = "http://mac.example:1" else . end' raw >both
	metricsagg both >metrics
	run -1 grep -F memory_summed metrics
	mkreport metrics >report
	run -1 grep -F '| Option' report
	grep -F 'Not known of any: ' report | grep -F '; Other options.'
}

@test "two servers with one model's name: each has its own runtime, version and slots" {
	serve 'api: [v1, v0, openai], version: "0.4.20"' 'key: sim-gguf, format: gguf, parallel: 1'
	serve_another 'api: [v1, v0, openai], version: "0.4.21"' 'key: sim-gguf, format: mlx, parallel: 4'
	{ visit 1 a "$OTHER_URL" '.format = null'; visit 4 b "$SIM_URL" '.format = null'; } >plan
	lmsdrive run -q --no-calibration plan >raw
	[ "$(jq -r 'select(.type == "unload" and .phase == "begin").runtime' raw)" = 'llama.cpp-lmsim 2.37.0
mlx-llm-lmsim 1.11.0' ]
	metricsagg raw >metrics
	[ "$(jq -c 'select(.type == "run").models[] | [.runtime, .server_version, .parallel]' metrics)" = '["llama.cpp-lmsim 2.37.0","0.4.20",1]
["mlx-llm-lmsim 1.11.0","0.4.21",4]' ]
	[ "$(row Runtime)" = '| Runtime | `llama.cpp-lmsim 2.37.0` | `mlx-llm-lmsim 1.11.0` | differs: not the same engine |' ]
	[ "$(row 'Server version')" = '| Server version | `0.4.20` | `0.4.21` | differs: not the same build |' ]
	[ "$(row 'Parallel slots')" = '| Parallel slots | 1 | 4 | differs |' ]
}

@test "what llama-server knows of its model: parameters, and so bits per weight" {
	serve 'api: [openai], imitate: llama-server' 'key: sim-gguf, format: gguf, preloaded: true, size: 4MiB, n_params: 8388608, quantization: Q4_K_M'
	serve_another 'api: [v1, v0, openai]' 'key: sim-gguf, format: mlx, size: 4500000, params: 8M, quantization: 4bit, bits_per_weight: 4'
	{ visit 1 a "$OTHER_URL"; visit 4 b "$SIM_URL" '.format = "mlx"'; } >plan
	lmsdrive run -q --no-calibration plan >raw
	[ "$(jq -c 'select(.type == "load" and .phase == "end") | [.quantization, .parameters, .params, .size_bytes]' raw)" = '["Q4_K_M",8388608,null,4194304]
["4bit",null,"8M",4500000]' ]
	metricsagg raw >metrics
	[ "$(jq -c 'select(.type == "run").models[] | [.bits_per_weight, .effective_bits_per_weight]' metrics)" = '[null,4]
[4,4.5]' ]
	[ "$(row 'Bits per weight, bytes')" = '| Bits per weight, bytes over parameters | 4.00 | 4.50 | differs: the one with fewer bits reads less memory per token |' ]
}

# spoken_by SERVER MODEL-LINE [TPS]: 24 tokens of it beside 24 of one that does not guess.
spoken_by() {
	serve "$1" "$2, decode_tps: ${3:-50}"
	serve_another "$1" "${2/draft: 4, accepted: 2/draft: 0}, decode_tps: ${3:-50}"
	{ visit 1 fast "$OTHER_URL" 'if .sampling then .sampling.max_tokens = 24 else . end'
	  visit 4 slow "$SIM_URL" 'if .sampling then .sampling.max_tokens = 24 else . end'; } >plan
	lmsdrive run -q --no-calibration plan >raw
	metricsagg raw >metrics
}

@test "speculation: counted by llama-server, recorded, reported, and a finding" {
	spoken_by 'api: [openai], imitate: llama-server' 'key: sim-gguf, format: gguf, preloaded: true, draft: 4, accepted: 2'
	[ "$(jq -c 'select(.type == "response") | [.draft_tokens, .accepted_tokens]' raw)" = '[32,16]
[null,null]' ]
	[ "$(jq -c 'select(.type == "load" and .phase == "end").options' raw)" = '{"speculative":true}
{"speculative":false}' ]
	[ "$(jq -c 'select(.type == "run").models[] | [.draft_tokens, .accepted_tokens]' metrics)" = '[32,16]
[null,null]' ]
	[ "$(jq -c 'select(.type == "metric" and .metric == "accept_ratio" and .by == null) | [.variant, .p50, .unit]' metrics)" = '["fast",0.5,"ratio"]' ]
	[ "$(jq -r 'select(.code == "speculation_differs") | [.level, .message] | @csv' metrics)" = '"warn","fast and slow did not guess alike: fast had 32 tokens drafted, 16 of them accepted; the other none"' ]
	[ "$(row Speculation)" = '| Speculation | 50.0 % of 32 drafted tokens accepted | none seen | differs: only one of them has its tokens guessed |' ]
	[ "$(row 'Option: `speculative`')" = '| Option: `speculative` | true | false | differs |' ]
	mkreport metrics | grep -F '| Guessed tokens accepted | 50.0 %, n 1 | not measured |'
}

@test "speculation: gaps are those between bursts, apart from the time of a token" {
	spoken_by 'api: [openai], imitate: llama-server' 'key: sim-gguf, format: gguf, preloaded: true, draft: 4, accepted: 2' 15
	# three tokens every 200 ms; one every 67 ms
	[ "$(jq -sc 'map(select(.type == "metric" and .by == null) | {key: "\(.variant) \(.metric)", value: .p50}) | from_entries |
	    [.["fast tokens_per_burst"] > 2.5, .["fast icl_s"] > 0.13, .["fast tpot_s"] < 0.1, .["fast burst_s"] > 0.15,
	     .["slow tokens_per_burst"] < 1.5, .["slow icl_s"] < 0.1]' metrics)" = '[true,true,true,true,true,true]' ] || { jq -c 'select(.type == "metric") | [.variant, .metric, .p50]' metrics; false; }
	[[ $(jq -r 'select(.code == "token_bursts") | [.level, .variant, .message] | @csv' metrics) == *'"info","fast","in 1 of 1 request the tokens came in bursts of about '[23]* ]]
	mkreport metrics | grep -E '[|] Tokens in a burst [|] (2[.][5-9]|3[.])'
}


# commands KEY: load and unload steps that do it by curl, as a vendor's tool would.
by_command() {
	jq -nc --argjson load "$1" --argjson unload "${2:-null}" '{load: ["curl", "-sSf", "http://127.0.0.1:{port}/api/v1/models/load", "-d", ($load | tojson)],
	    unload: (if $unload then ["curl", "-sSf", "http://127.0.0.1:{port}/api/v1/models/unload", "-d", ($unload | tojson)] else null end)}' >commands
	visit 1 a "$SIM_URL" ". + {load_command: $(jq -c .load commands), unload_command: $(jq -c .unload commands)}"
}

@test "load_command: the model is loaded by it, as long as it takes, and unloaded by the other" {
	serve 'api: [v1, v0, openai]' 'key: sim-gguf, format: gguf, load_time: 300ms'
	by_command '{"model": "sim-gguf", "context_length": 2048, "flash_attention": false}' '{"instance_id": "sim-gguf"}' |
		jq -c 'if .op == "load" then .context_length = 2048 | .load_options = {context_length: 2048, flash_attention: false, eval_batch_size: 64} else . end' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of load 'select(.phase == "end") | [.status, .instance, .context_length, .timed, .options.flash_attention]')" = '["ok","sim-gguf",2048,true,false]' ]
	[ "$(jq -s 'map(select(.type == "load")) | .[1].t_ns - .[0].t_ns | . >= 300000000 and . < 3000000000' <<<"$output")" = true ]
	# what it left out is not as it was asked for
	[ "$(codes)" = "load_option_mismatch " ]
	[ "$(of note .message)" = 'sim-gguf: eval_batch_size 64 was asked for, the server says 512' ]
	[ "$(of response .status)" = ok ]
	[ "$(of unload 'select(.phase == "end").status')" = ok ]
	[ "$(jq -r 'select(.type == "load") | .by, .status' "$SIM_TRUTH" | sort | uniq -c | tr -s ' ')" = ' 1 api
 1 ok' ]
	[ "$(lmsdrive models --server "$SIM_URL" | jq '.instances | length')" = 0 ]
}

@test "load_command: without another one, the server's own call unloads" {
	serve 'api: [v1, v0, openai]' 'key: sim-gguf, format: gguf'
	by_command '{"model": "sim-gguf"}' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(codes)" = "" ]
	[ "$(of unload 'select(.phase == "end").status')" = ok ]
	[ "$(lmsdrive models --server "$SIM_URL" | jq '.instances | length')" = 0 ]
}

@test "load_command: for an API that cannot load; the unload that a plan lacks is done by command, too" {
	serve 'api: [v1, v0, openai]' 'key: sim-gguf, format: gguf'
	by_command '{"model": "sim-gguf"}' '{"instance_id": "sim-gguf"}' | jq -c 'select(.op != "unload") | .server.api = "lmstudio-v0"' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run .server.api)" = lmstudio-v0 ]
	[ "$(of load 'select(.phase == "end") | [.status, .timed]')" = '["ok",true]' ]
	[ "$(of response .status)" = ok ]
	[ "$(of unload 'select(.phase == "end").status')" = ok ]
	[ "$(of note .code)" = "" ]
	[ "$(lmsdrive models --server "$SIM_URL" | jq '.instances | length')" = 0 ]
	# the same where only the request is left of the plan
	jq -c 'select(.op == "request")' plan | jq -c ". + {load_command: $(jq -c .load commands), unload_command: $(jq -c .unload commands)}" >one
	run -0 --separate-stderr lmsdrive run -q --no-calibration one
	[ "$(of response .status)" = ok ]
	[ "$(codes)" = "" ]
	[ "$(lmsdrive models --server "$SIM_URL" | jq '.instances | length')" = 0 ]
	[ "$(jq -r 'select(.type == "load").by' "$SIM_TRUTH" | tr '\n' ' ')" = "api api " ]
}

@test "load_command: one that fails, is not there, loads nothing or takes too long" {
	serve 'api: [v1, v0, openai]' 'key: sim-gguf, format: gguf'
	while IFS='|' read -r command said; do
		visit 1 a "$SIM_URL" ".timeouts.load_ns = 300000000 | .load_command = $command" >plan
		run -4 --separate-stderr lmsdrive run -q --no-calibration --log log plan
		[ "$(codes)" = "load_failed " ]
		[ "$(of note 'select(.code == "load_failed").message')" = "sim-gguf: load_command: $said" ] || { of note .message; false; }
		[ "$(of response .status)" = skipped ]
	done <<-'E'
		["sh", "-c", "exit 3"]|sh exited with status 3; what it said is in server-a.log
		["/no/such/tool"]|/no/such/tool: No such file or directory
		["true"]|true ended well, but the server lists no instance of sim-gguf
		["sh", "-c", "echo $$ >pid; exec sleep 60"]|sh did not end in time
	E
	run ! kill -0 "$(cat pid)"
	by_command '{"model": "sim-gguf"}' | jq -c 'if .op == "unload" then .unload_command = ["false"] else . end' >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of note 'select(.code == "unload_failed").message')" = 'sim-gguf: unload_command: false exited with status 1' ]
}

@test "load_command: a suite names it, for one variant, and the plan carries it" {
	cat >suite.yaml <<-'E'
		server: http://127.0.0.1:1
		pairs:
		  - name: p
		    variants:
		      a: {model: m, load_command: [lms, load, m, --parallel, "1"], unload_command: [lms, unload, m]}
		      b: {model: m, speculation: {draft_model: d, draft_tokens: 0}}
		scenarios: [{s: {prompts: [x], repeat: 1}}]
		order: {rounds: 1, idle: 0ms}
		sampling: {min_p: 0.1, presence_penalty: -0.5}
	E
	echo 'x: hello' >prompts.yaml
	echo '{}' >scenarios.yaml
	run -0 --separate-stderr lmsdrive plan suite.yaml
	[ "$(jq -c 'select(.variant == "a" and .op == "load") | [.load_command, .unload_command]' <<<"$output")" = '[["lms","load","m","--parallel","1"],["lms","unload","m"]]' ]
	[ "$(jq -c 'select(.variant == "b" and .op == "load") | [.load_command, .unload_command]' <<<"$output")" = '[null,null]' ]
	[ "$(jq -c 'select(.variant == "b" and .op == "request").speculation' <<<"$output" | sort -u)" = '{"draft_model":"d","draft_tokens":0}' ]
	[ "$(jq -c 'select(.op == "request").sampling | [.min_p, .repeat_penalty, .presence_penalty, .frequency_penalty]' <<<"$output" | sort -u)" = '[0.1,1,-0.5,0]' ]
	sed -i.bak 's/load_command: .lms, load[^]]*./load_command: lms load m/' suite.yaml
	run -2 --separate-stderr lmsdrive plan suite.yaml
	[[ $stderr == *'suite.yaml:5:'*'load_command: expected a list, the program and its arguments'* ]]
}

@test "speculation: forbidden to a server that guesses all the same" {
	serve 'api: [openai], imitate: llama-server' 'key: sim-gguf, format: gguf, preloaded: true, draft: 4, accepted: 2'
	visit 1 a "$SIM_URL" 'if .sampling then .speculation = {draft_tokens: 0} else . end' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of note 'select(.code == "speculation_ignored").message')" = "a: no token was to be guessed, the server guesses all the same: that is as it was started" ]
}

@test "speculation: sent where the API takes it, said once where not" {
	llama='api: [openai], imitate: llama-server'
	serve "$llama" 'key: sim-gguf, format: gguf, preloaded: true'
	visit 1 a "$SIM_URL" 'if .sampling then .speculation = {draft_tokens: 0} else . end' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	stop_lmsim
	[ "$(codes)" = "" ]
	[ "$(of request '.sampling | [.draft_model, .draft_tokens] | @json')" = '[null,0]' ]
	[ "$(jq -c 'select(.type == "request" and .stream).asked["speculative.n_max"]' "$SIM_TRUTH")" = 0 ]
	serve 'api: [openai], imitate: mlx_lm' 'key: sim-gguf, format: gguf'
	visit 1 a "$SIM_URL" 'if .sampling then .speculation = {draft_model: "d", draft_tokens: 3} else . end' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	stop_lmsim
	[ "$(jq -c 'select(.type == "request" and .stream).asked | [.draft_model, .num_draft_tokens]' "$SIM_TRUTH")" = '["d",3]' ]
	serve 'api: [v1, v0, openai]' 'key: sim-gguf, format: gguf'
	{ visit 1 a "$SIM_URL"; visit 4 a "$SIM_URL"; } | jq -c 'if .sampling then .speculation = {draft_model: "d", draft_tokens: 3} else . end' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of note 'select(.code == "speculation_ignored").message')" = 'a: the lmstudio API takes no draft_model, draft_tokens: whether tokens are guessed is as the model was loaded' ]
}

@test "tokenizers that differ: bytes of text per second stand beside tokens per second" {
	serve 'api: [v1, v0, openai]' 'key: sim-gguf, format: gguf, decode_tps: 200, template_tokens: 10'
	serve_another 'api: [v1, v0, openai]' 'key: sim-gguf, format: mlx, decode_tps: 200, template_tokens: 30'
	{ visit 1 a "$OTHER_URL"; visit 4 b "$SIM_URL" '.format = "mlx"'; } | jq -c 'if .sampling then .sampling.max_tokens = 32 else . end' >plan
	lmsdrive run -q --no-calibration plan >raw
	metricsagg raw >metrics
	[ "$(row 'Prompt tokens')" = '| Prompt tokens, `s` cold | 12 | 32 | differs: the tokenizers or templates count differently |' ]
	mkreport metrics | grep -E '^\| +\| +\| Decode, bytes of text \| [0-9.]+ B/s, n 1 \| [0-9.]+ B/s, n 1 \|'
	# bytes of the text behind the first token, over the same span as the tokens
	[ "$(jq -sc '(map(select(.type == "chunk" and .bytes > 0 and .req == 1)) | (map(.bytes) | add) - .[0].bytes) as $b |
	    (map(select(.type == "metric" and .by == null and .variant == "a")) | map({key: .metric, value: .p50}) | from_entries) |
	    (.bytes_per_s * .tpot_s * 31 - $b | fabs) < 0.001' raw metrics)" = true ]
	# the same tokens for the same text: no such row
	jq -c '.variant |= if . == "b" then "a" else . end' plan | jq -c 'select(.step <= 3)' >one
	lmsdrive run -q --no-calibration one | metricsagg | mkreport >report
	run ! grep -F 'bytes of text |' report
}
