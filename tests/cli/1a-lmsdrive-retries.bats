#!/usr/bin/env bats
# What is sent again, and what never is.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	cd "$BATS_TEST_TMPDIR"
	start_lmsim
}

teardown() {
	[ -z "${FLAKY_PID:-}" ] || kill "$FLAKY_PID" || true
	stop_lmsim
}

# flaky MODE: SIM_URL is that of a connection to lmsim that breaks so.
flaky() {
	"$LMG_BUILD/helpers/flaky" flaky-port "$SIM_PORT" "$1" 3>&- &
	FLAKY_PID=$!
	for _ in {1..100}; do [ -s flaky-port ] && break; sleep 0.02; done
	SIM_URL=http://127.0.0.1:$(cat flaky-port)
}

@test "a kept connection that is closed under a request: sent again on a new one, t_sent is that of the second time" {
	flaky drop:300
	step '.requests = 2 | .timeouts = {first_token_ns: 5000000000}' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response .status | sort -u)" = ok ]
	[ "$(of response .retries | sort -n | tail -1)" -eq 1 ]
	[ "$(of request .req | tr '\n' ' ')" = "1 2 " ]
	# Of each request that was sent twice: due, and 300 ms later sent; what is
	# measured from there is the server's own, not those 300 ms.
	jq -s '(map(select(.type == "response" and .retries == 1)) | INDEX(.req)) as $again
	    | (map(select(.type == "chunk" and .bytes > 0)) | group_by(.req) | map(.[0]) | INDEX(.req)) as $first
	    | map(select(.type == "request" and $again[.req | tostring]))
	    | map({late: ((.t_ns - .scheduled_ns) / 1e9),
	           excess: (($first[.req | tostring].t_ns - .t_ns) / 1e9 - $again[.req | tostring].server.ttft_s)})' <<<"$output" >again.json
	cat again.json
	[ "$(jq 'length > 0 and all(.late > 0.29 and .excess > -0.001 and .excess < 0.25)' again.json)" = true ]
	# The server had each request once.
	[ "$(jq -s 'map(select(.type == "request" and .max_tokens == 8)) | length' "$SIM_TRUTH")" -eq 2 ]
}

@test "a server that had the request for a second and then closed: not sent again" {
	flaky drop:1300
	step '.requests = 2 | .timeouts = {first_token_ns: 5000000000}' >plan
	run --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response '[.status, .retries] | @csv' | sort -u)" = '"transport_error",0' ]
	[[ "$(of response .error | head -1)" == "the connection was closed before an answer"* ]]
	# its record is there all the same
	[ "$(of request .req | tr '\n' ' ')" = "1 2 " ]
}

@test "a list is asked again when the server is busy or its answer is lost; the run says so" {
	for mode in busy:1 cut:1; do
		stop_lmsim; start_lmsim
		rm -f flaky-port
		flaky $mode
		step >plan
		run -0 --separate-stderr lmsdrive run -q --no-calibration plan
		[ "$(of response .status)" = ok ]
		[ "$(codes)" = "retried " ]
		[[ "$(of note 'select(.code == "retried").message')" == *"asked 1 times more"* ]]
		kill "$FLAKY_PID"
	done
	FLAKY_PID=
}

@test "a server that stays busy is asked three times, not for ever" {
	flaky busy:1000
	step >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[[ $stderr == *"HTTP 503"* ]]
	[ -z "$output" ]
}
