# How fast and how big metricsagg is, beside what one would use instead.

#: make bench-metricsagg its throughput and memory, beside cJSON and jq

BENCH_DIR := build/bench
BENCH_RAW := $(BENCH_DIR)/raw.ndjson

$(BENCH_RAW): $(B)/helpers/mkraw
	@mkdir -p $(@D)
	@$< -r 20261123T045210Z-1f9a3c -n 24 -c 9000 -m 1000 -j 3000 >$@.tmp
	@mv $@.tmp $@

# Short answers: what a request costs beside its chunks.
BENCH_REQUESTS := $(BENCH_DIR)/requests.ndjson
$(BENCH_REQUESTS): $(B)/helpers/mkraw
	@mkdir -p $(@D)
	@$< -n 24996 -c 1 -m 1000000 >$@.tmp
	@mv $@.tmp $@

# seconds COMMAND...: the best of three, in milliseconds of user and system
# time, into $best; stdin is the raw file.
.PHONY: bench bench-metricsagg
bench: bench-metricsagg
bench-metricsagg: bin/metricsagg $(B)/helpers/cjson_loop $(BENCH_RAW) $(BENCH_REQUESTS)
	@printf '%s lines, %s bytes, nearly all chunk records\n' \
	    "$$(wc -l <$(BENCH_RAW))" "$$(wc -c <$(BENCH_RAW))"
	@cpu() { \
	    local best= n t; \
	    for n in 1 2 3; do \
	        t=$$({ TIMEFORMAT='%U %S'; time "$$@" <$(BENCH_RAW) >/dev/null 2>&1; } 2>&1 | awk '{print $$1 + $$2}'); \
	        if [ -z "$$best" ] || awk "BEGIN {exit !($$t < $$best)}"; then best=$$t; fi; \
	    done; \
	    echo "$$best"; \
	}; \
	ours=$$(cpu bin/metricsagg); loop=$$(cpu $(B)/helpers/cjson_loop); jq=$$(cpu jq -c .t_ns); \
	part=$$(cpu bin/metricsagg --partial); \
	awk -v o="$$ours" -v l="$$loop" -v j="$$jq" -v p="$$part" -v b="$$(wc -c <$(BENCH_RAW))" 'BEGIN { \
	    printf "metricsagg            %7.3f s  %6.0f MB/s\n", o, b / o / 1e6; \
	    printf "metricsagg --partial  %7.3f s  %6.0f MB/s\n", p, b / p / 1e6; \
	    printf "getline and cJSON     %7.3f s  %6.0f MB/s  %5.1f times metricsagg (at least 2 wanted)\n", l, b / l / 1e6, l / o; \
	    printf "jq -c .t_ns           %7.3f s  %6.0f MB/s  %5.1f times metricsagg (at least 8 wanted)\n", j, b / j / 1e6, j / o; \
	    exit !(l >= 2 * o && j >= 8 * o) }'
	@bin/metricsagg --verbose <$(BENCH_RAW) 2>&1 >/dev/null | sed 's/^metricsagg: /in order: /'
	@shuf $(BENCH_RAW) | bin/metricsagg --verbose 2>&1 >/dev/null | sed 's/^metricsagg: /shuffled: /'
	@awk -v n="$$(grep -c '"chunk"' $(BENCH_RAW))" 'BEGIN { printf "allowed:  %.0f MiB (16 bytes for each of %d chunks, and 32 MiB)\n", n * 16 / 1048576 + 32, n }'
	@printf '100000 requests of one token, %s bytes (a million: ten times that; wanted: 8 s and 300 MB)\n' "$$(wc -c <$(BENCH_REQUESTS))"
	@bin/metricsagg --verbose <$(BENCH_REQUESTS) 2>&1 >/dev/null | sed 's/^metricsagg: /requests: /'
	@TIMEFORMAT='requests: jq -c .t_ns %U s of CPU time'; time jq -c .t_ns <$(BENCH_REQUESTS) >/dev/null
