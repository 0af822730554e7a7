# The same plan on several machines, each measuring its own server: the plan
# goes out over ssh, the raw records come back, the report compares.

#: make fleet            HOSTS="mac1 user@mac2": the suite on all of them through ssh, one report
#:                       FLEET_PATH=dir: where lmsdrive and memsample are there; FLEET_JOBS=0 (all at once)

HOSTS ?=
FLEET_JOBS ?= 0
FLEET_PATH ?= lmgauge/bin
SSH ?= ssh -o BatchMode=yes -o ConnectTimeout=10
# What runs there, started in the home folder: records on stdout, words on stderr.
fleet_remote = PATH=$$(printf %q "$$FLEET_PATH"):/usr/local/bin:/opt/homebrew/bin:\$$PATH; lmsdrive run --quiet | memsample
# Time for an ssh to end: the server there unloads when it has gone.
fleet_end = --termseq TERM,10000,KILL,25

# A machine that gave no records is a finding of the report; one that broke off
# has given what it measured until then.
.PHONY: fleet
fleet: $(need_bin)
	$(call need,HOSTS,which machines: $(me) fleet HOSTS="mac1 mac2")
	$(at)for p in parallel ssh; do command -v $$p >/dev/null || { echo "$(me): fleet: $$p is not installed" >&2; exit 4; }; done; \
	$(call a_number,FLEET_JOBS); \
	set -f; for h in $$HOSTS; do case $$h in -*|*[!A-Za-z0-9._@:-]*|.*) echo "$(me): fleet: '$$h' is no host name" >&2; exit 2 ;; esac; done; \
	$(steps) stay; own_folder -fleet; own_files plan.ndjson; plan $(server_arg) $(cell_args); \
	export out REMOTE="$(fleet_remote)" PARALLEL_SHELL="$$BASH"; \
	echo "measuring on: $$HOSTS (watch: tail -f $$out/*/run.log)"; \
	beside parallel --will-cite -j "$$FLEET_JOBS" --joblog "$$out/fleet.log" $(fleet_end) \
	    'set -fo pipefail; mkdir "$$out"/{} && $$SSH {} "$$REMOTE" <"$$out/plan.ndjson" 2>"$$out"/{}/run.log | cat >"$$out"/{}/raw.ndjson' \
	    ::: $$HOSTS; set -e; \
	trap 'rc=$$?; rm -f "$$out/metrics.ndjson.tmp"; exit $$((rc ? 4 : 0))' EXIT; \
	went=(); while read -r i _ _ _ _ _ rc sig _; do went[$$i]=$$rc$$sig; done < <(tail -n +2 "$$out/fleet.log"); i=1; broken=0; \
	for h in $$HOSTS; do \
	    why=$$(tail -n 1 "$$out/$$h/run.log" 2>/dev/null || true); why=$${why:-$${ended:+it was ended before it began}}; why=$${why:-no reason was given}; \
	    if grep -qs '"type":"run"' "$$out/$$h/raw.ndjson"; then \
	        [ "$${went[$$i]:-}" = 00 ] || { echo "fleet: $$h: its records broke off, $$out/$$h has those that came: $$why" >&2; broken=4; }; \
	        cp "$$out/plan.ndjson" "$$out/$$h/"; \
	        $(again) analyze RUN="$$out/$$h" BIN="$$BIN" >&2; \
	        jq -c --arg h "$$h" 'if .type == "run" then .host.name = $$h else . end' "$$out/$$h/metrics.ndjson"; \
	    else \
	        rm -f "$$out/$$h/raw.ndjson"; echo "fleet: $$h: $$why" >&2; \
	        jq -nc --arg h "$$h" --arg why "$$why" '{type: "run", run: $$h, t_ns: 0, v: 1, stream: "metrics", tool: "make fleet", host: {name: $$h}, interrupted: false, complete: false, models: []}, {type: "integrity", run: $$h, t_ns: 0, level: "error", code: "host_unreachable", count: 1, pair: null, variant: null, scenario: null, message: "no records came back: \($$why)"}, {type: "end", run: $$h, t_ns: 0, tool: "make fleet", records: 3, interrupted: false}'; \
	    fi; \
	    i=$$((i + 1)); \
	done >"$$out/metrics.ndjson.tmp"; \
	mv "$$out/metrics.ndjson.tmp" "$$out/metrics.ndjson"; mkdir -p "$$out/plots"; \
	$(again) analyze-report analyze-page RUN="$$out" BIN="$$BIN"; rmdir "$$out/plots"; \
	echo "report: $$out/report.md"; \
	grep -q '"models":\[{' "$$out/metrics.ndjson" || exit 4; [ -z "$$ended" ] || broken=4; exit $$broken
