#!/usr/bin/env bats
# memsample before servers of more than one process, laid out as LM Studio's.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	STARTED='' PORT=0
	home=$PWD/home/.lmstudio
	mkdir -p "$home/llmster" "$home/.internal/utils" elsewhere
	cp "$LMG_BUILD/helpers/mem_listen" "$home/llmster/llmster"
	cp "$(readlink -f "$(command -v sleep)")" "$home/.internal/utils/node"
	cp "$(readlink -f "$(command -v sleep)")" elsewhere/node
}

teardown() {
	exec 9>&-
	for pid in $STARTED; do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

wait_until() {
	for _ in {1..100}; do eval "$1" && return; sleep 0.1; done
	return 1
}

# start_daemon [PORT]: llmster, commanded by file descriptor 9.
start_daemon() {
	rm -f commands port
	mkfifo commands
	"$home/llmster/llmster" port "$@" <commands >/dev/null 2>&1 3>&- &
	DAEMON=$!
	STARTED="$STARTED $!"
	exec 9>commands
	wait_until '[ -s port ]'
	PORT=$(cat port)
}

@test "LM Studio: the daemon is the root, its worker a child, a worker left behind is found by its path" {
	[ "$(uname -s)" = Linux ] || skip "copies of programs do not run on a Mac"
	start_daemon
	"$home/.internal/utils/node" 100 3>&- 9>&- &
	orphan=$!
	elsewhere/node 100 3>&- 9>&- &
	STARTED="$STARTED $orphan $!"
	memsample --alone --port "$PORT" -i 50ms --for 300ms >out 9>&-
	jq -es --argjson daemon "$DAEMON" --argjson orphan "$orphan" '
		map(select(.type == "proc" and .event == "appear"))
		| length == 3
		and any(.pid == $daemon and .role == "root" and (.exe | endswith("/.lmstudio/llmster/llmster")))
		and any(.ppid == $daemon and .role == "child")
		and any(.pid == $orphan and .role == "child" and .name == "node")' out
}

@test "LM Studio: the daemon dies and comes back on its port: sampling follows, and names the new root" {
	[ "$(uname -s)" = Linux ] || skip "copies of programs do not run on a Mac"
	start_daemon
	"$home/.internal/utils/node" 100 3>&- 9>&- &
	orphan=$!
	STARTED="$STARTED $orphan"
	memsample --alone --port "$PORT" -i 50ms >out 3>&- 9>&- &
	sampler=$!
	STARTED="$STARTED $sampler"
	wait_until 'grep -q cost_ns out'
	kill -KILL "$DAEMON"
	wait_until 'grep -q target_missing out'
	exec 9>&-
	start_daemon "$PORT"
	wait_until 'grep -q root_back out'
	kill -INT "$sampler"
	wait "$sampler"
	jq -es --arg daemon "$DAEMON" --argjson orphan "$orphan" '
		any(.code == "root_back" and (.message | endswith("sampling process " + $daemon)))
		# In a container nobody may ask how it ended.
		and (map(select(.type == "proc" and .event == "exit" and .role == "root"))[0].signal as $signal
		    | any(.code == "root_exit" and (.message | endswith(if $signal == 9 then "killed by signal 9" else "it is not known how" end))))
		and (map(select(.type == "mem"))[-1].pids | contains([$orphan, ($daemon | tonumber)]))' out
}
