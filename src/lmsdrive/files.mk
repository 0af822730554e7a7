# config -> plan -> step -> prompt ... (in flow order)
lmsdrive_SRCS := yamlread.c prompts.c sampling.c scenario.c config_server.c config_pairs.c config.c \
	plan_maker.c requests.c plan.c summary.c cmd_plan.c \
	words.c prompt.c step.c step_read.c \
	loop.c poller_$(OS).c arrival_$(OS).c net.c transfer.c call.c managed.c client.c identity.c models.c loading.c loading_others.c \
	schedule.c body.c sse.c dialect.c dialect_lmstudio.c dialect_openai.c output.c \
	verdict.c exchange.c findings.c progress.c thermal_$(OS).c cooldown.c run.c step_server.c step_load.c step_idle.c step_request.c steps.c \
	target.c resume.c cmd_run.c cmd_models.c doctor_$(OS).c cmd_doctor.c \
	pacer.c calibrate.c cmd_calibrate.c
lmsdrive_CFLAGS = $(call pkg,--cflags,libcurl)
lmsdrive_LIBS = $(call pkg,--libs,libcurl)
