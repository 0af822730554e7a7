#!/usr/bin/env bats
# lmgauge-config(5) says what the program does.
bats_require_minimum_version 1.5.0

setup() {
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	MANUAL=$ROOT/src/lmsdrive/lmgauge-config.5
	cd "$BATS_TEST_TMPDIR"
	# The literal blocks of the page, one file each, by their first word.
	awk '/^\.Bd -literal/ { f = "block" ++n; next } /^\.Ed/ { f = "" }
	    f { gsub(/\\&/, ""); print >f }' "$MANUAL"
}

# documented WORD...: each word stands in the page as a literal.
documented() {
	local word missing=()
	for word in "$@"; do
		grep -E '^\.(It )?(Cm|Ss|Pq)( |$).*' "$MANUAL" | tr -s ' {},:' '\n' |
		    grep -qxF -- "$word" || missing+=("$word")
	done
	[ ${#missing[@]} -eq 0 ] || { echo "not in lmgauge-config(5): ${missing[*]}"; return 1; }
}

# valid_words: the words that the error message for an unknown key lists.
valid_words() {
	cat >keys.yaml
	run -2 lmsdrive plan keys.yaml
	grep qqqqqqqqqqqqqqqqqqqq <<<"$output" | sed 's/.*expected one of: //' | tr -d ','
}

@test "lmgauge-config(5): every key of every mapping is there" {
	local q='{qqqqqqqqqqqqqqqqqqqq: 1}' words
	echo 'p: {qqqqqqqqqqqqqqqqqqqq: 1}' >prompts.yaml
	echo "s: $q
t: {sampling: $q, ramp: $q, agent: $q, prompt_tokens: 1}" >scenarios.yaml
	words=$(valid_words <<-END
		qqqqqqqqqqqqqqqqqqqq: 1
		server: $q
		memory: $q
		order: $q
		timeouts: $q
		prompt: $q
		tolerance: $q
		pairs:
		  - $q
		  - {name: p, variants: {a: $q, b: {model: m, load: $q}}}
	END
	)
	[ "$(wc -w <<<"$words")" -gt 70 ]
	documented $words
}

@test "lmgauge-config(5): every word that a key may have is there" {
	local words
	words=$(valid_words <<-END
		server: {api: qqqqqqqqqqqqqqqqqqqq}
		order: {pattern: qqqqqqqqqqqqqqqqqqqq}
		sampling: {reasoning: qqqqqqqqqqqqqqqqqqqq}
		pairs: [{name: p, kind: qqqqqqqqqqqqqqqqqqqq, variants: {a: {model: m, format: qqqqqqqqqqqqqqqqqqqq}}}]
		scenarios: [{s: {prompt_tokens: 1, cache: qqqqqqqqqqqqqqqqqqqq, draw: qqqqqqqqqqqqqqqqqqqq,
		  blocks: qqqqqqqqqqqqqqqqqqqq, arrival: qqqqqqqqqqqqqqqqqqqq, agent: {tool_choice: qqqqqqqqqqqqqqqqqqqq}}}]
	END
	)
	[ "$(wc -w <<<"$words")" -eq 34 ]
	documented $words
}

@test "lmgauge-config(5): every key of a plan line is there" {
	documented $(lmsdrive plan "$ROOT/config/demo.yaml" |
	    jq -r 'del(.load_options, .server, .timeouts, .sampling, .prompt.agent.tools[]?.parameters) | paths | map(strings) | last' | sort -u)
}

@test "lmgauge-config(5): its suites are valid, its pipes run" {
	local f suites=0 pipes=0
	cp -r "$ROOT/config" .
	cp config/scenarios.yaml config/prompts.yaml .
	for f in block*; do
		case $(head -n 1 "$f") in
		pairs:*|server:*)
			run -0 --separate-stderr lmsdrive plan "$f"
			[ -z "$stderr" ]
			suites=$((suites + 1)) ;;
		scenarios:*)
			{ echo 'pairs: [{name: p, variants: {a: {model: m}}}]'; cat "$f"; } >suite.yaml
			run -0 lmsdrive plan suite.yaml
			suites=$((suites + 1)) ;;
		memory_leak:*)
			{ echo 'pairs: [{name: p, variants: {a: {model: m}}}]'; printf 'scenarios:\n- '; cat "$f"; } >suite.yaml
			run -0 lmsdrive plan -s memory_leak suite.yaml
			suites=$((suites + 1)) ;;
		lmsdrive*)
			run -0 --separate-stderr bash -euo pipefail "$f"
			[ -n "$output" ]
			[ -z "$stderr" ]
			pipes=$((pipes + 1)) ;;
		*)	echo "what is this?"; cat "$f"; false ;;
		esac
	done
	[ "$suites $pipes" = "4 2" ]
	run -0 lmsdrive plan --summary config/suite.yaml
}

@test "config/suite.yaml holds the defaults of every key it shows" {
	cd "$ROOT/config"
	lmsdrive plan suite.yaml | jq -c 'del(.config, .config_sha256)' >"$BATS_TEST_TMPDIR/a"
	# the same without the sections before the pairs
	{ sed -n '/^pairs:/,$p' suite.yaml; echo "scenarios_file: $PWD/scenarios.yaml"
	  echo "prompts_file: $PWD/prompts.yaml"; } >"$BATS_TEST_TMPDIR/bare.yaml"
	lmsdrive plan "$BATS_TEST_TMPDIR/bare.yaml" | jq -c 'del(.config, .config_sha256)' >"$BATS_TEST_TMPDIR/b"
	cmp "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/b"
}
