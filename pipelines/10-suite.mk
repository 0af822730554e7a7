# A run: config -> plan -> records -> metrics -> report.  The pipe in "drive"
# is the whole program; suite and single differ in what they plan.

#: make suite            measure every pair of CONFIG=config/suite.yaml (SERVER=url overrides the server)
#: make single           PAIR=name VARIANT=label SCENARIO=name: one cell of it
#: make resume           RUN=results/STAMP: go on with a run that broke off
#: make doctor           can this run? what is missing?
#:                       VERBOSE=1 shows each request; INTERVAL=100ms, RESULTS=dir, KEEP_LOADED=1

CONFIG ?= config/suite.yaml
SERVER ?=
PAIR ?=
SCENARIO ?=
INTERVAL ?=
KEEP_LOADED ?=
STAMP := $(shell date -u +%Y%m%dT%H%M%SZ)
RESULTS ?= $(or $(shell bin/lmsdrive plan --print results $(CONFIG) 2>/dev/null),results)
OUT = $(RESULTS)/$(STAMP)

PLAN_ARGS = $(if $(SERVER),--server $(SERVER))
RUN_ARGS = $(if $(VERBOSE),--verbose) $(if $(KEEP_LOADED),--keep-loaded)
SAMPLE_ARGS = $(if $(INTERVAL),-i $(INTERVAL))

# Ctrl-C reaches every program of the pipe.  lmsdrive cancels, unloads and
# ends its stream, the others read on until it has, and the report is made
# from what was measured; so the shell must not leave first (trap).  Should
# metricsagg die, the recording goes on (cat): analyze works it out again.
# Without a server nothing is recorded, and the folder goes again.
define drive
@trap : INT TERM; set +e; out=$(OUT); mkdir -p $$out || exit 4; \
bin/lmsdrive plan $(PLAN_ARGS) $(1) $(CONFIG) >$$out/plan.ndjson || { rc=$$?; rm -r $$out; exit $$rc; }; \
bin/lmsdrive run $(RUN_ARGS) --log $$out/run.log --share $$out/.memory $$out/plan.ndjson \
    | bin/memsample $(SAMPLE_ARGS) --share $$out/.memory 2>>$$out/run.log \
    | tee -i $$out/raw.ndjson \
    | { bin/metricsagg 2>>$$out/run.log; cat >/dev/null; } \
    | tee -i $$out/metrics.ndjson \
    | bin/mkreport >$$out/report.md 2>>$$out/run.log; \
rc=$$PIPESTATUS; \
[ -s $$out/raw.ndjson ] || { rm -r $$out; exit $$rc; }; \
$(MAKE) --no-print-directory analyze RUN=$$out || exit; \
echo "report: $$out/report.md"; \
exit $$rc
endef

.PHONY: suite single resume doctor
suite: all
	$(call drive)

single: all
	$(if $(PAIR)$(SCENARIO)$(VARIANT),,$(error single: say which: make single PAIR=name VARIANT=label SCENARIO=name; see "bin/lmsdrive plan --summary $(CONFIG)"))
	$(call drive,$(if $(PAIR),--pair '$(PAIR)') $(if $(VARIANT),--variant '$(VARIANT)') $(if $(SCENARIO),--scenario '$(SCENARIO)'))

# The steps that raw.ndjson has finished are left out; the rest is added to it.
resume: all
	$(if $(RUN),,$(error resume: say which run: make resume RUN=results/STAMP))
	@trap : INT TERM; set +e; \
	bin/lmsdrive run $(RUN_ARGS) --resume '$(RUN)' --log '$(RUN)/run.log' --share '$(RUN)/.memory' '$(RUN)/plan.ndjson' \
	    | bin/memsample $(SAMPLE_ARGS) --share '$(RUN)/.memory' 2>>'$(RUN)/run.log' \
	    | tee -i -a '$(RUN)/raw.ndjson' >/dev/null; \
	rc=$$PIPESTATUS; \
	$(MAKE) --no-print-directory analyze RUN='$(RUN)' || exit; \
	echo "report: $(RUN)/report.md"; \
	exit $$rc

doctor: all
	@PATH="$(CURDIR)/bin:$$PATH" bin/lmsdrive doctor $(if $(SERVER),--server $(SERVER)) $(CONFIG)
