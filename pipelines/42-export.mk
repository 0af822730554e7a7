# What other programs compare by: jq programs beside the plots'.

#: make export           RUN=results/STAMP EXPORT=benchstat (or llama-bench,
#:                       openmetrics), on stdout
#:                       FORMAT=md: of llama-bench the table that it prints

EXPORT ?= benchstat
.PHONY: export
export: $(need_bin)
	$(need_run)
	@$(run_path); $(draw); case $$EXPORT in benchstat|llama-bench|openmetrics) ;; \
	*) echo "$(me): EXPORT=$$EXPORT: it is benchstat, llama-bench or openmetrics" >&2; exit 2 ;; esac; \
	needs jq; $(need_metrics); \
	samples | jq -nrf "$$PIPELINES/export/$$EXPORT.jq" \
	    | case $$EXPORT-$$FORMAT in llama-bench-md) jq -nrf "$$PIPELINES/export/llama-bench-table.jq" ;; *) cat ;; esac
