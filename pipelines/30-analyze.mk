# Everything of a results folder but plan.ndjson and raw.ndjson, made again
# from raw.ndjson alone.

#: make analyze          RUN=results/STAMP: metrics, tables, plots, report from
#:                       its raw.ndjson (PLOT_FORMAT=svg or png)

RUN ?=
PLOT_FORMAT ?= svg
need_run = $(call need,RUN,which run: $(me) $@ RUN=results/STAMP)
TABLES := requests metrics memory leak compare quality quality_compare calls fidelity fidelity_compare agreement \
    prompt_cache turns predictions crossings bandwidth
draw = . "$$PIPELINES/plot/draw.bash"
run_path = $(steps) as_path RUN
need_raw = [ -r "$$RUN/raw.ndjson" ] || { echo "$(me): $$RUN/raw.ndjson: not there; RUN= names a results folder" >&2; exit 2; }
need_metrics = [ -r "$$RUN/metrics.ndjson" ] || { echo "$(me): $$RUN/metrics.ndjson: not there; $(me) analyze RUN=$$RUN makes it" >&2; exit 2; }

# A step works in the results folder, from then on $$RUN, and makes its files in
# $$tmp, from where it moves them to their names when they are whole.  So a full
# disk, a limit of sizes (write(2) says so instead of a signal) or a folder that
# is read-only leaves what was there before.  The step ends with 4 then.
define step
$(need_run)
@$(run_path); cd "$$RUN"; RUN=.; tmp=$@.tmp; rm -rf $$tmp; mkdir $$tmp || exit 4; trap '' XFSZ; \
trap 'rc=$$?; rm -rf $$tmp; case $$rc in 0|3) exit $$rc ;; *) exit 4 ;; esac' EXIT
endef

.PHONY: analyze analyze-first analyze-rest analyze-metrics analyze-report analyze-tables analyze-plots analyze-page
# The report and the tables come before the pictures, and the report once more
# to embed those that were drawn.  What fails ends nothing but itself.  A run
# makes the first two of these steps whatever comes.
analyze-first_steps := metrics report
analyze-rest_steps := tables plots report page
analyze_steps := $(analyze-first_steps) $(analyze-rest_steps)
analyze analyze-first analyze-rest: $(need_bin)
	$(need_run)
	$(at)$(run_path); $(need_raw); failed=; \
	for step in $($@_steps); do \
	    case $$step-$$failed in *-*metrics*|page-*report*) continue ;; esac; \
	    $(again) analyze-$$step RUN="$$RUN" BIN="$$BIN" || case $$failed in *$$step*) ;; *) failed+=" $$step" ;; esac; \
	done; \
	[ $@ = analyze-first ] || [ ! -s "$$RUN/report.md" ] || echo "report: $$RUN/report.md"; \
	[ -z "$$failed" ] || { echo "$(me): $$RUN: not made:$$failed; what was there before is kept" >&2; exit 4; }

# A raw file that was cut or holds a bad line (status 3) is still worth its
# report; the report says so.  One line alone is the closing one: nothing there.
analyze-metrics: $(need_bin)
	$(step); rc=0; "$$BIN/metricsagg" --no-samples raw.ndjson >$$tmp/metrics.ndjson || rc=$$?; \
	case $$rc in 0|3) ;; *) exit $$rc ;; esac; \
	[ "$$(head -n 2 $$tmp/metrics.ndjson | wc -l)" -eq 2 ] || exit 3; \
	mv $$tmp/metrics.ndjson .

# What could not be drawn is left out, which one line says.
analyze-plots: $(need_bin)
	@case $$PLOT_FORMAT in svg|png) ;; *) echo "$(me): PLOT_FORMAT=$$PLOT_FORMAT: it is svg or png" >&2; exit 2 ;; esac
	$(step); $(draw); mkdir $$tmp/in $$tmp/plots; \
	command -v gnuplot >/dev/null || { echo "$(me): gnuplot is not installed: no plots$(how_installed)" >&2; exit 0; }; \
	plots_of_run $$tmp/in; draw_all $$PLOT_FORMAT $$tmp/in $$tmp/plots; left_out "$(me)"; \
	rm -rf plots; mv $$tmp/plots plots

analyze-report: $(need_bin)
	$(step); "$$BIN/mkreport" --plots plots metrics.ndjson >$$tmp/report.md; \
	"$$BIN/mkreport" --details metrics.ndjson >$$tmp/details.md; mv $$tmp/report.md $$tmp/details.md .

# Both in one file, with the pictures and, where there are raw records, the
# block that is shared.
analyze-page: $(need_bin)
	$(step); $(draw); command -v cmark-gfm >/dev/null || { echo "$(me): cmark-gfm is not installed: no report.html$(how_installed)" >&2; exit 0; }; \
	[ ! -r raw.ndjson ] || ( $(call block_of,metrics.ndjson) ) >$$tmp/share 2>/dev/null || rm -f $$tmp/share; \
	{ cmark-gfm -e table report.md; echo '<!-- details.md -->'; cmark-gfm -e table details.md; } \
	    | page_of . -v share=$$tmp/share >$$tmp/report.html; \
	mv $$tmp/report.html .

analyze-tables: $(need_bin)
	$(step); $(draw); mkdir $$tmp/metrics; samples | cat >$$tmp/samples; \
	for t in $(TABLES); do from=metrics.ndjson; [ $$t != requests ] || from=$$tmp/samples; \
	    "$$BIN/mkreport" --format csv --table $$t $$from >$$tmp/metrics/$$t.csv; \
	    "$$BIN/mkreport" --format json --table $$t $$from >$$tmp/metrics/$$t.json; \
	done; \
	"$$BIN/mkreport" --format json metrics.ndjson >$$tmp/test_results.json; \
	rm -rf metrics; mv $$tmp/metrics $$tmp/test_results.json .
