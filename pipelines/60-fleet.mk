# The same plan on several machines, each measuring its own server: the plan
# goes out over ssh, the raw records come back, the report compares.

#: make fleet            HOSTS="mac1 user@mac2": the suite on all of them through
#:                       ssh, one report (FLEET_PATH=dir: where lmsdrive and
#:                       memsample are there; FLEET_JOBS=0: all at once)

HOSTS ?=
FLEET_JOBS ?= 0
FLEET_PATH ?= lmgauge/bin
SSH ?= ssh -o BatchMode=yes -o ConnectTimeout=10

.PHONY: fleet
fleet: $(need_bin)
	$(call need,HOSTS,which machines: $(me) fleet HOSTS="mac1 mac2")
	$(at)$(steps) . "$$PIPELINES/shell/fleet.bash"; \
	able; $(call a_number,FLEET_JOBS); \
	stay; own_folder -fleet; own_files plan.ndjson; plan $(server_arg) $(budget_arg) $(cell_args); \
	everywhere; fleet_report $(again)
