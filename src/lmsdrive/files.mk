# config -> plan -> step -> prompt ... (in flow order)
lmsdrive_SRCS := words.c prompt.c step.c
lmsdrive_CFLAGS = $(call pkg,--cflags,libcurl)
lmsdrive_LIBS = $(call pkg,--libs,libcurl)
