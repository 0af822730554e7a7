# Everything of a results folder but plan.ndjson and raw.ndjson, made again
# from raw.ndjson alone.  Each step writes beside its target and renames, so a
# step that fails leaves the old result.

#: make analyze          RUN=results/STAMP: metrics, tables, plots, report from its raw.ndjson
#:                       PLOT_FORMAT=svg (or png)

RUN ?=
PLOT_FORMAT ?= svg
need_run = $(call need,RUN,which run: $(me) $@ RUN=results/STAMP)
TABLES := requests metrics memory leak compare
# The folder of the plots as gnuplot quotes it.
plot_dir = '$$(sed "s/'/''/g" <<<"$$PIPELINES/plot")'
# No program takes it for an option, or for anything but a path.
run_path = case $$RUN in [!/._[:alnum:]]*) RUN=./$$RUN ;; esac

.PHONY: analyze analyze-metrics analyze-report analyze-tables analyze-plots analyze-page
# The report and the tables come before the pictures, and the report once more
# to embed those that were drawn.  What fails ends nothing but itself.
analyze: $(need_bin)
	$(need_run)
	@[ -r "$$RUN/raw.ndjson" ] || { echo "$(me): $$RUN/raw.ndjson: not there; RUN= names a results folder" >&2; exit 2; }
	+@again() { $(again) analyze-$$1 RUN="$$RUN" BIN="$$BIN"; }; \
	again metrics; rc=0; \
	for step in report tables plots report page; do again $$step || rc=$$?; done; exit $$rc

# A raw file that was cut or holds a bad line (status 3) is still worth its
# report; the report says so.  One line alone is the closing one: nothing there.
analyze-metrics: $(need_bin)
	$(need_run)
	@$(run_path); cd "$$RUN"; rc=0; "$$BIN/metricsagg" raw.ndjson >metrics.ndjson.tmp || rc=$$?; \
	[ "$$(head -n 2 metrics.ndjson.tmp | wc -l)" -eq 2 ] || { rm -f metrics.ndjson.tmp; exit $$((rc ? rc : 3)); }; \
	case $$rc in 0|3) mv metrics.ndjson.tmp metrics.ndjson ;; *) rm -f metrics.ndjson.tmp; exit $$rc ;; esac

# The records with those of each request, which metrics.ndjson leaves out; of a
# folder without its raw.ndjson, what there is.
samples = if [ -r "$$RUN/raw.ndjson" ]; then "$$BIN/metricsagg" --samples "$$RUN/raw.ndjson" 2>/dev/null || [ $$? -eq 3 ]; \
    else cat "$$RUN/metrics.ndjson"; fi

# jq makes parameters and data of every plot (names made harmless), awk one
# file of each, gnuplot the pictures.  A picture that cannot be drawn is left
# out, which one line says.
analyze-plots: $(need_bin)
	$(need_run)
	@$(run_path); tmp=$$RUN/plots.tmp; \
	case $$PLOT_FORMAT in svg|png) ;; *) echo "$(me): PLOT_FORMAT=$$PLOT_FORMAT: it is svg or png" >&2; exit 2 ;; esac; \
	 rm -rf "$$tmp"; mkdir -p "$$tmp/in"; \
	command -v gnuplot >/dev/null || { echo "$(me): gnuplot is not installed: no plots; make packages installs it" >&2; rm -rf "$$tmp"; exit 0; }; \
	missing=; why=; \
	{ $(samples); } | jq -nr -L "$$PIPELINES/plot" -f "$$PIPELINES/plot/all.jq" 2>"$$tmp/err" | { cd "$$tmp/in"; awk -v dir=. -f "$$PIPELINES/plot/split.awk"; } || \
	    { missing=' those that are not there'; why=$$(tail -n 1 "$$tmp/err"); }; \
	for p in "$$tmp"/in/*.plt; do \
	    [ -e "$$p" ] || continue; n=$$(basename "$$p" .plt); \
	    s=$$(sed -n "1s/^SCRIPT = '\([a-z]*\.gp\)'$$/\1/p" "$$p"); \
	    gnuplot -e "fmt='$$PLOT_FORMAT'; dir=$(plot_dir)" "$$p" "$$PIPELINES/plot/$$s" >"$$tmp/$$n.$$PLOT_FORMAT" 2>"$$tmp/err" || \
	        { rm -f "$$tmp/$$n.$$PLOT_FORMAT"; missing+=" $$n"; why=$$(grep . "$$tmp/err" | grep -v warning | head -n 1 || true); }; \
	done; \
	[ -z "$$missing" ] || echo "$(me): plots left out:$$missing: $${why:-gnuplot was ended}" >&2; \
	rm -rf "$$tmp/in" "$$tmp/err" "$$RUN/plots"; mv "$$tmp" "$$RUN/plots"

analyze-report: $(need_bin)
	$(need_run)
	@$(run_path); cd "$$RUN"; \
	"$$BIN/mkreport" --plots plots metrics.ndjson >report.md.tmp || { rc=$$?; rm -f report.md.tmp; exit $$rc; }; \
	mv report.md.tmp report.md; \
	"$$BIN/mkreport" --details metrics.ndjson >details.md.tmp; mv details.md.tmp details.md

# Both in one file, with the pictures.
analyze-page:
	$(need_run)
	@$(run_path); cd "$$RUN"; \
	command -v cmark-gfm >/dev/null || { echo "$(me): cmark-gfm is not installed: no report.html; make packages installs it" >&2; exit 0; }; \
	{ cmark-gfm -e table report.md; echo '<!-- details.md -->'; cmark-gfm -e table details.md; } \
	    | awk -v dir=. -v css="$$PIPELINES/html/style.css" -f "$$PIPELINES/html/page.awk" >report.html.tmp; \
	mv report.html.tmp report.html

analyze-tables: $(need_bin)
	$(need_run)
	@$(run_path); rm -rf "$$RUN/metrics.tmp"; mkdir "$$RUN/metrics.tmp"; { $(samples); } >"$$RUN/samples.tmp"; \
	cd "$$RUN"; trap 'rm -f samples.tmp' EXIT; \
	for t in $(TABLES); do from=metrics.ndjson; [ $$t != requests ] || from=samples.tmp; \
	    "$$BIN/mkreport" --format csv --table $$t $$from >metrics.tmp/$$t.csv; \
	    "$$BIN/mkreport" --format json --table $$t $$from >metrics.tmp/$$t.json; \
	done; \
	rm -rf metrics; mv metrics.tmp metrics; \
	"$$BIN/mkreport" --format json metrics.ndjson >test_results.json.tmp; mv test_results.json.tmp test_results.json
