#!/usr/bin/env bats
# lmsdrive init: from what a server lists to a suite that runs.

bats_require_minimum_version 1.5.0
load ../lib/common

setup() {
	cd "$BATS_TEST_TMPDIR"
	cat >models.yaml <<-'END'
		models:
		  - {key: one-1b@q4_k_m, format: gguf, quantization: Q4_K_M, bits_per_weight: 4.5, params: 1B, memory: 8MB}
		  - {key: mlx-community/one-1b-4bit, format: mlx, quantization: 4bit, bits_per_weight: 4.5, params: 1B, memory: 8MB}
		  - {key: two-30b-a3b-gguf, format: gguf, quantization: Q6_K, bits_per_weight: 6.5, params: 30B-A3B, memory: 24MB, max_context_length: 4096}
		  - {key: mlx-community/two-30b-a3b-4bit, format: mlx, quantization: 4bit, bits_per_weight: 4, params: 30B-A3B, memory: 16MB}
		  - {key: "odd \"name\": #1", format: gguf, quantization: F16, bits_per_weight: 16, params: 1B, memory: 8MB}
		  - {key: text-embedding-one, format: gguf, quantization: F16, bits_per_weight: 16, memory: 8MB}
	END
	start_lmsim --models models.yaml
	cp "$BATS_TEST_DIRNAME"/../../config/{scenarios,prompts}.yaml .
}

teardown() {
	stop_lmsim
}

# What lmsdrive plan makes of the file: the variants in their order.
variants() {
	lmsdrive plan "$@" | jq -rs 'map(select(.op == "load") | [.pair, .kind, .variant, .model, .format, .context_length] | map(tostring) | join(" ")) | unique_by(.) | .[]'
}

@test "init: the same model in two formats is a pair, the file is a suite that plans" {
	run -0 --separate-stderr lmsdrive init --server "$SIM_URL"
	[ "$output" = "" ]
	[ "$(variants my.yaml)" = "one-1b dense gguf one-1b@q4_k_m gguf 8192
one-1b dense mlx mlx-community/one-1b-4bit mlx 8192
two-30b-a3b moe gguf two-30b-a3b-gguf gguf 4096
two-30b-a3b moe mlx mlx-community/two-30b-a3b-4bit mlx 4096" ]
	# What is unequal is said, there and here, and what to type next.
	grep -q '# Not like for like: 6.5 against 4 bits per weight, 0.024 against 0.016 GB' my.yaml
	[[ $stderr == *"two-30b-a3b"*"(unequal: 6.5 against 4 bits per weight, 0.024 against 0.016 GB)"*"make suite CONFIG=my.yaml"* ]]
	# What has no partner is named; what generates no text is not.
	grep -qF '#   odd-name-1: odd "name": #1 (gguf)' my.yaml
	run -1 grep -q embedding my.yaml
	# It names every scenario that there is.
	run -0 comm -23 <(sed -n 's/^\([a-z_]*\):.*/\1/p' "$BATS_TEST_DIRNAME/../../config/scenarios.yaml" | sort) <(grep -oE '[a-z_]+' my.yaml | sort -u)
	[ "$output" = "" ]
	# A scenario is in it, or is also there.
	[ "$(grep -cw 'moe.*' <(sed -n '/^# From scenarios/,$p' my.yaml))" -eq 1 ]
	# The ladder ends where the smallest context does; the mixture's prompts are there.
	lmsdrive plan --summary my.yaml >/dev/null
	lmsdrive plan my.yaml | jq -es 'any(.[]; .scenario == "moe") and all(.[]; .prompt.tokens // 0 | . < 4096)'
	run lmsdrive doctor my.yaml	# the machine's disk may be full
	[[ $output == *"ok    one-1b gguf: one-1b@q4_k_m"* && $output != *"FAIL  one-1b"* && $output != *"FAIL  two-30b"* ]]
}

@test "init: pairs by name, models by key, whatever the key" {
	run -0 lmsdrive init --server "$SIM_URL" --pair two-30b-a3b --output a.yaml
	[ "$(variants a.yaml | cut -d ' ' -f 1 | uniq)" = two-30b-a3b ]
	grep -q '^#   one-1b: one-1b@q4_k_m (gguf), mlx-community/one-1b-4bit (mlx)' a.yaml
	run -0 lmsdrive init --server "$SIM_URL" --model 'odd "name": #1' --output b.yaml
	[ "$(variants b.yaml)" = 'odd-name-1 dense gguf odd "name": #1 gguf 8192' ]
	run -0 lmsdrive init --server "$SIM_URL" --model one-1b@q4_k_m --model 'odd "name": #1' --output c.yaml
	[ "$(variants c.yaml | cut -d ' ' -f 3 | tr '\n' ' ')" = "first second " ]
	run -0 --separate-stderr lmsdrive init --server "$SIM_URL" --pair one-1b --output -
	[[ $output == "# Made by \"lmsdrive init\" of what LM Studio 0.4.21 listed."* && $stderr == "" ]]
	! ls -- - 2>/dev/null
}

@test "init: a server that loads nothing has the context it tells, or none is taken for granted" {
	one='models: [{key: one, format: gguf, memory: 8MB, preloaded: true, max_context_length: 16384, context_length: 4096}]'
	stop_lmsim
	echo "server: {api: [openai], imitate: llama-server}
	$one" | sed 's/^\t//' >models.yaml
	start_lmsim --models models.yaml
	lmsdrive init --server "$SIM_URL" --model one --output told.yaml
	grep -q 'model: "one", .*load: {context_length: 4096}}' told.yaml
	grep -q 'context_stress: {warmup: 0, prompt_tokens: \[256, 512, 1000, 2000, max\]}' told.yaml
	run -0 lmsdrive doctor told.yaml
	stop_lmsim
	sed -i.bak 's/, imitate: llama-server//' models.yaml
	start_lmsim --models models.yaml
	lmsdrive init --server "$SIM_URL" --model one --output untold.yaml
	grep -q 'model: "one"' untold.yaml
	run ! grep 'context_length\|max' untold.yaml
	run -0 lmsdrive doctor untold.yaml
}

@test "init: a file that is there stays, unless --force" {
	mkdir config; echo mine >config/my.yaml
	run -2 --separate-stderr lmsdrive init --server "$SIM_URL"
	[ "$stderr" = "lmsdrive: config/my.yaml is there already: --force writes over it, --output FILE elsewhere" ]
	[ "$(cat config/my.yaml)" = mine ]
	run -0 lmsdrive init --server "$SIM_URL" --force
	grep -q '^pairs:' config/my.yaml
	[ ! -e config/my.yaml.tmp ]
	run -4 --separate-stderr lmsdrive init --server "$SIM_URL" --output none/x.yaml
	[ "$stderr" = "lmsdrive: none/x.yaml: No such file or directory" ]
	(ulimit -f 0; trap '' XFSZ; run -4 lmsdrive init --server "$SIM_URL" --force; [ ! -e config/my.yaml.tmp ])
	grep -q '^pairs:' config/my.yaml
}

@test "init: names that are not there, and nothing to pair" {
	run -2 --separate-stderr lmsdrive init --server "$SIM_URL" --pair one-1c
	[ "$stderr" = 'lmsdrive: --pair: none is named "one-1c"; did you mean "one-1b"' ]
	# No name is none of them, whatever stands between.
	run -2 --separate-stderr lmsdrive init --server "$SIM_URL" --pair ', ,'
	[ "$stderr" = 'lmsdrive: --pair: none is named ""; the first is "one-1b"' ]
	run -0 --separate-stderr lmsdrive init --server "$SIM_URL" --pair 'one-1b, two-30b-a3b' --output -
	[ "$(grep -c '  - name:' <<<"$output")" -eq 2 ]
	run -2 --separate-stderr lmsdrive init --server "$SIM_URL" --model one-1b@q4_k_n
	[[ $stderr == *"there is no model one-1b@q4_k_n; did you mean 'one-1b@q4_k_m'?"* ]]
	run -2 lmsdrive init --server "$SIM_URL" --model a --model b --model c
	run -4 lmsdrive init --server http://127.0.0.1:9
	[ ! -e my.yaml ]
	stop_lmsim
	sed -i.bak /mlx/d models.yaml
	start_lmsim --models models.yaml
	run -1 --separate-stderr lmsdrive init --server "$SIM_URL"
	[ "$stderr" = "lmsdrive: $SIM_URL: none of its models is there in two formats; lmsdrive init --model KEY [--model KEY] takes any (the first is odd \"name\": #1)" ]
}

@test "init on a terminal asks, and asks again; models there is a table" {
	command -v script >/dev/null || skip "script(1) is not installed"
	[ "$(uname -s)" = Linux ] || skip "another script(1)"
	printf '3\n,\n2\n' | script -qec "lmsdrive init --server $SIM_URL --output t.yaml" /dev/null >out
	[ "$(grep -c '1 to 2, with commas, or all' out)" -eq 2 ]
	[ "$(variants t.yaml | cut -d ' ' -f 1 | uniq)" = two-30b-a3b ]
	on_terminal "lmsdrive models --server $SIM_URL" | tr -d '\r' >table
	grep -qE '^model +format  quant     params         size    context$' table
	grep -qE '^one-1b@q4_k_m +gguf    Q4_K_M    1B +0\.0 GB +[0-9]+ *$' table
	on_terminal "lmsdrive models --json --server $SIM_URL" | head -n 1 | jq -e '.type == "model"'
}
