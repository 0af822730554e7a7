# What make fleet is made of, behind run.bash: each machine has a folder of its
# own in $out, the folder of all.  $broken is 4 once the records of one broke off.
broken=0

# able: what it needs is there, and HOSTS are names; from here on they are words.
able() {
	local h
	needs parallel ssh jq
	set -f
	for h in $HOSTS; do
		case $h in -*|*[!A-Za-z0-9._@:-]*|.*) die 2 "'$h' is no host name" ;; esac
	done
}

# there HOST: the plan goes there, its records come back; what ends the ssh ends
# the server's part of it, too.  This is run by parallel, in a shell of its own.
there() {
	set -fo pipefail
	mkdir "$out/$1" &&
	$SSH "$1" "$REMOTE" <"$out/plan.ndjson" 2>"$out/$1/run.log" | cat >"$out/$1/raw.ndjson"
}

# everywhere: on all machines.  There it starts in the home folder: records on
# stdout, words on stderr.  An ssh that is to end has time for the server there
# to unload.
everywhere() {
	export out PARALLEL_SHELL=$BASH
	export REMOTE="PATH=$(printf %q "$FLEET_PATH"):/usr/local/bin:/opt/homebrew/bin:\$PATH; lmsdrive run --quiet | memsample"
	export -f there
	echo "measuring on: $HOSTS (watch: tail -f $out/*/run.log)"
	beside parallel --will-cite -j "$FLEET_JOBS" --joblog "$out/fleet.log" \
	    --termseq TERM,10000,KILL,25 there {} ::: $HOSTS
}

# fleet_report COMMAND...: with it the report of each machine is made, and one of
# all; from here on what fails ends it, with 4.
fleet_report() {
	set -e
	trap 'rc=$?; rm -f "$out/metrics.ndjson.tmp"; exit $((rc ? 4 : 0))' EXIT
	side_by_side "$@" >"$out/metrics.ndjson.tmp"
	mv "$out/metrics.ndjson.tmp" "$out/metrics.ndjson"
	mkdir -p "$out/plots"
	"$@" analyze-report RUN="$out" BIN="$BIN"
	"$@" analyze-page RUN="$out" BIN="$BIN"
	rmdir "$out/plots"
	echo "report: $out/report.md"
	grep -q '"models":\[{' "$out/metrics.ndjson" || exit 4
	[ -z "$ended" ] || broken=4
	exit $broken
}

# side_by_side COMMAND...: the metrics of all.  A machine that gave no records is
# a finding; one that broke off has given what it measured until then.
side_by_side() {
	local h i n rc sig why went=()
	while read -r n _ _ _ _ _ rc sig _; do
		went[$n]=$rc$sig
	done < <(tail -n +2 "$out/fleet.log")
	i=0
	for h in $HOSTS; do
		i=$((i + 1))
		why=$(tail -n 1 "$out/$h/run.log" 2>/dev/null || true)
		why=${why:-${ended:+it was ended before it began}}
		why=${why:-no reason was given}
		if ! grep -qs '"type":"run"' "$out/$h/raw.ndjson"; then
			gave_none "$h" "$why"
			continue
		fi
		[ "${went[$i]:-}" = 00 ] || broke_off "$h" "$why"
		cp "$out/plan.ndjson" "$out/$h/"
		"$@" analyze RUN="$out/$h" BIN="$BIN" >&2
		jq -c --arg h "$h" 'if .type == "run" then .host.name = $h else . end' "$out/$h/metrics.ndjson"
	done
}

broke_off() {
	echo "fleet: $1: its records broke off, $out/$1 has those that came: $2" >&2
	broken=4
}

gave_none() {
	rm -f "$out/$1/raw.ndjson"
	echo "fleet: $1: $2" >&2
	jq -nc --arg h "$1" --arg why "$2" '
		def record($type): {type: $type, run: $h, t_ns: 0};
		record("run") + {v: 1, stream: "metrics", tool: "make fleet", host: {name: $h},
		    interrupted: false, complete: false, models: []},
		record("integrity") + {level: "error", code: "host_unreachable", count: 1, pair: null, variant: null,
		    scenario: null, message: "no records came back: \($why)"},
		record("end") + {tool: "make fleet", records: 3, interrupted: false}'
}
