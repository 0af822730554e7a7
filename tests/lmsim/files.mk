lmsim_SRCS :=
lmsim_CFLAGS = $(call pkg,--cflags,libmicrohttpd)
lmsim_LIBS = $(call pkg,--libs,libmicrohttpd)
