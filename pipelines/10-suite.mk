# A run: config -> plan -> records -> metrics -> report.  suite, quick, quality,
# single and resume differ in what they ask of it.

#: make config           write config/my.yaml for the models that the server has
#: make suite            measure every pair of CONFIG (config/my.yaml, else
#:                       config/suite.yaml; SERVER=url overrides the server;
#:                       BUDGET=45m: no visit begins later;
#:                       PAIR=name, SCENARIO=name: of it only that)
#: make quick            one pair, one question, in about ten minutes
#:                       (PAIR=name, else the first; BUDGET=10m)
#: make quality          is it as good? 1000 questions of which the answer is
#:                       known, and facts in texts as long as the context
#:                       (PAIR=name, VARIANT=label, SCENARIO=check: 100 questions)
#: make single           PAIR=name VARIANT=label SCENARIO=name: one cell of it
#: make resume           RUN=results/STAMP: go on with a run that broke off
#:                       (BUDGET=45m)
#: make doctor           can this run? what is missing?
#:                       Of each of them VERBOSE=1 shows every request, ANYWAY=1
#:                       measures what cannot be measured well, too; also
#:                       INTERVAL=100ms, RESULTS=dir, KEEP_LOADED=1

CONFIG ?= $(firstword $(wildcard config/my.yaml) config/suite.yaml)
SERVER ?=
PAIR ?=
VARIANT ?=
SCENARIO ?=
INTERVAL ?=
KEEP_LOADED ?=
ANYWAY ?=
BUDGET ?=
RESULTS ?=

budget_arg = $${BUDGET:+--budget "$$BUDGET"}
server_arg = $${SERVER:+--server "$$SERVER"}
cell_args = $${PAIR:+--pair "$$PAIR"} $${VARIANT:+--variant "$$VARIANT"} $${SCENARIO:+--scenario "$$SCENARIO"}
RUN_ARGS = $(if $(VERBOSE),--verbose) $(if $(KEEP_LOADED),--keep-loaded) $(if $(ANYWAY),--anyway)

# A run, step by step: shell/run.bash has each of them, and the pipe in "record".
# Without a server nothing is recorded, and the folder goes again.
define drive
$(at)$(steps) stay; own_folder; own_files plan.ndjson run.log; \
plan $(server_arg) $(budget_arg) $(1); \
record $(RUN_ARGS); \
[ -s "$$out/raw.ndjson" ] || give_up $$rc; \
report $(again) analyze
endef

.PHONY: config suite quick quality single resume doctor
config: $(need_bin)
	@$(steps) "$$BIN/lmsdrive" init $(server_arg)

suite: $(need_bin)
	$(call drive,$(cell_args))

# Which is faster, and which needs less?  Ends sooner when that is certain.
# Where nobody has made a configuration yet, one is made of what the server has;
# there the smallest pair is the first.
quick: BUDGET := $(or $(value BUDGET),10m)
quick: $(need_bin)
	@$(steps) [ -n "$$PAIR" ] || needs jq
	$(if $(filter file:config/suite.yaml,$(origin CONFIG):$(CONFIG)),$(make_config),$(quick_run))
make_config = $(at)$(steps) "$$BIN/lmsdrive" init $(server_arg) && exec $(again) quick CONFIG=config/my.yaml
first_pair = $$("$$BIN/lmsdrive" plan -- "$$CONFIG" 2>/dev/null | jq -rs '.[0].pair // ""')
quick_run = $(call drive,--scenario "$${SCENARIO:-simple_gen}" --pair "$${PAIR:-$(first_pair)}")

# The answers are drawn without chance: one visit is enough.
quality_asks := quality,needle
quality: $(need_bin)
	$(call drive,--blocks 1 --scenario "$${SCENARIO:-$(quality_asks)}" $${PAIR:+--pair "$$PAIR"} $${VARIANT:+--variant "$$VARIANT"})

single: $(need_bin)
	@$(steps) [ -n "$$PAIR$$SCENARIO$$VARIANT" ] || \
	    die 2 "say which: $(me) $@ PAIR=name VARIANT=label SCENARIO=name; lmsdrive plan --summary $$CONFIG lists them"
	$(call drive,$(cell_args))

unasked = $(foreach v,CONFIG SERVER PAIR VARIANT SCENARIO,$(if $(filter override,$(origin $(v))),$(if $(value $(v)),$(v)=)))
# The steps that raw.ndjson has finished are left out; the rest is added to it.
resume: $(need_bin)
	$(need_run)
	$(at)$(run_path); stay; $(need_raw); out=$$RUN; \
	$(if $(strip $(unasked)),echo "$(me): $@: $(strip $(unasked)) is not looked at: the plan of $$RUN is done as it was made" >&2;) \
	record $(RUN_ARGS) $(budget_arg); \
	report $(again) analyze

doctor: $(need_bin)
	@$(steps) PATH="$$BIN:$$PATH" "$$BIN/lmsdrive" doctor $(server_arg) -- "$$CONFIG"
