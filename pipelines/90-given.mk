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
steps = $(if $(slips),$(error $(firstword $(slips))= is nothing that is read here: $(me) help lists what can be given))me=$(me); target=$@; . "$$PIPELINES/shell/run.bash";
# What is on the command line, and not ours (01-written.mk) nor of the build, is
# a slip of the pen: make would go on without it, and measure something else.
slips = $(filter-out CC CFLAGS CPPFLAGS LDFLAGS BUILD SHELL .SHELLFLAGS,$(foreach v,$(.VARIABLES),\
	$(if $(filter command,$(firstword $(origin $(v)))),$(v))))
# A recipe that calls for others ("+"), but not when asked what it would do (-n).
at = $(if $(findstring n,$(filter-out --%,$(firstword -$(MAKEFLAGS)))),,+)@
how_installed = $(if $(LMGAUGE),,; make packages installs it)

# Last: what is exported before it has its default never gets one.
export $(GIVEN)
