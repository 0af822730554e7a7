# options -> models (what is offered) -> sim (sockets, timers, workers) ->
# route -> dialect -> begin -> plan -> job -> tell -> sse -> wire, and truth.
lmsim_SRCS := options.c models.c fault.c listen.c sim.c loop_$(OS).c heap.c exchange.c route.c \
	catalog_list.c catalog_load.c catalog_ollama.c instance.c spawn_worker.c self_$(OS).c worker.c dialect.c \
	dialect_v1.c dialect_openai.c dialect_messages.c dialect_responses.c dialect_ollama.c begin.c text.c skill.c calls.c odds.c cache.c noise.c plan.c job.c \
	tell.c sse.c wire.c truth.c arrival_$(OS).c
lmsim_CFLAGS = $(call pkg,--cflags,libmicrohttpd) -D_DEFAULT_SOURCE
lmsim_LIBS = $(call pkg,--libs,libmicrohttpd)
