# One run against another: has something become slower?

#: make compare          BASE=results/A NEW=results/B: what changed (FORMAT=md for a pull request)
#:                       FAIL_IF='decode_tps < -3%'; bin/metricsagg compare has the exit status

BASE ?=
NEW ?=
FORMAT ?= text
FAIL_IF ?=

# make itself ends with 2 when its answer is not "no regression" (0): the line
# on stderr has metricsagg's status, 1 a regression, 5 cannot tell.
.PHONY: compare
compare: $(need_bin)
	$(if $(BASE),$(if $(NEW),,$(error compare: say which: make compare BASE=results/A NEW=results/B)),$(error compare: say which: make compare BASE=results/A NEW=results/B))
	@rc=0; "$$BIN/metricsagg" compare $${FAIL_IF:+--fail-if "$$FAIL_IF"} -- "$$BASE" "$$NEW" \
	    | $(if $(filter md,$(FORMAT)),awk -f pipelines/compare/markdown.awk,cat) || rc=$$?; \
	case $$rc in 1) echo "compare: a regression" >&2 ;; 5) echo "compare: cannot tell" >&2 ;; esac; exit $$rc
