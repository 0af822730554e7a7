#!/usr/bin/env bats
# lmsdrive plan: what it says, and what it says when something is wrong.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR"
	cat >prompts.yaml <<-'END'
		hi: Say hello.
		pun: {domain: creative, text: Make a pun.}
	END
	cat >scenarios.yaml <<-'END'
		simple_gen: {prompts: [hi], repeat: 4}
		ladder: {prompt_tokens: [100, 200], repeat: 2}
		long: {prompts: [hi], repeat: 500}
	END
	cat >suite.yaml <<-'END'
		order: {blocks: 2, idle: 1s}
		results: out/runs
		pairs:
		  - name: one
		    variants: {gguf: {model: m1, format: gguf}, mlx: {model: m2, format: mlx}}
		  - name: two
		    variants: {gguf: {model: n1}, mlx: {model: n2}}
		scenarios: [simple_gen, ladder]
	END
}

# refused STATUS-LINE...: the suite on stdin is refused with exactly these
# lines on stderr, and nothing on stdout.
refused() {
	cat >bad.yaml
	run -2 --separate-stderr lmsdrive plan bad.yaml
	[ -z "$output" ]
	local want
	want=$(printf 'lmsdrive: bad.yaml:%s\n' "$@")
	diff <(echo "$want") <(echo "$stderr")
}

PAIR='pairs: [{name: p, variants: {a: {model: m}}}]'

@test "plan: every line is a plan step, numbered from 1, complete in itself" {
	lmsdrive plan suite.yaml >plan
	[ "$(jq -s 'map(.step) == [range(1; length + 1)]' plan)" = true ]
	[ "$(jq -s 'all(.type == "plan" and .v == 1 and .model and .server.url
	    and .timeouts.load_ns and .config_sha256)' plan)" = true ]
	[ "$(jq -s 'map(select(.op == "request")) | all(.prompt.text and .sampling.max_tokens)' plan)" = true ]
}

@test "plan: the variants of a pair get the same texts, each text once" {
	lmsdrive plan suite.yaml | jq -c 'select(.op=="request" and .pair=="one") |
	    [.variant, .scenario, .rep, .warmup, .prompt.seed, .prompt.words]' >req
	diff <(grep gguf req | cut -d, -f2- | sort) <(grep mlx req | cut -d, -f2- | sort)
	[ "$(grep -c gguf req)" -eq $((2 + 4 + 2 + 2 * 2)) ]
	[ "$(grep gguf req | cut -d, -f5 | sort | uniq -d | wc -l)" -eq 0 ]
}

@test "plan: loads come in ABBA order and every load is unloaded" {
	run -0 bash -c 'lmsdrive plan suite.yaml | jq -r "select(.op==\"load\" or .op==\"unload\") |
	    select(.pair==\"one\") | .op + \" \" + .variant" | paste -sd,'
	[ "$output" = "load gguf,unload gguf,load mlx,unload mlx,load mlx,unload mlx,load gguf,unload gguf" ]
}

@test "plan: the same configuration gives the same bytes, another seed other texts" {
	lmsdrive plan suite.yaml >a
	lmsdrive plan suite.yaml >b
	cmp a b
	lmsdrive plan --seed 7 suite.yaml >c
	diff <(jq -c 'del(.prompt.seed)' a) <(jq -c 'del(.prompt.seed)' c)
	[ "$(jq -c .prompt.seed a | grep -vc null)" -gt 0 ]
	run ! cmp -s a c
}

@test "plan: a selection is a part of the whole plan, with the same texts and blocks" {
	lmsdrive plan suite.yaml | jq -c 'select(.pair=="two" and .variant=="mlx" and .scenario=="ladder") | del(.step)' >want
	lmsdrive plan --pair two --variant mlx --scenario ladder suite.yaml |
	    jq -c 'select(.scenario) | del(.step)' >got
	diff want got
	[ -s got ]
}

@test "plan: names may be repeated or listed with commas" {
	lmsdrive plan -p one,two -v mlx -v gguf -s simple_gen,ladder suite.yaml >a
	lmsdrive plan suite.yaml >b
	cmp a b
}

@test "plan: a scenario that the suite does not list can be asked for" {
	run -0 bash -c 'lmsdrive plan -s long -p one suite.yaml | jq -r "select(.op==\"request\" and (.warmup|not)) | .scenario" | sort | uniq -c'
	[ "$(echo $output)" = "1000 long" ]
}

@test "plan --server: replaces the suite's address, without a slash at the end" {
	run -0 bash -c 'lmsdrive plan --server http://127.0.0.1:4321/ suite.yaml | jq -r .server.url | sort -u'
	[ "$output" = http://127.0.0.1:4321 ]
}

@test "plan --blocks: another number of visits, the same number of requests" {
	for b in 1 2 3; do
		lmsdrive plan --blocks $b suite.yaml >plan
		[ "$(jq -c 'select(.op=="load")' plan | wc -l)" -eq $((b == 3 ? 12 : 4 * b)) ]
		[ "$(jq -c 'select(.op=="request" and (.warmup|not))' plan | wc -l)" -eq 32 ]
	done
}

@test "plan --print results: the folder and nothing else" {
	run -0 --separate-stderr lmsdrive plan --print results suite.yaml
	[ "$output" = out/runs ]
	[ -z "$stderr" ]
}

@test "plan --summary: a table that adds up" {
	run -0 lmsdrive plan --summary suite.yaml
	[ "$(echo ${lines[0]})" = "pair variant scenario steps loads requests warm-up prompt tok output tok" ]
	[ "$(awk '$1 == "one" || $1 == "two" { n += $4 } END { print n }' <<<"$output")" = "$(lmsdrive plan suite.yaml | wc -l)" ]
	[[ "$output" == *"73 steps, 8 loads, 48 requests"* ]]
	[[ "$output" != *"note:"* ]]
	run -0 lmsdrive plan --summary --blocks 1 suite.yaml
	[[ "$output" == *"note: with this order, variants that come later are measured on a warmer machine"* ]]
}

@test "plan --summary: what leak the plan would find" {
	mkdir shipped; cd shipped
	cp "$BATS_TEST_DIRNAME"/../../config/{scenarios,prompts}.yaml .
	cat >leak.yaml <<-END
		pairs: [{name: p, variants: {a: {model: m}, b: {model: n}}}]
		scenarios: [memory_leak, soak, simple_gen]
	END
	run -0 lmsdrive plan --summary leak.yaml
	[ "$(grep -c '^memory_leak: ' <<<"$output")" -eq 1 ]
	[[ "$output" == *$'\nmemory_leak: 60 requests find a leak of 1 MiB a request in about 93 of 100 runs\nsoak: 500 requests find a leak of 1 MiB a request in about 99 of 100 runs\n'* ]]
	sed 's/memory_leak, soak/{memory_leak: {repeat: 25}}/' leak.yaml >short.yaml
	run -0 lmsdrive plan --summary short.yaml
	[[ "$output" == *$'\nmemory_leak: 25 requests find a leak of 1 MiB a request in about 46 of 100 runs\n'* ]]
	run -0 lmsdrive plan --summary -s simple_gen leak.yaml
	[[ "$output" != *"find a leak"* ]]
}

@test "plan --summary: how long 4, 8 and all rounds of each pair take; rounds is what blocks was called" {
	cat >rounds.yaml <<-END
		order: {rounds: 10, idle: 1s}
		pairs: [{name: p, variants: {a: {model: m}, b: {model: n}}}]
		scenarios: [{simple_gen: {prompts: [hi], repeat: 30, warmup: 0, max_tokens: 400}}]
	END
	run -0 lmsdrive plan --summary rounds.yaml
	# A visit: 3 answers of 400 tokens at 20 per second, and 1 s idle.
	[[ "$output" == *$'\np: 4 rounds about 8 min, 8 rounds about 16 min, 10 rounds about 20 min\n'* ]]
	lmsdrive plan rounds.yaml >rounds
	sed 's/rounds:/blocks:/' rounds.yaml >blocks.yaml
	lmsdrive plan blocks.yaml >blocks
	[ "$(jq -s 'map(select(.op == "load")) | length' rounds)" -eq 20 ]
	diff <(jq -c 'del(.config, .config_sha256, .plan_sha256)' rounds) <(jq -c 'del(.config, .config_sha256, .plan_sha256)' blocks)
}

@test "plan --budget: the pairs take turns, first with what decides, then with the rest" {
	cat >budget.yaml <<-END
		order: {rounds: 2, idle: 0}
		pairs: [{name: p, variants: {a: {model: m}, b: {model: n}}}, {name: q, variants: {a: {model: o}, b: {model: r}}}]
		scenarios: [{other: {prompts: [hi], repeat: 4}}, {simple_gen: {prompts: [hi], repeat: 2}}, {whole: {prompts: [hi], blocks: whole}}]
	END
	lmsdrive plan --budget 45m budget.yaml >plan
	[ "$(jq -s 'map(.budget_ns) | unique' -c plan)" = '[2700000000000]' ]
	# What does not decide has rounds behind the others', and counts: 24 answers a pair.
	run -0 lmsdrive plan --budget 45m --summary budget.yaml
	[[ $output == *" about 10 min without loading"*$'\np: 2 rounds about 5 min\nq: 2 rounds about 5 min\n'* ]]
	[ "$(jq -r 'select(.rep == 1 or .rep == 2) | [.block, .pair, .variant, .scenario] | join(" ")' plan | uniq)" = "1 p a simple_gen
1 p b simple_gen
1 q a simple_gen
1 q b simple_gen
2 p b simple_gen
2 p a simple_gen
2 q b simple_gen
2 q a simple_gen
3 p a other
3 p a whole
3 p b other
3 p b whole
3 q a other
3 q a whole
3 q b other
3 q b whole" ]
	lmsdrive plan budget.yaml | jq -Sc 'del(.step, .block, .budget_ns)' | sort >without
	jq -Sc 'select(.op == "request") | del(.step, .block, .budget_ns)' plan | sort | comm -23 - without >other
	[ ! -s other ]
	sed -i.bak 's/rounds: 2/rounds: 2, budget: 45m/' budget.yaml
	lmsdrive plan budget.yaml | jq -c 'del(.config_sha256)' | diff <(jq -c 'del(.config_sha256)' plan) -
	run -2 --separate-stderr lmsdrive plan --budget 45 budget.yaml
	[[ $stderr == "lmsdrive: --budget: expected a duration of at least 1s, as in 100ms or 45m, got '45'"* ]]
}

@test "plan: filtered by jq, head and shuf it is still a plan" {
	lmsdrive plan suite.yaml | jq -c 'select(.op=="request") | .sampling.max_tokens=16 | .prompt.text="Count to ten."' | head -3 >plan
	[ "$(wc -l <plan)" -eq 3 ]
	[ "$(jq -s 'map(.sampling.max_tokens) | unique' -c plan)" = "[16]" ]
}

@test "plan: an unknown name names the nearest" {
	run -2 --separate-stderr lmsdrive plan --pair oen suite.yaml
	[ "$stderr" = "lmsdrive: --pair: there is no pair 'oen'; did you mean 'one'?" ]
	run -2 --separate-stderr lmsdrive plan --variant gugf suite.yaml
	[ "$stderr" = "lmsdrive: --variant: there is no variant 'gugf'; did you mean 'gguf'?" ]
	run -2 --separate-stderr lmsdrive plan --scenario simple-gen suite.yaml
	[ "$stderr" = "lmsdrive: --scenario: there is no scenario 'simple-gen'; did you mean 'simple_gen'?" ]
	run -2 --separate-stderr lmsdrive plan --scenario zzzzzzzz suite.yaml
	[ "$stderr" = "lmsdrive: --scenario: there is no scenario 'zzzzzzzz'; the first is 'simple_gen', see 'lmsdrive plan --summary'" ]
	[ -z "$output" ]
}

@test "plan: wrong options" {
	run -2 --separate-stderr lmsdrive plan --bogus suite.yaml
	[ "$stderr" = "lmsdrive: plan: there is no option '--bogus'
Try 'lmsdrive plan --help'." ]
	run -2 --separate-stderr lmsdrive plan suite.yaml --seed
	[ "${stderr_lines[0]}" = "lmsdrive: plan: a value is missing behind '--seed'" ]
	run -2 --separate-stderr lmsdrive plan suite.yaml --summary=yes
	[ "${stderr_lines[0]}" = "lmsdrive: plan: no value is taken by '--summary=yes'" ]
	run -2 --separate-stderr lmsdrive plan --se=1 suite.yaml
	[ "${stderr_lines[0]}" = "lmsdrive: plan: more than one option begins with '--se=1'" ]
	run -2 --separate-stderr lmsdrive plan --seed= suite.yaml
	[ "${stderr_lines[0]}" = "lmsdrive: --seed: expected an integer of at least 0, got ''" ]
	run -2 --separate-stderr lmsdrive run --log= suite.yaml
	[ "${stderr_lines[0]}" = "lmsdrive: --log: expected FILE, got ''" ]
	run -2 --separate-stderr lmsdrive calibrate --gap 1h
	[ "${stderr_lines[0]}" = "lmsdrive: --gap: expected no more than the duration, in which nothing would come" ]
	run -2 --separate-stderr lmsdrive -x plan
	[ "${stderr_lines[0]}" = "lmsdrive: there is no option '-x'" ]
	[ "$(lmsdrive -V)" = "$(lmsdrive --version)" ]
	run -2 --separate-stderr lmsdrive run -kx
	[ "$stderr" = "lmsdrive: run: there is no option '-x'
Try 'lmsdrive run --help'." ]
	run -2 --separate-stderr lmsdrive plan --seed 1.5 suite.yaml
	[ "${stderr_lines[0]}" = "lmsdrive: --seed: expected an integer of at least 0, got '1.5'" ]
	run -2 --separate-stderr lmsdrive plan --print files suite.yaml
	[ "${stderr_lines[0]}" = "lmsdrive: --print: expected results, got 'files'" ]
	run -2 --separate-stderr lmsdrive plan --server localhost suite.yaml
	[ "${stderr_lines[0]}" = "lmsdrive: --server: expected an address that begins with http:// or https://, as in http://127.0.0.1:1234, got 'localhost'" ]
	run -2 --separate-stderr lmsdrive plan
	[ "${stderr_lines[0]}" = "lmsdrive: plan: expected one configuration, as in 'lmsdrive plan config/suite.yaml'" ]
	run -2 --separate-stderr lmsdrive plan suite.yaml suite.yaml
	run -0 --separate-stderr lmsdrive plan --help
	[[ "$output" == "usage: lmsdrive plan"* ]]
}

@test "plan: a file that is not there" {
	run -2 --separate-stderr lmsdrive plan gone.yaml
	[ "$stderr" = "lmsdrive: gone.yaml: No such file or directory" ]
	run -2 --separate-stderr lmsdrive plan "$BATS_TEST_TMPDIR"
	[ -n "$stderr" ]
	echo "$PAIR
scenarios_file: gone.yaml
scenarios: [simple_gen]" >bad.yaml
	run -2 --separate-stderr lmsdrive plan bad.yaml
	[ "$stderr" = "lmsdrive: gone.yaml: No such file or directory" ]
}

@test "plan: scenarios and prompts under other names, from another folder" {
	mkdir sub
	mv scenarios.yaml sub/s.yaml
	mv prompts.yaml sub/p.yaml
	mv suite.yaml sub/suite.yaml
	printf 'scenarios_file: s.yaml\nprompts_file: %s\n' "$PWD/sub/p.yaml" >>sub/suite.yaml
	lmsdrive plan sub/suite.yaml >plan
	[ "$(wc -l <plan)" -eq 73 ]
}

@test "plan: YAML that is none" {
	refused "3:1: not valid YAML: did not find expected node content while parsing a flow node" <<-END
		order: {blocks: 2}
		pairs: [
	END
	refused "2:1: not valid YAML: a tab; YAML is indented by spaces" <<<$'order:\n\trounds: 2'
	refused "1:1: the suite: expected a mapping (key: value), got a list" <<<"- a"
	run -2 --separate-stderr lmsdrive plan /dev/null
	[ "$stderr" = "lmsdrive: /dev/null: empty; expected a suite with pairs and scenarios, see lmgauge-config(5)" ]
}

@test "plan: YAML that is nested too deep, or holds a second document" {
	refused "1:33: lists and mappings are nested too deep here for a configuration" \
	    <<<"$(printf '[%.0s' {1..100000})"
	refused "2:1: a second document begins here, and a file holds one: remove it, or put it into a file of its own" <<-END
		order: {blocks: 2}
		---
		pairs: []
	END
}

@test "plan: a file of other keys is not checked to its end" {
	for i in {1..50}; do echo "key$i: x"; done >bad.yaml
	run -2 --separate-stderr lmsdrive plan bad.yaml
	[[ ${stderr_lines[0]} == "lmsdrive: bad.yaml:1:1: the suite: unknown word 'key1'; expected one of: "* ]]
	[ "${stderr_lines[20]}" = "lmsdrive: bad.yaml:21:1: the suite: the keys from here on were not checked" ]
	[ "$(grep -c 'unknown word' <<<"$stderr")" -eq 20 ]
}

@test "plan: a misspelt key, at every level" {
	refused "1:1: the suite: unknown word 'sever'; did you mean 'server'?" \
	    "2:10: order: unknown word 'block'; did you mean 'blocks'?" \
	    "3:34: a: unknown word 'modle'; did you mean 'model'?" \
	    "4:28: simple_gen: unknown word 'repeats'; did you mean 'repeat'?" <<-END
		sever: {url: x}
		order: { block: 2}
		pairs: [{name: p, variants: {a: {modle: m}}}]
		scenarios: [ {simple_gen: {repeats: 3}}]
	END
}

@test "plan: a headline that cannot be tested, or is one figure twice" {
	local rest=$'pairs: [{name: p, variants: {a: {model: m}}}]\nscenarios: [{s: {prompt_tokens: [8]}}]'
	refused "1:13: headline: 'decode' is no metric that can be tested; expected ttft_s, decode_tps, prefill_tps, median_icl_s, e2e_s or effective_tps" <<<$'headline: [ decode]\n'"$rest"
	refused "1:11: headline: 'ttfs_s' is no metric that can be tested; did you mean 'ttft_s'?" <<<$'headline: ttfs_s\n'"$rest"
	refused "1:19: headline: e2e_s and effective_tps are one figure, which is tested once; leave out one of them" <<<$'headline: [e2e_s, effective_tps]\n'"$rest"
	echo $'headline: e2e_s\n'"$rest" >good.yaml
	lmsdrive plan good.yaml | jq -es 'length > 1 and all(.[]; .headline == ["e2e_s"])'
}

@test "plan: a rule of compare that it would refuse after the run" {
	local rest=$'pairs: [{name: p, variants: {a: {model: m}}}]\nscenarios: [{s: {prompt_tokens: [8]}}]'
	refused "1:20: fail_if: expected a list of rules, as in ['decode_tps < -5%'], got decode_tps < -5%" <<<$'compare: {fail_if: decode_tps < -5%}\n'"$rest"
	refused "2:13: fail_if: decode_tp is not compared; did you mean 'decode_tps'?" \
	    "2:42: fail_if: 'ttft_s = 5%' is not a rule like 'decode_tps < -5%'" <<<$'compare:\n  fail_if: [decode_tp < -5%, e2e_s > 5%, ttft_s = 5%]\n'"$rest"
	run -2 lmsdrive doctor bad.yaml
	echo $'compare: {fail_if: [load_s > 10%]}\n'"$rest" >good.yaml
	run -0 lmsdrive plan good.yaml
}

@test "plan: values of another kind, out of range, without a unit" {
	refused "1:15: url: expected an address that begins with http:// or https://, as in http://127.0.0.1:1234, got 127.0.0.1:1234" \
	    "1:36: api: unknown word 'lmstudo'; did you mean 'lmstudio'?" \
	    "1:56: token_env: expected text, got a list" \
	    "2:20: interval: expected 1ms or more" \
	    "4:17: blocks: expected an integer from 1 to 1000, got 0" \
	    "4:29: pattern: unknown word 'abbba'; did you mean 'abba'?" \
	    "4:42: idle: expected a duration with its unit (100ms, 2s, 5m), got 2" \
	    "5:21: connect: expected a duration above 0" \
	    "5:31: load: expected a duration with its unit (100ms, 2s, 5m), got -1s" \
	    "3:25: temperature: expected a number from 0 to 100, got hot" \
	    "3:42: max_tokens: expected an integer from 1 to 10000000, got 0" \
	    "6:10: results: expected the name of a folder" <<-END
		server: {url: 127.0.0.1:1234, api: lmstudo, token_env: [a]}
		memory: {interval: 0s}
		sampling: {temperature: hot, max_tokens: 0}
		order: {blocks: 0, pattern: abbba, idle: 2}
		timeouts: {connect: 0s, load: -1s}
		results: ~
		$PAIR
		scenarios: [simple_gen]
	END
}

@test "plan: addresses that cannot be" {
	local url
	while IFS='|' read -r url expected; do
		refused "1:9: url: expected $expected, got $url" <<-END
			server: "$url"
			$PAIR
			scenarios: [simple_gen]
		END
	done <<-'END'
		ftp://h|an address that begins with http:// or https://, as in http://127.0.0.1:1234
		http://|a host and a port from 1 to 65535, as in http://127.0.0.1:1234
		http://h:65536|a host and a port from 1 to 65535, as in http://127.0.0.1:1234
		http://h:12a|a host and a port from 1 to 65535, as in http://127.0.0.1:1234
		http://h h|an address without spaces or quotes
		http://me:pw@h|an address without a user or password (tokens go into the variable that token_env names)
		http://h/?a=b|an address without ? or #
		http://h:1/v1|the server's address alone, without /v1: the paths of the API are added to it
		http://h:1/api/v0/|the server's address alone, without /v1: the paths of the API are added to it
	END
}

@test "plan: tolerance is a share; insecure_loopback is for this machine only" {
	tail='pairs: [{name: p, variants: {a: {model: m}}}]
scenarios: [{s: {prompt_tokens: 1}}]'
	printf 'tolerance: {prompt_tokens: 2%%}\n%s\n' "$tail" >t.yaml
	[ "$(lmsdrive plan t.yaml | jq 'select(.op == "request").tolerance.prompt_tokens_ratio' | sort -u)" = 0.02 ]
	for bad in 2 -1% 101% x% %; do
		printf 'tolerance: {prompt_tokens: "%s"}\n%s\n' "$bad" "$tail" >t.yaml
		run -2 --separate-stderr lmsdrive plan t.yaml
		[[ $stderr == "lmsdrive: t.yaml:1:28: prompt_tokens: expected a share from 0% to 100%, as 2%, got $bad" ]] || { echo "$stderr"; false; }
	done
	for host in localhost 127.0.0.1 127.1.2.3 '[::1]'; do
		printf 'server: {url: "https://%s:1234", insecure_loopback: true}\n%s\n' "$host" "$tail" >t.yaml
		run -0 lmsdrive plan t.yaml
	done
	for host in example.org 127.0.0.1.example.org 127.evil 10.0.0.1 localhost.example.org; do
		printf 'server: {url: "https://%s:1234", insecure_loopback: true}\n%s\n' "$host" "$tail" >t.yaml
		run -2 --separate-stderr lmsdrive plan t.yaml
		[[ $stderr == *"insecure_loopback: only for a server on this machine"* ]]
	done
}

@test "plan: a thousand pairs of one name are a line each, not one for each two of them" {
	{ echo 'pairs:'; yes '  - {name: p}' | head -n 1000; } >suite.yaml
	run -2 --separate-stderr lmsdrive plan suite.yaml
	[ "${#stderr_lines[@]}" -lt 2100 ]
}

@test "plan: pairs and variants that cannot be" {
	refused "3:11: kind: unknown word 'sparse'; expected one of: dense, moe" \
	    "4:45: variants: 'a' is defined twice" \
	    "4:38: format: unknown word 'ggml'; did you mean 'gguf'?" \
	    "5:28: load: unknown word 'context_lenght'; did you mean 'context_length'?" \
	    "6:7: c: expected model, the key under which the server lists it (see 'lmsdrive models')" \
	    "7:58: flash_attention: a load option of gguf models, not of mlx" \
	    "8:12: pairs: two pairs are named 'p'" \
	    "8:5: p: expected variants: {label: {model: ...}}" \
	    "9:5: pairs: expected name: a name for the pair" \
	    "10:12: pair: expected a name of letters, digits and . _ + @ -, at most 64 of them, got '../x'" <<-END
		pairs:
		  - name: p
		    kind: sparse
		    variants: {a: {model: m, format: ggml}, a: {model: n},
		      b: {model: x, load: {context_lenght: 1}},
		      c: {format: mlx},
		      d: {model: x, format: mlx, load: {flash_attention: true}}}
		  - {name: p}
		  - {kind: moe}
		  - {name: ../x, variants: {a: {model: m}}}
		scenarios: [simple_gen]
	END
}

@test "plan: scenarios that cannot be" {
	refused "2:14: scenarios: there is no scenario 'simple_gne'; did you mean 'simple_gen'?" \
	    "3:25: repeat: expected an integer from 1 to 1000000, got 0" \
	    "4:15: scenarios: there is no scenario 'zzz'; add it to the scenarios file, or give it prompts or prompt_tokens here" \
	    "5:20: prompts: there is no prompt 'pum'; did you mean 'pun'?" \
	    "5:47: prompts: 'hi' is named twice" \
	    "6:28: prompt_tokens: expected an integer of at least 1 or max, got many" \
	    "7:10: r: a ramp needs a duration" \
	    "8:10: t: concurrency, rate_per_s and ramp exclude each other" \
	    "10:12: scenarios: expected a name, or {name: {parameter: value}}" \
	    "12:12: scenarios: 'ladder' is listed twice" <<-END
		$PAIR
		scenarios: [ simple_gne,
		  {simple_gen: {repeat: 0}},
		           {  zzz: {repeat: 3}},
		    {f: {prompts: [pum]}}, {g: {prompts: [hi, hi]}},
		   {w: {prompt_tokens: [1, many]}},
		     {r: {prompts: hi, ramp: {from: 1, to: 2}}},
		     {t: {prompts: hi, rate_per_s: 1, concurrency: 2}},
		  ladder,
		           [x],
		  long,
		           ladder]
	END
}

@test "plan: what would be lost, or sent twice and called new" {
	cat >prompts.yaml <<-'END'
		hi: Say hello.
		chat: {turns: [One?, Two?, Three?]}
	END
	refused "2:38: concurrency: '1' is named twice" \
	    "3:28: prompt_tokens: '064' is named twice" \
	    "4:42: rate_per_s: '1.0' is named twice" \
	    "5:7: e: a conversation (turns) begins with a cold prompt; leave cache out" \
	    "6:7: f: turns (also of a prompt), reload and draw go with requests one after the other, not with concurrency, rate_per_s or ramp" \
	    "7:7: g: turns (also of a prompt), reload and draw go with requests one after the other, not with concurrency, rate_per_s or ramp" \
	    "8:23: agent.tools: nested deeper than a plan can hold: 16 levels" <<-END
		$PAIR
		scenarios: [{a: {concurrency: [1, 2, 1], prompts: [hi]}},
		  {b: {prompt_tokens: [64, 064]}},
		  {d: {prompts: [hi], rate_per_s: [1, 2, 1.0]}},
		  {e: {prompts: [hi, chat], cache: warm}},
		  {f: {prompts: [hi, chat], concurrency: 2}},
		  {g: {prompts: [hi], concurrency: 2, draw: cycle}},
		  {h: {agent: {tools: [{name: x, parameters: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {a: {}}}}}}}}}}}}}}}]}}}]
	END
	refused "1:33: memory: unknown word 'proces'; did you mean 'process'?" \
	    "1:32: memory: expected {process: NAME}, a pid, or a list, the program that prints the pid and its arguments" \
	    "2:18: load: expected at most 104d" \
	    "3:59: extra: 'context_length' is no extra option: it is said in load, or of the variant" \
	    "4:59: extra: 'model' is no extra option: it is said in load, or of the variant" <<-END
		server: {token_env: ~, memory: {proces: x}}
		timeouts: {load: 105d}
		pairs: [{name: p, variants: {a: {model: m, load: {extra: {context_length: 1}}},
		                             b: {model: m, load: {extra: {model: x}}},
		                             c: {model: m, load: {extra: {other: 1}}}}}]
		scenarios: [simple_gen]
	END
	run -2 --separate-stderr lmsdrive plan --blocks 1001 suite.yaml
	[ "${stderr_lines[0]}" = "lmsdrive: --blocks: expected an integer from 1 to 1000, got '1001'" ]
}

@test "plan: how a variant finds the server's process is its own, not also the suite's" {
	cat >own.yaml <<-'END'
		server: {memory: {process: [pgrep, a]}}
		pairs: [{name: p, variants: {a: {model: m}, b: {model: n, server: {memory: {process: b}}}}}]
		scenarios: [simple_gen]
	END
	[ "$(lmsdrive plan own.yaml | jq -c '[.server.process, .server.process_command]' | sort -u)" = '["b",null]
[null,["pgrep","a"]]' ]
}

@test "plan: what does not fit into the context is refused before anything is loaded" {
	cat >bad.yaml <<-END
		pairs: [{name: p, variants: {a: {model: m, load: {context_length: 1024}}, b: {model: n}}}]
		scenarios: [{big: {prompt_tokens: [100, 1000], max_tokens: 64}}]
	END
	run -2 --separate-stderr lmsdrive plan bad.yaml
	[ -z "$output" ]
	[ "$stderr" = "lmsdrive: bad.yaml: scenario big: 1000 tokens of prompt and 64 of answer do not fit into the context_length 1024 of p/a; raise that, or lower prompt_tokens" ]
	run -0 lmsdrive plan -v b bad.yaml
	sed -i.bak 's/1000\], max_tokens/max], max_tokens/' bad.yaml
	run -2 --separate-stderr lmsdrive plan bad.yaml
	[ "$stderr" = "lmsdrive: bad.yaml: scenario big: prompt_tokens max needs load: {context_length: ...} in every variant; p/b has none" ]
	# Of an agent, its tools and what they return count, too.
	for agent in 'tools: 64' 'result_words: 900' 'tools: [{name: x, result: "'"$(printf '%04000d' 1)"'"}]'; do
		printf 'pairs: [{name: p, variants: {a: {model: m, load: {context_length: 4096}}}}]\nscenarios: [{t: {agent: {%s}, max_tokens: 64}}]\n' "$agent" >agent.yaml
		run -2 --separate-stderr lmsdrive plan agent.yaml
		[[ "$stderr" == "lmsdrive: agent.yaml: scenario t: "*" tokens of prompt and 64 of answer do not fit into the context_length 4096 of p/a; raise that, or lower system_tokens, tools, result_words or turns" ]] || { echo "$agent: $stderr"; false; }
	done
	sed 's/agent: {.*}, max/agent: {}, max/' agent.yaml >fits.yaml
	run -0 lmsdrive plan fits.yaml
	# What the suite says of a scenario's tools goes before what that says.
	echo 'scenarios: [{t: {agent: {tools: 3}}}]' >>agent.yaml
	sed 's/^scenarios: .*max_tokens.*/scenarios_file: s.yaml/' agent.yaml >suite.yaml
	echo 't: {agent: {tools: [{name: x}]}}' >s.yaml
	run -0 lmsdrive plan suite.yaml
	[ "$(jq -c 'select(.op == "request") | .prompt.agent.tools | length' <<<"$output" | sort -u)" = 3 ]
	# The turns of a prompt count as those of a scenario: (1024 / 3 - 64) / 10 * 9.
	sed 's/b: {model: n}/b: {model: n, load: {context_length: 2048}}/; s/{big: .*}\]/{big: {prompts: [chat], prompt_tokens: [max], max_tokens: 64}}]/' bad.yaml >turns.yaml
	echo 'chat: {turns: [One?, Two?, Three?]}' >>prompts.yaml
	run -0 lmsdrive plan turns.yaml
	[ "$(jq -c 'select(.op == "request") | .prompt.target_tokens' <<<"$output" | sort -u)" = 243 ]
	sed -i.bak 's/\[max\]/300/' turns.yaml
	run -2 --separate-stderr lmsdrive plan turns.yaml
	[ "$stderr" = "lmsdrive: turns.yaml: scenario big: 300 tokens of prompt and 64 of answer in every turn do not fit into the context_length 1024 of p/a; raise that, or lower prompt_tokens" ]
	# Questions in a long text are asked all the same: (4096 - 64) / 10 * 9.
	sed 's/1024/8192/; s/{big: .*}\]/{big: {check: [needle_50], prompt_tokens: [max], max_tokens: 64}}]/' bad.yaml >needle.yaml
	run -0 --separate-stderr lmsdrive plan needle.yaml
	[ "$stderr" = "lmsdrive: needle.yaml: scenario big: p/b names no context_length: 4096 is taken for it, and prompt_tokens max are 3627" ]
	[ "$(jq -c 'select(.op == "request") | .prompt.target_tokens' <<<"$output" | sort -u)" = 3627 ]
}

@test "plan: the summary reckons with the speed that it is told" {
	cat >slow.yaml <<-END
		order: {rounds: 1, idle: 0s}
		pairs: [{name: p, variants: {a: {model: m}}}]
		scenarios: [{big: {prompt_tokens: [1300], repeat: 10, warmup: 0, max_tokens: 200}}]
	END
	# 13 000 / 65 + 2000 / 5 = 600 s; by itself 13 000 / 200 + 2000 / 20.
	run -0 lmsdrive plan --summary --decode-tps 5 --prefill-tps 65 slow.yaml
	[[ $output == *"at 5 tokens/s of output and 65 of prompt about 10 min without"*"p: 1 rounds about 10 min"* ]]
	run -0 lmsdrive plan --summary slow.yaml
	[[ $output == *"at 20 tokens/s of output and 200 of prompt about 2 min without"* ]]
}

@test "plan: prompt_tokens: max is what fits into the smaller context, the same for both variants" {
	cat >max.yaml <<-END
		pairs: [{name: p, variants: {a: {model: m, load: {context_length: 4096}}, b: {model: n, load: {context_length: 2048}}}}]
		scenarios: [{big: {prompt_tokens: [100, max], max_tokens: 48, warmup: 0}}]
	END
	# (2048 - 48) / 10 * 9
	run -0 bash -c 'lmsdrive plan max.yaml | jq -r "select(.op==\"request\") | \"\(.variant) \(.prompt.target_tokens)\""'
	[ "$(echo $output)" = "a 100 a 1800 b 100 b 1800" ]
	run -0 bash -c 'lmsdrive plan -v a max.yaml | jq -r "select(.op==\"request\") | .prompt.target_tokens"'
	[ "$(echo $output)" = "100 1800" ]
}

@test "plan: a suite without a scenarios file says where one is" {
	mkdir alone; cp suite.yaml alone/
	run -2 --separate-stderr lmsdrive plan alone/suite.yaml
	[[ $stderr == *"none is defined; set scenarios_file and prompts_file"* ]]
}

@test "plan: errors in scenarios.yaml and prompts.yaml name those files" {
	echo 'simple_gen: {prompts: [hi], cache: luke}' >scenarios.yaml
	printf 'hi: Say hello.\npun: {txt: x}\nnone: {domain: math}\nhi: again\n' >prompts.yaml
	run -2 --separate-stderr lmsdrive plan suite.yaml
	diff - <(echo "$stderr") <<-'END'
		lmsdrive: prompts.yaml:4:1: prompts: 'hi' is defined twice
		lmsdrive: prompts.yaml:2:7: pun: unknown word 'txt'; did you mean 'text'?
		lmsdrive: prompts.yaml:3:7: none: expected text, or a list of texts or of turns
		lmsdrive: scenarios.yaml:1:36: cache: unknown word 'luke'; expected one of: cold, warm, pair
		lmsdrive: suite.yaml:8:25: scenarios: there is no scenario 'ladder'; add it to the scenarios file, or give it prompts or prompt_tokens here
	END
}

@test "plan: a full disk is an error, a reader that goes away is none" {
	run -4 --separate-stderr bash -c 'lmsdrive plan suite.yaml >/dev/full'
	[[ "$stderr" == "lmsdrive: "*"No space left on device" ]]
	run -0 --separate-stderr bash -c 'lmsdrive plan -s long --blocks 1 suite.yaml | head -1 | jq .step; exit ${PIPESTATUS[1]}'
	[ "$output" = 1 ]
	[ -z "$stderr" ]
}

@test "the configurations that come with the program are valid" {
	cd "$BATS_TEST_DIRNAME/../.."
	for c in config/suite.yaml config/demo.yaml; do
		run -0 --separate-stderr lmsdrive plan "$c"
		[ -z "$stderr" ]
		[ "${#lines[@]}" -gt 100 ]
		# every scenario of scenarios.yaml can be planned, too
		for s in $(sed -n 's/^\([a-z_]*\): {.*/\1/p' config/scenarios.yaml); do
			run -0 --separate-stderr lmsdrive plan -s "$s" "$c"
			[ -z "$stderr" ]
		done
	done
}

@test "the prompts of the moe scenario are equally long, and each domain has six, one after the other" {
	cd "$BATS_TEST_DIRNAME/../.."
	run -0 bash -c 'lmsdrive plan -s moe -p mixtral-8x22b -v mlx config/suite.yaml |
	    jq -r "select(.op == \"request\" and .rep > 0 and .prompt.domain == \"code\") | .prompt | \"\(.name) \(.text[0:20])\""'
	diff - <(echo "$output") <<-'END'
		code.1 Write a C function t
		code.2 Write a C function t
		code.3 Describe an algorith
		code.4 Write a C function t
		code.5 Write a linked list 
		code.6 Describe an algorith
	END
	run -0 bash -c 'lmsdrive plan -s moe config/suite.yaml |
	    jq -r "select(.op==\"request\") | .prompt | \"\(.domain) \(.text | split(\" \") | length)\"" | sort -u'
	diff - <(echo "$output") <<-'END'
		code 46
		creative 46
		factual 46
		math 46
		mixed 46
	END
}
