#!/usr/bin/env bats
# GPU memory, with a stand-in for the driver's library.

bats_require_minimum_version 1.5.0

@test "NVIDIA: the process's memory on all devices, and the machine's" {
	[ "$(uname -s)" = Linux ] || skip "NVML is for Linux"
	cd "$BATS_TEST_TMPDIR"
	cc -shared -fPIC -o libnvidia-ml.so.1 "$BATS_TEST_DIRNAME/../lib/nvml_fake.c"
	sleep 100 3>&- &
	target=$!
	LD_LIBRARY_PATH=$PWD FAKE_NVML_PID=$target memsample --alone -p "$target" --for 2500ms </dev/null >out
	kill "$target"
	jq -es 'map(select(.type == "mem")) | .[0].vram_bytes == 3221225472 and .[0].sys.gpu_bytes == 21474836480
		and .[1].vram_bytes == null' out
	# 3 J a look on each of two devices; shown once a look, with its age.
	jq -es 'map(select(.type == "mem" and .sys.gpu_energy_nj != null).sys)
		| length >= 2 and .[0].gpu_energy_nj == 0
		and (map(.gpu_energy_nj) | all(. % 6000000000 == 0) and . == unique and .[-1] >= 6000000000)
		and all(.slow_age_ns >= 0 and .slow_age_ns < 2000000000)' out
	LD_LIBRARY_PATH=$PWD run -0 memsample --counters
	[[ $output == *"gpu_energy_nj"*"yes   energy of the GPUs"* ]]
}

@test "no GPU: unknown, and --counters says why" {
	[ ! -e /dev/dri ] && [ ! -e /sys/class/kfd ] || skip "there is a GPU here"
	run -0 memsample --counters
	[[ $output == *"vram_bytes"*"no    GPU memory: no "* ]]
}
