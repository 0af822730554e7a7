#!/usr/bin/env bats
# The stand-in server itself: every endpoint, every fault, its memory and its
# truth log.
# shellcheck disable=SC2016
bats_require_minimum_version 1.5.0
load ../lib/common

setup_file() {
	cat >"$BATS_FILE_TMPDIR/models.yaml" <<-'END'
	models:
	  - {key: g, format: gguf, quantization: Q4_K_M, params: 1B, memory: 4MiB, load_time: 30ms,
	     prefill_overhead: 20ms, prefill_tps: 1000, decode_tps: 1000, kv_bytes_per_token: 1KiB}
	  - {key: p/m, format: mlx, quantization: 4bit, memory: 4MiB, load_time: 30ms, prefill_overhead: 4ms,
	     decode_tps: 2000, reasoning_tokens: 3, tokens_per_chunk: 2, leak_per_request: 512KiB}
	  - {key: far, format: mlx, device: other-mac}
	END
}

setup() {
	MODELS=$BATS_FILE_TMPDIR/models.yaml
}

teardown() {
	stop_lmsim
}

start() {
	start_lmsim --models "$MODELS" "$@"
}

get() {
	curl -sS -m 20 "$SIM_URL$1"
}

# post PATH JSON [curl options]
post() {
	local path=$1 body=$2
	shift 2
	curl -sSN -m 20 -d "$body" "$@" "$SIM_URL$path"
}

load_model() {
	post /api/v1/models/load "{\"model\":\"$1\"}" >/dev/null
}

# chat FAULT [curl options]: a streamed v1 chat of 8 tokens with a fault
chat() {
	local fault=$1
	shift
	post /api/v1/chat '{"model":"g","input":"one two","stream":true,"temperature":0,"max_output_tokens":8}' \
		-H "X-Lmsim-Fault: $fault" "$@"
}

# oai FAULT [curl options]: the same as OpenAI's API has it
oai() {
	local fault=$1
	shift
	post /v1/chat/completions '{"model":"g","messages":[{"role":"user","content":"one two"}],"stream":true,"temperature":0,"max_tokens":8,"stream_options":{"include_usage":true}}' \
		-H "X-Lmsim-Fault: $fault" "$@"
}

# The JSON of every event, and the text of a stream.
data() {
	sed -n 's/^data: //p' | grep -v '^\[DONE\]$'
}

content() {
	data | jq -rj 'select(.type=="message.delta") | .content'
}

truth() {
	jq -c "select(.type==\"$1\")" "$SIM_TRUTH"
}

# The number of worker processes of our server.
workers() {
	pgrep -P "$SIM_PID" | wc -l
}

@test "greets as LM Studio does and says that it is simulated" {
	start
	run -0 get /lmstudio-greeting
	[ "$(jq -c '[.lmstudio, .simulated]' <<<"$output")" = '[true,true]' ]
	run -0 curl -sSi "$SIM_URL/lmstudio-greeting"
	[[ $output == *"Server: lmsim"* ]]
}

@test "lists models in the dialects" {
	start
	run -0 get /api/v1/models
	[ "$(jq -c '[.models[].key]' <<<"$output")" = '["g","p/m","far"]' ]
	[ "$(jq -c '.models[0] | [.format, .quantization.name, .size_bytes, .params_string, .loaded_instances]' <<<"$output")" = '["gguf","Q4_K_M",4194304,"1B",[]]' ]
	[ "$(jq -r '.models[2].device_identifier' <<<"$output")" = other-mac ]
	run -0 get /api/v0/models
	[ "$(jq -c '.data[1] | [.id, .compatibility_type, .state]' <<<"$output")" = '["p/m","mlx","not-loaded"]' ]
	run -0 get /api/v0/models/p/m
	[ "$(jq -r .id <<<"$output")" = p/m ]
	run -0 get /v1/models
	[ "$(jq -c '[.data[].id]' <<<"$output")" = '["g","p/m","far"]' ]
}

@test "an endpoint it does not know gets 200 and a complaint, as from LM Studio" {
	start
	run -0 curl -sS -w ' %{http_code}' "$SIM_URL/nowhere"
	[[ $output == *"Unexpected endpoint or method. (GET /nowhere)"* ]]
	[[ $output == *" 200" ]]
}

@test "a dialect that is switched off is unknown" {
	printf 'server: {api: [openai]}\nmodels: [{key: g}]\n' >"$BATS_TEST_TMPDIR/m.yaml"
	MODELS=$BATS_TEST_TMPDIR/m.yaml
	start
	run -0 curl -sS -o /dev/null -w '%{http_code}' "$SIM_URL/lmstudio-greeting"
	[ "$output" = 404 ]
	run -0 get /v1/models
	[ "$(jq -r '.data[0].id' <<<"$output")" = g ]
}

@test "asks for the token when it has one" {
	printf 'server: {auth: sesame}\nmodels: [{key: g}]\n' >"$BATS_TEST_TMPDIR/m.yaml"
	MODELS=$BATS_TEST_TMPDIR/m.yaml
	start
	run -0 curl -sS -w ' %{http_code}' "$SIM_URL/api/v1/models"
	[[ $output == *invalid_api_key*" 401" ]]
	run -0 curl -sS -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer sesame' "$SIM_URL/api/v1/models"
	[ "$output" = 200 ]
}

@test "load makes a process that holds the memory, unload ends it" {
	start
	run -0 post /api/v1/models/load '{"model":"g","context_length":2048,"echo_load_config":true}'
	[ "$(jq -c '[.type, .instance_id, .status, .load_config.context_length]' <<<"$output")" = '["llm","g","loaded",2048]' ]
	[ "$(jq '.load_time_seconds >= 0.03' <<<"$output")" = true ]
	run -0 get /api/v1/models
	[ "$(jq -c '.models[0].loaded_instances | map([.id, .config.context_length, .config.parallel])' <<<"$output")" = '[["g",2048,4]]' ]
	[ "$(workers)" -eq 1 ]
	run -0 post /api/v1/models/unload '{"instance_id":"g"}'
	[ "$output" = '{"instance_id":"g"}' ]
	[ "$(workers)" -eq 0 ]
	run -0 get /api/v1/models
	[ "$(jq -c '.models[0].loaded_instances' <<<"$output")" = '[]' ]
	stop_lmsim
	[ "$(truth load | jq -c '[.status, .memory_bytes, .by]')" = '["ok",4194304,"api"]' ]
	[ "$(truth unload | jq -c '[.instance, .requests]')" = '["g",0]' ]
}

@test "gguf weights are file-backed, mlx weights anonymous" {
	[ -r /proc/self/status ] || skip "needs /proc"
	[ "$LMG_VARIANT" != asan ] || skip "memory is another with ASan"
	start
	load_model g
	pid=$(pgrep -P "$SIM_PID")
	[ "$(awk '/^RssFile/ {print ($2 >= 4096)}' "/proc/${pid// }/status")" = 1 ]
	[ "$(awk '/^RssAnon/ {print ($2 < 2048)}' "/proc/${pid// }/status")" = 1 ]
	[ "$(cat "/proc/${pid// }/comm")" = lmsim-worker ]
	post /api/v1/models/unload '{"instance_id":"g"}' >/dev/null
	load_model p/m
	pid=$(pgrep -P "$SIM_PID")
	[ "$(awk '/^RssAnon/ {print ($2 >= 4096)}' "/proc/${pid// }/status")" = 1 ]
}

@test "the planted leak grows by the same amount with each request" {
	start
	for _ in 1 2 3 4; do
		post /api/v1/chat '{"model":"p/m","input":"hi","max_output_tokens":2}' >/dev/null
	done
	if [ -r /proc/self/status ] && [ "$LMG_VARIANT" != asan ]; then
		pid=$(pgrep -P "$SIM_PID")
		[ "$(awk '/^RssAnon/ {print ($2 >= 4096 + 4 * 512 && $2 < 4096 + 4 * 512 + 1024)}' "/proc/${pid// }/status")" = 1 ]
	fi
	stop_lmsim
	[ "$(truth request | jq -c .leaked_bytes | paste -sd,)" = 524288,1048576,1572864,2097152 ]
}

@test "loading twice makes a second instance" {
	start
	load_model g
	run -0 post /api/v1/models/load '{"model":"g"}'
	[ "$(jq -r .instance_id <<<"$output")" = g:2 ]
	[ "$(workers)" -eq 2 ]
}

@test "v1 requests are taken strictly" {
	start
	run -0 post /api/v1/models/load '{"model":"g","parallel":2}' -w '%{http_code}'
	[[ $output == *"Unrecognized key(s) in object: 'parallel'"*400 ]]
	run -0 post /api/v1/models/load '{"model":"p/m","flash_attention":true}'
	[[ $output == *"Unrecognized key(s)"* ]]
	run -0 post /api/v1/chat '{"model":"g","input":"x","seed":1}'
	[[ $output == *"'seed'"* ]]
	run -0 post /api/v1/chat '{"input":"x"}'
	[ "$(jq -r '.error | [.type, .code, .param] | @csv' <<<"$output")" = '"invalid_request","missing_required_parameter","model"' ]
	run -0 post /api/v1/chat '{"model":"nope","input":"x"}' -w '%{http_code}'
	[[ $output == *model_not_found*404 ]]
	run -0 post /api/v1/chat '{"model":"far","input":"x"}'
	[[ $output == *model_not_found* ]]
	run -0 post /api/v1/chat '{"model":"g","input":"x","reasoning":"on"}'
	[[ $output == *"does not support reasoning"* ]]
	run -0 post /api/v1/chat 'not json'
	[[ $output == *"not a JSON object"* ]]
	run -0 post /api/v1/models/unload '{"instance_id":"g"}' -w '%{http_code}'
	[[ $output == *"is not loaded"*404 ]]
}

@test "v1 streams all its events in order, the load included" {
	start
	run -0 chat none
	[ "$(grep '^event: ' <<<"$output" | sed 's/event: //' | uniq | paste -sd' ')" = "chat.start model_load.start model_load.progress model_load.end prompt_processing.start prompt_processing.progress prompt_processing.end message.start message.delta message.end chat.end" ]
	[ "$(data <<<"$output" | jq -c 'select(.type=="chat.end").result.stats | [.input_tokens, .total_output_tokens, .reasoning_output_tokens]')" = '[12,8,0]' ]
	text=$(content <<<"$output")
	[ "$(wc -w <<<"$text")" -eq 8 ]
	[ "$(data <<<"$output" | jq -r 'select(.type=="chat.end").result.output[0].content')" = "$text" ]
	run -0 chat none
	[ "$(content <<<"$output")" = "$text" ]
	[[ $output != *model_load* ]]
}

@test "reasoning comes first, is counted, and can be switched off" {
	start
	run -0 post /api/v1/chat '{"model":"p/m","input":"hi","stream":true,"max_output_tokens":9}'
	[ "$(data <<<"$output" | jq -rj 'select(.type=="reasoning.delta").content' | wc -w)" -eq 3 ]
	[ "$(content <<<"$output" | wc -w)" -eq 6 ]
	[ "$(data <<<"$output" | jq -c 'select(.type=="chat.end").result.stats | [.total_output_tokens, .reasoning_output_tokens]')" = '[9,3]' ]
	run -0 post /api/v1/chat '{"model":"p/m","input":"hi","stream":true,"max_output_tokens":9,"reasoning":"off"}'
	[[ $output != *reasoning.delta* ]]
	run -0 post /v1/chat/completions '{"model":"p/m","messages":[{"role":"user","content":"hi"}],"max_tokens":9}'
	[ "$(jq -c '[.usage.completion_tokens, .usage.completion_tokens_details.reasoning_tokens, (.choices[0].message.reasoning_content|split(" ")|length)]' <<<"$output")" = '[9,3,3]' ]
}

@test "v1 without stream answers the same" {
	start
	run -0 chat none
	text=$(content <<<"$output")
	run -0 post /api/v1/chat '{"model":"g","input":"one two","temperature":0,"max_output_tokens":8}'
	[ "$(jq -r '.output[0].content' <<<"$output")" = "$text" ]
	[ "$(jq -c '[.model_instance_id, .stats.input_tokens, .stats.total_output_tokens]' <<<"$output")" = '["g",12,8]' ]
}

@test "OpenAI streams chunks, usage and DONE" {
	start
	run -0 oai none
	[ "$(grep -v '^$' <<<"$output" | tail -n 1)" = 'data: [DONE]' ]
	[ "$(data <<<"$output" | jq -rj '.choices[0].delta.content // empty' | wc -w)" -eq 8 ]
	[ "$(data <<<"$output" | jq -c 'select(.usage) | [.choices, .usage.prompt_tokens, .usage.completion_tokens]')" = '[[],12,8]' ]
	[ "$(data <<<"$output" | jq -r '.choices[0].finish_reason // empty')" = length ]
	run -0 post /v1/completions '{"model":"g","prompt":"one two three","max_tokens":4,"stream":true,"stream_options":{"include_usage":true}}'
	[ "$(data <<<"$output" | jq -rj '.choices[0].text // empty' | wc -w)" -eq 4 ]
	[ "$(data <<<"$output" | jq -c 'select(.usage).usage.prompt_tokens')" = 3 ]
	run -0 post /v1/chat/completions '{"model":"g","messages":[{"role":"user","content":[{"type":"text","text":"a b"}]}],"max_tokens":2,"stream":true}'
	[[ $output != *usage* ]]
}

@test "v0 tells runtime, model and stop reason" {
	start
	run -0 post /api/v0/chat/completions '{"model":"g","messages":[{"role":"user","content":"hi"}],"max_tokens":4}'
	[ "$(jq -c '[.stats.stop_reason, .model_info.format, .model_info.quant, .model_info.context_length, .runtime.version]' <<<"$output")" = '["maxPredictedTokensReached","gguf","Q4_K_M",4096,"2.37.0"]' ]
	[ "$(jq '.stats.generation_time > 0 and .stats.time_to_first_token >= 0.02' <<<"$output")" = true ]
	run -0 post /api/v0/chat/completions '{"model":"g","messages":[{"role":"user","content":"hi"}],"max_tokens":4,"stream":true}'
	[[ $output != *runtime* ]]
	run -0 post /api/v0/completions '{"model":"g","prompt":"hi","max_tokens":4}'
	[ "$(jq -r .object <<<"$output")" = text_completion ]
}

@test "llama-server's router loads in the background" {
	printf 'server: {api: [router, openai], jit: false, imitate: llama-server}\nmodels: [{key: g, load_time: 300ms, memory: 1MiB}, {key: bad, load_time: 50ms, memory: 1MiB, faults: [load_failed]}]\n' >"$BATS_TEST_TMPDIR/m.yaml"
	MODELS=$BATS_TEST_TMPDIR/m.yaml
	start
	state() { get /models | jq -r ".data[] | select(.id==\"$1\").status | [.value, (.failed // false)] | @csv"; }
	[ "$(state g)" = '"unloaded",false' ]
	run -0 post /models/load '{"model":"g"}'
	[ "$output" = '{"success":true}' ]
	[ "$(state g)" = '"loading",false' ]
	for _ in {1..100}; do [ "$(state g)" = '"loaded",false' ] && break; sleep 0.05; done
	[ "$(state g)" = '"loaded",false' ]
	# the progress of a prefill only when it is asked for, the role with the first token
	run -0 oai none
	[ "$(data <<<"$output" | jq -c 'select(.prompt_progress)')" = "" ]
	[ "$(get '/props?model=g&autoload=false' | jq -c '[.default_generation_settings.n_ctx, .total_slots]')" = '[4096,4]' ]
	[ "$(get /props | jq -c '[.role, .default_generation_settings.n_ctx]')" = '["router",0]' ]
	run -0 post /v1/chat/completions '{"model":"g","messages":[{"role":"user","content":"one two"}],"stream":true,"temperature":0,"max_tokens":8,"return_progress":true,"stream_options":{"include_usage":true}}'
	[ "$(data <<<"$output" | jq -c 'select(.timings).timings | [.prompt_n, .predicted_n]')" = '[12,8]' ]
	[ "$(data <<<"$output" | jq -c 'select(.prompt_progress).prompt_progress | [.total, .processed]' | tail -n 1)" = '[12,12]' ]
	run -0 post /models/unload '{"model":"g"}'
	for _ in {1..100}; do [ "$(state g)" = '"unloaded",false' ] && break; sleep 0.05; done
	[ "$(state g)" = '"unloaded",false' ]
	post /models/load '{"model":"bad"}' >/dev/null
	for _ in {1..100}; do [ "$(state bad)" = '"unloaded",true' ] && break; sleep 0.05; done
	[ "$(state bad)" = '"unloaded",true' ]
}

@test "times in the truth log follow the formula, and what is sent follows the plan" {
	start
	load_model g
	oai none >/dev/null
	stop_lmsim
	# 12 tokens: 20 ms overhead + 12 ms; then 1 ms for each further token
	[ "$(truth request | jq -c '[.prefill_end_ns - .received_ns, .first_planned_ns - .prefill_end_ns]')" = '[32000000,0]' ]
	[ "$(truth chunk | jq -s '[.[] | select(.kind=="content").planned_ns] | [.[1:], .[:-1]] | transpose | map(.[0] - .[1]) | unique' -c)" = '[1000000]' ]
	[ "$(truth chunk | jq -s 'map(.sent_ns >= .planned_ns or .kind != "content") | all')" = true ]
	[ "$(truth request | jq -c '[.chunks, .completion_tokens, .prompt_tokens, .status, .finish, .ttft_s >= 0.032]')" = '[8,8,12,"ok","length",true]' ]
}

@test "requests beyond the slots wait for one" {
	printf 'models: [{key: g, memory: 1MiB, parallel: 1, load_time: 10ms, prefill_overhead: 500ms, preloaded: true, decode_tps: 1000}]\n' >"$BATS_TEST_TMPDIR/m.yaml"
	MODELS=$BATS_TEST_TMPDIR/m.yaml
	start
	for _ in 1 2 3; do
		chat none >/dev/null 3>&- &
		jobs+=($!)
	done
	wait "${jobs[@]}"
	stop_lmsim
	[ "$(truth request | jq -s 'map(((.queued_ns - .received_ns) / 50000000 | floor) > 0) | sort' -c)" = '[false,true,true]' ]
	[ "$(truth load | jq -r .by)" = start ]
}

@test "a repeated prompt is found in the cache, a changed one up to the change" {
	printf 'models: [{key: g, memory: 1MiB, cache_budget: 1MiB, kv_bytes_per_token: 1KiB, load_time: 10ms}]\n' >"$BATS_TEST_TMPDIR/m.yaml"
	MODELS=$BATS_TEST_TMPDIR/m.yaml
	start
	for text in "a b c d" "a b c d" "a b x y" "q b c d"; do
		post /api/v1/chat "{\"model\":\"g\",\"input\":\"$text\",\"max_output_tokens\":2}" >/dev/null
	done
	stop_lmsim
	[ "$(truth request | jq .cached_tokens | paste -sd,)" = 0,13,2,0 ]
}

@test "faults of content and counts" {
	start
	load_model g
	[ "$(chat wrong_model | data | jq -r 'select(.type=="chat.start").model_instance_id')" = p/m ]
	[ "$(chat truncate_prompt | data | jq '.result.stats.input_tokens // empty')" = 3 ]
	run -0 chat empty
	[ "$(data <<<"$output" | jq '.result.stats.total_output_tokens // empty')" = 0 ]
	[[ $output != *message.delta* ]]
	[[ $(chat no_usage) != *stats* ]]
	[[ $(oai no_usage) != *usage* ]]
	[ "$(chat bad_counts | data | jq -c '.result.stats // empty | [.input_tokens, .total_output_tokens]')" = '[0,0]' ]
	[ "$(chat short | content | wc -w)" -eq 4 ]
	[ "$(oai short | data | jq -r '.choices[0].finish_reason // empty')" = stop ]
	[[ $(chat reasoning) == *reasoning.delta* ]]
	[[ $(oai reasoning) == *'"reasoning_content":'* ]]
	[[ $(oai reasoning,reasoning_field) == *'"reasoning":'* ]]
	[ "$(chat chunky | grep -c '^event: message.delta')" -eq 2 ]
	[ "$(oai cached | data | jq '.usage.prompt_tokens_details.cached_tokens // empty')" = 11 ]
	[ "$(chat unstable | content)" != "$(chat unstable | content)" ]
	[ "$(oai role_chunk | data | head -n 1 | jq -c '.choices[0].delta')" = '{"role":"assistant","content":null}' ]
	[ "$(oai empty_chunks | data | jq -c '.choices[0].delta.content | select(. == "")' | wc -l)" -eq 8 ]
}

@test "a fault can be asked for in the prompt" {
	start
	run -0 post /api/v1/chat '{"model":"g","input":"say [[fault:http_429]] please","stream":true}' -w '%{http_code}'
	[[ $output == *"Too many requests"*429 ]]
}

@test "faults that answer with an error" {
	start
	for pair in http_401:401 http_404:404 http_429:429 http_500:500 http_503:503 redirect:307 \
		error_v1:400 error_openai:400 error_string:400 not_json:200; do
		run -0 chat "${pair%:*}" -o /dev/null -w '%{http_code}'
		[ "$output" = "${pair#*:}" ]
	done
	[ "$(chat error_v1 | jq -r .error.type)" = invalid_request ]
	[ "$(chat error_openai | jq -r .error.type)" = invalid_request_error ]
	[ "$(chat error_string | jq -r '.error|type')" = string ]
	run -0 chat error_stream -w ' %{http_code}'
	[[ $output == *"event: error"*"event: chat.end"*" 200" ]]
	run -0 oai error_late -w ' %{http_code}'
	[ "$(data <<<"$output" | jq -rj '.choices[0].delta.content // empty' | wc -w)" -eq 3 ]
	[[ $output == *'"error"'*" 200" ]]
}

@test "faults of the end: cut, abort, reset, hang" {
	start
	run -0 chat cut
	[ "$(content <<<"$output" | wc -w)" -eq 3 ]
	[[ $output != *chat.end* ]]
	run -18 chat abort
	run -56 chat reset
	run -28 chat hang_middle -m 1
	[ "$(content <<<"$output" | wc -w)" -eq 3 ]
	run -28 chat hang_first -m 1
	# it notices by itself that the client has gone
	for _ in {1..60}; do
		[ "$(truth request | wc -l)" -eq 5 ] && break
		sleep 0.05
	done
	[ "$(truth request | jq -r .status | paste -sd,)" = cut,cut,cut,gone,gone ]
}

@test "faults without end are taken as fast as the client likes" {
	start
	run -23 bash -c 'set -o pipefail; curl -sN -m 20 -d "{\"model\":\"g\",\"input\":\"x [[fault:endless]]\",\"stream\":true}" "$0/api/v1/chat" | head -c 3000000 | wc -c' "$SIM_URL"
	[ "${output// }" -eq 3000000 ]
	run -0 bash -c 'curl -sN -m 20 -d "{\"model\":\"g\",\"input\":\"x [[fault:huge_line]]\",\"stream\":true}" "$0/api/v1/chat" | head -c 50000000 | tail -c 40000000 | tr -d x | wc -c' "$SIM_URL"
	[ "${output// }" -eq 0 ]
	run -0 bash -c 'curl -sN -m 20 -d "{\"model\":\"g\",\"input\":\"x [[fault:flood]]\",\"stream\":true}" "$0/api/v1/chat" | tail -c 500' "$SIM_URL"
	[[ $output == *chat.end* ]]
	# and it is still there, and small
	run -0 get /lmstudio-greeting
	if [ -r /proc/self/status ] && [ "$LMG_VARIANT" != asan ]; then
		[ "$(awk '/^VmRSS/ {print ($2 < 40000)}' "/proc/$SIM_PID/status")" = 1 ]
	fi
}

@test "a worker that crashes ends its request with an error and is gone" {
	start
	load_model g
	run -0 chat crash
	[[ $output == *"event: error"*"has crashed"*"event: chat.end"* ]]
	[ "$(workers)" -eq 0 ]
	run -0 get /api/v1/models
	[ "$(jq -c '.models[0].loaded_instances' <<<"$output")" = '[]' ]
	run -0 chat none
	[ "$(content <<<"$output" | wc -w)" -eq 8 ]
	stop_lmsim
	[ "$(truth worker_exit | jq -r .instance)" = g ]
}

@test "faults of the bytes leave the same events" {
	start
	load_model g
	plain=$(chat none | content)
	[ "$(chat split | content)" = "$plain" ]
	[ "$(chat coalesce | content)" = "$plain" ]
	[ "$(chat no_space | sed 's/^data:/data: /' | content)" = "$plain" ]
	[ "$(chat comments | content)" = "$plain" ]
	[ "$(chat keepalive | content)" = "$plain" ]
	[ "$(oai keepalive | grep -c '^: keepalive [0-9]*/12$')" -eq 5 ]
	[ "$(oai usage_with_choices | data | jq -c 'select(.usage) | [.choices[0].finish_reason, .usage.completion_tokens]')" = '["length",8]' ]
	[ "$(chat comments | grep -c '^: keep-alive$')" -ge 8 ]
	[ "$(chat crlf | tr -d '\r' | content)" = "$plain" ]
	[ "$(chat crlf | grep -c $'\r$')" -gt 20 ]
	[ "$(chat multi_data | grep -c '^data: ')" -gt "$(chat none | grep -c '^data: ')" ]
	[ "$(chat invalid_utf8 | LC_ALL=C grep -ac $'\xc3\x28\xff')" -ge 8 ]
	[ "$(chat nul_bytes | tr -dc '\0' | wc -c)" -ge 16 ]
	[[ $(chat escapes) == *'\u001b[31m'* ]]
	run ! bash -c 'sed -n "s/^data: //p" <<<"$0" | jq . >/dev/null 2>&1' "$(chat broken_json)"
}

@test "faults of loading" {
	start
	load() { post /api/v1/models/load '{"model":"g","context_length":1024,"echo_load_config":true}' -H "X-Lmsim-Fault: $1" -w ' %{http_code}'; }
	run -0 load load_refused
	[[ $output == *"insufficient system resources"*500 ]]
	run -0 load load_failed
	[[ $output == *model_load_failed*500 ]]
	run -0 load load_crash
	[[ $output == *model_load_failed*"has crashed"*500 ]]
	[ "$(workers)" -eq 0 ]
	run -0 load second_instance
	[[ $output == *'"instance_id":"g:2"'* ]]
	run -0 load context_autofit
	[[ $output == *'"context_length":131072'* ]]
	run -0 load parallel_differs,unload_stays
	[ "$(get /api/v1/models | jq -c '[.models[0].loaded_instances[].config.parallel] | sort')" = '[1,4,4]' ]
	id=$(get /api/v1/models | jq -r '.models[0].loaded_instances[] | select(.config.parallel==1).id')
	[ "$(workers)" -eq 3 ]
	run -0 post /api/v1/models/unload "{\"instance_id\":\"$id\"}"
	[ "$(workers)" -eq 2 ]
	[ "$(get /api/v1/models | jq '.models[0].loaded_instances | length')" -eq 3 ]
	run -0 post /api/v1/models/unload '{"instance_id":"g:2"}' -H 'X-Lmsim-Fault: unload_keeps_memory'
	[ "$(workers)" -eq 2 ]
	[ "$(get /api/v1/models | jq '.models[0].loaded_instances | length')" -eq 2 ]
	run -28 post /api/v1/models/load '{"model":"p/m"}' -H 'X-Lmsim-Fault: load_hang' -m 1
}

@test "a wrong format is listed for a model that has that fault" {
	printf 'models: [{key: "evil\\e[31m|<b>", format: gguf, faults: [wrong_format]}]\n' >"$BATS_TEST_TMPDIR/m.yaml"
	MODELS=$BATS_TEST_TMPDIR/m.yaml
	start
	run -0 get /api/v1/models
	[ "$(jq -r '.models[0].format' <<<"$output")" = mlx ]
	[ "$(jq -c '.models[0].key' <<<"$output")" = '"evil\u001b[31m|<b>"' ]
}

@test "SIGTERM in the middle of streams and loads: exit 0, no process left" {
	start
	load_model g
	chat hang_middle -m 10 >/dev/null 2>&1 3>&- &
	post /api/v1/models/load '{"model":"p/m"}' -H 'X-Lmsim-Fault: load_hang' >/dev/null 2>&1 3>&- &
	sleep 0.5
	pids=$(pgrep -P "$SIM_PID")
	[ "$(wc -w <<<"$pids")" -eq 2 ]
	kill -TERM "$SIM_PID"
	rc=0; wait "$SIM_PID" || rc=$?
	SIM_PID=
	[ "$rc" -eq 0 ]
	for p in $pids; do
		run ! kill -0 "$p"
	done
	wait
}

@test "when it is killed, its workers go, too" {
	start
	load_model g
	pid=$(pgrep -P "$SIM_PID")
	kill -KILL "$SIM_PID"
	wait "$SIM_PID" || true
	SIM_PID=
	for _ in {1..100}; do kill -0 "${pid// }" 2>/dev/null || break; sleep 0.05; done
	run ! kill -0 "${pid// }"
}

@test "the same seed answers the same on another day" {
	start --seed 7
	a=$(chat none | content)
	stop_lmsim
	start --seed 7
	[ "$(chat none | content)" = "$a" ]
	stop_lmsim
	start --seed 8
	[ "$(chat none | content)" != "$a" ]
}

@test "misuse: one line and status 2, a port in use: status 4" {
	run -2 --separate-stderr lmsim --bind 0.0.0.0 --port 0
	[[ $stderr == *"0.0.0.0 is not a loopback address"* ]]
	run -2 --separate-stderr lmsim --port 99999
	[[ ${stderr_lines[0]} == "lmsim: --port: expected an integer from 0 to 65535, got '99999'" ]]
	run -2 --separate-stderr lmsim stray
	run -2 --separate-stderr lmsim --models "$BATS_TEST_TMPDIR/none.yaml"
	[[ $stderr == *none.yaml* ]]
	printf 'models: [{key: a, sped: 1}]\n' >"$BATS_TEST_TMPDIR/m.yaml"
	run -2 --separate-stderr lmsim --models "$BATS_TEST_TMPDIR/m.yaml"
	[[ $stderr == *"m.yaml:1:"*sped* ]]
	start
	run -4 --separate-stderr lmsim --port "$SIM_PORT"
	[[ $stderr == *"cannot listen on 127.0.0.1 port $SIM_PORT"* ]]
	run -0 lmsim --help
	run -0 lmsim --version
}

@test "the demo's models can all be loaded and answer" {
	MODELS=$BATS_TEST_DIRNAME/../../config/demo-models.yaml
	start
	for key in $(get /api/v1/models | jq -r '.models[].key'); do
		load_model "$key"
		run -0 post /api/v1/chat "{\"model\":\"$key\",\"input\":\"hi\",\"max_output_tokens\":4}"
		[ "$(jq .stats.total_output_tokens <<<"$output")" = 4 ]
	done
	[ "$(workers)" -eq 6 ]
	stop_lmsim
	[ "$(truth load | jq -s 'map(.memory_bytes) | add < 300 * 1048576')" = true ]
}

@test "context memory grows and goes, stays, or is there from the start" {
	[ -r /proc/self/status ] || skip "needs /proc"
	[ "$LMG_VARIANT" != asan ] || skip "memory is another with ASan"
	for mode in grow keep upfront; do
		printf 'models: [{key: g, memory: 64KiB, load_time: 10ms, context_length: 1000, kv: %s, kv_bytes_per_token: 16KiB, decode_tps: 100000}]\n' $mode >"$BATS_TEST_TMPDIR/m.yaml"
		MODELS=$BATS_TEST_TMPDIR/m.yaml
		start
		load_model g
		pid=$(pgrep -P "$SIM_PID")
		anon() { awk '/^RssAnon/ {print int($2 / 1024)}' "/proc/${pid// }/status"; }
		before=$(anon)
		post /api/v1/chat '{"model":"g","input":"a","max_output_tokens":500}' >/dev/null
		# the worker follows the answer
		for _ in {1..40}; do
			after=$(anon)
			case $mode in
			grow) [ "$after" -ge 3 ] || break ;;
			keep) [ "$after" -lt 7 ] || break ;;
			*) break ;;
			esac
			sleep 0.05
		done
		stop_lmsim
		# 511 tokens are 8 MiB, the whole context is 15.6 MiB
		case $mode in
		grow) [ "$before" -lt 3 ] && [ "$after" -lt 3 ] ;;
		keep) [ "$before" -lt 3 ] && [ "$after" -ge 7 ] && [ "$after" -le 10 ] ;;
		upfront) [ "$before" -ge 15 ] && [ "$after" -ge 15 ] ;;
		esac
	done
}

@test "loading on demand evicts what was loaded on demand, and only that" {
	start
	load_model g
	post /api/v1/chat '{"model":"p/m","input":"x","max_output_tokens":1}' >/dev/null
	[ "$(workers)" -eq 2 ]
	post /api/v1/models/unload '{"instance_id":"g"}' >/dev/null
	post /api/v1/chat '{"model":"g","input":"x","max_output_tokens":1}' >/dev/null
	[ "$(get /api/v1/models | jq -c '[.models[].loaded_instances[].id]')" = '["g"]' ]
}

@test "faults by request number; a server that dies" {
	printf 'models: [{key: g, memory: 64KiB, load_time: 10ms, faults: [{name: http_503, until: 2}, {name: short, after: 2, every: 2}]}]\n' >"$BATS_TEST_TMPDIR/m.yaml"
	MODELS=$BATS_TEST_TMPDIR/m.yaml
	start
	got=
	for _ in 1 2 3 4 5 6; do
		got+=" $(post /api/v1/chat '{"model":"g","input":"a","max_output_tokens":8}' | jq '.stats.total_output_tokens // .error.message')"
	done
	[ "$got" = ' "Loading model" "Loading model" 8 4 8 4' ]
	rc=0; chat die >/dev/null 2>&1 || rc=$?
	[ "$rc" -ne 0 ]
	rc=0; wait "$SIM_PID" || rc=$?
	SIM_PID=
	[ "$rc" -eq 137 ]
}

@test "workers can have another name" {
	printf 'server: {process_name: node}\nmodels: [{key: g, memory: 64KiB, load_time: 10ms}]\n' >"$BATS_TEST_TMPDIR/m.yaml"
	MODELS=$BATS_TEST_TMPDIR/m.yaml
	start
	load_model g
	[ "$(ps -o comm= -p "$(pgrep -P "$SIM_PID")")" = node ]
}
