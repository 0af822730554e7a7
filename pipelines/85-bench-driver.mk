# How exact, and how dear, is the client?  Measured on this machine, against a
# sender of known schedule (lmsdrive calibrate) and a bare libcurl loop.

#: make bench            the client's noise and cost, beside a bare libcurl loop (STREAMS="1 32 256 1024")

STREAMS ?= 1 32 256 1024
BENCH_JQ := [.[0].streams, .[0].p50_ns / 1e3, .[0].p99_ns / 1e3, .[0].ttft_p99_ns / 1e3, \
	.[0].cpu_ns_per_chunk / 1e3, .[0].cpu_ns_per_chunk / .[1].cpu_ns_per_chunk, \
	.[0].max_rss_bytes / 1048576, .[0].max_rss_bytes / .[1].max_rss_bytes] | @tsv

.PHONY: bench-driver
bench: bench-driver
bench-driver: bin/lmsdrive
	@echo "streams   p50 us   p99 us   ttft p99 us   cpu us/chunk (x bare)   rss MiB (x bare)   [arrival by our clock minus send]"
	@set -f; for n in $$STREAMS; do \
	    { bin/lmsdrive calibrate -n $$n; bin/lmsdrive calibrate -n $$n --bare; } | jq -rs '$(BENCH_JQ)'; \
	done | awk '{ printf "%7d %8.1f %8.1f %13.1f %14.1f (%4.2f) %11.1f (%4.2f)\n", $$1, $$2, $$3, $$4, $$5, $$6, $$7, $$8 }'
	@bin/lmsdrive calibrate -g 0 | jq -r '"flat out: \(.chunks_per_cpu_s) chunks per CPU second, every record written"'
	@for i in 1 2 3 4 5; do bin/lmsdrive calibrate -n 32 -d 1s; done | \
	    jq -sr 'map(.p50_ns / 1e3) | "noise: p50 of five runs with 32 streams \(min) to \(max) us"'

# What hardening costs: the same, built without it, in turns.
PLAIN := build/plain/bin
.PHONY: bench-hardening
bench: bench-hardening
bench-hardening: bin/metricsagg bin/lmsdrive $(BENCH_RAW)
	@$(MAKE) --no-print-directory B=build/plain HARDEN_CFLAGS= HARDEN_LDFLAGS= $(PLAIN)/metricsagg $(PLAIN)/lmsdrive >/dev/null
	@for i in 1 2 3 4 5; do for b in $(PLAIN) bin; do \
	    m=$$({ TIMEFORMAT='%U %S'; time $$b/metricsagg <$(BENCH_RAW) >/dev/null 2>&1; } 2>&1); \
	    echo "$$b $$m $$($$b/lmsdrive calibrate -n 8 -g 2ms -d 1s | jq .cpu_ns_per_chunk)"; \
	done; done | awk '{ m[$$1] += $$2 + $$3; d[$$1] += $$4 } END { \
	    printf "hardened / not, CPU of five runs in turns: metricsagg %.3f, lmsdrive %.3f a chunk\n", \
	    m["bin"] / m["$(PLAIN)"], d["bin"] / d["$(PLAIN)"] }'
