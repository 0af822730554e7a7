mkreport_SRCS :=
