# The README's picture and its table, from a run of the real engine.

#: make gallery          measure the engine, write the README's picture to docs/,
#:                       say its table

GALLERY := build/gallery
.PHONY: gallery
gallery:
	@rm -rf $(GALLERY)
	$(at)$(steps) exec $(MAKE) --no-print-directory test-engine RESULTS=$(GALLERY)
	@mkdir -p docs; for run in $(GALLERY)/*/; do \
	    cp "$${run}plots/speed.svg" docs/engine-speed.svg.tmp && mv docs/engine-speed.svg.tmp docs/engine-speed.svg && \
	    $(MAKE) --no-print-directory share RUN="$$run" || exit 4; \
	done
