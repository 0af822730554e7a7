#!/usr/bin/env bats
# lmsdrive models, load, unload, doctor.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	cd "$BATS_TEST_TMPDIR"
	start_lmsim
}

teardown() {
	stop_lmsim
}

@test "models: one record each, with what the server tells" {
	run -0 --separate-stderr lmsdrive models --server "$SIM_URL"
	[ "$stderr" = "" ]
	[ "$(jq -r '[.key, .format, .size_bytes, .max_context_length, (.loaded_instances | length), .remote] | @csv' <<<"$output")" = \
'"sim-gguf","gguf",8388608,131072,0,false
"sim/sim-mlx","mlx",8388608,131072,0,false' ]
}

@test "models: what is in memory is not known where the list does not say it" {
	run -0 --separate-stderr lmsdrive models --server "$SIM_URL" --api openai
	[ "$(jq -c .loaded_instances <<<"$output")" = $'null\nnull' ]
	run -0 --separate-stderr lmsdrive models --server "$SIM_URL"
	[ "$(jq -c .loaded_instances <<<"$output")" = $'[]\n[]' ]
}

@test "load: prints what was loaded; options go to the server; unload takes it back" {
	run -0 --separate-stderr lmsdrive load --server "$SIM_URL" -c 2048 -o flash_attention=true sim-gguf
	[ "$(jq -r '[.type, .instance, .context_length, .status] | @csv' <<<"$output")" = '"load","sim-gguf",2048,"ok"' ]
	run -0 lmsdrive load --server "$SIM_URL" -o context_length=1024 sim/sim-mlx
	[ "$(jq -r .context_length <<<"$output")" -eq 1024 ]
	run -0 lmsdrive unload --server "$SIM_URL" sim-gguf
	run -0 lmsdrive unload --server "$SIM_URL" --all
	[ "$(jq -r .instance <<<"$output")" = sim/sim-mlx ]
	[ "$(lmsdrive models --server "$SIM_URL" | jq -r '.loaded_instances[]')" = "" ]
}

@test "load: a misspelt key gets the nearest one, an option the server refuses its words" {
	run -2 --separate-stderr lmsdrive load --server "$SIM_URL" sim-ggfu
	[[ $stderr == *"there is no model sim-ggfu; did you mean 'sim-gguf'?" ]]
	run -4 --separate-stderr lmsdrive load --server "$SIM_URL" -o parallel=4 sim-gguf
	[[ $stderr == *"was not loaded"*parallel* ]]
	[ "$output" = "" ]
	run -4 --separate-stderr lmsdrive unload --server "$SIM_URL" nothing-there
	[[ $stderr == *"nothing-there was not unloaded"* ]]
}

@test "usage: what is missing or too much, status 2" {
	run -2 --separate-stderr lmsdrive load --server "$SIM_URL"
	run -2 --separate-stderr lmsdrive load --server "$SIM_URL" a b
	run -2 --separate-stderr lmsdrive load --server "$SIM_URL" -c none sim-gguf
	[[ $stderr == *"--context-length: expected an integer of at least 1, got 'none'"* ]]
	run -2 --separate-stderr lmsdrive load --server "$SIM_URL" -o novalue sim-gguf
	run -2 --separate-stderr lmsdrive models --server ftp://x
	run -2 --separate-stderr lmsdrive models --api nope
	run -2 --separate-stderr lmsdrive models --all
	for c in models load unload doctor; do run -0 lmsdrive $c --help; done
}

@test "models with a full disk: said once, status 4" {
	run -4 --separate-stderr bash -c "lmsdrive models --server $SIM_URL >/dev/full"
	[[ $stderr == "lmsdrive: standard output: write error"* ]]
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "no server: one message, status 4" {
	for c in "models" "load x" "unload x"; do
		run -4 --separate-stderr lmsdrive $c --server http://127.0.0.1:9
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == *"lms server start"* ]]
	done
}

@test "doctor: the programs that variants start" {
	cat >suite.yaml <<-END
		pairs:
		  - name: one
		    variants:
		      gguf: {model: sim-gguf, server: {command: [lmsim, --port, "{port}"]}}
		      mlx: {model: sim-mlx, server: {command: [$BATS_TEST_TMPDIR/server, "{port}"]}}
		scenarios: [{hello: {prompts: [hi]}}]
	END
	printf 'hi: {text: hi}\n' >prompts.yaml
	: >scenarios.yaml
	run -1 --separate-stderr lmsdrive doctor suite.yaml
	[[ $output == *"ok    one gguf: starts /"*/lmsim* ]]
	[[ $output == *"FAIL  one mlx: there is no program $BATS_TEST_TMPDIR/server to start"* ]]
	[ "${lines[0]}" = "ok    configuration: suite.yaml, 2 variants" ]
	[ "${lines[${#lines[@]}-1]}" = "next: mend what FAIL says, then make doctor CONFIG=suite.yaml" ]
	ln -s "$(command -v lmsim)" server
	run -0 --separate-stderr lmsdrive doctor suite.yaml
	[[ $output == *"ok    one mlx: starts $BATS_TEST_TMPDIR/server"* ]]
	[ "${lines[${#lines[@]}-1]}" = "next: make suite CONFIG=suite.yaml" ]
	# As do those that load and unload.
	sed -i.bak 's/\[lmsim, --port, "{port}"\]}/&, load_command: [.\/loads, x], unload_command: [sh, -c, ":"]/' suite.yaml
	run -1 --separate-stderr lmsdrive doctor suite.yaml
	[[ $output == *"FAIL  one gguf: there is no program ./loads to load by"* ]]
	[[ $output == *"ok    one gguf: unloads by /"*/sh* ]]
}

@test "doctor: fine with a configuration whose models are there" {
	cat >suite.yaml <<-END
		server: {url: "$SIM_URL"}
		pairs:
		  - name: one
		    variants:
		      gguf: {model: sim-gguf, format: gguf}
		      mlx: {model: sim/sim-mlx, format: mlx}
		scenarios: [{hello: {prompts: [hi]}}]
	END
	echo 'hi: hello' >prompts.yaml
	run -0 --separate-stderr lmsdrive doctor suite.yaml
	[[ $output == *"ok    server: LM Studio 0.4.21 (a simulation) at $SIM_URL, lmstudio API"* ]]
	[[ $output == *"ok    one gguf: sim-gguf, gguf, Q4_K_M"* ]]
	[[ $output != *FAIL* ]]
	# A program is named as it was called, and can be typed so again.
	lmsdrive load --server "$SIM_URL" sim-gguf >/dev/null
	mkdir bin
	cp "$(command -v lmsdrive)" bin/lmsdrive
	for called in lmsdrive bin/lmsdrive ./bin/lmsdrive "$PWD/bin/lmsdrive"; do
		run -1 "$called" doctor suite.yaml
		[[ $output == *"not by us: ${called#"$PWD"/} unload sim-gguf, or"* ]]
	done
	run -1 "$(command -v lmsdrive)" doctor suite.yaml
	[[ $output == *"not by us: lmsdrive unload sim-gguf, or"* ]]
	lmsdrive unload --server "$SIM_URL" sim-gguf >/dev/null
	# What is missing, loaded or of the other format is told, status 1.
	sed 's/sim-gguf, format: gguf/sim-gguf, format: mlx/; s/model: sim.sim-mlx/model: not-there/' suite.yaml >bad.yaml
	lmsdrive load --server "$SIM_URL" sim-gguf >/dev/null
	run -1 --separate-stderr lmsdrive doctor bad.yaml
	[[ $output == *"FAIL  loaded: sim-gguf, and not by us"* ]]
	[[ $output == *"FAIL  one gguf: sim-gguf is gguf, the configuration says mlx"* ]]
	[[ $output == *"FAIL  one mlx: the server has no model not-there"* ]]
	# What to type next names the server where the configuration does not.
	run -1 --separate-stderr lmsdrive doctor --server "$SIM_URL" bad.yaml
	[ "${lines[${#lines[@]}-1]}" = "next: mend what FAIL says, then make doctor CONFIG=bad.yaml" ]
	run -1 --separate-stderr lmsdrive doctor --server http://127.0.0.1:9 bad.yaml
	[ "${lines[${#lines[@]}-1]}" = "next: mend what FAIL says, then make doctor CONFIG=bad.yaml SERVER=http://127.0.0.1:9" ]
}

@test "doctor: no server, status 1 and what to do; a broken configuration, status 2" {
	run -1 --separate-stderr lmsdrive doctor --server http://127.0.0.1:9
	[[ $output == *"FAIL  server: http://127.0.0.1:9: no server answers"*"lms server start"* ]]
	[ "${lines[0]}" = "ok    configuration: none was named, so only machine and server are looked at" ]
	[ "${lines[${#lines[@]}-1]}" = "next: mend what FAIL says, then make doctor SERVER=http://127.0.0.1:9" ]
	echo 'pears: 1' >bad.yaml
	run -2 --separate-stderr lmsdrive doctor bad.yaml
	[[ $stderr == "lmsdrive: bad.yaml:1:1: "* ]]
}
