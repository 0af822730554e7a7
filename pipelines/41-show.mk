# A run in the terminal: how it stands while it goes on, and its main plots,
# drawn with characters.

#: make watch            how a run in progress stands, from another terminal
#:                       (RUN=results/STAMP, else the newest)
#: make show             RUN=results/STAMP: its verdict and main plots in the
#:                       terminal

SHOW ?= speed tradeoff memory leak
.PHONY: watch show
# Ctrl-C ends the watching, which is no failure.
watch: $(need_bin)
	@$(steps) results=$${RESULTS:-results}; as_path results; at=; \
	[ -n "$$RUN" ] || for d in "$$results"/*/; do \
	    f=$${d}raw.ndjson; [ -e "$$f" ] || f=$${d}plan.ndjson; \
	    if [ -e "$$f" ] && { [ -z "$$at" ] || [ "$$f" -nt "$$at" ]; }; then at=$$f; RUN=$${d%/}; fi; done; \
	[ -n "$$RUN" ] || die 2 "no run in $$results: RUN= names a results folder"; \
	as_path RUN; [ -d "$$RUN" ] || die 2 "$$RUN: not there; RUN= names a results folder"; \
	trap : INT; "$$BIN/metricsagg" --follow "$$RUN/raw.ndjson"

show: $(need_bin)
	$(need_run)
	@$(run_path); $(draw); \
	$(need_metrics); \
	needs gnuplot jq; \
	tmp=$$(mktemp -d) || exit 4; trap 'rm -rf "$$tmp"' EXIT; \
	"$$BIN/mkreport" "$$RUN/metrics.ndjson" | sed -n '/^> /p; /^## Verdict/,/^## [^V]/{/^## [^V]/d; /^!\[/d; /^By the rules/d; p; }'; \
	samples | plots_of plot/all.jq | split_into "$$tmp"; \
	for kind in $$SHOW; do for p in "$$tmp/$$kind".plt "$$tmp/$$kind"-*.plt; do \
	    [ ! -e "$$p" ] || drawn dumb "$$p" 2>"$$tmp/err" || { sed 's/^/gnuplot: /' "$$tmp/err" >&2; exit 4; }; \
	done; done
