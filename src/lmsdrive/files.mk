# config -> plan -> step -> prompt ... (in flow order)
lmsdrive_SRCS := yamlread.c server.c pairs.c prompts.c scenario.c config.c plan.c requests.c summary.c cmd_plan.c \
	words.c prompt.c step.c step_read.c
lmsdrive_CFLAGS = $(call pkg,--cflags,libcurl)
lmsdrive_LIBS = $(call pkg,--libs,libcurl)
