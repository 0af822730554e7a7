# A run: config -> plan -> records -> metrics -> report.  The pipe in "record"
# is the whole program; suite, single and resume differ in what they ask of it.

#: make config           write config/my.yaml for the models that the server has
#: make suite            measure every pair of CONFIG (config/my.yaml, else config/suite.yaml; SERVER=url
#:                       overrides the server; BUDGET=45m: no visit begins later;
#:                       PAIR=name, SCENARIO=name: of it only that)
#: make quick            one pair, one question, in about ten minutes (PAIR=name, else the first; BUDGET=10m)
#: make quality          is it as good? 1000 questions of which the answer is known, and facts in texts as long as
#:                       the context (PAIR=name, VARIANT=label, SCENARIO=check: 100 questions)
#: make single           PAIR=name VARIANT=label SCENARIO=name: one cell of it
#: make resume           RUN=results/STAMP: go on with a run that broke off
#: make doctor           can this run? what is missing?
#:                       VERBOSE=1 shows each request; INTERVAL=100ms, RESULTS=dir, KEEP_LOADED=1
#:                       ANYWAY=1 measures what cannot be measured well, too

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

# A signal to the whole group (Ctrl-C, a closed terminal, systemctl stop)
# reaches every program: lmsdrive cancels, unloads and ends its stream, the
# others read on until it has, and the report is made of what was measured.
# So this shell must not leave first.  One to it alone, or to lmgauge, or TERM
# to make (which passes no other on), goes on to $$drive: lmsdrive takes those
# that come together for one.
stay = trap 'ended=1; [ -z "$${drive:-}" ] || kill $$drive 2>/dev/null || :' INT TERM HUP QUIT; trap : PIPE; \
	[ -z "$${LMGAUGE_STATUS:-}" ] || { echo $$$$ >"$$LMGAUGE_STATUS.pid"; case $$(cat "$$LMGAUGE_STATUS") in ''|0) ;; *) exit 4 ;; esac; }

# A command beside this shell, which so hears of a signal while it runs, and
# passes it on; what is begun with "&" is deaf to INT and QUIT unless told.
beside = ( trap - INT QUIT; exec $(1) ) & drive=$$!; rc=0; \
	until wait $$drive && rc=0 || rc=$$?; [ $$rc -le 128 ] || ! kill -0 $$drive 2>/dev/null; do :; done; drive=

# out=...: a folder of this run's own.  mkdir makes it or fails, so two runs
# that begin in the same second get two.
own_folder = results=$${RESULTS:-$$("$$BIN/lmsdrive" plan --print results -- "$$CONFIG" 2>/dev/null || true)}; \
	results=$${results:-results}; case $$results in -*) results=./$$results ;; esac; \
	mkdir -p "$$results" || exit 4; stamp=$$(date -u +%Y%m%dT%H%M%SZ)$(1); out=$$results/$$stamp; n=1; \
	until mkdir "$$out" 2>/dev/null; do \
	    [ -e "$$out" ] || { mkdir "$$out"; exit 4; }; \
	    n=$$((n + 1)); out=$$results/$$stamp-$$n; \
	done

# Into the folder $$out: $(1) are more arguments of lmsdrive run, $(2) files
# that were recorded before.  What memsample has to say goes to the terminal,
# too.  What comes back goes one way: metricsagg says in .decided what is certain
# and how large the server is; lmsdrive leaves out the one and shows the other.
# Without metricsagg nothing is left out, and nothing lost.  The pipe is
# beside this shell, which hears of a signal only while it waits; what the shell
# would say of a program that was killed is in words of ours.
define record
pid=$$(mktemp) || exit 4; \
( trap : INT TERM HUP QUIT PIPE; exec 9>&2 2>/dev/null; \
PATH="$$BIN:$$PATH" sh -c 'echo $$$$ >"$$0"; exec "$$@"' "$$pid" \
    "$$BIN/lmsdrive" run $(RUN_ARGS) $(1) --log "$$out/run.log" --decided "$$out/.decided" -- "$$out/plan.ndjson" 2>&9 9>&- \
    | "$$BIN/memsample" $${INTERVAL:+-i "$$INTERVAL"} --record "$$out/raw.ndjson" \
        2> >(trap '' INT TERM HUP QUIT PIPE; exec tee -a "$$out/run.log" >&9) 9>&- \
    | { trap '' INT TERM HUP QUIT PIPE; exec "$$BIN/metricsagg" --decide "$$out/.decided" $(2) - >/dev/null 2>>"$$out/run.log"; } 9>&-; \
st=("$${PIPESTATUS[@]}"); i=0; for p in lmsdrive memsample metricsagg; do \
    [ $${st[$$i]} -le 128 ] || echo "$(me): $@: $$p was ended by signal $$((st[i] - 128))" >&9; i=$$((i + 1)); done; \
[ $${st[1]} -ne 4 ] || exit 4; exit $${st[0]} ) <&0 & \
pipe=$$!; until [ -s "$$pid" ] || ! kill -0 $$pipe 2>/dev/null; do sleep 0.02; done; \
read -r drive <"$$pid"; [ -z "$${ended:-}" ] || kill $$drive 2>/dev/null; wait $$pipe; rc=$$?; \
while [ $$rc -gt 128 ] && kill -0 $$pipe 2>/dev/null; do wait $$pipe; rc=$$?; done; \
[ $$rc -le 128 ] || { wait $$pipe; st=$$?; [ $$st -eq 127 ] || rc=$$st; [ $$rc -le 128 ] || rc=4; }; \
rm -f "$$out/.decided" "$$pid"; drive=
endef

# The last line says what became of it.
define report
$(again) analyze RUN="$$out" BIN="$$BIN" || [ $$rc -ne 0 ] || rc=4; \
[ $$rc -eq 0 ] || printf '$(me): $@: ended early or in part (status %d, said above); to go on: $(me) resume RUN=%q\n' $$rc "$$out" >&2; \
exit $$rc
endef

# Without a server nothing is recorded, and the folder goes again.
define drive
+@$(stay); set +e; $(call own_folder,); \
{ : >"$$out/plan.ndjson" && : >"$$out/run.log"; } 2>/dev/null || \
    { echo "$(me): $@: $$out: no file can be made there: no room, or no free inodes (df -i)" >&2; rm -r "$$out"; exit 4; }; \
"$$BIN/lmsdrive" plan $(server_arg) $(budget_arg) $(1) -- "$$CONFIG" >"$$out/plan.ndjson" && [ -z "$${ended:-}" ] || \
    { rc=$$?; rm -r "$$out"; [ -z "$${ended:-}" ] || rc=4; exit $$rc; }; \
$(call record,,); \
[ -d "$$out" ] || { echo "$(me): $@: $$out is not there any more: if it was moved, its records are whole, and $(me) analyze RUN= makes their report" >&2; exit 4; }; \
[ -s "$$out/raw.ndjson" ] || { rm -r "$$out"; exit $$rc; }; \
$(report)
endef

.PHONY: config suite quick quality single resume doctor
config: $(need_bin)
	@"$$BIN/lmsdrive" init $(server_arg)

suite: $(need_bin)
	$(call drive,$(cell_args))

# Which is faster, and which needs less?  Ends sooner when that is certain.
# Where nobody has made a configuration yet, one is made of what the server has;
# there the smallest pair is the first.
quick: BUDGET := $(or $(value BUDGET),10m)
quick: $(need_bin)
	$(if $(filter file:config/suite.yaml,$(origin CONFIG):$(CONFIG)),+@"$$BIN/lmsdrive" init $(server_arg) && \
	    exec $(again) quick CONFIG=config/my.yaml,$(call drive,--scenario "$${SCENARIO:-simple_gen}" --pair \
	    "$${PAIR:-$$("$$BIN/lmsdrive" plan -- "$$CONFIG" 2>/dev/null | jq -rs '.[0].pair // ""')}"))

# The answers are drawn without chance: one visit is enough.
quality_asks := quality,needle
quality: $(need_bin)
	$(call drive,--blocks 1 --scenario "$${SCENARIO:-$(quality_asks)}" $${PAIR:+--pair "$$PAIR"} $${VARIANT:+--variant "$$VARIANT"})

single: $(need_bin)
	@[ -n "$$PAIR$$SCENARIO$$VARIANT" ] || { echo "$(me): single: say which: $(me) single PAIR=name VARIANT=label SCENARIO=name; lmsdrive plan --summary $$CONFIG lists them" >&2; exit 2; }
	$(call drive,$(cell_args))

# The steps that raw.ndjson has finished are left out; the rest is added to it.
resume: $(need_bin)
	$(need_run)
	+@$(stay); set +e; $(run_path); out=$$RUN; \
	[ -r "$$out/raw.ndjson" ] || { echo "$(me): $$out/raw.ndjson: not there; RUN= names a results folder" >&2; exit 2; }; \
	$(call record,--resume "$$out","$$out/raw.ndjson"); \
	$(report)

doctor: $(need_bin)
	@PATH="$$BIN:$$PATH" "$$BIN/lmsdrive" doctor $(server_arg) -- "$$CONFIG"
