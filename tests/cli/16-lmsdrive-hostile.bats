#!/usr/bin/env bats
# Servers that send what none should: stopped, with a clear status, and without
# growing with what they send.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	cd "$BATS_TEST_TMPDIR"
}

teardown() {
	end_hostile
	stop_lmsim
}

# answered MODE...: $output is a run of one request to such a server, changed
# by the filter in $FILTER.
answered() {
	start_hostile "$@"
	step '.server.api = "openai" | .model = "m"
	    | .timeouts = {first_token_ns: 1500000000, between_tokens_ns: 30000000000} | '"${FILTER:-.}" >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of end .records)" -eq "$(wc -l <<<"$output")" ]
	# ASan keeps what was freed
	[ "$LMG_VARIANT" != release ] || [ "$(of end .self.max_rss_bytes)" -lt $((48 * 1024 * 1024)) ]
}

@test "a million events at once" {
	# To read them all takes its time on a busy machine.
	export FILTER='.timeouts.first_token_ns = 60000000000'
	answered events 'data: {"choices":[{"delta":{"content":"a"}}]}'
	[ "$(of response '[.status, .error] | @csv')" = '"parse_error","the stream has far more chunks than tokens were asked for"' ]
	[ "$(of chunk .i | wc -l)" -lt 2000 ]
	answered events 'data: {}'
	[ "$(of response .status)" = parse_error ]
	answered events 'data:'
	[ "$(of response .status)" = parse_error ]
	answered events ': nothing'
	[ "$(of response .status)" = empty ]
}

@test "a million events that are no JSON: not one could be read" {
	export FILTER='.timeouts.first_token_ns = 60000000000'
	answered events 'data: {{{'
	[ "$(of response '[.status, .error] | @csv')" = '"parse_error","the answer is not what this API sends: {{{"' ]
}

@test "headers, interim answers and trailers without end" {
	answered headers
	[ "$(of response .status)" = transport_error ]
	[[ "$(of response .error)" == *headers* ]]
	answered interim
	[ "$(of response .status)" = http_error ]
	# the answer came before it: only its end is missing
	answered trailer
	[ "$(of response .status)" = ok ]
	[[ "$(codes)" == *"stream_open"* ]]
}

# delta JSON...: each as a chunk of a chat.
delta() {
	printf 'data: {"choices":[{"delta":%s}]}\n\n' "$@"
}

# part INDEX NAME ARGUMENTS: a part of a tool call.
part() {
	jq -nc '{tool_calls: [{index: ('"$1"'), function: ({name: $n, arguments: $a} | map_values(select(. != "")))}]}' --arg n "$2" --arg a "$3"
}

ASK='{name: "ask", parameters: {type: "object"}}'

# judged WANT: the stream on standard input, as the answer to both turns of an
# agent that is to call a tool without arguments, is this.
judged() {
	{ printf 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n'; cat; } >said
	rm -f said.asked
	FILTER='.sampling.max_tokens = 64 | .turns = 2 | .prompt = {name: "agent", seed: 7, words: 5, target_tokens: 5,
	    agent: {tools: ['"${TOOLS:-$ASK}"']}} | (.turn = 1), (.turn = 2 | .step = 2)' answered say said
	end_hostile	# behind a pipe nobody else knows of it
	[ "$(of response '[.status, .call] | @csv' | sort -u)" = "$1" ] || { of response .; false; }
}

@test "tool calls as none should come: what they are is told, or what is wrong with them" {
	end='data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
	{ delta "$(part 1e9 ask '{}')"; printf "$end"; } | judged '"ok","ok"'
	{ delta "$(part -5 ask '{')" "$(part -5 '' '}')"; printf "$end"; } | judged '"ok","ok"'
	{ delta "$(part null ask '{}')" '{"content":"so be it"}'; printf "$end"; } | judged '"ok","ok"'
	{ delta "$(part 0 ask '{"a":')" "$(part 1 ask '{"b":')" "$(part 0 '' '1}')" "$(part 1 '' '2}')"; printf "$end"; } | judged '"ok","ok"'
	# Two at once: the one that was asked for is found, whichever comes first, and stands in the history; others must be sound.
	for two in 'ask look' 'look ask'; do
		{ delta "$(part 0 ${two% *} '{}')" "$(part 1 ${two#* } '{}')"; printf "$end"; } | TOOLS="$ASK, ${ASK/ask/look}" judged '"ok","ok"'
		grep -ao '{"model".*' said.asked | tail -n 1 | jq -c '[.messages[] | select(.tool_calls).tool_calls[].function.name]' >>kept
		{ delta "$(part 0 ${two% *} '{}')" "$(part 1 ${two#* } '{}')" "$(part 2 ask '{')"; printf "$end"; } | TOOLS="$ASK, ${ASK/ask/look}" judged '"ok","broken_json"'
	done
	[[ $(sort kept | uniq -c) =~ ^\ *2\ \[\"(ask|look)\"\]$ ]] || { cat kept; false; }
	# No reason to finish, CRLF, no empty line behind the last event.
	{ delta "$(part 0 ask '{}')"; printf 'data: [DONE]'; } | sed $'s/$/\r/' | judged '"ok","ok"'
	delta "$(part 0 ask '{}')" | judged '"truncated",'
	{ delta "$(jq -nc '{tool_calls: [{function: {name: ("ask" * 300000)}}]}')"; printf "$end"; } | judged '"ok","unknown_tool"'
	[ "$(wc -c <<<"$output")" -lt 20000 ]
	{ delta "$(jq -nc '{tool_calls: [{function: {name: "ask", arguments: ("[" * 100000)}}]}')"; printf "$end"; } | judged '"ok","broken_json"'
	event=$(delta "$(part 0 ask ' ')")$'\n'
	awk -v e="$event" 'BEGIN { for (; i < 8000; i++) print e }' | judged '"parse_error",'
	# A marker in the reasoning, which the template had opened, is none.
	{ delta '{"content":"not <tool_call> yet</think> "}'; printf "$end"; } | judged '"ok","none"'
	# More tokens than there can be were not counted.
	judged '"ok","text"' < <(delta '{"content":"so it"}'
	    printf 'data: {"choices":[],"usage":{"prompt_tokens":%s,"completion_tokens":%s}}\n\n' 9007199254740991 4503599627370496; printf "$end")
	[ "$(of response '[.prompt_tokens, .completion_tokens, .tokens_from] | @csv' | sort -u)" = ',1,"chunks"' ] || { of response .; false; }
	# No arguments at all are sent back as what they mean.
	{ delta "$(part 0 ask '')"; printf "$end"; } | judged '"ok","ok"'
	[ "$(grep -ao '{"model".*' said.asked | tail -n 1 | jq -r '.messages[] | select(.tool_calls).tool_calls[0].function.arguments')" = '{}' ]
}

@test "comments keep a connection up, but are no token" {
	answered comments
	[ "$(of response '[.status, .error] | @csv')" = '"timeout","no first token in time (timeouts.first_token)"' ]
}

@test "a stream that stays open after its closing event is an answer" {
	answered open
	[ "$(of response '[.status, .finish] | @csv')" = '"ok","stop"' ]
	[[ "$(codes)" == *"stream_open"* ]]
}

@test "no connection in time is a time-out of its own" {
	[ "$(uname -s)" = Linux ] || skip "how a full queue behaves is the platform's own"
	FILTER='.cold_connection = true | .requests = 4 | .concurrency = 4 | .timeouts.connect_ns = 700000000' answered full
	[ "$(of response '[.status, .error] | @csv' | grep -c '^"timeout","no connection in time (timeouts.connect)"$')" -ge 1 ]
	# it was never sent, but is on record with what it was about
	[ "$(of request .req | sort -n | tr '\n' ' ')" = "1 2 3 4 " ]
}

@test "too few descriptors are our own want: raised where that may be, else said before anything is asked" {
	start_lmsim
	step '.requests = 40 | .concurrency = 40' >plan
	run -4 --separate-stderr bash -c 'ulimit -n 40 && lmsdrive run -q plan'
	[ "$stderr" = "lmsdrive: 40 streams at once need 56 descriptors, and this process may have 40: raise the limit (ulimit -n 56)" ]
	[ -z "$output" ]
	run -1 grep '"type":"request"' "$SIM_TRUTH"
	run -4 --separate-stderr bash -c 'ulimit -n 40 && lmsdrive calibrate -n 100 -d 100ms'
	[[ $stderr == *"100 streams at once need 116 descriptors"* ]]
	# The hard limit is another one.
	run -0 --separate-stderr bash -c 'ulimit -S -n 40 && lmsdrive run -q --no-calibration plan'
	[ "$(of response .status | sort | uniq -c | xargs)" = "40 ok" ]
}

@test "descriptors that run out in a run end it with status 4; no request of the server's failed" {
	start_lmsim
	# What an open loop needs is not known before; a slow answer makes them many.
	step '.requests = 60 | .arrival = "constant" | .rate_per_s = 1000 | .sampling.max_tokens = 100' >plan
	run -4 --separate-stderr bash -c 'ulimit -n 30 && lmsdrive run -q --no-calibration plan'
	[[ $stderr == *"no descriptor was left for a connection of ours: raise the limit (ulimit -n)"* ]]
	[[ $stderr != *"does not answer"* ]]
	[[ "$(codes)" == *"out_of_descriptors "* ]]
	[ "$(of response .status | sort -u | xargs)" = "cancelled skipped" ] || [ "$(of response .status | sort -u | xargs)" = "cancelled ok skipped" ]
	# what we loaded is unloaded all the same
	[ "$(of unload 'select(.phase == "end").status')" = ok ]
	[ "$(of end .interrupted)" = true ]
}
