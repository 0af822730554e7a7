#!/usr/bin/env bats
# TLS: verified, but for a server on this machine when the user says so.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	for program in socat openssl; do
		command -v $program >/dev/null || skip "$program is not installed"
	done
	cd "$BATS_TEST_TMPDIR"
	start_lmsim
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
	    -keyout key.pem -out cert.pem 2>/dev/null
	# socat says which port it was given
	socat -d -d "OPENSSL-LISTEN:0,bind=127.0.0.1,reuseaddr,fork,cert=cert.pem,key=key.pem,verify=0" \
	    "TCP:127.0.0.1:$SIM_PORT" 2>socat.log 3>&- &
	SOCAT_PID=$!
	for _ in {1..100}; do grep -q 'listening on' socat.log && break; sleep 0.05; done
	TLS_PORT=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' socat.log | head -n 1)
	SIM_URL=https://127.0.0.1:$TLS_PORT
}

teardown() {
	[ -z "${SOCAT_PID:-}" ] || kill "$SOCAT_PID" || true
	stop_lmsim
}

@test "a certificate that nobody signed is refused, with a line that says so and what can be done" {
	step >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ -z "$output" ]
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	[[ $stderr == "lmsdrive: $SIM_URL: the server's TLS certificate is not trusted ("*"insecure_loopback: true" ]]
	run -4 --separate-stderr lmsdrive models --server "$SIM_URL"
	[[ $stderr == *"TLS certificate is not trusted"* ]]
	# nothing of a request has come through
	[ ! -s "$SIM_TRUTH" ] || [ "$(grep -c '"type":"request"' "$SIM_TRUTH")" -eq 0 ]
}

@test "insecure_loopback: the same server is measured, the clock is the callback's" {
	{ load_step '.server.insecure_loopback = true'; step '.step = 2 | .server.insecure_loopback = true | .requests = 2'
	  load_step '.step = 3 | .op = "unload" | .server.insecure_loopback = true'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response '[.status, .completion_tokens] | @csv' | sort -u)" = '"ok",8' ]
	[ "$(of run .clock)" = callback ]
}
