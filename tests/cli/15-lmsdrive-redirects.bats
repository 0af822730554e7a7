#!/usr/bin/env bats
# A server that sends its clients elsewhere, and a proxy: the second host sees nothing, not
# a connection, and the token goes to the configured host alone.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	cd "$BATS_TEST_TMPDIR"
	printf 'server: {auth: sk-lm-secret}\nmodels:\n  - {key: sim-gguf, format: gguf, memory: 1MiB, load_time: 10ms}\n' >models.yaml
	start_lmsim --models models.yaml
	export LM_API_TOKEN=sk-lm-secret
}

teardown() {
	end_redirect
	stop_lmsim
}

# redirect STATUS SCHEME PATH: SIM_URL is that of a way to lmsim on which
# requests for PATH are sent to a second host, SECOND.
redirect() {
	end_redirect
	rm -f redirect-port
	# loaded by a request: a list that leads elsewhere makes it an older API
	lmsdrive unload --all --server "http://127.0.0.1:$SIM_PORT" >/dev/null
	"$LMG_BUILD/helpers/redirect" redirect-port witness "$SIM_PORT" "$@" 2>away 3>&- &
	REDIRECT_PID=$!
	for _ in {1..100}; do [ -s redirect-port ] && break; sleep 0.02; done
	SIM_URL=http://127.0.0.1:$(sed -n 1p redirect-port)
	SECOND=$(sed -n 2p redirect-port)
}

end_redirect() {
	[ -z "${REDIRECT_PID:-}" ] || kill -- "-$REDIRECT_PID" || true
	REDIRECT_PID=
}

# A whole run: list, load, chat, runtime question, unload.
whole_run() {
	{ load_step "$1"; step ".step = 2 | $1"; load_step '.step = 3 | .op = "unload" | '"$1"; } >plan
	lmsdrive run --no-calibration -v --log log plan >raw.ndjson 2>err
}

# A request was sent away, and nobody went there.
nothing_leaked() {
	[ -s away ]
	[ ! -s witness ] || { cat witness; return 1; }
	! grep -r sk-lm-secret raw.ndjson err log plan
}

@test "the second host is there, and would tell" {
	redirect 307 http: /api/v1/models
	exec 4<>"/dev/tcp/${SECOND%:*}/${SECOND#*:}"
	echo hello >&4
	exec 4>&-
	for _ in {1..100}; do grep -q hello witness && break; sleep 0.02; done
	[ "$(cat witness)" = $'a connection\nhello' ]
	[ "$(sed -n 2p redirect-port)" != "127.0.0.1:$(sed -n 1p redirect-port)" ]
}

@test "no call of a run follows a redirect: list, load, chat, runtime, unload" {
	for path in /lmstudio-greeting /api/v1/models /api/v1/models/load /api/v1/chat /api/v0/chat/completions \
	    /api/v1/models/unload; do
		for status in 301 302 303 307 308; do
			redirect $status http: $path
			whole_run . || [ -s err ]
			nothing_leaked
		done
	done
	# what is sent elsewhere is an answer like any that is not 2xx
	redirect 307 http: /api/v1/chat
	whole_run .
	[ "$(jq -r 'select(.type == "response") | .status, .http' raw.ndjson | tr '\n' ' ')" = "http_error 307 " ]
	nothing_leaked
}

@test "nor across schemes, nor without one" {
	for scheme in https: http: ""; do
		for path in /api/v1/models /api/v1/chat; do
			redirect 308 "$scheme" $path
			whole_run . || [ -s err ]
			nothing_leaked
		done
	done
}

@test "nor in the other dialects" {
	for api in openai:/v1/models openai:/v1/chat/completions lmstudio-v0:/api/v0/models \
	    lmstudio-v0:/api/v0/chat/completions; do
		redirect 302 http: "${api#*:}"
		whole_run '.server.api = "'"${api%%:*}"'" | .server.keep_loaded = true' || [ -s err ]
		nothing_leaked
	done
}

@test "nor do models, load, unload and doctor" {
	for path in /lmstudio-greeting /api/v1/models; do
		redirect 307 http: $path
		for call in models "load sim-gguf" "unload sim-gguf" doctor; do
			: >away
			# shellcheck disable=SC2086
			lmsdrive $call --server "$SIM_URL" >raw.ndjson 2>err </dev/null || [ -s err ] || [ -s raw.ndjson ]
			nothing_leaked
		done
	done
}

@test "a proxy: the user's no_proxy holds, and what is on this machine never goes there" {
	redirect 307 http: /nothing
	export http_proxy="http://$SECOND"
	no_proxy=other.invalid timeout 20 lmsdrive models --server http://far.invalid:1234 >/dev/null 2>&1 || true
	grep -q 'GET http://far.invalid:1234/' witness
	: >witness
	no_proxy=other.invalid,far.invalid run -4 --separate-stderr timeout 20 \
	    lmsdrive models --server http://far.invalid:1234
	for host in 127.0.0.1 localhost 127.1 0x7f000001 2130706433 0.0.0.0 0; do
		no_proxy=other.invalid lmsdrive models --server "http://$host:$SIM_PORT" | grep -q sim-gguf
	done
	no_proxy=other.invalid timeout 20 lmsdrive models --server http://127.0.0.2:9 >/dev/null 2>&1 || true
	[ ! -s witness ] || { cat witness; return 1; }
}

# proxied URL [NAME=VALUE...]: the run record's proxy and the codes of the notes of a run
# against URL, in this environment; lmsim is at PORT, there and in what is told.
proxied() {
	load_step '.server = {url: "'"${1/PORT/$SIM_PORT}"'", keep_loaded: true}' >plan
	shift
	env "${@/PORT/$SIM_PORT}" lmsdrive run -q --no-calibration plan >raw.ndjson
	jq -rs '.[0].server.proxy, (map(select(.type == "note").code) - ["simulated"])[]' raw.ndjson |
	    sed "s/$SIM_PORT/PORT/" | tr '\n' ' '
}

@test "a proxy on the way is recorded, without its password, and is a finding; none where there is none" {
	local far=http://far.invalid:1234
	[ "$(proxied $far http_proxy=http://me:se-cret@127.0.0.1:PORT)" = "127.0.0.1:PORT proxy " ]
	[[ "$(jq -r 'select(.code == "proxy").message' raw.ndjson)" == "$far is reached through the proxy 127.0.0.1:"*": its time is in every figure"* ]]
	run -1 grep se-cret raw.ndjson
	metricsagg raw.ndjson | mkreport | grep -q 'its time is in every figure'
	[ "$(proxied $far http_proxy=127.0.0.1:PORT/)" = "127.0.0.1:PORT proxy " ]
	[ "$(proxied $far http_proxy= all_proxy=http://localhost:PORT)" = "localhost:PORT proxy " ]
	# Whose memory is out of reach, before anything is measured.
	run env http_proxy=127.0.0.1:$SIM_PORT lmsdrive doctor --server $far
	[[ $'\n'$output$'\n' == *$'\n'"warn  memory: $far is on another machine: only this machine's own memory is sampled; to measure its, run lmgauge there, or from here by make fleet HOSTS=NAME (through ssh)"$'\n'* ]]
	# Set, and not used: on this machine; left out by no_proxy.
	[ "$(proxied http://127.0.0.1:PORT http_proxy=http://127.0.0.1:9)" = "null " ]
	[ "$(proxied http://0.0.0.0:PORT http_proxy=http://127.0.0.1:9)" = "null " ]
	[ "$(proxied http://0.0.0.0.invalid:1234 http_proxy=http://127.0.0.1:PORT)" = "127.0.0.1:PORT proxy " ]
	run -4 --separate-stderr env http_proxy="http://me:se-cret@127.0.0.1:$SIM_PORT" lmsdrive models --server http://far.invalid/elsewhere
	[[ $stderr == *"; it is asked through the proxy 127.0.0.1:"*", which no_proxy leaves out" ]]
	# What libcurl says of one that it cannot read holds the password.
	http_proxy=http://me:se-cret@two@127.0.0.1:9 run -4 --separate-stderr lmsdrive models --server $far
	[[ $stderr == *"the proxy that http_proxy, https_proxy or all_proxy names is not found, or no address"* ]]
	[[ $stderr != *cret* ]]
}
