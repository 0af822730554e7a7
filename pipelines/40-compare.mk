# One run against another: has something become slower?

#: make compare          BASE=results/A NEW=results/B: what changed (FORMAT=md for a pull request)
#:                       FAIL_IF='decode_tps < -3%'; lmgauge compare has the exit status

BASE ?=
NEW ?=
FORMAT ?= text
FAIL_IF ?=

# make itself ends with 2 when its answer is not "no regression" (0): lmgauge
# keeps metricsagg's status, 1 a regression, 5 cannot tell.
.PHONY: compare
compare: $(need_bin)
	$(call need,BASE,which: $(me) compare BASE=results/A NEW=results/B)
	$(call need,NEW,which: $(me) compare BASE=results/A NEW=results/B)
	@rc=0; "$$BIN/metricsagg" compare $${FAIL_IF:+--fail-if "$$FAIL_IF"} -- "$$BASE" "$$NEW" \
	    | $(if $(filter md,$(FORMAT)),awk -f "$$PIPELINES/compare/markdown.awk",cat) || rc=$$?; \
	case $$rc in 1) echo "compare: a regression" >&2 ;; 5) echo "compare: cannot tell" >&2 ;; esac; exit $$rc
