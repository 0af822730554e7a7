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
	[[ $(of note 'select(.code == "sent_again").message') == "request "*": its connection was closed before an answer, so it was sent once more on a new one: the server may know its prompt already" ]]
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

@test "a list whose server asks to be asked in ten minutes is given up at once" {
	flaky later:600
	run -4 --separate-stderr timeout 20 lmsdrive models --server "$SIM_URL"
	[[ $stderr == *"HTTP 503"* ]]
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

# busy JQ-FILTER ONE-MODEL'S-FAULTS [RETRY-AFTER]: $output is a run of the step so changed.
busy() {
	printf 'server: {retry_after: "%s"}\nmodels:\n  - {key: sim-gguf, memory: 64KiB, load_time: 10ms, faults: [%s]}\n' "${3:-1}" "$2" >models.yaml
	stop_lmsim; start_lmsim --models models.yaml
	step "$1" >plan
	run --separate-stderr lmsdrive run --no-calibration plan
}

@test "429 and 503 that say when to ask again are waited for; what is measured begins with the request that was answered" {
	for after in 1 0 date; do
		busy '.requests = 2' '{name: http_429, until: 1}, {name: http_503, after: 1, until: 2}' "$after"
		[ "$status" -eq 0 ]
		[ "$(of request .req | tr '\n' ' ')" = "1 2 " ]
		[ "$(of response '[.status, .http, .waited_ns >= 1e9] | @csv' | tr '\n' ' ')" = '"ok",200,true "ok",200,false ' ]
		[[ "$(of note 'select(.code == "asked_to_wait").message')" == "request 1: the server was busy (HTTP 503) and asked to be asked later: it was sent again after "*", which are in no measured time" ]]
		[[ $stderr == *"gguf: the server is busy and asks to wait: 60 s at most for this step"* ]]
		# the figures of the server's own log, which knows nothing of the waits
		[ "$(metricsagg <<<"$output" | jq -r 'select(.type == "metric" and (.metric | IN("ttft_s", "e2e_s", "queue_s")) and .by == null) | .max < 0.9' | sort -u)" = true ]
		[ "$(jq -s 'map(select(.type == "request" and .max_tokens == 8)) | length' "$SIM_TRUTH")" -eq 4 ]
	done
}

@test "a load that is asked to wait is asked again, and its time is that of the last one" {
	stop_lmsim
	printf 'server: {retry_after: "1"}\nmodels: [{key: sim-gguf, format: gguf, memory: 8MB, load_time: 50ms, busy_loads: 2}]\n' >models.yaml
	start_lmsim --models models.yaml
	{ load_step; step '.step = 2'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of load 'select(.phase == "end") | [.status, (.waited_ns > 1990000000 and .waited_ns < 4000000000)] | @csv')" = '"ok",true' ]
	[ "$(codes)" = "asked_to_wait " ]
	# Begin and end are seconds apart; the load's time is the model's.
	[ "$(metricsagg <<<"$output" | jq -r 'select(.type == "metric" and .metric == "load_s") | .p50 > 0.04 and .p50 < 1')" = true ]
	# One that is not told for how long fails, as any other.
	stop_lmsim
	grep -v '^server' models.yaml >plain.yaml
	start_lmsim --models plain.yaml
	{ load_step; step '.step = 2'; } >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[[ "$(codes)" == *load_failed* ]]
}

@test "a wait that would be too long is not begun, nor one that nobody asked for" {
	busy . '{name: http_429, until: 1}' 99999999999999999999
	[ "$(of response '[.status, .http, .waited_ns] | @csv')" = '"http_error",429,0' ]
	busy . '{name: http_429, until: 1}' 61
	[ "$(of response '[.status, .http, .waited_ns] | @csv')" = '"http_error",429,0' ]
	busy . '{name: http_500, until: 1}' 1
	[ "$(of response '[.status, .http, .waited_ns] | @csv')" = '"http_error",500,0' ]
	# The requests of one step wait together: at the same time it is one wait.
	busy '.requests = 31 | .concurrency = 31' '{name: http_503, until: 31}' 2
	[ "$(of response '[.status, .waited_ns] | @csv' | sort -u)" = '"ok",2000000000' ]
}

@test "a server that is busy while its API is found out: it is waited for, which is said once; not for long" {
	stop_lmsim
	printf 'server: {loading: 3s, retry_after: "1"}\nmodels: [{key: sim-gguf, memory: 64KiB}]\n' >models.yaml
	start_lmsim --models models.yaml
	run -0 --separate-stderr lmsdrive models --server "$SIM_URL"
	[[ $output == *sim-gguf* ]]
	[ "$stderr" = "lmsdrive: $SIM_URL: busy (/lmstudio-greeting: HTTP 503); asked again in 1 s, as it says" ]
	stop_lmsim
	sed -i.was 's/loading: 3s, retry_after: "1"/loading: 1h, retry_after: "31"/' models.yaml
	start_lmsim --models models.yaml
	# Longer than is waited for: the list tells who it is.
	run -0 --separate-stderr lmsdrive models --server "$SIM_URL"
	[[ $output == *sim-gguf* ]]
	[ "$stderr" = "" ]
}

# asked_of APIS PATH: what "models" makes of a server of APIS that is busy there.
asked_of() {
	stop_lmsim
	printf 'server: {api: [%s]}\nmodels: [{key: sim-gguf, memory: 64KiB}]\n' "$1" >models.yaml
	start_lmsim --models models.yaml
	rm -f flaky-port
	flaky "path:$2"
	run --separate-stderr lmsdrive models --server "$SIM_URL"
	kill "$FLAKY_PID"
}

@test "503 at one of the paths: not ready where all servers have their models, else not who is asked for" {
	asked_of openai /v1/models
	[ "$status" -eq 4 ]
	[ "$stderr" = "lmsdrive: $SIM_URL: it is not ready (HTTP 503), as a server that loads its model: ask again when it has" ]
	# Another service, or a proxy that has a place for it; nobody waits.
	asked_of openai /api/v1/models
	[ "$status" -eq 0 ]
	[ "$(jq -r .key <<<"$output")" = sim-gguf ]
	asked_of v0,openai /v1/models
	[ "$status" -eq 0 ]
	# LM Studio has said who it is: nobody takes less of it for good.
	asked_of v1,v0,openai /api/v1/models
	[ "$status" -eq 4 ]
	[[ $stderr == *": it is not ready (HTTP 503), "* ]]
}

@test "a server that says 503 to everything while it loads its model: a run waits for it, as long as for a load" {
	stop_lmsim
	printf 'server: {api: [v1], loading: 1h}\nmodels: [{key: sim-gguf, memory: 64KiB}]\n' >models.yaml
	start_lmsim --models models.yaml
	run -1 lmsdrive doctor --server "$SIM_URL" --api lmstudio
	grep -qxF "FAIL  server: $SIM_URL: it is not ready (HTTP 503), as a server that loads its model: ask again when it has" <<<"$output"
	step '.requests = 1 | .server.api = "lmstudio" | .timeouts.load_ns = 1000000000' >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$stderr" = "lmsdrive: $SIM_URL: not ready (HTTP 503): waited for, 1 s at most
lmsdrive: $SIM_URL: it is not ready (HTTP 503), as a server that loads its model: ask again when it has" ]
	stop_lmsim
	sed -i.was 's/1h/4s/' models.yaml
	start_lmsim --models models.yaml
	step '.requests = 1 | .server.api = "lmstudio"' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response .status)" = ok ]
	# It took four seconds to get here, or was waited for.
	[[ -z $stderr || $stderr == "lmsdrive: $SIM_URL: not ready (HTTP 503): waited for, "*" s at most" ]]
}

@test "a wait ends with a signal, and the request is asked when the run goes on" {
	printf 'server: {retry_after: "30"}\nmodels:\n  - {key: sim-gguf, memory: 64KiB, load_time: 10ms, faults: [{name: http_429, until: 1}]}\n' >models.yaml
	stop_lmsim; start_lmsim --models models.yaml
	step '.requests = 2' >plan
	mkdir -p r
	lmsdrive run --no-calibration plan >r/raw.ndjson 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do grep -q 'asks to wait' err && break; sleep 0.05; done
	kill -INT $pid
	rc=0; wait $pid || rc=$?
	[ "$rc" -eq 4 ]
	output=$(cat r/raw.ndjson)
	[ "$(of response .status | tr '\n' ' ')" = "cancelled skipped " ]
	[ "$(of end .interrupted)" = true ]
	lmsdrive run -q --no-calibration --resume r plan >>r/raw.ndjson
	output=$(cat r/raw.ndjson)
	[ "$(of response .status | tr '\n' ' ')" = "cancelled skipped ok ok " ]
	[ "$(of response .req | sort -u | wc -l)" -eq 4 ]
}

@test "a server that stays busy is waited for as long as for a load, not for ever" {
	flaky busy:1000
	step '.timeouts.load_ns = 1000000000' >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[[ $stderr == *"HTTP 503"* ]]
	[ -z "$output" ]
}
