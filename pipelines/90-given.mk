# What recipes share about what is given on the command line or in the environment
# (01-written.mk), and who gives it: make in the source tree, or lmgauge from
# anywhere (command/).  Read behind the other fragments.

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
