# What the recipes of a run are made of.  They read this file with $(steps),
# which says who they are: $me (make or lmgauge) and $target.  bash 3.2 will do.
# What goes from one function to the next: $out, the run's folder; $rc, how the
# last program ended; $ended, set once a signal has come; $child, the program
# that a signal is passed on to.
ended= child=
# Who was typed, of all the makes and lmgauges that call each other.
export LMGAUGE_OUTERMOST=${LMGAUGE_OUTERMOST:-${LMGAUGE_PID:-$PPID}}

# as_path NAME: no program takes what this variable holds for an option, or for
# anything but a path, and it has no slash at its end.
as_path() {
	local path=${!1}
	case $path in [!/._[:alnum:]]*) path=./$path ;; esac
	case $path in *[!/]*/) path=${path%"${path##*[!/]}"} ;; esac
	printf -v "$1" %s "$path"
}

# own_folder [SUFFIX]: $out, a folder of this run's own.  mkdir makes it or
# fails, so two runs that begin in the same second get two.
own_folder() {
	local results stamp n=1
	results=${RESULTS:-$("$BIN/lmsdrive" plan --print results -- "$CONFIG" 2>/dev/null)}
	results=${results:-results}
	as_path results
	mkdir -p "$results" || exit 4
	stamp=$results/$(date -u +%Y%m%dT%H%M%SZ)${1:-}
	out=$stamp
	until mkdir "$out" 2>/dev/null; do
		[ -e "$out" ] || { mkdir "$out"; exit 4; }
		n=$((n + 1))
		out=$stamp-$n
	done
}

# own_files FILE...: these can be made in it, before anything is measured.
own_files() {
	local f
	for f; do
		{ : >"$out/$f"; } 2>/dev/null && continue
		rm -r "$out"
		die 4 "$out: no file can be made there: no room, or no free inodes (df -i)"
	done
}

# plan ARGUMENT...: what is to be done, in $out.
plan() {
	rc=0
	"$BIN/lmsdrive" plan "$@" -- "$CONFIG" >"$out/plan.ndjson" || rc=$?
	[ -z "$ended" ] || rc=4
	[ $rc -eq 0 ] || give_up $rc
}

# give_up STATUS: nothing was recorded, and the folder goes again.
give_up() {
	rm -r "$out"
	exit $1
}

# record ARGUMENT...: what is planned in $out is done and recorded there, behind
# what was recorded before.  The pipe is beside this shell, as "beside" has it,
# but a signal goes to lmsdrive alone.
record() {
	local pid_file=$out/.pid pipe before=
	[ ! -e "$out/raw.ndjson" ] || before=$out
	rm -f "$pid_file"
	( trap : INT TERM HUP QUIT PIPE; pipe "$@" ) <&0 &
	pipe=$!
	until [ -s "$pid_file" ] || ! kill -0 $pipe 2>/dev/null; do sleep 0.02; done
	read -r child 2>/dev/null <"$pid_file"
	[ -z "$ended" ] || kill $child 2>/dev/null
	await $pipe
	[ -d "$out" ] || die 4 "$out is not there any more: if it was moved, its records are whole, and $me analyze RUN= makes their report"
}

# pipe ARGUMENT...: the whole program.  What memsample has to say goes to the
# terminal, too.  What comes back goes one way: metricsagg says in .decided what
# is certain and how large the server is; lmsdrive leaves out the one and shows
# the other.  Without metricsagg nothing is left out, and nothing lost.
pipe() {
	local log=$out/run.log
	PATH=$BIN:$PATH
	# The terminal is 9; 2 is for what this shell says of a killed program.
	exec 9>&2 2>/dev/null
	known "$pid_file" \
	"$BIN/lmsdrive" run "$@" ${before:+--resume "$before"} \
	    --log "$log" --decided "$out/.decided" -- "$out/plan.ndjson" 2>&9 9>&- |
	"$BIN/memsample" ${INTERVAL:+-i "$INTERVAL"} --record "$out/raw.ndjson" \
	    2> >(deaf tee -a "$log" >&9) 9>&- |
	deaf "$BIN/metricsagg" --decide "$out/.decided" ${before:+"$before/raw.ndjson"} - \
	    >/dev/null 2>>"$log" 9>&-
	set -- "${PIPESTATUS[@]}"
	rm -f "$out/.decided" "$pid_file"
	killed lmsdrive $1
	killed memsample $2
	killed metricsagg $3
	[ $2 -ne 4 ] || exit 4
	exit $1
}

# report COMMAND...: with it the report of $out is made, and the last lines say
# what became of the run, and what to type.  No signal ends the making of what
# counts; one that comes later leaves out the rest.
report() {
	local unmade=
	trap '' INT TERM HUP QUIT
	"$@-first" RUN="$out" BIN="$BIN" || unmade=1
	trap : INT TERM HUP QUIT
	[ -n "$unmade" ] || "$@-rest" RUN="$out" BIN="$BIN" || unmade=1
	[ $rc -eq 0 ] || printf '%s: %s: ended early or in part (status %d, said above); to go on: %s resume RUN=%q\n' \
	    "$me" "$target" $rc "$me" "$out" >&2
	[ -z "$unmade" ] || printf '%s: %s: all that was recorded is kept, not all is made of it yet: %s analyze RUN=%q\n' \
	    "$me" "$target" "$me" "$out" >&2
	[ $rc -ne 0 ] || [ -z "$unmade" ] || rc=4
	exit $rc
}

die() {
	echo "$me: $target: $2" >&2
	exit $1
}

# needs PROGRAM...: they are there.
needs() {
	local p how
	for p; do
		! command -v "$p" >/dev/null || continue
		how=
		case $me-$p in make-jq|make-gnuplot) how='; make packages installs it' ;; esac
		die 4 "$p is not installed$how"
	done
}

# stay: from here on no signal ends this shell, nor what one did to a program.
# One to the whole group (Ctrl-C, a closed terminal, systemctl stop) reaches
# every program: lmsdrive cancels, unloads and ends its stream, the others read
# on until it has, and the report is made of what was measured.  One to this
# shell alone, or to lmgauge, or TERM to make (which passes no other on), goes
# on to $child: lmsdrive takes those that come together for one.
stay() {
	set +e
	trap 'ended=1; [ -z "$child" ] || kill $child 2>/dev/null' INT TERM HUP QUIT
	trap : PIPE
	[ -n "${LMGAUGE_STATUS:-}" ] || return 0
	# lmgauge learns who is to hear of one, or has heard of one already.
	echo $$ >"$LMGAUGE_STATUS.pid"
	case $(cat "$LMGAUGE_STATUS") in ''|0) ;; *) exit 4 ;; esac
}

# await PID: it, or the pipe that $child is part of, has ended, with $rc; 4 if that
# is none of ours.  "wait" comes back early when this shell hears of a signal, also
# of one that came as PID was ending, and bash 3.2 may then have forgotten (127)
# how it ended.
await() {
	local again
	exec 8> >(outlive >/dev/null 2>&1)
	while wait $1 2>/dev/null; rc=$?; [ $rc -gt 128 ] && kill -0 $1 2>/dev/null; do :; done
	[ $rc -le 128 ] || { wait $1 2>/dev/null; again=$?; [ $again -eq 127 ] || rc=$again; }
	[ $rc -le 5 ] || rc=4
	echo over 2>/dev/null >&8
	exec 8>&-
	child=
}

# outlive: nobody hears of a KILL, so this looks every two seconds whether one
# ended what was typed, lmgauge or make, or this shell; then $child is to end as
# by a TERM, and what is left of this shell makes the report.
outlive() {
	trap '' INT TERM HUP QUIT
	until read -rt 2; do
		kill -0 $LMGAUGE_OUTERMOST && kill -0 ${LMGAUGE_PID:-$PPID} && kill -0 $$ && continue
		kill $$
		kill $child
		break
	done
}

# beside COMMAND...: it runs beside this shell, which so hears of a signal while
# it runs; what is begun with "&" is deaf to INT and QUIT unless told.
beside() {
	( trap - INT QUIT; exec "$@" ) &
	child=$!
	[ -z "$ended" ] || kill $child 2>/dev/null
	await $child
}

# known FILE COMMAND...: it runs in this shell's place, and its pid is in FILE.
known() {
	exec sh -c 'echo $$ >"$0"; exec "$@"' "$@"
}

# deaf COMMAND...: it runs in this shell's place, and no signal ends it.
deaf() {
	trap '' INT TERM HUP QUIT PIPE
	exec "$@"
}

# killed NAME STATUS: of one that a signal ended, in words of ours.
killed() {
	[ $2 -le 128 ] || echo "$me: $target: $1 was ended by signal $(($2 - 128))" >&9
}

# serve COMMAND...: a server, which writes its port into the file named behind
# --port-file, at $SERVER; its files are in the folder $work.  It has a process
# group of its own (set -m), so that Ctrl-C lets lmsdrive unload its models
# first, and ends with this shell, whatever happens: of a KILL, which no trap
# hears of, $guard does, some seconds later, for the run to end before.
serve() {
	set -m
	"$@" --port-file "$work/port" >"$work/log" 2>&1 </dev/null &
	server=$!
	( while kill -0 $$; do sleep 2; done; sleep 5; kill $server; rm -r "$work" ) >/dev/null 2>&1 </dev/null &
	guard=$!
	set +m
	trap 'kill -- -$guard $server 2>/dev/null; wait $server 2>/dev/null; rm -r "$work"' EXIT
	for _ in {1..200}; do [ -s "$work/port" ] && break; sleep 0.05; done
	[ -s "$work/port" ] || die 4 "${1##*/} did not start: $(tail -n 1 "$work/log")"
	SERVER=http://127.0.0.1:$(cat "$work/port")
}
