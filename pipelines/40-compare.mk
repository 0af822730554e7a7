# One run against another: has something become slower?

#: make compare          BASE=results/A NEW=results/B: what changed
#:                       (FORMAT=md for a pull request)
#:                       BASE="results/A results/B" NEW=...: several runs; three
#:                       a side make the run the unit
#:                       FAIL_IF='decode_tps < -3%'; lmgauge compare has the exit
#:                       status

BASE ?=
NEW ?=
FORMAT ?= text
FAIL_IF ?=

# Words are several runs where one of them is there, else one name with blanks.
# make itself ends with 2 when its answer is not "no regression" (0): lmgauge
# keeps metricsagg's status, 1 a regression, 5 cannot tell.
.PHONY: compare
compare: $(need_bin)
	$(call need,BASE,which: $(me) compare BASE=results/A NEW=results/B)
	$(call need,NEW,which: $(me) compare BASE=results/A NEW=results/B)
	@case $$FORMAT in text) show() { cat; } ;; md) show() { awk -f "$$PIPELINES/compare/markdown.awk"; } ;; \
	*) echo "$(me): FORMAT=$$FORMAT: it is text or md" >&2; exit 2 ;; esac; \
	set -f; sides=(); new=(); rc=0; \
	several() { local w; for w in $$1; do [ "$$w" != "$$1" ] && [ -e "$$w" ] && return; done; return 1; }; \
	if several "$$BASE"; then for w in $$BASE; do sides+=(--base "$$w"); done; else sides+=(--base "$$BASE"); fi; \
	if several "$$NEW"; then for w in $$NEW; do new+=("$$w"); done; else new+=("$$NEW"); fi; \
	"$$BIN/metricsagg" compare $${FAIL_IF:+--fail-if "$$FAIL_IF"} "$${sides[@]}" -- "$${new[@]}" \
	    | show || rc=$$?; \
	case $$rc in 1) echo "compare: a regression" >&2 ;; 5) echo "compare: cannot tell" >&2 ;; esac; exit $$rc
