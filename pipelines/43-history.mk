# All runs of this machine side by side, from their records.

#: make history          RESULTS=results PAIR=name: every run in one table, a
#:                       plot of each pair over time
#:                       FORMAT=md, json (a row a line) or sql (all runs in one
#:                       database)

# Runs in two stretches of time differ in more than in what was changed, so
# nothing is called a change here: lmgauge compare does, from several runs.
.PHONY: history
history: $(need_bin)
	@$(steps) $(draw); . "$$PIPELINES/history/history.bash"; \
	tmp=$$(mktemp -d) || exit 4; trap 'rm -rf "$$tmp"' EXIT; \
	needs jq; find_runs; \
	case $$FORMAT in \
	sql) "$$BIN/mkreport" --format sql "$${runs[@]}" ;; \
	json) find_rows; cat "$$tmp/rows" ;; \
	md) find_rows; table md; plots "$(how_installed)" ;; \
	text) find_rows; table; plots "$(how_installed)" ;; \
	*) die 2 "FORMAT=$$FORMAT: it is text, md, json or sql" ;; \
	esac
