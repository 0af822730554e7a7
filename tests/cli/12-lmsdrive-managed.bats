#!/usr/bin/env bats
# A variant that names a command: its server is started before the load and
# stopped after the unload.

bats_require_minimum_version 1.5.0
load ../lib/common
load ../lib/lmsdrive

setup() {
	cd "$BATS_TEST_TMPDIR"
	SIM_URL=http://127.0.0.1:0
	# Like llama-server: one model, an OpenAI-compatible API, no load call.
	printf 'server: {api: [openai]}\nmodels:\n  - {key: sim-gguf, memory: 1MiB, load_time: 10ms}\n' >openai.yaml
	managed='.server.command = ["lmsim", "--port", "{port}", "--models", "openai.yaml"]'
}

# Is nothing left of the servers that listened on the ports in $output?
is_gone() {
	for port in $(of step .port | sort -u); do
		run -4 lmsdrive models --server "http://127.0.0.1:$port"
	done
}

@test "started for the load, on a free port, stopped for the unload, its log beside the run's" {
	{ load_step "$managed"; step ".step = 2 | .requests = 2 | $managed"; load_step ".step = 3 | .op = \"unload\" | $managed"; } >plan
	mkdir out
	run -0 --separate-stderr lmsdrive run -q --log out/run.log plan
	[ "$(of load 'select(.phase == "end").status')" = ok ]
	[ "$(of response '[.status, .completion_tokens] | @csv' | sort -u)" = '"ok",8' ]
	[ "$(of unload 'select(.phase == "end").status')" = ok ]
	[ "$(of step '.port > 0' | sort -u)" = true ]
	[ "$(of step '.server_url == "http://127.0.0.1:\(.port)"' | sort -u)" = true ]
	[ "$(codes)" = "simulated " ]
	grep -q 'listening on' out/server-gguf.log
	is_gone
}

@test "two variants, each with its server; what a filter took away is implied" {
	{ step "$managed"; step ".step = 2 | .variant = \"mlx\" | $managed | .server.command += [\"--seed\", \"2\"]"; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of step '[.op, .variant, .implied] | @csv' | tr '\n' ' ')" = '"load","gguf",true "request","gguf",false "unload","gguf",true "load","mlx",true "request","mlx",false "unload","mlx",true ' ]
	[ "$(of response .status | tr '\n' ' ')" = "ok ok " ]
	is_gone
}

@test "a server does not inherit the short slice that the driver reads with" {
	printf '#!/bin/sh\ngrep se.slice /proc/$PPID/sched >driver\ngrep se.slice /proc/$$/sched >server\nexec lmsim --port "$1" --models openai.yaml\n' >start
	step '.server.command = ["sh", "start", "{port}"]' >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	grep -q ' 100000$' driver || skip "Linux 6.12 gives slices of one's own"
	! grep -q ' 100000$' server
}

@test "a server with a load call of its own is used as such" {
	{ load_step '.server.command = ["lmsim", "--port", "{port}"] | .context_length = 1024'
	  step '.step = 2 | .server.command = ["lmsim", "--port", "{port}"]'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of load 'select(.phase == "end") | [.status, .context_length] | @csv')" = '"ok",1024' ]
	[ "$(of response .status)" = ok ]
	is_gone
}

# loading DURATION: a llama-server that loads for so long, as $SIM_URL does, in
# llama.yaml.
loading() {
	printf 'server: {api: [openai], imitate: llama-server, loading: %s}\nmodels:\n  - {key: sim-gguf, memory: 1MiB, load_time: 10ms, preloaded: true, context_length: 4096}\n' $1 >llama.yaml
}

@test "a llama-server that is loading, ours or not, is waited for, and its load ends then" {
	loading 700ms
	managed='.server.command = ["lmsim", "--port", "{port}", "--models", "llama.yaml"]'
	{ load_step "$managed"; step ".step = 2 | $managed"; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response .status)" = ok ]
	[ "$(of load 'select(.phase == "end") | [.status, .timed, .context_length, .server_name, .server_version] | @csv')" = '"ok",true,4096,"llama-server","b1-lmsim"' ]
	# it began before the server's clock did
	[ "$(jq -s 'map(select(.type == "load")) | (.[1].t_ns - .[0].t_ns) > 700000000' <<<"$output")" = true ]
	[ "$(codes)" = "simulated " ]
	loading 400ms
	start_lmsim --models llama.yaml
	{ load_step; step '.step = 2'; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response .status)" = ok ]
	[ "$(of load 'select(.phase == "end") | [.status, .timed, .context_length, .server_version] | @csv')" = '"ok",false,4096,"b1-lmsim"' ]
	stop_lmsim
}

@test "one that goes on loading is given up after timeouts.load" {
	loading 60s
	managed='.server.command = ["lmsim", "--port", "{port}", "--models", "llama.yaml"] | .timeouts.load_ns = 300000000'
	{ load_step "$managed"; step ".step = 2 | $managed"; } >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(codes)" = "load_failed simulated " ]
	[ "$(of load 'select(.phase == "end").error')" = "the server still loads its model (timeouts.load)" ]
	[ "$(of response .status)" = skipped ]
	is_gone
}

@test "a command that is not there, one that exits, one that never answers: load_failed, and why" {
	for c in '["no-such-server"]' '["false"]' '["sleep", "60"]'; do
		{ load_step ".server.command = $c | .timeouts.load_ns = 400000000"; step ".step = 2 | .server.command = $c"; } >plan
		run -4 --separate-stderr lmsdrive run -q --no-calibration plan
		[ "$(codes)" = "load_failed " ]
		[ "$(of response .status)" = skipped ]
		of load 'select(.phase == "end").error' >>errors
	done
	grep -q 'no-such-server: No such file' errors
	grep -q 'false exited with status 1' errors
	grep -q 'sleep does not answer in time' errors
}

@test "after SIGINT the server is stopped, too" {
	step "$managed"' | .prompt.text = "[[fault:hang_middle]]"' >plan
	lmsdrive run -q plan >out 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do grep -q '"kind":"content"' out && break; sleep 0.05; done
	kill -INT $pid
	rc=0; wait $pid || rc=$?
	[ "$rc" -eq 4 ]
	output=$(<out)
	[ "$(of unload 'select(.phase == "end").status')" = ok ]
	is_gone
}

@test "after SIGKILL of lmsdrive the server is stopped, too, and what it started" {
	printf '#!/bin/sh\nsleep 300 &\necho $! >child\nexec lmsim --port "$1" --models openai.yaml\n' >server
	step '.server.command = ["sh", "server", "{port}"] | .prompt.text = "[[fault:hang_middle]]"' >plan
	lmsdrive run -q plan >out 2>err 3>&- &
	pid=$!
	for _ in {1..100}; do grep -q '"kind":"content"' out && break; sleep 0.05; done
	kill -KILL $pid
	wait $pid || true
	for _ in {1..200}; do kill -0 "$(cat child)" 2>/dev/null || break; sleep 0.05; done
	run -1 kill -0 "$(cat child)"
	output=$(<out)
	is_gone
}

@test "a server that ended by itself: what it left behind is stopped" {
	printf '#!/bin/sh\nsleep 300 &\necho $! >child\necho loading\nprintf "error: no such option\\n\\n" >&2\nexit 3\n' >server
	step '.server.command = ["sh", "server"]' >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of load 'select(.phase == "end").error')" = "sh exited with status 3 before it answered" ]
	kill -KILL "$(cat child)" || true
	run -4 --separate-stderr lmsdrive run -q --no-calibration --log run.log plan
	[ "$(of load 'select(.phase == "end").error')" = "sh exited with status 3 before it answered; what it said is in server-gguf.log, last: error: no such option" ]
	for _ in {1..100}; do kill -0 "$(cat child)" 2>/dev/null || break; sleep 0.05; done
	run -1 kill -0 "$(cat child)"
}

@test "another server on the port: nothing is measured, and what to do" {
	start_lmsim --models openai.yaml
	step ".server.url = \"$SIM_URL\" | .server.command = [\"lmsim\", \"--port\", \"{port}\"]" >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response .status)" = skipped ]
	[ "$(of load 'select(.phase == "end").error')" = "$SIM_URL is in use already, by a server that this run has not started: stop that one, or give this one another port" ]
	grep -q listening "$BATS_TEST_TMPDIR/lmsim.log"
	stop_lmsim
}

@test "a server that dies in a visit is started again for the next" {
	visit() { load_step ".step = $1 | $managed"; step ".step = $1 + 1 | $managed | .prompt.text = \"$2\""; load_step ".step = $1 + 2 | .op = \"unload\" | $managed"; }
	{ visit 1 "[[fault:die]]"; visit 4 hello; } >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of response '[.step, .status] | @csv' | tail -n 1)" = '5,"ok"' ]
	[ "$(of note 'select(.code == "server_gone").step')" = 2 ]
}

@test "what the server is becomes known when it is up: in the load's record, and SIMULATED in the report" {
	{ load_step "$managed"; step ".step = 2 | $managed"; load_step ".step = 3 | .op = \"unload\" | $managed"; } >plan
	run -0 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of run '[.simulated, .server.api] | @json')" = '[null,null]' ]
	[ "$(of load 'select(.phase == "end") | [.simulated, .api, .server_name == "OpenAI-compatible, unknown (lmsim)", (.server_url | test("^http://127.0.0.1:[0-9]+$"))] | @json')" = '[true,"openai",true,true]' ] ||
	    { of load 'select(.phase == "end")'; false; }
	[ "$(of note 'select(.code == "simulated").step')" = 1 ]
	printf '%s\n' "$output" >raw
	[ "$(metricsagg <raw | jq -r 'select(.type == "run").simulated')" = true ]
	metricsagg <raw | mkreport >report.md
	grep -q SIMULATED report.md
	# what it is reaches the report, which the run record could not say
	[ "$(metricsagg <raw | jq -c 'select(.type == "run").models[0] | [.api, .server_name, (.server_url | test(":[0-9]+$"))]')" = '["openai","OpenAI-compatible, unknown (lmsim)",true]' ]
	metricsagg <raw | mkreport >report.md
	grep -q '^| Server | `OpenAI-compatible, unknown (lmsim)`' report.md
	grep -q '^| API | `openai`' report.md
	grep -q 'Server: `OpenAI-compatible, unknown (lmsim)`[. ]' report.md
	# the same records of a server that does not say so
	jq -c 'select(.code != "simulated")' raw | metricsagg | mkreport >real.md
	run -1 grep SIMULATED real.md
}

@test "memory is sampled from the start of the server, before it listens" {
	late='.server.command = ["sh", "-c", "sleep 1; exec lmsim --port \"$0\" --models openai.yaml", "{port}"]'
	{ load_step "$late"; step ".step = 2 | $late"; } >plan
	lmsdrive run -q --no-calibration plan | memsample -i 20ms >raw
	output=$(<raw)
	pid=$(of load 'select(.phase == "begin").pid')
	[ "$(of proc 'select(.event == "appear" and .role == "root").pid' | head -n 1)" = "$pid" ]
	[ "$(jq -s '(map(select(.type == "load" and .phase == "end"))[0].t_ns) > (map(select(.type == "proc" and .event == "appear"))[0].t_ns)' raw)" = true ]
	[ "$(of mem 'select(.rss_bytes > 0)' | wc -l)" -gt 0 ]
	# that it is not there before and after is as it should be
	[ "$(of note 'select(.code == "target_missing")')" = "" ]
	# in a recording the pid is somebody else's
	run -0 --separate-stderr memsample -i 20ms <<<"$(sed "s/\"pid\":$pid/\"pid\":$$/; s/\"boot_id\":\"[^\"]*\"/\"boot_id\":\"x\"/" raw | grep -v '"type":"proc"')"
	[ "$(of proc "select(.pid == $$)")" = "" ]
}

@test "mlx_lm.server answers before it has its model: the load ends with a first token" {
	printf 'server: {api: [openai], imitate: mlx_lm}\nmodels:\n  - {key: sim-gguf, memory: 1MiB, load_time: 700ms}\n  - {key: bad, memory: 1MiB, load_time: 10ms, faults: [load_failed]}\n' >openai.yaml
	{ load_step "$managed"; step ".step = 2 | $managed"
	  load_step ".step = 3 | .variant = \"b\" | .model = \"bad\" | $managed"; step ".step = 4 | .variant = \"b\" | .model = \"bad\" | $managed"; } >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of load 'select(.phase == "end") | [.status, .timed] | @csv' | tr '\n' ' ')" = '"ok",true "failed",true ' ]
	[ "$(jq -s 'map(select(.type == "load" and .step == 1)) | .[1].t_ns - .[0].t_ns > 700000000' <<<"$output")" = true ]
	[ "$(of response .status | tr '\n' ' ')" = "ok skipped " ]
	[ "$(codes)" = "load_failed simulated " ] || { codes; false; }
}

@test "a variant's own simulated server beside one that is not: the run is SIMULATED" {
	{ step ".server.command = [\"sh\", \"-c\", \"exit 3\"]"; step ".step = 2 | .variant = \"mlx\" | $managed"; } >plan
	run -4 --separate-stderr lmsdrive run -q --no-calibration plan
	[ "$(of load 'select(.phase == "end") | [.status, .simulated, .api] | @json' | tr '\n' ' ')" = '["failed",null,null] ["ok",true,"openai"] ' ]
	[ "$(metricsagg <<<"$output" | jq -r 'select(.type == "run").simulated')" = true ]
}

# What the memory of a variant is by phase: in MiB, of the counter.
phases() {
	jq -r --arg v "$1" 'select(.type == "memory" and .variant == $v and .counter == "anon")
	    | [.phase, (.max_bytes / 1048576 | floor), if .growth_bytes == null then "-" else (.growth_bytes / 1048576 | floor) end] | @tsv' metrics
}

@test "its memory by phase: nothing before the load and after the unload, and that is known" {
	[ "$(uname -s)" = Linux ] || skip "the counters of Linux"
	cat >suite.yaml <<-END
		memory: {interval: 10ms}
		order: {rounds: 3, idle: 100ms}
		pairs:
		  - name: p
		    variants:
		      a: {model: a, server: {command: [lmsim, --port, "{port}", --models, a.yaml]}}
		      b: {model: b, server: {command: [lmsim, --port, "{port}", --models, b.yaml]}}
		scenarios: [{s: {prompts: [q], repeat: 3, warmup: 0, max_tokens: 64}}]
	END
	printf 'q: {text: hello}\n' >prompts.yaml
	: >scenarios.yaml
	printf 'server: {api: [openai]}\nmodels: [{key: a, format: mlx, memory: 48MiB, load_time: 50ms, decode_tps: 1000, preloaded: true}]\n' >a.yaml
	sed 's/a, format/b, format/; s/48MiB/24MiB/' a.yaml >b.yaml
	lmsdrive plan suite.yaml >plan
	lmsdrive run -q --no-calibration plan | memsample | tee raw | metricsagg >metrics
	# MiB of the weights, there when it answers, and some of the server's own.
	for v in a b; do
		phases $v >got
		cat got
		[ "$(awk '$1 == "baseline" { print $2 }' got)" -eq 0 ]
		[ "$(awk '$1 == "after_unload" { print $2, $3 }' got)" = "0 0" ]
		awk -v w=$([ $v = a ] && echo 48 || echo 24) '$1 == "decode" { n++; bad += $2 < w || $2 > w + 20 || $3 < w || $3 > w + 20 }
		    $1 == "load" || $1 == "whole" { n++; bad += $2 > w + 20 } END { exit bad || n < 2 }' got	# a short load may have no sample
	done
	[ "$(jq -r 'select(.type == "memory" and .phase == "after_unload" and .counter == "anon") | [.variant, .visits, .trend_bytes_per_load, .p50_bytes] | @tsv' metrics)" = $'a\t3\t0\t0\nb\t3\t0\t0' ]
	mkreport --details metrics >details
	grep -q 'after the unload' details
}

# stand_in NAME ALIAS-OPTION IMITATED: a program of this name in bin, whose model has the name
# behind the option, else that of its file.
stand_in() {
	cat >"bin/$1" <<-END
		#!/bin/sh
		while [ \$# -gt 0 ]; do
			case \$1 in -m) : "\${key:=\$2}" ;; $2) key=\$2 ;; --port) port=\$2 ;; esac
			shift 2
		done
		printf 'server: {api: [openai], imitate: $3, lenient_names: true}\nmodels: [{key: "%s", memory: 1MiB, load_time: 10ms, preloaded: true}]\n' "\$key" >\$port.yaml
		exec lmsim --port "\$port" --models "\$port.yaml"
	END
	chmod +x "bin/$1"
}

@test "the example of lmgauge-config(5) runs as it is written, and with a llama-server without --alias" {
	mkdir bin
	stand_in llama-server --alias llama-server
	stand_in mlx_lm.server --model mlx_lm
	PATH=$PWD/bin:$PATH
	cp "$BATS_TEST_DIRNAME"/../../config/{scenarios,prompts}.yaml .
	awk '/^MLX against GGUF without/ { on = 1 } on && /^\.Ed/ { exit } on > 1; on && /^\.Bd/ { on = 2 }' \
	    "$BATS_TEST_DIRNAME/../../src/lmsdrive/lmgauge-config.5" >example.yaml
	grep -q 'alias, tiny-1b' example.yaml
	sed 's/--alias, tiny-1b, //; s|tiny-1b.gguf|/models/tiny-1b.gguf|' example.yaml >file.yaml
	for config in example file; do
		lmsdrive plan --blocks 1 $config.yaml | jq -c 'select(.op != "request" or .warmup) | select(.op != "idle") | if .sampling then .sampling.max_tokens = 8 else . end' >plan
		run -0 --separate-stderr lmsdrive run -q --no-calibration plan
		[ "$(of load 'select(.phase == "end").status' | sort -u)" = ok ]
		[ "$(of response '[.status, .model_served] | @csv' | sort -u | wc -l)" -eq $([ $config = example ] && echo 1 || echo 2) ]
		[ "$(of response .status | sort -u)" = ok ]
		[[ "$(codes)" != *model* ]]
	done
}
