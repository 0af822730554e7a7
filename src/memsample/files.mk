# In flow order: the records that pass, the processes and what they use (asked
# of one platform), what is told of them; then the loop.
memsample_STREAM := $(addprefix stream/,sniff.c recorder.c writer.c pass.c)
memsample_TREE := $(addprefix tree/,counters.c slow.c tree.c scan.c watched.c \
	follow.c sampler.c)
memsample_SHOW := $(addprefix show/,session.c meaning.c view.c report.c)

memsample_linux_SRCS := $(addprefix linux/,proctext.c events_linux.c \
	nvml_linux.c gpu_linux.c powercap_linux.c counters_linux.c \
	machine_linux.c plat_linux.c)
memsample_darwin_SRCS := $(addprefix darwin/,gpu_darwin.c energy_darwin.c \
	slow_darwin.c counters_darwin.c plat_darwin.c selfcheck_darwin.c)

memsample_SRCS := opts.c signals.c $(memsample_STREAM) \
	$(memsample_TREE) $(memsample_$(OS)_SRCS) $(memsample_SHOW) \
	command.c loop.c
# The GPU library is loaded at run time, and looked at by a thread.
memsample_LIBS := -pthread $(if $(filter linux,$(OS)),-ldl)
