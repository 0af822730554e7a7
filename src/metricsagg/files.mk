# The statistics (pure), from single values to verdicts.
metricsagg_STATS :=

metricsagg_SRCS := $(metricsagg_STATS)

# The same sums on every platform: clang fuses multiply and add by default.
metricsagg_CFLAGS := -ffp-contract=off
