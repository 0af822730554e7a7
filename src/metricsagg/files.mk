# The statistics (pure), from single values to verdicts.
metricsagg_STATS := order.c dist.c quantile.c summary.c ecdf.c sketch.c \
	cluster.c uneven.c kruskal.c trend.c sameness.c \
	fgls.c leak.c ranktest.c compare_test.c

metricsagg_SRCS := $(metricsagg_STATS)

# The same sums on every platform: clang fuses multiply and add by default.
metricsagg_CFLAGS := -ffp-contract=off
