# All runs of this machine side by side, from their records.

#: make history          RESULTS=results PAIR=name: every run in one table, a plot of each pair over time
#:                       FORMAT=md, json (a row a line) or sql (all runs in one database)

.PHONY: history
# Runs in two stretches of time differ in more than in what was changed, so
# nothing is called a change here: lmgauge compare does, from several runs.
history: $(need_bin)
	@results=$${RESULTS:-results}; tmp=$$(mktemp -d); trap 'rm -rf "$$tmp"' EXIT; \
	shopt -s nullglob; runs=("$$results"/*/metrics.ndjson); \
	[ $${#runs[@]} -gt 0 ] || { echo "$(me): history: no run in $$results: RESULTS= names the folder of the results" >&2; exit 2; }; \
	case $$results in -*) runs=("$${runs[@]/#/./}") ;; esac; \
	[ "$$FORMAT" != sql ] || { "$$BIN/mkreport" --format sql "$${runs[@]}"; exit; }; \
	jq -ncf "$$PIPELINES/history/rows.jq" "$${runs[@]}" >"$$tmp/rows"; \
	[ -s "$$tmp/rows" ] || { echo "$(me): history: no run in $$results has $${PAIR:+the pair $$PAIR and }a model that was measured" >&2; exit 2; }; \
	table() { jq -nr -L "$$PIPELINES/plot" -f "$$PIPELINES/history/table.jq" "$$tmp/rows" | awk -F '\t' -v md="$$([ "$$FORMAT" = text ] || echo 1)" -f "$$PIPELINES/history/table.awk"; }; \
	case $$FORMAT in \
	text|md) table ;; \
	json) cat "$$tmp/rows"; exit ;; \
	*) echo "$(me): history: FORMAT=$$FORMAT: it is text, md, json or sql" >&2; exit 2 ;; \
	esac; \
	command -v gnuplot >/dev/null || { echo "$(me): history: gnuplot is not installed: no plots$(how_installed)" >&2; exit 0; }; \
	mkdir "$$tmp/plots"; \
	jq -nr -L "$$PIPELINES/plot" -f "$$PIPELINES/history/plot.jq" "$$tmp/rows" | awk -v dir="$$tmp" -f "$$PIPELINES/plot/split.awk"; \
	for p in "$$tmp"/*.plt; do \
	    n=$$(basename "$$p" .plt); \
	    gnuplot -e "fmt='svg'; dir=$(plot_dir)" "$$p" "$$PIPELINES/history/history.gp" 2>"$$tmp/err" | $(finish_svg) -v data="$${p%.plt}.json" >"$$tmp/plots/$$n.svg" || \
	        { echo "$(me): history: a plot is left out: $$(grep . "$$tmp/err" | head -n 1)" >&2; rm -f "$$tmp/plots/$$n.svg"; }; \
	done; \
	plots=("$$tmp"/plots/*.svg); [ $${#plots[@]} -gt 0 ] || exit 0; \
	if command -v cmark-gfm >/dev/null; then \
	    { printf '# All runs\n\n'; FORMAT=md table; for p in "$${plots[@]}"; do printf '\n![Every run of a pair](plots/%s)\n' "$$(basename "$$p")"; done; } \
	        | cmark-gfm -e table | $(call page_of,"$$tmp") >"$$tmp/plots/history.html"; \
	fi; \
	mkdir -p "$$results/history"; rm -f "$$results"/history/history-*.svg "$$results/history/history.html"; mv "$$tmp"/plots/* "$$results/history/"; \
	echo "plots: $$results/history/"
