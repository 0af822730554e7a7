# A run in the terminal: how it stands while it goes on, and its main plots,
# drawn with characters.

#: make watch            how a run in progress stands, from another terminal (RUN=results/STAMP, else the newest)
#: make show             RUN=results/STAMP: its verdict and main plots in the terminal

SHOW ?= speed tradeoff memory leak
.PHONY: watch show
# Ctrl-C ends the watching, which is no failure.
watch: $(need_bin)
	@results=$${RESULTS:-results}; at=; \
	[ -n "$$RUN" ] || for d in "$$results"/*/; do \
	    f=$${d}raw.ndjson; [ -e "$$f" ] || f=$${d}plan.ndjson; \
	    if [ -e "$$f" ] && { [ -z "$$at" ] || [ "$$f" -nt "$$at" ]; }; then at=$$f; RUN=$${d%/}; fi; done; \
	[ -n "$$RUN" ] || { echo "$(me): watch: no run in $$results: RUN= names a results folder" >&2; exit 2; }; \
	$(run_path); trap : INT; "$$BIN/metricsagg" --follow "$$RUN/raw.ndjson"

show: $(need_bin)
	$(need_run)
	@$(run_path); \
	[ -r "$$RUN/metrics.ndjson" ] || { echo "$(me): $$RUN/metrics.ndjson: not there; $(me) analyze RUN=$$RUN makes it" >&2; exit 2; }; \
	command -v gnuplot >/dev/null || { echo "$(me): show: gnuplot is not installed$(how_installed)" >&2; exit 4; }; \
	tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	"$$BIN/mkreport" "$$RUN/metrics.ndjson" | sed -n '/^> /p; /^## Verdict/,/^## [^V]/{/^## [^V]/d; /^!\[/d; /^By the rules/d; p; }'; \
	{ $(samples); } | jq -nr -L "$$PIPELINES/plot" -f "$$PIPELINES/plot/all.jq" | awk -v dir="$$tmp" -f "$$PIPELINES/plot/split.awk"; \
	for kind in $$SHOW; do for p in "$$tmp/$$kind".plt "$$tmp/$$kind"-*.plt; do \
	    [ -e "$$p" ] || continue; \
	    s=$$(sed -n "1s/^SCRIPT = '\([a-z]*\.gp\)'$$/\1/p" "$$p"); \
	    gnuplot -e "fmt='dumb'; dir=$(plot_dir)" "$$p" "$$PIPELINES/plot/$$s" 2>"$$tmp/err" || { sed 's/^/gnuplot: /' "$$tmp/err" >&2; exit 4; }; \
	done; done
