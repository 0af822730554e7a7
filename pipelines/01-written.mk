# What names something is taken as it was written, also with a "$" in it, and
# goes to the recipes through the environment ("$$RUN"), so that no shell reads
# it as anything but a name.  Read before all else: from 4.4 on make expands what
# is exported for every $(shell), and would execute what stands in a name.
GIVEN := CONFIG SERVER PAIR VARIANT SCENARIO INTERVAL RESULTS RUN BIN BASE NEW \
	BUDGET FORMAT FAIL_IF PLOT_FORMAT SHOW HOSTS SSH FLEET_JOBS FLEET_PATH EXPORT FILE \
	PORT ONLY FUZZ_SECONDS STREAMS BENCH_ROUNDS BENCH_SECONDS RUNS PIPELINES LMGAUGE
as_written = $(if $(filter command environment,$(firstword $(origin $(1)))),\
	$(eval override $(1) := $$(value $(1))))
$(foreach v,$(GIVEN) PREFIX DESTDIR VERBOSE KEEP_LOADED ANYWAY CI \
	TEST_PACKAGES BENCH_PACKAGES,$(call as_written,$(v)))
unexport CDPATH
