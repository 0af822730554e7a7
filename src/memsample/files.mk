# what is passed on -> what it tells -> which processes -> what they use ->
# our own records -> the loop -> the whole
memsample_SRCS := opts.c signals.c sniff.c writer.c pass.c \
	counters.c energy.c tree.c target.c sampler.c \
	session.c self.c share.c view.c report.c command.c \
	ticks.c loop.c job.c
memsample_linux_SRCS := proctext.c procfile_linux.c filter_linux.c \
	ends_linux.c connector_linux.c events_linux.c nvml_linux.c \
	gpu_linux.c powercap_linux.c counters_linux.c port_linux.c \
	plat_linux.c selfcheck_linux.c
memsample_darwin_SRCS := mach_darwin.c gpu_darwin.c energy_darwin.c \
	slow_darwin.c counters_darwin.c plat_darwin.c port_darwin.c \
	selfcheck_darwin.c
memsample_SRCS += $(memsample_$(OS)_SRCS)
# The GPU library is loaded at run time, and looked at by a thread.
memsample_LIBS := -pthread $(if $(filter linux,$(OS)),-ldl)
