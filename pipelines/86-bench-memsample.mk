# What a sample costs, next to other samplers on the same processes.

#: make bench-memsample  CPU per sample beside a bare loop, psutil, pidstat and
#:                       top (BENCH_SECONDS=10)

BENCH_SECONDS ?= 10

.PHONY: bench-memsample
bench: bench-memsample
bench-memsample: bin/memsample
	@$(MAKE) --no-print-directory packages BENCH_PACKAGES=1 || true
	@$(call a_number,BENCH_SECONDS); tests/bench/memsample "$$BENCH_SECONDS"
