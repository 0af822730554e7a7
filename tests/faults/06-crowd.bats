#!/usr/bin/env bats
# memsample --port with one process to a thousand under the port: each is seen
# and counted, as root too, who hears of processes another way.

bats_require_minimum_version 1.5.0

teardown() {
	exec 8>&-
	wait
}

@test "1, 100, 177, 256 and 1000 processes under the port: all are sampled" {
	local n k sizes="1 100 177 256 1000"
	cd "$BATS_TEST_TMPDIR"
	mkfifo end
	for n in $sizes; do
		rm -f port
		"$LMG_BUILD/helpers/crowd" port "$n" <end 3>&- 8>&- &
		exec 8>end
		for _ in {1..400}; do [ -s port ] && break; sleep 0.05; done
		run -0 --separate-stderr memsample -i 50ms --port "$(cat port)" --for 400ms
		[ -z "$stderr" ]
		[ "$(jq -c 'select(.type == "mem") | .pids | length' <<<"$output" | sort -u)" -eq "$n" ]
		[ "$(jq -r 'select(.type == "proc" and .event == "appear") | .pid' <<<"$output" | sort -u | wc -l)" -eq "$n" ]
		[ "$(jq -s 'map(select(.type == "mem") | .rss_bytes) | min' <<<"$output")" -gt 0 ]
		[ "$(jq -r .type <<<"$output" | tail -n 1)" = end ]
		# As a stage of the pipe, which finds the port in the records.
		printf '{"type":"run","run":"20261128T000000Z-000000","t_ns":0,"v":1,"stream":"raw","origin_ns":"0","server":{"url":"http://127.0.0.1:%d","port":%d}}\n' \
		    "$(cat port)" "$(cat port)" >run
		run -0 --separate-stderr memsample -i 50ms < <(cat run; sleep 0.4)
		k=$(jq -c 'select(.type == "mem") | .pids | length' <<<"$output" | sort -n | tail -n 1)
		[ "$k" -eq "$n" ] || { echo "$n processes, $k seen"; false; }
		exec 8>&-
		wait
	done
}
