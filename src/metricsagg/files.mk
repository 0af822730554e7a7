metricsagg_SRCS :=
