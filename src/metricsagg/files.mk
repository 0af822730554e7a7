# The statistics (pure), from single values to verdicts.
metricsagg_STATS := $(addprefix stats/,order.c dist.c quantile.c \
	summary.c ecdf.c cluster.c gaps.c kruskal.c trend.c \
	fgls.c floors.c leak.c ranktest.c holm.c compare.c \
	relabel.c rounds.c further.c mcnemar.c divergence.c \
	reuse.c ladder.c)

# Lines to tables: what was read, whatever its order.
metricsagg_IN := $(addprefix in/,names.c chunk.c fastscan.c tables.c request.c \
	partial.c take.c take_mem.c intake.c input.c)

# Tables to requests, loads and phases.
metricsagg_JOIN := $(addprefix join/,instants.c derive.c energy.c \
	visits.c samples.c evicted.c link.c variant.c group.c phases.c)

# What is to be made of it: findings, comparisons, decisions.
metricsagg_JUDGE := $(addprefix judge/,holding.c findings.c strain.c \
	audit.c audit_memory.c audit_requests.c likeness.c versus.c leaks.c \
	turns.c next.c bandwidth.c decide.c look.c)

# What is written: records, or (condense.c) parts to be merged later.
metricsagg_EMIT := $(addprefix emit/,emit_run.c emit_metric.c emit_sample.c \
	emit_memory.c emit_strain.c emit_timeline.c emit_leak.c emit_moe.c \
	emit_compare.c emit_stability.c sheet.c emit_quality.c emit_fidelity.c \
	emit_agreement.c emit_turns.c emit_next.c aggregate.c condense.c)

# One run against another: a table, and an exit status.
metricsagg_COMPARE := $(addprefix compare/,side.c runs.c lines.c \
	judge.c compare_table.c) cmd_compare.c

# How a run in progress goes, for people.
metricsagg_LIVE := $(addprefix live/,screen.c standing.c follow.c)

metricsagg_SRCS := $(metricsagg_STATS) $(metricsagg_IN) $(metricsagg_JOIN) \
	$(metricsagg_JUDGE) $(metricsagg_EMIT) $(metricsagg_COMPARE) \
	$(metricsagg_LIVE)

# The same sums on every platform: clang fuses multiply and add by default.
metricsagg_CFLAGS := -ffp-contract=off
