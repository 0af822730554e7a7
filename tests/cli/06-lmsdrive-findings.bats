#!/usr/bin/env bats
# Each trap that servers set becomes a status, a note, or both.  The server
# plays each fault by name; the traps are those of lmgauge-records(5).

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup_file() {
	start_lmsim
	export SIM_URL SIM_PID OF_FILE=$SIM_PID
}

teardown_file() {
	stop_lmsim
}

setup() {
	cd "$BATS_TEST_TMPDIR"
}

# What a test started of its own.
teardown() {
	[ "$SIM_PID" = "$OF_FILE" ] || stop_lmsim
}

# expect FAULT STATUS CODES [JQ-FILTER]: what comes of a request with FAULT.
expect() {
	local timeouts='.timeouts = {first_token_ns: 700000000, between_tokens_ns: 700000000}'
	# Through the OpenAI API the server loads by itself, and keeps it.
	lmsdrive unload --all --server "$SIM_URL" >/dev/null
	fault "$1" "$timeouts | ${4:-.}" >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	local got
	got="$(of response .status) $(codes)"
	[ "$got" = "$2 $3" ] || { echo "$1 ($4): got $got, want $2 $3"; return 1; }
	# Whatever came, the records are whole.
	[ "$(of end .records)" -eq "$(wc -l <<<"$output")" ]
}

openai='.server.api = "openai"'
long='.prompt.text = ("words " * 400) + .prompt.text'

@test "a good answer is ok and brings no note, in both dialects" {
	expect none ok ""
	expect none ok "" "$openai"
}

@test "zero tokens with HTTP 200: empty" {
	expect empty empty "empty_output "
	expect empty empty "empty_output " "$openai"
}

@test "errors in all four shapes, with the server's words" {
	for f in error_v1 error_openai error_string; do
		expect $f http_error "http_error "
		[[ "$(of response .error)" == "The request is not valid"* ]]
	done
	expect error_stream stream_error "stream_error "
	[ "$(of response .error)" = "The engine stopped: context overflow" ]
	[ "$(of response .http)" = 200 ]
	expect error_late stream_error "stream_error "
	[ "$(of response .chunks)" -eq 3 ]
	expect error_late stream_error "stream_error " "$openai"
}

@test "HTTP statuses are recorded; a redirect to another host is not followed; HTML is no answer" {
	for code in 401 404 429 500 503; do
		expect http_$code http_error "http_error "
		[ "$(of response .http)" -eq $code ]
	done
	expect redirect http_error "http_error "
	[ "$(of response .http)" = 307 ]
	expect not_json parse_error "parse_error "
}

@test "no first token, no further token: timeout, and which one" {
	expect hang_first timeout "timeout "
	[[ "$(of response .error)" == *first_token* ]]
	expect hang_middle timeout "timeout "
	[[ "$(of response .error)" == *between_tokens* ]]
	[ "$(of response .chunks)" -eq 3 ]
}

@test "a stream that is cut off, by a proper end, a close or a reset: truncated" {
	for f in cut abort reset; do
		expect $f truncated "stream_cut "
		[ "$(of response .chunks)" -eq 3 ]
		expect $f truncated "stream_cut " "$openai"
	done
}

@test "an endless stream, 64 MiB at once, a line of 1 GiB: stopped, and no growth" {
	for f in endless flood huge_line; do
		expect $f parse_error "parse_error "
		[ "$(of end .self.max_rss_bytes)" -lt $((200 * 1024 * 1024)) ] || [ "$LMG_VARIANT" != release ]
		expect $f parse_error "parse_error " "$openai"
	done
}

@test "every way to write the same events is read alike" {
	for f in split coalesce crlf comments multi_data no_space empty_chunks late_headers; do
		expect $f ok "" ""
		[ "$(of response .chunks)" -eq 8 ]
		expect $f ok "" "$openai"
		[ "$(of response .chunks)" -eq 8 ]
	done
}

@test "a first chunk without text is no token: the time to first token does not start there" {
	expect role_chunk ok "" "$openai"
	[ "$(jq -s '(map(select(.type == "chunk")) | .[0].kind) == "role"' <<<"$output")" = true ]
	# 10 ms of prefill at least lie between the role chunk and the first token
	[ "$(jq -s 'map(select(.type == "chunk")) | (map(select(.bytes > 0))[0].t_ns - .[0].t_ns) > 5000000' <<<"$output")" = true ]
}

@test "hostile text: broken UTF-8, NUL, escapes, broken JSON; the records stay valid" {
	for f in invalid_utf8 nul_bytes escapes; do
		expect $f ok ""
		expect $f ok "" "$openai"
		LC_ALL=C grep -q '[[:cntrl:]]' <<<"$(tr -d '\n' <<<"$output")" && return 1
		iconv -f UTF-8 -t UTF-8 <<<"$output" >/dev/null
	done
	expect broken_json ok "broken_event "
}

@test "a model whose name has terminal escapes: valid records, and nothing of them on the terminal" {
	printf 'models:\n  - {key: "evil\\e[31m|name\\n", memory: 1MiB, load_time: 10ms}\n' >models.yaml
	start_lmsim --models models.yaml
	step '.model = "evil\u001b[31m|name\n" | .prompt.text = "[[fault:http_500]]"' >plan
	run -0 --separate-stderr lmsdrive run -v plan
	[ "$(of response .status)" = http_error ]
	[[ $output$stderr != *$'\033'* ]]
	run -0 --separate-stderr lmsdrive models --server "$SIM_URL"
	stop_lmsim
	[ "$(jq .key <<<"$output")" = '"evil\u001b[31m|name\n"' ]
	[[ $output != *$'\033'* ]]
}

@test "another model than asked for" {
	expect wrong_model ok "model_mismatch "
}

@test "usage missing, or impossible: chunks are counted, and it says so" {
	expect no_usage ok "usage_missing "
	[ "$(of response '[.tokens_from, .completion_tokens, .prompt_tokens] | @csv')" = '"chunks",8,' ]
	expect no_usage ok "usage_missing " "$openai"
	expect bad_counts ok "usage_missing "
	[ "$(of response '[.tokens_from, .completion_tokens, .prompt_tokens] | @csv')" = '"chunks",8,' ]
}

@test "several tokens in a chunk" {
	expect chunky ok "multi_token_chunks " '.sampling.max_tokens = 20'
	[ "$(of response '[.chunks, .completion_tokens] | @csv')" = 4,20 ]
}

@test "an answer shorter than the fixed length asked for" {
	expect short ok "short_output " '.sampling.fixed_length = true'
	expect short ok "" '.sampling.fixed_length = false'
}

@test "reasoning nobody asked for, in either field" {
	expect reasoning ok "unasked_reasoning " '.sampling.max_tokens = 40'
	[ "$(jq -c 'select(.type == "chunk" and .kind == "reasoning")' <<<"$output" | wc -l)" -eq 16 ]
	[ "$(of response .reasoning_tokens)" -eq 16 ]
	expect "reasoning]][[fault:reasoning_field" ok "unasked_reasoning " ".sampling.max_tokens = 40 | $openai"
	[ "$(jq -c 'select(.type == "chunk" and .kind == "reasoning")' <<<"$output" | wc -l)" -eq 16 ]
}

@test "a prompt that was cut silently" {
	expect truncate_prompt ok "prompt_truncated " "$long"
	expect none ok "" "$long"
}

@test "a prompt shorter than asked for, at any size; what is close is none" {
	# 408 words and a template of a few tokens are what is counted
	expect none ok "prompt_short " "$long | .prompt.target_tokens = 500"
	expect none ok "" "$long | .prompt.target_tokens = 440"
	expect none ok "" "$long | .prompt.target_tokens = 300"
	expect none ok "prompt_short " "$long | .prompt.target_tokens = 440 | .tolerance.prompt_tokens_ratio = 0.01"
	expect none ok "prompt_short " ".prompt.target_tokens = 64"
	expect none ok "prompt_short " "$long | $openai | .prompt.target_tokens = 500"
	expect none ok "prompt_short " "$long | .prompt.text = (\"more \" * 350) + .prompt.text | .prompt.target_tokens = 1000"
}

@test "a prompt longer than was sent, and one that was cut and cached" {
	expect none ok "prompt_long " "$long | .prompt.target_tokens = 100"
	# Some servers do not count what was cached.
	expect "cached]][[fault:truncate_prompt" ok "cached_prompt prompt_truncated " "$long | $openai"
	printf 'models: [{key: a, template_tokens: 900}, {key: b, template_tokens: 90}]\n' >models.yaml
	start_lmsim --models models.yaml
	for m in a b; do step '.model = "'$m'" | .pair = "'$m'"' >plan; lmsdrive run -q --no-calibration plan; done >got
	stop_lmsim
	[ "$(jq -r 'select(.code == "prompt_long").message' got)" = "request 1: the server counted 902 tokens in a request of 101 bytes: it adds a text of its own" ]
}

@test "a conversation ends with a turn that was not answered: without it those behind it would be other requests" {
	lmsdrive unload --all --server "$SIM_URL" >/dev/null
	{ fault http_500 '.turn = 1 | .turns = 3'; step '.step = 2 | .turn = 2 | .turns = 3'; step '.step = 3 | .turn = 3 | .turns = 3'
	  step '.step = 4 | .turn = 1 | .turns = 2'; step '.step = 5 | .turn = 2 | .turns = 2'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response '[.status, .error] | @csv')" = '"http_error","Internal error"
"skipped","a turn before it was not answered"
"skipped","a turn before it was not answered"
"ok",
"ok",' ]
}

@test "a machine that slept in the middle is told" {
	[ "$(uname -s)" = Linux ] || skip "LD_PRELOAD is for Linux"
	[ "$LMG_VARIANT" = release ] || skip "the sanitizer wants to be loaded first"
	cc -shared -fPIC -o sleepy.so "$BATS_TEST_DIRNAME/../lib/sleepy.c"
	lmsdrive unload --all --server "$SIM_URL" >/dev/null
	{ load_step; step '.step = 2'
	  load_step '.step = 3 | .op = "unload" | .unload_command = ["sh", "-c", "touch slept; lmsdrive unload --all --server '"$SIM_URL"'"]'; } >plan
	run -0 --separate-stderr env LD_PRELOAD=$PWD/sleepy.so lmsdrive run --no-calibration plan
	[ "$(of note 'select(.code == "machine_slept") | [.level, .step, .message] | @csv')" = '"warn",3,"the machine slept for 90 s in this step: what was measured of it meanwhile is not the server'"'s"'"' ]
	[[ $stderr == *"the machine slept for 90 s: keep it awake while it is measured"* ]]
}

@test "a cold prompt found in the cache; a warm one may be" {
	expect cached ok "cached_prompt " "$long | $openai"
	# and is none of a cold one's: said in place of the figure
	[ "$(metricsagg <<<"$output" | tee m | jq -r 'select(.type == "metric" and .metric == "ttft_s" and .by == null).n')" = "" ]
	mkreport m | grep -q 'time to first token was not measured in 1 request: much of a prompt that was to be cold was in the server'
	expect cached ok "" "$long | $openai | .prompt.is_warm = true"
	[ "$(metricsagg <<<"$output" | jq -r 'select(.type == "metric" and (.metric | IN("ttft_s", "prefill_tps")) and .by == null) | [.metric, .n] | @csv' | xargs)" = "ttft_s,1" ]
}

@test "prefill progress and timings of llama-server are read" {
	start_lmsim --models <(printf 'server: {api: [openai], imitate: llama-server}\nmodels: [{key: sim-gguf, memory: 1MiB, load_time: 10ms, preloaded: true}]\n')
	step "$long" >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	stop_lmsim
	[ "$(of response .status) $(codes)" = "ok " ]
	[ "$(jq -s 'map(select(.type == "chunk" and .kind == "prefill")) | length > 0 and all(.progress >= 0 and .progress <= 1)' <<<"$output")" = true ]
	[ "$(of response '.server.tokens_per_s > 0 and .server.prefill_s > 0')" = true ]
}

@test "the same text counted differently by the servers of two variants" {
	printf 'models:\n  - {key: a, template_tokens: 5}\n  - {key: b, template_tokens: 90}\n' >models.yaml
	start_lmsim --models models.yaml
	for m in a b; do
		step '.step = '"$([ $m = a ] && echo 1 || echo 2)"' | .requests = 2 | .model = "'$m'" | .variant = "'$m'"'
	done >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	stop_lmsim
	[ "$(codes)" = "prompt_tokens_differ " ]
}

@test "tolerance: how far the counts may differ is the user's to say" {
	printf 'models:\n  - {key: a, template_tokens: 5}\n  - {key: b, template_tokens: 8}\n' >models.yaml
	start_lmsim --models models.yaml
	# 25 and 28 tokens, about: 12 %
	for limit in null 0.5 0.02; do
		for m in a b; do
			step '.step = '"$([ $m = a ] && echo 1 || echo 2)"' | .model = "'$m'" | .variant = "'$m'"
			    | .prompt.text = ("word " * 20) | .tolerance.prompt_tokens_ratio = '$limit
		done >plan
		run -0 --separate-stderr lmsdrive run -q --no-calibration plan
		echo "$limit $(codes)"
	done >got
	stop_lmsim
	[ "$(<got)" = $'null \n0.5 \n0.02 prompt_tokens_differ ' ]
}

# ---- loading ---------------------------------------------------------------

# load_with FAULTS [JQ-FILTER]: load a model that has these faults; STATUS is
# the exit status wanted, else 0.
load_with() {
	printf 'models:\n  - {key: sim-gguf, format: gguf, memory: 1MiB, load_time: 10ms, parallel: 4, faults: [%s]}\n' "$1" >models.yaml
	start_lmsim --models models.yaml
	load_step "${2:-.}" >plan
	run "-${STATUS:-0}" --separate-stderr lmsdrive run -q --anyway --no-calibration plan
	stop_lmsim
}

@test "loads that fail or are refused" {
	STATUS=4 load_with load_refused
	[ "$(codes)" = "load_refused " ]
	[[ "$(of load 'select(.phase == "end").error')" == *"insufficient system resources"* ]]
	STATUS=4 load_with load_failed
	[ "$(codes)" = "load_failed " ]
	STATUS=4 load_with load_crash
	[ "$(codes)" = "load_failed " ]
	[ "$(of load 'select(.phase == "end").status')" = failed ]
}

@test "a load that takes longer than timeouts.load" {
	STATUS=4 load_with load_hang '.timeouts.load_ns = 500000000'
	[ "$(codes)" = "load_failed " ]
}

@test "format, context and slots that are not as asked" {
	load_with wrong_format
	[ "$(codes)" = "format_mismatch " ]
	load_with context_autofit '.context_length = 2048'
	[ "$(codes)" = "context_mismatch " ]
	[ "$(of load 'select(.phase == "end") | [.context_length, .requested_context_length] | @csv')" = 131072,2048 ]
	load_with parallel_differs '.parallel = 4'
	[ "$(codes)" = "parallel_mismatch " ]
}

@test "a second instance of a loaded model" {
	load_with second_instance
	[ "$(codes)" = "second_instance " ]
	[ "$(of load 'select(.phase == "end").instance')" = "sim-gguf:2" ]
}

@test "an unload that leaves the instance listed; one that fails" {
	STATUS=4 load_with unload_stays
	[ "$(codes)" = "still_loaded " ]
	STATUS=4 load_with unload_failed
	[ "$(of unload 'select(.phase == "end").status')" = failed ]
	[ "$(codes)" = "unload_failed " ]
}

@test "another device's model: an error when it is loaded, information when it is only listed" {
	printf 'models:\n  - {key: sim-gguf, device: other-mac}\n  - {key: here}\n' >models.yaml
	start_lmsim --models models.yaml
	load_step >plan
	run -0 --separate-stderr lmsdrive run -q --anyway --no-calibration plan
	[ "$(of note 'select(.code == "remote_model") | [.level, .step] | @csv')" = $'"info",\n"error",1' ]
	step '.model = "here"' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of note 'select(.code == "remote_model") | [.level, .message] | @csv')" = \
	    '"info","listed, but on another device: sim-gguf"' ]
	stop_lmsim
}

@test "a model that goes away between requests and comes back by one, with other options" {
	start_lmsim
	{ load_step '.context_length = 2048'; step '.step = 2 | .requests = 12 | .gap_ns = 300000000'; } >plan
	lmsdrive run -q --no-calibration plan >raw.ndjson 2>err 3>&- &
	local pid=$!
	until grep -q '"type":"response"' raw.ndjson; do sleep 0.02; done
	lmsdrive unload sim-gguf --server "$SIM_URL" >/dev/null
	wait "$pid"
	output=$(cat raw.ndjson)
	stop_lmsim
	[ "$(codes)" = "loaded_by_request " ]
	[ "$(of response .status | sort | uniq -c | tr -s ' ')" = " 12 ok" ]
	[ "$(metricsagg raw.ndjson | jq -c 'select(.code == "evicted").count')" = 1 ]
}

@test "a llama-server that sleeps while idle: the load in the next request is no surprise" {
	stop_lmsim
	for after in 300ms 60s; do
		start_lmsim --models <(printf 'server: {api: [openai], imitate: llama-server, sleep_idle: %s}\nmodels: [{key: sim-gguf, memory: 1MiB, load_time: 400ms, preloaded: true}]\n' $after)
		{ load_step; step '.step = 2'; load_step '.step = 3 | .op = "idle" | .idle_ns = 700000000'; step '.step = 4'; } >plan
		run -0 --separate-stderr lmsdrive run -q --no-calibration plan
		# (It may have been asked while it loaded its model.)
		[ "$(codes | sed 's/retried //')" = "$([ $after = 60s ] || echo "asleep ")" ]
		# Its load is in the second request, and only where it slept.
		[ "$(jq -s 'map(select(.type == "request"))[1].t_ns as $t | map(select(.type == "chunk" and .req == 2 and .bytes > 0))[0].t_ns - $t > 400000000' <<<"$output")" = \
		    "$([ $after = 60s ] && echo false || echo true)" ]
		# So is one that it falls asleep for in the gap before a request.
		{ load_step; step '.step = 2'; step '.step = 3 | .gap_ns = 700000000'; } >plan
		run -0 --separate-stderr lmsdrive run -q --no-calibration plan
		[ "$(codes | sed 's/retried //')" = "$([ $after = 60s ] || echo "asleep ")" ]
		# (Whose load it is, that is whose model.)
		[ "$(of note 'select(.code == "asleep").step')" = "$([ $after = 60s ] || echo 1)" ]
		# That wait is no time to first token.
		[ "$(metricsagg <<<"$output" | jq -c 'select(.code == "evicted").count')" = "$([ $after = 60s ] || echo 1)" ]
		stop_lmsim
	done
}

@test "load options that the API cannot set" {
	start_lmsim
	load_step '.server.api = "openai" | .context_length = 2048' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(codes)" = "load_options_ignored " ]
	load_step '.server.api = "lmstudio-v0" | .context_length = 2048' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(codes)" = "load_options_ignored " ]
	# what is loaded there is told, and compared
	lmsdrive load -c 1024 sim-gguf --server "$SIM_URL" >/dev/null
	run -0 --separate-stderr lmsdrive run -q --no-calibration --keep-loaded plan
	stop_lmsim
	[ "$(codes)" = "context_mismatch " ]
}
