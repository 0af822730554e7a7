# Shared by the lmsdrive Bats files: plan lines by hand.

# step [JQ-FILTER]: a request step for sim-gguf on the stand-in server; the
# filter changes it ('.requests = 3').
step() {
	jq -nc --arg url "$SIM_URL" '{type: "plan", v: 1, step: 1, op: "request",
	    pair: "p", kind: "dense", variant: "gguf", model: "sim-gguf", format: "gguf",
	    scenario: "s", block: 1, rep: 1, server: {url: $url}, requests: 1,
	    sampling: {temperature: 0, max_tokens: 8},
	    prompt: {name: "x", text: "hello there", seed: 7}} | '"${1:-.}"
}

# load_step [JQ-FILTER]
load_step() {
	step 'del(.sampling, .prompt, .requests, .scenario) | .op = "load" | '"${1:-.}"
}

# fault NAME [JQ-FILTER]: a request that makes the server play this fault.
fault() {
	step '.prompt.text += " [[fault:'"$1"']]" | '"${2:-.}"
}

# of TYPE JQ-FILTER: the filter applied to each record of this type in $output.
of() {
	jq -rc --arg t "$1" 'select(.type == $t) | '"$2" <<<"$output"
}

# The codes of the notes in $output, but for the implied steps.
codes() {
	of note .code | grep -v -e implied_step -e load_unsupported | sort | tr '\n' ' ' || true
}

end_hostile() {
	[ -z "${HOSTILE_PID:-}" ] || kill -- "-$HOSTILE_PID" || true
	HOSTILE_PID=
}

# start_hostile MODE...: the helper of this name, at $SIM_URL.
start_hostile() {
	end_hostile
	rm -f port
	"$LMG_BUILD/helpers/hostile" port "$@" 3>&- &
	HOSTILE_PID=$!
	for _ in {1..100}; do [ -s port ] && break; sleep 0.02; done
	SIM_URL=http://127.0.0.1:$(cat port)
}
