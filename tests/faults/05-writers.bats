#!/usr/bin/env bats
# A disk that is full when the results are written: what has its name is
# whole, of this run or of the one before, and the status says what is missing.

bats_require_minimum_version 1.5.0
load ../lib/common

setup_file() {
	[ "$LMG_VARIANT" = release ] || return 0
	export TOP FILES
	TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES
	cd "$BATS_FILE_TMPDIR"
	mkdir new old
	"$LMG_BUILD/helpers/mkraw" -n 4 -c 6 -e -p >new/raw.ndjson
	"$LMG_BUILD/helpers/mkraw" -n 2 -c 3 -e -p >old/raw.ndjson
	for r in new old; do
		analyze "$PWD/$r"
		! grep '^!' "$r/report.md" >"$r/pictures" || :
	done
	FILES="$(result_files) $(cd new; echo plots/*)"
}

setup() {
	[ "$LMG_VARIANT" = release ] || skip "what is tested is the recipes"
	cd "$BATS_TEST_TMPDIR"
	mkdir disk
	NEW=$BATS_FILE_TMPDIR/new OLD=$BATS_FILE_TMPDIR/old
}

teardown() {
	stop_lmsim
	mountpoint -q "$BATS_TEST_TMPDIR/disk" && umount "$BATS_TEST_TMPDIR/disk"
	true
}

# analyze DIR [STEP]
analyze() {
	make --no-print-directory -C "$TOP" BIN="$LMG_BIN" "analyze${2:+-$2}" RUN="$1" </dev/null
}

disk_of() {
	[ "$(uname -s)" = Linux ] && [ "$(id -u)" -eq 0 ] || skip "mounting needs root"
	mount -t tmpfs -o "size=${1}k" none disk 2>/dev/null || skip "no tmpfs can be mounted here"
}

# without_pictures FILE: report.md as it is before the pictures are drawn.
without_pictures() {
	grep -v '^!\[' "$1" | cat -s
}

# whole DIR FILE: is it that of one of the two runs, all of it?
whole() {
	local ref
	for ref in "$NEW" "$OLD"; do
		case $2 in
		report.md) cmp -s <(without_pictures "$1/$2") <(without_pictures "$ref/$2") && return ;;
		report.html) [ "$(tail -n 1 "$1/$2")" = "</html>" ] && return ;;
		*) cmp -s "$1/$2" "$ref/$2" && return ;;
		esac
	done
	return 1
}

# judge DIR: after "run analyze DIR": nothing is cut, nothing is left over, and
# either all is new or the last words say which steps were not done.
judge() {
	local f missing=
	for f in $FILES; do
		[ ! -e "$1/$f" ] || whole "$1" "$f" || { echo "$f is cut"; return 1; }
		cmp -s "$1/$f" "$NEW/$f" || missing+=" $f"
	done
	[ -z "$(find "$1" -name '*.tmp*')" ] || { find "$1" -name '*.tmp*'; return 1; }
	if [ -z "$missing" ]; then
		[ "$status" -eq 0 ]
	else
		[ "$status" -eq 2 ]	# make's, of any recipe that failed
		[[ $output == *"make: $1: not made:"*"; what was there before is kept"*"Error 4"* ]]
		[[ $output == *"No space left on device"* ]]
	fi
}

@test "analyze on a disk of ten sizes: a file is whole or not there, and the status says it" {
	local k full=0 done=0
	for k in 220 300 480 560 700 760 840 900 1000 2000; do
		disk_of $k
		cp "$NEW/raw.ndjson" disk
		run analyze "$PWD/disk"
		echo "$k KiB: $status, $output"
		judge "$PWD/disk"
		[ "$status" -eq 0 ] && done=$((done + 1)) || full=$((full + 1))
		umount disk
	done
	[ "$full" -ge 6 ] && [ "$done" -ge 1 ]
}

@test "each step again with too little left: what was there before is kept" {
	local step
	disk_of 4000
	cp -r "$OLD"/* disk
	cp "$NEW"/{raw,metrics}.ndjson disk
	head -c $((($(df --output=avail -k disk | tail -n 1) - 8) * 1024)) /dev/zero >disk/filler
	cp -r disk before
	for step in metrics report tables plots page; do
		run analyze "$PWD/disk" $step
		echo "$step: $status, $output"
		[ "$status" -eq 2 ]
		[[ $output == *"No space left on device"*"Error 4"* ]]
		diff -r disk before
	done
	rm disk/filler
	run -0 analyze "$PWD/disk"
	judge "$PWD/disk"
	cmp disk/report.html "$NEW/report.html"
}

@test "a limit of file sizes (any user): the same, and no program is killed" {
	local step
	cp -r "$OLD"/* disk
	cp "$NEW"/{metrics.ndjson,report.md,details.md} disk
	ulimit -f 20
	for step in metrics page plots; do
		run analyze "$PWD/disk" "$step"
		echo "$output"
		[ "$status" -eq 2 ]
		[[ $output == *"Error 4"* && $output == *"File too large"* && $output != *"core dumped"* ]]
	done
	cmp disk/report.html "$OLD/report.html"
	cmp disk/metrics.ndjson "$NEW/metrics.ndjson"
	diff -r disk/plots "$OLD/plots"
	[ -z "$(find disk -name '*.tmp*')" ]
}

@test "a folder that is read-only: said, status 4, nothing changed" {
	disk_of 4000
	cp -r "$OLD"/* disk
	mount -o remount,ro disk
	run analyze "$PWD/disk"
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"Read-only file system"* && $output == *"not made: metrics;"*"Error 4"* ]]
	diff -r disk "$OLD"
}

@test "a whole run on a disk that gets full: its records stay, and give all when there is room" {
	known_suite .
	known_server
	disk_of 140
	run make --no-print-directory -C "$TOP" BIN="$LMG_BIN" single SCENARIO=simple_gen CONFIG="$PWD/truth-suite.yaml" SERVER="$SIM_URL" RESULTS="$PWD/disk" ANYWAY=1 </dev/null
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"raw.ndjson: No space left on device: the recording stopped; what is there is whole"* ]]
	[[ $output == *"make: single: ended early or in part (status 4, said above); to go on: make resume RUN="* ]]
	jq -c . disk/*/raw.ndjson >/dev/null
	[ -z "$(find disk -name '*.tmp*')" ]
	mount -o remount,size=4m disk
	run make --no-print-directory -C "$TOP" BIN="$LMG_BIN" resume RUN="$(echo "$PWD"/disk/*)" SERVER="$SIM_URL" ANYWAY=1 </dev/null
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(jq -c 'select(.type == "stability") | .failed' disk/*/metrics.ndjson | sort -u)" = 0 ]
	run lmsdrive run --resume disk/* disk/*/plan.ndjson
	[ "$output" = "lmsdrive: --resume: every step is finished" ]
	[ -s "$(echo disk/*/report.html)" ]
}

@test "make fleet on a disk that gets full: said, status 4, what came is kept" {
	command -v parallel >/dev/null && command -v ssh >/dev/null || skip "parallel or ssh is not installed"
	printf '#!/usr/bin/env bash\nexec bash -c "$2"\n' >ssh
	chmod +x ssh
	start_lmsim --models "$TOP/config/demo-models.yaml"
	# Room for the plan, which is there twice in the end, and some records.
	disk_of $(($(lmsdrive plan --pair llama-3.3-70b --scenario simple_gen "$TOP/config/demo.yaml" | wc -c) / 1024 + 100))
	run make --no-print-directory -C "$TOP" BIN="$LMG_BIN" fleet HOSTS=h SSH="$PWD/ssh" FLEET_PATH="$LMG_BIN" CONFIG=config/demo.yaml \
	    SERVER="$SIM_URL" PAIR=llama-3.3-70b SCENARIO=simple_gen RESULTS="$PWD/disk" </dev/null
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"cat: write error: No space left on device"* && $output == *"fleet: h: its records broke off, "*"Error 4"* ]]
	[ "$(grep -c '"type":"run"' disk/*/h/raw.ndjson)" -ge 1 ]
	[ -z "$(find disk -name '*.tmp*')" ]
}

@test "a log that cannot be written is said, and ends with 4; the records are whole" {
	[ -c /dev/full ] || skip "there is no /dev/full"
	known_suite .
	known_server
	lmsdrive plan --server "$SIM_URL" --scenario cold_start --variant gguf truth-suite.yaml >plan
	run -4 --separate-stderr lmsdrive run --log /dev/full plan
	[[ $stderr == *"lmsdrive: /dev/full: not all that was said could be written" ]]
	[ "$(tail -n 1 <<<"$output" | jq -r .type)" = end ]
}
