#!/usr/bin/env bats
# What servers send, not quite as they should: it is read all the same, in each
# dialect, or the server's own words say why not.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

EVENTS='chat completions v0 v1 messages responses'	# servers that send events
DIALECTS="$EVENTS ollama"		# and JSON lines

setup() {
	cd "$BATS_TEST_TMPDIR"
	MODE=
}

teardown() {
	end_hostile
}

# head [TYPE] [HEADER...]: of a 200 answer that ends with its connection.
head_of() {
	printf 'HTTP/1.1 200 OK\r\nConnection: close\r\n'
	[ -z "$1" ] || printf 'Content-Type: %s\r\n' "$1"
	shift
	[ $# -eq 0 ] || printf '%s\r\n' "$@"
	printf '\r\n'
}

# delta DIALECT JSON [FIELD]: an event with this text.
delta() {
	case $1 in
	completions) printf 'data: {"model":"m","choices":[{"index":0,"text":%s}]}\n\n' "$2" ;;
	ollama)	printf '{"model":"m","message":{"role":"assistant","content":%s},"done":false}\n' "$2" ;;
	messages) printf 'data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":%s}}\n\n' "$2" ;;
	responses) printf 'data: {"type":"response.output_text.delta","delta":%s}\n\n' "$2" ;;
	v1)	printf 'event: %s.delta\ndata: {"type":"%s.delta","content":%s}\n\n' "${3:-message}" "${3:-message}" "$2" ;;
	*)	printf 'data: {"model":"m","choices":[{"index":0,"delta":{"%s":%s}}]}\n\n' "${3:-content}" "$2" ;;
	esac
}

# finish DIALECT TOKENS: the finish, and 30 prompt tokens.
finish() {
	case $1 in
	v1|ollama|messages|responses) ;;
	completions) printf 'data: {"choices":[{"text":"","finish_reason":"stop"}]}\n\n' ;;
	*)	printf 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n' ;;
	esac
	case $1 in
	ollama)	printf '{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":30,"eval_count":%s}' "$2" ;;
	messages) printf 'data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":30,"output_tokens":%s}}' "$2" ;;
	responses) printf 'data: {"type":"response.completed","response":{"status":"completed","usage":{"input_tokens":30,"output_tokens":%s}}}' "$2" ;;
	v1)	printf 'event: chat.end\ndata: {"type":"chat.end","result":{"stats":{"input_tokens":30,"total_output_tokens":%s}}}' "$2" ;;
	*)	printf 'data: {"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":%s}}' "$2" ;;
	esac
}

# done DIALECT TOKENS: the same, and the end.
end_of() {
	finish "$@"
	printf '\n\n'
	case $1 in
	v1|ollama|responses) ;;
	messages) printf 'event: message_stop\ndata: {"type":"message_stop"}\n\n' ;;
	*)	printf 'data: [DONE]\n\n' ;;
	esac
}

# answer DIALECT [MODE]: $output is a run of one request, answered with the file
# answer.
answer() {
	local filter
	case $1 in
	chat)	filter='.server.api = "openai"' ;;
	completions) filter='.server.api = "openai" | .raw_completion = true' ;;
	v0)	filter='.server.api = "lmstudio-v0"' ;;
	v1)	filter='.server.api = "lmstudio"' ;;
	ollama|messages|responses) filter='.server.api = "'$1'"' ;;
	esac
	# The server reads the file for each answer; it, and what is asked of it,
	# are the same as long as the mode is.
	if [ "${2:-say}" != "$MODE" ]; then
		MODE=${2:-say}
		start_hostile $MODE answer
		rm -f plan.*
	fi
	[ -s plan.$1 ] || step '.model = "m" | .timeouts.first_token_ns = 3000000000 | '"$filter" >plan.$1
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan.$1
}

# is FILTER WANT: of the response.
is() {
	local got
	got=$(of response "$1")
	[ "$got" = "$2" ] || { echo "$1: $got, not $2"; of response .error; return 1; }
}

stream() {
	head_of "${TYPE-text/event-stream}"
}

@test "a content type in any case, another one, or none" {
	local type d
	for type in 'Text/Event-Stream; charset=UTF-8' 'TEXT/EVENT-STREAM' text/plain ''; do
		for d in $EVENTS; do
			{ TYPE=$type stream; delta $d '"so "'; delta $d '"it"'; end_of $d 2; } >answer; answer $d
			is '[.status, .chunks, .prompt_tokens] | @csv' '"ok",2,30'
		done
	done
}

@test "a stream behind blank lines, a byte order mark or comments, its first byte alone" {
	local start
	for start in '\n\n' '\xef\xbb\xbf' ': ok\n\n' 'retry: 100\n\n' 'id: 1\n' 'event: x\n'; do
		{ TYPE=text/html stream; printf "$start"; delta chat '"so"'; end_of chat 1; } >answer; answer chat
		is '[.status, .chunks] | @csv' '"ok",1'
	done
	{ head_of text/plain 'Transfer-Encoding: chunked'; printf '1\r\nd\r\n'
	  body=$(delta chat '"so"'; end_of chat 1; printf .)
	  printf '%x\r\n%s\r\n0\r\n\r\n' $((${#body} - 2)) "${body:1:${#body}-2}"; } >answer; answer chat
	is '[.status, .chunks] | @csv' '"ok",1'
}

@test "text behind the closing event is not counted, a count there is" {
	local d
	for d in $DIALECTS; do
		{ stream; delta $d '"so "'; end_of $d 1; delta $d '"more"'; } >answer; answer $d
		is '[.status, .chunks, .bytes] | @csv' '"ok",1,3'
	done
	{ stream; delta chat '"so"'; printf 'data: [DONE]\n\n'; finish chat 1; printf '\n\n'; } >answer; answer chat
	is '[.status, .chunks, .completion_tokens, .tokens_from] | @csv' '"ok",1,1,"usage"'
}

@test "the last event without its blank line, or its line end" {
	local d end
	for d in $DIALECTS; do
		for end in '' '\n' '\r\n'; do
			{ stream; delta $d '"so "'; finish $d 7; printf "$end"; } >answer; answer $d
			is '[.status, .prompt_tokens, .completion_tokens] | @csv' '"ok",30,7'
		done
	done
	# not what was cut within it, and not after a reset
	{ stream; delta chat '"so"'; printf 'data: {"choices":[{"delta":{"content":"mo'; } >answer; answer chat
	is '[.status, .chunks, .bytes] | @csv' '"truncated",1,2'
}

@test "counts that are texts; LM Studio's at the limit, which is one less" {
	local d
	for d in $DIALECTS; do
		{ stream; delta $d '"so "'; end_of $d '"7"'; } >answer; answer $d
		is '[.status, .prompt_tokens, .completion_tokens] | @csv' '"ok",30,7'
		[ "$d" != v1 ] || is .finish length
	done
	{ stream; delta v1 '"so "'; end_of v1 6; } >answer; answer v1
	is '[.finish, .completion_tokens] | @csv' '"stop",6'
}

@test "a reset is called one, after the headers, in the stream and in an event" {
	local d part
	for d in chat v1; do
		for part in '' "$(delta $d '"so"'; printf '\n\n.')" "$(delta $d '"so"'; printf '\n\ndata: {"cho')"; do
			{ stream; printf %s "$part"; } >answer; answer $d reset
			[[ $(of response .error) == *reset* ]] || { of response .; false; }
		done
	done
	[ "$(of response .status)" = truncated ]
	# of an answer that is complete it is no matter
	{ stream; delta chat '"so"'; end_of chat 1; } >answer; answer chat reset
	is .status ok
}

@test "the first of two reasoning fields that is not empty" {
	local d text
	for d in chat v0; do
		for text in '"reasoning_content":"","reasoning":"hm"' '"reasoning_content":null,"reasoning":"hm"' \
		    '"reasoning":"","reasoning_content":"hm"' '"reasoning":"hm","reasoning_content":"hm"'; do
			{ stream; printf 'data: {"choices":[{"delta":{%s,"content":""}}]}\n\n' "$text"
			  delta $d '"so"'; end_of $d 2; } >answer; answer $d
			is '[.status, .chunks, .bytes] | @csv' '"ok",2,4'
			[ "$(of chunk .kind | head -n 2 | paste -sd,)" = reasoning,content ]
		done
	done
}

@test "half a surrogate pair in a delta is a token all the same, and two of them are one character" {
	local d want
	want=$(printf '\xf0\x9f\x98\x80!\xef\xbf\xbd.\xef\xbf\xbd\xf0\x9f\x98\x80\\ud83d' | sha256sum | cut -d' ' -f1)
	for d in $DIALECTS; do
		{ stream; delta $d '"\ud83d"'; delta $d '"\ude00!"'; delta $d '"\ud83d"'; delta $d '"."'; delta $d '"\ude00"'
		  delta $d '"\ud83d\ude00"'; delta $d '"\\ud83d"'; end_of $d 7; } >answer; answer $d
		is '[.status, .chunks, .bytes, .output_sha256] | @csv' "\"ok\",7,22,\"$want\""
		[ "$(codes)" = "" ] || [[ $(codes) != *broken_event* ]]
	done
}

@test "a content that is a list" {
	local d
	for d in chat v0 v1 ollama; do
		{ stream; delta $d '[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]'
		  delta $d '[{"type":"text","text":"so "},{"type":"text","text":"it"}]'; delta $d '[]'; end_of $d 2; } >answer; answer $d
		is '[.status, .chunks, .bytes] | @csv' '"ok",2,7'
		[ "$(of chunk 'select(.bytes > 0).kind' | paste -sd,)" = reasoning,content ]
	done
}

@test "an error in a stream, bare, in a field error: or of that name" {
	local d error inner='"code":400,"message":"the context is full","type":"exceed"'
	for d in $EVENTS; do
		for error in "{\"error\":{$inner}}" "error: {$inner}" "data: {\"error\":{$inner}}" "event: error\ndata: {$inner}" \
		    'error: the context is full' "{\n  \"error\": {\n    $inner\n  }\n}" '{"error":"the context is full"}'; do
			{ stream; printf "$error\n"; } >answer; answer $d
			is '[.status, .error] | @csv' '"stream_error","the context is full"'
			{ stream; delta $d '"so"'; printf "$error\n\n"; printf 'data: [DONE]\n\n'; } >answer; answer $d
			is '[.status, .error, .chunks] | @csv' '"stream_error","the context is full",1'
		done
	done
	{ stream; delta ollama '"so"'; printf '{"error":"the context is full"}\n'; } >answer; answer ollama
	is '[.status, .error, .chunks] | @csv' '"stream_error","the context is full",1'
}

@test "a usage of zeros behind good counts, which are more than were asked for" {
	local d
	for d in chat completions v0 messages responses; do
		{ stream; delta $d '"so "'; finish $d 9; printf '\n\n'; end_of $d 0 | sed 's/:30/:0/'; } >answer; answer $d
		is '[.status, .prompt_tokens, .completion_tokens, .tokens_from] | @csv' '"ok",30,9,"usage"'
		[[ $(of note .message) == *"9 tokens came, 8 were asked for at most"* ]]
	done
}

@test "what cannot be read is shown, cleaned and short" {
	local d
	for d in $DIALECTS; do
		{ TYPE='text/html; charset=utf-8' stream; printf '<html>\033[31m%0300d' 7; } >answer; answer $d
		is '[.status, .error] | @csv' "\"parse_error\",\"the answer is not what this API sends, but text/html; charset=utf-8: <html>?[31m$(printf %0149d 0)\""
		{ stream; printf ': wait\n\n: still\n\n'; } >answer; answer $d
		is '[.status, .error] | @csv' '"parse_error","the answer is not what this API sends: : wait??: still??"'
		{ stream; printf 'data: {"foo":1}\n\ndata: {"foo":2}\n\n'; } >answer; answer $d
		is '[.status, .error] | @csv' '"parse_error","the answer is not what this API sends: data: {""foo"":1}??data: {""foo"":2}??"'
		{ stream; printf 'data: hello\n\n'; } >answer; answer $d
		is '[.status, .error] | @csv' '"parse_error","the answer is not what this API sends: hello"'
		{ stream; } >answer; answer $d
		is '[.status, .error] | @csv' '"empty","no token came"'
	done
	{ TYPE= stream; printf 'hello'; } >answer; answer chat
	is .error 'the answer is not what this API sends (without Content-Type): hello'
}

@test "a compressed answer is called one" {
	{ head_of text/event-stream 'Content-Encoding: gzip'; { delta chat '"so"'; end_of chat 1; } | gzip; } >answer; answer chat
	is '[.status, .error] | @csv' '"parse_error","the answer is compressed (Content-Encoding: gzip), which nobody asked for"'
	{ head_of application/json 'Content-Encoding: br'; printf '\x8b\x05'; } >answer; answer v1
	is '[.status, .error] | @csv' '"parse_error","the answer is compressed (Content-Encoding: br), which nobody asked for"'
	{ printf 'HTTP/1.1 500 X\r\nConnection: close\r\n\r\n'; echo '{"error":"no"}' | gzip; } >answer; answer chat
	is '[.status, .error] | @csv' '"http_error","HTTP 500: compressed by gzip, which nobody asked for"'
}

# deltas DIALECT SIZE TEXT: the text in deltas of this size.
deltas() {
	local part
	while read -r part; do delta $1 "$part"; done < <(jq -nr --argjson n $2 --arg t "$3" 'range(0; $t | length; $n) as $i | $t[$i:$i + $n] | @json')
}

@test "reasoning in tags of the answer is told apart, however it is cut" {
	local d text size
	for text in $'<think>hm</think>\n\nso it' $'\n<think>\nhm <b</think>so it' '[THINK]hm[/THINK]so it' '<thinking>hm</think></thinking> so it'; do
		for d in chat completions v1; do
			for size in 2 100; do
				{ stream; deltas $d $size "$text"; end_of $d 9; } >answer; answer $d
				is '[.status, .bytes] | @csv' "\"ok\",${#text}"
				[ "$(of chunk 'select(.kind == "content").bytes' | jq -s add)" = 5 ] || { of chunk '[.kind, .bytes]'; false; }
				[[ $(of note .code) == *unasked_reasoning* ]]
			done
		done
	done
}

@test "an answer that only begins like a tag is an answer" {
	local d i
	for d in chat v1; do
		{ stream; for i in '"<"' '"th"' '"ead>"' '"</thread>"'; do delta $d "$i"; done; end_of $d 4; } >answer; answer $d
		is '[.status, .chunks, .bytes] | @csv' '"ok",4,16'
		[[ $(of note .code) != *unasked_reasoning* ]]
		{ stream; for i in '"so <think>"' '"it</think>"'; do delta $d "$i"; done; end_of $d 2; } >answer; answer $d
		[ "$(of chunk 'select(.bytes > 0).kind' | sort -u)" = content ]
	done
}
