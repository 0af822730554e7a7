bats_require_minimum_version 1.5.0

# make fleet over a real sshd on loopback: two machines that answer, one that
# is dead.

setup_file() {
	export TOP=$BATS_TEST_DIRNAME/../.. D=$BATS_FILE_TMPDIR
	unset MAKEFLAGS MFLAGS MAKELEVEL
	export SSHD
	SSHD=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v sshd) || return 0
	command -v parallel >/dev/null && command -v ssh-keygen >/dev/null || { SSHD=; return 0; }
	ssh-keygen -q -t ed25519 -N '' -f "$D/host"
	ssh-keygen -q -t ed25519 -N '' -f "$D/user"
	cp "$D/user.pub" "$D/authorized"
	cp "$TOP"/config/*.yaml "$D"
	sed -i.bak 's/rounds: 12/rounds: 2/' "$D/demo.yaml"
	"$LMG_BIN/lmsim" --port 0 --port-file "$D/sim.port" --models "$TOP/config/demo-models.yaml" >"$D/sim.log" 2>&1 3>&- &
	echo $! >"$D/sim.pid"
	# A port that is free: sshd takes none by itself.
	for ((port = 20000 + $$ % 20000; ; port++)); do
		printf 'Port %d\nListenAddress 127.0.0.1\nHostKey %s/host\nAuthorizedKeysFile %s/authorized\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n' \
		    "$port" "$D" "$D" >"$D/sshd_config"
		[ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
		"$SSHD" -D -e -f "$D/sshd_config" >"$D/sshd.log" 2>&1 3>&- &
		echo $! >"$D/sshd.pid"
		for _ in {1..50}; do grep -q 'Server listening' "$D/sshd.log" && break 2; kill -0 "$(cat "$D/sshd.pid")" 2>/dev/null || break; sleep 0.1; done
		[ "$port" -lt 40020 ] || { SSHD=; return 0; }
	done
	printf 'Host alpha beta\n  HostName 127.0.0.1\n  Port %d\nHost dead\n  HostName 127.0.0.1\n  Port 1\nHost *\n  IdentityFile %s/user\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n  BatchMode yes\n' \
	    "$port" "$D" >"$D/ssh_config"
	for _ in {1..50}; do [ -s "$D/sim.port" ] && break; sleep 0.1; done
}

teardown_file() {
	for f in sim sshd; do
		[ ! -s "$D/$f.pid" ] || kill "$(cat "$D/$f.pid")" 2>/dev/null || true
	done
}

setup() {
	[ -n "$SSHD" ] || skip "sshd or parallel is not installed"
}

fleet() {
	exec make -s -C "$TOP" fleet BIN="$LMG_BIN" FLEET_PATH="$LMG_BIN" FLEET_JOBS=1 SSH="ssh -F $D/ssh_config" \
	    CONFIG="$D/demo.yaml" SERVER="http://127.0.0.1:$(cat "$D/sim.port")" PAIR=llama-3.3-70b SCENARIO=cold_start "$@"
}

@test "every machine that answers is in one report, the dead one is a finding" {
	run -0 --separate-stderr fleet HOSTS="alpha dead beta" RESULTS="$BATS_TEST_TMPDIR/r" BUDGET=1h
	[[ $stderr == *"fleet: dead: ssh: connect to host 127.0.0.1 port 1"* ]]
	cd "$BATS_TEST_TMPDIR"/r/*-fleet || return
	[ "$(head -n 1 report.md)" = "# 3 runs side by side" ]
	grep -q '"budget_ns":3600000000000' plan.ndjson
	for h in alpha beta; do
		[ "$(grep -c "^| .llama-3.3-70b. | .*| .$h.: " report.md)" -eq 2 ]
		[ -s "$h/raw.ndjson" ] && [ -s "$h/report.html" ] && [ -s "$h/plan.ndjson" ]
		[ "$(tail -n 3 "$h/raw.ndjson" | grep -c '"type":"end"')" -ge 1 ]
	done
	grep -q '^| \*\*error\*\* | `host_unreachable` | 1 |  | no records came back: ssh: connect to host 127.0.0.1 port 1' report.md
	[ ! -e dead/raw.ndjson ]
	[ -s report.html ]
}

@test "when no machine answers it is a failure" {
	run -2 --separate-stderr fleet HOSTS=dead RESULTS="$BATS_TEST_TMPDIR/r"
	[[ $stderr == *"fleet: dead: ssh: connect"* && $stderr == *"Error 4"* ]]
	# By lmgauge, too, it has its report and its page.
	[ "$LMG_VARIANT" = release ] || return 0
	run -4 --separate-stderr "$TOP/bin/lmgauge" fleet HOSTS=dead SSH="ssh -F $D/ssh_config" RESULTS="$BATS_TEST_TMPDIR/l/" \
	    CONFIG="$D/demo.yaml" PAIR=llama-3.3-70b SCENARIO=cold_start
	[[ $stderr == "fleet: dead: ssh: connect"* ]]
	[ "${lines[1]}" = "report: $(echo "$BATS_TEST_TMPDIR"/l/*)/report.md" ]
	[ -s "$BATS_TEST_TMPDIR"/l/*/report.md ]
	! command -v cmark-gfm >/dev/null || [ -s "$BATS_TEST_TMPDIR"/l/*/report.html ]
}

@test "a host name that is an option or a path is refused" {
	run -2 --separate-stderr fleet HOSTS=-oProxyCommand=x RESULTS="$BATS_TEST_TMPDIR/r"
	[[ $stderr == *"'-oProxyCommand=x' is no host name"* ]]
	run -2 --separate-stderr fleet HOSTS=../x RESULTS="$BATS_TEST_TMPDIR/r"
	[[ $stderr == *"'../x' is no host name"* ]]
	[ ! -e "$BATS_TEST_TMPDIR/r" ]
}

@test "SIGTERM to its make alone: what came is in the report, the machine that was not begun is told apart" {
	fleet HOSTS="alpha beta" SCENARIO=memory_leak RESULTS="$BATS_TEST_TMPDIR/r" >"$BATS_TEST_TMPDIR/log" 2>&1 3>&- </dev/null &
	job=$!
	for _ in {1..200}; do grep -qs '"type":"response"' "$BATS_TEST_TMPDIR"/r/*/alpha/raw.ndjson && break; sleep 0.05; done
	kill $job
	wait $job || true
	# A make that ends by its signal does not wait for the report.
	for _ in {1..200}; do grep -q '^report: ' "$BATS_TEST_TMPDIR/log" && break; sleep 0.1; done
	cat "$BATS_TEST_TMPDIR/log"
	cd "$BATS_TEST_TMPDIR"/r/*-fleet || return
	grep -q '^fleet: alpha: its records broke off, ' "$BATS_TEST_TMPDIR/log"
	grep -qx 'fleet: beta: it was ended before it began' "$BATS_TEST_TMPDIR/log"
	[ -s alpha/report.md ] && [ ! -e beta/raw.ndjson ]
	grep -q 'no records came back: it was ended before it began' report.md
	# The server there hears that nobody reads any more, and unloads.
	for _ in {1..100}; do
		n=$(curl -s "http://127.0.0.1:$(cat "$D/sim.port")/api/v1/models" | jq '[.models[].loaded_instances[]] | length')
		[ "$n" -ne 0 ] || break
		sleep 0.1
	done
	[ "$n" -eq 0 ]
}
