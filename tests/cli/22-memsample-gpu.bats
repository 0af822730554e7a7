#!/usr/bin/env bats
# GPU memory, with a stand-in for the driver's library.

bats_require_minimum_version 1.5.0

@test "NVIDIA: the process's memory on all devices, and the machine's" {
	[ "$(uname -s)" = Linux ] || skip "NVML is for Linux"
	cd "$BATS_TEST_TMPDIR"
	cc -shared -fPIC -o libnvidia-ml.so.1 "$BATS_TEST_DIRNAME/../lib/nvml_fake.c"
	sleep 100 3>&- &
	target=$!
	LD_LIBRARY_PATH=$PWD FAKE_NVML_PID=$target memsample --alone -p "$target" --for 300ms </dev/null >out
	kill "$target"
	jq -es 'map(select(.type == "mem")) | .[0].vram_bytes == 3221225472 and .[0].sys.gpu_bytes == 21474836480
		and .[1].vram_bytes == null' out
}

@test "no GPU: unknown, and --counters says why" {
	[ ! -e /dev/dri ] && [ ! -e /sys/class/kfd ] || skip "there is a GPU here"
	run -0 memsample --counters
	[[ $output == *"vram_bytes"*"no    GPU memory: no "* ]]
}
