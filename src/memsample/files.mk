memsample_SRCS :=
