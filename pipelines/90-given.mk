# What is given on the command line or in the environment, and who gives it:
# make in the source tree, or lmgauge from anywhere (command/).  Read behind the other fragments.

# What names something is taken as it was written, also with a "$" in it, and
# goes to the recipes through the environment ("$$RUN"), so that no shell reads
# it as anything but a name.
GIVEN := CONFIG SERVER PAIR VARIANT SCENARIO INTERVAL RESULTS RUN BIN BASE NEW \
	BUDGET FORMAT FAIL_IF PLOT_FORMAT SHOW HOSTS SSH FLEET_JOBS FLEET_PATH EXPORT FILE \
	PORT ONLY FUZZ_SECONDS STREAMS BENCH_SECONDS RUNS PIPELINES LMGAUGE
as_written = $(if $(filter command environment,$(firstword $(origin $(1)))),\
	$(eval override $(1) := $$(value $(1))))
$(foreach v,$(GIVEN) PREFIX DESTDIR VERBOSE KEEP_LOADED ANYWAY CI \
	TEST_PACKAGES BENCH_PACKAGES,$(call as_written,$(v)))
unexport CDPATH

# Without this one there is nothing to do: $(call need,RUN,which run: ...).
need = @[ -n "$$$(1)" ] || { echo '$(me): $@: say $(2)' >&2; exit 2; }

# This one is counted with, and bash would execute what it takes for an index.
a_number = case $$$(1) in ''|*[!0-9]*) echo "$(me): $(1)=$$$(1): it is a number" >&2; exit 2 ;; esac

# This folder, and the programs: those of the source tree are built first.
PIPELINES ?= $(CURDIR)/pipelines
BIN ?= $(CURDIR)/bin
need_bin = $(if $(filter $(CURDIR)/bin,$(BIN)),all)

# The command that runs these recipes: what a recipe calls for another one, and
# how a message names it.
LMGAUGE ?=
again = $(if $(LMGAUGE),"$$LMGAUGE",$(MAKE) --no-print-directory)
me = $(if $(LMGAUGE),lmgauge,make)
steps = me=$(me); target=$@; . "$$PIPELINES/shell/run.bash";
# A recipe that calls for others ("+"), but not when asked what it would do (-n).
at = $(if $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),,+)@
how_installed = $(if $(LMGAUGE),,; make packages installs it)

# Last: what is exported before it has its default never gets one.
export $(GIVEN)
