# The demo: the whole suite against the stand-in LM Studio of tests/lmsim, on
# a free loopback port.

#: make demo             install what is missing, then the complete suite on a simulated server: two minutes

.PHONY: demo demo-run
demo:
	@$(MAKE) --no-print-directory packages
	@$(MAKE) --no-print-directory -j2 all $(B)/bin/lmsim
	@$(MAKE) --no-print-directory demo-run

# The server gets a process group of its own (set -m), so that Ctrl-C lets
# lmsdrive unload its models first; the trap ends it whatever happens.
demo-run: all $(B)/bin/lmsim
	@mkdir -p build; dir=$$(mktemp -d build/demo.XXXXXX); \
	set -m; $(B)/bin/lmsim --port 0 --port-file $$dir/port --models config/demo-models.yaml \
	    >$$dir/lmsim.log 2>&1 </dev/null & sim=$$!; set +m; \
	trap 'kill $$sim 2>/dev/null; wait $$sim 2>/dev/null; rm -r $$dir' EXIT; $(stay); \
	for i in {1..100}; do [ -s $$dir/port ] && break; sleep 0.05; done; \
	[ -s $$dir/port ] || { echo "make: demo: lmsim did not start: $$(tail -n 1 $$dir/lmsim.log)" >&2; exit 4; }; \
	$(call beside,$(MAKE) --no-print-directory suite CONFIG=config/demo.yaml SERVER=http://127.0.0.1:$$(cat $$dir/port)); exit $$rc
