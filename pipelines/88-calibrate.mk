# Calibration: the error rates of the statistics, measured on simulated runs
# and printed beside the figures they were chosen for.  Not part of the tests:
# it takes minutes.

#: make calibrate        measure the error rates of verdicts (RUNS=1000 per cell)

RUNS ?= 1000
CALIBRATE_OBJ := $(patsubst %.c,$(B)/%.o,$(sort $(wildcard tests/calibrate/*.c)))

$(CALIBRATE_OBJ): TOOL_CFLAGS = -Isrc/metricsagg $(metricsagg_CFLAGS)
$(B)/tests/calibrate/calibrate: $(CALIBRATE_OBJ) $(B)/metricsagg.a $(B)/lib.a
	$(LINK) $^ $(lib_LIBS) -o $@

.PHONY: calibrate
calibrate: $(B)/tests/calibrate/calibrate $(B)/bin/metricsagg
	@$(call a_number,RUNS)
	PATH="$(CURDIR)/$(B)/bin:$$PATH" nice $< all "$$RUNS"
