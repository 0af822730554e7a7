# How exact, and how dear, is the client?  Measured on this machine, against a
# sender of known schedule (lmsdrive calibrate) and a bare libcurl loop.

#: make bench            the client's noise and cost, beside a bare libcurl loop
#:                       (STREAMS="1 32 256 1024", BENCH_ROUNDS=5)

STREAMS ?= 1 32 256 1024
BENCH_ROUNDS ?= 5

# Ours and the bare loop one after the other, a pair a round: of the machine's
# moods a pair shares most.  Who goes first alternates.
BENCH_JQ := def median: sort | (.[(length - 1) / 2 | floor] + .[length / 2 | floor]) / 2; \
	[range(0; length; 2) as $$i | .[$$i:$$i + 2] | sort_by(.p50_ns == null)] \
	| map(.[0].cpu_ns_per_chunk / .[1].cpu_ns_per_chunk) as $$times | map(.[0]) as $$ours | map(.[1]) as $$bare \
	| [$$ours[0].streams, ($$ours | map(.p50_ns) | median / 1e3), ($$ours | map(.p99_ns) | median / 1e3), \
	    ($$ours | map(.ttft_p99_ns) | median / 1e3), ($$ours | map(.cpu_ns_per_chunk) | median / 1e3), \
	    ($$times | median, min, max), ($$ours | map(.max_rss_bytes) | median / 1048576), \
	    ([$$ours, $$bare | map(.max_rss_bytes) | median] | .[0] / .[1])] | @tsv

.PHONY: bench-driver
bench: bench-driver
bench-driver: bin/lmsdrive
	@$(call a_number,BENCH_ROUNDS); echo "streams   p50 us   p99 us   ttft p99 us   cpu us/chunk (x bare, least to most)   rss MiB (x bare)   [medians of $$BENCH_ROUNDS rounds; arrival by our clock minus send]"
	@set -f; for n in $$STREAMS; do \
	    for i in $$(seq "$$BENCH_ROUNDS"); do \
	        [ $$((i % 2)) = 1 ] || bin/lmsdrive calibrate -n $$n --bare; \
	        bin/lmsdrive calibrate -n $$n; \
	        [ $$((i % 2)) = 0 ] || bin/lmsdrive calibrate -n $$n --bare; \
	    done | jq -rs '$(BENCH_JQ)'; \
	done | awk '{ printf "%7d %8.1f %8.1f %13.1f %14.1f (%4.2f, %4.2f to %4.2f) %15.1f (%4.2f)\n", $$1, $$2, $$3, $$4, $$5, $$6, $$7, $$8, $$9, $$10 }'
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
