# The demo: the whole suite against the stand-in LM Studio of tests/lmsim, on
# a free loopback port.

#: make demo             install what is missing, then the complete suite on a
#:                       simulated server: two minutes

.PHONY: demo demo-run
demo:
	@$(MAKE) --no-print-directory packages
	@$(MAKE) --no-print-directory -j2 all $(B)/bin/lmsim
	$(at)$(steps) exec $(MAKE) --no-print-directory demo-run

demo-run: all $(B)/bin/lmsim
	$(at)$(steps) mkdir -p build; work=$$(mktemp -d build/demo.XXXXXX) || exit 4; stay; \
	serve $(B)/bin/lmsim --port 0 --models config/demo-models.yaml; \
	beside $(again) suite CONFIG=config/demo.yaml SERVER="$$SERVER"; exit $$rc
