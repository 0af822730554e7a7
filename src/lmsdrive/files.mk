# In flow order: a configuration becomes a plan, the plan's steps are done
# through the wire in the words of each kind of server, and recorded.

# A line of a plan: what both know.
lmsdrive_STEP := $(addprefix step/,prefix.c step.c)

lmsdrive_CONFIG := $(addprefix config/,tools.c yamlread.c prompts.c \
	scenario.c scenarios.c config_server.c config_pairs.c config.c)

lmsdrive_PLAN := $(addprefix plan/,prompt.c tokens.c plan_maker.c requests.c \
	plan.c summary.c)

# Sockets and time: nothing here knows what is said.
lmsdrive_WIRE := $(addprefix wire/,loop.c poller_$(OS).c stamps_$(OS).c arrival.c \
	net.c proxy.c transfer.c call.c)

# What each server wants to hear, and what it means by its answers.
lmsdrive_SERVER := $(addprefix server/,sse.c body.c pieces.c dialect.c dialect_openai.c \
	managed.c process.c client.c detect.c models.c loading.c api_table.c \
	lmstudio.c lmstudio_v0.c llama.c ollama.c vllm.c mlx_lm.c openai.c \
	messages.c responses.c)

lmsdrive_RUN := $(addprefix run/,schedule.c output.c verdict.c records.c answer.c exchange.c \
	findings_load.c findings.c decisions.c progress.c power.c power_$(OS).c cooldown.c run.c run_client.c step_server.c \
	step_load.c step_unload.c step_idle.c step_request.c steps.c resume.c \
	resume_read.c)

# Can it be measured, here and now?
lmsdrive_PREFLIGHT := $(addprefix preflight/,preflight.c machine.c gate.c)

# The client's own noise, by a sender of known schedule.
lmsdrive_CALIBRATE := $(addprefix calibrate/,pacer.c calibrate.c)

# From the server's list of models to a configuration.
lmsdrive_INIT := $(addprefix init/,naming.c pairing.c proposal.c)

# The subcommands.
lmsdrive_COMMANDS := named_server.c cmd_init.c cmd_plan.c cmd_run.c cmd_models.c \
	doctor_$(OS).c cmd_doctor.c cmd_calibrate.c

lmsdrive_SRCS := $(lmsdrive_STEP) $(lmsdrive_CONFIG) $(lmsdrive_PLAN) $(lmsdrive_WIRE) \
	$(lmsdrive_SERVER) $(lmsdrive_RUN) $(lmsdrive_CALIBRATE) \
	$(lmsdrive_PREFLIGHT) $(lmsdrive_INIT) $(lmsdrive_COMMANDS)

lmsdrive_CFLAGS = $(call pkg,--cflags,libcurl)
lmsdrive_LIBS = $(call pkg,--libs,libcurl)
